"""What goods become, from what such goods became."""

from unittest.mock import patch

import numpy as np

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import artefact, measures, outcomes
from ..engine.classifier import CannotLearn
from ..models import reverse_inspection

LATE = ("condition",)


def tell(seed, count=800):
    """Cases whose outcome depends on condition, reason and price."""
    chance = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        grade = int(chance.integers(4))
        facts = {
            "condition": "ABCD"[grade],
            "reason": str(chance.choice(["UNWANTED", "DEFECTIVE"])),
            "price": str(chance.choice(["<10", "more"])),
        }
        broken = facts["reason"] == "DEFECTIVE"
        scores = np.array([3 - 2 * grade - broken, 0.5 * grade, 1.5 * grade - 3])
        shares = np.exp(scores) / np.exp(scores).sum()
        label = str(chance.choice(["RESTOCK", "REFURBISH", "SCRAP"], p=shares))
        cases.append(outcomes.Case(facts, label, number + 1))
    return cases


@tagged("post_install", "-at_install")
class TestOutcomes(BaseCase):
    ALL = frozenset({"RESTOCK", "REFURBISH", "SCRAP"})

    def _ask(self, found, allowed=ALL, **facts):
        return found.answer([outcomes.Case(facts)], [allowed])[0]

    def test_chances_are_what_cases_became(self):
        found, metrics = outcomes.Outcomes.learn(tell(0), LATE)
        self.assertGreater(metrics["macro_f1"], metrics["baseline_f1"] + 0.2)
        for low, _high, rows, said, right in metrics["calibration"]:
            if rows >= 80:
                self.assertAlmostEqual(said, right, delta=0.12, msg=str(low))
        good = self._ask(found, condition="A", reason="UNWANTED")
        self.assertEqual(good.label, "RESTOCK")
        self.assertGreater(good.chances["RESTOCK"], 0.85)
        self.assertEqual(good.facts[0], "condition")
        self.assertAlmostEqual(sum(good.chances.values()), 1.0)

    def test_late_facts_may_be_absent(self):
        found, _metrics = outcomes.Outcomes.learn(tell(1), LATE)
        told = self._ask(found, reason="UNWANTED", price="more")
        usual = sum(c.label == "RESTOCK" for c in tell(1)) / 800
        self.assertAlmostEqual(told.chances["RESTOCK"], usual, delta=0.15)

    def test_alike_are_cases_with_the_same_facts(self):
        cases = tell(2)
        found, _metrics = outcomes.Outcomes.learn(cases, LATE)
        asked = cases[5]
        (told,) = found.answer([asked], [self.ALL])
        self.assertEqual(len(told.alike), 3)
        self.assertNotIn(asked.key, told.alike)
        for key in told.alike:
            self.assertEqual(cases[key - 1].facts, asked.facts)

    def test_what_is_not_allowed_or_unknown_is_not_answered(self):
        found, _metrics = outcomes.Outcomes.learn(tell(3), LATE)
        told = self._ask(found, {"SCRAP", "GONE"}, condition="A")
        self.assertEqual(told.chances, {"SCRAP": 1.0})
        for facts, allowed in (
            ({"condition": "A"}, {"GONE"}),
            ({"condition": "Z"}, self.ALL),
            ({}, self.ALL),
        ):
            told = self._ask(found, allowed, **facts)
            self.assertEqual((told.label, told.sure), (None, False))

    def test_the_best_of_a_few_unlikely_ones_is_not_sure(self):
        found, _metrics = outcomes.Outcomes.learn(tell(3), LATE)
        found.threshold = 0.5
        facts = {"condition": "A", "reason": "UNWANTED"}
        self.assertTrue(self._ask(found, **facts).sure)
        told = self._ask(found, {"SCRAP"}, **facts)
        self.assertEqual((told.confidence, told.sure), (1.0, False))

    def test_file_gives_the_same_answers(self):
        found, _metrics = outcomes.Outcomes.learn(tell(4), LATE)
        raw = artefact.pack(*found.to_data())
        digest = artefact.digest(raw)
        same = outcomes.Outcomes.from_data(
            *artefact.unpack(raw, digest, "seal", lambda _digest: "seal")
        )
        asked = {"condition": "C", "price": "<10"}
        self.assertEqual(self._ask(same, **asked), self._ask(found, **asked))

    def test_what_may_be_found_and_what_that_brings(self):
        found, _metrics = outcomes.Outcomes.learn(tell(6), LATE)
        case = outcomes.Case({"reason": "DEFECTIVE"})
        (told,) = found.foresee([case])
        self.assertAlmostEqual(sum(told.values()), 1.0)
        for grade, chance in told.items():
            self.assertAlmostEqual(chance, 0.25, delta=0.1, msg=grade)
        nets = {"A": {"RESTOCK": 40.0}, "D": {"RESTOCK": 10.0, "SCRAP": -2.0}}
        brings = found.expect(case, self.ALL, ("condition", told), nets)
        # Of what is restocked, nearly nothing was damaged.
        self.assertTrue(35.0 < brings["RESTOCK"] < 40.0, brings)
        self.assertAlmostEqual(brings["SCRAP"], -2.0)
        self.assertEqual(found.expect(case, self.ALL, ("condition", {}), nets), {})

    def test_files_of_before_foresee_no_condition(self):
        found, _metrics = outcomes.Outcomes.learn(tell(7), LATE)
        meta, arrays = found.to_data()
        again = outcomes.Outcomes.from_data(meta, arrays)
        case = outcomes.Case({"reason": "DEFECTIVE"})
        self.assertEqual(again.foresee([case]), found.foresee([case]))
        del meta["late_classes"]
        old = outcomes.Outcomes.from_data(meta, arrays)
        self.assertEqual(old.foresee([case]), [{}])

    def test_two_outcomes_and_too_little(self):
        cases = [case for case in tell(5) if case.label != "REFURBISH"]
        found, _metrics = outcomes.Outcomes.learn(cases, LATE)
        self.assertEqual(self._ask(found, condition="D").label, "SCRAP")
        self.assertEqual(self._ask(found, condition="A").label, "RESTOCK")
        for few, code in (
            ([], "few"),
            (cases[:1], "few"),
            ([c for c in cases if c.label == "SCRAP"], "one_class"),
            ([outcomes.Case({}, "SCRAP")] * 9, "few"),
        ):
            with self.assertRaises(CannotLearn) as caught:
                outcomes.Outcomes.learn(few, LATE)
            self.assertEqual(caught.exception.code, code)

    def test_rare_facts_are_no_part_of_a_version(self):
        cases = tell(6)
        cases[0].facts["product"] = 4711
        found, _metrics = outcomes.Outcomes.learn(cases, LATE)
        self.assertNotIn("product=4711", found.terms)


