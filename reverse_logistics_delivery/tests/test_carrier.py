from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestCarrier(CarrierCase):
    def test_receipt_has_the_carrier_of_the_return(self):
        line = self._sell(3)
        rma = self._draft(line, 2, rma={"carrier_id": self.carrier.id})
        rma.action_request()
        receipt = rma.picking_ids
        self.assertEqual(receipt.carrier_id, self.carrier)
        self.assertFalse(receipt.carrier_tracking_ref)
        self._as("service", rma).carrier_tracking_ref = "1Z 77"
        self.assertEqual(receipt.carrier_tracking_ref, "1Z 77")
        self._receive(rma)
        # what comes back costs the order nothing
        self.assertEqual(receipt.carrier_price, 0.0)
        self.assertFalse(line.order_id.order_line.filtered("is_delivery"))

    def test_carrier_chosen_after_authorization(self):
        rma = self._authorized(self._sell(3))
        self.assertFalse(rma.picking_ids.carrier_id)
        self._as("service", rma).carrier_id = self.carrier
        self.assertEqual(rma.picking_ids.carrier_id, self.carrier)
        self._receive(rma)
        self._as("service", rma).carrier_tracking_ref = "late"
        # a done transfer stays as it was
        self.assertFalse(rma.picking_ids.carrier_tracking_ref)

    def test_carrier_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.carrier.company_id = other
        rma = self._authorized(self._sell(3))
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            rma.sudo().carrier_id = self.carrier
        self.assertFalse(rma.carrier_id)


@tagged("post_install", "-at_install")
class TestShippingFee(CarrierCase):
    def setUp(self):
        super().setUp()
        self.order = self._new_order((self.product, 3, {"price_unit": 100.0}))
        self.order.set_delivery_line(self.carrier, 12.0)
        self._deliver(self.order)
        self.invoice = self._invoice(self.order)
        self.fee = self.order.order_line.filtered("is_delivery")
        self.goods = self.order.order_line - self.fee

    def test_return_of_the_whole_order_credits_goods_only(self):
        self.assertAmounts(self.invoice, 312.0)
        wizard = self._as("service", self.env["reverse.return.wizard"]).create(
            {"order_id": self.order.id}
        )
        self.assertEqual(wizard.line_ids.sale_line_id, self.goods)
        wizard.line_ids.quantity = 3
        rma = self.env["reverse.rma"].browse(wizard.action_create()["res_id"])
        self.assertEqual(rma._get_kept_freight(), [(self.order, self.fee.price_total)])
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertAmounts(rma.credit_note_ids, 300.0)
        self.assertLine(self.goods, 0, 0, 0)
        self.assertLine(self.fee, self.fee.qty_delivered, 1, 0)
        self.assertEqual(self._available()[0], 100)

    def test_fee_cannot_come_back(self):
        with self.assertRaisesRegex(UserError, "Shipping is a service: nothing of it"):
            self._draft(self.fee)
        rma = self._draft(self.goods, 3)
        with self.assertRaisesRegex(UserError, "Shipping is a service: nothing of it"):
            rma.line_ids = [
                Command.create({"sale_line_id": self.fee.id, "quantity": 1})
            ]
        self.assertEqual(rma.line_ids.sale_line_id, self.goods)
        self.assertFalse(rma.credit_note_ids)
