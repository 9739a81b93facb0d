from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    reverse_currency_id = fields.Many2one(
        "res.currency", compute="_compute_reverse_currency_id"
    )
    reverse_refund_limit = fields.Monetary(
        "Refunded at Most",
        currency_field="reverse_currency_id",
        help="Of this delivery, when a consumer withdraws from the whole order: what "
        "your cheapest standard delivery costs, as it is priced on orders. 0: all of "
        "it, as this is the standard one.",
    )

    def _compute_reverse_currency_id(self):
        for carrier in self:
            company = carrier.company_id or self.env.company
            carrier.reverse_currency_id = company.currency_id