@tagged("post_install", "-at_install")
class TestDisposition(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Answers are given however unsure; the engine's tests are about that.
        patcher = patch.object(measures, "choose_threshold", return_value=(0.0, 1.0))
        cls.startClassPatcher(patcher)
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "disposition")]
        )

    def setUp(self):
        super().setUp()
        rma = self._received(self._sell(13), 12)
        while whole := rma.inspection_ids.filtered(lambda part: part.quantity > 1):
            self._as("inspector", whole).quantity = 1
        self._inspect(rma.inspection_ids[:6], "A", "RESTOCK")
        self._inspect(rma.inspection_ids[6:], "D", "SCRAP")
        self.past = rma.inspection_ids
        self.task.is_due = True
        self.task._learn()
        self.model = self.task.candidate_id

    def _part(self, condition=None, active=True):
        if active:
            self.model._activate()
        part = self._received(self._sell(), 1).inspection_ids
        if condition:
            part = self._as("inspector", part)
            self._call(part, "write", {"condition_id": self.conditions[condition].id})
            part.invalidate_recordset()
        return self._as("inspector", part)

    def test_learned_from_what_inspectors_decided(self):
        self.assertEqual((self.model.state, self.model.case_count), ("candidate", 12))
        self.assertIn("Facts of the goods", self.model.schema_text)
        self.assertIn("inspectors decide", self.model.limits)
        self.assertIn("Restock", self.model.class_table)
        self.assertFalse(self.model.is_altered)

    def test_suggested_with_chances_facts_and_alike_cases(self):
        part = self._part("D")
        self.assertEqual((part.ai_state, part.ai_disposition), ("open", "Scrap"))
        self.assertIn("Such goods became: Scrap", part.ai_reasons)
        self.assertIn("Restock", part.ai_reasons)
        self.assertIn("condition D – damaged", part.ai_reasons)
        self.assertIn(f"{self.past.rma_id.name} (Scrap)", part.ai_reasons)
        name = self.env["reverse.ai.disposition"]._name_fact
        self.assertEqual(name("price", "<200"), "below 200")
        self.assertEqual(name("age", "more"), "366 and more")
        self.assertFalse(part.sudo().inspected_by_id)

    def test_condition_decides_and_stale_answers_are_not_shown(self):
        part = self._part("A")
        self.assertEqual(part.ai_disposition, "Restock")
        self._call(part, "write", {"condition_id": self.conditions["D"].id})
        part.invalidate_recordset()
        self.assertEqual(part.ai_disposition, "Scrap")
        said = part.sudo().ai_suggestion_id
        said._guarded_write({"details": {**said.details, "condition": "A"}})
        part.invalidate_recordset()
        self.assertFalse(part.ai_state)
        self.assertTrue(part.is_ai_asked)
        self.assertIs(self._call(part, "action_ai_suggest"), True)
        self.assertEqual(part.ai_disposition, "Scrap")

    def test_many_parts_at_once_wait_for_the_scheduler(self):
        """Whoever grades a pallet does not wait for what is suggested of it."""
        self.model._activate()
        parts = self._as("inspector", self._received(self._sell(3), 2).inspection_ids)
        parts.quantity = 1
        parts = parts.rma_id.inspection_ids
        self.assertEqual(len(parts), 2)
        with patch.object(reverse_inspection, "AT_ONCE", 1):
            self._call(parts, "write", {"condition_id": self.conditions["D"].id})
        self.assertFalse([*filter(None, parts.mapped("ai_state"))])
        waiting = dict(self.task._get_worker()._find_waiting(self.task))
        self.assertLessEqual(parts.sudo(False), waiting[self.model].sudo(False))

    def test_accepted_is_chosen_and_not_completed(self):
        part = self._part("D")
        self._call(part, "write", {"disposition_id": self.dispositions["RESTOCK"].id})
        self._call(part, "action_ai_accept")
        self.assertEqual(part.disposition_id.code, "SCRAP")
        self.assertEqual((part.state, part.ai_state), ("draft", "accepted"))

    def test_something_else_needs_a_reason(self):
        part = self._part("D")
        wizard = self._as("inspector", self.env["reverse.ai.override"]).create(
            {
                "suggestion_id": part.ai_suggestion_id.id,
                "disposition_id": self.dispositions["QUARANTINE"].id,
                "why": " ",
            }
        )
        with self.assertRaisesRegex(UserError, "Say in a few words why"):
            self._call(wizard, "action_choose")
        wizard.why = "The maker wants to see it"
        self._call(wizard, "action_choose")
        self.assertEqual(part.disposition_id.code, "QUARANTINE")
        part.invalidate_recordset()
        self.assertEqual((part.ai_state, part.ai_chosen), ("overruled", "Quarantine"))

    def test_completing_says_whether_it_was_right(self):
        part = self._part("D")
        said = part.ai_suggestion_id
        self._inspect(part, "D", "SCRAP")
        self.assertEqual((said.state, said.chosen), ("accepted", "SCRAP"))
        self.assertEqual(said.decided_by_id, self.users["inspector"])
        other = self._as("inspector", self._received(self._sell(), 1).inspection_ids)
        self._call(other, "write", {"condition_id": self.conditions["D"].id})
        said = other.ai_suggestion_id
        other.override_reason = "Fit for spare parts"
        self._inspect(other, "D", "QUARANTINE")
        self.assertEqual((said.state, said.chosen), ("overruled", "QUARANTINE"))
        self.assertEqual(said.override_reason, "Fit for spare parts")
        self.env.flush_all()
        month = self.env["reverse.ai.month"].search([("task_id", "=", self.task.id)])
        self.assertEqual((month.accepted, month.overruled), (1, 1))

    def test_candidates_are_silent_and_compared(self):
        part = self._part("D", active=False)
        self.assertFalse(part.ai_state)
        (said,) = self.env["reverse.ai.suggestion"].search(
            [("res_model", "=", part._name), ("res_id", "=", part.id)]
        )
        self.assertTrue(said.is_silent)
        self._inspect(part, "D", "SCRAP")
        self.assertTrue(said.is_right)

    def test_erased_customers_leave_no_words(self):
        part = self._part("D")
        said = part.sudo().ai_suggestion_id
        said._note_choice("QUARANTINE", "Mrs Lovelace wants it back")
        part.sudo().rma_id._erase(
            "PersonalDataErased", ("reverse.rma", "reverse.inspection")
        )
        self.assertFalse(said.override_reason or said.details)
        self.assertEqual((said.state, said.chosen), ("overruled", "QUARANTINE"))
        self.assertEqual(part.ai_reasons, "Too little is known of such goods.")

    def test_other_companies_learn_and_read_nothing_of_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        task = self.env["reverse.ai.task"].search(
            [("company_id", "=", other.id), ("code", "=", "disposition")]
        )
        task._learn()
        self.assertFalse(task.model_ids)
        self.assertIn("too little to learn from", task.problem)
        part = self._part("D")
        user = self.users["inspector"].copy(
            {"login": "other", "company_id": other.id, "company_ids": [other.id]}
        )
        with self.assertRaises(AccessError):
            part.sudo().ai_suggestion_id.with_user(user).sudo(False).read(["answer"])

    def test_others_may_not_choose(self):
        part = self._part("D")
        with self.assertRaises(AccessError):
            self._call(self._as("service", part.ai_suggestion_id), "action_right")

    def test_request_says_what_may_become_of_it(self):
        self.model._activate()
        line = self._requested(self._sell(), 1).line_ids
        shown = self._as("service", line).ai_outcome
        self.assertIn("Such goods became:", shown)
        self.assertFalse(
            self.env["reverse.ai.suggestion"].search(
                [
                    ("res_id", "=", line.id),
                    ("res_model", "=", line._name),
                    ("code", "=", "disposition"),
                ]
            )
        )

    def test_request_says_what_goods_may_bring(self):
        """By the rules of each condition, as often as goods were found in it."""
        self.model._activate()
        line = self._requested(self._sell(), 2).line_ids
        part, seen = self.env["reverse.inspection"], []
        nets = {"A": {"RESTOCK": 40.0}, "D": {"SCRAP": -2.0}}

        def expected(parts):
            seen.extend((each.condition_id.code, each.quantity) for each in parts)
            return {
                each: {
                    self.dispositions[code].id: net
                    for code, net in nets.get(each.condition_id.code, {}).items()
                }
                for each in parts
            }

        with patch.object(type(part), "_get_expected_nets", expected):
            shown = self._as("service", line).ai_outcome.replace("\xa0", "")
        self.assertIn(("A", 2.0), seen)
        self.assertIn("Such goods were found in the condition: ", shown)
        for text in ("A – as new 5", "D – damaged 5", "bringing $40.00"):
            self.assertIn(text, shown)
        self.assertRegex(shown, r"On average, \$1\d\.\d\d is expected")
        self.assertFalse(part.search_count([("line_id", "=", line.id)]))

    def test_what_goods_may_bring_before_they_are_graded(self):
        """By each condition in which they may be found, not by one for all."""
        part = self._part()
        nets = {"A": 40.0, "D": 10.0}

        def expected(parts):
            restock = self.dispositions["RESTOCK"].id
            told = {each: nets.get(each.condition_id.code, 99.0) for each in parts}
            return {each: {restock: net} for each, net in told.items()}

        labels = [{"RESTOCK", "SCRAP"}]
        found = self.model._get_classifier()
        dispositions = self.env["reverse.ai.disposition"]
        cases = dispositions._get_cases(part)
        with patch.object(type(part), "_get_expected_nets", expected):
            told = dispositions._expect(found, part, cases, labels)[part]
        self.assertEqual(set(told["grades"]), {"A", "D"})
        self.assertGreater(told["nets"]["RESTOCK"], 10.0)
        self.assertLess(told["nets"]["RESTOCK"], 40.0)

    def test_empty_drafts_are_filled_in_once_enough_is_known(self):
        self.model._activate()
        task = self._as("administrator", self.task)
        with self.assertRaisesRegex(ValidationError, "200 are needed"):
            task.mode = "fill"
        task.write({"least_cases": 12, "mode": "fill"})
        part = self._part(active=False)
        self._call(part, "write", {"disposition_id": False})
        said = self.conditions["D"].disposition_id
        self.conditions["D"].sudo().disposition_id = False
        self._call(part, "write", {"condition_id": self.conditions["D"].id})
        self.assertEqual(part.disposition_id.code, "SCRAP")
        self.assertEqual(part.state, "draft")
        self.conditions["D"].sudo().disposition_id = said

    def test_switched_off_nothing_is_said(self):
        self._as("administrator", self.task).mode = "off"
        part = self._part("D")
        line = self._requested(self._sell(), 1).line_ids
        self.assertFalse(part.ai_state or part.is_ai_asked or line.ai_outcome)
        self._inspect(part, "D", "SCRAP")
        self.assertEqual(part.state, "done")

    def test_changed_file_is_refused_and_work_goes_on(self):
        self.model._activate()
        self.model._guarded_write({"artefact": "AAAA"})
        self.env.registry.clear_cache()
        with self.assertLogs("odoo.addons.reverse_logistics_ai", "ERROR"):
            part = self._part("D", active=False)
        self.assertFalse(part.ai_state)
        self._inspect(part, "D", "SCRAP")
        self.assertEqual(part.state, "done")

    def test_what_is_expected_is_the_mean_of_what_goods_bring(self):
        part = self._part()
        nets = {
            self.dispositions["RESTOCK"].id: 40.0,
            self.dispositions["SCRAP"].id: -2.0,
        }
        with patch.object(
            type(part), "_get_expected_nets", lambda parts: dict.fromkeys(parts, nets)
        ):
            self._call(part, "write", {"condition_id": self.conditions["A"].id})
        part.invalidate_recordset()
        self.assertIn("bringing $", part.ai_reasons.replace("\xa0", ""))
        said = part.ai_suggestion_id
        chances = said.details["chances"]
        mean = chances["RESTOCK"] * 40 - chances["SCRAP"] * 2
        text = self.company.currency_id.format(mean)
        self.assertIn(f"On average, {text} is expected", part.ai_reasons)
