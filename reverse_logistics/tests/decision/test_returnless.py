"""Goods that are not worth having back stay with the customer."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReturnless(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(returnless="below", returnless_value=50.0)

    def _asked(self, price=10.0, quantity=1, **values):
        line = self._sell(3, price=price)
        return line, self._requested(line, quantity, **values)

    def test_the_customer_keeps_it_and_is_credited(self):
        line, rma = self._asked()
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertRegex(rma.line_ids.explanation, "You can keep it.$")
        self.assertEqual((rma.line_ids.qty_kept, rma.line_ids.qty_settled), (1, 1))
        self.assertFalse(rma.picking_ids, "nothing is expected")
        part = rma.inspection_ids
        self.assertEqual((part.state, part.disposition_id.code), ("done", "KEEP"))
        self.assertTrue(part.not_inspected)
        self.assertFalse(part.inspected_by_id)
        self.assertEqual(part.policy_version_id, self._get_version())
        # it stays sold, and what it cost is not reversed
        self.assertAmounts(rma.credit_note_ids, 10)
        self.assertEqual(rma.settlement_ids.policy_version_id, self._get_version())
        self.assertEqual(rma.settlement_ids.line_ids.kind, "kept")
        self.assertLine(line, 3, 3, 0, "invoiced")
        self.assertEqual(self._cogs(rma.credit_note_ids), 0)
        self.assertEqual(rma._check_quantities(), {})

    def test_events_in_their_order_by_policy(self):
        _line, rma = self._asked()
        events = self._events(rma)
        names = [
            name
            for name in events.mapped("name")
            if name
            in (
                "ReturnRequested",
                "ReturnAuthorized",
                "InspectionCompleted",
                "InvoiceAdjusted",
                "ReturnClosed",
            )
        ]
        self.assertEqual(
            names,
            [
                "ReturnRequested",
                "ReturnAuthorized",
                "InspectionCompleted",
                "InvoiceAdjusted",
                "ReturnClosed",
            ],
        )
        done = events.filtered(lambda e: e.name == "InspectionCompleted")
        self.assertRegex(done.data["decider"], "^policy:")

    def test_dearer_goods_come_back(self):
        line, rma = self._asked(price=30.0, quantity=2)
        self.assertFalse(rma.line_ids.returnless)
        self.assertNotIn("keep", rma.line_ids.explanation)
        self.assertEqual((rma.state, len(rma.picking_ids)), ("authorized", 1))
        self.assertFalse(rma.settlement_ids)
        self.assertLine(line, 3, 3, 0)

    def test_some_lines_stay_and_others_come(self):
        cheap, dear = self._sell(3, price=10.0), self._sell(3, price=100.0)
        rma = self._draft(cheap)
        self._as("service", rma).line_ids = [
            Command.create({"sale_line_id": dear.id, "quantity": 1})
        ]
        rma.action_request()
        self.assertEqual(rma.picking_ids.move_ids.sale_line_id, dear)
        # the paper for the parcel names only what goes into it
        self.assertEqual(rma.line_ids._get_lines_to_send().sale_line_id, dear)
        self.assertAmounts(rma.credit_note_ids, 10)
        self.assertEqual(rma.state, "authorized")
        self._receive(rma)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 10, 100)
        self.assertEqual(rma.state, "done")

    def test_conditions_of_rules_keep_goods_coming(self):
        """Dangerous goods come back whatever they are worth."""
        hazardous = self.env.ref("reverse_logistics.trait_hazardous")
        self._set_policy(
            rules=[
                {"name": "Cheap", "returnless": "below", "returnless_value": 50.0},
                {"name": "Dangerous", "trait_ids": hazardous.ids},
            ]
        )
        self.product.reverse_trait_ids = hazardous
        _line, rma = self._asked()
        self.assertEqual((rma.state, len(rma.picking_ids)), ("authorized", 1))

    def _asked_serial(self, price):
        self.serial_product.categ_id = self.perpetual
        lot = self._create_lots(self.serial_product, f"S{price}")
        self._buy(self.serial_product, 1, 10.0, lot)
        line = self._sell(1, price, self.serial_product, {lot: 1})
        return self._requested(line, lot_id=lot.id)

    def test_somebody_looks_at_dear_goods_with_a_serial_number(self):
        self.company.reverse_inspect_value = 40
        self.assertEqual(self._asked_serial(39).line_ids.qty_kept, 1)
        rma = self._asked_serial(40)
        self.assertFalse(rma.line_ids.returnless or rma.inspection_ids)
        self.assertEqual((rma.state, len(rma.picking_ids)), ("authorized", 1))
        self.company.reverse_inspect_value = 0
        self.assertFalse(self._asked_serial(1).line_ids.returnless)

    # ------------------------------------------------------------------
    # Recovery
    # ------------------------------------------------------------------
    def test_when_having_it_back_costs_more_than_it_brings(self):
        self._set_policy(returnless="recovery", recovery_percent=40.0)
        self.company.write({"reverse_handling_line": 4.0, "reverse_handling_unit": 1.0})
        # 40 % of 12 are 4.80, less than 5
        self.assertTrue(self._asked(price=12.0)[1].line_ids.returnless)
        # 40 % of 12.50 are 5
        self.assertFalse(self._asked(price=12.5)[1].line_ids.returnless)
        # two units: 40 % of 29 are 11.60, more than 6
        self.assertFalse(self._asked(price=14.5, quantity=2)[1].line_ids.returnless)

    def test_freight_counts(self):
        self._set_policy(returnless="recovery", recovery_percent=50.0)
        self.assertFalse(self._asked(price=20.0)[1].line_ids.returnless)
        self.env["reverse.freight.rate"].create(
            {"facility_id": self.facility.id, "base_amount": 10.01}
        )
        self.assertTrue(self._asked(price=20.0)[1].line_ids.returnless)
        self.assertFalse(self._asked(price=21.0)[1].line_ids.returnless)

    def test_each_piece_does_not_bear_the_freight_of_all(self):
        self._set_policy(returnless="recovery", recovery_percent=50.0)
        self.env["reverse.freight.rate"].create(
            {"facility_id": self.facility.id, "base_amount": 12.0}
        )
        line = self._sell(3, price=20.0)
        kept = [self._requested(line).line_ids.returnless for _number in range(2)]
        self.assertEqual(kept, [True, False])

    def test_nobody_makes_freight_dear(self):
        """Neither another facility nor a friend far away lets goods stay."""
        self._set_policy(returnless="recovery", recovery_percent=50.0)
        far = self.env["stock.warehouse"].create({"name": "Far", "code": "FAR"})
        island = self.env.ref("base.fj")
        region = self.env["reverse.region"].create(
            {"name": "Islands", "country_ids": [Command.set(island.ids)]}
        )
        self.env["reverse.freight.rate"].create(
            [
                {"facility_id": far.reverse_facility_ids.id, "base_amount": 400.0},
                {
                    "facility_id": self.facility.id,
                    "region_id": region.id,
                    "base_amount": 400.0,
                },
                {"facility_id": self.facility.id, "base_amount": 1.0},
            ]
        )
        friend = self.env["res.partner"].create(
            {"name": "Friend", "country_id": island.id}
        )
        for chosen in (
            {"facility_id": far.reverse_facility_ids.id},
            {"end_partner_id": friend.id},
        ):
            with self.subTest(chosen=chosen):
                rma = self._draft(self._sell(3, price=100.0))
                self._as("service", rma).write(chosen)
                rma.action_request()
                self.assertFalse(rma.line_ids.returnless)

    def test_lines_share_the_freight_by_weight(self):
        self._set_policy(returnless="recovery", recovery_percent=50.0)
        self.env["reverse.freight.rate"].create(
            {"facility_id": self.facility.id, "base_amount": 12.0}
        )
        heavy = self._create_product("Anvil", weight=9.0, categ_id=self.perpetual.id)
        self._buy(heavy, 10, 5.0)
        self.product.weight = 3.0
        light, anvil = self._sell(3, price=7.0), self._sell(3, 7.0, heavy)
        rma = self._draft(light)
        self._as("service", rma).line_ids = [
            Command.create({"sale_line_id": anvil.id, "quantity": 1})
        ]
        rma.action_request()
        kept = {line.product_id: line.returnless for line in rma.line_ids}
        # 3.50 each: 3 of freight for the kettle, 9 for the anvil
        self.assertEqual(kept, {self.product: False, heavy: True})

    # ------------------------------------------------------------------
    # Persons
    # ------------------------------------------------------------------
    def test_outside_of_policy_a_person_credits(self):
        line = self._sell(3, price=10.0)
        line.move_ids.date = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        rma = self._requested(line)
        self.assertEqual(rma.line_ids.decision, "exception")
        self.assertIn("You can keep it.", rma.line_ids.explanation)
        self._as("approver", rma).action_authorize_exception("Not worth a discussion")
        self.assertEqual(rma.line_ids.qty_kept, 1)
        self.assertFalse(rma.picking_ids)
        self.assertEqual(rma.settlement_ids.state, "draft")
        self.assertAmounts(self._settle(rma.settlement_ids), 10)
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_a_person_releases_where_the_rule_says_so(self):
        self._set_policy(
            returnless="below", returnless_value=50.0, credit_release="person"
        )
        _line, rma = self._asked()
        self.assertEqual(rma.line_ids.qty_kept, 1)
        self.assertEqual(rma.settlement_ids.state, "draft")

    def test_early_credit_changes_nothing_of_it(self):
        self._set_policy(
            returnless="below", returnless_value=50.0, credit_release="authorization"
        )
        line, rma = self._asked()
        self.assertAmounts(rma.credit_note_ids, 10)
        self.assertEqual(rma.settlement_ids.line_ids.kind, "kept")
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_replaced_goods_stay_too(self):
        line, rma = self._asked(rma={"settlement_type": "replacement"})
        self.assertEqual(rma.line_ids.qty_kept, 1)
        self.assertEqual(rma.settlement_ids.type, "replacement")
        self.assertEqual(rma.settlement_ids.state, "released")
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(line, 3, 3, 0)

    def test_who_wants_nothing_sends_it_back(self):
        _line, rma = self._asked(rma={"settlement_type": "none"})
        self.assertFalse(rma.line_ids.returnless)

    def test_goods_that_are_here_are_inspected(self):
        line = self._sell(3, price=10.0)
        self.company.reverse_unauthorized = "adopt"
        picking = self._return_button(line.move_ids.picking_id, 1)
        picking.move_ids.picked = True
        self._as("receiver", picking).button_validate()
        rma = picking.move_ids.reverse_rma_line_id.rma_id
        self.assertFalse(rma.line_ids.returnless)
        self._as("approver", rma.exception_ids).action_authorize()
        self.assertEqual(rma.inspection_ids.state, "draft")
        self.assertEqual(rma.line_ids.qty_kept, 0)

    def test_nobody_but_policy_says_so(self):
        _line, rma = self._asked(price=100.0)
        for name in ("returnless", "credit_release", "warranty_until"):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._as("service", rma.line_ids)[name] = False
        part = {
            "line_id": rma.line_ids.id,
            "quantity": 1,
            "disposition_id": self.dispositions["KEEP"].id,
            "policy_version_id": rma.line_ids.policy_version_id.id,
        }
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("inspector", self.env["reverse.inspection"]).create(part)

    # ------------------------------------------------------------------
    # By the route
    # ------------------------------------------------------------------
    def _keep_by_route(self):
        facility = self.env["reverse.facility"].create(
            {
                "name": "Not worth it",
                "kind": "customer_keeps",
                "company_id": self.company.id,
            }
        )
        draft = self._get_version().copy()
        draft.rule_ids.returnless = "no"
        draft.route_rule_ids = [
            Command.create({"name": "Kettles", "target_id": facility.id})
        ]
        draft.with_user(self.users["administrator"]).action_activate()
        return facility

    def test_a_route_leaves_goods_to_the_customer(self):
        facility = self._keep_by_route()
        line, rma = self._asked()
        self.assertEqual(rma.facility_id, facility)
        self.assertEqual(rma.line_ids.qty_kept, 1)
        self.assertAmounts(rma.credit_note_ids, 10)
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_a_person_leaves_dear_goods_with_a_serial_number(self):
        self.company.reverse_inspect_value = 40
        facility = self._keep_by_route()
        rma = self._asked_serial(40)
        self.assertEqual((rma.state, rma.facility_id), ("authorized", facility))
        self.assertFalse(rma.inspection_ids or rma.settlement_ids)
        self.assertIn("an inspector confirms it", rma.next_step)

    # ------------------------------------------------------------------
    # The rule
    # ------------------------------------------------------------------
    def test_a_new_rule_asks_a_person_for_credits(self):
        draft = self._get_version().copy()
        rule = self.env["reverse.policy.rule"].create(
            {"name": "New", "version_id": draft.id}
        )
        self.assertEqual((rule.credit_release, rule.credit_note), ("person", False))
        self.assertIn("credit when a person releases it", rule.says)
        with Form(rule) as form:
            form.credit_release = "inspection"
            self.assertIn(
                "Refunds of any amount are released automatically (“When the goods are "
                "inspected”), without approval by finance.",
                form.credit_note,
            )
            form.max_value = 500.0
            self.assertRegex(form.credit_note, "Refunds up to .*500.00 are released")
        with_term = rule._complete_terms({"credit_release": "receipt"})
        self.assertEqual(with_term["credit_release"], "receipt")
        older = rule._complete_terms({"name": "Frozen before there was a choice"})
        self.assertEqual(older["credit_release"], "inspection")

    def test_the_rule_says_it_in_words(self):
        draft = self._get_version().copy()
        rule = draft.rule_ids
        self.assertIn("stays with the customer below $", rule.says)
        with Form(rule) as form:
            form.returnless = "recovery"
            form.recovery_percent = 35.0
            form.credit_release = "shipped"
            form.offer_replacement = False
        self.assertIn("where 35 % of its value do not pay", rule.says)
        self.assertIn("credit when the customer has shipped", rule.says)
        self.assertIn("no replacement", rule.says)
        with self.assertRaisesRegex(Exception, "returnless_in_range"):
            rule.recovery_percent = 101
            rule.flush_recordset()

    def test_simulation_sees_what_would_follow(self):
        line = self._sell(3, price=10.0)
        rma = self._draft(line.move_ids)
        versions = self.env["reverse.policy.version"]._get_for(self.company)
        verdict = rma.line_ids._evaluate(versions)[rma.line_ids]
        self.assertEqual(
            (verdict["decision"], verdict["returnless"], verdict["credit_release"]),
            ("authorize", True, "inspection"),
        )
        self.assertFalse(rma.line_ids.returnless, "nothing is kept")
