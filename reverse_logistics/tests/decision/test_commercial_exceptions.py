"""Returns outside of policy that an approver allows."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import new_test_user

from ..common import ReturnsCommon

REASON = "Best customer of the region"


@tagged("post_install", "-at_install")
class TestCommercialExceptions(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(window_days=14)
        cls.seller = new_test_user(
            cls.env, login="seller", groups="sales_team.group_sale_salesman"
        )
        cls.late = cls._late()

    @classmethod
    def _late(cls, quantity=1, seller=None, rma=None, **values):
        """Ask for something back that was delivered too long ago."""
        order_line, delivery = cls._sold(user_id=(seller or cls.seller).id, **values)
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        order_line.price_unit = 100.0
        return cls._requested(delivery, quantity, rma=rma)

    def _grant(self, rma, reason=REASON):
        return self._as("approver", rma).action_authorize_exception(reason)

    # ------------------------------------------------------------------
    # A reason
    # ------------------------------------------------------------------
    def test_it_is_not_allowed_without_a_reason(self):
        rma = self.late
        self.assertEqual(rma.line_ids.decision, "exception")
        self.assertTrue(rma.needs_exception_reason)
        approver = self._as("approver", rma)
        with self.assertRaisesRegex(
            UserError, "outside policy: Delivered 40 days ago.*Say on the return why"
        ):
            approver.action_authorize()
        with self.assertRaisesRegex(UserError, "Say on the return why"):
            approver.action_authorize_exception("  ")
        self.assertEqual(rma.state, "requested")
        self.assertFalse(rma.line_ids.commercial_exception)

    def test_it_is_kept_who_allowed_it_and_why(self):
        rma = self._late(2)
        self._grant(rma)
        line = rma.line_ids
        self.assertEqual((rma.state, rma.exception_reason), ("authorized", REASON))
        self.assertTrue(line.commercial_exception)
        self.assertEqual(line.exception_granted_by_id, self.users["approver"])
        self.assertEqual(line.salesperson_id, self.seller)
        self.assertEqual(line.exception_value, 200.0)
        self.assertFalse(rma.needs_exception_reason)
        event = self._events(rma).filtered(
            lambda e: e.name == "CommercialExceptionGranted"
        )
        self.assertEqual(event.user_id, self.users["approver"])
        self.assertEqual((event.data["amount"], event.data["decider"]), (200, "person"))
        self.assertEqual(event.data["lines"][0]["decision"], "late")
        self.assertNotIn(REASON, str(event.data), "no free text")
        self.assertEqual(event.title, "Goodwill granted")

    def test_the_reason_may_come_with_the_request(self):
        rma = self.late
        self._as("service", rma).exception_reason = REASON
        self._as("approver", rma).action_authorize()
        self.assertTrue(rma.line_ids.commercial_exception)

    def test_the_reason_stays_as_it_was(self):
        rma = self.late
        self._grant(rma)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._as("service", rma).exception_reason = "Other"
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("approver", rma.line_ids).commercial_exception = False

    def test_the_reason_that_others_approve_stays(self):
        self.env["reverse.approval.rule"].create(
            {"name": "Both", "gate": "commercial_exception", "approver_count": 2}
        )
        rma = self._late()
        self._as("service", rma).exception_reason = REASON
        with self.assertRaisesRegex(UserError, "for the reason it names"):
            self._as("service", rma).exception_reason = "Other"
        self._as("approver", rma).action_authorize()
        second = self._create_user("approver", login="second")
        with self.assertRaisesRegex(UserError, "for the reason it names"):
            rma.with_user(second).action_authorize_exception("Other")
        rma.with_user(second).action_authorize_exception(REASON)
        self.assertEqual((rma.state, rma.exception_reason), ("authorized", REASON))

    def test_only_approvers_grant_and_not_their_own(self):
        rma = self.late
        with self.assertRaisesRegex(AccessError, "Approver"):
            self._as("service", rma).action_authorize_exception(REASON)
        self.assertFalse(rma.exception_reason)
        both = self._create_user("service", "approver")
        own = self._late()
        own._guarded_write({"requested_by_id": both.id})
        with self.assertRaisesRegex(UserError, "somebody else"):
            own.with_user(both).action_authorize_exception(REASON)

    def test_the_dialog_asks_for_it(self):
        rmas = self._late() | self._late()
        form = Form(
            self._as("approver", self.env["reverse.exception.wizard"]).with_context(
                active_ids=rmas.ids
            )
        )
        self.assertIn("Kettle: Delivered 40 days ago", form.why_outside)
        form.reason = REASON
        form.save().action_authorize()
        self.assertEqual(rmas.mapped("state"), ["authorized"] * 2)
        self.assertEqual(rmas.mapped("exception_reason"), [REASON] * 2)

    # ------------------------------------------------------------------
    # What is none
    # ------------------------------------------------------------------
    def test_what_policy_leaves_to_a_person_is_none(self):
        self._set_policy(authorize=False, window_days=100)
        rma = self._late()
        self.assertEqual(rma.line_ids.decision, "review")
        self._as("approver", rma).action_authorize()
        self.assertFalse(rma.line_ids.commercial_exception)
        self.assertFalse(rma.exception_reason)

    def test_goods_taken_back_for_nothing_are_none(self):
        rma = self._late(rma={"settlement_type": "none"})
        self.assertEqual(rma.line_ids.decision, "exception")
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.line_ids.commercial_exception)

    def test_only_the_lines_outside_count(self):
        _line, recent = self._sold(self._create_product("Cable"))
        rma = self._late()
        self.env["reverse.rma.line"]._guarded_create(
            [
                {
                    "rma_id": rma.id,
                    "move_id": recent.id,
                    "quantity": 1,
                    "decision": "authorize",
                }
            ]
        )
        self._grant(rma)
        self.assertEqual(
            rma.line_ids.sorted("id").mapped("commercial_exception"), [True, False]
        )

    def test_rejected_is_not_granted(self):
        rma = self.late
        self._as("approver", rma).action_reject("Too late")
        self.assertFalse(rma.line_ids.commercial_exception)

    def test_goods_that_came_unannounced_and_late(self):
        order_line, delivery = self._sold()
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        self.company.reverse_unauthorized = "adopt"
        picking = self._return_button(delivery.picking_id, 1)
        picking.move_ids.picked = True
        self._as("receiver", picking).button_validate()
        rma = picking.move_ids.reverse_rma_line_id.rma_id
        exception = self._as("approver", rma.exception_ids)
        with self.assertRaisesRegex(UserError, "Say on the return why"):
            exception.action_authorize()
        exception.action_send_back()
        self.assertEqual((rma.state, rma.settlement_type), ("authorized", "none"))
        self.assertFalse(rma.line_ids.commercial_exception)
        self.assertEqual(order_line.qty_delivered, 3)

    # ------------------------------------------------------------------
    # How often
    # ------------------------------------------------------------------
    def _counts(self, days=30):
        return (
            self.customer._count_commercial_exceptions(days)[self.customer],
            self.seller._count_commercial_exceptions(days)[self.seller],
        )

    def test_they_are_counted_for_customer_and_salesperson(self):
        self.assertEqual(self._counts(), (0, 0))
        first, second = self._late(), self._late()
        self._grant(first | second)
        self._grant(self._late(seller=self.env.user))
        self._late()
        self.assertEqual(self._counts(), (3, 2))
        contact = self.env["res.partner"].create(
            {"name": "Shop of Ada", "parent_id": self.customer.id}
        )
        counts = (contact | self.stranger)._count_commercial_exceptions(30)
        self.assertEqual(counts, {contact: 3, self.stranger: 0})
        self.assertEqual(self.customer.reverse_exception_count, 3)

    def test_old_and_withdrawn_ones_do_not_count(self):
        old, gone = self._late(), self._late()
        self._grant(old | gone)
        self.assertEqual(self._counts(), (2, 2))
        old.line_ids._guarded_write(
            {"exception_granted_at": fields.Datetime.now() - timedelta(days=31)}
        )
        self.assertEqual(self._counts(), (1, 1))
        self.assertEqual(self._counts(60), (2, 2))
        self._as("service", gone).action_cancel()
        self.assertEqual(self._counts(), (0, 0))

    def test_the_list_shows_them(self):
        granted = self.late
        self._grant(granted)
        self._late()
        action = self.customer.with_user(
            self.users["service"]
        ).action_view_reverse_exceptions()
        lines = self._as("service", self.env[action["res_model"]])
        self.assertEqual(lines.search(action["domain"]), granted.line_ids)
        views = lines.get_views(action["views"])["views"]
        self.assertIn("exception_reason", views["list"]["arch"])
        self.assertIn("salesperson_id", views["pivot"]["arch"])

    def test_the_form_asks_for_the_reason(self):
        rma = self.late
        with Form(self._as("approver", rma)) as form:
            form.exception_reason = REASON
        self.assertFalse(rma.needs_exception_reason)

    def test_erasure_takes_the_reason_along(self):
        rma = self.late
        self._grant(rma)
        erased = [
            records
            for records, names in rma._get_personal_fields()
            if "exception_reason" in names
        ]
        self.assertEqual(erased, [rma])
