from odoo import api, fields, models
from odoo.exceptions import UserError

#: Names of the fields by which a transfer belongs to a claim.
LINKS = frozenset(
    {
        "reverse_aside_line_id",
        "reverse_back_line_id",
        "reverse_claim_line_id",
        "reverse_replaced_line_id",
    }
)


class StockMove(models.Model):
    """Goods that go back to the supplier on a claim."""

    _inherit = "stock.move"

    reverse_claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Sent on Claim",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered(
            lambda m: any(m[name] for name in LINKS)
        )._check_reverse_claim_link()
        return moves

    def write(self, vals):
        if LINKS & set(vals):
            self._check_reverse_claim_link()
        if "purchase_line_id" in vals:
            self._check_reverse_purchase(vals["purchase_line_id"])
        res = super().write(vals)
        fixed = {"product_id", "location_id", "location_dest_id", "purchase_line_id"}
        if fixed & set(vals) or "origin_returned_move_id" in vals:
            self.filtered("reverse_claim_line_id")._check_reverse_claim_goods()
        return res

    def _check_reverse_purchase(self, purchase_line_id):
        """What was received stays of its purchase: price and supplier depend on it."""
        # Clients never run as superuser; whatever does was checked before.
        if self.env.su:
            return
        for move in self.sudo():  # sudo: whoever moves goods need not read purchases
            known = move.purchase_line_id
            if move.state == "done" and known and known.id != purchase_line_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s is done: it stays a transfer of %(order)s. Send "
                        "the goods back, and receive them on the other purchase.",
                        transfer=move.picking_id.name or move.display_name,
                        order=known.order_id.name,
                    )
                )

    def _check_reverse_claim_link(self):
        """Refuse that somebody names the claim of a transfer."""
        # Clients never run as superuser; whatever does was checked before.
        if self and not self.env.su:
            raise UserError(
                self.env._("Goods are sent on a claim by the button of the claim.")
            )
        self._check_reverse_claim_goods()

    def _check_reverse_claim_goods(self):
        """A transfer on a claim takes that claim's goods to their supplier."""
        for move in self.sudo():  # sudo: the claim need not be the user's to read
            line = move.reverse_claim_line_id
            if line and (
                move.product_id != line.product_id
                or move.purchase_line_id != line.purchase_line_id
                or move.origin_returned_move_id != line.receipt_move_id
                or move.location_dest_id.usage != "supplier"
            ):
                raise UserError(
                    self.env._(
                        "%(transfer)s sends goods of %(claim)s to the supplier: its "
                        "product, its way and its purchase cannot be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        claim=line.claim_id.name,
                    )
                )

    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            **{name: self[name].id for name in LINKS},
        }

    def _is_reverse_evidence(self):
        return super()._is_reverse_evidence() or bool(
            self.state == "done" and any(self[name] for name in LINKS)
        )

    def _action_done(self, cancel_backorder=False):
        todo = self.filtered(lambda m: m.state not in ("done", "cancel"))
        todo._check_reverse_claimed()
        todo._check_vendor_over_return()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: whoever sends the goods need not have claims
        moved = (todo & done).exists().sudo()
        if sent := moved.reverse_claim_line_id:
            sent.claim_id._on_sent()
        if replaced := moved.reverse_replaced_line_id:
            replaced._check_replaced()
            replaced._check_bill_covers()
            replaced.claim_id._update_recovered()
        moved.lot_ids._note_supplier_warranty(moved)
        return done

    def _check_reverse_claimed(self):
        """Refuse to send the supplier more, or another lot, than is claimed."""
        # sudo: whoever sends the goods need not have claims
        for line in self.sudo().reverse_claim_line_id:
            moves = line.move_ids.filtered(lambda m: m.state != "cancel")
            picked = moves.move_line_ids.filtered(
                lambda ml: ml.picked or ml.state == "done"
            )
            sent = sum(picked.mapped("quantity_product_uom"))
            if line.uom_id.compare(sent, line.quantity) > 0 or (
                picked.lot_id - line.lot_id
            ):
                raise UserError(
                    self.env._(
                        "%(claim)s sends %(quantity)s of %(product)s to the supplier, "
                        "no more and no other lot.",
                        claim=line.claim_id.name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                        product=(line.lot_id or line.product_id).display_name,
                    )
                )
