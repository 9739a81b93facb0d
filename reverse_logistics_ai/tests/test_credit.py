"""Who is credited more than others, and what rules make of it."""

from unittest.mock import patch

import numpy as np

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import peers
from ..models import reverse_ai_credit
from ..models.reverse_ai_credit import MONTHS


def tell(seed, count=120, unusual=0, times=5.0):
    """Monthly sales and credits of many customers, with a season of all of them."""
    chance = np.random.default_rng(seed)
    based = chance.lognormal(8.5, 1, (count, 1)) * chance.gamma(
        20, 0.05, (count, MONTHS)
    )
    season = 1 + 0.6 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    rates = 0.06 * season * chance.gamma(8, 1 / 8, (count, 1))
    rates[:unusual, -peers.WATCHED :] *= times
    counts = chance.poisson(based * rates / 80)
    return chance.gamma(2 * np.maximum(counts, 1e-9), 40), based, counts.sum()


@tagged("post_install", "-at_install")
class TestPeersEngine(BaseCase):
    def test_who_is_credited_more_is_told_and_hardly_anybody_else(self):
        found = [peers.compare(*tell(seed, unusual=6)).unusual for seed in range(8)]
        self.assertGreaterEqual(np.mean([told[:6].mean() for told in found]), 0.7)
        self.assertLessEqual(np.mean([told[6:].mean() for told in found]), 0.02)

    def test_a_season_of_all_is_no_anomaly(self):
        credited, based, count = tell(1)
        credited[:, -1] *= 6
        found = peers.compare(credited, based, count)
        self.assertLessEqual(found.unusual.mean(), 0.03)

    def test_few_others_and_nothing_tell_nothing(self):
        credited, based, count = tell(2, count=4, unusual=1, times=30.0)
        self.assertFalse(peers.compare(credited, based, count).unusual.any())
        for shape in ((0, MONTHS), (9, MONTHS)):
            found = peers.compare(np.zeros(shape), np.zeros(shape), 0)
            self.assertFalse(found.score.any() or found.unusual.any())

    def test_one_small_credit_is_nothing_to_tell(self):
        credited, based = np.zeros((20, MONTHS)), np.full((20, MONTHS), 500.0)
        credited[:, :-3] = 25.0
        credited[0, -1] = 30.0
        self.assertFalse(peers.compare(credited, based, 20 * 12).unusual.any())


