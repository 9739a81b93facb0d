from odoo import fields, models

from ..config.reverse_disposition import LOCATION_STATES


class StockLocation(models.Model):
    _inherit = "stock.location"

    reverse_facility_id = fields.Many2one(
        "reverse.facility",
        "Returns Facility",
        index="btree_not_null",
        check_company=True,
        help="Locations for returned goods lie outside the warehouse, so that nothing "
        "in them counts as available. The facility takes the warehouse's place there.",
    )
    reverse_state = fields.Selection(LOCATION_STATES, "State of Returned Goods")

    def _is_reverse(self):
        """Whether goods here are in returns, also on a shelf somebody added there."""
        self.ensure_one()
        # sudo: where returns lie is configuration
        root = self.company_id.sudo().reverse_root_location_id
        return bool(
            self.reverse_facility_id
            or (root and f"/{root.id}/" in f"/{self.parent_path}")
        )

    def _is_outgoing(self):
        # Odoo asks the database each time whether its inter-company location still
        # exists, and returns ask this of every move: go there only for what lies below.
        inter_company = self.env["ir.model.data"]._xmlid_to_res_id(
            "stock.stock_location_inter_company"
        )
        inside = f"/{inter_company}/" in f"/{self.parent_path}"
        return (inside or self.usage == "customer") and super()._is_outgoing()

    def _is_reverse_stock(self):
        """Whether goods here are in returns and still there, not written off."""
        self.ensure_one()
        return self.usage in ("internal", "transit") and self._is_reverse()
