from odoo import models
from odoo.exceptions import UserError


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

    def _get_withdrawable(self):
        """Inspected goods that are still here and nobody has got anything for."""
        return self.filtered(
            lambda part: (
                part.state == "done"
                and not part.not_inspected
                and not part.goods_gone
                and part.disposition_id.location_state not in ("customer", "scrap")
                and "released" not in part._get_live_settlement_lines().mapped("state")
            )
        )
