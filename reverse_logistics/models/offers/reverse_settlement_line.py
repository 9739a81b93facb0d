from odoo import models

from ...engine import settlement


class ReverseSettlementLine(models.Model):
    """Lines of settlements as they are offered to customers."""

    _inherit = "reverse.settlement.line"

    def _get_offer_term(self):
        """Say what the line gives, with tax, and what is taken off: only numbers."""
        self.ensure_one()
        deduction = -settlement.total(self._get_beside_amounts("deduction"))
        before_fee = settlement.total(settlement.add(*self._get_parts_before_fee()))
        rounded = self.currency_id.round
        _net, total = self._get_given()
        fee = rounded(before_fee - total)
        return {
            "settled": self.id,
            "line": self.rma_line_id.id,
            "quantity": self.quantity,
            "full": rounded(total + deduction + fee),
            "deduction": rounded(deduction),
            "fee": fee,
            "total": rounded(total),
        }

    def _is_still_expected(self):
        """Whether the customer still has all that this settlement leaves to them."""
        self.ensure_one()
        line = self.rma_line_id
        own = self.settlement_id.line_ids.filtered(lambda r: r.rma_line_id == line)
        parts = line.inspection_ids.filtered(lambda p: p.state in ("draft", "done"))
        offered = sum(own.mapped("quantity"))
        return bool(
            line.state == "authorized"
            and not (line.qty_received or parts)
            and not line.uom_id.compare(line._get_expected_quantity(), offered)
        )
