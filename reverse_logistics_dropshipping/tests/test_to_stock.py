from odoo.tests.common import tagged

from .common import DropshipCase


@tagged("post_install", "-at_install")
class TestToStock(DropshipCase):
    """Drop-shipped goods that come to us: ours, at what the supplier charged."""

    def test_restocked(self):
        line = self._dropship(5)
        self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
        self.assertEqual(self._balance(self.expense_account), 150)
        rma = self._received(line, 2)
        receipt = rma.picking_ids.move_ids
        self.assertEqual((receipt.value, self._value()), (60, 60))
        self.assertEqual(self._available(self.lamp), (0, 0, 0))
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertAmounts(rma.credit_note_ids, 200.0)
        self.assertLine(line, 3, 3, 0)
        # the supplier keeps what was bought
        self.assertPurchase(line, 5)
        self.assertEqual(self._available(self.lamp), (2, 2, 2))
        # expense of the bill becomes stock, once
        self.assertEqual(self._cogs(rma.credit_note_ids), -60)
        self.assertEqual(self._balance(self.expense_account), 90)
        self.assertEqual(self._balance(self.stock_account), 60)
        self.assertEqual(self._value(), 60)

    def test_before_the_bill_at_the_price_of_the_purchase(self):
        line = self._dropship(5, bill=False)
        rma = self._return(line, 2)
        self.assertEqual(self._value(), 60)
        self.assertEqual(self._cogs(rma.credit_note_ids), -60)
        self.assertEqual(self._balance(self.stock_account), 60)

    def test_average_with_goods_of_our_own(self):
        self._buy(self.lamp, 2, 50.0)
        line = self._dropship(5)
        # Odoo averages drop-shipments in, although they never were in stock
        before = self._value()
        self.assertAlmostEqual(before, 2 * (100 + 150) / 7, 2)
        rma = self._received(line, 2)
        self.assertAlmostEqual(self._value(), before + 60, 2)
        self._inspect(rma.inspection_ids)
        self.assertEqual(self._cogs(rma.credit_note_ids), -60)

    def test_scrapped(self):
        account = self.expense_account.copy({"code": "699999", "name": "Write-off"})
        self.company._ensure_reverse_scrap().valuation_account_id = account
        line = self._dropship(5)
        rma = self._received(line, 2)
        self._inspect(rma.inspection_ids, "E")
        self._settle(rma.settlement_ids)
        self.assertAmounts(rma.credit_note_ids, 200.0)
        self.assertEqual(self._value(), 0)
        self.assertEqual(self._balance(account), 60)
        self.assertEqual(self._balance(self.stock_account), 0)
        self.assertEqual(self._balance(self.expense_account), 90)
        self.assertLine(line, 3, 3, 0)

    def test_kept_by_the_customer(self):
        line = self._dropship(5)
        rma = self._requested(line, 2)
        self._kept(rma)
        credit = self._settle(rma.settlement_ids)
        self.assertAmounts(credit, 200.0)
        self.assertLine(line, 5, 5, 0)
        self.assertPurchase(line, 5)
        self.assertEqual(self._cogs(credit), 0)
        self.assertEqual(self._balance(self.expense_account), 150)

    def test_sent_back_to_the_customer(self):
        line = self._dropship(5)
        rma = self._received(line, 2)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        back = rma.picking_ids.filtered(lambda p: p.state != "done")
        self._validate(back)
        self.assertLine(line, 5, 5, 0)
        self.assertPurchase(line, 5)
        self.assertEqual(self._value(), 0)
        self.assertEqual(self._balance(self.stock_account), 0)
