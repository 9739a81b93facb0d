"""Returns that should be looked at twice."""

from unittest.mock import patch

import numpy as np

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import BaseCase, HttpCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import rates, review


def crowd(seed, count=200, rate=0.03):
    """Order lines of many customers, of which a few come back."""
    random = np.random.default_rng(seed)
    return [
        (holder, good, 1, int(random.random() < rate))
        for holder in range(count)
        for good in random.choice(40, 15, replace=False).tolist()
    ]


@tagged("post_install", "-at_install")
class TestReviewEngine(BaseCase):
    def test_who_sends_back_much_stands_out_and_the_rest_does_not(self):
        rows = crowd(1) + [("abuser", good, 1, good % 2) for good in range(20)]
        told, _rated = rates.tell(rows)
        self.assertTrue(told["abuser"].stands_out)
        self.assertEqual((told["abuser"].bought, told["abuser"].seen), (20, 10))
        self.assertLess(told["abuser"].usual, 3)
        others = [rate.stands_out for key, rate in told.items() if key != "abuser"]
        self.assertLessEqual(np.mean(others), 0.02)

    def test_goods_that_everybody_sends_back_explain_the_customer(self):
        bad = [(f"other {n}", "bad", 1, n % 2) for n in range(60)]
        fan = [("fan", "bad", 1, n % 2) for n in range(20)]
        rows = crowd(2) + bad
        told, rated = rates.tell(rows + fan)
        self.assertGreater(rated["bad"], 0.4)
        self.assertFalse(told["fan"].stands_out)
        good = [("fan", n, 1, n % 2) for n in range(20)]
        told, _rated = rates.tell(rows + good)
        self.assertTrue(told["fan"].stands_out)

    def test_little_is_known_of_few(self):
        told, _rated = rates.tell([*crowd(3), *[("new", n, 1, 1) for n in range(4)]])
        self.assertFalse(told["new"].stands_out)
        self.assertEqual(told["new"].ratio, 1.0)
        told, _rated = rates.tell([(n, 1, 20, 10 * (n == 0)) for n in range(9)])
        self.assertFalse(any(rate.stands_out for rate in told.values()))
        self.assertEqual(rates.tell([]), ({}, {}))
        told, _rated = rates.tell([("none", 1, 20, 0)])
        self.assertEqual(told["none"].ratio, 1.0)

    def test_signs_and_their_sum(self):
        Goods = review.Goods
        worn = {"worn": True, "days": 29, "window": 30}
        for goods, before, codes, looked in (
            (Goods(), 0, [], False),
            (Goods(sent=frozenset("A"), lot="A"), 0, [], False),
            (Goods(sent=frozenset("A"), lot="B"), 0, ["serial"], True),
            (Goods(lot="B"), 0, [], False),
            (Goods(weight=2.0, weighed=1.9), 0, [], False),
            (Goods(weight=2.0, weighed=0.3), 0, ["weight"], True),
            (Goods(weight=0.02, weighed=0.04), 0, [], False),
            (Goods(weighed=0.3), 0, [], False),
            (Goods(**worn), 0, ["worn"], False),
            (Goods(**worn), 2, ["worn_again"], True),
            (Goods(**{**worn, "days": 12}), 2, [], False),
            (Goods(**{**worn, "days": 40}), 2, [], False),
            (Goods(**{**worn, "worn": False}), 2, [], False),
            (Goods(**{**worn, "window": None}), 2, [], False),
            (Goods(often=5.0), 9, ["product"], False),
        ):
            signs = review.find_signs(review.Facts(goods=(goods,), worn_before=before))
            self.assertEqual([sign.code for sign in signs], codes, goods)
            self.assertEqual(review.needs_look(signs), looked, goods)

    def test_address_says_more_only_where_it_is_shared(self):
        own = rates.Rate(20, 10, 1.0, 5.0, True)
        shared = rates.Rate(40, 22, 2.0, 6.0, True)
        for address, codes in ((own, ["customer"]), (shared, ["customer", "address"])):
            signs = review.find_signs(review.Facts(customer=own, address=address))
            self.assertEqual([sign.code for sign in signs], codes)


