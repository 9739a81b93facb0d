"""The customer gets back what was invoiced: price, discounts, taxes, unit, currency."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCreditBasis(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(15)
        cls.included = cls._create_tax(15, included=True)

    def _discount(self, order, kind, amount):
        values = {"sale_order_id": order.id, "discount_type": kind}
        key = "discount_amount" if kind == "amount" else "discount_percentage"
        self.env["sale.order.discount"].create(
            {**values, key: amount}
        ).action_apply_discount()

    def _return_one_by_one(self, line, times):
        """Return single units, each to the end; give the credit notes."""
        credit_notes = self.env["account.move"]
        for _time in range(times):
            rma = self._return(line)
            self.assertEqual(rma.state, "done", rma.exception_ids.mapped("message"))
            credit_notes |= rma.credit_note_ids
        return credit_notes

    # ------------------------------------------------------------------
    # Price and discounts
    # ------------------------------------------------------------------
    def test_price_changed_since(self):
        line = self._sell(3, price=80)
        self.product.list_price = 500
        line.price_unit = 200
        rma = self._return(line)
        self.assertAmounts(rma.credit_note_ids, 80)
        self.assertEqual(rma.settlement_ids.line_ids.price_unit, 80)

    def test_credit_note_names_its_invoice(self):
        line = self._sell(3, tax_ids=[Command.set(self.tax.ids)])
        invoice = line.order_id.invoice_ids
        rma = self._return(line)
        credit_note = rma.credit_note_ids
        self.assertEqual(credit_note.reversed_entry_id, invoice)
        self.assertEqual(credit_note.ref, f"{rma.name}, credit of {invoice.name}")
        self.assertEqual(credit_note.amount_total, 115)
        self.assertEqual(invoice.amount_residual, 345 - 115)
        self.assertEqual(
            (credit_note.payment_state, invoice.payment_state), ("paid", "partial")
        )
        self.assertEqual(credit_note.invoice_line_ids.tax_ids, self.tax)

    def test_taxes_changed_since(self):
        line = self._sell(1, tax_ids=[Command.set(self.tax.ids)])
        self.product.taxes_id = self._create_tax(5)
        credit_note = self._return(line).credit_note_ids
        self.assertEqual(credit_note.amount_total, 115)
        self.assertEqual(credit_note.amount_tax, 15)

    def test_line_discount(self):
        line = self._sell(3, price=100, discount=20)
        credit_note = self._return(line).credit_note_ids
        self.assertAmounts(credit_note, 80)
        self.assertEqual(credit_note.invoice_line_ids.discount, 20)

    def test_cents_never_exceed_the_invoice(self):
        """3 × 10.00 less 33.33 % is 20.00; 6.67 three times would be 20.01."""
        line = self._sell(3, price=10, discount=33.33)
        self.assertEqual(line.order_id.invoice_ids.amount_untaxed, 20)
        credit_notes = self._return_one_by_one(line, 3)
        self.assertAmounts(credit_notes, 6.67, 6.66, 6.67)
        self.assertLine(line, 0, 0, 0)

    def test_cents_kept_back_are_given(self):
        """3 × 5.00 less 33.33 % is 10.00; 3.33 three times would be 9.99."""
        line = self._sell(3, price=5, discount=33.33)
        self.assertEqual(line.order_id.invoice_ids[0].amount_untaxed, 10)
        credit_notes = self._return_one_by_one(line, 3)
        self.assertAmounts(credit_notes, 3.33, 3.34, 3.33)
        self.assertLine(line, 0, 0, 0)

    def test_global_discount(self):
        order = self._new_order(
            (
                self.product,
                3,
                {"price_unit": 100, "tax_ids": [Command.set(self.tax.ids)]},
            )
        )
        line = order.order_line
        self._discount(order, "so_discount", 0.1)
        self._deliver(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, 310.5)
        credit_note = self._return(line).credit_note_ids
        self.assertAmounts(credit_note, 90)
        self.assertEqual(credit_note.amount_total, 103.5)
        self.assertLine(line, 2, 2, 0)

    def test_global_discount_three_returns_add_up(self):
        order = self._new_order((self.product, 3, {"price_unit": 33.33}))
        line = order.order_line
        self._discount(order, "so_discount", 0.07)
        self._deliver(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 92.99)
        credit_notes = self._return_one_by_one(line, 3)
        self.assertAlmostEqual(sum(credit_notes.mapped("amount_untaxed")), 92.99)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(credit_notes.mapped("payment_state"), ["paid"] * 3)

    def test_fixed_discount_falls_on_all_its_lines(self):
        other = self._create_product("Cable")
        order = self._new_order(
            (self.product, 2, {"price_unit": 100}), (other, 1, {"price_unit": 50})
        )
        kettles, cable = order.order_line
        self._discount(order, "amount", 25)
        self._stock(other, 1)
        self._deliver(order)
        self.assertAmounts(self._invoice(order), 225)
        self.assertAmounts(self._return(kettles).credit_note_ids, 90)
        self.assertAmounts(self._return(cable).credit_note_ids, 45)
        self.assertAmounts(self._return(kettles).credit_note_ids, 90)

    def test_global_discount_by_tax(self):
        other = self._create_product("Cable")
        low = self._create_tax(5)
        order = self._new_order(
            (
                self.product,
                1,
                {"price_unit": 100, "tax_ids": [Command.set(self.tax.ids)]},
            ),
            (other, 1, {"price_unit": 40, "tax_ids": [Command.set(low.ids)]}),
        )
        kettle, cable = order.order_line
        self._discount(order, "so_discount", 0.1)
        self._stock(other, 1)
        self._deliver(order)
        self.assertAlmostEqual(self._invoice(order).amount_total, 103.5 + 37.8)
        self.assertAlmostEqual(self._return(kettle).credit_note_ids.amount_total, 103.5)
        self.assertAlmostEqual(self._return(cable).credit_note_ids.amount_total, 37.8)

    def test_deduction_lowers_the_base_at_the_original_tax(self):
        line = self._sell(1, tax_ids=[Command.set(self.tax.ids)])
        rma = self._return(line, condition="D")
        settlement = self._as("service", rma.settlement_ids)
        settlement.line_ids.write({"deduction": 20, "deduction_reason": "Scratches"})
        credit_note = self._settle(settlement)
        self.assertAmounts(credit_note, 80)
        self.assertEqual(credit_note.amount_tax, 12)
        self.assertIn("Scratches", credit_note.invoice_line_ids.mapped("name"))
        self.assertLine(line, 0, 0, 0)

    # ------------------------------------------------------------------
    # Taxes included
    # ------------------------------------------------------------------
    def test_tax_included(self):
        line = self._sell(3, price=115, tax_ids=[Command.set(self.included.ids)])
        credit_note = self._return(line).credit_note_ids
        self.assertEqual(
            (credit_note.amount_untaxed, credit_note.amount_total), (100, 115)
        )
        self.assertMoney(line, 0, 0)

    def test_tax_included_with_discount_adds_up(self):
        order = self._new_order(
            (
                self.product,
                3,
                {"price_unit": 9.99, "tax_ids": [Command.set(self.included.ids)]},
            )
        )
        line = order.order_line
        self._discount(order, "so_discount", 0.1)
        self._deliver(order)
        invoice = self._invoice(order)
        credit_notes = self._return_one_by_one(line, 3)
        self.assertAlmostEqual(
            sum(credit_notes.mapped("amount_total")), invoice.amount_total
        )
        self.assertAlmostEqual(invoice.amount_residual, 0)

    # ------------------------------------------------------------------
    # Several invoices
    # ------------------------------------------------------------------
    def test_several_invoices_one_credit_note_each(self):
        order = self._new_order((self.product, 5, {"price_unit": 100}))
        line = order.order_line
        self._deliver(order, 2)
        first = self._invoice(order)
        line.price_unit = 90
        self._deliver(order)
        second = self._invoice(order)
        self.assertEqual((first.amount_untaxed, second.amount_untaxed), (200, 270))
        rma = self._return(line, 4)
        credit_notes = rma.credit_note_ids.sorted("id")
        self.assertEqual(credit_notes.reversed_entry_id, first | second)
        self.assertAmounts(credit_notes, 200, 180)
        self.assertEqual(credit_notes.mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(
            (first.payment_state, second.amount_residual), ("reversed", 90)
        )
        self.assertLine(line, 1, 1, 0)

    def test_two_settlements_of_one_invoice_released_together(self):
        """Posted together, Odoo would reconcile only one of them."""
        line = self._sell(3)
        rmas = self._return(line, condition="C") | self._return(line, condition="C")
        credit_notes = self._settle(rmas.settlement_ids)
        self.assertAmounts(credit_notes, 100, 100)
        self.assertEqual(credit_notes.mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(credit_notes.reversed_entry_id.amount_residual, 100)

    def test_invoice_paid_before(self):
        line = self._sell(2)
        invoice = line.order_id.invoice_ids
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        credit_note = self._return(line).credit_note_ids
        self.assertAmounts(credit_note, 100)
        self.assertEqual(credit_note.amount_residual, 100)

    # ------------------------------------------------------------------
    # Partial and repeated receipts
    # ------------------------------------------------------------------
    def test_partial_receipts(self):
        line = self._sell(3)
        rma = self._requested(line, 3)
        rma.picking_ids.move_ids.quantity = 1
        rma.picking_ids.move_ids.picked = True
        self._inspect(self._receive(rma))
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0)
        self.assertEqual(rma.state, "authorized")
        self._inspect(self._receive(rma))
        self.assertAmounts(rma.credit_note_ids, 100, 200)
        self.assertLine(line, 0, 0, 0)
        self.assertEqual(rma.state, "done")

    def test_parts_of_one_receipt(self):
        """10 = 7 as new, 2 damaged, 1 beyond use: one by policy, the rest by a
        person.
        """
        line = self._sell(10)
        rma = self._receive_line(line, 10)
        part = self._as("inspector", rma.inspection_ids)
        part.quantity = 7
        rest = self._as("inspector", rma.inspection_ids) - part
        rest.quantity = 2
        last = self._as("inspector", rma.inspection_ids) - part - rest
        part.condition_id = self.conditions["A"]
        rest.condition_id = self.conditions["D"]
        last.condition_id = self.conditions["E"]
        (part | rest | last).action_complete()
        self.assertAmounts(rma.credit_note_ids, 700)
        self.assertLine(line, 0, 3, 0)
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 700, 300)
        self.assertLine(line, 0, 0, 0)
        self.assertEqual(rma.state, "done")

    # ------------------------------------------------------------------
    # Units of measure
    # ------------------------------------------------------------------
    def test_dozen_of_units(self):
        line = self._sell(24, price=100)
        rma = self._return(line, 1, uom_id=self.dozen.id)
        self.assertAmounts(rma.credit_note_ids, 1200)
        self.assertLine(line, 12, 12, 0)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))

    def test_units_of_dozens(self):
        line = self._sell(2, price=1200, product_uom_id=self.dozen.id)
        rma = self._return(line, 3, uom_id=self.unit.id)
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 1.75, 1.75, 0)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 3))

    def test_single_units_of_a_dozen(self):
        """A twelfth has no exact quantity in dozens; the money is exact all the
        same.
        """
        line = self._sell(1, price=120, product_uom_id=self.dozen.id)
        rma = self._return(line, 1, uom_id=self.unit.id)
        self.assertAmounts(rma.credit_note_ids, 10)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))
        rma = self._return(line, 11, uom_id=self.unit.id)
        self.assertAmounts(rma.credit_note_ids, 110)
        self.assertLine(line, 0, 0, 0)

    def test_invoiced_in_another_unit_than_delivered(self):
        order = self._new_order((self.product, 24, {"price_unit": 100}))
        self._deliver(order)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.write(
            {"product_uom_id": self.dozen.id, "quantity": 2, "price_unit": 1100}
        )
        invoice.action_post()
        line = order.order_line
        self.assertLine(line, 24, 24, 0)
        credit_note = self._return(line, 6).credit_note_ids
        self.assertAmounts(credit_note, 550)
        self.assertEqual(credit_note.invoice_line_ids.product_uom_id, self.dozen)
        self.assertLine(line, 18, 18, 0)

    # ------------------------------------------------------------------
    # Lots and serials
    # ------------------------------------------------------------------
    def test_serials(self):
        lots = self._create_lots(self.serial_product, "S1", "S2")
        line = self._sell(2, product=self.serial_product, lots={lot: 1 for lot in lots})
        rma = self._return(line, 1, lot_id=lots[1].id)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.inspection_ids.lot_id, lots[1])
        self.assertLine(line, 1, 1, 0)

    def test_lots(self):
        lots = self._create_lots(self.lot_product, "L1", "L2")
        line = self._sell(5, product=self.lot_product, lots={lots[0]: 2, lots[1]: 3})
        rma = self._return(line, 2, lot_id=lots[1].id)
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(rma.inspection_ids.lot_id, lots[1])
        self.assertLine(line, 3, 3, 0)

    # ------------------------------------------------------------------
    # Foreign currency
    # ------------------------------------------------------------------
    def _sell_in_euro(self):
        """300 EUR invoiced at 2 EUR a dollar; today a dollar costs 4."""
        euro = self.env.ref("base.EUR")
        before = fields.Date.today() - timedelta(days=20)
        self._set_rates(euro, (before, 2.0), (fields.Date.today(), 4.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        order = self._new_order(
            (self.product, 3, {"price_unit": 100}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        invoice = self._invoice(order, date=before)
        self.assertEqual(invoice.currency_id, euro)
        self.assertEqual(invoice.amount_total_signed, 150)
        return order.order_line

    def test_foreign_currency_at_the_rate_of_the_invoice(self):
        self.company.reverse_currency_rate = "invoice"
        line = self._sell_in_euro()
        credit_note = self._return(line).credit_note_ids
        self.assertEqual(credit_note.amount_total, 100)
        self.assertEqual(credit_note.invoice_currency_rate, 2)
        self.assertEqual(credit_note.amount_total_signed, -50)
        self.assertEqual(
            credit_note.invoice_date, fields.Date.context_today(self.product)
        )

    def test_foreign_currency_at_the_rate_of_the_credit(self):
        self.company.reverse_currency_rate = "credit"
        line = self._sell_in_euro()
        credit_note = self._return(line).credit_note_ids
        self.assertEqual(credit_note.amount_total, 100)
        self.assertEqual(credit_note.invoice_currency_rate, 4)
        self.assertEqual(credit_note.amount_total_signed, -25)
        self.assertEqual(credit_note.payment_state, "paid")
