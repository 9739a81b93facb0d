from odoo import models


class StockQuant(models.Model):
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
        """In returns, goods move wherever inspection sends them, whatever their date.

        Odoo reserves fresh goods only, and would leave the expired ones where they are.
        """
        if location_id._is_reverse():
            self = self.with_context(with_expiration=False)  # noqa: PLW0642
        return super()._get_gather_domain(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )
