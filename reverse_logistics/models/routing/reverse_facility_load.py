from odoo import api, fields, models
from odoo.tools import SQL


class ReverseFacilityLoad(models.Model):
    """The days of facilities with a row for what they can inspect and one for what
    comes, so that a graph shows them side by side.
    """

    _name = "reverse.facility.load"
    _description = "Capacity and Receipts of a Returns Facility"
    _auto = False
    _order = "facility_id, day, kind"
    _rec_name = "day"
    _depends = {
        "reverse.facility.day": [
            "arriving_minutes",
            "available_minutes",
            "company_id",
            "day",
            "facility_id",
        ]
    }

    day_id = fields.Many2one("reverse.facility.day", "Shown Day", readonly=True)
    facility_id = fields.Many2one("reverse.facility", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    day = fields.Date(readonly=True)
    kind = fields.Selection(
        [("arriving", "Arriving"), ("capacity", "Capacity")], "What", readonly=True
    )
    minutes = fields.Float("Inspection (minutes)", readonly=True)

    @api.model
    def _get_kinds(self):
        """Give the column of days for each kind of row; addons add to the end."""
        return {"arriving": "arriving_minutes", "capacity": "available_minutes"}

    @property
    def _table_query(self):
        row = (
            "SELECT id * %s + %s AS id, id AS day_id, facility_id, company_id, day, "
            "%s AS kind, %s AS minutes FROM reverse_facility_day WHERE %s IS NOT NULL"
        )
        kinds = self._get_kinds()
        return SQL(" UNION ALL ").join(
            SQL(row, len(kinds), number, kind, *2 * (SQL.identifier(column),))
            for number, (kind, column) in enumerate(kinds.items())
        )

    @api.model
    def action_open(self):
        """Show the next days of all facilities whose minutes are limited."""
        days = self.env["reverse.facility.day"].action_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_facility_load_action"
        )
        (_field, _operator, ids), *_more = days["domain"]
        return {**action, "domain": [("day_id", "in", ids)]}
