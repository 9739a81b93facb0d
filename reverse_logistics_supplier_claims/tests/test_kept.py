from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestKept(ClaimCase):
    """Goods stay here and the supplier pays a part; a match that was wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"authorization_required": False, "goods": "keep"})
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.seal, 5, price=40.0)
        cls.sold = cls._sell(3, product=cls.seal)

    def _worth(self):
        """Value of the stock, and balance of its account."""
        self.seal.invalidate_recordset()
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.stock_account.id),
                ("product_id", "=", self.seal.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return self.seal.total_value, sum(lines.mapped("balance"))

    def _approved(self, amount):
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(amount, "Worn")])
        return claim

    def test_what_stays_costs_less(self):
        """Three of five are here at 40, of which one was paid with 25.55."""
        claim = self._approved(25.55)
        value, booked = self._worth()
        self.assertEqual(value, 120.0)
        refund = self._credited(claim)
        self.assertEqual(refund.invoice_line_ids.account_id, self.stock_account)
        self.assertFalse(refund.invoice_line_ids.purchase_line_id)
        lower, less = self._worth()
        self.assertAlmostEqual(value - lower, 25.55)
        self.assertAlmostEqual(booked - less, 25.55)
        back = claim.sudo().line_ids.inspection_id.receipt_move_id
        self.assertAlmostEqual(back.value, 14.45)
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (5, 5))
        # what is taken back is worth its cost again
        self._call(self._books(refund), "button_draft")
        self.assertEqual(self._worth(), (value, booked))

    def test_what_is_gone_lowers_the_expense(self):
        claim = self._approved(25.0)
        part = claim.sudo().line_ids.inspection_id
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "E", "SCRAP")
        refund = self._credited(claim)
        self.assertEqual(
            refund.invoice_line_ids.account_id,
            claim.sudo().line_ids._get_expense_account(),
        )
        self.assertEqual(self._worth()[0], 80.0)

    def test_what_left_since_the_draft_lowers_the_expense(self):
        claim = self._approved(25.0)
        self._call(claim, "action_credit_note")
        line = claim.sudo().line_ids
        credit = line.refund_line_ids
        self.assertEqual(credit.account_id, self.stock_account)
        part = line.inspection_id
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "E", "SCRAP")
        self._call(self._books(credit.move_id), "action_post")
        self.assertEqual(credit.account_id, line._get_expense_account())
        self.assertFalse(credit.reverse_kept_move_id)

    def test_what_left_since_the_posting_stays_lowered(self):
        """What is reset and posted again lowers again what it lowered before."""
        claim = self._approved(25.0)
        refund = self._credited(claim)
        credit = refund.invoice_line_ids
        part = claim.sudo().line_ids.inspection_id
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "E", "SCRAP")
        self._call(self._books(refund), "button_draft")
        self._call(self._books(refund), "action_post")
        self.assertEqual(credit.account_id, self.stock_account)
        self.assertTrue(credit.reverse_kept_move_id)

    def _supplier_credits(self, *purchases, post=True):
        """The supplier's own credit note, 25 of each purchase, which names no bill."""
        refund = self.env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": self.supplier.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": purchase.product_id.id,
                            "quantity": 1,
                            "price_unit": 25.0,
                            "tax_ids": [Command.set(self.tax.ids)],
                            "purchase_line_id": purchase.id,
                        }
                    )
                    for purchase in purchases
                ],
            }
        )
        if post:
            self._call(self._books(refund), "action_post")
        return refund

    def test_a_match_is_undone(self):
        """The credit note and the bill are open again; who and why stays."""
        bill = self.bought.order_id.invoice_ids
        claim = self._approved(25.0)
        refund = self._supplier_credits(self.bought)
        self._call(claim, "action_match")
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 25.0))
        self.assertEqual((refund.amount_residual, bill.amount_residual), (0.0, 192.5))
        self.assertEqual(refund.reversed_entry_id, bill)
        self.assertTrue(claim.is_unmatch_allowed)
        action = self._call(claim, "action_unmatch")
        entry = self.env[action["res_model"]].with_user(claim.env.user)
        entry = entry.browse(action["res_id"])
        self.assertEqual(entry.line_ids.mapped("amount"), [25.0])
        entry.reason = "It is about the other delivery"
        with self.assertRaisesRegex(UserError, "Choose the credit notes of which"):
            entry.action_confirm()
        entry.line_ids.undo = True
        self._call(entry, "action_confirm")
        self.assertEqual((claim.state, claim.amount_recovered), ("partly", 0.0))
        self.assertEqual((refund.amount_residual, bill.amount_residual), (27.5, 220.0))
        self.assertFalse(refund.reversed_entry_id)
        answer = claim.answer_ids.sorted("id")[-1:]
        self.assertEqual(
            (answer.kind, answer.user_id, answer.text, answer.reference),
            ("unmatch", claim.env.user, "It is about the other delivery", refund.name),
        )
        with self.assertRaisesRegex(UserError, "matched with it. Those that it made"):
            claim._unmatch(refund, "Again")
        # it can be matched anew, and stays so once the claim is closed
        self._call(claim, "action_match")
        self._call(self._as("claims_approver", claim), "action_write_off")
        self._call(claim, "action_close")
        self.assertFalse(claim.is_unmatch_allowed)
        with self.assertRaisesRegex(UserError, "is Closed: what paid it stays so"):
            claim._unmatch(refund, "Too late")
        with self.assertRaisesRegex(UserError, "Say why the match is undone"):
            claim._unmatch(refund, " ")

    def test_a_credit_note_of_two_claims(self):
        """Each claim takes the line that names it, whichever is matched first."""
        first, second = self._approved(25.0), self._approved(25.0)
        third = self._approved(5.0)
        third._guarded_write({"supplier_reference": "10"})
        refund = self._supplier_credits(self.bought, self.bought, post=False)
        for aml, claim in zip(refund.invoice_line_ids, (second, first), strict=True):
            aml.name = f"Your claim {claim.name}: worn"
        self._call(self._books(refund), "action_post")
        # what is about others is not said to be about none
        with self.assertRaisesRegex(
            UserError, f"{refund.name} is about .*{first.name}"
        ):
            third.action_match()
        line = refund.invoice_line_ids[0]
        line.name = "10 Units"
        self.assertFalse(third._find_named(line))
        refund.ref = "RMA: 10"
        self.assertEqual(third._find_named(line), {third.id})
        line.name, refund.ref = f"Your claim {second.name}: worn", False
        for claim in (first, second):
            self._call(claim, "action_match")
            self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 25.0))
        self.assertEqual(
            refund.invoice_line_ids.reverse_claim_line_id.claim_id,
            (second | first).with_env(self.env),
        )

    def test_a_later_match_finds_another_bill(self):
        """The first bill is paid: what is open lowers the one of the second match."""
        bill = self.bought.order_id.invoice_ids
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"payment_date": fields.Date.today()})._create_payments()
        claims = [self._approved(25.0)]
        cap = self._create_product("Cap", categ_id=self.perpetual.id)
        caps = self._purchase(cap, 5, price=40.0)
        other = caps.order_id.invoice_ids
        self.sold = self._sell(1, product=cap)
        claims.append(self._approved(25.0))
        refund = self._supplier_credits(self.bought, caps)
        self._call(claims[0], "action_match")
        self.assertEqual(
            (refund.reversed_entry_id, refund.amount_residual), (bill, 55.0)
        )
        self._call(claims[1], "action_match")
        self.assertFalse(refund.reversed_entry_id)
        self.assertEqual((refund.amount_residual, other.amount_residual), (0.0, 165.0))

    def test_matches_of_two_claims_are_undone(self):
        """One credit note pays claims on two purchases: all of it is open again."""
        bill = self.bought.order_id.invoice_ids
        claims = [self._approved(25.0)]
        cap = self._create_product("Cap", categ_id=self.perpetual.id)
        caps = self._purchase(cap, 5, price=40.0)
        self.sold = self._sell(1, product=cap)
        claims.append(self._approved(25.0))
        refund = self._supplier_credits(self.bought, caps)
        for claim in claims:
            self._call(claim, "action_match")
        self.assertEqual(refund.amount_residual, 0.0)
        for claim in claims:
            claim._unmatch(refund, "About something else")
        self.assertEqual((refund.amount_residual, bill.amount_residual), (55.0, 220.0))
        self.assertFalse(refund.reversed_entry_id)
