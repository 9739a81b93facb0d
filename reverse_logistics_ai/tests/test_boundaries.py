"""What no kind of suggestion does, and what goes on without each of them."""

import ast
import io
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests.common import BaseCase, new_test_user, tagged

from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import (
    ReverseGuardedMixin,
)

from ..engine import measures
from .common import SuggestionCase

ADDON = Path(__file__).parents[1]
OWN = "reverse.ai."
#: Steps by which returns, goods and money are decided about.
DECISIONS = {
    "_approve",
    "_authorize",
    "_complete",
    "_create_receipts",
    "_deny",
    "_go_on_approved",
    "_go_on_refused",
    "_post",
    "_refuse",
    "_reject",
    "_release",
    "_request",
    "_reverse_moves",
    "action_approve",
    "action_authorize_exception",
    "action_cancel",
    "action_complete",
    "action_deny",
    "action_post",
    "action_receive",
    "action_refuse",
    "action_reject",
    "action_release",
    "action_request",
    "action_submit",
    "button_validate",
}


@tagged("post_install", "-at_install")
class TestNoStep(BaseCase):
    def test_no_code_of_the_addon_takes_a_step(self):
        """Overrides of the steps themselves hand on to the core, and so call nothing
        but their own name on ``super()``.
        """
        for path in sorted((ADDON / "models").glob("*.py")):
            for method in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(method, ast.FunctionDef):
                    continue
                called = {
                    node.func.attr
                    for node in ast.walk(method)
                    if isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                }
                taken = (called & DECISIONS) - {method.name}
                self.assertFalse(taken, f"{path.name}: {method.name}")


