from odoo import models


class AccountMove(models.Model):
    """Vendor credit notes that pay claims."""

    _inherit = "account.move"

    def write(self, vals):
        res = super().write(vals)
        if "state" in vals:
            # sudo: whoever has the books need not have claims
            claims = self.sudo().line_ids.reverse_claim_line_id.claim_id
            claims._update_recovered()
        return res

    def _reconcile_reverse_bills(self):
        """Name the bill of each credit note that names none, and reconcile the two.

        Odoo does neither for credit notes that are made from a purchase order.
        """
        for refund in self:
            bills = refund.line_ids.reverse_claim_line_id.bill_line_id.move_id
            if len(bills) != 1:
                continue
            if not refund.reversed_entry_id:
                refund.reversed_entry_id = bills
            payable = (refund | bills).line_ids.filtered(
                lambda line: (
                    line.account_type == "liability_payable" and not line.reconciled
                )
            )
            for lines in payable.grouped("account_id").values():
                if len(lines.move_id) == 2:
                    lines.reconcile()
