from odoo import api, models


class UomUom(models.Model):
    """Keep the size of units in which goods were bought."""

    _inherit = "uom.uom"

    @api.model
    def _get_reverse_counted(self):
        """What suppliers owe for a piece is what the unit of the purchase contains."""
        return [
            *super()._get_reverse_counted(),
            ("purchase.order.line", "product_uom_id", [("state", "=", "purchase")]),
        ]