@tagged("post_install", "-at_install")
class TestBoundaries(SuggestionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tasks = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id)], order="id"
        )
        cls.sold = cls._sell(quantity=30)

    def _photograph(self, record):
        stream = io.BytesIO()
        Image.effect_noise((64, 48), 90).convert("RGB").save(stream, "JPEG")
        self.env["ir.attachment"].create(
            {
                "name": "goods.jpg",
                "raw": stream.getvalue(),
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def _open_returns(self):
        """A draft, one that was asked for, goods to inspect, and a credit to decide."""
        draft = self._noted("It leaks").rma_id
        waiting = self._requested(self.sold, 1, note="It came too late")
        to_inspect = self._received(self.sold, 2, note="It stopped working")
        credited = self._received(self.sold, 1)
        self._inspect(credited.inspection_ids)
        for rma in (waiting, to_inspect):
            self._photograph(rma.line_ids)
        self._photograph(to_inspect.inspection_ids)
        return draft | waiting | to_inspect | credited

    def _run(self):
        """Learn and suggest as the scheduler does."""
        cron = type(self.env["ir.cron"])
        tasks = self.env["reverse.ai.task"].with_user(SUPERUSER_ID)
        self.tasks.is_due = True
        with patch.object(cron, "_commit_progress", return_value=60.0):
            tasks._cron_learn()
            tasks._cron_suggest()
        self.env.flush_all()

    def _get_decided(self):
        """What has been decided of returns, goods and money, and what people wrote."""
        names = {
            "reverse.rma": ("state", "stage", "client_ref"),
            "reverse.rma.line": ("state", "decision_code", "reason_id", "quantity"),
            "reverse.inspection": ("state", "condition_id", "disposition_id"),
            "reverse.settlement": ("state", "amount_total"),
            "reverse.approval": ("state",),
            "stock.move": ("state", "quantity"),
            "account.move": ("state", "amount_total"),
        }
        return {
            name: {
                record["id"]: record
                for record in self.env[name].search([]).read(fields_, load=None)
            }
            for name, fields_ in names.items()
        } | {"mails": self.env["mail.mail"].search_count([])}

    def test_scheduled_work_decides_nothing(self):
        """All tasks look at everything; only suggestions come of it."""
        self._open_returns()
        self.env.flush_all()
        self.env.invalidate_all()
        before, stepped = self._get_decided(), set()
        real = ReverseGuardedMixin._transition

        def step(records, *args, **kwargs):
            stepped.add(records._name)
            return real(records, *args, **kwargs)

        with patch.object(ReverseGuardedMixin, "_transition", step):
            self._run()
        self.env.invalidate_all()
        self.assertEqual(self._get_decided(), before)
        self.assertLessEqual(stepped, {"reverse.ai.model", "reverse.ai.suggestion"})
        said = self.env["reverse.ai.suggestion"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertIn("reason", said.mapped("code"))

    def test_without_each_kind_returns_are_settled_by_rules(self):
        self._open_returns()
        self._run()
        suggestions = self.env["reverse.ai.suggestion"]
        for off in [*self.tasks, self.tasks]:
            with self.subTest(off=off.mapped("code")):
                self.tasks.mode = "suggest"
                off = self._as("administrator", off)
                off.mode = "off"
                newest = suggestions.search([], limit=1).id
                rma = self._received(self.sold, 1, note="It leaks at the seal")
                self._run()
                line, part = rma.line_ids, rma.inspection_ids
                shown = {
                    "reason": line.ai_suggestion_id or line.is_ai_asked,
                    "disposition": part.ai_suggestion_id or part.is_ai_asked,
                    "photo": part.ai_damage_id or part.ai_photo_hint,
                    "queue": part.ai_waiting_cost,
                    "review": rma.ai_review_id,
                    "document": rma.ai_paper_id,
                }
                for code in off.mapped("code"):
                    self.assertFalse(shown.get(code), code)
                    self.assertFalse(
                        suggestions.search([("id", ">", newest), ("code", "=", code)])
                    )
                self._inspect(part, "A")
                self.assertEqual(rma.state, "done")
                self.assertEqual(rma.settlement_ids.state, "released")

    # ------------------------------------------------------------------
    # Monitoring
    # ------------------------------------------------------------------
    def _month(self, confidences):
        said = self.env["reverse.ai.suggestion"]._keep(
            self.task,
            self.model,
            [
                {
                    "res_id": 10**8 + number,
                    "answer": "LATE",
                    "confidence": confidence,
                    "state": "open",
                }
                for number, confidence in enumerate(confidences)
            ],
            False,
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(said), len(confidences))
        return self.env["reverse.ai.month"].search([("model_id", "=", self.model.id)])

    def test_other_cases_than_were_learned_warn(self):
        alike = [0.1] * 2 + [0.3] * 4 + [0.5] * 8 + [0.7] * 4 + [0.9] * 2
        metrics = {**self.model.metrics, "confidences": measures.distribute(alike)}
        self.model._guarded_write({"metrics": metrics, "case_count": 50})
        month = self._month(alike)
        self.assertLess(month.stability, 0.2)
        self.assertFalse(month.has_drifted or self.task.has_drifted)
        month.env["reverse.ai.suggestion"].search(
            [("model_id", "=", self.model.id)]
        )._outdate_open()
        month = self._month([0.1] * 12)
        self.assertGreaterEqual(month.stability, 0.2)
        self.assertTrue(month.has_drifted)
        self.assertTrue(self.task.has_drifted, "said where people switch it")
        self.model._guarded_write({"case_count": 0})
        self.env.invalidate_all()
        self.assertFalse(month.has_drifted, "examples are easier than customers")

    def test_few_cases_are_no_other_ones(self):
        self.model._guarded_write({"case_count": 50})
        self.assertFalse(self._month([0.05] * 9).has_drifted)

    def test_what_it_is_not_sure_of_is_counted_and_not_shown(self):
        with patch.object(measures, "choose_threshold", return_value=(1.01, 0.0)):
            candidate = self._learn_candidate()
        candidate._activate()
        line = self._noted("It leaks")
        said = self.task._suggest(line, candidate)
        self.assertEqual(said.state, "abstained")
        self.assertFalse(line.ai_suggestion_id)
        self.env.flush_all()
        month = self.env["reverse.ai.month"].search([("model_id", "=", candidate.id)])
        self.assertEqual((month.abstained, month.abstention_rate), (1, 100.0))

    def test_card_is_printed(self):
        content, kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("reverse_logistics_ai.report_card", self.model.ids)
        )
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))


