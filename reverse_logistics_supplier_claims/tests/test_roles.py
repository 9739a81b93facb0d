"""Each model and each step of the addon, for whoever may not: none is left out."""

import ast
from pathlib import Path

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from .common import GROUPS, ClaimCase

ADDON = "reverse_logistics_supplier_claims"
#: Whom a guard is tried with: without the role, but with another one.
OTHERS = {
    "claims": ("auditor", "Claims"),
    "claims_approver": ("claims_user", "Claims approver"),
    "approver": ("auditor", "Approver"),
    "service": ("auditor", "Customer service"),
}


def find_guards():
    """Find every check of a duty in the addon: ``{(model, method): duty}``."""
    root = Path(__file__).parents[1]
    found = {}
    for path in sorted([*root.glob("models/**/*.py"), *root.glob("wizards/*.py")]):
        for cls in ast.parse(path.read_text()).body:
            model = isinstance(cls, ast.ClassDef) and _get_model(cls)
            for function in cls.body if model else ():
                for call in ast.walk(function):
                    named = isinstance(call, ast.Call) and getattr(
                        call.func, "attr", None
                    )
                    if named == "_check_duty":
                        found[model, function.name] = call.args[0].value
    return found


def _get_model(cls):
    values = {
        target.id: ast.literal_eval(node.value)
        for node in cls.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if getattr(target, "id", None) in ("_name", "_inherit")
    }
    inherited = values.get("_inherit")
    first = inherited[0] if isinstance(inherited, list) else inherited
    return values.get("_name") or first


@tagged("post_install", "-at_install")
class TestRoles(ClaimCase):
    def setUp(self):
        """Leave at least one record of each model."""
        super().setUp()
        lots = self._create_lots(self.pump, "R1", "R2")
        self._purchase(self.pump, 2, lots)
        sold = self._sell_serials(self.pump, lots)
        claim = self._claim(self._broken(sold))
        self._call(claim, "action_submit")
        self._call(claim, "action_ask_corrective")
        approver = self._as("claims_approver", self.env["res.partner"]).env
        approver["reverse.supplier.hold"].create(
            {"partner_id": self.supplier.id, "reason": "Court order"}
        )
        today = fields.Date.today()
        approver["reverse.supplier.factor"].create(
            {
                "partner_id": self.supplier.id,
                "product_id": self.pump.id,
                "date_from": today,
                "date_to": today,
                "sample": 24,
                "analysed": 20,
                "at_fault": 17,
            }
        )
        approver["reverse.supplier.code"].create(
            {
                "agreement_id": self.agreement.id,
                "code": "S-1",
                "condition_id": self.conditions["D"].id,
            }
        )
        self._as("claims_user", self.env["reverse.supplier.loss"]).create(
            {
                "partner_id": self.supplier.id,
                "kind": "write_off",
                "reason": "No quota",
                "claim_ids": [Command.set(claim.ids)],
            }
        )
        self.env["reverse.approval.rule"].create(
            {"name": "All", "gate": "authorization"}
        )
        self._requested(sold)
        allowed = self.agreement.copy({"is_allowance": True, "allowance": 5.0})
        allowed._claim_allowance(allowed._get_last_month())

    def _get_models(self, transient=False):
        """Give the models that are this addon's own, and kept or not."""
        return [
            model
            for model in self.registry.values()
            if model._original_module == ADDON
            and not model._abstract
            and model._transient == transient
        ]

    def _find(self, model):
        """Give a record of our company that the story has left, or a form of it."""
        own = self.env[model].sudo()
        if own._transient:
            return own.new({})
        domain = [("company_id", "in", [False, self.company.id])]
        return own.search(
            domain if "company_id" in own._fields else [], limit=1, order="id desc"
        )

    def test_auditors_read_all_and_write_nothing(self):
        auditor = self.users["auditor"]
        for model in self._get_models():
            with self.subTest(model._name):
                record = self._find(model._name)
                self.assertTrue(record, "the story leaves none of these")
                seen = record.with_user(auditor)
                self.assertTrue(seen.search([("id", "=", record.id)]))
                self.assertTrue(seen.read())
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(seen.has_access(operation), operation)
        for model in self._get_models(transient=True):
            with self.subTest(model._name):
                self.assertFalse(
                    self.env[model._name].with_user(auditor).has_access("create")
                )

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="elsewhere",
            groups=f"{GROUPS}claims_approver",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        shared = []
        for model in self._get_models():
            with self.subTest(model._name):
                record = self._find(model._name)
                seen = record.with_user(stranger).with_context(
                    allowed_company_ids=company.ids
                )
                if "company_id" not in record._fields:
                    shared.append(model._name)
                    self.assertTrue(seen.search([("id", "=", record.id)]))
                    continue
                self.assertFalse(seen.search([("id", "=", record.id)]))
                self.assertFalse(seen.search_count([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    seen.read(["company_id"])
                own = record.with_user(self.users["claims_approver"])
                self.assertTrue(own.search([("id", "=", record.id)]))
        # what the law says until when carriers are told
        self.assertEqual(shared, ["reverse.claim.deadline"])

    def test_every_guard(self):
        """Whoever lacks the role is refused at each, and told which one it is."""
        guards = find_guards()
        self.assertGreater(len(guards), 40)
        for (model, method), duty in guards.items():
            with self.subTest(model=model, method=method):
                login, role = OTHERS[duty]
                record = self._find(model).with_user(self.users[login])
                function = getattr(record, method)
                code = getattr(self.registry[model], method).__code__
                given = [None] * (code.co_argcount - 1)
                defaults = getattr(self.registry[model], method).__defaults__
                given = given[: len(given) - len(defaults or ())]
                with self.assertRaisesRegex(AccessError, f"is for the role “{role}”"):
                    function(*given)

    def test_auditors_change_nothing_by_any_step(self):
        """Steps refuse them, or only show something: the database is read-only."""
        auditor = self.users["auditor"]
        tried = 0
        for model in self.registry.values():
            if model._abstract or model._transient:
                continue
            for name in dir(model):
                if not (
                    name.startswith("action_")
                    and callable(getattr(model, name))
                    and self._is_ours(model, name)
                ):
                    continue
                with self.subTest(model=model._name, step=name):
                    record = self._find(model._name).with_user(auditor)
                    self._try_reading(record, name)
                    tried += 1
        self.assertGreater(tried, 40)

    def _is_ours(self, model, name):
        """Whether this addon says what a step of a model does."""
        return any(
            name in vars(cls) and f".{ADDON}." in f"{cls.__module__}."
            for cls in model.__mro__
        )

    def _try_reading(self, record, name):
        self.env.flush_all()
        with self.assertRaisesRegex(RuntimeError, "undone"):
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            try:
                getattr(record, name)()
                self.env.flush_all()
            except (AccessError, UserError):
                self.env.invalidate_all(flush=False)
            raise RuntimeError("undone")
