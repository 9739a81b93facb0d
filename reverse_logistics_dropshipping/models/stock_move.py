from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Drop-shipped goods that go back to their supplier without coming to us."""

    _inherit = "stock.move"

    reverse_supplier_line_id = fields.Many2one(
        "reverse.rma.line",
        "Returned to Supplier by",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_supplier_line_id")._check_reverse_supplier_link()
        return moves

    def write(self, vals):
        # Clients never run as superuser; code that does has checked the user before.
        if "reverse_supplier_line_id" in vals and not self.env.su:
            raise UserError(
                self.env._("The return of a transfer cannot be set by hand.")
            )
        res = super().write(vals)
        linked = {"product_id", "location_id", "location_dest_id"} & set(vals)
        if linked or "origin_returned_move_id" in vals:
            self.filtered("reverse_supplier_line_id")._check_reverse_supplier_link()
        if {"product_uom_qty", "origin_returned_move_id"} & set(vals):
            self.filtered(
                lambda m: (
                    m.state not in ("draft", "done", "cancel")
                    and m._is_reverse_to_supplier()
                )
            ).origin_returned_move_id._check_over_return()
        return res

    def _check_reverse_supplier_link(self):
        """Refuse transfers to a supplier that move other goods than their return."""
        for move in self.sudo():  # sudo: the user need not have access to the return
            line = move.reverse_supplier_line_id
            if (
                move.product_id != line.product_id
                or move.origin_returned_move_id != line.move_id
                or not move._is_dropshipped_returned()
            ):
                raise UserError(
                    self.env._(
                        "%(transfer)s takes goods of %(rma)s to the supplier: its "
                        "product, its way and its drop-shipment cannot be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=line.rma_id.display_name,
                    )
                )

    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            "reverse_supplier_line_id": self.reverse_supplier_line_id.id,
        }

    def _is_reverse_bought(self):
        # sudo: the purchase need not be the user's to read
        move, line = self.sudo(), self.sudo().purchase_line_id
        if not line:
            return super()._is_reverse_bought()
        sent = line.move_ids.filtered(
            lambda own: own.state != "cancel" and own.location_id.usage == "supplier"
        )
        unit = line.product_id.uom_id
        ordered = line.product_uom_id._compute_quantity(line.product_qty, unit)
        return (
            line.product_id == move.product_id
            and line.order_id.state == "purchase"
            and unit.compare(sum(sent.mapped("product_qty")), ordered) <= 0
        )

    # ------------------------------------------------------------------
    # Straight to the supplier
    # ------------------------------------------------------------------
    def _is_reverse_to_supplier(self):
        """Tell whether a drop-shipment goes back, by a return or by Odoo's button."""
        self.ensure_one()
        origin = self.origin_returned_move_id
        # Goods of our own stock may go from a customer to whoever sold them, too.
        return bool(
            origin and origin._is_dropshipped() and self._is_dropshipped_returned()
        )

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        back = self.filtered(
            lambda m: m.state == "draft" and m._is_reverse_to_supplier()
        )
        back.filtered(
            lambda m: not m.reverse_supplier_line_id
        )._check_reverse_authorized()
        res = super()._action_confirm(merge, merge_into, create_proc)
        back.exists().origin_returned_move_id._check_over_return()
        return res

    def _action_done(self, cancel_backorder=False):
        back = self.filtered(
            lambda m: m.state not in ("done", "cancel") and m._is_reverse_to_supplier()
        )
        for line, moves in back.grouped("reverse_supplier_line_id").items():
            if line:
                # sudo: whoever validates the transfer need not read the return
                line.sudo()._check_sent(moves)
        done = super()._action_done(cancel_backorder=cancel_backorder)
        sent = (back & done).exists()
        sent.origin_returned_move_id._check_over_return()
        # sudo: whoever validates the transfer need not read the return
        sent = sent.sudo()
        sent.env["reverse.rma"]._adopt_sent(
            sent.filtered(lambda m: not m.reverse_supplier_line_id)
        )
        sent.reverse_supplier_line_id._on_sent_to_supplier(sent)
        return done

    # ------------------------------------------------------------------
    # Value of what comes to us instead
    # ------------------------------------------------------------------
    def _get_reverse_unit_value(self, lot, at_date=None):
        """Value drop-shipped goods at what the supplier charged for them."""
        # sudo: warehouse staff need not have access to purchases
        cost = self.sudo()._get_reverse_dropship_cost(at_date)
        return cost or super()._get_reverse_unit_value(lot, at_date)

    def _get_value_from_account_move(self, quantity, at_date=None):
        """Let warehouse staff move drop-shipped goods.

        Odoo computes an average over drop-shipments, and for that reads bills that
        warehouse staff may not read.
        """
        if self.is_dropship:
            self = self.sudo()  # noqa: PLW0642  # sudo: only a cost is computed
        return super()._get_value_from_account_move(quantity, at_date=at_date)

    def _get_reverse_dropship_cost(self, at_date=None):
        """Give the cost of one product unit of a drop-shipment, 0 for other moves."""
        if not (self and self.is_dropship and self._is_dropshipped()):
            return 0.0
        quantity = self._get_valued_qty()
        return self._get_value(at_date=at_date) / quantity if quantity else 0.0
