"""Fees that no credit holds: billed, and taken back with their settlement."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..fee_common import FeeCommon


@tagged("post_install", "-at_install")
class TestFeeBilled(FeeCommon):
    def _billed_lines(self, order, product=None):
        return order.order_line.filtered(
            lambda line: line.product_id == (product or self.fee_product)
        )

    # ------------------------------------------------------------------
    # Above the credit
    # ------------------------------------------------------------------
    def test_what_exceeds_the_credit_goes_on_the_order(self):
        self._set_fees({"fixed": 80, "above_credit": "bill"})
        order_line = self._sell(1, price=50.0)
        settled = self._charged(order_line)
        self.assertEqual((settled.fee, settled.fee_billed), (80, 37.98))
        self.assertEqual(settled.amount, 7.98)
        self.assertAmounts(settled.settlement_id.credit_note_ids, 7.98)
        billed = self._billed_lines(order_line.order_id)
        self.assertEqual(settled.fee_order_line_id, billed)
        self.assertEqual((billed.price_unit, billed.tax_ids), (37.98, self.fee_tax))
        self.assertLine(billed, 0, 0, 1, "to invoice")
        self.assertAmounts(self._invoice(order_line.order_id), 37.98)

    def test_reversing_takes_back_what_was_withheld_and_what_was_billed(self):
        self._set_fees({"fixed": 80, "above_credit": "bill"})
        order_line = self._sell(1, price=50.0)
        settlement = self._charged(order_line).settlement_id
        credit_note = settlement.credit_note_ids
        billed = self._billed_lines(order_line.order_id)
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(billed.product_uom_qty, 0)
        self.assertAmounts(credit_note.reversal_move_ids, 7.98)
        self.assertLine(billed, 0, 0, 0)
        self.assertLine(order_line, 0, 1, 0)

    def test_a_released_fee_stays_on_the_order(self):
        self._set_fees({"fixed": 80, "above_credit": "bill"})
        order_line = self._sell(1, price=50.0)
        settled = self._charged(order_line)
        billed = self._billed_lines(order_line.order_id)
        seller = self._as("service", billed)
        for values in (
            {"price_unit": 1},
            {"product_uom_qty": 0},
            {"discount": 50},
            {"product_id": self.product.id},
            {"tax_ids": [Command.clear()]},
            {"order_id": self._new_order((self.product, 1)).copy().id},
        ):
            with self.assertRaisesRegex(
                UserError, f"was released with {settled.rma_id.name}.*by Reverse"
            ):
                seller.write(values)
        forged = {
            "currency_id": billed.currency_id.id,
            "price_unit": 37.98,
            "discount": 0,
            "quantity": 1,
            "rate": 1,
            "manual_total_excluded_currency": 0,
            "manual_total_excluded": 0,
            "manual_tax_amounts": {
                str(self.fee_tax.id): {
                    "tax_amount_currency": 0,
                    "tax_amount": 0,
                    "base_amount_currency": 0,
                    "base_amount": 0,
                }
            },
        }
        with self.assertRaisesRegex(UserError, "what a line amounts to follows"):
            seller.write({"extra_tax_data": forged})
        with self.assertRaisesRegex(UserError, "was released with"):
            self._rpc(
                self.users["service"],
                seller._name,
                "unlink",
                seller.ids,
                context={"_force_unlink": True},
            )
        with self.assertRaisesRegex(UserError, "was released with"):
            seller.order_id._action_cancel()
        seller.name = "Handling, as agreed"
        self.assertAmounts(self._invoice(order_line.order_id), 37.98)

    def test_a_deduction_makes_more_of_the_fee_billed(self):
        self._set_fees({"fixed": 30, "above_credit": "bill"})
        order_line = self._sell(1, price=50.0)
        settled = self._charged(order_line, condition="C")
        self.assertEqual((settled.fee_billed, settled.amount), (0, 20))
        self._as("service", settled).deduction = 38.1
        self.assertEqual((settled.fee_billed, settled.amount), (20, 1.9))
        self._settle(settled.settlement_id)
        billed = self._billed_lines(order_line.order_id)
        self.assertEqual(billed.price_unit, 20)

    def test_a_fee_within_the_credit_is_not_billed(self):
        self._set_fees({"fixed": 30, "above_credit": "bill"})
        order_line = self._sell(1, price=50.0)
        settled = self._charged(order_line)
        self.assertEqual((settled.fee, settled.fee_billed), (30, 0))
        self.assertFalse(self._billed_lines(order_line.order_id))

    # ------------------------------------------------------------------
    # Nothing is credited
    # ------------------------------------------------------------------
    def test_goods_that_were_not_invoiced_yet(self):
        self._set_fees({"percent": 10})
        order = self._new_order((self.product, 4, {"price_unit": 50.0}))
        self._deliver(order)
        settled = self._charged(order.order_line, 2)
        self.assertEqual((settled.fee, settled.fee_billed), (10, 10))
        self.assertFalse(settled.settlement_id.credit_note_ids)
        self.assertAmounts(self._invoice(order), 2 * 50 + 10)

    def test_the_price_of_a_billed_fee_contains_its_tax(self):
        self.fee_product.taxes_id = self._create_tax(25, included=True)
        self._set_fees({"fixed": 10})
        order = self._new_order((self.product, 1, {"price_unit": 50.0}))
        self._deliver(order)
        self._charged(order.order_line)
        billed = self._billed_lines(order)
        self.assertEqual((billed.price_unit, billed.price_subtotal), (12.5, 10))

    # ------------------------------------------------------------------
    # Replacements
    # ------------------------------------------------------------------
    def test_who_is_not_entitled_pays_for_a_replacement(self):
        self._set_fees({"percent": 10})
        order_line = self._sell(2, price=50.0)
        replaced = {"settlement_type": "replacement"}
        settled = self._charged(order_line, rma=replaced)
        self.assertEqual((settled.kind, settled.fee), ("replacement", 5))
        self.assertEqual(settled.state, "released")
        billed = self._billed_lines(order_line.order_id)
        self.assertEqual((billed.price_unit, billed.product_uom_qty), (5, 1))
        entitled = self._charged(order_line, reason="DEFECTIVE", rma=replaced)
        self.assertEqual((entitled.fee, entitled.fee_code), (0, "waived_fault"))
        self.assertFalse(entitled.fee_order_line_id)

    def test_money_instead_of_the_replacement_charges_once(self):
        self._set_fees({"percent": 10})
        order_line = self._sell(1, price=50.0)
        settled = self._charged(order_line, rma={"settlement_type": "replacement"})
        billed = settled.fee_order_line_id
        self._as("service", settled.settlement_id).action_refund_instead()
        self.assertEqual(billed.product_uom_qty, 0)
        refund = settled.rma_id.settlement_ids - settled.settlement_id
        self.assertEqual((refund.line_ids.fee, refund.line_ids.fee_billed), (5, 0))
        self.assertAmounts(self._settle(refund), 45)

    def test_a_replacement_in_advance_pays_what_was_announced(self):
        self._set_fees({"percent": 10})
        order_line = self._sell(1, price=50.0)
        line = self._entered(order_line, rma={"settlement_type": "replacement"})
        self._as("service", line.rma_id).action_replace_in_advance()
        settled = line.rma_id.settlement_ids.line_ids
        self.assertEqual((settled.fee, settled.fee_billed), (5, 5))
        self._settle(settled.settlement_id)
        self.assertEqual(self._billed_lines(order_line.order_id).price_unit, 5)
        self._send(line.rma_id)
        self._taken_in(line)
        self.assertEqual(len(self._billed_lines(order_line.order_id)), 1)

    # ------------------------------------------------------------------
    # Sales without an order
    # ------------------------------------------------------------------
    def _charged_historic(self):
        sale = self.env["reverse.historic.sale"].create(
            {
                "invoice_name": "OLD/1",
                "date": fields.Date.today(),
                "partner_id": self.customer.id,
                "product_id": self.product.id,
                "quantity": 2,
                "price_unit": 50.0,
                "cost": 40.0,
                "company_id": self.company.id,
            }
        )
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": 1,
                            "historic_sale_id": sale.id,
                            "reason_id": self.reasons["UNWANTED"].id,
                        }
                    )
                ],
            }
        )
        rma.action_request()
        return self._taken_in(rma.line_ids.sudo()).line_ids

    def test_an_old_sale_is_charged_from_its_credit(self):
        self._set_fees({"percent": 10})
        settled = self._charged_historic()
        self.assertEqual((settled.fee, settled.fee_billed), (5, 0))
        self.assertAmounts(settled.settlement_id.credit_note_ids, 45)

    def test_what_exceeds_the_credit_of_an_old_sale_is_a_draft_invoice(self):
        self._set_fees({"fixed": 80, "above_credit": "bill"})
        settled = self._charged_historic()
        self.assertEqual((settled.fee, settled.fee_billed), (80, 37.98))
        invoice = settled.fee_invoice_id
        self.assertEqual((invoice.state, invoice.partner_id), ("draft", self.customer))
        self.assertAlmostEqual(invoice.amount_untaxed, 37.98)
        self.assertEqual(settled.settlement_id.fee_invoice_count, 1)
        self._as("releaser", settled.settlement_id).action_reverse()
        self.assertEqual(invoice.state, "cancel")

    def test_a_posted_invoice_over_a_fee_is_reversed(self):
        self._set_fees({"fixed": 80, "above_credit": "bill"})
        settled = self._charged_historic()
        invoice = settled.fee_invoice_id
        invoice.action_post()
        self._as("releaser", settled.settlement_id).action_reverse()
        self.assertEqual(invoice.state, "posted")
        self.assertAmounts(invoice.reversal_move_ids, 37.98)
        self.assertEqual(invoice.payment_state, "reversed")
