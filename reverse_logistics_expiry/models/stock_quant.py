from odoo import models


class StockQuant(models.Model):
    """Let expired goods be moved within returns."""

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
        """Find goods in returns whatever their expiration date.

        Odoo only reserves fresh goods, and would leave expired ones where they are
        although the inspection sends them elsewhere.
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
