"""What forms offer, to whom and in which state, beside what the guards say to it.

A step is taken as the form takes it, in every state and by every role, as far as to its
new state, and undone again. What is shown may still be refused for what is missing, but
never for the state, or the role.
"""

import re
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon
from ..control_common import ROLES

#: how guards refuse a step because of the state of a record, or of who asks
REFUSED = re.compile(
    "this step is not possible from there|for the role|belongs to the role"
    "|no longer asked|cannot be resolved in this way|can no longer be changed"
    "|not allowed to|one of your roles"
)
EVERYBODY = (*ROLES, "user")
#: what whoever reads the record may take, and forms offer to whom it helps, and when
UNGUARDED = {
    "action_compare",
    "action_export",
    "action_print_authorization",
    "action_refresh",
    "action_simulate",
    "action_view_inspections",
}
#: what a guard allows and the form does not offer: by button, where and why
HIDDEN = {
    "reverse.rma": {
        "action_find_deliveries": ({"draft"}, "they are known"),
        "action_receive": (
            {"rejected", "cancelled", "expired"},
            "Goods Arrived asks how much of it is there",
        ),
        "reverse_exception_wizard_action": (
            {"requested", "came unasked"},
            "it is within policy: Authorize asks for no reason",
        ),
        "reverse_extend_wizard_action": (
            {"received", "inspected"},
            "nothing is waited for any more",
        ),
        "reverse_late_wizard_action": (
            {"authorized", "in transit", "partly received"},
            "Receive Part takes it in",
        ),
        "reverse_late_wizard_action_part": (
            {"received", "inspected", "settled", "rejected", "cancelled", "expired"},
            "Goods Arrived takes it in",
        ),
    },
    "reverse.inspection": {
        "action_correct": ({"parked"}, "Inspect Again looks at what is parked"),
    },
    "reverse.offer": {
        "action_note_accepted": ({"accepted"}, "saying it again changes nothing"),
        "action_note_refused": ({"refused"}, "saying it again changes nothing"),
    },
    "reverse.policy.version": {
        "action_new_version": ({"draft"}, "a draft is changed itself"),
    },
    "reverse.exception": {
        "action_take": ({"taken"}, "somebody looks at it"),
        "action_give_back": ({"open"}, "nobody has taken it on"),
    },
}


class _Undone(BaseException):
    """A guard let a step pass: nothing that catches errors of work is to catch this."""


