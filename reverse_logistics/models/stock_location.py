from odoo import fields, models

from .reverse_disposition import LOCATION_STATES


class StockLocation(models.Model):
    _inherit = "stock.location"

    reverse_facility_id = fields.Many2one(
        "reverse.facility",
        "Returns Facility",
        index="btree_not_null",
        check_company=True,
        help="Locations for returned goods lie outside the warehouse, so that nothing in "
        "them counts as available. The facility takes the warehouse's place there.",
    )
    reverse_state = fields.Selection(LOCATION_STATES, "State of Returned Goods")
