from dataclasses import replace

from odoo import api, fields, models


class ReverseTransitTime(models.Model):
    """Let the time that a parcel takes depend on its carrier."""

    _inherit = "reverse.transit.time"

    carrier_id = fields.Many2one(
        "delivery.carrier",
        ondelete="cascade",
        help="Empty: every other carrier. It says more than the country.",
    )

    def _for_engine(self):
        row = super()._for_engine()
        return replace(row, wanted={**row.wanted, "carrier": self.carrier_id.id})

    @api.depends("carrier_id")
    def _compute_display_name(self):
        res = super()._compute_display_name()
        for time in self.filtered("carrier_id"):
            time.display_name = f"{time.carrier_id.name}, {time.display_name}"
        return res
