from odoo import api, fields, models

from odoo.addons.reverse_logistics.engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Parcels that a carrier calls for at the customer's."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("pickup", "Pick-up to order")],
        ondelete={"pickup": "cascade"},
    )

    @api.model
    def _get_types(self):
        return {**super()._get_types(), "pickup": self._get_type_pickup()}

    @api.model
    def _get_type_pickup(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=1,
            what=self.env._("The customer has chosen a day on which it is called for."),
            todo=self.env._(
                "Order the pick-up from the carrier for this day, then say so here."
            ),
            resolutions=(
                Resolution(
                    "pickup_ordered",
                    self.env._("Pick-up Ordered"),
                    stock=self.env._("The carrier calls for the goods."),
                    money=self.env._("Nothing changes."),
                    done=self.env._("Pick-up ordered"),
                    primary=True,
                ),
            ),
            holds=lambda e: e.rma_id._waits_for_pickup(),
            gone="pickup_gone",
        )

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "pickup_gone": self.env._("No longer to be called for"),
        }

    def action_pickup_ordered(self):
        """Note that the carrier was asked to call for the goods."""
        self._check_resolution("pickup_ordered")
        self._resolve("pickup_ordered")
        return True