@tagged("post_install", "-at_install")
class TestRights(SuggestionCase):
    """Every model of the addon, looped over, so that no new one is forgotten."""

    #: Who may write what: all else is written by tasks and buttons alone.
    MAY = {
        ("reverse.ai.task", "administrator"): {"write"},
        ("reverse.ai.example", "administrator"): {"write", "create", "unlink"},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._suggested("It leaks")
        cls.records = cls._create_records()

    @classmethod
    def _get_models(cls):
        """Give the stored models of the addon, and its wizards, by name."""
        return {
            name: cls.env[name]
            for name, model in cls.env.registry.items()
            if name.startswith(OWN) and not model._abstract
        }

    @classmethod
    def _create_records(cls):
        """A record of each model in the company of the tests."""
        company, rma = cls.company, cls.line.rma_id
        file = cls.env["ir.attachment"].create(
            {
                "name": "a.txt",
                "raw": b"a",
                "res_model": cls.line._name,
                "res_id": cls.line.id,
            }
        )
        example = cls.env["reverse.ai.example"].create(
            {
                "reason_id": cls.reasons["LATE"].id,
                "phrase": "too late for the feast",
                "company_id": company.id,
            }
        )
        photo = cls.env["reverse.ai.photo"].create(
            {"attachment_id": file.id, "rma_id": rma.id}
        )
        forecast = cls.env["reverse.ai.forecast"].create(
            {
                "company_id": company.id,
                "facility_id": cls.facility.id,
                "week": fields.Date.today(),
            }
        )
        peer = cls.env["reverse.ai.peer"].create(
            {
                "company_id": company.id,
                "kind": "customer",
                "res_model": "res.partner",
                "res_id": cls.customer.id,
            }
        )
        cls.env.flush_all()
        month = cls.env["reverse.ai.month"].search([("task_id", "=", cls.task.id)])
        said = cls.env["reverse.ai.suggestion"].search(
            [("task_id", "=", cls.task.id)], limit=1
        )
        records = (cls.task, cls.model, said, month, example, photo, forecast, peer)
        return {record._name: record for record in records}

    def test_each_model_has_a_record_here(self):
        stored = {n for n, m in self._get_models().items() if not m._transient}
        self.assertEqual(stored, set(self.records))
        self.assertTrue(all(self.records.values()))

    def test_nobody_without_a_role_reads_anything(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        guest = new_test_user(self.env, login="guest", groups="base.group_portal")
        for name, model in self._get_models().items():
            for user in (clerk, guest):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        model.with_user(user).has_access(operation), (name, operation)
                    )

    def test_nobody_writes_what_tasks_write(self):
        for name in self.records:
            for role, user in self.users.items():
                model = self.env[name].with_user(user)
                allowed = {
                    operation
                    for operation in ("write", "create", "unlink")
                    if model.has_access(operation)
                }
                self.assertEqual(allowed, self.MAY.get((name, role), set()), name)

    def test_nobody_of_another_company_sees_any_of_it(self):
        other = self.env["res.company"].create({"name": "Other Returns"})
        roles = ("administrator", "approver", "auditor", "service", "inspector")
        foreign = self._create_user(*roles, login="foreign")
        foreign.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for name, record in self.records.items():
            own = self.env[name].with_user(foreign)
            own = own.with_context(allowed_company_ids=other.ids)
            self.assertNotIn(record.id, own.search([]).ids, name)
            with self.assertRaises(AccessError, msg=name):
                own.browse(record.id).read(["display_name"])

    def test_erased_customers_leave_no_words_of_any_kind(self):
        """Whatever was told of records of the return, by whichever task."""
        rma = self.line.rma_id
        subjects = (rma, self.line, rma.partner_id)
        suggestions = self.env["reverse.ai.suggestion"]
        kept = suggestions.union(
            *(
                suggestions._guarded_create(
                    [
                        {
                            "task_id": task.id,
                            "res_model": record._name,
                            "res_id": record.id,
                            "answer": "x",
                            "state": "overruled",
                            "details": {"words": ["Ada", "Lovelace"]},
                            "override_reason": "Ada told me",
                        }
                    ]
                )
                for task in self.env["reverse.ai.task"].search(
                    [("company_id", "=", self.company.id)]
                )
                for record in subjects
            )
        )
        rma._guarded_write({"state": "done"})
        rma._erase("PersonalDataErased", ("reverse.rma", "reverse.rma.line"))
        self.assertFalse([*filter(None, kept.mapped("details"))])
        self.assertFalse([*filter(None, kept.mapped("override_reason"))])
