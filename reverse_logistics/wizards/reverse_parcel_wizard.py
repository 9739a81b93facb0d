from odoo import fields, models


class ReverseParcelWizard(models.TransientModel):
    """Dialog in which a user says why the carrier brought deliveries back."""

    _name = "reverse.parcel.wizard"
    _description = "A Parcel Came Back"

    picking_ids = fields.Many2many(
        "stock.picking",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Selection(
        [
            ("refused", "The customer refused it"),
            ("undeliverable", "It could not be delivered"),
        ],
        default="undeliverable",
        required=True,
    )

    def action_parcel_back(self):
        return self.picking_ids.action_parcel_back(self.reason)
