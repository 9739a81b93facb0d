"""Every pair of duties through every interface: what is refused, and what goes on."""

import inspect

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ...models.base.reverse_guarded_mixin import DUTIES
from ..duty_matrix import (
    ACTORS,
    ENTRANCES,
    FLOW,
    GUARDS,
    RESOLUTIONS,
    SCENES,
    STEPS,
    find_guards,
    is_conflict,
)
from ..duty_matrix_common import DONE, MatrixCase, generated


@tagged("post_install", "-at_install")
@generated(STEPS[1:], lambda test, step: test._test_step(step))
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


@tagged("post_install", "-at_install")
@generated(SCENES, lambda test, label: test._test_scene(label))
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

    def _named_by(self, user):
        """Of goods that a colleague asked back, a part that this user says the sale of,
        and a part that nobody does.
        """
        known, unknown = self._lamp(), self._lamp()
        rma = self._draft(known)
        rma.line_ids = [Command.create({"product_id": unknown.id, "quantity": 1})]
        rma.action_request()
        _line, delivery = self._sold(known, 1)
        line = rma.line_ids.filtered(lambda line: line.product_id == known)
        line.with_user(user).move_id = delivery
        return rma.sudo()

    def _scene_name_source_take_in(self):
        return self._both(
            lambda user: self._named_by(user)._get_open_exceptions().sudo()
        )

    def _scene_name_source_authorize(self):
        return self._both(self._named_by)

    def _scene_name_source_approve_gate(self):
        self._rule("authorization")
        return self._both(lambda user: self._named_by(user).approval_ids)

    def _scene_request_take_title(self):
        def taken_in(user):
            rma = self._asked_by(user, self._lamp())
            self._as("approver", rma.exception_ids).action_take_in()
            return self._receive(rma).sudo()

        return self._both(taken_in)

    def _scene_request_approve_gate(self):
        self._rule("authorization")
        return self._both(lambda user: self._asked_by(user).approval_ids)

    def _scene_request_authorize_exception(self):
        self._set_policy(returnable=False)

        def asked(user):
            rma = self._asked_by(user)
            rma._guarded_write({"exception_reason": "A good customer"})
            return rma

        return self._both(asked)

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

    def _scene_request_confirm_address(self):
        elsewhere = self.stranger.copy({"street": "Elsewhere"})

        def redirected(user):
            wanted = {"settlement_type": "replacement"}
            rma = self._asked_by(user, rma=wanted)
            if rma.state == "requested":
                self._as("approver", rma).action_authorize()
            self._receive(rma)
            self._inspect(rma.inspection_ids, "E")
            settlement = rma.settlement_ids
            self._settle(settlement)
            picking = settlement.sudo().replacement_move_ids.picking_id
            picking.partner_id = elsewhere
            return settlement.sudo()

        return self._both(redirected)

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

    def _invoiced(self):
        line, _delivery = self._sold(quantity=1)
        self._call(line.order_id._create_invoices(), "action_post")
        return line

    def _scene_offer_note_acceptance(self):
        def offered(user):
            rma = self._asked_by(self.users["service"], self._invoiced())
            self._as("approver", rma).action_authorize()
            rma.with_user(user).action_offer_keep()
            rma.offer_ids.with_user(user).action_send()
            self._as("approver", rma.settlement_ids).action_approve()
            return rma.offer_ids

        return self._both(offered)

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------
    def _test_scene(self, label):
        make = getattr(self, "_scene_" + label.replace(", ", "_").replace(" ", "_"))
        made = make()
        records, user = made if isinstance(made, tuple) else (made, self.person)
        model, method = SCENES[label]
        self.assertEqual((records._name, len(records)), (model, 2))
        self.acting = user
        self.assertEqual(self._attempt("rpc", records[:1], method), DONE, "nobody's")
        self._assert_row(label, records, method, True, user)

    def test_completeness(self):
        """Whoever adds a guard or a duty adds it here."""
        found = find_guards(get_module_path("reverse_logistics"))
        self.assertEqual(found, GUARDS)
        for model, actors in ACTORS.items():
            self.assertEqual(self.env[model]._gate_actors, actors)
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
            if key in RESOLUTIONS:
                continue
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
    parameters = inspect.signature(method).parameters.values()
    return [None for each in parameters if each.default is each.empty]
