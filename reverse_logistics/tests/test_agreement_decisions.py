"""What agreements change in the decision of a return."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestAgreementDecisions(AgreementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement = cls._agree()
        cls._set_policy(
            [
                {"name": "Everything"},
                {
                    "name": "Rotation",
                    "agreement_ids": cls.agreement.ids,
                    "unlimited": True,
                },
            ]
        )
        cls.line = cls._sell(20)

    def _left(self):
        return self.agreement._get_left()[self.agreement]

    # ------------------------------------------------------------------
    # Quota
    # ------------------------------------------------------------------
    def test_rule_of_the_agreement_applies_and_consumes(self):
        line = self._requested(self.line, 2).line_ids
        self.assertEqual(line.policy_rule_id.name, "Rotation")
        self.assertEqual(line.agreement_id, self.agreement)
        self.assertEqual(line.agreement_value, 200.0)
        self.assertEqual(line.decision, "authorize")
        self.assertEqual(self._left(), 300.0)

    def test_other_customers_are_not_concerned(self):
        self.agreement.partner_ids = self.stranger
        line = self._requested(self.line, 2).line_ids
        self.assertEqual(line.policy_rule_id.name, "Everything")
        self.assertFalse(line.agreement_id)
        self.assertEqual(self._left(), 500.0)

    def test_beyond_the_quota_an_approver_decides(self):
        self._requested(self.line, 4)
        rma = self._requested(self.line, 2)
        line = rma.line_ids
        self.assertEqual((line.decision, line.decision_code), ("exception", "quota"))
        self.assertIn("$ 100.00 are left", line.explanation.replace("\xa0", " "))
        self.assertEqual(rma.state, "requested")
        self.assertEqual(self._left(), -100.0, "it waits, and claims")
        self._as("approver", rma).action_reject("No more this year")
        self.assertEqual(self._left(), 100.0)

    def test_lines_of_one_return_share_the_quota(self):
        rma = self._draft(self.line, 4)
        rma.line_ids.copy({"rma_id": rma.id})
        rma.action_request()
        self.assertEqual(
            rma.line_ids.sorted("id").mapped("decision"), ["authorize", "exception"]
        )

    def test_what_comes_back_by_right_takes_nothing(self):
        rma = self._draft(self.line, 2)
        rma._guarded_write({"parcel_back": True})
        rma.action_request()
        self.assertEqual(rma.line_ids.decision_code, "carrier")
        self.assertFalse(rma.line_ids.agreement_id)
        self.assertEqual(self._left(), 500.0)

    def test_a_plain_agreement_has_no_quota(self):
        self.agreement.kind = "contract"
        line = self._requested(self.line, 9).line_ids
        self.assertEqual(line.decision, "authorize")
        self.assertEqual(line.agreement_id, self.agreement)

    def test_looking_first_claims_nothing(self):
        rma = self._draft(self.line, 4)
        rma.action_find_deliveries()
        self.assertEqual(rma.line_ids.agreement_id, self.agreement)
        self.assertEqual(self._left(), 500.0)

    def test_deciding_touches_the_agreement(self):
        def guard():
            self.agreement.invalidate_recordset(["reverse_guard"])
            return self.agreement.reverse_guard

        before = guard()
        self._requested(self.line)
        self.assertGreater(guard(), before)

    # ------------------------------------------------------------------
    # Only against a new order
    # ------------------------------------------------------------------
    def _ordered(self, quantity=2, price=100.0, days=0, **values):
        order = self._new_order(
            (self.product, quantity, {"price_unit": price}), **values
        )
        order.date_order = fields.Datetime.now() - timedelta(days=days)
        return order

    def _decided(self, order, quantity=2):
        rma = self._draft(self.line, quantity)
        rma.agreement_order_id = order
        rma.action_request()
        return rma.line_ids

    def test_new_order_is_wanted(self):
        self.agreement.needs_order = True
        rma = self._requested(self.line, 2)
        line = rma.line_ids
        self.assertTrue(rma.wants_agreement_order)
        self.assertEqual((line.decision, line.decision_code), ("exception", "order"))
        self.assertIn("new order", line.explanation)
        self._as("service", rma).agreement_order_id = self._ordered()
        self.assertEqual(line.decision, "authorize")
        self.assertEqual(rma.state, "requested", "a person goes on")
        self.assertIn("New order named", self._events(rma).mapped("title"))
        self._as("approver", rma).action_authorize()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._as("service", rma).agreement_order_id = False

    def test_cancelling_the_new_order_is_reported(self):
        self.agreement.needs_order = True
        order = self._ordered()
        rma = self._decided(order).rma_id
        self.assertEqual(rma.state, "authorized")
        unrelated = self._requested(self._sell(2), 1)
        (order | unrelated.line_ids.sale_line_id.order_id)._action_cancel()
        self.assertEqual(rma.activity_ids.summary, "New order cancelled")
        self.assertIn(order.name, rma.activity_ids.note)
        self.assertNotIn(
            "New order cancelled", unrelated.mapped("activity_ids.summary")
        )

    def test_form_asks_for_the_new_order(self):
        self.agreement.needs_order = True
        form = Form(self._as("service", self.env["reverse.rma"]))
        form.partner_id = self.customer
        with form.line_ids.new() as line:
            line.product_id = self.product
        self.assertTrue(form.wants_agreement_order)
        form.agreement_order_id = self._ordered()
        self.assertTrue(form.save().agreement_order_id)

    def test_new_order_suffices(self):
        self.agreement.needs_order = True
        self.assertEqual(self._decided(self._ordered()).decision, "authorize")

    def test_new_order_that_does_not_suffice(self):
        self.agreement.needs_order = True
        cheap = self._ordered(price=99.99)
        old = self._ordered(days=2)
        quotation = self._ordered()
        quotation.action_cancel()
        for order in (cheap, old, quotation):
            line = self._decided(order)
            self.assertEqual(line.decision_code, "order")
            self._as("service", line.rma_id).action_cancel()
        self.agreement.order_days = 2
        self.assertEqual(self._decided(self._ordered(days=2)).decision, "authorize")

    def test_an_order_counts_once(self):
        self.agreement.needs_order = True
        order = self._ordered()
        first = self._decided(order, 1)
        with self.assertRaisesRegex(
            UserError, f"already stands for the return {first.rma_id.name}"
        ):
            self._decided(order, 1)
        self._as("service", first.rma_id).action_cancel()
        self.assertEqual(self._decided(order, 1).decision, "authorize")

    def test_order_of_another_customer_is_refused(self):
        order = self._ordered(partner_id=self.stranger.id)
        with self.assertRaisesRegex(ValidationError, "belongs to another customer"):
            self._decided(order)

    def test_who_names_the_new_order_does_not_authorize(self):
        self.agreement.needs_order = True
        both = self._create_user("service", "approver", login="both")
        rma = self._requested(self.line, 2).with_user(both)
        rma.agreement_order_id = self._ordered()
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            rma.action_authorize()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_only_service_names_the_order_of_a_request(self):
        self.agreement.needs_order = True
        rma = self._requested(self.line, 2)
        with self.assertRaisesRegex(Exception, "Customer service"):
            self._as("approver", rma).agreement_order_id = self._ordered()
        self.assertFalse(rma.agreement_order_id)


@tagged("post_install", "-at_install")
class TestProductLimits(AgreementCase):
    """What product and order line say decides, too."""

    def _code(self, line, quantity=1):
        return self._requested(line, quantity).line_ids.decision_code

    def test_not_returnable(self):
        trait = self.env.ref("reverse_logistics.trait_non_returnable")
        line = self._sell(4)
        self.assertEqual(self._code(line), "in_window")
        line.reverse_trait_ids = trait
        self.assertEqual(self._code(line), "final_sale")
        line.reverse_trait_ids = False
        self.product.reverse_trait_ids = trait
        self.assertEqual(self._code(line), "final_sale")

    def test_minimum_pack_and_value(self):
        self.product.reverse_min_pack = 2
        line = self._sell(9)
        self.assertEqual(self._code(line, 3), "pack")
        self.assertEqual(self._code(line, 2), "in_window")
        self.product.reverse_min_value = 200.01
        self.assertEqual(self._code(line, 2), "min_value")
        self.product.reverse_min_value = 200
        self.assertEqual(self._code(line, 2), "in_window")
