"""What was shipped in truth: both products, their value, the books and the order."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..replacement_common import NOTHING, ReplacementCommon


class ClaimCommon(ReplacementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_product(
            "Cable", categ_id=cls.perpetual.id, standard_price=5.0
        )
        cls._buy(cls.other, 100, 5.0)
        cls.reasons = {
            reason.claim: reason
            for reason in cls.env["reverse.reason"].search([("claim", "!=", False)])
        }
        cls.stock = cls.warehouse.lot_stock_id

    def _claim(self, source, claim, quantity=1, remedy=None, **values):
        """Ask for what a shipping error calls for; give the return."""
        values["reason_id"] = self.reasons[claim].id
        if remedy:
            values["remedy"] = remedy
        return self._requested(source, quantity, **values)

    def _accepted(self, source, claim, quantity=1, remedy=None, **values):
        rma = self._claim(source, claim, quantity, remedy, **values)
        self._as("approver", rma).action_authorize()
        return rma

    def _claimed_line(self, rma):
        return rma.line_ids.filtered("claim")

    def _correction(self, rma):
        return self.env["stock.move"].search(
            [("reverse_correction", "=", True), ("origin", "=", rma.name)], order="id"
        )

    def _on_hand(self, product):
        product.invalidate_recordset()
        return product.with_context(warehouse_id=self.warehouse.id).qty_available

    def assertGoods(self, product, on_hand, value):
        """Compare what lies in the warehouse, and what the product is worth."""
        self.assertEqual(self._on_hand(product), on_hand)
        self.assertAlmostEqual(product.total_value, value)

    def assertBooks(self, stock, expense):
        """Compare the balances of inventory and cost of goods."""
        self.assertEqual(self._balance(self.stock_account), stock)
        self.assertEqual(self._balance(self.expense_account), expense)


@tagged("post_install", "-at_install")
class TestShippingErrors(ClaimCommon):
    # ------------------------------------------------------------------
    # Wrong item: 5 of B shipped instead of A
    # ------------------------------------------------------------------
    def test_wrong_item_sent_again(self):
        for product in self.product, self.ordered_product:
            start = (
                self._balance(self.stock_account),
                self._balance(self.expense_account),
            )
            line = self._sell(5, product=product)
            books = start[0] - 200, start[1] + 200
            self.assertGoods(product, 95, 3800)
            self.assertBooks(*books)
            other = self.other.total_value
            rma = self._accepted(
                line, "wrong_item", 5, "reship", claimed_product_id=self.other.id
            )
            self.assertGoods(product, 100, 4000)
            self.assertGoods(self.other, 95, other - 25)
            self.assertLine(line, 0, 5, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self._settle(rma.settlement_ids)
            self._send(rma)
            self.assertLine(line, 5, 5, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertGoods(product, 95, 3800)
            self.assertEqual(rma.stage, "authorized")
            parts = self._receive(rma)
            self.assertEqual(parts.product_id, self.other)
            self.assertGoods(self.other, 95, other)
            self._inspect(parts)
            self.assertGoods(self.other, 100, other)
            self.assertBooks(*books)
            self.assertLine(line, 5, 5, 0, "invoiced")
            self.assertFalse(rma.credit_note_ids)
            self.assertEqual((rma.state, rma.stage), ("done", "settled"))
            self.assertChecked(rma)

    def test_wrong_item_credited(self):
        line = self._sell(5)
        rma = self._accepted(
            line, "wrong_item", 5, "credit", claimed_product_id=self.other.id
        )
        ours, came = rma.line_ids.sorted("id")
        self.assertEqual((came.product_id, came.quantity), (self.other, 5))
        self.assertEqual((came.claim_line_id, came.gives_credit), (ours, False))
        self.assertEqual((ours.stage, came.stage), ("put_away", "authorized"))
        self.assertEqual(rma.settlement_ids.line_ids.mapped("kind"), ["goods"])
        credit_note = self._settle(rma.settlement_ids)
        self.assertAmounts(credit_note, 500)
        self.assertEqual(self._cogs(credit_note), -200)
        self.assertLine(line, 0, 0, 0)
        self.assertBooks(0, 0)
        self._inspect(self._receive(rma))
        self.assertGoods(self.product, 100, 4000)
        self.assertGoods(self.other, 100, 500)
        self.assertEqual(len(rma.settlement_ids), 1)
        self.assertEqual((rma.state, came.qty_denied), ("done", 5))
        self.assertChecked(rma)

    def test_wrong_item_for_some_of_them(self):
        """3 of 5 were wrong, and one of the right ones comes back as well."""
        line = self._sell(5)
        rma = self._accepted(
            line, "wrong_item", 3, "credit", claimed_product_id=self.other.id
        )
        self._settle(rma.settlement_ids)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertAmounts(self._return(line).credit_note_ids, 100)
        with self.assertRaisesRegex(UserError, "only 1 unit .* can be returned"):
            self._requested(line, 2)
        self.assertLine(line, 1, 1, 0)

    def test_wrong_item_comes_back_damaged(self):
        line = self._sell(5)
        rma = self._accepted(
            line, "wrong_item", 5, "reship", claimed_product_id=self.other.id
        )
        self._settle(rma.settlement_ids)
        self._send(rma)
        self._inspect(self._receive(rma), "E", "SCRAP")
        self.assertGoods(self.other, 95, 475)
        self.assertEqual(len(rma.settlement_ids), 1)
        self.assertEqual(rma.state, "done")

    def test_wrong_serial_of_the_right_product(self):
        """S1 by the books, S2 in the parcel: S1 is in stock, S2 comes back."""
        line = self._sell_serial(self.first)
        rma = self._accepted(
            line,
            "wrong_item",
            remedy="reship",
            lot_id=self.first.id,
            claimed_product_id=self.serial_product.id,
            claimed_lot_id=self.second.id,
        )
        here = self.env["stock.quant"].search(
            [("location_id", "=", self.stock.id), ("quantity", ">", 0)]
        )
        self.assertIn(self.first, here.lot_id)
        self.assertNotIn(self.second, here.lot_id)
        self._settle(rma.settlement_ids)
        self._send(rma, self.first)
        parts = self._receive(rma)
        self.assertEqual(parts.lot_id, self.second)
        self._inspect(parts)
        self.assertLine(line, 1, 1, 0)
        self.assertEqual(rma.state, "done")
        self.assertAmounts(
            self._return(line, lot_id=self.first.id).credit_note_ids, 100
        )

    def test_wrong_item_not_invoiced_yet(self):
        order = self._new_order((self.product, 5, {"price_unit": 100}))
        self._deliver(order)
        rma = self._accepted(
            order.order_line, "wrong_item", 5, claimed_product_id=self.other.id
        )
        self.assertLine(order.order_line, 0, 0, 0)
        self._settle(rma.settlement_ids)
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(order.order_line, 0, 0, 0)

    # ------------------------------------------------------------------
    # Too many
    # ------------------------------------------------------------------
    def test_over_shipped(self):
        """5 by the books, 7 in the parcel: two come back, nothing is credited."""
        line = self._sell(5)
        self.assertGoods(self.product, 95, 3800)
        rma = self._accepted(line, "over_shipped", 2)
        self.assertGoods(self.product, 93, 3720)
        self.assertLine(line, 5, 5, 0, "invoiced")
        delivery = line.move_ids
        self.assertEqual(delivery._get_returnable()[delivery.id, False], 5)
        self.assertEqual(rma.line_ids.claimed_move_id, delivery)
        self._inspect(self._receive(rma))
        self.assertGoods(self.product, 95, 3800)
        self.assertLine(line, 5, 5, 0, "invoiced")
        self.assertBooks(-200, 200)
        self.assertFalse(rma.settlement_ids)
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("done", 2))
        self.assertChecked(rma)

    def test_over_shipped_beside_a_full_return(self):
        line = self._sell(5)
        self._requested(line, 5)
        rma = self._accepted(line, "over_shipped", 2)
        self.assertEqual(rma.line_ids.qty_authorized, 2)
        self.assertEqual(len(rma.picking_ids), 1)

    def test_more_than_is_there_was_not_shipped(self):
        line = self._sell(5)
        rma = self._claim(line, "over_shipped", 96)
        with self.assertRaisesRegex(UserError, "has only 95 free"):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "requested")
        self.assertGoods(self.product, 95, 3800)

    # ------------------------------------------------------------------
    # Too few
    # ------------------------------------------------------------------
    def test_short_shipped_credited(self):
        line = self._sell(10)
        self.assertGoods(self.product, 90, 3600)
        rma = self._accepted(line, "short_shipped", 2)
        self.assertGoods(self.product, 92, 3680)
        self.assertLine(line, 8, 10, 0, "invoiced")
        self.assertFalse(rma.picking_ids)
        credit_note = self._settle(rma.settlement_ids)
        self.assertAmounts(credit_note, 200)
        self.assertLine(line, 8, 8, 0, "invoiced")
        self.assertBooks(-320, 320)
        self.assertEqual(rma.state, "done")
        self.assertChecked(rma)

    def test_short_shipped_sent_again(self):
        for product in self.product, self.ordered_product:
            line = self._sell(10, product=product)
            rma = self._accepted(
                line, "short_shipped", 2, rma={"settlement_type": "replacement"}
            )
            self.assertEqual(rma.line_ids.remedy, "reship")
            self._settle(rma.settlement_ids)
            move = self._send(rma)
            self.assertFalse(move.origin_returned_move_id)
            self.assertGoods(product, 90, 3600)
            self.assertLine(line, 10, 10, 0, "invoiced")
            self.assertEqual(rma.state, "done")
            rma = self._return(line, 10)
            self.assertEqual(sum(rma.line_ids.mapped("quantity")), 10)
            self.assertAmounts(rma.credit_note_ids, 1000)
            with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
                self._requested(line)

    # ------------------------------------------------------------------
    # Never arrived
    # ------------------------------------------------------------------
    def test_not_delivered_needs_a_proof(self):
        rma = self._claim(self._sell(3), "not_delivered", 3)
        with self.assertRaisesRegex(
            UserError, "attach a proof .* claim at the carrier"
        ):
            self._as("approver", rma).action_authorize()
        self._as("service", rma.line_ids).carrier_claim_ref = " "
        with self.assertRaisesRegex(UserError, "attach a proof"):
            self._as("approver", rma).action_authorize()
        self.env["ir.attachment"].create(
            {
                "name": "setup.exe",
                "raw": b"MZ\x90\x00\x03\x00",
                "res_model": rma._name,
                "res_id": rma.id,
            }
        )
        with self.assertRaisesRegex(UserError, "attach a proof"):
            self._as("approver", rma).action_authorize()
        self.env["ir.attachment"].create(
            {
                "name": "Carrier's letter",
                "raw": b"nobody at home",
                "res_model": "reverse.rma",
                "res_id": rma.id,
            }
        )
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_not_delivered_credited(self):
        for product in self.product, self.ordered_product:
            start = self._balance(self.stock_account)
            line = self._sell(3, product=product)
            rma = self._accepted(line, "not_delivered", 2, carrier_claim_ref="LOSS-1")
            part = rma.inspection_ids
            self.assertTrue(part.not_inspected)
            self.assertEqual((part.liability, part.state), ("carrier", "done"))
            self.assertEqual(part.disposition_id.code, "LOST")
            self.assertFalse(rma.picking_ids)
            self.assertGoods(product, 97, 3880)
            credit_note = self._settle(rma.settlement_ids)
            self.assertAmounts(credit_note, 200)
            self.assertEqual(self._cogs(credit_note), 0)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertEqual(self._balance(self.stock_account), start - 120)
            self.assertEqual((rma.state, rma.line_ids.qty_kept), ("done", 2))
            with self.assertRaisesRegex(UserError, "only 1 unit .* can be returned"):
                self._requested(line, 2)
            self.assertChecked(rma)

    def test_not_delivered_sent_again(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._accepted(
                line, "not_delivered", 3, "reship", carrier_claim_ref="LOSS-2"
            )
            self._settle(rma.settlement_ids)
            self.assertEqual(rma.stage, "put_away")
            self._send(rma)
            self.assertLine(line, 3, 3, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self.assertGoods(product, 94, 3760)
            self.assertEqual(rma.state, "done")
            self.assertAmounts(self._return(line, 3).credit_note_ids, 300)
            with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
                self._requested(line)
            self.assertLine(line, 0, 0, 0)
            self.assertChecked(rma)

    # ------------------------------------------------------------------
    # Wrong price
    # ------------------------------------------------------------------
    def test_price_error(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._accepted(line, "price_error", 3, claimed_price=90.0)
            self.assertEqual((rma.state, rma.stage), ("authorized", "put_away"))
            self.assertFalse(rma.picking_ids)
            credit_note = self._settle(rma.settlement_ids)
            self.assertAmounts(credit_note, 30)
            self.assertEqual(self._cogs(credit_note), 0)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertEqual((rma.state, rma.stage), ("done", "settled"))
            delivery = line.move_ids
            self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
            self.assertChecked(rma)

    def test_price_error_with_discount_and_tax(self):
        tax = self._create_tax(20)
        line = self._sell(2, discount=10.0, tax_ids=[Command.set(tax.ids)])
        rma = self._accepted(line, "price_error", 2, claimed_price=90.0)
        credit_note = self._settle(rma.settlement_ids)
        self.assertAmounts(credit_note, 18)
        self.assertAlmostEqual(credit_note.amount_total, 21.6)

    def test_price_error_over_two_invoices(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order, 2)
        self._invoice(order)
        self._deliver(order)
        self._invoice(order)
        rma = self._accepted(order.order_line, "price_error", 3, claimed_price=90.0)
        self.assertAmounts(self._settle(rma.settlement_ids), 20, 10)

    def test_price_is_corrected_once(self):
        line = self._sell(3)
        self._accepted(line, "price_error", 2, claimed_price=90.0)
        second = self._claim(line, "price_error", 2, claimed_price=80.0)
        with self.assertRaisesRegex(UserError, "2 units is to be .* only of 1 it is"):
            self._as("approver", second).action_authorize()
        self.assertFalse(second.settlement_ids)

    def test_price_error_refused_by_a_person(self):
        rma = self._accepted(self._sell(3), "price_error", 3, claimed_price=90.0)
        self._as("service", rma.settlement_ids).action_cancel()
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertFalse(rma.credit_note_ids)

    def test_no_error_in_the_price(self):
        line = self._sell(3)
        rma = self._claim(line, "price_error", claimed_price=100.0)
        with self.assertRaisesRegex(UserError, "is not below the invoiced one"):
            self._as("approver", rma).action_authorize()
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        rma = self._claim(order.order_line, "price_error", claimed_price=90.0)
        with self.assertRaisesRegex(UserError, "has no posted invoice whose price"):
            self._as("approver", rma).action_authorize()