@tagged("post_install", "-at_install")
class TestCredit(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "credit")]
        )
        cls.worker = cls.task._get_worker()
        cls.rows = cls.env["reverse.ai.peer"]

    def _look(self, told="customer", subject=None):
        """Look at credits of many customers, of which one gets ten times the others'.

        A year of documents takes minutes, so the sums are given.
        """
        subject = subject or self.customer
        others = self.env["res.partner"].search([("id", "!=", subject.id)], limit=9)
        ids = others.ids if told == "customer" else range(10**6, 10**6 + 9)
        model = type(self.worker)
        known = model._sum_credits

        def count(worker, company, first):
            found = known(worker, company, first)
            for id_ in [*ids, subject.id]:
                found[told][0][id_] = np.full(MONTHS, 10.0)
                found[told][1][id_] = np.full(MONTHS, 1.0)
            found[told][0][subject.id][-peers.WATCHED :] = 100.0
            return found

        def base(worker, kind, company, first, counts):
            sales = dict.fromkeys([*ids, subject.id], np.full(MONTHS, 200.0))
            return sales if kind == told else {}

        self.task._guarded_write({"looked_on": False})
        with (
            patch.object(model, "_sum_credits", count),
            patch.object(model, "_get_base", base),
        ):
            for version, records in self.worker._find_waiting(self.task):
                self.task._suggest(records, version)
        return self.rows.search([("company_id", "=", self.company.id)])

    def _ask_about(self):
        """Let a rule ask about unusual credits."""
        return self.env["reverse.approval.rule"].create(
            {
                "name": "Unusual",
                "gate": "unusual_credit",
                "company_id": self.company.id,
            }
        )

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    def test_real_credits_and_sales_are_counted(self):
        sold = self._sell(quantity=3, price=100.0)
        rma = self._return(sold, 2)
        self.assertEqual(rma.settlement_ids.state, "released")
        first = fields.Date.subtract(
            self.company._get_reverse_today().replace(day=1), months=MONTHS - 1
        )
        found = self.worker._sum_credits(self.company, first)
        for kind, id_ in (
            ("customer", self.customer.commercial_partner_id.id),
            ("branch", sold.order_id.warehouse_id.id),
            ("category", self.product.categ_id.id),
        ):
            amounts, counts = found[kind]
            self.assertEqual((amounts[id_][-1], counts[id_][-1]), (200.0, 1), kind)
            self.env.flush_all()
            sales = self.worker._get_base(kind, self.company, first, counts)
            self.assertGreaterEqual(sales[id_].sum(), 300.0, kind)

    def test_ranked_list_shows_own_and_usual(self):
        rows = self._look()
        self.assertEqual(rows[0].res_id, self.customer.id)
        self.assertEqual(rows.mapped("is_unusual"), [True] + [False] * 9)
        self.assertEqual(rows[0].credited, 300.0)
        self.assertAlmostEqual(rows[0].usual, 30.0, delta=5)
        self.assertIn("width: 100%", rows[0].drawing)
        self.assertIn("300.00", rows[0].explanation)
        self.assertEqual(rows[0].subject, self.customer.display_name)

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------
    def test_told_with_amounts_and_answered(self):
        self._look()
        told = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id), ("state", "=", "open")]
        )
        self.assertEqual(
            (told.res_model, told.res_id), ("res.partner", self.customer.id)
        )
        self.assertIn("300.00 credited", told.reasons.replace("$\xa0", ""))
        self.assertEqual(told.answer_text, "More credits than others")
        self._call(self._as("approver", told), "action_right")
        self.assertEqual(told.state, "accepted")
        self._look()
        self.assertFalse(
            self.env["reverse.ai.suggestion"].search(
                [("task_id", "=", self.task.id), ("state", "=", "open")]
            ),
            "what was answered is not told again",
        )

    def test_only_who_decides_reads_it_and_nobody_of_themselves(self):
        rows = self._look("approver", self.users["approver"])
        told = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id), ("state", "=", "open")]
        )
        self.assertEqual(told.res_id, self.users["approver"].id)
        self.assertEqual(self._as("auditor", told).answer_text, told.answer_text)
        self.assertTrue(self._as("auditor", rows).search([("id", "in", rows.ids)]))
        for role in ("approver", "service"):
            with self.assertRaises(AccessError):
                self._as(role, told).read(["answer"])
            with self.assertRaises(AccessError):
                self._as(role, rows[0]).read(["credited"])

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------
    def _proposed(self):
        """Give a credit that policy gives where nothing is in its way."""
        return self._return(self._sell(quantity=2, price=50.0)).settlement_ids

    def test_rule_asks_about_credits_of_who_is_told(self):
        self._ask_about()
        self.assertEqual(self._proposed().state, "released", "nobody is told")
        self._look()
        settlement = self._proposed()
        self.assertNotEqual(settlement.state, "released")
        (approval,) = settlement.approval_ids
        self.assertEqual(approval.gate, "unusual_credit")
        self.assertIn("by: Customer", settlement._get_approval_details())
        note = self._as("approver", settlement).ai_credit_note
        self.assertIn("were usual for others", note)
        self.assertFalse(self._as("service", settlement).ai_credit_note)
        self._call(self._as("approver", approval), "action_approve")
        self.assertEqual(settlement.state, "released")

    def test_rule_asks_about_more_than_are_told(self):
        self._ask_about()
        with patch.multiple(reverse_ai_credit, LISTED=0, TOLD=0):
            rows = self._look()
        self.assertEqual(rows.mapped("res_id"), self.customer.ids)
        self.assertFalse(
            self.env["reverse.ai.suggestion"].search(
                [("task_id", "=", self.task.id), ("state", "=", "open")]
            )
        )
        self.assertEqual(self._proposed().approval_ids.gate, "unusual_credit")

    def test_who_they_are_is_looked_up_for_all_at_once(self):
        rows = self._look()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            names = rows.mapped("subject")
        self.assertTrue(all(names))

    def test_without_a_rule_credits_go_on(self):
        self._look()
        self.assertEqual(self._proposed().state, "released")

    def test_opinion_of_one_does_not_end_the_control(self):
        self._ask_about()
        self._look()
        told = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id), ("state", "=", "open")]
        )
        self._as("approver", told)._choose("wrong", "A large order came back")
        self.assertNotEqual(self._proposed().state, "released")

    def test_switch_does_not_end_a_control_but_all_else(self):
        rule = self._ask_about()
        self._look()
        with self.assertRaisesRegex(ValidationError, "Archive the rule first"):
            self._as("administrator", self.task).mode = "off"
        rule.active = False
        self._as("administrator", self.task).mode = "off"
        self.assertFalse(self.rows.search([("company_id", "=", self.company.id)]))

    def test_who_sold_is_who_sold_when_it_was_confirmed(self):
        self._ask_about()
        seller = self.users["releaser"]
        order = self._new_order((self.product, 2), user_id=seller.id)
        self._deliver(order)
        self._invoice(order)
        self.assertEqual(order.reverse_seller_id, seller)
        self.assertEqual(order.reverse_branch_id, order.warehouse_id)
        self._look("salesperson", seller)
        order.user_id = self.users["service"]
        self.env.flush_all()
        first = fields.Date.subtract(
            self.company._get_reverse_today().replace(day=1), months=MONTHS - 1
        )
        sales = self.worker._get_base("salesperson", self.company, first, {})
        self.assertGreater(sales[seller.id].sum(), 0.0)
        rma = self._return(order.order_line)
        settlement = rma.settlement_ids
        self.assertNotEqual(settlement.state, "released")
        self.assertEqual(settlement.approval_ids.gate, "unusual_credit")
        self._call(self._as("approver", settlement.approval_ids), "action_approve")
        row = self.rows.search(
            [("kind", "=", "salesperson"), ("res_id", "=", seller.id)]
        )
        action = self._as("auditor", row).action_view_credits()
        listed = self._as("auditor", settlement).search(action["domain"])
        self.assertEqual(listed, settlement)

    def test_what_it_is_counts_as_it_was_ordered(self):
        self._ask_about()
        ordered = self.product.categ_id
        sold = self._sell(quantity=2, price=100.0)
        self._look("category", ordered)
        other = self.env["product.category"].create({"name": "Unremarkable"})
        self.product.categ_id = other
        settlement = self._return(sold, 2).settlement_ids
        self.assertEqual(settlement.approval_ids.gate, "unusual_credit")
        self._call(self._as("approver", settlement.approval_ids), "action_approve")
        first = self.company._get_reverse_today().replace(day=1)
        amounts, _counts = self.worker._sum_credits(self.company, first)["category"]
        self.assertGreater(amounts[ordered.id].sum(), 0.0)
        self.assertFalse(amounts[other.id].any())

    def test_when_it_was_compared_is_noted_by_the_task_alone(self):
        self._look()
        task = self._as("administrator", self.task)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        for vals in (
            {"looked_on": "2999-12-31"},
            {"code": "queue"},
            {"company_id": other.id},
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._call(task, "write", vals)
        self.assertEqual(self.task.looked_on, self.company._get_reverse_today())
        event = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "CreditsCompared")],
            order="id desc",
            limit=1,
        )
        self.assertEqual(event.data["unusual"], 1)

    def test_settings_of_a_task_are_in_the_chain(self):
        self._call(self._as("administrator", self.task), "write", {"precision": 95.0})
        event = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "ControlChanged")],
            order="id desc",
            limit=1,
        )
        self.assertEqual(
            event.data["changes"], {"precision": ["90.000000", "95.000000"]}
        )

    def test_comparisons_are_counted_not_entered(self):
        row = self._look()[:1]
        with self.assertRaises(AccessError):
            self._as("administrator", row).is_unusual = False
        told = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", self.task.id)], limit=1
        )
        with self.assertRaises(UserError):
            self._as("administrator", told).write({"state": "outdated"})
