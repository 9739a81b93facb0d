from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ...engine import endings, transitions


class ReverseInspection(models.Model):
    """Receipts that said more than had arrived, or another lot."""

    _inherit = "reverse.inspection"

    def action_correct_receipt(self, quantity):
        """Say how much of each of these parts really is there.

        What was entered too much goes back by a counter-move and is expected again;
        what was entered too little is simply received.

        :param float quantity: really there, in the line's unit, below what was entered
        :raises AccessError: without the role receiver
        :raises UserError: for parts that are inspected, or a quantity that is not less
        """
        self._check_duty("receiver")
        self._check_correct_receipt(quantity)
        # sudo: duty and state are checked; this takes back what was entered too much
        moves = self._sudo_clean(self.env["stock.move"])
        for part in self:
            surplus = part.line_id.uom_id.round(part.quantity - quantity)
            receipt = part.sudo().receipt_move_id  # sudo: as above
            move = moves.create(
                {
                    **part._prepare_counter_move(
                        receipt,
                        part.uom_id._compute_quantity(surplus, receipt.product_uom),
                    ),
                    "location_id": part.location_id.id,
                    "sale_line_id": receipt.sale_line_id.id,
                    "to_refund": receipt.to_refund,
                }
            )
            part._do_counter_move(move, part.lot_id)
        return True

    def _check_correct_receipt(self, quantity):
        for part in self:
            if part.state != "draft" or not part.receipt_move_id:
                raise UserError(
                    self.env._(
                        "%(part)s is %(state)s: correct the inspection first, then "
                        "the receipt.",
                        part=part.display_name,
                        state=part._state_label(),
                    )
                )
            if part.title_by_id:
                raise UserError(
                    self.env._(
                        "%(part)s was taken over at an agreed value, so its receipt "
                        "stays. Inspect it; what is missing is counted in stock.",
                        part=part.display_name,
                    )
                )
            if part.supersedes_id and part.location_id.reverse_state != "inspection":
                raise UserError(
                    self.env._(
                        "%(part)s lies in %(location)s: it was there when it was put "
                        "away, so its receipt was right.",
                        part=part.display_name,
                        location=part.location_id.display_name,
                    )
                )
            compare = part.uom_id.compare
            if compare(quantity, 0) < 0 or compare(quantity, part.quantity) >= 0:
                raise UserError(
                    self.env._(
                        "%(part)s: enter less than %(quantity).12g. What arrived "
                        "beyond what was entered is received on the return.",
                        part=part.display_name,
                        quantity=part.quantity,
                    )
                )


class StockMove(models.Model):
    """Receipts of returns taken back before anybody inspected the goods."""

    _inherit = "stock.move"

    @api.depends("origin_returned_move_id", "origin")
    def _compute_reference(self):
        """Counter-moves have no transfer: the return is what they are known by."""
        res = super()._compute_reference()
        for move in self:
            if not move.reference and move.origin_returned_move_id and move.origin:
                move.reference = move.origin
        return res

    def _is_reverse_undo(self):
        """Takes a receipt back: by its correction, or with Odoo's Return button."""
        self.ensure_one()
        # sudo: the receipt and its return need not be the user's to read
        receipt = self.sudo().origin_returned_move_id
        return bool(
            receipt.reverse_rma_line_id
            # sudo: the receipt, whoever moves the goods
            and not self.sudo().reverse_inspection_id
            # A replacement goes out for the receipt, it does not undo it.
            and not self.sudo().reverse_settlement_line_id
            and receipt._is_reverse_receipt()
            and self.location_dest_id._is_outgoing()
        )

    def _action_done(self, cancel_backorder=False):
        undone = self.filtered(
            lambda m: m.state not in ("done", "cancel") and m._is_reverse_undo()
        )
        parts = undone._find_undone_parts()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        (undone & done)._on_reverse_undone(parts)
        return done

    def _find_undone_parts(self):
        """Find what is still to be inspected of the goods that these moves take.

        :return: ``{move: [(part, quantity left of it), …]}``
        :raises UserError: when some of it is inspected already
        """
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        found = defaultdict(list)
        left = {}
        for move in self:
            receipt = move.sudo().origin_returned_move_id  # sudo: as above
            line = receipt.reverse_rma_line_id
            parts = line.inspection_ids.filtered(
                lambda p, receipt=receipt: (
                    p.state == "draft"
                    and p.receipt_move_id == receipt
                    and not p.title_by_id
                )
            ).sorted("id")
            for lot, group in move.move_line_ids.grouped("lot_id").items():
                wanted = line._from_product_uom(
                    sum(group.filtered("picked").mapped("quantity_product_uom"))
                )
                open_parts = [
                    (part, left.get(part, part.quantity))
                    for part in parts
                    if part.lot_id == lot
                ]
                cut, rest = endings.cut(open_parts, wanted, step)
                if rest:
                    move._refuse_undo(line, wanted, wanted - rest)
                found[move] += cut
                left.update(cut)
        return found

    def _refuse_undo(self, line, wanted, here):
        raise UserError(
            self.env._(
                "%(wanted)s of %(product)s cannot leave again: of what this receipt of "
                "%(rma)s brought, %(here)s can, because the rest is inspected. Correct "
                "the inspection first, or send the goods back with the disposition "
                "“Return to customer”.",
                wanted=line.uom_id._say_reverse(wanted),
                product=line.product_id.display_name,
                here=line.uom_id._say_reverse(here),
                rma=line.rma_id.display_name,
            )
        )

    def _on_reverse_undone(self, parts):
        """Note that receipts were taken back: quantities, parts and event."""
        if not self:
            return
        # sudo: whoever moves the goods need not read the return
        lines = self.sudo().origin_returned_move_id.reverse_rma_line_id
        taken = defaultdict(float)
        for move in self.sudo():  # sudo: as above
            line = move.origin_returned_move_id.reverse_rma_line_id
            taken[line] += line._sum_moves(move)
        for part, quantity in (cut for move in self for cut in parts[move]):
            if part.uom_id.is_zero(quantity):
                part._transition(transitions.INSPECTION, "cancel")
            else:
                part._guarded_write({"quantity": quantity})
        lines._add({line: {"received": -quantity} for line, quantity in taken.items()})
        by_rma = lines.grouped("rma_id")
        self.env["reverse.event"]._log(
            lines.rma_id,
            "ReceiptCorrected",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": -taken[line]} for line in by_rma[rma]
                ]
            },
        )
        awaited = lines.rma_id.filtered(lambda rma: rma.line_ids[:1]._is_awaited())
        awaited._work("_create_receipts")
        lines.rma_id._update_progress()


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_undone_moves(self):
        """Done moves that took receipts of these lines back."""
        return self.move_ids.returned_move_ids.filtered(
            lambda m: m.state == "done" and m._is_reverse_undo()
        )

    def _get_document_quantities(self):
        result = super()._get_document_quantities()
        for line, amounts in result.items():
            documents = line.sudo()  # sudo: documents of every department count
            amounts["received"] -= documents._sum_moves(documents._get_undone_moves())
        return result
