from odoo import models

from ...engine import amounts
from ...engine.bills import Ledger


class PurchaseOrderLine(models.Model):
    """Bills of a purchase, and how many of them can still be claimed."""

    _inherit = "purchase.order.line"

    def _read_reverse_bills(self, apart_from=()):
        """Read how many each bill asked for that nobody credited or claimed.

        A credit note that names no bill lowers the oldest one.

        :param apart_from: lines of claims that are about to be entered anew
        :rtype: engine.bills.Ledger
        """
        # sudo: books and claims of every user count
        bill_lines = self.sudo().invoice_lines.filtered(
            lambda aml: (
                aml.parent_state == "posted" and aml.move_id.move_type == "in_invoice"
            )
        )
        bill_lines = bill_lines.sorted(lambda aml: (aml.date, aml.id))
        # sudo: buyers and accountants see sums of claims that they need not read
        claimed = (
            self.env["reverse.supplier.claim.bill"]
            .sudo()
            ._read_group(
                [
                    ("bill_line_id", "in", bill_lines.ids),
                    ("line_id.state", "!=", "cancelled"),
                    ("line_id", "not in", [line.id for line in apart_from]),
                ],
                ["bill_line_id"],
                ["quantity:sum"],
            )
        )
        left = {aml: aml._get_reverse_billed_quantity() for aml in bill_lines}
        for bill_line, quantity in claimed:
            left[bill_line] -= quantity
        credits = bill_lines.browse()
        if bill_lines:
            credits = bill_lines._find_reverse_unclaimed(drafts=True)
        for credit in credits:
            lowered = bill_lines & bill_lines._get_reverse_credited(credit)
            rooms = {aml: left[aml] for aml in lowered}
            credited = amounts.fill(credit._get_reverse_billed_quantity(), rooms)
            for bill_line, quantity in credited.items():
                left[bill_line] -= quantity
        return Ledger(
            {
                purchase.id: {aml: left[aml] for aml in own}
                for purchase, own in bill_lines.grouped("purchase_line_id").items()
            }
        )