@tagged("post_install", "-at_install")
class TestReview(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tasks = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id)]
        )
        cls.task = cls.tasks.filtered(lambda task: task.code == "review")
        cls.worker = cls.task._get_worker()
        cls.product.weight = 2.0

    def _look(self):
        for version, records in self.worker._find_waiting(self.task):
            self.task._suggest(records, version)

    def _get_look(self, rma):
        return self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id), ("res_id", "=", rma.id)], limit=1
        )

    def _light(self):
        """A return whose goods weigh too little, after the task has looked."""
        rma = self._received(self._sell(quantity=1).move_ids)
        self._as("inspector", rma.inspection_ids).ai_weight = 0.5
        self._inspect(rma.inspection_ids, "C")
        self._look()
        return rma

    def _get_asked(self, rma):
        return rma.exception_ids.filtered(lambda e: e.type == "enhanced_review")

    def test_ordinary_return_is_left_alone(self):
        rma = self._requested(self._sell(quantity=1).move_ids)
        self._look()
        self.assertEqual(self._get_look(rma).state, "abstained")
        self.assertFalse(self._get_asked(rma))
        self.assertFalse(rma.ai_review_id)

    def test_goods_that_weigh_too_little_open_a_look_and_refuse_nothing(self):
        rma = self._light()
        asked = self._get_asked(rma)
        self.assertEqual(asked.state, "open")
        self.assertEqual(rma.state, "authorized")
        self.assertIn("weighs 0.5 kg, and should weigh 2 kg", asked.ai_reasons)
        self.assertIn("weighs 0.5 kg", self._as("service", rma).ai_review_reasons)
        self._look()
        self.assertEqual(len(self._get_asked(rma)), 1, "one look is enough")

    def test_what_is_found_later_is_looked_at_again(self):
        rma = self._received(self._sell(quantity=1).move_ids)
        self._look()
        self.assertEqual(self._get_look(rma).state, "abstained")
        self._as("inspector", rma.inspection_ids).ai_weight = 0.5
        self._inspect(rma.inspection_ids, "C")
        rma.inspection_ids._guarded_write({"inspected_at": "2100-01-01 00:00:00"})
        self._look()
        self.assertEqual(self._get_asked(rma).state, "open")

    def test_right_and_wrong_count_and_resolve(self):
        rma = self._light()
        asked = self._get_asked(rma)
        with self.assertRaisesRegex(UserError, "belongs to the role"):
            self._call(self._as("service", asked), "action_review_right")
        self._call(self._as("approver", asked), "action_review_right")
        self.assertEqual((asked.state, asked.resolution), ("resolved", "review_right"))
        self.assertEqual(self._get_look(rma).state, "accepted")
        self.assertFalse(rma.ai_review_id)

        rma = self._light()
        asked = self._get_asked(rma)
        action = self._call(self._as("approver", asked), "action_review_wrong")
        wizard = self._as("approver", self.env["reverse.ai.override"]).create(
            {"suggestion_id": action["context"]["default_suggestion_id"], "why": " "}
        )
        with self.assertRaisesRegex(UserError, "Say in a few words why"):
            self._call(wizard, "action_choose")
        wizard.why = "Sold without its base"
        self._call(wizard, "action_choose")
        self.assertEqual((asked.state, asked.resolution), ("resolved", "review_wrong"))
        self.assertEqual(asked.resolution_label, "Nothing unusual")
        self._look()
        self.assertEqual(len(self._get_asked(rma)), 1, "it is not asked again")
        month = self.env["reverse.ai.month"].search([("task_id", "=", self.task.id)])
        self.assertEqual((month.accepted, month.overruled), (1, 1))

    def test_only_approvers_judge_and_never_their_own(self):
        rma = self._light()
        look = self._get_look(rma)
        with self.assertRaisesRegex(AccessError, "(?i)approver"):
            self._call(self._as("service", look), "action_right")
        self.users["approver"].group_ids += self.env.ref(
            "reverse_logistics.group_service"
        )
        rma._guarded_write({"requested_by_id": self.users["approver"].id})
        with self.assertRaisesRegex(UserError, "(?i)somebody else|colleague|yourself"):
            self._call(self._as("approver", look), "action_right")
        # nor what they entered or changed and a colleague requested
        rma._guarded_write(
            {
                "requested_by_id": self.users["service"].id,
                "entered_by_id": self.users["approver"].id,
            }
        )
        with self.assertRaisesRegex(UserError, "(?i)somebody else|colleague|yourself"):
            self._call(self._as("approver", look), "action_right")

    def test_switched_off_nobody_is_asked(self):
        rma = self._light()
        self._as("administrator", self.task).mode = "off"
        asked = self._get_asked(rma)
        self.assertEqual((asked.state, asked.resolution), ("resolved", "review_over"))
        self.assertFalse(rma.ai_review_id)
        with self.assertRaisesRegex(UserError, "fills nothing in"):
            self._as("administrator", self.task).mode = "fill"

    def test_other_number_than_was_sent(self):
        one, other = self._create_lots(self.serial_product, "S-1", "S-2")
        sold = self._sell(quantity=1, product=self.serial_product, lots={one: 1})
        rma = self._received(sold.move_ids)
        self._as("inspector", rma.inspection_ids).lot_id = other
        goods = self.worker._describe(rma.line_ids, rma.inspection_ids, {})
        self.assertEqual((goods.sent, goods.lot), (frozenset({"S-1"}), "S-2"))

    def test_any_number_that_was_sent_is_right(self):
        one, other = self._create_lots(self.serial_product, "S-1", "S-2")
        sold = self._sell(
            quantity=2, product=self.serial_product, lots={one: 1, other: 1}
        )
        rma = self._received(sold.move_ids, 1, lot_id=one.id)
        line = rma.line_ids
        self.assertEqual(line.lot_id, one)
        self._as("inspector", rma.inspection_ids).lot_id = other
        goods = self.worker._describe(line, rma.inspection_ids, {})
        self.assertEqual((goods.sent, goods.lot), (frozenset({"S-1", "S-2"}), "S-2"))

    def test_pounds_are_compared_as_kilograms(self):
        self.env["ir.config_parameter"].sudo().set_param("product.weight_in_lbs", "1")
        rma = self._received(self._sell(quantity=1).move_ids)
        self._as("inspector", rma.inspection_ids).ai_weight = 0.9
        self._inspect(rma.inspection_ids, "C")
        goods = self.worker._describe(rma.line_ids, rma.inspection_ids, {})
        self.assertAlmostEqual(goods.weight, 2 * 0.45359, places=4)
        self._look()
        self.assertFalse(self._get_asked(rma))

    def test_a_look_that_nothing_asks_for_any_more_ends(self):
        rma = self._light()
        asked = self._get_asked(rma)
        self.assertEqual(asked.state, "open")
        self.product.weight = 0.5
        rma.inspection_ids._guarded_write({"inspected_at": "2100-01-01 00:00:00"})
        self._look()
        self.assertEqual((asked.state, asked.resolution), ("resolved", "review_over"))

    def test_other_goods_are_neither_used_nor_damaged(self):
        part = self._inspected(self._sell(quantity=1).move_ids, 1, "X").inspection_ids
        self.assertFalse(self.worker._describe(part.line_id, part, {}).worn)
        self.assertIsNone(self.env["reverse.ai.damage"]._is_damaged(part))
        part = self._inspected(self._sell(quantity=1).move_ids, 1, "C").inspection_ids
        self.assertTrue(self.worker._describe(part.line_id, part, {}).worn)
        self.assertIs(self.env["reverse.ai.damage"]._is_damaged(part), True)
        self.conditions["C"].disposition_id = False
        self.assertFalse(self.worker._describe(part.line_id, part, {}).worn)

    def test_rates_are_counted_once_a_day(self):
        day = self.company._get_reverse_today()
        self.env.registry.clear_cache()
        told = self.worker._compare(self.company, day)
        with self.assertQueryCount(0):
            self.assertIs(self.worker._compare(self.company, day), told)

    def test_customer_is_compared_by_what_came_back_and_was_wanted(self):
        sold = self._sell(quantity=3)
        rma = self._requested(sold.move_ids, 1)
        row = (self.customer, self.customer, self.product, 1)
        self.assertIn(row, self.worker._count_bought(self.company))
        self.assertNotIn(row, self.worker._count_returned(self.company))
        self._receive(rma)
        rma.line_ids.flush_recordset()
        self.assertIn(row, self.worker._count_returned(self.company))
        line = rma.line_ids
        late = self.env.ref("reverse_logistics.reason_late", False) or self.env[
            "reverse.reason"
        ].search([("liability", "not in", (False, "customer", "unknown"))], limit=1)
        line._guarded_write({"reason_id": late.id})
        line.flush_recordset()
        self.assertNotIn(row, self.worker._count_returned(self.company))
        line._guarded_write({"reason_id": False})
        rma._guarded_write({"erased_at": "2026-01-01 00:00:00"})
        rma.flush_recordset()
        self.assertNotIn(row, self.worker._count_returned(self.company))

    def test_customer_who_stands_out(self):
        rma = self._requested(self._sell(quantity=1).move_ids)
        told = {
            "customer": {self.customer.id: rates.Rate(30, 12, 1.5, 6.0, True)},
            "address": {},
            "goods": {},
        }
        with patch.object(type(self.worker), "_compare", lambda *_args: told):
            self._look()
        self.assertIn("12 of 30 order lines", self._get_asked(rma).ai_reasons)
        self.assertIn("others sent back 1.5", self._get_asked(rma).ai_reasons)

    def test_addresses_are_the_same_however_they_are_written(self):
        partners = self.env["res.partner"].create(
            [
                {"name": "A", "street": "1, High St.", "zip": "AB 1", "city": "York"},
                {"name": "B", "street": "1 HIGH ST", "zip": "ab1", "city": "york"},
                {"name": "C", "street": "2 High St", "zip": "AB1", "city": "York"},
                {"name": "D", "city": "York"},
            ]
        )
        one, same, other, none = map(self.worker._get_address, partners)
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)
        self.assertIsNone(none)

    def test_used_goods_in_the_last_days(self):
        move = self._sell(quantity=2).move_ids
        rma = self._inspected(move, 1, "C")
        line, part = rma.line_ids, rma.inspection_ids
        goods = self.worker._describe(line, part, {})
        self.assertEqual((goods.worn, goods.days, goods.window), (True, 0, 30))
        self.assertFalse(goods.worn_late)
        with patch.object(review, "LATE_SHARE", 1.0):
            other = self._requested(move, 1)
            before = self.worker._count_worn(other)
            self.assertEqual(before[self.customer], 1)
        self.assertFalse(self.worker._count_worn(other)[self.customer])

    def test_erased_returns_keep_no_reasons(self):
        rma = self._light()
        look = self._get_look(rma)
        cleared = {
            name
            for records, names in rma._get_personal_fields()
            if records._name == look._name and look in records
            for name in names
        }
        self.assertEqual(cleared, {"details", "override_reason"})

    def test_hidden_from_other_companies(self):
        rma = self._light()
        look = self._get_look(rma)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.users["auditor"].write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        with self.assertRaisesRegex(AccessError, "(?i)company|access"):
            look.with_user(self.users["auditor"]).read(["answer"])


@tagged("post_install", "-at_install")
class TestReviewTour(ReturnsCommon, HttpCase):
    """An approver says in the browser that the look was worth it."""

    def test_approver_says_that_it_was_right(self):
        task = self.env["reverse.ai.task"].search(
            [("company_id", "=", self.company.id), ("code", "=", "review")]
        )
        self.product.weight = 2.0
        rma = self._received(self._sell(quantity=1).move_ids)
        self._as("inspector", rma.inspection_ids).ai_weight = 0.5
        self._inspect(rma.inspection_ids, "C")
        task._suggest(rma, self.env["reverse.ai.model"])
        asked = rma.exception_ids.filtered(lambda e: e.type == "enhanced_review")
        self.start_tour(
            f"/odoo/reverse.exception/{asked.id}",
            "reverse_logistics_ai_review",
            login=self.users["approver"].login,
            timeout=180,
        )
        asked.invalidate_recordset()
        self.assertEqual((asked.state, asked.resolution), ("resolved", "review_right"))
        self.assertEqual(rma.state, "authorized")
