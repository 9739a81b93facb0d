"""Trying a step through every interface, and undoing it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .approval_common import ApprovalCase
from .duty_matrix import INTERFACES

OWN_STEP = "took an earlier step of|approved in your name already"
DONE = "done"
#: what an interface answers that takes no step at all, whoever asks
NEVER = {
    "import": "cannot be set directly|not allowed|can no longer be changed",
    "cron": "never by the system user or a scheduled action",
}


def generated(names, run):
    """Give a decorator that adds a test for each name: ``run(test, name)``."""

    def decorate(cls):
        for name in names:

            def test(self, name=name):
                run(self, name)

            label = name.replace(", ", "_").replace(" ", "_")
            setattr(cls, f"test_{label}", test)
        return cls

    return decorate


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
                moved = [
                    a != b for a, b in zip(before, self._mark(records), strict=True)
                ]
                raise _RollBack(moved)
        except _RollBack as undone:
            (moved,) = undone.args
            wanted = [interface == "bulk"] * (len(records) - 1) + [True]
            answer = DONE if moved == wanted else f"moved: {moved}"
        except (UserError, AccessError) as error:
            answer = str(error)
        self.env.invalidate_all()
        self.assertEqual(self._mark(records), before)
        return answer

    def _mark(self, records):
        """What any step changes of a record."""
        names = ("state", "stage", "title_by_id", "given", "approval_state")
        names += ("new_address",)
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
