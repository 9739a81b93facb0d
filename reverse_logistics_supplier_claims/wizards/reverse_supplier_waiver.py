from odoo import fields, models


class ReverseSupplierWaiver(models.TransientModel):
    """Why a customer is credited before the supplier has answered."""

    _name = "reverse.supplier.waiver"
    _description = "Do Not Wait for the Supplier"

    settlement_id = fields.Many2one("reverse.settlement", required=True, readonly=True)
    supplier_wait = fields.Char(related="settlement_id.supplier_wait")
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.settlement_id._waive_supplier(self.reason)
        return {"type": "ir.actions.act_window_close"}
