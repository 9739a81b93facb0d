from odoo import api, fields, models


class ReverseAiForecast(models.Model):
    """A week in which goods are expected to come back to a facility."""

    _name = "reverse.ai.forecast"
    _description = "Forecast of Returns"
    _order = "week, facility_id, categ_id, id"
    _rec_name = "week"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    facility_id = fields.Many2one(
        "reverse.facility", required=True, readonly=True, index=True, ondelete="cascade"
    )
    categ_id = fields.Many2one(
        "product.category",
        "Category",
        readonly=True,
        ondelete="cascade",
        help="Empty: all goods of the facility.",
    )
    week = fields.Date(required=True, readonly=True, help="Its Monday.")
    expected = fields.Float("Expected (pieces)", digits=(12, 1), readonly=True)
    low = fields.Float(
        "At Least (pieces)",
        digits=(12, 1),
        readonly=True,
        aggregator=None,
        help="In four of five weeks, what comes lies between this and “At Most”.",
    )
    high = fields.Float(
        "At Most (pieces)",
        digits=(12, 1),
        readonly=True,
        aggregator=None,
        help="In four of five weeks, what comes lies between “At Least” and this.",
    )
    minutes = fields.Float(
        "Inspection (minutes)",
        digits=(12, 0),
        readonly=True,
        help="For what is expected, as long as such goods have taken.",
    )
    high_minutes = fields.Float(
        "Inspection at Most (minutes)", digits=(12, 0), readonly=True, aggregator=None
    )

    @api.model
    def _get_minutes(self, facilities):
        """Give ``{(facility id, Monday): (minutes, minutes at most)}``."""
        weeks = self.search(
            [("facility_id", "in", facilities.ids), ("categ_id", "=", False)]
        )
        return {
            (week.facility_id.id, week.week): (week.minutes, week.high_minutes)
            for week in weeks
        }
