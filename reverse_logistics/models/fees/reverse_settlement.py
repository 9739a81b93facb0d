from odoo import fields, models


class ReverseSettlement(models.Model):
    """Fees are charged when the settlement is released, and taken back with it."""

    _inherit = "reverse.settlement"

    fee_invoice_count = fields.Integer(
        compute="_compute_fee_invoice_count", compute_sudo=True
    )

    def _compute_fee_invoice_count(self):
        for settlement in self:
            settlement.fee_invoice_count = len(settlement.line_ids.fee_invoice_id)

    def _release(self, *args, **kwargs):
        res = super()._release(*args, **kwargs)
        self.line_ids._bill_fees()
        return res

    def _unsettle(self, event):
        self.line_ids._take_back_fees()
        return super()._unsettle(event)

    def action_view_fee_invoices(self):
        return self.rma_id._open(
            self.line_ids.fee_invoice_id, self.env._("Invoices over Fees")
        )
