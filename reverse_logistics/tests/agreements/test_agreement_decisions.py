"""What agreements change in the decision of a return."""

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..agreement_common import AgreementCase


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
        cls.product.reverse_warranty_months = 24
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

    def test_late_goods_take_no_more_than_others_left(self):
        """Asked for within the quota, expired, and sent once others had used it up."""
        # what still is within the quota is credited as promised
        promised = self._expired(1)
        self._as("receiver", promised).action_receive()
        self._inspect(promised.inspection_ids)
        self.assertEqual(promised.settlement_ids.state, "released")
        late = self._expired(3)
        other = self._requested(self.line, 4)
        self.assertEqual((other.state, self._left()), ("authorized", 0.0))
        self._as("receiver", late).action_receive()
        self.assertEqual((late.line_ids.qty_received, self._left()), (3, -300.0))
        self._inspect(late.inspection_ids)
        self.assertEqual(late.settlement_ids.state, "draft")
        self.assertIn("used up the quota", str(late.message_ids.mapped("body")))

    def _expired(self, quantity):
        """Ask for goods, and let the authorization end yesterday."""
        rma = self._requested(self.line, quantity)
        yesterday = self.company._get_reverse_today() - timedelta(1)
        rma._guarded_write({"expires_on": yesterday})
        rma._work("_expire")
        self.assertEqual(rma.state, "expired")
        return rma

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

    def _broken_and_sound(self, broken, sound):
        """Ask for defective goods first, and for others; give the lines."""
        defective = self.env.ref("reverse_logistics.reason_defective")
        rma = self._draft(self.line, broken, reason_id=defective.id)
        rma.line_ids.copy({"rma_id": rma.id, "quantity": sound, "reason_id": False})
        rma.action_request()
        return rma.line_ids.sorted("id")

    def test_a_warranty_takes_nothing_and_leaves_all_to_others(self):
        self.product.reverse_min_pack = 5
        first, second = self._broken_and_sound(6, 5)
        self.assertEqual(first.decision_code, "warranty", "more than is left")
        self.assertFalse(first.agreement_id)
        self.assertEqual(second.decision_code, "in_window")
        self.assertEqual(self._left(), 0.0)

    def test_a_warranty_asks_for_no_new_order(self):
        self.agreement.write({"kind": "contract", "needs_order": True})
        lines = self._broken_and_sound(4, 2)
        self.assertEqual(lines.mapped("decision_code"), ["warranty", "order"])
        service = self._as("service", lines.rma_id)
        service.agreement_order_id = self._ordered(2)
        self.assertEqual(lines.mapped("decision_code"), ["warranty", "in_window"])

    def test_a_right_that_a_person_decides_about_takes_nothing(self):
        rotation = self._get_version().rule_ids.filtered("agreement_ids")
        self._set_policy(
            [
                {"name": "Everything"},
                {
                    "name": rotation.name,
                    "agreement_ids": self.agreement.ids,
                    "authorize": False,
                },
            ]
        )
        first, second = self._broken_and_sound(6, 5)
        self.assertEqual((first.decision_code, second.decision_code), ("manual",) * 2)
        self.assertEqual((first | second).agreement_id, second.agreement_id)
        self.assertEqual(self._left(), 0.0)

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
        # Another second would be another deadline, of another delivery.
        order.date_order -= timedelta(days=days)
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
        # nor does policy pay what it would not have accepted
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.settlement_ids.mapped("state"), ["draft"])
        self.assertFalse(rma.credit_note_ids)

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

    def test_the_order_that_comes_back_is_no_new_one(self):
        self.agreement.write({"needs_order": True, "order_days": 9})
        own = self.line.order_id
        with self.assertRaisesRegex(ValidationError, f"Goods of {own.name} itself"):
            self._draft(self.line, 2, rma={"agreement_order_id": own.id})
        # what is found only when it is requested
        rma = self._draft(self.product, 2, rma={"agreement_order_id": own.id})
        rma.action_request()
        self.assertEqual(rma.line_ids.sale_line_id, self.line)
        self.assertEqual(rma.line_ids.decision_code, "order")

    def test_a_new_order_that_shrinks_is_reported_once(self):
        self.agreement.needs_order = True
        order = self._ordered(3)
        rma = self._decided(order, 2).rma_id
        self.assertEqual(rma.state, "authorized")
        order.order_line.product_uom_qty = 2
        self.assertFalse(rma.activity_ids)
        order.order_line.product_uom_qty = 1
        order.order_line.product_uom_qty = 0
        self.assertEqual(rma.activity_ids.mapped("summary"), ["New order worth less"])
        self.assertIn(order.name, rma.activity_ids.note)

    def test_a_discount_makes_a_new_order_worth_less(self):
        self.agreement.needs_order = True
        order = self._ordered(2)
        rma = self._decided(order, 2).rma_id
        self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.product.id,
                "price_unit": -1.0,
                "tax_ids": False,
            }
        )
        self.assertEqual(rma.activity_ids.mapped("summary"), ["New order worth less"])

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

    # ------------------------------------------------------------------
    # Of the product, over how many lines it is split
    # ------------------------------------------------------------------
    def _split(self):
        """Ask for what left with two deliveries of six; give the two lines."""
        for _number in range(2):
            self._sell(6)
        lines = self._requested(self.product, 12).line_ids
        self.assertEqual(lines.mapped("quantity"), [6.0, 6.0])
        return lines

    def assertCodes(self, lines, code):
        self.assertEqual(lines.mapped("decision_code"), [code] * len(lines))

    def test_pack_and_value_of_what_is_split_over_deliveries(self):
        self.product.write({"reverse_min_pack": 12, "reverse_min_value": 1200})
        self.assertCodes(self._split(), "in_window")
        self.product.reverse_min_value = 1200.01
        lines = self._split()
        self.assertCodes(lines, "min_value")
        self.assertIn("This is worth $ 1,200.00", _plain(lines[0].explanation))
        self.product.reverse_min_pack = 24
        self.product.reverse_min_value = 0
        self.assertCodes(self._split(), "pack")

    def test_largest_quantity_and_value_of_what_is_split_over_deliveries(self):
        self._set_policy(max_quantity=12, max_value=1200)
        self.assertCodes(self._split(), "in_window")
        self._set_policy(max_quantity=11)
        self.assertCodes(self._split(), "max_quantity")
        self._set_policy(max_quantity=0, max_value=1199)
        self.assertCodes(self._split(), "max_value")

    def test_serial_numbers_make_a_pack_together(self):
        self.serial_product.reverse_min_pack = 2
        lots = self._create_lots(self.serial_product, "S1", "S2", "S3")
        line = self._sell(3, product=self.serial_product, lots=dict.fromkeys(lots, 1))
        rma = self._draft(line, lot_id=lots[0].id)
        rma.line_ids.copy({"rma_id": rma.id, "lot_id": lots[1].id})
        rma.action_request()
        self.assertCodes(rma.line_ids, "in_window")
        self.assertCodes(self._requested(line, lot_id=lots[2].id).line_ids, "pack")

    def test_what_never_arrived_is_no_part_of_a_pack(self):
        self.product.reverse_min_pack = 2
        line = self._sell(4)
        rma = self._draft(line, 2)
        rma.line_ids.copy({"rma_id": rma.id, "quantity": 1, "claim": "not_delivered"})
        rma.action_request()
        self.assertEqual(
            rma.line_ids.sorted("id").mapped("decision_code"), ["in_window", "claim"]
        )


def _plain(sentence):
    return sentence.replace("\xa0", " ")
