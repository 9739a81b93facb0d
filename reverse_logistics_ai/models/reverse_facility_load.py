from odoo import api, fields, models


class ReverseFacilityLoad(models.Model):
    """The graph of capacity shows what is expected, too."""

    _inherit = "reverse.facility.load"
    _depends = {"reverse.facility.day": ["forecast_minutes", "high_minutes"]}

    kind = fields.Selection(
        selection_add=[("forecast", "Forecast"), ("high", "Forecast at Most")]
    )

    @api.model
    def _get_kinds(self):
        return {
            **super()._get_kinds(),
            "forecast": "forecast_minutes",
            "high": "high_minutes",
        }
