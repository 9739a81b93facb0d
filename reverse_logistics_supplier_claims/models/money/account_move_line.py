from odoo import models


class AccountMoveLine(models.Model):
    """What was recovered of a line of a bill."""

    _inherit = "account.move.line"

    def _get_reverse_recovered(self):
        """Sum what is recovered of bill lines, on claims and without any.

        :return: ``{bill line: amount before tax, in the currency of the bill}``
        """
        recovered = dict.fromkeys(self, 0.0)
        lines = self.env["reverse.supplier.claim.line"].search(
            [("bill_line_id", "in", self.ids), ("kind", "=", "goods")]
        )
        for line in lines:
            bill = line.bill_line_id
            recovered[bill] += line.currency_id._convert(
                line.amount_recovered, bill.currency_id, line.company_id, bill.date
            )
        credited = self.search(
            [
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "in_refund"),
                ("move_id.reversed_entry_id", "in", self.move_id.ids),
                ("purchase_line_id", "in", self.purchase_line_id.ids),
                ("reverse_claim_line_id", "=", False),
            ]
        )
        for credit in credited:
            origin = credit.move_id.reversed_entry_id
            bill = self.filtered(
                lambda aml, credit=credit, origin=origin: (
                    aml.move_id == origin
                    and aml.purchase_line_id == credit.purchase_line_id
                )
            )[:1]
            if bill:
                recovered[bill] += credit.price_subtotal
        return recovered
