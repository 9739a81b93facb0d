from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..routing_common import RoutingCase


@tagged("post_install", "-at_install")
class TestRouteForms(RoutingCase):
    """What an administrator enters, and what others may not."""

    def _admin(self, records):
        return self._as("administrator", records)

    def test_route_is_entered_in_a_version(self):
        draft = self._admin(self._get_version().copy())
        with Form(draft) as form, form.route_rule_ids.new() as rule:
            rule.name = "Little things"
            rule.value_to = 150
            rule.target_id = self.centre
            rule.alternative_ids.add(self.depot)
            rule.inspection = "assume"
            rule.assumed_condition_id = self.conditions["A"]
            rule.sample_percent = 0
        draft.action_activate()
        self.assertIn("below", draft.route_rule_ids.conditions_summary)
        rma = self._received(self.line)
        self.assertEqual(rma.facility_id, self.centre)
        self.assertEqual(rma.inspection_ids.inspection_level, "assumed")

    def test_supplier_is_entered_as_a_facility(self):
        facilities = self._admin(self.facilities)
        action = self.env.ref("reverse_logistics.reverse_facility_action")
        self.assertIn("supplier_direct", action.context)
        with Form(facilities.with_context(default_kind="supplier_direct")) as form:
            form.name = "Another maker"
            form.partner_id = self.maker
        facility = form.save()
        self.assertFalse(facility.receives)
        self.assertEqual(facility._get_address(), self.maker)

    def test_facility_is_switched_off_in_its_form(self):
        with Form(self._admin(self.centre)) as form:
            form.switched_off = True
            form.off_reason = "outage"
            form.fallback_id = self.depot
            with form.freight_ids.new() as rate:
                rate.base_amount = 4
        self.assertTrue(self.centre._is_off(self.today))
        self.assertEqual(
            self.centre.freight_ids.display_name, "Everywhere to Technical Centre"
        )

    def test_region_is_entered(self):
        with Form(self._admin(self.env["reverse.region"])) as form:
            form.name = "South"
            form.country_ids.add(self.env.ref("base.de"))
            form.zip_prefixes = "80; 81 , 9"
        self.assertEqual(form.save()._for_engine().prefixes, ("80", "81", "9"))

    def test_return_shows_its_way(self):
        self._set_routes({"target_id": self.centre.id, "collect": True})
        rma = self._requested(self.line)
        with Form(self._as("service", rma)) as form:
            self.assertEqual(form.facility_explanation, rma.facility_explanation)
            form.facility_id = self.depot
        self.assertEqual((rma.facility_id, rma.facility_source), (self.depot, "person"))

    def test_others_configure_nothing(self):
        service = self.users["service"]
        for model, vals in (
            ("reverse.region", {"name": "Mine"}),
            ("reverse.freight.rate", {"facility_id": self.centre.id}),
            (
                "reverse.facility.day",
                {"facility_id": self.centre.id, "day": self.today},
            ),
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(service).create(vals)
        with self.assertRaises(AccessError):
            self.centre.with_user(service).switched_off = True
        draft = self._get_version().copy()
        with self.assertRaises(AccessError):
            draft.with_user(service).route_rule_ids = [Command.create({"name": "Mine"})]
