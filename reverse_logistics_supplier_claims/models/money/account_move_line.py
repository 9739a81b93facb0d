from odoo import models


class AccountMoveLine(models.Model):
    """What was recovered of a line of a bill."""

    _inherit = "account.move.line"

    def _get_reverse_recovered(self):
        """Sum what is recovered of bill lines, on claims and without any.

        :return: ``{bill line: amount before tax, in the currency of the bill}``
        """
        bills = self | self.purchase_line_id.invoice_lines.filtered(
            lambda aml: aml.move_id.move_type == "in_invoice"
        )
        recovered = dict.fromkeys(bills, 0.0)
        lines = self.env["reverse.supplier.claim.line"].search(
            [
                ("bill_line_id", "in", bills.ids),
                ("kind", "=", "goods"),
                ("claim_id.kind", "=", "supplier"),
            ]
        )
        for line in lines:
            bill = line.bill_line_id
            recovered[bill] += line.currency_id._convert(
                line.amount_recovered, bill.currency_id, line.company_id, bill.date
            )
        for credit in self._find_reverse_unclaimed():
            left = credit.price_subtotal
            lowered = self._get_reverse_credited(credit)
            for bill in lowered:
                room = max(bill.price_subtotal - recovered[bill], 0.0)
                part = left if bill == lowered[-1:] else min(left, room)
                recovered[bill] += part
                left -= part
        return recovered

    def _find_reverse_unclaimed(self):
        """Find posted credit notes over the purchases of bill lines, on no claim."""
        return self.search(
            [
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "in_refund"),
                ("purchase_line_id", "in", self.purchase_line_id.ids),
                ("reverse_claim_line_id", "=", False),
            ],
            order="date, id",
        )

    def _get_reverse_credited(self, credit):
        """Give the bill lines that a credit note lowers, those asked about at the end.

        A credit note that is made from the order names no bill: any of its purchase.
        """
        origin = credit.move_id.reversed_entry_id
        bills = credit.purchase_line_id.invoice_lines.filtered(
            lambda aml: (
                aml.parent_state == "posted"
                and aml.move_id.move_type == "in_invoice"
                and aml.currency_id == credit.currency_id
                and origin in (aml.move_id, origin.browse())
            )
        )
        return bills.sorted(lambda aml: (aml in self, aml.date, aml.id))

    def _find_reverse_claimed(self):
        """Give the lines of claims on whose bills these credit notes are."""
        lines = self.reverse_claim_line_id
        free = self.filtered(lambda aml: not aml.reverse_claim_line_id)
        if free.purchase_line_id:
            lines |= lines.search(
                [("purchase_line_id", "in", free.purchase_line_id.ids)]
            )
        return lines
