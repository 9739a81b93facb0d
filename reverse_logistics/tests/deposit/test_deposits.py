"""Core charges and returnable packaging: oldest first, by condition, refunded once."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..deposits_common import DepositsCommon


@tagged("post_install", "-at_install")
class TestDepositRefund(DepositsCommon):
    def test_two_invoices_oldest_first(self):
        """3 at 50 and 3 at 60: four cores refund 3 at 50 and 1 at 60."""
        first = self._charge(3)
        second = self._charge(3, price=60)
        rma = self._refunded(4)
        notes = rma.credit_note_ids.sorted("id")
        self.assertAmounts(notes, 150, 60)
        self.assertEqual(notes.reversed_entry_id, first | second)
        self.assertEqual(notes[0].invoice_line_ids.product_id, self.charge)
        self.assertEqual(self._left(), [0, 2])
        self.assertEqual(rma.stage, "settled")

    def test_age_of_the_deposit_does_not_matter(self):
        self._charge(1, date=fields.Date.subtract(fields.Date.today(), days=200))
        rma = self._requested_core(1)
        self.assertEqual(
            (rma.state, rma.line_ids.decision_code), ("authorized", "deposit")
        )

    def test_goods_enter_at_their_own_cost(self):
        self._charge(2)
        before = self._balance(self.stock_account)
        rma = self._refunded(2)
        receipt = rma.line_ids.move_ids
        self.assertEqual(receipt.product_id, self.core)
        self.assertEqual(receipt.value, 16)
        self.assertEqual(self.core.total_value, 16)
        self.assertEqual(self._available(self.core), (2, 2, 2))
        self.assertEqual(self._cogs(rma.credit_note_ids), 0)
        self.assertEqual(self._balance(self.stock_account), before)

    def test_the_order_is_not_billed_again(self):
        invoice = self._charge(2)
        line = invoice.invoice_line_ids.sale_line_ids.filtered(
            lambda line: line.product_id == self.charge
        )
        self._refunded(2)
        line.invalidate_recordset()
        self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (2, 0))
        self.assertEqual(line.order_id.invoice_status, "invoiced")

    def test_condition_gives_half(self):
        tax = self._create_tax(20)
        self._charge(2, tax_ids=[Command.set(tax.ids)])
        rma = self._refunded(2, "B")
        note = rma.credit_note_ids
        self.assertAmounts(note, 50)
        self.assertAlmostEqual(note.amount_total, 60)
        names = " ".join(note.invoice_line_ids.mapped("name"))
        self.assertIn("50 % of the deposit", names)
        self.assertEqual(self._left(), [0])

    def test_condition_gives_nothing(self):
        self.company._ensure_reverse_scrap()
        self._charge(1)
        rma = self._refunded(1, "E")
        self.assertFalse(rma.credit_note_ids)
        self.assertTrue(rma.inspection_ids.denied)
        self.assertEqual(self._left(), [1])
        self.assertAmounts(self._refunded(1).credit_note_ids, 50)

    def test_mixed_conditions(self):
        self._charge(3)
        rma = self._requested_core(3)
        part = self._receive(rma)
        self._as("inspector", part).quantity = 1
        rest = rma.inspection_ids - part
        self._inspect(part, "B")
        self._inspect(rest, "A")
        self.assertAmounts(rma.credit_note_ids, 25, 100)
        self.assertEqual(self._left(), [0])

    def test_over_balance_is_refused(self):
        self._charge(2)
        with self.assertRaisesRegex(
            UserError, "Ada Distribution is entitled to 2 units of Alternator cores"
        ):
            self._requested_core(3)
        self._requested_core(2)
        with self.assertRaisesRegex(UserError, "with this return 3 would come back"):
            self._requested_core(1)

    def test_cancelled_returns_free_the_balance(self):
        self._charge(2)
        rma = self._requested_core(2)
        self._as("service", rma).action_cancel()
        self.assertEqual(self._requested_core(2).state, "authorized")
        self.assertEqual(self._left(), [2])

    def test_over_balance_for_a_person(self):
        self.core_type.over_balance = "person"
        self._charge(2)
        rma = self._requested_core(3)
        lines = rma.line_ids.sorted("id")
        self.assertEqual(lines.mapped("quantity"), [2, 1])
        self.assertFalse(lines[1].deposit_type_id)
        self.assertEqual(lines[1].product_id, self.core)
        self.assertEqual(self._open_exceptions(rma), ["no_source"])
        self._as("approver", rma.exception_ids).action_take_in()
        self._receive(rma)
        owned = rma.inspection_ids.filtered("customer_owned")
        self.assertEqual(owned.quantity, 1)
        self._inspect(rma.inspection_ids - owned)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_customer_with_nothing_left(self):
        with self.assertRaisesRegex(UserError, "entitled to 0 units"):
            self._requested_core(1)
        self.core_type.over_balance = "person"
        rma = self._requested_core(1)
        self.assertFalse(rma.line_ids.deposit_type_id)
        self.assertEqual(self._open_exceptions(rma), ["no_source"])

    def test_refunded_once(self):
        """What a return has refunded cannot be credited by hand as well."""
        invoice = self._charge(3)
        self._refunded(2)
        with self.assertRaisesRegex(
            UserError, "Alternator cores: .*3 would be credited, but the balance is 1;"
        ):
            self._reverse_by_hand(invoice)
        self.assertEqual(self._left(), [1])

    def test_refunded_once_without_an_order(self):
        invoice = self._invoice_alone(2)
        self.assertAmounts(self._refunded(1).credit_note_ids, 50)
        self.assertEqual(self._left(), [1])
        with self.assertRaisesRegex(
            UserError, "2 would be credited, but the balance is 1"
        ):
            self._reverse_by_hand(invoice)
        self.assertAmounts(self._refunded(1).credit_note_ids, 50)
        with self.assertRaisesRegex(UserError, "entitled to 0 units"):
            self._requested_core(1)

    def test_credited_by_hand_before_release(self):
        """Condition C waits for a person; meanwhile the accountant credits it."""
        invoice = self._charge(2)
        rma = self._refunded(2, "C")
        settlement = rma.settlement_ids
        self.assertEqual(settlement.amount_untaxed, 100)
        self._reverse_by_hand(invoice)
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        with self.assertRaisesRegex(
            UserError, "2 would be refunded, but the balance is 0"
        ):
            self._as("releaser", settlement).action_release()
        self.assertFalse(rma.credit_note_ids)

    def test_proposals_share_what_is_left(self):
        self._charge(2)
        first = self._refunded(1, "C")
        second = self._refunded(1, "C")
        self._settle(first.settlement_ids)
        self._settle(second.settlement_ids)
        self.assertAmounts(first.credit_note_ids | second.credit_note_ids, 50, 50)
        self.assertEqual(self._left(), [0])

    def test_reversed_refund_restores_the_balance(self):
        self._charge(2)
        rma = self._refunded(2)
        self.assertEqual(self._left(), [0])
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(self._left(), [2])
        self.assertEqual(len(self._deposits()), 1)
        self._as("service", rma).action_propose_settlement()
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertEqual(self._left(), [0])

    def test_discount_on_the_order_is_shared(self):
        """10 % on the order: the deposit was charged with 45, and 45 come back."""
        order = self._new_order(
            (self.product, 1, {"price_unit": 100.0}),
            (self.charge, 1, {"price_unit": 50.0}),
        )
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()
        self._deliver(order)
        self._invoice(order)
        self.assertAmounts(self._refunded(1).credit_note_ids, 45)
        self.assertEqual(self._left(), [0])

    def test_crates_without_condition(self):
        crates = self.env["reverse.deposit.type"].create(
            {
                "name": "Crates",
                "product_id": self._create_charge("Crate deposit").id,
                "core_product_id": self._create_product("Crate").id,
            }
        )
        self._invoice_alone(40, 3.10, crates.product_id)
        rma = self._refunded(25, "B", crates)
        self.assertAmounts(rma.credit_note_ids, 77.5)
        deposit = self._deposits(crates)
        self.assertEqual((deposit.qty_refunded, deposit.qty_left), (25, 15))
        self.assertAlmostEqual(deposit.amount_left, 46.5)

    def test_the_charge_itself_is_no_goods(self):
        invoice = self._charge(1)
        line = invoice.invoice_line_ids.sale_line_ids.filtered(
            lambda line: line.product_id == self.charge
        )
        with self.assertRaisesRegex(
            UserError, "is a deposit: enter the return of Used alternator"
        ):
            self._draft(line)
        with self.assertRaisesRegex(
            UserError, "is a deposit on Used alternator: return that, not Ket"
        ):
            rma = self._draft_core(1)
            rma.line_ids.product_id = self.product

    def test_with_sold_goods_in_one_return(self):
        invoice = self._charge(1)
        goods = invoice.invoice_line_ids.sale_line_ids.filtered(
            lambda line: line.product_id == self.product
        )
        rma = self._draft_core(1)
        rma.line_ids = [Command.create({"sale_line_id": goods.id, "quantity": 1})]
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 150)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -40)
        self.assertLine(goods, 0, 0, 0)
        self.assertEqual(self._left(), [0])
