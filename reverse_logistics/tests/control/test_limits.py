"""Limits count what they protect, however it is cut into lines, parts and returns."""

from datetime import timedelta
from random import Random
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestLimits(ApprovalCase):
    def _cut(self, source, quantities):
        """Enter one return with a line for each of these quantities."""
        rma = self._draft(source, quantities[0])
        self._as("service", rma).line_ids = [
            Command.create({"sale_line_id": source.id, "quantity": quantity})
            for quantity in quantities[1:]
        ]
        return rma

    def _expect(self, rma, quantity):
        """Enter how much of a return has come in."""
        receipt = rma.sudo().picking_ids.filtered(lambda p: p.state == "assigned")
        receipt.move_ids.write({"quantity": quantity, "picked": True})

    def _partition(self, random, whole):
        """Cut a number into some at random."""
        parts = []
        while sum(parts) < whole:
            parts.append(random.randint(1, whole - sum(parts)))
        return parts

    # ------------------------------------------------------------------
    # What stays with the customer
    # ------------------------------------------------------------------
    def test_many_small_lines_do_not_stay(self):
        self._set_policy(returnless="below", returnless_value=50.0)
        self._stock(self.product, 200)
        source = self._sell(100, price=4.0)
        rma = self._cut(source, [10] * 10)
        rma.action_request()
        self.assertEqual(set(rma.line_ids.mapped("returnless")), {False})
        self.assertFalse(rma.credit_note_ids)
        self.assertEqual(rma.state, "authorized")

    def test_many_small_returns_do_not_stay(self):
        self._set_policy(returnless="below", returnless_value=50.0)
        self._stock(self.product, 200)
        source = self._sell(100, price=4.0)
        kept = [self._requested(source, 5).line_ids.returnless for _ in range(4)]
        self.assertEqual(kept, [True, True, False, False], "20, 40, then 60")
        other = self._requested(self._sell(100, price=4.0), 5)
        self.assertTrue(other.line_ids.returnless, "another sale counts for itself")

    def test_costs_of_a_line_are_counted_once(self):
        self.company.reverse_handling_line = 8.0
        self._set_policy(returnless="recovery", recovery_percent=50.0)
        source = self._sell(20, price=4.0)
        rma = self._cut(source, [3] * 4)
        rma.action_request()
        self.assertEqual(
            set(rma.line_ids.mapped("returnless")), {False}, "24 come in, 8 are spent"
        )

    def test_cutting_changes_no_answer(self):
        self._set_policy(
            returnless="below", returnless_value=50.0, max_quantity=9, max_value=60.0
        )
        random = Random(11)
        for whole in (4, 5, 6, 9, 10):
            parts = self._partition(random, whole)
            with self.subTest(whole=whole, parts=parts), self.cr.savepoint() as point:
                one = self._requested(self._sell(20, price=10.0), whole).line_ids
                said = {(one.decision_code, one.returnless)}
                cut = self._cut(self._sell(20, price=10.0), parts)
                cut.action_request()
                self.assertEqual(
                    {(own.decision_code, own.returnless) for own in cut.line_ids}, said
                )
                point.rollback()

    # ------------------------------------------------------------------
    # At once
    # ------------------------------------------------------------------
    def test_limits_count_other_returns_of_the_sale(self):
        for limit in ({"max_quantity": 5}, {"max_value": 500}):
            with self.subTest(limit=limit), self.cr.savepoint() as point:
                self._set_policy(**limit)
                source = self._sell(10)
                first = self._requested(source, 4)
                self.assertEqual(first.line_ids.decision, "authorize")
                second = self._requested(source, 4)
                self.assertEqual(second.line_ids.decision_code, next(iter(limit)))
                self.assertEqual(second.state, "requested")
                self._as("service", first).action_cancel()
                third = self._requested(source, 1)
                self.assertEqual(third.line_ids.decision, "authorize")
                point.rollback()

    def test_an_approval_counts_other_returns_of_the_sale(self):
        self._rule("authorization", value_from=500)
        source = self._sell(20)
        first = self._requested(source, 4)
        self.assertEqual(first.state, "authorized")
        second = self._requested(source, 4)
        self.assertEqual(
            (second.state, self._gates(second)), ("requested", ["authorization"])
        )

    def test_an_approval_counts_other_returns_of_the_order(self):
        """Whoever splits an order by its lines comes under the same limit."""
        order = self._new_order(*[(self.product, 1, {"price_unit": 300.0})] * 2)
        self._deliver(order)
        self._invoice(order)
        self._rule("credit", value_from=500)
        first, second = (self._requested(line, 1) for line in order.order_line)
        for rma in (first, second):
            self._receive(rma)
            self._inspect(rma.inspection_ids)
        self.assertAmounts(first.credit_note_ids, 300)
        self.assertEqual(self._gates(second.settlement_ids), ["credit"])
        self._rule("authorization", value_from=500)
        third = self._new_order(*[(self.product, 1, {"price_unit": 300.0})] * 2)
        self._deliver(third)
        first, second = (self._requested(line, 1) for line in third.order_line)
        self.assertEqual(first.state, "authorized")
        self.assertEqual(
            (second.state, self._gates(second)), ("requested", ["authorization"])
        )

    def test_an_approval_counts_all_credits_of_a_return(self):
        self._rule("credit", value_from=500)
        source = self._sell(20)
        rma = self._requested(source, 8)
        self._expect(rma, 4)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 400)
        self._receive(rma)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 400)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "submitted")
        self.assertEqual(self._gates(waiting), ["credit"])

    def test_a_grant_counts_all_credits_of_a_return(self):
        person = self._create_user(
            "service", "receiver", "inspector", "approver", "releaser", login="alone"
        )
        self.env["reverse.combined.duty"].create(
            {
                "name": "Alone",
                "user_ids": [Command.set(person.ids)],
                "role_ids": [
                    Command.set(self.env["reverse.combined.duty"]._get_roles().ids)
                ],
                "amount_limit": 500,
            }
        )
        self._set_policy(credit_release="person")
        rma = self._draft(self._sell(20), 8).with_user(person)
        rma.action_request()
        self._expect(rma, 4)
        rma.action_receive()
        self._inspect(rma.inspection_ids.sudo())
        first = rma.settlement_ids
        first.action_submit()
        first.action_approve()
        self.assertEqual(first.state, "approved", "400 are within 500")
        self._expect(rma, 4)
        rma.action_receive()
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft").sudo())
        second = rma.settlement_ids - first
        second.action_submit()
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            second.action_approve()

    # ------------------------------------------------------------------
    # One person's word
    # ------------------------------------------------------------------
    def test_a_fee_below_policy_is_not_within_policy(self):
        self._set_policy()
        version = self._get_version().copy()
        version.fee_rule_ids = [Command.create({"name": "Fifteen", "percent": 15.0})]
        version.with_user(self.users["administrator"]).action_activate()
        rma = self._requested(self._sell(2), 2, fee=0.0, fee_by_hand=True)
        line = rma.line_ids
        self.assertEqual((line.decision, line.decision_code), ("review", "fee_waived"))
        self.assertEqual((line.fee, line.fee_waived), (0, 30))
        self.assertEqual(line.fee_rule_id.name, "Fifteen")
        self.assertRegex(line.explanation, "30.00 below that of our returns policy")
        self.assertEqual(rma.state, "requested")
        asked = self._events(rma).filtered(lambda e: e.name == "ReturnRequested")
        self.assertEqual(asked.data["lines"][0]["fee_waived"], 30)
        dearer = self._requested(self._sell(2), 2, fee=40.0)
        self.assertEqual(dearer.line_ids.decision, "authorize")
        self.assertFalse(dearer.line_ids.fee_waived)

    def test_a_parcel_is_no_way_round_the_largest_quantity(self):
        self._set_policy(max_quantity=1)
        line = self._sell(2)
        self._as("service", line.move_ids.picking_id).action_parcel_back("refused")
        rma = line.reverse_line_ids.rma_id
        self.assertEqual(rma.line_ids.decision_code, "carrier_doubt")
        self.assertEqual(rma.state, "requested")

    def test_a_facility_named_by_a_person_chooses_no_rule(self):
        far = self.env["stock.warehouse"].create({"name": "Far", "code": "FAR"})
        version = self._get_version().copy()
        version.rule_ids = [
            Command.create(
                {
                    "name": "Far",
                    "window_days": 365,
                    "facility_ids": [Command.set(far.reverse_facility_ids.ids)],
                }
            )
        ]
        version.with_user(self.users["administrator"]).action_activate()
        line = self._sell(2)
        line.move_ids.date = fields.Datetime.now() - timedelta(days=100)
        for facility in (self.facility, far.reverse_facility_ids):
            with self.subTest(facility=facility.name):
                rma = self._draft(line, rma={"facility_id": facility.id})
                rma.action_request()
                self.assertEqual(rma.line_ids.decision_code, "late")

    def test_the_first_facility_chooses_no_rule_for_goods_of_another(self):
        far = self.env["stock.warehouse"].create({"name": "Far", "code": "FAR"})
        self._set_policy(
            [
                {"name": "All", "window_days": 365},
                {
                    "name": "Far",
                    "window_days": 10,
                    "facility_ids": [Command.set(far.reverse_facility_ids.ids)],
                },
            ]
        )
        self._stock(self.product, 2, location=far.lot_stock_id)
        line, move = self._sold(quantity=2, warehouse_id=far.id)
        move.date = fields.Datetime.now() - timedelta(days=100)
        for facility in (self.facility, far.reverse_facility_ids):
            with self.subTest(facility=facility.name):
                rma = self._draft(line, rma={"facility_id": facility.id})
                rma.action_request()
                self.assertEqual(rma.line_ids.decision_code, "late")
                rma.action_cancel()

    def test_an_old_parcel_is_somebody_elses_to_authorize(self):
        line = self._sell(2)
        line.move_ids.date = fields.Datetime.now() - timedelta(days=400)
        person = self._create_user("service", "approver", login="both")
        line.move_ids.picking_id.with_user(person).action_parcel_back("refused")
        rma = line.reverse_line_ids.rma_id
        self.assertEqual(rma.line_ids.decision_code, "carrier_doubt")
        self.assertEqual(rma.state, "requested")
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            rma.with_user(person).action_authorize()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_shipped_on_the_word_of_who_asked_pays_nothing(self):
        self._set_policy(credit_release="shipped")
        now = fields.Datetime.now()
        rma = self._requested(self._sell(2), 2)
        self._as("service", rma).write(
            {"shipped_at": now, "carrier_tracking_ref": "1Z"}
        )
        self.assertEqual(rma.shipped_by_id, self.users["service"])
        self.assertFalse(rma.credit_note_ids)
        other = self._create_user("service", login="other-service")
        rma.with_user(other).write({"shipped_at": now, "carrier_tracking_ref": False})
        self.assertFalse(rma.credit_note_ids, "nobody knows with which parcel")
        rma.with_user(other).write({"shipped_at": now, "carrier_tracking_ref": "1Z"})
        self.assertAmounts(rma.credit_note_ids, 200)

    def test_shipped_when_it_was_entered_is_the_word_of_who_asked(self):
        """Entering and noting are one person's steps, also when they are one."""
        self._set_policy(credit_release="shipped")
        sent = fields.Datetime.now() - timedelta(1)
        parcel = {"carrier_tracking_ref": "1Z"}
        asked = self._requested(self._sell(2), 2, rma={"shipped_at": sent, **parcel})
        self.assertEqual(asked.shipped_by_id, self.users["service"])
        self.assertFalse(asked.credit_note_ids)
        other = self._create_user("service", login="other-service")
        asked.with_user(other).shipped_at = fields.Datetime.now()
        self.assertAmounts(asked.credit_note_ids, 200)
        with self.assertRaisesRegex(UserError, "cannot have sent the goods later than"):
            self._draft(
                self._sell(2), 2, rma={"shipped_at": sent + timedelta(3), **parcel}
            )

    def test_nobody_dates_a_shipment(self):
        """What was seen is noted when it was seen; events say what was noted."""
        rma, now = self._requested(self._sell(2), 2), fields.Datetime.now()
        for moment in (now - timedelta(1), now + timedelta(1)):
            for role in ("service", "receiver", "approver"):
                with (
                    self.subTest(moment=moment, role=role),
                    self.assertRaisesRegex(
                        UserError, "cannot have sent the goods then"
                    ),
                ):
                    self._call(
                        self._as(role, rma),
                        "write",
                        {"shipped_at": fields.Datetime.to_string(moment)},
                    )
        self._as("service", rma).shipped_at = now
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ReturnShipped")
        self.assertEqual(
            event.data, {"shipped_at": fields.Datetime.to_string(rma.shipped_at)}
        )

    def test_nobody_writes_who_noted_a_shipment(self):
        rma = self._requested(self._sell(2), 2)
        with self.assertRaises(UserError):
            self._as("service", rma).shipped_by_id = self.users["approver"]

    def test_returns_are_extended_by_a_year_at_most(self):
        rma = self._requested(self._sell(2), 2)
        clerk, approver = self._as("service", rma), self._as("approver", rma)
        with self.assertRaisesRegex(UserError, "a year at most"):
            clerk.action_extend("9999-12-31")
        clerk.action_extend(fields.Date.today() + timedelta(days=300))
        # nor by a year each time, except by somebody else
        days_ago = fields.Datetime.now() - timedelta(days=300)
        rma._guarded_write({"authorized_at": days_ago})
        until = fields.Date.today() + timedelta(days=360)
        with self.assertRaisesRegex(UserError, "ask an approver who took no earlier"):
            clerk.action_extend(until)
        rma._guarded_write({"requested_by_id": approver.env.uid})
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            approver.action_extend(until)
        rma._guarded_write({"requested_by_id": clerk.env.uid})
        approver.action_extend(until)
        self.assertEqual(rma.expires_on, until)

    def test_credits_whose_goods_do_not_come_are_looked_at(self):
        self._set_policy(credit_release="authorization")
        rma = self._requested(self._sell(2), 2)
        self.assertAmounts(rma.credit_note_ids, 200)
        self._as("service", rma).action_extend(
            fields.Date.today() + timedelta(days=300)
        )
        rmas = self.env["reverse.rma"]
        # the scheduled check commits what it has done
        with patch.object(IrCron, "_commit_progress", return_value=60.0):
            rmas._cron_review_early()
            self.assertFalse(rma.exception_ids)
            days_ago = fields.Datetime.now() - timedelta(days=61)
            rma._guarded_write({"authorized_at": days_ago})
            rmas._cron_review_early()
            rmas._cron_review_early()
        self.assertEqual(rma.exception_ids.type, "early_credit")
        self.assertIn("more than 60 days ago", rma.exception_ids.message)

    def test_dearer_than_decided_is_submitted_by_a_person(self):
        """Also what was worth nothing at all when policy decided."""
        for values in ({"price_unit": 1.0}, {"discount": 100.0}):
            order = self._new_order((self.product, 4, {"price_unit": 100.0, **values}))
            self._deliver(order)
            rma = self._requested(order.order_line, 4)
            order.order_line.write({"price_unit": 100.0, "discount": 0.0})
            self._invoice(order)
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertEqual(rma.settlement_ids.state, "draft")
            self.assertFalse(rma.credit_note_ids)
            self.assertIn("A person submits the credit", rma.message_ids[:1].body)
            self.assertAmounts(self._settle(rma.settlement_ids), 400)
