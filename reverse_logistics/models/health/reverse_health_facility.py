from odoo import api, models

from .reverse_health import Check


class ReverseHealth(models.AbstractModel):
    """Facilities that routes send goods to."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
            "facility_address": Check(
                "facility",
                self.env._("No address"),
                self.env._("Customers are not told where to send the goods."),
            ),
            "facility_hours": Check(
                "facility",
                self.env._("No receiving hours"),
                self.env._(
                    "A route asks whether there is room, and nobody knows when goods "
                    "are received and inspected."
                ),
            ),
            "facility_capacity": Check(
                "facility",
                self.env._("No inspection minutes"),
                self.env._(
                    "A route asks whether there is room: without a limit there always "
                    "is."
                ),
            ),
            "facility_freight": Check(
                "facility",
                self.env._("No freight"),
                self.env._(
                    "A route prefers the cheapest freight, which is not known to here."
                ),
            ),
        }

    @api.model
    def _look_at_facilities(self, known, findings, code, wants, lacks):
        """Look at the facilities that routes send goods to.

        :param wants: function that says whether a route rule needs it
        :param lacks: function that says whether a facility lacks it
        """
        wanted = {}
        for rule in known.rules["reverse.route.rule"].filtered(wants):
            named = rule.target_id | rule.alternative_ids
            for facility in named | self._get_stand_ins(named):
                wanted.setdefault(facility, []).append(known.demands[rule])
        for facility, demands in wanted.items():
            findings.look(
                code,
                self._key(facility),
                self._scope(facility),
                demands,
                lacks(facility),
            )

    @api.model
    def _get_stand_ins(self, facilities):
        """Give what goods go to where these are full, closed or switched off."""
        found = facilities.browse()
        while facilities := facilities.fallback_id - found:
            found |= facilities
        return found

    @api.model
    def _check_facility_address(self, known, findings):
        def lacks(facility):
            address = facility._get_address()
            nowhere = facility.kind == "customer_keeps"
            return not (nowhere or (address.street and address.city))

        self._look_at_facilities(
            known, findings, "facility_address", lambda rule: True, lacks
        )

    @api.model
    def _check_facility_hours(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_hours",
            lambda rule: rule.needs_room,
            lambda facility: facility.receives and not facility._get_hours(),
        )

    @api.model
    def _check_facility_capacity(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_capacity",
            lambda rule: rule.needs_room,
            lambda facility: facility.receives and not facility.inspection_minutes,
        )

    @api.model
    def _check_facility_freight(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_freight",
            lambda rule: rule.cheapest,
            lambda facility: facility.receives and not facility.freight_ids,
        )
