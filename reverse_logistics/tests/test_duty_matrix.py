"""Every pair of duties through every interface: what is refused, and what goes on."""

from itertools import pairwise

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_module_path
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.reverse_guarded_mixin import DUTIES
from .approval_common import ApprovalCase
from .duty_matrix import (
    ENTRANCES,
    FLOW,
    GUARDS,
    INTERFACES,
    SCENES,
    STEPS,
    find_guards,
    is_conflict,
)

OWN_STEP = "took an earlier step of|approved in your name already"
DONE = "done"
#: what an interface answers that takes no step at all, whoever asks
NEVER = {
    "import": "cannot be set directly|not allowed|not permitted|can no longer be changed",
    "cron": "never by the system user or a scheduled action",
}


class _RollBack(Exception):
    """Ends an attempt that went through, so that the next one starts where it did."""


class MatrixCase(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(authorize=False)
        cls.person = cls._create_user(
            "service", "receiver", "inspector", "approver", "releaser", login="person"
        )
        cls.user_group = cls.env.ref("reverse_logistics.group_user")
        cls.line = cls._sell(60)

    # ------------------------------------------------------------------
    # Interfaces
    # ------------------------------------------------------------------
    def _by_form(self, records, method):
        form = Form(records[-1:].with_user(self.acting))
        getattr(form.save(), method)()

    def _by_rpc(self, records, method):
        self._rpc(self.acting, records._name, method, records[-1:].ids)

    def _by_import(self, records, method):
        goal = {"reverse.inspection": "title_by_id/.id"}.get(records._name, "state")
        if method == "action_complete":
            goal = "state"
        value = str(self.acting.id) if goal.endswith("id") else "Done"
        states = dict(records._fields["state"]._description_selection(self.env))
        value = value if goal != "state" else [*states.values()][-1]
        answer = self._rpc(
            self.acting,
            records._name,
            "load",
            [".id", goal],
            [[str(records[-1:].id), value]],
        )
        if not answer["ids"]:
            raise UserError(answer["messages"][0]["message"])

    def _by_server_action(self, records, method):
        action = self.env["ir.actions.server"].create(
            {
                "name": method,
                "model_id": self.env["ir.model"]._get_id(records._name),
                # as the shipped ones: else Odoo asks for the right to write
                "group_ids": [Command.link(self.user_group.id)],
                "state": "code",
                "code": f"records.{method}()",
            }
        )
        action.with_user(self.acting).with_context(
            active_model=records._name, active_ids=records[-1:].ids
        ).run()

    def _by_cron(self, records, method):
        cron = self.env["ir.cron"].create(
            {
                "name": method,
                "model_id": self.env["ir.model"]._get_id(records._name),
                "code": f"model.browse({records[-1:].ids}).{method}()",
                "user_id": self.acting.id,
            }
        )
        # as Odoo runs it
        cron.ir_actions_server_id.with_user(self.acting).sudo().with_context(
            cron_id=cron.id
        ).run()

    def _by_bulk(self, records, method):
        self._rpc(self.acting, records._name, method, records.ids)

    # ------------------------------------------------------------------
    # Attempts
    # ------------------------------------------------------------------
    def _attempt(self, interface, records, method):
        """Take a step through an interface and undo it; give what was answered."""
        before = self._mark(records)
        call = getattr(self, f"_by_{interface.replace(' ', '_')}")
        try:
            with self.env["reverse.event"]._rewind_on_error(), self.env.cr.savepoint():
                self.env.invalidate_all()
                call(records, method)
                moved = self._mark(records) != before
                answer = DONE if moved else "nothing happened"
                raise _RollBack
        except _RollBack:
            pass
        except (UserError, AccessError) as error:
            answer = str(error)
        self.env.invalidate_all()
        self.assertEqual(self._mark(records), before)
        return answer

    def _mark(self, records):
        """What any step changes of a record."""
        names = ("state", "stage", "title_by_id", "given", "approval_state")
        return [
            [record[name] for name in names if name in record] for record in records
        ]

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_actions")
    def _assert_row(self, label, records, method, refused, user=None):
        """Check one pair through all interfaces.

        :param records: a record that nothing excludes, then the one of the pair
        """
        self.acting = user or self.person
        for interface in INTERFACES:
            expected = NEVER.get(interface) or (OWN_STEP if refused else f"^{DONE}$")
            with self.subTest(pair=label, interface=interface):
                self.assertRegex(self._attempt(interface, records, method), expected)


@tagged("post_install", "-at_install")
class TestDutyMatrix(MatrixCase):
    """The way of a return: request, authorize, receive, inspect, submit, approve …"""

    def _walk(self, later):
        """Take returns to a step, one of which each earlier step is the person's own.

        :return: ``{earlier step, or None for nobody's: return}``
        """
        before = STEPS[: STEPS.index(later)]
        rmas = {earlier: self._draft(self.line) for earlier in (None, *before)}
        for step, role, path, method, _field in FLOW[: len(before)]:
            own = rmas[step]
            others = own.browse([r.id for r in rmas.values()]) - own
            for group, user in ((own, self.person), (others, self.users[role])):
                records = (group.mapped(path) if path else group).with_user(user)
                if step == "complete":
                    records.condition_id = self.conditions["E"]
                getattr(records, method)()
        if later == "complete":
            parts = self.env["reverse.rma"].union(*rmas.values()).inspection_ids
            self._as("inspector", parts).condition_id = self.conditions["E"]
        return rmas

    def _test_step(self, later):
        _step, _role, path, method, _field = FLOW[STEPS.index(later)]
        rmas = self._walk(later)
        clean = rmas.pop(None)
        self.assertEqual(tuple(rmas), STEPS[: STEPS.index(later)])
        for earlier, rma in rmas.items():
            records = clean | rma
            records = records.mapped(path) if path else records
            self.assertEqual(len(records), 2)
            refused = is_conflict(earlier, later)
            self._assert_row(f"{earlier}, {later}", records, method, refused)

    def test_authorize(self):
        self._test_step("authorize")

    def test_receive(self):
        self._test_step("receive")

    def test_complete(self):
        self._test_step("complete")

    def test_submit(self):
        self._test_step("submit")

    def test_approve(self):
        self._test_step("approve")

    def test_release(self):
        self._test_step("release")

    def test_all_pairs_are_known(self):
        conflicts = {
            (earlier, later)
            for position, later in enumerate(STEPS)
            for earlier in STEPS[:position]
            if is_conflict(earlier, later)
        }
        self.assertEqual(
            conflicts,
            {
                ("request", "authorize"),
                ("complete", "approve"),
                ("submit", "approve"),
                ("complete", "release"),
            },
        )
        tested = {name.removeprefix("test_") for name in dir(self)} & set(STEPS)
        self.assertEqual(tested, set(STEPS[1:]), "every step that has an earlier one")
        self.assertEqual(len([*pairwise(STEPS)]), len(tested))


@tagged("post_install", "-at_install")
class TestDutyScenes(MatrixCase):
    """Pairs beside the way of a return; each scene is a method named after it."""

    def _both(self, make):
        """What nobody and what the person has taken an earlier step of."""
        records = make(self.users["service"]) | make(self.person)
        self.assertEqual(len(records), 2)
        return records.with_env(self.env)

    def _asked_by(self, user, source=None, **values):
        rma = self._draft(source or self.line, **values).with_user(user)
        rma.action_request()
        return rma.sudo()

    def _delegate(self, delegator, delegate):
        today = fields.Date.today()
        self.env["reverse.delegation"].with_user(delegator).create(
            {
                "delegate_id": delegate.id,
                "date_from": today,
                "date_to": fields.Date.add(today, days=2),
            }
        )

    def _deputy(self):
        deputy = self._create_user("service", login="deputy")
        self._delegate(self.person, deputy)
        return deputy

    def _lamp(self):
        return self._create_product("Lamp", categ_id=self.perpetual.id)

    # ------------------------------------------------------------------
    # Scenes
    # ------------------------------------------------------------------
    def _scene_request_take_in(self):
        return self._both(lambda u: self._asked_by(u, self._lamp()).exception_ids)

    def _scene_request_take_title(self):
        def taken_in(user):
            rma = self._asked_by(user, self._lamp())
            self._as("approver", rma.exception_ids).action_take_in()
            return self._receive(rma).sudo()

        return self._both(taken_in)

    def _scene_request_approve_gate(self):
        self._rule("authorization")
        return self._both(lambda user: self._asked_by(user).approval_ids)

    def _scene_deputy_requested(self):
        self._rule("authorization")
        deputy = self._deputy()
        records = self._asked_by(self.users["service"]) | self._asked_by(deputy)
        return records.approval_ids, deputy

    def _scene_delegator_requested(self):
        self._rule("authorization")
        deputy = self._deputy()
        return self._both(lambda user: self._asked_by(user).approval_ids), deputy

    def _scene_delegator_requested_authorize(self):
        deputy = self._deputy()
        return self._both(self._asked_by), deputy

    def _scene_approve_gate_approve_again(self):
        self._rule("authorization", approver_count=2)
        first, second = (self._asked_by(self.users["service"]) for _n in range(2))
        self._approve(self.person, second)
        return (first | second).approval_ids

    def _scene_inspect_approve_gate(self):
        self._rule("credit")

        def submitted(user):
            rma = self._asked_by(self.users["service"])
            self._as("approver", rma).action_authorize()
            self._receive(rma)
            inspector = user if user == self.person else self.users["inspector"]
            part = rma.inspection_ids.with_user(inspector)
            part.condition_id = self.conditions["E"]
            part.action_complete()
            self._as("service", rma.settlement_ids).action_submit()
            return rma.settlement_ids.approval_ids

        return self._both(submitted)

    def _scene_submit_approve_gate(self):
        self._rule("credit")

        def submitted(user):
            rma = self._asked_by(self.users["service"])
            self._as("approver", rma).action_authorize()
            self._receive(rma)
            self._inspect(rma.inspection_ids, "E")
            rma.settlement_ids.with_user(user).action_submit()
            return rma.settlement_ids.sudo().approval_ids

        return self._both(submitted)

    def _scene_count_approve_quantity(self):
        rma = self._asked_by(self.users["service"])
        self._as("approver", rma).action_authorize()
        self._receive(rma)
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.inspection_location.id),
            ]
        )
        stocker = self._create_user("receiver", login="counter")

        def counted(user):
            user = user if user == self.person else stocker
            own = quant.with_user(user).with_context(inventory_mode=True)
            own.inventory_quantity = quant.quantity + 1
            own.action_reverse_ask_count("Found")
            changes = self.env["reverse.quantity.change"]
            return changes.search([("counted_by_id", "=", user.id)]).approval_ids

        return self._both(counted)

    def _scene_ask_approve_policy(self):
        self._rule("policy_activation")
        self.person.group_ids += self.env.ref("reverse_logistics.group_administrator")

        def asked(user):
            user = user if user == self.person else self.users["administrator"]
            draft = self._get_version().copy()
            draft.with_user(user).action_activate()
            return draft.approval_ids

        return self._both(asked)

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------
    def _test_scene(self, label):
        make = getattr(self, "_scene_" + label.replace(", ", "_").replace(" ", "_"))
        records, user = (*made, None)[:2] if isinstance(made := make(), tuple) else (made, None)
        model, method = SCENES[label]
        self.assertEqual((records._name, len(records)), (model, 2))
        self.acting = user or self.person
        self.assertEqual(self._attempt("rpc", records[:1], method), DONE, "nobody's")
        self._assert_row(label, records, method, True, user)

    def test_completeness(self):
        """Whoever adds a guard or a duty adds it here."""
        found = find_guards(get_module_path("reverse_logistics"))
        self.assertEqual(found, GUARDS)
        duties = {
            duty
            for guards in GUARDS.values()
            for names, _excluded in guards
            for duty in names.split(" or ")
        }
        self.assertEqual(duties - {"by its gate"}, set(DUTIES))
        on_the_way = {
            (model, method)
            for (model, method) in GUARDS
            if method in [name for _s, _r, _p, name, _f in FLOW]
        }
        beside = {action for action in SCENES.values()}
        for key, guards in GUARDS.items():
            if any(excluded or duty == "by its gate" for duty, excluded in guards):
                entrance = (key[0], ENTRANCES.get(key, key[1]))
                refusing = key in on_the_way or entrance in beside
                # refusing an approval checks the same as giving it
                self.assertTrue(refusing or key[1] == "action_reject", key)

    def test_guards_ask_for_the_role_first(self):
        """Called by somebody without any role: nothing else is looked at before."""
        nobody = self.users["auditor"]
        for (model, name), guards in GUARDS.items():
            (duty, _excluded), *_more = guards
            if duty == "by its gate" or name.startswith("_"):
                continue
            records = self.env[model].with_user(nobody)
            with (
                self.subTest(action=f"{model}.{name}"),
                self.assertRaisesRegex(AccessError, "is for the role|not allowed"),
            ):
                getattr(records, name)(*_get_dummies(getattr(records, name)))

    def test_deciding_an_approval_asks_for_its_role(self):
        self._rule("authorization", group_id=self.technical.id)
        approval = self._asked_by(self.users["service"]).approval_ids
        for name, args in (("action_approve", ()), ("action_reject", ("No.",))):
            with self.assertRaisesRegex(AccessError, "for the role “Technical centre”"):
                getattr(approval.with_user(self.person), name)(*args)
            with self.assertRaisesRegex(AccessError, "never by the system user"):
                getattr(approval.with_user(self.env.ref("base.user_root")), name)(*args)
        self.assertEqual(approval.state, "pending")

    def test_refusing_one_s_own_is_refused_too(self):
        self._rule("authorization")
        approval = self._asked_by(self.person).approval_ids
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            approval.with_user(self.person).action_reject("No.")
        approval.with_user(self.second).action_reject("No.")
        self.assertEqual(approval.state, "rejected")


def _get_dummies(method):
    """Give something for each argument that an action cannot do without."""
    code = method.__func__.__code__
    required = code.co_argcount - 1 - len(method.__func__.__defaults__ or ())
    return [None] * required


def _add_scenes():
    for label in SCENES:
        def test(self, label=label):
            self._test_scene(label)

        name = "test_" + label.replace(", ", "_").replace(" ", "_")
        setattr(TestDutyScenes, name, test)


_add_scenes()