@tagged("post_install", "-at_install")
class TestButtons(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everybody = {**cls.users, "user": cls._create_user("user")}
        order_line, cls.delivery = cls._sold(quantity=20)
        cls._call(order_line.order_id._create_invoices(), "action_post")

    maxDiff = None

    def setUp(self):
        super().setUp()
        mixin = self.env.registry["reverse.guarded.mixin"]
        write = mixin._guarded_write

        def reach(records, vals):
            if self.trying and "state" in vals:
                raise _Undone
            write(records, vals)

        self.trying = False
        self.patch(mixin, "_guarded_write", reach)
        self.forms = {}
        self.asked = set()
        self.hidden = {}

    # ------------------------------------------------------------------
    # What is shown, and what the guard says
    # ------------------------------------------------------------------
    def _header(self, model, user):
        views = self.env[model].with_user(user).get_views([(False, "form")])
        return etree.fromstring(views["views"]["form"]["arch"]).find("header")

    def _buttons(self, model, user):
        """The buttons of a form, and when they are hidden: ``{name: compiled}``."""
        if (model, user) not in self.forms:
            self.forms[model, user] = {
                self._name(button): compile(
                    button.get("invisible", "False"), "<view>", "eval"
                )
                for button in self._header(model, user).iter("button")
            }
        return self.forms[model, user]

    def _name(self, button):
        """The method of a button, or the external id of its action."""
        if button.get("type") == "object":
            return button.get("name")
        action = self.env["ir.actions.act_window"].browse(int(button.get("name")))
        return action.get_external_id()[action.id].partition(".")[2]

    def _shown(self, record):
        """Names of the buttons that the form of a record shows to its user."""
        buttons = self._buttons(record._name, record.env.user)
        names = {name for code in buttons.values() for name in code.co_names}
        values = record.web_read({name: {} for name in names - {"id"}})[0]
        return {
            name
            for name, code in buttons.items()
            # pylint: disable-next=eval-used
            if not eval(code, {"__builtins__": {}}, values)
        }

    def _try(self, call):
        """Take a step and undo it: give the words it is refused with, else None."""
        self.env.invalidate_all()
        self.trying = True
        try:
            with (
                self.env["reverse.event"]._rewind_on_error(),
                self.env.cr.savepoint(),
            ):
                call()
                raise _Undone
        except _Undone:
            return None
        except (AccessError, UserError) as error:
            return str(error)
        finally:
            self.trying = False
            self.env.invalidate_all()

    def _force(self, record, **values):
        """Put a record into a state, as if it had come there."""
        self.env.flush_all()
        names = ", ".join(f"{name} = %s" for name in values)
        self.env.cr.execute(
            f"UPDATE {record._table} SET {names} WHERE id = %s",  # noqa: S608
            [*values.values(), record.id],
        )
        self.env.invalidate_all()

    def _compare(self, record, steps, place):
        """Compare what each role is shown with what it may.

        :param dict steps: ``{button: (roles that have its duty, how it is taken)}``
        :param str place: where the record is
        """
        boss = self.everybody["administrator"]
        offered = self._shown(record.with_user(boss))
        self.assertLessEqual(offered, set(steps), place)
        for role, user in self.everybody.items():
            own = record.with_user(user)
            if not own.has_access("read"):
                continue
            expected = {
                name
                for name in offered
                if role == "administrator" or role in steps[name][0]
            }
            with self.subTest(place=place, role=role):
                self.assertEqual(self._shown(own), expected)
                self._ask(own, role, steps, expected, offered)
        for name in set(steps) - offered - UNGUARDED:
            call = steps[name][1]
            if self._try(lambda call=call: call(record.with_user(boss))) is None:
                self.hidden.setdefault(name, set()).add(place)

    def _ask(self, record, role, steps, shown, offered):
        """What is shown is not refused; what is hidden from a role is refused to it."""
        for name in offered - UNGUARDED:
            # a duty is the same everywhere, a state is not
            if (name, role) in self.asked and role != "administrator":
                continue
            self.asked.add((name, role))
            words = self._try(lambda name=name: steps[name][1](record))
            refused = bool(words and REFUSED.search(words))
            self.assertNotEqual(refused, name in shown, f"{name}: {words}")

    def _assert_hidden(self, model):
        """Nothing else is hidden that a guard allows, and no reason has become idle."""
        reasons = HIDDEN.get(model, {})
        listed = {name: places for name, (places, _why) in reasons.items()}
        self.assertEqual(self.hidden, listed)

    # ------------------------------------------------------------------
    # Returns
    # ------------------------------------------------------------------
    def _places(self):
        """A return in each place, by what happened to it."""
        yield "draft", self._draft(self.delivery, 1)
        self._set_policy(authorize=False)
        yield "requested", self._requested(self.delivery, 1)
        rejected = self._requested(self.delivery, 1)
        self._call(self._as("approver", rejected), "action_reject", "Worn.")
        yield "rejected", rejected
        picking = self._return_button(self.delivery.picking_id, 1, self.delivery)
        self._validate(picking.with_user(self.users["receiver"]))
        yield "came unasked", picking.reverse_rma_id
        self._set_policy(authorize=True)
        yield "authorized", self._requested(self.delivery, 1)
        sent = self._requested(self.delivery, 1)
        self._call(sent, "write", {"shipped_at": fields.Datetime.now()})
        yield "in transit", sent
        some = self._requested(self.delivery, 2)
        quantities = {some.line_ids.id: 1.0}
        self._call(self._as("receiver", some), "action_receive", quantities)
        yield "partly received", some
        yield "received", self._received(self.delivery, 1)
        done = self._inspected(self.delivery, 1, "E")
        yield "inspected", done
        yield "settled", self._inspected(self.delivery, 1, "A")
        cancelled = self._requested(self.delivery, 1)
        self._call(cancelled, "action_cancel")
        yield "cancelled", cancelled
        expired = self._requested(self.delivery, 1)
        yesterday = self.company._get_reverse_today() - timedelta(1)
        expired._guarded_write({"expires_on": yesterday})
        expired._expire()
        yield "expired", expired

    def _take_part(self, rma):
        return rma.action_receive(dict.fromkeys(rma.line_ids.ids, 1.0))

    def _correct_receipt(self, rma):
        # the dialog lists what was received and is still to be inspected
        parts = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        if not parts:
            raise UserError(self.env._("Nothing to correct."))
        return parts.action_correct_receipt(0.5)

    def _keep(self, rma):
        keep = self.env.ref("reverse_logistics.disposition_keep")
        return (
            self.env["reverse.inspection"]
            .with_user(rma.env.user)
            .create(
                {"line_id": rma.line_ids.id, "quantity": 1.0, "disposition_id": keep.id}
            )
        )

    def _credit_value(self, rma):
        settlements = self.env["reverse.settlement"].with_user(rma.env.user)
        return settlements.create({"rma_id": rma.id})

    def test_returns(self):
        service, approver = ("service",), ("approver",)
        receiver, inspector = ("receiver",), ("inspector",)
        soon = self.company._get_reverse_today() + timedelta(30)
        steps = {
            "action_find_deliveries": (service, lambda r: r.action_find_deliveries()),
            "action_request": (service, lambda r: r.action_request()),
            "action_authorize": (approver, lambda r: r.action_authorize()),
            "reverse_exception_wizard_action": (
                approver,
                lambda r: r.action_authorize_exception("A good customer."),
            ),
            "reverse_reject_wizard_action": (approver, lambda r: r.action_reject("No")),
            "action_receive": (receiver, lambda r: r.action_receive()),
            "reverse_late_wizard_action_part": (receiver, self._take_part),
            "reverse_late_wizard_action": (receiver, self._take_part),
            "reverse_receipt_wizard_action": (receiver, self._correct_receipt),
            "action_call": (service, lambda r: r.action_call()),
            "action_at_supplier": (inspector, lambda r: r.action_at_supplier()),
            "reverse_inspection_action_kept": (inspector, self._keep),
            "action_view_inspections": (
                inspector,
                lambda r: r.action_view_inspections(),
            ),
            "reverse_close_short_wizard_action": (
                service,
                lambda r: r.line_ids.action_close_short(1.0),
            ),
            "reverse_extend_wizard_action": (
                (*service, *approver),
                lambda r: r.action_extend(soon),
            ),
            "action_replace_in_advance": (
                service,
                lambda r: r.action_replace_in_advance(),
            ),
            "action_cancel": (service, lambda r: r.action_cancel()),
            "action_propose_settlement": (
                service,
                lambda r: r.action_propose_settlement(),
            ),
            "action_credit_value": (service, self._credit_value),
            "action_print_authorization": (
                (*service, *approver),
                lambda r: r.action_print_authorization(),
            ),
            "action_close": (service, lambda r: r.action_close()),
        }
        for place, rma in self._places():
            self._compare(rma, steps, place)
        self._assert_hidden("reverse.rma")

    # ------------------------------------------------------------------
    # What becomes of them
    # ------------------------------------------------------------------
    def test_inspections(self):
        inspector, approver = ("inspector",), ("approver",)
        steps = {
            "action_complete": (inspector, lambda part: part.action_complete()),
            "action_reinspect": (inspector, lambda part: part.action_reinspect()),
            "action_correct": (inspector, lambda part: part.action_correct()),
            "action_take_title": (approver, lambda part: part.action_take_title(1.0)),
        }
        part = self._received(self.delivery, 1).inspection_ids
        self._as("inspector", part).condition_id = self.conditions["A"]
        picking = self._return_button(self.delivery.picking_id, 1, self.delivery)
        self._validate(picking.with_user(self.users["receiver"]))
        unasked = picking.reverse_rma_id.inspection_ids
        self._as("inspector", unasked).condition_id = self.conditions["A"]
        self._compare(part, steps, "draft")
        self._compare(unasked, steps, "not authorized")
        parked = self._inspected(self.delivery, 1, "C").inspection_ids
        self.assertFalse(parked.disposition_id.is_final)
        self._compare(parked, steps, "parked")
        final = self._inspected(self.delivery, 1, "A").inspection_ids
        self._compare(final, steps, "final")
        for state in ("superseded", "cancelled"):
            self._force(part, state=state)
            self._compare(part, steps, state)
        self._assert_hidden("reverse.inspection")

    def test_offers(self):
        service = ("service",)
        steps = {
            "action_send": (service, lambda o: o.action_send()),
            "action_note_accepted": (service, lambda o: o.action_note_accepted()),
            "action_note_refused": (service, lambda o: o.action_note_refused()),
            "action_withdraw": (service, lambda o: o.action_withdraw()),
        }
        rma = self._requested(self.delivery, 1)
        self._call(self._as("service", rma), "action_offer_keep")
        offer = rma.offer_ids
        self._compare(offer, steps, "draft")
        self._call(self._as("service", offer), "action_send")
        self._compare(offer, steps, "submitted")
        self._call(self._as("approver", offer.settlement_id), "action_approve")
        self._compare(offer, steps, "sent")
        for state in ("accepted", "refused", "expired", "withdrawn"):
            self._force(offer, state=state)
            self._compare(offer, steps, state)
        self._assert_hidden("reverse.offer")

    def test_settlements(self):
        service, approver, releaser = ("service",), ("approver",), ("releaser",)
        steps = {
            "action_submit": (service, lambda s: s.action_submit()),
            "action_approve": (approver, lambda s: s.action_approve()),
            "action_release": (releaser, lambda s: s.action_release()),
            "action_reverse": (releaser, lambda s: s.action_reverse()),
            "action_cancel": (service, lambda s: s.action_cancel()),
            "action_deliver_again": (service, lambda s: s.action_deliver_again()),
            "action_confirm_address": (approver, lambda s: s.action_confirm_address()),
            "action_refund_instead": (service, lambda s: s.action_refund_instead()),
            "action_offer": (service, lambda s: s.action_offer()),
        }

        def send_back(owner):
            return {
                **steps,
                "action_open_send_back": (owner, lambda s: s.action_send_back("Less")),
            }

        settlement = self._inspected(self.delivery, 1, "E").settlement_ids
        self._as("service", settlement.line_ids).deduction = 10
        self._compare(settlement, send_back(()), "draft")
        self._call(self._as("service", settlement), "action_submit")
        self._compare(settlement, send_back(approver), "submitted")
        self._call(self._as("approver", settlement), "action_approve")
        self.asked = {pair for pair in self.asked if "send_back" not in pair[0]}
        self._compare(settlement, send_back(releaser), "approved")
        self._call(self._as("releaser", settlement), "action_release")
        self._compare(settlement, send_back(()), "released")
        for state in ("reversed", "cancelled"):
            self._force(settlement, state=state)
            self._compare(settlement, send_back(()), state)
        replaced = {"settlement_type": "replacement"}
        settlement = self._inspected(self.delivery, 1, "E", rma=replaced).settlement_ids
        self._compare(settlement, send_back(()), "replacement")
        self._force(settlement, state="released")
        self._compare(settlement, send_back(()), "replacement released")
        self._assert_hidden("reverse.settlement")

    # ------------------------------------------------------------------
    # Who decides
    # ------------------------------------------------------------------
    def test_approvals(self):
        steps = {
            "action_decide_next": (("approver",), lambda a: a.action_decide_next()),
            "action_open_refusal": (("approver",), lambda a: a.action_reject("No")),
        }
        self._set_policy(authorize=False)
        approval = self._requested(self.delivery, 1).approval_ids
        for state in ("pending", "approved", "rejected", "cancelled"):
            self._force(approval, state=state)
            self._compare(approval, steps, state)
        self._assert_hidden("reverse.approval")

    def test_versions(self):
        steps = {
            "action_activate": ((), lambda v: v.action_activate()),
            "action_new_version": ((), lambda v: v.action_new_version()),
            "action_archive_version": ((), lambda v: v.action_archive_version()),
            "action_simulate": ((), lambda v: v.action_simulate()),
            "action_compare": (EVERYBODY, lambda v: v.action_compare()),
            "action_export": (("auditor",), lambda v: v.action_export()),
        }
        version = self._set_policy(authorize=True)
        self._compare(version, steps, "active")
        draft = version.copy()
        self._compare(draft, steps, "draft")
        self._call(self._as("administrator", version), "action_archive_version")
        self._compare(version, steps, "archived")
        self._assert_hidden("reverse.policy.version")

    def test_exceptions(self):
        service, approver = ("service",), ("approver",)
        steps = {
            "action_take": (service, lambda e: e.action_take()),
            "action_give_back": (service, lambda e: e.action_give_back()),
            "action_drop": (service, lambda e: e.action_drop()),
            "action_enter_sale": (service, lambda e: e.action_enter_sale()),
            "action_take_in": (approver, lambda e: e.action_take_in()),
        }
        exception = self._requested(self.serial_product, 1).exception_ids
        self._compare(exception, steps, "open")
        self._call(self._as("service", exception), "action_take")
        self._compare(exception, steps, "taken")
        self._call(self._as("service", exception), "action_drop")
        self._compare(exception, steps, "resolved")
        self._assert_hidden("reverse.exception")

    def test_simulations(self):
        steps = {
            "action_start": ((), lambda s: s.action_start()),
            "action_resume": ((), lambda s: s.action_resume()),
            "action_cancel": ((), lambda s: s.action_cancel()),
            "action_refresh": (EVERYBODY, lambda s: s.action_refresh()),
        }
        version = self._get_version()
        simulation = self._as("administrator", self.env["reverse.simulation"]).create(
            {"version_id": version.copy().id}
        )
        self._requested(self.delivery, 1)
        labels = dict(simulation._fields["state"]._description_selection(self.env))
        for state in labels:
            self._force(simulation, state=state)
            self._compare(simulation, steps, state)
        self._assert_hidden("reverse.simulation")

    # ------------------------------------------------------------------
    # One truth
    # ------------------------------------------------------------------
    def test_no_button_of_a_form_looks_at_the_state_itself(self):
        guarded = [
            name
            for name, model in self.env.registry.items()
            if getattr(model, "_steps", None) and not model._abstract
        ]
        self.assertGreater(len(guarded), 6)
        for model in guarded:
            for name, code in self._buttons(model, self.env.user).items():
                looks = {"state", "stage"} & set(code.co_names)
                self.assertFalse(looks, f"{name} of {model}")
