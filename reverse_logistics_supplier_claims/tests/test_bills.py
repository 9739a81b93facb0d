from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


class BillCase(ClaimCase):
    """Five seals bought at 40 with one purchase, and sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.seal, 5, bill=False)
        cls.sold = cls._sell(5, product=cls.seal)

    @classmethod
    def _bill(cls, quantity, price, tax, number):
        bill = cls.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": cls.supplier.id,
                "invoice_date": fields.Date.today(),
                "ref": number,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": cls.seal.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(tax.ids)],
                            "purchase_line_id": cls.bought.id,
                        }
                    )
                ],
            }
        )
        cls._call(bill, "action_post")
        return bill

    def _approved(self, quantity):
        claim = self._claim(self._broken(self.sold, quantity))
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve")
        return claim

    def assertTaken(self, claim, *expected):
        self.assertEqual(
            [
                (bill.bill_line_id.move_id, bill.quantity, bill.unit_cost)
                for bill in claim.sudo().line_ids.bill_ids
            ],
            list(expected),
        )


@tagged("post_install", "-at_install")
class TestBills(BillCase):
    """Three of them are billed at 40, two at 42 with another tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        low = cls.tax.copy({"name": "5% purchase", "amount": 5})
        cls.first = cls._bill(3, 40.0, cls.tax, "A-1")
        cls.second = cls._bill(2, 42.0, low, "A-2")

    def test_each_bill_gets_its_credit_note(self):
        claim = self._approved(4)
        self.assertTaken(claim, (self.first, 3, 40.0), (self.second, 1, 42.0))
        self.assertEqual(claim.amount_claimed, 162.0)
        text = (
            rf"{self.first.name}: 3 units × .*40\.00; {self.second.name}: 1 unit × .*42"
        )
        self.assertRegex(claim.line_ids.bills_text, text)
        refunds = self._credited(claim)
        self.assertEqual(
            sorted(
                refunds.mapped(
                    lambda move: (
                        move.reversed_entry_id.ref,
                        move.amount_untaxed,
                        move.amount_tax,
                        move.invoice_line_ids.quantity,
                        move.amount_residual,
                    )
                )
            ),
            [("A-1", 120.0, 12.0, 3, 0.0), ("A-2", 42.0, 2.1, 1, 0.0)],
        )
        self.assertEqual(
            (self.first.amount_residual, self.second.amount_residual), (0.0, 44.1)
        )
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 162.0))
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (1, 1))
        # what is left of them is the last seal of the second bill
        other = self._approved(1)
        self.assertTaken(other, (self.second, 1, 42.0))
        approver = self._as("claims_approver", other)
        message = r"A-2|billed .*84\.00 for Seal, and .*85\.00 would be recovered"
        with self.assertRaisesRegex(UserError, message):
            self._answered(approver, "pay", [(43.0, False)], reference="P", text="?")
        self._answered(approver, "pay", [(42.0, False)], reference="P")
        self.assertEqual(other.state, "recovered")

    def test_a_part_is_approved(self):
        """It is divided by what the bills asked for, to the cent."""
        claim = self._claim(self._broken(self.sold, 4))
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(100.0, "Worn")])
        refunds = self._credited(claim)
        self.assertEqual(
            sorted(refunds.mapped("amount_untaxed")),
            [25.93, 74.07],
            "42 and 120 of 162",
        )
        self._call(claim, "action_resubmit")
        self._answered(claim, "approve")
        more = self._credited(claim)
        self.assertEqual(sorted(more.mapped("amount_untaxed")), [16.07, 45.93])
        credits = claim.sudo().line_ids.refund_line_ids
        pieces = credits.filtered("purchase_line_id")
        self.assertEqual((claim.amount_recovered, len(credits.move_id)), (162.0, 4))
        self.assertEqual(sum(pieces.mapped("quantity")), 4.0)
        self.assertEqual(
            sum(pieces.mapped("price_subtotal")), 162.0, "what was not paid at first"
        )

    def test_what_was_credited_is_left_out(self):
        """Two of the first bill are credited without a claim: one is left of it."""
        self._call(
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.first.ids)
            .create({"journal_id": self.first.journal_id.id}),
            "reverse_moves",
        )
        credit = self.first.reversal_move_ids
        credit.invoice_line_ids.quantity = 2
        self._call(credit, "action_post")
        claim = self._claim(self._broken(self.sold, 4))
        self.assertTaken(
            claim,
            (self.first, 1, 40.0),
            (self.second, 2, 42.0),
            (self.env["account.move"], 1, 40.0),
        )
        self.assertEqual(claim.amount_claimed, 164.0)
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        refunds = self._credited(claim)
        self.assertEqual(
            sorted(
                refunds.mapped(
                    lambda m: (m.reversed_entry_id.ref or "", m.amount_total)
                )
            ),
            [("", 44.0), ("A-1", 44.0), ("A-2", 88.2)],
            "what has no bill has none of the other bills, at the purchase's tax",
        )
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 164.0))

    def test_guard_of_each_bill(self):
        """The first bill gives its 120 and no more, however much the second asked."""
        claim = self._claim(self._broken(self.sold, 4))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self._call(claim, "action_credit_note")
        first = claim.sudo().line_ids.refund_line_ids.move_id.filtered(
            lambda move: move.reversed_entry_id == self.first
        )
        first.invoice_line_ids.price_unit = 41.0
        message = rf"{self.first.name} billed .*120\.00 .* and .*123\.00 would be"
        with self.assertRaisesRegex(UserError, message):
            self._books(first).action_post()


