from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_cancel(self):
        """A refused quotation ends the repair, and the goods go back as they are."""
        res = super()._action_cancel()
        # sudo: customers refuse in the portal, and salespersons need not repair
        repairs = self.sudo().repair_order_ids.filtered(
            lambda repair: (
                repair.reverse_inspection_id and repair.state not in ("done", "cancel")
            )
        )
        if repairs:
            repairs.action_repair_cancel()
        return res
