from odoo import fields, models


class ReverseSettlement(models.Model):
    """Show the invoices for fees that exceed the credit."""

    _inherit = "reverse.settlement"

    fee_invoice_count = fields.Integer(
        compute="_compute_fee_invoice_count", compute_sudo=True
    )

    def _compute_fee_invoice_count(self):
        for settlement in self:
            settlement.fee_invoice_count = len(settlement.line_ids.fee_invoice_id)

    def action_view_fee_invoices(self):
        return self.rma_id._open(
            self.line_ids.fee_invoice_id, self.env._("Invoices for Fees")
        )