@tagged("post_install", "-at_install")
class TestUnbilled(BillCase):
    """Five seals bought at 40 that nobody has billed when two of them are claimed."""

    def _claimed_unbilled(self, quantity=2):
        claim = self._approved(quantity)
        self.assertTaken(claim, (self.env["account.move"], quantity, 40.0))
        return claim

    def test_no_more_than_it_was_bought_at(self):
        claim = self._claimed_unbilled()
        approver = self._as("claims_approver", claim)
        message = (
            rf"{self.bought.order_id.name}: Seal that nobody has billed yet was bought "
            r"at .*200\.00, and .*201\.00 would"
        )
        with self.assertRaisesRegex(UserError, message):
            self._answered(approver, "pay", [(201.0, False)], reference="P", text="?")
        self._call(claim, "action_credit_note")
        refund = claim.sudo().line_ids.refund_line_ids.move_id
        refund.invoice_line_ids.price_unit = 101.0
        with self.assertRaisesRegex(UserError, r"200\.00, and .*202\.00 would be"):
            self._books(refund).action_post()
        # what was credited without a claim is left out
        refund.invoice_line_ids.price_unit = 40.0
        other = refund.copy({"invoice_date": refund.invoice_date})
        other.invoice_line_ids.write(
            {"purchase_line_id": self.bought.id, "price_unit": 61.0}
        )
        self._call(other, "action_post")
        with self.assertRaisesRegex(UserError, r"200\.00, and .*202\.00 would be"):
            self._books(refund).action_post()

    def test_never_billed(self):
        claim = self._claimed_unbilled()
        refund = self._credited(claim)
        self.assertEqual(
            (refund.amount_untaxed, refund.amount_tax, refund.reversed_entry_id.id),
            (80.0, 8.0, False),
        )
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 80.0))
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (3, -2))

    def test_billed_later(self):
        """The bill is lowered by what was credited; only three of it are left."""
        claim = self._claimed_unbilled()
        refund = self._credited(claim)
        bill = self._bill(5, 40.0, self.tax, "L-1")
        self.assertTaken(claim, (bill, 2, 40.0))
        self.assertEqual(
            (refund.reversed_entry_id, bill.amount_residual, refund.amount_residual),
            (bill, 132.0, 0.0),
        )
        other = self._approved(3)
        self.assertTaken(other, (bill, 3, 40.0))
        approver = self._as("claims_approver", other)
        message = r"L-1|billed .*200\.00 for Seal, and .*201\.00 would be recovered"
        with self.assertRaisesRegex(UserError, message):
            self._answered(approver, "pay", [(121.0, False)], reference="P", text="?")
        self._credited(other)
        self.assertEqual((bill.amount_residual, other.state), (0.0, "recovered"))

    def test_billed_later_in_steps(self):
        """A drafted credit note over two finds its first bill, then its second."""
        claim = self._claimed_unbilled()
        self._call(claim, "action_credit_note")
        refund = claim.sudo().line_ids.refund_line_ids.move_id
        first = self._bill(1, 40.0, self.tax, "L-1")
        self.assertTaken(claim, (first, 1, 40.0), (self.env["account.move"], 1, 40.0))
        self._call(self._books(refund), "action_post")
        self.assertEqual(claim.state, "recovered")
        self.assertEqual((first.amount_residual, refund.amount_residual), (0.0, 44.0))
        second = self._bill(4, 40.0, self.tax, "L-2")
        self.assertTaken(claim, (first, 1, 40.0), (second, 1, 40.0))
        self.assertEqual((first.amount_residual, second.amount_residual), (0.0, 132.0))
        self.assertEqual(refund.amount_residual, 0.0)
        other = self._approved(3)
        self.assertTaken(other, (second, 3, 40.0))
        self.assertEqual(
            sorted(self._credited(other).invoice_line_ids.mapped("price_subtotal")),
            [120.0],
        )
        self.assertEqual(second.amount_residual, 0.0)

    def test_cancelled_claims_let_go(self):
        claim = self._claim(self._broken(self.sold, 2))
        self._call(claim, "action_cancel")
        bill = self._bill(5, 40.0, self.tax, "L-1")
        self.assertTaken(claim, (self.env["account.move"], 2, 40.0))
        self.assertTaken(self._approved(3), (bill, 3, 40.0))
