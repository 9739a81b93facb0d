"""No order line is credited beyond its invoices; everything else stays possible."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..credit_common import TOO_MUCH, CreditCase


@tagged("post_install", "-at_install")
class TestOverCredit(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(3)
        cls.invoice = cls.line.order_id.invoice_ids

    # ------------------------------------------------------------------
    # Prices that include tax
    # ------------------------------------------------------------------
    def _sell_included(self, quantity=4, price=9.99):
        tax = self._create_tax(20, included=True)
        return self._sell(quantity, price, tax_ids=[Command.set(tax.ids)])

    def test_last_piece_at_a_price_with_tax(self):
        """Each credit note rounds its own tax: 24.98 and 8.33 are more than 33.30."""
        line = self._sell_included()
        self.assertEqual(line.order_id.invoice_ids.amount_total, 39.96)
        rmas = self._return(line, 3) | self._return(line, 1)
        self.assertEqual(rmas.credit_note_ids.mapped("amount_total"), [29.97, 9.99])
        self.assertEqual(rmas.mapped("state"), ["done", "done"])
        self.assertEqual(line.order_id.invoice_ids[:1].amount_residual, 0)

    def test_piece_by_piece_at_a_price_with_tax(self):
        line = self._sell_included(12, 1.99)
        rmas = self.env["reverse.rma"].concat(*(self._return(line) for _n in range(12)))
        self.assertEqual(rmas.credit_note_ids.mapped("amount_total"), [1.99] * 12)
        self.assertEqual(set(rmas.mapped("state")), {"done"})

    def test_beyond_a_price_with_tax(self):
        line = self._sell_included()
        self._return(line, 3)
        invoice = line.order_id.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice"
        )
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._reversal(invoice, quantity=1, price=10.05)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._manual(8.40, line)
        credit_note = self._reversal(invoice, quantity=1)
        self.assertEqual(credit_note.amount_total, 9.99)

    # ------------------------------------------------------------------
    # Where a return touches the order line
    # ------------------------------------------------------------------
    def test_reversal_beyond_a_credited_return_is_refused(self):
        self._return(self.line)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._reversal(self.invoice)
        credit_note = self._reversal(self.invoice, quantity=2)
        self.assertAmounts(credit_note, 200)
        self.assertLine(self.line, 2, 0, 2)

    def test_negative_line_of_an_invoice_is_a_credit_too(self):
        self._return(self.line)
        invoice = self._manual(
            100, line=self.line, quantity=-3, post=False, move_type="out_invoice"
        )
        invoice.invoice_line_ids = [
            Command.create({"name": "Something else", "price_unit": 900})
        ]
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            invoice.action_post()
        invoice.invoice_line_ids[0].quantity = -1
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_negative_line_of_an_invoice_is_a_credit_of_what_is_ordered_no_more(self):
        """Everything came back and the order was lowered: nothing is left to credit."""
        self._return(self.line, 3)
        self._call(self.line, "write", {"product_uom_qty": 0})
        self.assertEqual(self.line.product_uom_qty, 0)
        invoice = self._manual(
            100, line=self.line, quantity=-3, post=False, move_type="out_invoice"
        )
        invoice.invoice_line_ids = [
            Command.create({"name": "Something else", "price_unit": 900})
        ]
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            invoice.action_post()
        self.assertEqual(invoice.state, "draft")

    def test_refusal_names_order_and_amounts(self):
        self._return(self.line, 2)
        message = (
            rf"{self.line.order_id.name}, Kettle: \$.150.00 would .* only \$.100.00"
        )
        with self.assertRaisesRegex(UserError, message):
            self._manual(150, self.line)
        self.assertAmounts(self._manual(100, self.line), 100)

    def test_return_beyond_a_reversal_is_not_credited(self):
        """Everything was credited elsewhere: the goods come back, no credit is due."""
        rma = self._receive_line(self.line, 3)
        self.assertAmounts(self._reversal(self.invoice), 300)
        self._inspect(rma.inspection_ids)
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(self.line, 0, 0, 0)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 3))

    def test_credit_elsewhere_before_release_stops_the_release(self):
        rma = self._return(self.line, 3, condition="D")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        self._reversal(self.invoice)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._as("releaser", settlement).action_release()
        self.assertEqual(settlement.state, "approved")
        self.assertFalse(rma.credit_note_ids)

    def test_own_button_of_the_order_leaves_returns_alone(self):
        self._receive_line(self.line)
        with self.assertRaisesRegex(UserError, "nothing to invoice|Cannot create"):
            self.line.order_id._create_invoices(final=True)
        self.assertEqual(len(self.line.order_id.invoice_ids), 1)

    def test_always_refused_whatever_the_company_says(self):
        self._return(self.line)
        for policy in "off", "warn", "block":
            self.company.reverse_foreign_credit = policy
            with self.assertRaisesRegex(UserError, TOO_MUCH):
                self._manual(201, self.line)
        self.assertEqual(len(self.line.order_id.invoice_ids), 2)

    def test_rejected_return_claims_nothing(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line)
        self._as("approver", rma).action_reject("Too late")
        self.company.reverse_foreign_credit = "off"
        credit_note = self._manual(301, self.line)
        self.assertEqual((rma.state, credit_note.state), ("rejected", "posted"))

    def test_a_discount_of_the_order_is_not_credited(self):
        """Half came back at 45 each; the other half is not worth 50 each."""
        order = self._new_order((self.product, 2, {"price_unit": 50}))
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()
        line = order.order_line[:1]
        self._deliver(order)
        self.assertAmounts(self._invoice(order), 90)
        self.assertAmounts(self._return(line).credit_note_ids, 45)
        with self.assertRaisesRegex(UserError, r"\$.50.00 would .* only \$.45.00"):
            self._manual(50, line)
        self.assertAmounts(self._manual(45, line), 45)

    def test_a_reversed_credit_leaves_the_limit_as_it_was(self):
        rma = self._return(self.line, 1, condition="D")
        settlement = self._as("service", rma.settlement_ids)
        settlement.line_ids.deduction = 20
        self.assertAmounts(self._settle(settlement), 80)
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(settlement.state, "reversed")
        with self.assertRaisesRegex(UserError, r"only \$.300.00"):
            self._manual(301, self.line)
        self.assertAmounts(self._manual(300, self.line), 300)

    def test_value_credits_share_the_limit(self):
        rma = self._requested(self.line)
        self.assertAmounts(self._credit_value(rma, 290), 290)
        with self.assertRaisesRegex(UserError, r"only \$.10.00 of INV/.* is left"):
            self._credit_value(rma, 11)
        self.assertEqual(len(rma.credit_note_ids), 1)

    def test_two_lines_of_one_credit_note_share_the_limit(self):
        self._return(self.line)
        line = {"name": "Part", "price_unit": 150, "tax_ids": [Command.clear()]}
        vals = Command.create({**line, "sale_line_ids": [Command.set(self.line.ids)]})
        credit_note = self._manual(0, invoice_line_ids=[vals, vals], post=False)
        with self.assertRaisesRegex(UserError, r"\$.300.00 would be credited, but"):
            credit_note.action_post()
        self.assertEqual(credit_note.state, "draft")

    def test_two_credit_notes_in_one_batch_share_the_limit(self):
        self._return(self.line)
        batch = self._manual(150, self.line, post=False) | self._manual(
            150, self.line, post=False
        )
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            batch.action_post()
        self.assertEqual(batch.mapped("state"), ["draft", "draft"])

    # ------------------------------------------------------------------
    # Elsewhere: as the company says
    # ------------------------------------------------------------------
    def test_company_option_off(self):
        self.company.reverse_foreign_credit = "off"
        credit_note = self._manual(301, self.line)
        self.assertAmounts(credit_note, 301)
        self.assertNotIn(
            "would be credited", str(credit_note.message_ids.mapped("body"))
        )

    def test_company_option_warn(self):
        self.company.reverse_foreign_credit = "warn"
        credit_note = self._manual(301, self.line)
        self.assertAmounts(credit_note, 301)
        self.assertIn("would be credited", str(credit_note.message_ids.mapped("body")))

    def test_company_option_block(self):
        self.company.reverse_foreign_credit = "block"
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._manual(301, self.line)
        self.assertAmounts(self._manual(300, self.line), 300)

    # ------------------------------------------------------------------
    # What must keep working, with the strictest option
    # ------------------------------------------------------------------
    def test_plain_reversal(self):
        self.company.reverse_foreign_credit = "block"
        credit_note = self._reversal(self.invoice)
        self.assertAmounts(credit_note, 300)
        self.assertEqual(self.invoice.payment_state, "reversed")
        self.assertEqual(self._cogs(credit_note), -120)

    def test_reversal_of_a_plain_credit_note(self):
        self.company.reverse_foreign_credit = "block"
        credit_note = self._reversal(self.invoice)
        counter = self._reversal(credit_note)
        self.assertEqual((counter.move_type, counter.state), ("out_invoice", "posted"))
        self.assertLine(self.line, 3, 3, 0)
        self.assertAmounts(self._reversal(counter), 300)

    def test_reversal_and_new_invoice(self):
        self.company.reverse_foreign_credit = "block"
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        draft = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assertEqual(self.invoice.payment_state, "reversed")
        self.assertEqual((draft.move_type, draft.amount_total), ("out_invoice", 300))
        draft.action_post()
        self.assertLine(self.line, 3, 3, 0)
        self.assertAmounts(self._return(self.line).credit_note_ids, 100)

    def test_price_correction_where_a_return_waits(self):
        self.company.reverse_foreign_credit = "block"
        self._requested(self.line)
        correction = self._reversal(self.invoice, price=10)
        self.assertAmounts(correction, 30)
        self.assertAmounts(self._manual(20, self.line), 20)

    def test_final_invoice_after_down_payment(self):
        self.company.reverse_foreign_credit = "block"
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "percentage",
                "amount": 50,
            }
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()
        self._deliver(order)
        final = self._invoice(order, final=True)
        self.assertEqual(final.amount_untaxed, 150)
        line = order.order_line.filtered(lambda line: line.product_id == self.product)
        self.assertAmounts(self._return(line).credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0)

    def test_refund_of_a_down_payment(self):
        self.company.reverse_foreign_credit = "block"
        order = self._new_order((self.product, 1, {"price_unit": 100}))
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 80,
            }
        ).create_invoices()
        order.invoice_ids.action_post()
        order.order_line.filtered(lambda line: line.product_id).product_uom_qty = 0
        refund = self._invoice(order, final=True)
        self.assertEqual((refund.move_type, refund.state), ("out_refund", "posted"))
        self.assertEqual(refund.amount_untaxed, 80)

    def test_quantity_lowered_on_the_order(self):
        """Odoo credits an order by ordered quantity that was lowered: not a return."""
        self.company.reverse_foreign_credit = "block"
        service = self._create_product(
            "Support", type="service", invoice_policy="order"
        )
        order = self._new_order((service, 3, {"price_unit": 100}))
        self._invoice(order)
        order.order_line.product_uom_qty = 2
        refund = self._invoice(order, final=True)
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("out_refund", 100))
        self.assertFalse(refund.reversed_entry_id)
        self.assertLine(order.order_line, 0, 2, 0)

    def test_refund_without_order(self):
        """As a point of sale makes them."""
        self.company.reverse_foreign_credit = "block"
        self._return(self.line)
        credit_note = self._manual(5000)
        self.assertAmounts(credit_note, 5000)
        self.assertFalse(credit_note.reverse_rma_id)

    def test_goodwill_line_beside_a_credited_return(self):
        self.company.reverse_foreign_credit = "block"
        self._return(self.line, 3)
        goodwill = {"name": "Sorry", "price_unit": 25, "tax_ids": [Command.clear()]}
        credit_note = self._manual(0, invoice_line_ids=[Command.create(goodwill)])
        self.assertAmounts(credit_note, 25)
        self.assertEqual(credit_note.payment_state, "not_paid")

    def test_vendor_refund(self):
        self.company.reverse_foreign_credit = "block"
        refund = self._manual(99, move_type="in_refund")
        self.assertAmounts(refund, 99)
        self.assertEqual(refund.move_type, "in_refund")

    def test_invoice_over_several_orders(self):
        self.company.reverse_foreign_credit = "block"
        orders = self.env["sale.order"]
        for price in 100, 50:
            order = self._new_order((self.product, 2, {"price_unit": price}))
            self._deliver(order)
            orders |= order
        invoice = self._invoice(orders)
        self.assertEqual((len(invoice), invoice.amount_untaxed), (1, 300))
        first, second = orders.order_line
        self.assertAmounts(self._return(second).credit_note_ids, 50)
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._reversal(invoice)
        self.assertLine(first, 2, 2, 0)
        credit_note = self._reversal(invoice, post=False)
        credit_note.invoice_line_ids.filtered(
            lambda line: line.sale_line_ids == second
        ).quantity = 1
        credit_note.action_post()
        self.assertAmounts(credit_note, 250)

    def test_zero_amounts_sections_and_notes(self):
        self.company.reverse_foreign_credit = "block"
        order = self._new_order(
            (self.product, 2, {"price_unit": 0}),
        )
        order.order_line = [
            Command.create({"display_type": "line_section", "name": "Part one"}),
            Command.create({"display_type": "line_note", "name": "By hand"}),
        ]
        line = order.order_line.filtered("product_id")
        self._deliver(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, 0)
        rma = self._return(line)
        self.assertFalse(rma.credit_note_ids, "nothing was paid")
        self.assertEqual(rma.stage, "settled")
        self.assertLine(line, 1, 2, 0)
        self.assertAmounts(self._reversal(invoice, quantity=1), 0)

    def test_many_credit_notes_in_one_batch(self):
        self.company.reverse_foreign_credit = "block"
        lines = self.line | self._sell(2) | self._sell(4)
        batch = self._books(self.env["account.move"])
        for invoice in lines.order_id.invoice_ids:
            batch |= self._reversal(invoice, post=False)
        batch.action_post()
        self.assertEqual(batch.mapped("state"), ["posted"] * 3)
        self.assertEqual(sum(batch.mapped("amount_untaxed")), 900)

    def test_foreign_currency_counts_in_its_currency(self):
        self.company.reverse_foreign_credit = "block"
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        order = self._new_order(
            (self.product, 1, {"price_unit": 100}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        invoice = self._invoice(order)
        line = order.order_line
        with self.assertRaisesRegex(UserError, TOO_MUCH):
            self._manual(101, line, currency_id=euro.id)
        self.assertAmounts(self._reversal(invoice), 100)
