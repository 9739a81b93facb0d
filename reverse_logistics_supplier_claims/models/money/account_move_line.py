from odoo import fields, models

from ..reverse_supplier_claim_line import SELLER


class AccountMoveLine(models.Model):
    """What was recovered of a line of a bill."""

    _inherit = "account.move.line"

    reverse_claim_bill_id = fields.Many2one(
        "reverse.supplier.claim.bill",
        "Recovers of Bill",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    reverse_claim_matched = fields.Boolean(
        "Matched with Claim",
        readonly=True,
        copy=False,
        help="The supplier made it, and it was found to be about a claim.",
    )
    reverse_kept_move_id = fields.Many2one(
        "stock.move",
        "Lowers the Value of",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Goods that stay with us, and cost less since the supplier paid a part.",
    )

    def _leave_stock_of_gone(self):
        """Lower the expense where goods left since their credit note was drafted.

        What was posted before has lowered their value while they were here, and does
        so again.
        """
        for aml in self.filtered("reverse_kept_move_id"):
            if aml.move_id.posted_before:
                continue
            line = aml.reverse_claim_line_id
            if aml.parent_state == "draft" and not line._lowers_stock():
                aml.write(
                    {
                        "account_id": line._get_expense_account().id,
                        "reverse_kept_move_id": False,
                    }
                )

    def _get_reverse_billed_quantity(self):
        """Give the quantity in the unit of the product."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.quantity, self.product_id.uom_id, round=False
        )

    def _get_reverse_unit_price(self):
        """Give what one unit of the product was billed at, before tax."""
        self.ensure_one()
        return self.price_subtotal / (self._get_reverse_billed_quantity() or 1.0)

    def _get_reverse_shown_ratio(self):
        """Give what the bill shows for one of its net amount: more with taxes in it."""
        if not self.price_subtotal:
            return 1.0
        shown = self.price_unit * (1 - self.discount / 100) * self.quantity
        return shown / self.price_subtotal

    def _get_reverse_price_day(self):
        """Give the day of whose rate the price is."""
        self.ensure_one()
        return self.date

    def _get_reverse_recovered(self):
        """Sum what is recovered of bill lines, on claims and without any.

        :return: ``{bill line: amount before tax, in the currency of the bill}``
        """
        bills = self | self.purchase_line_id.invoice_lines.filtered(
            lambda aml: aml.move_id.move_type == "in_invoice"
        )
        recovered = dict.fromkeys(bills, 0.0)
        claimed = self.env["reverse.supplier.claim.bill"].search(
            [
                ("bill_line_id", "in", bills.ids),
                ("line_id.claim_id.kind", "in", SELLER),
            ]
        )
        for line in claimed.line_id:
            for billed, amount in line._get_recovered_by_bill().items():
                bill = billed.bill_line_id
                if bill in recovered:
                    recovered[bill] += line.currency_id._convert(
                        amount, bill.currency_id, line.company_id, bill.date
                    )
        for credit in self.purchase_line_id._find_reverse_unclaimed():
            left = credit.price_subtotal
            lowered = self._get_reverse_credited(credit)
            for bill in lowered:
                room = max(bill.price_subtotal - recovered[bill], 0.0)
                part = left if bill == lowered[-1:] else min(left, room)
                recovered[bill] += part
                left -= part
        return recovered

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
