"""The reason of a return from what the customer wrote, and the next version of that."""

from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged

from ..engine import classifier, encoders
from .common import EXAMPLES, SuggestionCase


@tagged("post_install", "-at_install")
class TestReason(SuggestionCase):
    # ------------------------------------------------------------------
    # Suggesting and choosing
    # ------------------------------------------------------------------
    def test_first_day_suggests_from_examples_with_reasons(self):
        self.assertEqual((self.model.state, self.model.case_count), ("active", 0))
        line = self._suggested("The kettle leaks, it does not work")
        self.assertEqual(line.ai_reason, self.reasons["DEFECTIVE"].display_name)
        self.assertIn("The customer wrote", line.ai_reasons)
        self.assertIn("It resembles the example", line.ai_reasons)
        self.assertFalse(line.reason_id, "a suggestion changes nothing")

    def test_first_day_works_with_cases_of_before_as_well(self):
        """What is listed is used at once; what cases tell waits for an approval."""
        self._learn_candidate()
        self.env["reverse.ai.suggestion"].search([]).unlink()
        self.task.model_ids._workflow().unlink()
        self.task.is_due = True
        self.task._learn()
        used, candidate = self.task.active_model_id, self.task.candidate_id
        self.assertEqual((used.case_count, candidate.case_count), (0, 6))
        self.assertGreater(used.example_count, 0)
        line = self._noted("It came too late")
        self.task._suggest(line, used)
        self.assertEqual(line.ai_suggestion_id.answer, "LATE")
        self.task.is_due = True
        self.task._learn()
        self.assertEqual(self.task.active_model_id, used, "once only")

    def test_accept_fills_the_draft_as_that_user(self):
        line = self._as("service", self._suggested("It came too late"))
        self._call(line, "action_ai_accept")
        self.assertEqual(line.reason_id, self.reasons["LATE"])
        suggestion = line.ai_suggestion_id
        self.assertEqual(
            (suggestion.state, suggestion.decided_by_id, suggestion.chosen),
            ("accepted", self.users["service"], "LATE"),
        )
        with self.assertRaisesRegex(UserError, "this step is not possible"):
            self._call(line, "action_ai_accept")

    def test_override_needs_a_reason_and_shows_in_monitoring(self):
        line = self._as("service", self._suggested("It came too late"))
        wizard = self._as("service", self.env["reverse.ai.override"]).create(
            {
                "suggestion_id": line.ai_suggestion_id.id,
                "reason_id": self.reasons["UNWANTED"].id,
                "why": "  ",
            }
        )
        with self.assertRaisesRegex(UserError, "Say in a few words why"):
            self._call(wizard, "action_choose")
        wizard.why = "Said on the phone that it is not needed"
        self._call(wizard, "action_choose")
        self.assertEqual(line.reason_id, self.reasons["UNWANTED"])
        month = self.env["reverse.ai.month"].search([("task_id", "=", self.task.id)])
        self.assertEqual((month.overruled, month.accepted), (1, 0))
        self.assertEqual(month.override_rate, 100.0)
        self.assertIn("As suggested", month.calibration_table)

    def test_after_the_request_a_choice_changes_no_return(self):
        sold = self._sell()
        rma = self._requested(sold, note="It leaks", reason_id=self.reasons["LATE"].id)
        line = rma.line_ids
        state = rma.state
        self.task._suggest(line, self.model)
        line = self._as("service", line)
        self._call(line, "action_ai_accept")
        self.assertEqual(line.ai_suggestion_id.chosen, "DEFECTIVE")
        self.assertEqual(line.reason_id, self.reasons["LATE"])
        self.assertEqual(rma.state, state)

    def test_who_may_not_write_the_return_chooses_nothing(self):
        line = self._suggested("It leaks")
        with self.assertRaises(AccessError):
            self._call(self._as("auditor", line), "action_ai_accept")

    def test_suggestions_cannot_be_written(self):
        line = self._suggested("It leaks")
        suggestion = self._as("administrator", line.ai_suggestion_id)
        for vals in ({"state": "accepted"}, {"answer": "LATE"}, {"confidence": 1.0}):
            with self.assertRaises(UserError):
                suggestion.write(vals)
        with self.assertRaises(UserError):
            suggestion.create({"task_id": self.task.id, "state": "open"})
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("administrator", self.model).create({"task_id": self.task.id})
        with self.assertRaises(UserError):
            self._as("administrator", self.model).write({"artefact": "AAAA"})

    def test_changed_text_outdates_what_was_said(self):
        line = self._suggested("It leaks")
        self._call(self._as("service", line), "write", {"note": "It came too late"})
        self.assertFalse(line.ai_suggestion_id)
        waiting = dict(self.task._get_worker()._find_waiting(self.task))[self.model]
        self.assertIn(line, waiting)

    def test_note_comes_before_comment_and_comment_before_mail(self):
        worker = self.task._get_worker()
        line = self._draft(self.product).line_ids
        rma = line.rma_id
        self.assertEqual(worker._get_texts(line), {line: ""})
        for body in ("<p>It came too late</p>", "<p>Thank you</p>"):
            rma.message_post(body=Markup(body), message_type="email")
        self.assertEqual(worker._get_texts(line), {line: "It came too late"})
        self.assertEqual(self.task._suggest(line, self.model).answer, "LATE")
        rma._guarded_write({"customer_comment": "It leaks"})
        self.assertEqual(worker._get_texts(line), {line: "It leaks"})
        line.note = "Changed my mind"
        self.assertEqual(worker._get_texts(line), {line: "Changed my mind"})

    def test_hostile_notes_are_data(self):
        """They get no answer or one of the list, and are shown as text."""
        notes = [
            "\u202e" * 50,
            "<img src=x onerror=alert(1)> leaks leaks",
            "%s %(a)s {0}",
        ]
        for note in notes:
            line = self._suggested(note)
            self.assertNotIn("<img", line.ai_reasons or "")
            said = self.env["reverse.ai.suggestion"].search([("res_id", "=", line.id)])
            self.assertIn(said.answer, [False, *EXAMPLES])

    def test_reason_that_is_gone_is_not_suggested(self):
        self.reasons["DEFECTIVE"].active = False
        line = self._suggested("The kettle leaks, it does not work")
        self.assertNotEqual(line.ai_suggestion_id.answer, "DEFECTIVE")

    # ------------------------------------------------------------------
    # Switches
    # ------------------------------------------------------------------
    def test_switched_off_nothing_is_computed_or_shown(self):
        line = self._suggested("It leaks")
        self._as("administrator", self.task).mode = "off"
        line.invalidate_recordset()
        self.assertFalse(line.ai_suggestion_id or line.is_ai_asked)
        cron = type(self.env["ir.cron"])
        with (
            patch.object(cron, "_commit_progress", return_value=60.0),
            patch.object(type(self.task), "_suggest") as looked,
        ):
            tasks = self.task.search([("id", "!=", self.task.id)])
            tasks.mode = "off"
            self.task._cron_suggest()
        looked.assert_not_called()
        sold = self._sell()
        rma = self._requested(sold, note="It leaks")
        self.assertEqual(rma.state, "authorized", "rules go on")

    def test_fills_in_only_after_enough_cases(self):
        with self.assertRaisesRegex(ValidationError, "only suggests as yet"):
            self._as("administrator", self.task).mode = "fill"
        candidate = self._learn_candidate()
        candidate._activate()
        self.task.least_cases = 6
        self.task.mode = "fill"
        empty = self._noted("It leaks at the seal")
        named = self._noted("It leaks", reason_id=self.reasons["UNWANTED"].id)
        self.task._suggest(empty | named, candidate)
        self.assertEqual(empty.reason_id, self.reasons["DEFECTIVE"])
        self.assertEqual(named.reason_id, self.reasons["UNWANTED"])
        self.assertEqual(empty.state, "draft")

    def test_too_little_to_learn_from_is_said_and_the_old_version_stays(self):
        self.env["reverse.ai.example"].search(
            [("reason_id.code", "!=", "LATE")]
        ).unlink()
        self.task.is_due = True
        self.task._learn()
        self.assertIn("All cases and examples are of one kind", self.task.problem)
        self.assertEqual(self.task.active_model_id, self.model)
        self.assertFalse(self.task.is_due)

    def test_missing_library_is_named_and_words_are_used(self):
        with patch.object(encoders, "missing", lambda tier: ["wordllama"]):
            self.task.tier = "static"
            self.task.invalidate_recordset(["tier_note"])
            self.assertIn("pip install wordllama", self.task.tier_note)
            self.assertEqual(self.task._get_tier(), "terms")

    # ------------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------------
    def test_candidate_is_silent_until_another_person_approves(self):
        candidate = self._learn_candidate()
        self.assertEqual((candidate.state, candidate.case_count), ("candidate", 6))
        line = self._noted("It came too late")
        for model, records in self.task._get_worker()._find_waiting(self.task):
            self.task._suggest(records & line, model)
        said = self.env["reverse.ai.suggestion"].search([("res_id", "=", line.id)])
        self.assertEqual(
            {s.model_id: s.is_silent for s in said},
            {self.model: False, candidate: True},
        )
        self._call(self._as("service", line), "action_ai_accept")
        self.assertEqual(set(said.mapped("chosen")), {"LATE"})

        self._call(self._as("administrator", candidate), "action_ask")
        self.assertEqual(candidate.approval_state, "waiting")
        approval = candidate.approval_ids
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(self._as("administrator", approval), "action_approve")
        self._call(self._as("approver", approval), "action_approve")
        self.assertEqual((candidate.state, self.model.state), ("active", "retired"))
        self.assertEqual(self.task.active_model_id, candidate)
        self.env.cr.flush()
        titles = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "ModelActivated")]
        )
        self.assertEqual(titles[:1].data["version"], candidate.version)

    def test_refused_candidate_retires(self):
        candidate = self._learn_candidate()
        self._call(self._as("administrator", candidate), "action_ask")
        candidate._go_on_refused("too weak")
        self.assertEqual((candidate.state, self.model.state), ("retired", "active"))

    def test_changed_file_is_refused_and_returns_go_on(self):
        line = self._noted("It leaks")
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "reverse.ai.model"),
                ("res_id", "=", self.model.id),
                ("res_field", "=", "artefact"),
            ]
        )
        attachment.raw = attachment.raw[:-1] + b"x"
        self.env.registry.clear_cache()
        self.model.invalidate_recordset()
        self.assertTrue(self.model.is_altered)
        with self.assertLogs("odoo.addons.reverse_logistics_ai", "ERROR") as logs:
            self.task._suggest(line, self.model)
        self.assertIn("the file was changed", logs.output[0])
        self.assertFalse(line.ai_suggestion_id)
        candidate = self._learn_candidate()
        candidate._guarded_write({"artefact_hash": "0" * 64})
        with self.assertRaisesRegex(UserError, "not the one that was learned"):
            self._call(self._as("administrator", candidate), "action_ask")

    def test_somebody_else_has_learned_already(self):
        versions = self.task.model_ids
        self.task.is_due = True
        self.task._learn()
        self.task._learn()
        self.assertEqual(len(self.task.model_ids - versions), 1)

    def test_card_says_what_it_cannot_do(self):
        model = self._as("auditor", self.model)
        self.assertIn("people decide", model.limits)
        self.assertIn("listed examples only", model.limits)
        self.assertIn(self.reasons["LATE"].display_name, model.class_table)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "reverse_logistics_ai.report_card", self.model.ids
        )
        self.assertIn("It never authorizes, refuses, posts or pays", html.decode())
        self.assertIn(self.model.artefact_hash, html.decode())

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------
    def test_other_companies_see_and_learn_nothing(self):
        self._suggested("It leaks")
        self._closed("leaks at the seal", "DEFECTIVE")
        other = self.env["res.company"].create({"name": "Other Returns"})
        task = self.env["reverse.ai.task"].search([("company_id", "=", other.id)])
        self.assertEqual(task.mapped("code"), list(self.task._get_workers()))
        foreign = self._create_user("administrator", login="other-admin")
        foreign.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for name in ("suggestion", "model", "task", "month"):
            seen = self.env[f"reverse.ai.{name}"].with_user(foreign)
            seen = seen.with_context(allowed_company_ids=other.ids).search([])
            self.assertNotIn(self.company, seen.sudo().company_id)
        task = task.filtered(lambda t: t.code == "reason")
        cases = task._get_worker()._get_cases(task)
        self.assertEqual(cases, [])

    def test_forgotten_words_leave_the_next_version(self):
        candidate = self._learn_candidate()
        self.assertIn("w:seal", self._read_terms(self._closed_twice()))
        lines = self.env["reverse.rma.line"].search([("note", "ilike", "seal")])
        suggestion = self.task._suggest(lines[:1], self.model)
        lines.rma_id._erase("PersonalDataErased", ("reverse.rma", "reverse.rma.line"))
        self.assertTrue(self.task.is_due)
        self.assertFalse(suggestion.details)
        self.task._learn()
        self.assertNotIn("w:seal", self._read_terms(self.task.candidate_id))
        self.assertEqual(candidate.state, "retired")

    def _closed_twice(self):
        self._closed("the seal is gone", "DEFECTIVE")
        self.task.is_due = True
        self.task._learn()
        return self.task.candidate_id

    def _read_terms(self, model):
        found = model._get_classifier()
        self.assertIsInstance(found, classifier.Classifier)
        return found.vocabulary.terms
