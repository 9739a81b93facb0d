from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import format_date, mute_logger

from ..routing_common import RoutingCase


@tagged("post_install", "-at_install")
class TestRoutes(RoutingCase):
    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------
    def test_without_rules_goods_go_where_they_came_from(self):
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.facility)
        self.assertEqual(rma.facility_source, "default")
        self.assertIn("no route rule applies", rma.facility_explanation)
        self.assertFalse(self._route_events(rma))

    def test_rule_decides_where_goods_go(self):
        rule = self._set_routes(
            {
                "name": "Dear things",
                "target_id": self.centre.id,
                "value_from": 500,
                "minutes_per_unit": 12,
            }
        )
        dear, cheap = self._requested(self.line, 6), self._requested(self.line, 2)
        self.assertEqual((dear | cheap).mapped("state"), ["authorized"] * 2)
        self.assertEqual(dear.facility_id, self.centre)
        self.assertEqual(dear.facility_source, "rule")
        self.assertEqual(dear.facility_explanation, "Technical Centre: “Dear things”.")
        self.assertEqual(dear.line_ids.route_rule_id, rule)
        self.assertEqual(dear.line_ids.inspection_minutes, 72)
        self.assertEqual(dear.goods_value, 600)
        self.assertEqual(cheap.facility_id, self.facility)
        self.assertFalse(cheap.line_ids.route_rule_id)
        event = self._route_events(dear)
        version = rule.version_id
        self.assertEqual(
            event.data,
            {
                "facility": self.centre.id,
                "decider": f"policy:{version.policy_id.id}:{version.number}",
                "route_rule": rule.id,
                "skipped": [],
            },
        )
        policy = f"olicy “{version.policy_id.name}”, version {version.number}"
        self.assertEqual(
            (event.decided_by, event.user_id), (f"P{policy}", self.users["service"])
        )
        self.assertIn("by rule “Dear things”", event.data_text)
        self.assertIn(f"decided by p{policy}", event.data_text)

    def test_goods_are_received_and_inspected_where_they_were_sent(self):
        self._set_routes({"target_id": self.centre.id})
        rma = self._requested(self.line, 2)
        receipt = rma.picking_ids
        self.assertEqual(receipt.picking_type_id, self.centre.receipt_type_id)
        self.assertEqual(
            receipt.location_dest_id, self.centre._get_location("inspection")
        )
        part = self._receive(rma)
        self.assertEqual(part.facility_id, self.centre)
        self._inspect(part)
        self.assertEqual(part.location_id, self.centre.warehouse_id.lot_stock_id)
        self.assertEqual(rma.stage, "settled")

    def test_region_of_the_customer(self):
        """Where it was agreed to deliver when it was sold."""
        country = self.env.ref("base.de")
        wide, narrow = self.env["reverse.region"].create(
            [
                {"name": "Germany", "country_ids": [Command.set(country.ids)]},
                {
                    "name": "Munich",
                    "country_ids": [Command.set(country.ids)],
                    "zip_prefixes": "80, 81",
                },
            ]
        )
        self._set_routes(
            {"target_id": self.centre.id, "region_ids": [Command.set(wide.ids)]},
            {"target_id": self.depot.id, "region_ids": [Command.set(narrow.ids)]},
        )
        self.customer.write({"country_id": country.id, "zip": "80331"})
        rma = self._requested(self._sell(1))
        self.assertEqual((rma.facility_id, rma.region_id), (self.depot, narrow))
        self.customer.zip = "10115"
        rma = self._requested(self._sell(1))
        self.assertEqual((rma.facility_id, rma.region_id), (self.centre, wide))
        self.customer.country_id = self.env.ref("base.us")
        rma = self._requested(self._sell(1))
        self.assertEqual(rma.facility_id, self.facility)
        self.assertFalse(rma.region_id)

    def test_region_that_a_rule_names_is_not_deleted(self):
        region = self.env["reverse.region"].create(
            {"name": "North", "zip_prefixes": "2"}
        )
        self._set_routes({"region_ids": [Command.set(region.ids)]})
        with self.assertRaisesRegex(UserError, "North is a condition of the rule"):
            region.unlink()

    def test_region_is_somewhere(self):
        regions = self.env["reverse.region"]
        with self.assertRaisesRegex(ValidationError, "Say where “North” is"):
            regions.create({"name": "North"})
        north = regions.create({"name": "North", "zip_prefixes": "2"})
        for nowhere in (False, " , "):
            with self.assertRaisesRegex(ValidationError, "Say where “North” is"):
                north.zip_prefixes = nowhere

    def test_cheapest_freight_first(self):
        self.product.weight = 2.0
        self.centre.freight_ids = [
            Command.create({"base_amount": 4, "weight_amount": 3})
        ]
        self.depot.freight_ids = [Command.create({"base_amount": 9})]
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
                "cheapest": True,
            }
        )
        light, heavy = self._requested(self.line, 1), self._requested(self.line, 5)
        self.assertEqual(heavy.facility_id, self.depot)
        self.assertEqual((heavy.weight, heavy.freight_estimate), (10, 9))
        self.assertIn("Freight there is about $\xa09.00.", heavy.facility_explanation)
        self.assertEqual(light.facility_id, self.depot)
        self.depot.freight_ids.base_amount = 11
        light = self._requested(self.line, 1)
        self.assertEqual(light.facility_id, self.centre)
        self.assertEqual(light.freight_estimate, 10)

    def test_product_types_that_a_facility_takes(self):
        hazardous = self.env["reverse.trait"].search([("code", "=", "HAZARDOUS")])
        self.product.product_tmpl_id.reverse_trait_ids = hazardous
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
            }
        )
        self.assertEqual(self._requested(self.line).facility_id, self.centre)
        self.centre.refused_trait_ids = hazardous
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertIn(
            "Technical Centre was skipped: it does not take goods with such traits.",
            rma.facility_explanation,
        )
        self.depot.category_ids = self._create_category("standard", "periodic")
        rma = self._requested(self.line)
        self.assertIn(
            "Depot was skipped: it does not take this", rma.facility_explanation
        )

    # ------------------------------------------------------------------
    # Several lines
    # ------------------------------------------------------------------
    def _mixed(self, **other):
        """Request a dear and a cheap product on one return."""
        cheap = self._create_product(
            "Spoon", list_price=5.0, categ_id=self.perpetual.id
        )
        self._buy(cheap, 10, 1.0)
        order = self._new_order((self.product, 1), (cheap, 1, {"price_unit": 5}))
        self._deliver(order)
        self._invoice(order)
        self._set_routes(
            {
                "target_id": self.centre.id,
                "product_ids": [Command.set(self.product.ids)],
            },
            {"product_ids": [Command.set(cheap.ids)], **other},
        )
        rma = self._as("service", order)._create_rmas(
            dict.fromkeys(order.order_line, 1.0)
        )
        rma.action_request()
        return rma

    def test_most_valuable_line_decides_for_all(self):
        rma = self._mixed(target_id=self.depot.id)
        self.assertEqual(rma.facility_id, self.centre)
        self.assertIn("follow the most valuable product", rma.facility_explanation)
        self.assertEqual(len(rma.picking_ids), 1)

    def test_nothing_stays_away_that_has_to_come_with_the_rest(self):
        rma = self._mixed(target_id=self.keeps.id)
        self.assertEqual(rma.facility_id, self.centre)

    def test_the_line_that_can_decides(self):
        self.centre.write({"switched_off": True, "off_reason": "outage"})
        rma = self._mixed(target_id=self.depot.id)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertIn(
            "Technical Centre was skipped: switched off until further notice.",
            rma.facility_explanation,
        )

    # ------------------------------------------------------------------
    # A person's choice
    # ------------------------------------------------------------------
    def test_what_a_person_chose_stays(self):
        self._set_routes({"target_id": self.centre.id})
        rma = self._draft(self.line, rma={"facility_id": self.depot.id})
        self.assertEqual(rma.facility_source, "person")
        rma.action_request()
        self.assertEqual(rma.facility_id, self.depot)
        self.assertEqual(rma.facility_explanation, "Depot: chosen by a person.")
        self.assertEqual(self._route_events(rma).data["decider"], "person")

    def test_proposed_facility_is_nobodys_choice(self):
        """A form sends what it was proposed."""
        self._set_routes({"target_id": self.centre.id})
        rma = self._draft(self.line, rma={"facility_id": self.facility.id})
        self.assertEqual(rma.facility_source, "default")
        rma.action_request()
        self.assertEqual(rma.facility_id, self.centre)

    def test_person_is_told_what_speaks_against_it(self):
        self.depot.write(
            {"switched_off": True, "off_reason": "surge", "off_until": "2999-12-31"}
        )
        rma = self._draft(self.line)
        rma.facility_id = self.depot
        rma.action_request()
        self.assertEqual(rma.facility_id, self.depot)
        self.assertEqual(rma.state, "authorized")
        self.assertIn("switched off until 12/31/2999", rma.facility_explanation)

    def test_service_sends_announced_goods_elsewhere(self):
        rma = self._requested(self.line)
        first = rma.picking_ids
        mails = self.env["mail.mail"].search_count([])
        self._as("service", rma).write({"facility_id": self.depot.id, "note": "Closer"})
        self.assertEqual(first.state, "cancel")
        second = rma.picking_ids - first
        self.assertEqual(second.picking_type_id, self.depot.receipt_type_id)
        self.assertEqual((rma.facility_source, rma.note), ("person", "Closer"))
        self.assertEqual(self._route_events(rma).data["facility"], self.depot.id)
        # the customer has to know
        self.assertEqual(self.env["mail.mail"].search_count([]), mails + 1)
        self.assertEqual(self._receive(rma).facility_id, self.depot)
        with self.assertRaisesRegex(UserError, "before any of the goods are here"):
            self._as("service", rma).facility_id = self.centre

    def test_others_do_not_send_goods_elsewhere(self):
        rma = self._requested(self.line)
        with self.assertRaisesRegex(UserError, "Customer service"):
            self._as("receiver", rma).facility_id = self.depot
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma).facility_source = "rule"

    def test_goods_that_are_here_stay_here(self):
        self._set_routes({"target_id": self.centre.id})
        picking = self._return_button(self.line.move_ids.picking_id, 1)
        self._validate(picking)
        rma = picking.reverse_rma_id
        self.assertEqual(rma.facility_id, self.facility)
        self.assertEqual(rma.facility_source, "arrival")
        self.assertIn("the goods are there", rma.facility_explanation)

    # ------------------------------------------------------------------
    # Nobody takes them
    # ------------------------------------------------------------------
    def _lost(self):
        self.centre.write({"switched_off": True, "off_reason": "outage"})
        self._set_routes({"target_id": self.centre.id})
        return self._requested(self.line)

    def test_a_person_decides_where_no_facility_does(self):
        rma = self._lost()
        self.assertEqual(rma.state, "requested")
        self.assertEqual(self._open_exceptions(rma), ["no_facility"])
        exception = rma.exception_ids
        self.assertIn("No facility takes these goods", exception.explanation)
        self.assertIn("Technical Centre was skipped", exception.explanation)
        with self.assertRaisesRegex(UserError, "No facility takes the goods of"):
            self._as("approver", rma).action_authorize()
        with self.assertRaisesRegex(UserError, "Still no facility takes"):
            self._as("service", exception).action_route_again()

    def test_naming_a_facility_lets_policy_go_on(self):
        rma = self._lost()
        self._as("service", rma).facility_id = self.depot
        self.assertEqual(rma.exception_ids.state, "resolved")
        self.assertEqual(rma.state, "authorized")
        self.assertTrue(rma.authorized_by_version_id)
        self.assertEqual(rma.picking_ids.picking_type_id, self.depot.receipt_type_id)

    def test_looking_again_once_it_is_on(self):
        rma = self._lost()
        self.centre.switched_off = False
        self._as("service", rma.exception_ids).action_route_again()
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.centre))
        self.assertEqual(rma.exception_ids.resolution_label, "Facility found")

    def test_sending_there_anyway(self):
        rma = self._lost()
        self._as("service", rma.exception_ids).action_send_anyway()
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.facility))
        self.assertEqual(rma.facility_source, "person")

    # ------------------------------------------------------------------
    # Switched off
    # ------------------------------------------------------------------
    def test_fallback_while_it_is_off(self):
        until = self.today + timedelta(days=30)
        self.facility.write(
            {
                "switched_off": True,
                "off_reason": "surge",
                "off_until": until,
                "fallback_id": self.depot.id,
            }
        )
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertEqual(
            rma.facility_explanation,
            f"Depot: stands in for {self.facility.name}. {self.facility.name} was "
            f"skipped: switched off until {format_date(self.env, until)}.",
        )
        # goods that come later than that find it open
        self.company.reverse_expected_days = 31
        self.assertEqual(self._requested(self.line).facility_id, self.facility)

    def test_open_returns_are_routed_around_a_facility(self):
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
            }
        )
        open_one, shipped, here = (self._requested(self.line) for _number in range(3))
        chosen = self._draft(self.line, rma={"facility_id": self.centre.id})
        # nobody's choice: it is where the rule sends it anyway
        chosen._guarded_write({"facility_source": "person"})
        chosen.action_request()
        self._as("service", shipped).shipped_at = fields.Datetime.now()
        self._receive(here)
        with self.assertRaisesRegex(UserError, "takes returns: switch it off first"):
            self._as("service", self.centre).action_reroute()
        self.centre.write({"switched_off": True, "off_reason": "outage"})
        with self.assertRaisesRegex(UserError, "Customer service"):
            self._as("receiver", self.centre).action_reroute()
        result = self._as("service", self.centre).action_reroute()
        self.assertIn("Routed elsewhere: 1. Unchanged: 1,", result["params"]["message"])
        self.assertEqual(open_one.facility_id, self.depot)
        self.assertEqual(
            open_one.picking_ids.sorted("id").mapped("state"), ["cancel", "assigned"]
        )
        self.assertEqual((shipped | here | chosen).facility_id, self.centre)

    def test_authorized_after_a_long_wait(self):
        self._set_policy(authorize=False)
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
            }
        )
        rma = self._requested(self.line)
        self.assertEqual((rma.state, rma.facility_id), ("requested", self.centre))
        self.centre.write({"switched_off": True, "off_reason": "outage"})
        self._as("approver", rma).action_authorize()
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.depot))
        self.assertEqual(rma.picking_ids.picking_type_id, self.depot.receipt_type_id)

    # ------------------------------------------------------------------
    # Goods that never come
    # ------------------------------------------------------------------
    def test_goods_that_the_customer_keeps(self):
        self._set_routes({"target_id": self.keeps.id})
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.keeps)
        self.assertFalse(rma.picking_ids)
        part = rma.inspection_ids
        self.assertTrue(part.not_inspected)
        self.assertEqual((part.state, rma.line_ids.qty_kept), ("done", 1))

    def test_piece_by_piece_no_more_stays_than_together(self):
        self._set_routes({"target_id": self.keeps.id, "value_to": 150.0})
        first, second = (self._requested(self.line) for _number in range(2))
        self.assertEqual(first.facility_id, self.keeps)
        self.assertEqual(second.facility_id, self.facility)
        self.assertFalse(second.line_ids.qty_kept)

    def test_keeping_that_a_person_chose_is_noted_by_a_person(self):
        rma = self._draft(self.line, rma={"facility_id": self.keeps.id})
        rma.action_request()
        self.assertEqual((rma.state, rma.facility_source), ("authorized", "person"))
        self.assertFalse(rma.picking_ids or rma.inspection_ids)
        self.assertIn("The customer keeps the goods", rma.next_step)
        self.assertTrue(self._kept(rma).not_inspected)

    def test_goods_that_go_to_the_supplier(self):
        self._set_routes({"target_id": self.supplier.id})
        rma = self._requested(self.line, 3)
        self.assertEqual(rma.facility_id, self.supplier)
        self.assertFalse(rma.picking_ids)
        self.assertEqual(rma._get_return_address(), self.maker)
        self._as("inspector", rma).action_at_supplier()
        part = rma.inspection_ids
        self.assertEqual((part.state, part.quantity), ("done", 3))
        self.assertEqual(part.disposition_id.code, "SUPPLIER")
        self.assertTrue(part.not_inspected)
        self.assertEqual(rma.settlement_ids.amount_untaxed, 300)
        with self.assertRaisesRegex(UserError, "Nothing more is expected"):
            self._as("inspector", rma).action_at_supplier()

    def _print(self, rma):
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html(
            "reverse_logistics.report_authorization", rma.ids
        )
        return html.decode()

    def test_authorization_says_where_to_send_goods(self):
        self._set_routes({"target_id": self.supplier.id})
        html = self._print(self._requested(self.line))
        self.assertIn("Mill Lane 1", html)
        self.assertNotIn("We inspect the goods", html)
        self._set_routes({"target_id": self.keeps.id})
        html = self._print(self._requested(self.line))
        self.assertIn("You can keep the goods", html)
        self.assertNotIn("Send the goods to", html)
        self.centre.partner_id = self.customer.create(
            {"name": "Gate 4", "street": "Harbour Road 7"}
        )
        self._set_routes({"target_id": self.centre.id, "collect": True})
        html = self._print(self._requested(self.line))
        self.assertIn("Harbour Road 7", html)
        self.assertIn("Please keep the goods until we call for them", html)

    def test_only_what_goes_to_a_supplier_arrives_there(self):
        rma = self._requested(self.line)
        with self.assertRaisesRegex(UserError, "not on their way to a supplier"):
            self._as("inspector", rma).action_at_supplier()

    def test_kept_goods_on_the_dock_are_taken_in(self):
        rma = self._draft(self.line, rma={"facility_id": self.keeps.id})
        rma.action_request()
        self._as("receiver", rma).action_receive({rma.line_ids.id: 1})
        self.assertEqual(rma.line_ids.qty_received, 1)
        self.assertEqual(
            (rma.facility_id, rma.facility_source), (self.facility, "arrival")
        )

    def test_goods_that_were_to_be_kept_come_all_the_same(self):
        self._set_routes({"target_id": self.keeps.id})
        rma = self._requested(self.line)
        self._as("receiver", rma).action_receive({rma.line_ids.id: 1})
        late = rma.follow_up_ids
        self.assertEqual(late.facility_id, self.facility)
        self.assertEqual(late.line_ids.qty_received, 1)
        self.assertEqual(self._open_exceptions(late), ["late_goods"])

    # ------------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------------
    def test_facilities_fit_their_kind(self):
        problem = "reverse_facility_warehouse_of_its_kind"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(IntegrityError, problem),
        ):
            self.centre.kind = "customer_keeps"
            self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(IntegrityError, problem),
        ):
            self.facilities.create({"name": "Nowhere", "kind": "regional"})

    def test_a_facility_does_not_become_one_where_goods_are_kept(self):
        """Rules that others approved name it: they would give money without goods."""
        self._set_routes(
            {
                "target_id": self.supplier.id,
                "alternative_ids": [Command.set(self.keeps.ids)],
            }
        )
        for facility, kind in (
            (self.supplier, "customer_keeps"),
            (self.keeps, "supplier_direct"),
        ):
            with self.assertRaisesRegex(UserError, "Create another facility"):
                self._as("administrator", facility).kind = kind
        self._as("administrator", self.centre).kind = "branch"

    def test_no_entered_day_lets_goods_stay(self):
        """Where a centre is closed, its alternative can be that the customer keeps."""
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.keeps.ids)],
                "needs_room": True,
            }
        )
        self._open_daily(self.centre, 480)
        rma = self._draft(self.line)
        self._as("service", rma).expected_date = self.today - timedelta(days=300)
        rma.action_request()
        self.assertEqual(rma.facility_id, self.centre)
        with self.assertRaisesRegex(ValidationError, "more than a year ahead"):
            self._as("service", rma).expected_date = date(9999, 12, 31)

    def test_fallbacks_are_no_circle(self):
        self.centre.fallback_id = self.depot
        with self.assertRaisesRegex(ValidationError, "in a circle"):
            self.depot.fallback_id = self.centre

    def test_switching_off_needs_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "Say why Depot is switched off"):
            self.depot.switched_off = True

    def test_facility_with_open_returns_is_not_archived(self):
        rma = self._requested(self.line)
        with self.assertRaisesRegex(ValidationError, "Returns still go to .*: 1"):
            self.facility.active = False
        self._as("service", rma).action_cancel()
        self.facility.active = False
        self.assertFalse(self.facility.active)

    def test_archived_facility_is_skipped(self):
        self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
            }
        )
        self.centre.active = False
        rma = self._requested(self.line)
        self.assertEqual(rma.facility_id, self.depot)
        self.assertIn(
            "Technical Centre was skipped: it is archived", rma.facility_explanation
        )

    def test_rules_say_what_they_do(self):
        rule = self._set_routes(
            {
                "target_id": self.centre.id,
                "alternative_ids": [Command.set(self.depot.ids)],
                "cheapest": True,
                "inspection": "assume",
                "assumed_condition_id": self.conditions["A"].id,
                "sample_percent": 7,
                "collect": True,
            }
        )
        self.assertEqual(
            rule.says,
            "Technical Centre → Depot · cheapest freight first · “A – as new” without "
            "inspection, 7 % at random · collected by region",
        )

    def test_rule_sends_nothing_to_a_strange_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        strange = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        draft = self._get_version().copy()
        with self.assertRaisesRegex(ValidationError, "cannot send goods there"):
            draft.route_rule_ids = [
                Command.create(
                    {
                        "name": "Away",
                        "company_id": self.company.id,
                        "target_id": strange.reverse_facility_ids.id,
                    }
                )
            ]

    def test_routes_of_an_active_version_are_frozen(self):
        rule = self._set_routes({"target_id": self.centre.id})
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._as("administrator", rule).target_id = self.depot

    def test_price_claims_go_nowhere(self):
        self._set_routes({"target_id": self.centre.id})
        reason = self.env["reverse.reason"].search(
            [("claim", "=", "price_error")], limit=1
        )
        rma = self._requested(self.line, 1, reason_id=reason.id, claimed_price=80.0)
        self.assertEqual(rma.facility_id, self.facility)
        self.assertFalse(rma.facility_explanation)

    # ------------------------------------------------------------------
    # Approvals, and goods that policy lets stay
    # ------------------------------------------------------------------
    def _ask_approver(self):
        return self.env["reverse.approval.rule"].create(
            {
                "name": "All",
                "gate": "authorization",
                "group_id": self.env.ref("reverse_logistics.group_approver").id,
            }
        )

    def test_approved_return_waits_for_its_facility(self):
        self._ask_approver()
        rma = self._lost()
        approval = rma.approval_ids
        self.assertTrue(approval)
        self._as("approver", approval).action_approve()
        self.assertEqual((rma.state, rma.approval_state), ("requested", "approved"))
        self._as("service", rma).facility_id = self.depot
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.depot))

    def test_facility_is_named_before_it_is_approved(self):
        self._ask_approver()
        rma = self._lost()
        self._as("service", rma).facility_id = self.depot
        self.assertEqual((rma.state, rma.approval_state), ("requested", "waiting"))
        self._as("approver", rma.approval_ids).action_approve()
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.depot))

    def test_what_policy_lets_stay_needs_no_facility(self):
        self._set_policy(returnless="below", returnless_value=150)
        self.facility.write({"switched_off": True, "off_reason": "outage"})
        rma = self._requested(self.line)
        self.assertTrue(rma.line_ids.returnless)
        self.assertFalse(self._open_exceptions(rma))
        self.assertFalse(rma.facility_explanation)
