from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestLinking(ClaimCase):
    """Credit notes that name no purchase: over labour, or of a carrier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"authorization_required": False, "labour_amount": 15.0})
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.seal, 5)
        cls.sold = cls._sell(5, product=cls.seal)

    def _approved(self, **values):
        claim = self._claim(self._broken(self.sold, **values))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        return claim

    def _noted(self, *amounts, partner=None, post=True):
        """A credit note that somebody has entered from the supplier's paper."""
        refund = self.env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": (partner or self.supplier).id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Credit of {amount}",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                    for amount in amounts
                ],
            }
        )
        if post:
            self._call(self._books(refund), "action_post")
        return refund

    def _linked(self, claim, **lines):
        """Open the form; choose for each amount the line of the claim of that kind."""
        action = self._call(claim, "action_link")
        entry = self.env[action["res_model"]].with_user(claim.env.user)
        entry = entry.browse(action["res_id"])
        for kind, amount in lines.items():
            row = entry.line_ids.filtered(lambda row, a=amount: row.amount == a)[:1]
            row.claim_line_id = claim.line_ids.filtered(
                lambda line, kind=kind: line.kind == kind
            )
        return entry

    def test_goods_and_labour_without_their_purchase(self):
        bill = self.bought.order_id.invoice_ids
        claim = self._approved()
        self.assertEqual(claim.amount_approved, 55.0)
        with self.assertRaisesRegex(UserError, "no posted credit note of Cobalt Works"):
            claim.action_link()
        self._noted(15.0, post=False)
        with self.assertRaisesRegex(UserError, "no posted credit note of Cobalt Works"):
            claim.action_link()
        refund = self._noted(40.0, 15.0, 99.0)
        with self.assertRaisesRegex(UserError, "no posted credit note of"):
            claim.action_match()
        entry = self._linked(claim)
        self.assertEqual(sorted(entry.line_ids.mapped("amount")), [15.0, 40.0, 99.0])
        with self.assertRaisesRegex(UserError, "Choose the line of the claim that"):
            entry.action_confirm()
        self._call(self._linked(claim, goods=40.0, labour=15.0), "action_confirm")
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 55.0))
        self.assertEqual(
            claim.line_ids.mapped(lambda line: (line.kind, line.amount_recovered)),
            [("goods", 40.0), ("labour", 15.0)],
        )
        # its bill is that much lower
        self.assertEqual(refund.reversed_entry_id, bill)
        self.assertEqual((refund.amount_residual, bill.amount_residual), (0.0, 50.6))
        answer = claim.answer_ids.sorted("id")[-1:]
        self.assertEqual((answer.kind, answer.reference), ("match", refund.name))
        # what pays one claim pays no other, and can be let go
        other = self._approved()
        self.assertEqual(self._linked(other).line_ids.mapped("amount"), [99.0])
        taken = refund.invoice_line_ids[:1]
        with self.assertRaisesRegex(UserError, "that pay nothing yet and name no"):
            other._link({taken: other.line_ids[:1]})
        self.assertTrue(claim.is_unmatch_allowed)
        claim._unmatch(refund, "It is about something else")
        self.assertEqual((claim.state, claim.amount_recovered), ("approved", 0.0))

    def test_what_is_not_linked(self):
        claim = self._approved()
        stranger = self._noted(40.0, partner=self.stranger)
        mine = self._noted(40.0, 7.0)
        line = claim.line_ids.filtered(lambda line: line.kind == "labour")
        with self.assertRaisesRegex(UserError, "that pay nothing yet and name no"):
            claim._link({stranger.invoice_line_ids: line})
        with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
            self._as("inspector", claim)._link({mine.invoice_line_ids[0]: line})
        other = self._approved()
        with self.assertRaisesRegex(UserError, "nothing of it is approved that has"):
            claim._link({mine.invoice_line_ids[0]: other.line_ids[:1]})
        self._call(self._linked(claim, labour=40.0), "action_confirm")
        self.assertEqual((claim.state, line.amount_recovered), ("approved", 40.0))
        with self.assertRaisesRegex(UserError, "nothing of it is approved that has"):
            self._linked(claim, labour=7.0).action_confirm()
        # what a bill has asked for is not recovered twice
        third = self._approved()
        self._noted(300.0)
        with self.assertRaisesRegex(UserError, "would be recovered of it"):
            self._linked(third, goods=300.0).action_confirm()
        with self.assertRaisesRegex(UserError, "linked by the buttons of their claim"):
            self._books(mine).invoice_line_ids.write(
                {"reverse_claim_line_id": line.id, "reverse_claim_matched": True}
            )

    def test_carrier(self):
        """Its note pays what it has broken; the bill of the goods stays as it is."""
        carrier = self.env["res.partner"].create({"name": "Swift Parcels"})
        self.env["reverse.supplier.agreement"].create(
            {"name": "Parcels", "partner_id": carrier.id, "kind": "carrier"}
        )
        rma = self._received(self.sold)
        rma.sudo().carrier_partner_id = carrier
        part = self._as("inspector", rma.inspection_ids)
        self._call(part, "write", {"liability": "carrier"})
        self._inspect(part, "E", "SCRAP")
        claim = self._claim(part.with_env(self.env))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self.assertFalse(claim.is_match_allowed)
        self.assertTrue(claim.is_link_allowed)
        bill = self.bought.order_id.invoice_ids
        before = bill.amount_residual
        refund = self._noted(40.0, partner=carrier)
        self._call(self._linked(claim, goods=40.0), "action_confirm")
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))
        self.assertEqual((bill.amount_residual, refund.amount_residual), (before, 44.0))
        self.assertFalse(refund.reversed_entry_id)
