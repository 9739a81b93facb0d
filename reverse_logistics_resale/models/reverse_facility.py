from odoo import Command, fields, models
from odoo.exceptions import UserError


class ReverseFacility(models.Model):
    """The way by which liquidation lots leave a facility."""

    _inherit = "reverse.facility"

    liquidation_route_id = fields.Many2one(
        "stock.route",
        "Route of Liquidation Lots",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Sales orders of liquidation lots are delivered by it: from the "
        "facility's location for liquidation, never from sellable stock.",
    )

    def _ensure_liquidation_route(self):
        """Give the route that delivers from the location for liquidation."""
        self.ensure_one()
        place = self._get_location("liquidation")
        if not place:
            raise UserError(
                self.env._(
                    "%(facility)s has no location for liquidation. Add one below its "
                    "returns, with the state “Liquidation”.",
                    facility=self.display_name,
                )
            )
        # sudo: created once per facility, by whoever sells its first lot
        facility = self.sudo()
        route = facility.liquidation_route_id
        rules = route.rule_ids.filtered(lambda rule: rule.active)
        if route.active and rules.location_src_id == place:
            return route
        operation = facility.warehouse_id.out_type_id
        # Neither products nor orders offer it: only lots use it.
        facility.liquidation_route_id = facility.env["stock.route"].create(
            {
                "name": self.env._("%(facility)s: liquidation", facility=self.name),
                "company_id": self.company_id.id,
                "product_selectable": False,
                "product_categ_selectable": False,
                "warehouse_selectable": False,
                "sale_selectable": False,
                "rule_ids": [
                    Command.create(
                        {
                            "name": f"{place.name} → {operation.name}",
                            "action": "pull",
                            "procure_method": "make_to_stock",
                            "company_id": self.company_id.id,
                            "location_src_id": place.id,
                            "location_dest_id": operation.default_location_dest_id.id,
                            "picking_type_id": operation.id,
                            "warehouse_id": facility.warehouse_id.id,
                        }
                    )
                ],
            }
        )
        return facility.liquidation_route_id
