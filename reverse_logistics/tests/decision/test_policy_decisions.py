"""What policy says of a line: which rule, which outcome, in which sentence."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestPolicyDecisions(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.electronics = cls.env["product.category"].create({"name": "Electronics"})
        cls.phones = cls.env["product.category"].create(
            {"name": "Phones", "parent_id": cls.electronics.id}
        )
        cls.phone = cls._create_product("Phone", categ_id=cls.phones.id)
        cls.cable = cls._create_product("Cable")

    def _decided(self, product, age=0, quantity=1, rma=None, **values):
        """Ask for goods that were delivered some days ago; give the line."""
        _line, delivery = self._sold(product, quantity)
        delivery.date = fields.Datetime.now() - timedelta(days=age)
        return self._requested(delivery, quantity, rma=rma, **values).line_ids

    def assertDecided(self, line, decision, code, sentence=None):
        self.assertEqual((line.decision, line.decision_code), (decision, code))
        if sentence:
            self.assertRegex(line.explanation, sentence)

    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------
    def test_the_most_specific_rule_decides_and_is_kept(self):
        version = self._set_policy(
            rules=[
                {"name": "Everything", "window_days": 30},
                {
                    "name": "Electronics",
                    "window_days": 14,
                    "category_ids": [Command.set(self.electronics.ids)],
                },
            ]
        )
        line = self._decided(self.phone, 20)
        self.assertDecided(
            line,
            "exception",
            "late",
            "^Delivered 20 days ago; this product can be returned for 14 days.$",
        )
        self.assertEqual(line.policy_rule_id.name, "Electronics")
        self.assertEqual(line.policy_version_id, version)
        self.assertEqual(line.rma_id.state, "requested")
        other = self._decided(self.cable, 20)
        self.assertDecided(other, "authorize", "in_window", "within the 30 days")
        self.assertEqual(other.policy_rule_id.name, "Everything")
        self.assertEqual(other.rma_id.state, "authorized")

    def test_what_no_rule_covers_goes_to_a_person(self):
        self._set_policy(
            rules=[
                {
                    "name": "Electronics",
                    "category_ids": [Command.set(self.electronics.ids)],
                }
            ]
        )
        line = self._decided(self.cable)
        self.assertDecided(line, "review", "no_rule", "a person decides")
        self.assertFalse(line.policy_rule_id)
        self._as("approver", line.rma_id).action_authorize()
        self.assertEqual(line.rma_id.state, "authorized")

    def test_without_a_version_in_force_a_person_decides(self):
        version = self._get_version()
        version.with_user(self.users["administrator"]).action_archive_version()
        line = self._decided(self.cable)
        self.assertDecided(line, "review", "no_rule")
        self.assertFalse(line.policy_version_id)

    def test_final_sale(self):
        self._set_policy(returnable=False)
        line = self._decided(self.cable)
        self.assertDecided(line, "exception", "final_sale", "was a final sale")

    def test_window_from_invoice_and_order(self):
        self._set_policy(window_from="invoice", window_days=10)
        line = self._decided(self.cable, 20)
        self.assertDecided(line, "exception", "no_invoice", "there is none yet")
        order_line, delivery = self._sold(self.cable, 1)
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        invoice = order_line.order_id._create_invoices()
        invoice.invoice_date = fields.Date.today() - timedelta(days=10)
        invoice.action_post()
        self.assertDecided(
            self._requested(delivery).line_ids,
            "authorize",
            "in_window",
            "^Invoiced 10 days ago, within the 10 days for returns.$",
        )
        self._set_policy(window_from="order", window_days=5)
        order_line, delivery = self._sold(self.cable, 1)
        order_line.order_id.date_order = fields.Datetime.now() - timedelta(days=6)
        self.assertDecided(
            self._requested(delivery).line_ids,
            "exception",
            "late",
            "^Ordered 6 days ago; this product can be returned for 5 days.$",
        )

    def _delivered_twice(self):
        """Two deliveries of five, invoiced 40 days and 3 days ago; give them."""
        order = self._new_order((self.cable, 10))
        moves = self.env["stock.move"]
        for age in (40, 3):
            moves |= self._deliver(order, 5)
            moves[-1].date = fields.Datetime.now() - timedelta(days=age)
            day = fields.Date.today() - timedelta(days=age)
            self._invoice(order, date=day)
        return moves

    def test_the_window_counts_from_the_invoice_of_the_delivery(self):
        self._set_policy(window_from="invoice", window_days=10)
        first, second = self._delivered_twice()
        self.assertDecided(
            self._requested(first).line_ids, "exception", "late", "^Invoiced 40 days"
        )
        self.assertDecided(
            self._requested(second).line_ids,
            "authorize",
            "in_window",
            "^Invoiced 3 days",
        )

    def test_a_delivery_without_an_invoice_has_not_that_of_another(self):
        self._set_policy(window_from="invoice", window_days=10)
        order = self._new_order((self.cable, 10))
        self._deliver(order, 5)
        self._invoice(order)
        line = self._requested(self._deliver(order, 5)).line_ids
        self.assertDecided(line, "exception", "no_invoice")

    def test_an_invoice_that_was_credited_and_issued_again_does_not_count(self):
        self._set_policy(window_from="invoice", window_days=10)
        order_line, delivery = self._sold(self.cable, 2)
        old = fields.Date.today() - timedelta(days=40)
        wrong = self._invoice(order_line.order_id, date=old)
        wrong._reverse_moves([{"invoice_date": old}], cancel=True)
        self._invoice(order_line.order_id)
        line = self._requested(delivery).line_ids
        self.assertDecided(line, "authorize", "in_window", "^Invoiced today")

    def test_no_time_limit(self):
        self._set_policy(unlimited=True, window_days=1)
        line = self._decided(self.cable, 4000)
        self.assertDecided(line, "authorize", "in_window", "at any time")

    def test_a_person_is_asked_where_the_rule_says_so(self):
        self._set_policy(authorize=False)
        line = self._decided(self.cable, 3)
        self.assertDecided(line, "review", "manual", "^Delivered 3 days ago; returns")

    def test_limits_of_a_line(self):
        self._set_policy(max_quantity=2, max_value=150)
        line = self._decided(self.cable, quantity=3)
        self.assertDecided(line, "exception", "max_quantity", "At most 2 units")
        line = self._decided(self.cable, quantity=2)
        self.assertDecided(line, "exception", "max_value", "at most .*150.00")
        line = self._decided(self.cable, quantity=1)
        self.assertDecided(line, "authorize", "in_window")

    def test_a_settlement_that_is_not_offered(self):
        self._set_policy(offer_refund=False)
        line = self._decided(self.cable)
        self.assertDecided(
            line, "exception", "settlement", "^For this product we offer: replacement"
        )
        line = self._decided(self.cable, rma={"settlement_type": "replacement"})
        self.assertDecided(line, "authorize", "in_window")

    # ------------------------------------------------------------------
    # The same answer everywhere
    # ------------------------------------------------------------------
    def test_what_is_missing_is_refused_and_the_draft_stays(self):
        self._set_policy(proof_serial=True)
        lot = self._create_lots(self.serial_product, "S1")
        order = self._order(self.serial_product, 1)
        delivery = self._deliver(order, lots={lot: 1})
        rma = self._draft(delivery)
        with self.assertRaisesRegex(
            UserError, "Scanner: We need this .*: lot/serial number. Please add it"
        ):
            rma.action_request()
        self.assertEqual((rma.state, rma.line_ids.decision), ("draft", False))
        rma.line_ids.lot_id = lot
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_one_answer_from_every_channel(self):
        """Form, call from outside, import, order and pasted list are decided alike."""
        self._set_policy(window_days=14)
        expected = ("exception", "late")
        _line, delivery = self._sold(self.cable, 9)
        delivery.date = fields.Datetime.now() - timedelta(days=20)
        service = self.users["service"]
        returns = self.env["reverse.rma"].with_user(service)
        values = {
            "partner_id": self.customer.id,
            "line_ids": [(0, 0, {"move_id": delivery.id, "quantity": 1})],
        }
        called = self._rpc(service, "reverse.rma", "create", values)
        form = Form(returns)
        form.partner_id = self.customer
        with form.line_ids.new() as line:
            line.product_id = self.cable
            line.quantity = 1
        imported = returns.load(
            ["partner_id/.id", "line_ids/product_id/.id", "line_ids/quantity"],
            [[str(self.customer.id), str(self.cable.id), "1"]],
        )
        ordered = self._as("service", _line.order_id)._create_rmas({_line: 1})
        drafts = (
            returns.browse(called)
            | form.save()
            | returns.browse(imported["ids"])
            | ordered
        )
        drafts.filtered(lambda rma: rma.state == "draft").action_request()
        self.assertEqual(len(drafts), 4)
        self.assertEqual(
            {(line.decision, line.decision_code) for line in drafts.line_ids},
            {expected},
        )
        self.assertEqual(len(set(drafts.line_ids.mapped("explanation"))), 1)

    def test_the_preview_says_what_the_request_will_say(self):
        self._set_policy(window_days=14)
        _line, delivery = self._sold(self.cable, 1)
        delivery.date = fields.Datetime.now() - timedelta(days=15)
        rma = self._draft(self.cable)
        rma.action_find_deliveries()
        seen = (rma.line_ids.decision_code, rma.line_ids.explanation)
        rma.action_request()
        self.assertEqual(seen, (rma.line_ids.decision_code, rma.line_ids.explanation))
        self.assertEqual(rma.line_ids.decision_code, "late")

    def test_days_are_the_companys(self):
        """A delivery just before midnight there is of the day before."""
        self.company.reverse_tz = "Pacific/Auckland"
        self._set_policy(window_days=0)
        _line, delivery = self._sold(self.cable, 2)
        there = self.env["reverse.rma"].with_context(tz="Pacific/Auckland")
        now = fields.Datetime.now()
        local = fields.Datetime.context_timestamp(there, now)
        midnight = now - timedelta(
            hours=local.hour, minutes=local.minute, seconds=local.second
        )
        delivery.date = midnight + timedelta(minutes=1)
        self.assertDecided(self._requested(delivery).line_ids, "authorize", "in_window")
        delivery.date = midnight - timedelta(minutes=1)
        self.assertDecided(self._requested(delivery).line_ids, "exception", "late")
