from odoo import api, models
from odoo.exceptions import UserError

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Returns for which no facility was found."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_no_facility(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=1,
            what=self.env._("No facility takes the goods: %(route)s"),
            todo=self.env._(
                "Name a facility on the return, have the goods sent where they would "
                "go usually, or look again once a facility has room."
            ),
            resolutions=(
                Resolution(
                    "route_again",
                    self.env._("Look Again"),
                    stock=self.env._(
                        "The goods go where rules say, if a facility takes them now."
                    ),
                    money=self.env._("Nothing is credited yet."),
                    done=self.env._("Routed"),
                    primary=True,
                ),
                Resolution(
                    "send_anyway",
                    self.env._("Send There Anyway"),
                    stock=self.env._(
                        "The goods go to the facility that is on the return, whatever "
                        "speaks against it."
                    ),
                    money=self.env._("Nothing is credited yet."),
                    done=self.env._("Sent there anyway"),
                ),
            ),
            holds=lambda e: e._is_return_open() and not e.rma_id.received_at,
            gone="arrived",
        )

    def action_route_again(self):
        """Look for a facility once more.

        :raises UserError: when there is still none
        """
        self._check_resolution("route_again")
        self.rma_id._route_again()
        still = self.filtered(lambda exception: exception.state == "open")
        if still:
            raise UserError(
                self.env._(
                    "Still no facility takes %(rma)s. %(reason)s",
                    rma=still[0].rma_id.display_name,
                    reason=still[0].rma_id.facility_explanation,
                )
            )
        return True

    def action_send_anyway(self):
        """Keep the facility on the return, as the choice of a person."""
        self._check_resolution("send_anyway")
        for facility, exceptions in self.grouped(
            lambda e: e.rma_id.facility_id
        ).items():
            exceptions.rma_id._name_facility(facility)
        return True
