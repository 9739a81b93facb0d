from odoo import fields, models
from odoo.exceptions import UserError

#: What a lot has decided about its order.
_SOLD = frozenset(
    {"currency_id", "partner_id", "partner_invoice_id", "pricelist_id", "state"}
)


class SaleOrder(models.Model):
    """Orders of liquidation lots go with their lot."""

    _inherit = "sale.order"

    reverse_liquidation_ids = fields.One2many(
        "reverse.liquidation", "order_id", "Liquidation Lot"
    )

    def write(self, vals):
        if _SOLD & set(vals):
            self._check_reverse_liquidation()
        return super().write(vals)

    def _action_cancel(self):
        self._check_reverse_liquidation()
        return super()._action_cancel()

    def _check_reverse_liquidation(self):
        """Refuse to confirm or cancel by hand what a lot sells, or at another price."""
        # Clients never run as superuser; the lot itself does.
        if self.env.su:
            return
        lots = self.sudo().reverse_liquidation_ids  # sudo: only their numbers
        if lots:
            raise UserError(
                self.env._(
                    "%(order)s sells the liquidation lot %(lot)s, which decides to "
                    "whom, and at which price: confirm or cancel the lot, and the "
                    "order follows.",
                    order=lots[0].order_id.name,
                    lot=lots[0].name,
                )
            )
