"""When a warranty begins, how long it lasts, and what remains of goods with a date."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ReturnsCommon
from ..replacement_common import ReplacementCommon


@tagged("post_install", "-at_install")
class TestWarranty(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.defective = cls.env.ref("reverse_logistics.reason_defective")
        cls._set_policy(window_days=14)
        cls.today = cls.company._get_reverse_today()

    def _broken(self, source, age=0, **values):
        """Ask for broken goods back that were delivered some days ago."""
        if age:
            source.date = fields.Datetime.now() - timedelta(days=age)
        values = {"reason_id": self.defective.id, **values}
        return self._requested(source, **values).line_ids

    def _ago(self, days):
        return self.today - timedelta(days=days)

    def test_the_product_promises(self):
        self.product.reverse_warranty_months = 24
        line = self._broken(self._sold()[1], 400)
        self.assertEqual((line.decision, line.decision_code), ("authorize", "warranty"))
        self.assertEqual(line.warranty_until, self._ago(400) + relativedelta(months=24))
        self.assertRegex(line.explanation, "^The warranty covers this until ")

    def test_no_defect_is_found(self):
        """Who asks says that there is one, so policy pays for none that was found."""
        self.product.reverse_warranty_months = 24
        self.dispositions["QUARANTINE"].credit = "policy"
        order_line, delivery = self._sold(quantity=3)
        self._invoice(order_line.order_id)
        for liability, disposition, state in (
            ("supplier", "QUARANTINE", "released"),
            ("customer", "QUARANTINE", "draft"),
            ("supplier", "RESTOCK", "draft"),
        ):
            with self.subTest(liability=liability, disposition=disposition):
                rma = self._broken(delivery, 400).rma_id
                self._receive(rma)
                parts = self._as("inspector", rma.inspection_ids)
                self._call(parts, "write", {"liability": liability})
                self._inspect(parts, "C", disposition)
                self.assertEqual(rma.settlement_ids.state, state)
        told = "".join(rma.message_ids.mapped("body"))
        self.assertIn("for a defect, and none was found", told)

    def test_the_rule_says_otherwise(self):
        self.product.reverse_warranty_months = 24
        self._set_policy(warranty_months=6)
        line = self._broken(self._sold()[1], 400)
        self.assertEqual((line.decision, line.decision_code), ("exception", "late"))
        self.assertEqual(line.warranty_until, self._ago(400) + relativedelta(months=6))

    def test_the_warranty_is_told_also_where_something_else_decides(self):
        self.product.reverse_warranty_months = 24
        line = self._requested(self._sold()[1]).line_ids
        self.assertEqual(line.decision_code, "in_window")
        self.assertEqual(line.warranty_until, self.today + relativedelta(months=24))
        form = self.env.ref("reverse_logistics.reverse_rma_line_view_form")
        arch = line.get_view(form.id, "form")["arch"]
        self.assertIn('name="warranty_until"', arch)

    def test_nothing_promised_nothing_told(self):
        line = self._broken(self._sold()[1])
        self.assertFalse(line.warranty_until)

    def test_it_begins_with_the_invoice_where_the_rule_says_so(self):
        self._set_policy(warranty_months=12, warranty_from="invoice")
        order_line, delivery = self._sold()
        delivery.date = fields.Datetime.now() - timedelta(days=500)
        self.assertFalse(self._broken(delivery).warranty_until)
        self._invoice(order_line.order_id, date=self._ago(100))
        line = self._broken(delivery)
        self.assertEqual(line.decision_code, "warranty")
        self.assertEqual(line.warranty_until, self._ago(100) + relativedelta(months=12))

    def test_it_begins_with_the_invoice_of_the_delivery(self):
        self._set_policy(warranty_months=12, warranty_from="invoice")
        order = self._new_order((self.product, 4))
        for age, code in ((400, "late"), (300, "warranty")):
            delivery = self._deliver(order, 2)
            delivery.date = fields.Datetime.now() - timedelta(days=age)
            self._invoice(order, date=self._ago(age))
            self.assertEqual(self._broken(delivery).decision_code, code)

    # ------------------------------------------------------------------
    # Lots and serial numbers
    # ------------------------------------------------------------------
    def _deliver_lot(self, name, age):
        lot = self._create_lots(self.serial_product, name)
        order = self._order(self.serial_product, 1)
        delivery = self._deliver(order, lots={lot: 1})
        delivery.date = fields.Datetime.now() - timedelta(days=age)
        return lot

    def test_each_serial_number_has_a_day_of_its_own(self):
        self.serial_product.reverse_warranty_months = 12
        old = self._deliver_lot("OLD", 400)
        new = self._deliver_lot("NEW", 300)
        for lot, code in ((old, "late"), (new, "warranty")):
            line = self._broken(self.serial_product, lot_id=lot.id)
            self.assertEqual(line.decision_code, code, lot.name)

    def test_the_first_use_may_be_later(self):
        self.serial_product.reverse_warranty_months = 12
        lot = self._deliver_lot("S-1", 400)
        lot.reverse_warranty_from = self._ago(360)
        line = self._broken(self.serial_product, lot_id=lot.id)
        self.assertEqual(line.decision_code, "warranty")
        self.assertEqual(line.warranty_until, self._ago(360) + relativedelta(months=12))

    def test_a_first_use_that_a_user_notes_is_their_word(self):
        """It makes no warranty hold that is over, until somebody else has looked."""
        self.serial_product.reverse_warranty_months = 12
        lot = self._deliver_lot("S-1", 400)
        user = self.users["approver"]
        user.group_ids |= self.env.ref("stock.group_stock_user")
        values = {"reverse_warranty_from": fields.Date.to_string(self._ago(10))}
        self._rpc(user, "stock.lot", "write", lot.ids, values)
        self.assertEqual(lot.reverse_word_by_id, user)
        line = self._broken(self.serial_product, lot_id=lot.id)
        self.assertEqual(
            (line.decision_code, line.state), ("warranty_word", "requested")
        )
        self.assertEqual(line.rma_id.word_by_ids, user)
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._as("approver", line.rma_id).action_authorize()
        # where it is covered anyway it says nothing
        lot = self._deliver_lot("S-2", 100)
        self._rpc(user, "stock.lot", "write", lot.ids, values)
        line = self._broken(self.serial_product, lot_id=lot.id)
        self.assertEqual(line.decision_code, "warranty")

    def test_the_use_by_somebody_before_says_nothing(self):
        self.serial_product.reverse_warranty_months = 12
        lot = self._deliver_lot("S-1", 10)
        lot.reverse_warranty_from = self._ago(700)
        line = self._broken(self.serial_product, lot_id=lot.id)
        self.assertEqual(line.warranty_until, self._ago(10) + relativedelta(months=12))


@tagged("post_install", "-at_install")
class TestWarrantyOfReplacements(ReplacementCommon):
    def test_a_replacement_goes_on_with_the_first_warranty(self):
        self.serial_product.reverse_warranty_months = 12
        order_line = self._sell_serial(self.first)
        rma = self._replace(order_line, lot_id=self.first.id)
        self._send(rma, self.second)
        delivery = rma.line_ids.move_id
        delivery.sudo().date = fields.Datetime.now() - timedelta(days=200)
        line = self._requested(
            self.serial_product,
            lot_id=self.second.id,
            reason_id=self.env.ref("reverse_logistics.reason_defective").id,
        ).line_ids
        self.assertEqual((line.move_id, line.decision_code), (delivery, "warranty"))
        sold_on = self.company._get_reverse_today() - timedelta(days=200)
        self.assertEqual(line.warranty_until, sold_on + relativedelta(months=12))
