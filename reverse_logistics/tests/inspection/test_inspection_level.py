from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...engine import sampling
from ...models.routing.reverse_inspection import SAMPLE_SECRET
from ..routing_common import RoutingCase


@tagged("post_install", "-at_install")
class TestInspectionLevel(RoutingCase):
    """Goods of little value that nobody looks at, except for a sample."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._assume()

    @classmethod
    def _assume(cls, condition="A", percent=0.0, **values):
        return cls._set_routes(
            {
                "name": "Not worth it",
                "inspection": "assume",
                "assumed_condition_id": cls.conditions[condition].id,
                "sample_percent": percent,
                **values,
            }
        )

    # ------------------------------------------------------------------
    # Assumed
    # ------------------------------------------------------------------
    def test_goods_are_taken_as_announced(self):
        self._assume(value_to=150)
        rma = self._requested(self.line)
        self.assertFalse(self._receive(rma))
        part = rma.inspection_ids
        self.assertEqual((part.state, part.inspection_level), ("done", "assumed"))
        self.assertEqual(part.condition_id, self.conditions["A"])
        self.assertEqual(part.disposition_id, self.dispositions["RESTOCK"])
        self.assertFalse(part.inspected_by_id)
        self.assertTrue(part.inspected_at)
        self.assertFalse(part.not_inspected, "they did arrive")
        self.assertEqual(part.policy_version_id, rma.line_ids.policy_version_id)
        self.assertEqual(part.location_id, self.warehouse.lot_stock_id)
        self.assertEqual((rma.line_ids.qty_received, rma.line_ids.qty_kept), (1, 0))
        # condition A is credited in full by policy
        self.assertEqual((rma.stage, rma.credit_note_ids.state), ("settled", "posted"))

    def test_nobody_is_asked_about_goods_that_nobody_looks_at(self):
        self.env["reverse.inspection.template"].create(
            {"name": "All", "question_ids": [Command.create({"name": "Does it run?"})]}
        )
        part = self._received(self.line).inspection_ids
        self.assertEqual(part.state, "done")
        self.assertFalse(part.answer_ids)
        # somebody looks after all
        self._as("inspector", part).action_correct()
        again = part.line_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(again.answer_ids.question, "Does it run?")

    def test_event_names_policy_as_decider(self):
        rma = self._received(self.line)
        event = self._events(rma).filtered(lambda e: e.name == "InspectionCompleted")
        version = self._get_version()
        self.assertEqual(
            event.data["decider"], f"policy:{version.policy_id.id}:{version.number}"
        )
        self.assertEqual(event.data["parts"][0]["level"], "assumed")
        self.assertIn("decided by policy", event.data_text)
        self.assertIn("not inspected", event.data_text)
        received = self._events(rma).filtered(lambda e: e.name == "ReturnReceived")
        self.assertLess(received.sequence, event.sequence)

    def test_what_is_worth_more_is_inspected(self):
        self._assume(value_to=150)
        rma = self._requested(self.line, 2)
        part = self._receive(rma)
        self.assertEqual((part.state, part.inspection_level), ("draft", "full"))
        self.assertFalse(part.condition_id)

    def test_other_condition_is_credited_by_a_person(self):
        self._assume("C")
        rma = self._received(self.line)
        part = rma.inspection_ids
        self.assertEqual(part.disposition_id, self.dispositions["QUARANTINE"])
        self.assertEqual(part.location_id, self.facility._get_location("quarantine"))
        self.assertEqual(rma.settlement_ids.state, "draft")
        # nobody has inspected, so that nobody is excluded
        self.assertFalse(rma.settlement_ids.inspected_by_ids)

    def test_assumed_goods_can_be_looked_at_after_all(self):
        rma = self._received(self.line)
        self._as("inspector", rma.inspection_ids).action_correct()
        part = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(part.inspection_level, "full")
        self._inspect(part, "D")
        self.assertEqual(part.inspected_by_id, self.users["inspector"])

    def test_rule_of_the_request_applies(self):
        """What was promised then is not changed by a later version."""
        rma = self._requested(self.line)
        self._set_routes()
        self._receive(rma)
        self.assertEqual(rma.inspection_ids.inspection_level, "assumed")

    # ------------------------------------------------------------------
    # Sample
    # ------------------------------------------------------------------
    def test_sample_is_inspected(self):
        self._assume(percent=100)
        rma = self._received(self.line)
        part = rma.inspection_ids
        self.assertEqual((part.state, part.inspection_level), ("draft", "sample"))
        self.assertFalse(part.condition_id)
        self._inspect(part)
        self.assertEqual(part.inspected_by_id, self.users["inspector"])
        event = self._events(rma).filtered(lambda e: e.name == "InspectionCompleted")
        self.assertEqual(event.data["parts"][0]["level"], "sample")
        self.assertNotIn("decider", event.data)

    def test_split_sample_stays_a_sample(self):
        self._assume(percent=100)
        part = self._received(self.line, 3).inspection_ids
        self._as("inspector", part).quantity = 1
        self.assertEqual(
            part.line_id.inspection_ids.mapped("inspection_level"), ["sample"] * 2
        )

    def test_receiving_again_draws_nothing_else(self):
        self._assume(percent=50)
        rma = self._requested(self.line, 4)
        line = rma.line_ids
        keys = []

        def note(_secret, key, percent):
            keys.append(key)
            return True

        with patch.object(sampling, "sampled", note):
            receipt = rma.picking_ids
            receipt.move_ids.quantity = 1
            self._receive(rma)
            self._receive(rma)
        self.assertEqual(len(line.inspection_ids), 2)
        self.assertEqual(set(keys), {f"{rma.correlation_id}/{line.id}/"})

    def test_taking_the_receipt_back_spares_nothing(self):
        self._assume(percent=50)
        with patch.object(sampling, "sampled", return_value=True):
            rma = self._received(self.line)
        part = rma.inspection_ids
        self.assertEqual(part.inspection_level, "sample")
        self._as("receiver", part).action_correct_receipt(0)
        self._as("service", rma).action_cancel()
        with patch.object(sampling, "sampled", return_value=False):
            again = self._received(self.line).inspection_ids
            self.assertEqual((again.state, again.inspection_level), ("draft", "sample"))
            self._inspect(again)
            after = self._received(self.line).inspection_ids
            self.assertEqual(after.inspection_level, "assumed")

    def test_the_draw_can_be_repeated(self):
        self._assume(percent=50)
        secret = self.env["reverse.inspection"]._get_sample_secret()
        for _number in range(6):
            rma = self._received(self.line)
            key = f"{rma.correlation_id}/{rma.line_ids.id}/"
            expected = "sample" if sampling.sampled(secret, key, 50) else "assumed"
            self.assertEqual(rma.inspection_ids.inspection_level, expected)

    def test_nobody_foresees_the_draw(self):
        self._assume(percent=50)
        part = self._received(self.line).inspection_ids
        parameters = self.env["ir.config_parameter"]
        drawn = set()
        for number in range(20):
            parameters.set_param(SAMPLE_SECRET, f"secret {number}")
            drawn.add(part._draw_levels()[part])
        self.assertEqual(drawn, {"sample", "assumed"}, "the secret decides")
        for user in self.users.values():
            with self.assertRaises(AccessError):
                self._rpc(user, parameters._name, "get_param", SAMPLE_SECRET)

    def test_the_secret_is_made_once(self):
        parts = self.env["reverse.inspection"]
        first = parts._get_sample_secret()
        self.assertEqual(len(first), 64)
        self.assertEqual(self._as("receiver", parts)._get_sample_secret(), first)
        self.env["ir.config_parameter"].set_param(SAMPLE_SECRET, False)
        self.assertNotIn(parts._get_sample_secret(), (first, False))

    # ------------------------------------------------------------------
    # Always inspected
    # ------------------------------------------------------------------
    def _serial(self, price):
        self.serial_product.categ_id = self.perpetual
        lot = self._create_lots(self.serial_product, f"S{price}")
        self._buy(self.serial_product, 1, 10.0, lot)
        order = self._new_order((self.serial_product, 1, {"price_unit": price}))
        self._deliver(order, lots={lot: 1})
        self._invoice(order)
        return self._received(order.order_line, lot_id=lot.id).inspection_ids

    def test_serialized_goods_of_high_value_are_inspected(self):
        self.company.reverse_inspect_value = 500
        self.assertEqual(self._serial(499).inspection_level, "assumed")
        part = self._serial(500)
        self.assertEqual((part.state, part.inspection_level), ("draft", "full"))

    def test_all_serialized_goods_are_inspected_without_a_threshold(self):
        self.assertEqual(self._serial(1).inspection_level, "full")

    def test_no_way_around_the_threshold(self):
        part = self._serial(500)
        part._guarded_write(
            {
                "inspection_level": "assumed",
                "condition_id": self.conditions["A"].id,
                "policy_version_id": part.line_id.policy_version_id.id,
            }
        )
        with self.assertRaisesRegex(UserError, "somebody has to inspect it"):
            part._complete_by_policy()

    # ------------------------------------------------------------------
    # What speaks against it
    # ------------------------------------------------------------------
    def test_open_exception_makes_somebody_look(self):
        rma = self._requested(self.line)
        self.env["reverse.exception"]._raise_for(rma, "not_invoiced")
        part = self._receive(rma)
        self.assertEqual((part.state, part.inspection_level), ("draft", "full"))

    def test_goods_of_the_customer_are_looked_at(self):
        rma = self._requested(self.line)
        rma.line_ids._guarded_write({"customer_owned": True})
        rma.picking_ids.move_line_ids.owner_id = rma.line_ids._get_goods_owner()
        self._receive(rma)
        part = rma.inspection_ids
        self.assertEqual((part.state, part.inspection_level), ("draft", "full"))
        self.assertFalse(part.condition_id or part.policy_version_id)

    def test_condition_seen_at_the_counter_counts(self):
        seen = {"counter_condition_id": self.conditions["D"].id}
        with self.assertRaisesRegex(AccessError, "Inspector"):
            self._draft(self.line, **seen)
        rma = self._draft(self.line)
        with self.assertRaisesRegex(AccessError, "Inspector"):
            rma.line_ids.write(seen)
        lines = self._as("service", rma.line_ids.browse()).with_context(
            default_counter_condition_id=seen["counter_condition_id"]
        )
        with self.assertRaisesRegex(AccessError, "Inspector"):
            lines.create({"rma_id": rma.id, "sale_line_id": self.line.id})
        rma.line_ids._guarded_write(seen)
        rma.action_request()
        part = self._receive(rma)
        self.assertEqual(part.condition_id, self.conditions["D"])
        self.assertEqual(part.inspection_level, "full")

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------
    def test_nobody_assumes_by_hand(self):
        self._set_routes()
        part = self._received(self.line).inspection_ids
        inspector = self._as("inspector", part)
        for vals in ({"inspection_level": "assumed"}, {"policy_version_id": 1}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                inspector.write(vals)
        with self.assertRaises(AccessError):
            self._rpc(
                self.users["receiver"],
                "reverse.inspection",
                "action_complete",
                part.ids,
            )
        with self.assertRaises(AccessError):
            self._as("receiver", part).action_dispose_move()

    def test_rule_names_the_condition_and_what_follows(self):
        self.conditions["E"].disposition_id = False
        with self.assertRaisesRegex(ValidationError, "does not say what becomes of"):
            self._assume("E")
