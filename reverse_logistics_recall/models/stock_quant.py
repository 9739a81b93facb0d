from odoo import models
from odoo.fields import Domain


class StockQuant(models.Model):
    """Reserve no goods of recalled lots."""

    _inherit = "stock.quant"

    def _get_gather_domain(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
    ):
        """Leave recalled lots out, unless they are asked for by name.

        Goods of which no lot was entered are none of them. Returned goods are moved to
        where their inspection says; and whoever names the lot moves it on purpose,
        which deliveries refuse.
        """
        domain = super()._get_gather_domain(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )
        if lot_id or product_id.tracking == "none" or location_id._is_reverse():
            return domain
        recalled = Domain("reverse_recall_id", "!=", False)
        return Domain(domain) & Domain("lot_id", "not any!", recalled)
