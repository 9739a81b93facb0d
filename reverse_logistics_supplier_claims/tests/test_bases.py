from datetime import date, datetime, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestBases(ClaimCase):
    """What a claim asks for, and from which day it counts, by what was agreed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        category = cls._create_category("standard", "real_time")
        cls.seal = cls._create_product("Seal", categ_id=category.id)
        cls.bought = cls._purchase(cls.seal, 24, price=40.0, bill=False)
        cls.sold = cls._sell(24, product=cls.seal)

    def _bill_at(self, price):
        """Bill the goods at another price than that of the order."""
        order = self.bought.order_id
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.invoice_date = fields.Date.today()
        bill.invoice_line_ids.price_unit = price
        self._call(bill, "action_post")

    def test_recovery_basis(self):
        """Four pieces: bought at 40, billed at 44, and worth 42 today."""
        before = self._broken(self.sold, 4)
        self.assertEqual(self._claim(before).amount_claimed, 160.0, "not billed yet")
        self._bill_at(44.0)
        for basis, share, claimed in (
            ("purchase", 100.0, 160.0),
            ("bill", 100.0, 176.0),
            ("cost", 100.0, 168.0),
            ("cost", 25.0, 42.0),
            ("bill", 50.0, 88.0),
        ):
            with self.subTest(basis=basis, share=share):
                self.agreement.write({"basis": basis, "share": share})
                part = self._broken(self.sold, 4)
                self.seal.standard_price = 42.0
                part._note_claimable()
                goods = self._claim(part).line_ids
                self.assertEqual(goods.amount_claimed, claimed)
                self.assertEqual(part.sudo().claimable_value, claimed)
                self._call(goods.claim_id, "action_cancel")

    def test_share_with_what_it_caused(self):
        """The share is of the goods; freight is of what is claimed for them."""
        self.agreement.write(
            {
                "basis": "purchase",
                "share": 75.0,
                "labour_amount": 12.0,
                "handling_amount": 3.5,
                "freight_share": 10.0,
            }
        )
        claim = self._claim(self._broken(self.sold, 2))
        self.assertEqual(
            {line.kind: line.amount_claimed for line in claim.line_ids},
            {"goods": 60.0, "labour": 12.0, "freight": 6.0, "handling": 3.5},
        )

    def test_day_from_which_it_counts(self):
        """From the supplier's receipt, the sale to the customer, or the return."""
        part = self._broken(self.sold, 1)
        moves = self.env["stock.move"].sudo()
        for move, moment in (
            (self.bought.move_ids, datetime(2026, 3, 2, 12)),
            (self.sold.move_ids.filtered("is_out"), datetime(2026, 5, 4, 12)),
            (part.receipt_move_id, datetime(2026, 7, 6, 12)),
        ):
            moves.browse(move.ids).reverse_done_at = moment
        for start, day in (
            ("receipt", date(2026, 3, 2)),
            ("delivery", date(2026, 5, 4)),
            ("return", date(2026, 7, 6)),
        ):
            with self.subTest(start=start):
                self.agreement.write({"deadline_from": start, "deadline_days": 30})
                claim = self._claim(part)
                claim = claim.filtered(lambda one: one.state == "draft")
                self.assertEqual(
                    (claim.delivered_on, claim.deadline), (day, day + timedelta(30))
                )
                with freeze_time(day + timedelta(31)):
                    with self.assertRaisesRegex(UserError, "deadline was"):
                        claim.action_submit()
                self._call(claim, "action_cancel")

    def test_unanswered(self):
        """First whoever submitted it is told, then whom the agreement names."""
        approver = self.users["claims_approver"]
        self.agreement.write(
            {"escalate_days": 3, "escalation_user_id": approver.id, "response_days": 14}
        )
        claim = self._claim(self._broken(self.sold, 1))
        self._call(claim, "action_submit")
        due = claim.response_due
        told = {}
        for late in (0, 1, 2, 3, 4):
            with freeze_time(due + timedelta(late)):
                found = claim.sudo().search(
                    [
                        *claim._get_reminder_domain(due + timedelta(late)),
                        ("id", "=", claim.id),
                    ]
                )
                found._remind()
            told[late] = claim.sudo().activity_ids.mapped("user_id.login")
        self.assertEqual(
            told,
            {
                0: [],
                1: ["claims_user"],
                2: ["claims_user"],
                3: ["claims_user", "claims_approver"],
                4: ["claims_user", "claims_approver"],
            },
        )
        activity = claim.sudo().activity_ids.filtered(lambda a: a.user_id == approver)
        self.assertIn("Escalated: ", activity.summary)
        self.assertIn("Cobalt Works promised an answer by", activity.summary)
        self.assertEqual(claim.sudo().reminder_stage, "escalated")

    def test_warranty_of_a_replacement(self):
        """A serial number that replaces another has what was left of its warranty."""
        self.agreement.write({"settlement": "replacement", "warranty_months": 12})
        old, new = self._create_lots(self.pump, "W1", "W2")
        noted, unnoted = self._create_lots(self.pump, "W3", "W4")
        bought = self._purchase(self.pump, 2, old | noted)
        # the day of the first was never noted, as it came before the agreement
        (old | noted).sudo().reverse_supplier_warranty = False
        noted.sudo().reverse_supplier_warranty = date(2027, 2, 3)
        bought.move_ids.sudo().reverse_done_at = datetime(2026, 6, 5, 12)
        sold = self._sell_serials(self.pump, old | noted)
        claim = self._claim(self._broken(sold, 2))
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve")
        self._call(claim, "action_replacement")
        moves = claim.sudo().line_ids.replacement_move_ids
        replaced = {old: new, noted: unnoted}
        for move in moves:
            lot = replaced[move.reverse_replaced_line_id.lot_id]
            move.move_line_ids.unlink()
            move.write({"lot_ids": [(6, 0, lot.ids)], "picked": True})
        self._validate(moves.picking_id)
        self.assertEqual(new.reverse_supplier_warranty, date(2027, 6, 5))
        self.assertEqual(unnoted.reverse_supplier_warranty, date(2027, 2, 3))

    def _faultless(self, line, liability="unknown"):
        part = self._received(line).inspection_ids.with_env(self.env)
        self._call(
            self._as("inspector", part),
            "write",
            {"liability": liability, "no_trouble_found": True},
        )
        self._inspect(part, "A", "RESTOCK")
        return part

    def test_no_trouble_found_is_shared(self):
        """The supplier bears 40 % of what a return caused, and none of the goods."""
        self._bill_at(40.0)
        self.agreement.write(
            {"labour_amount": 12.0, "handling_amount": 3.0, "freight_share": 10.0}
        )
        before = self._faultless(self.sold)
        self.assertFalse(before.sudo().claimable_value or before.is_claim_allowed)
        self.agreement.no_trouble_share = 40.0
        part = self._faultless(self.sold)
        self.assertEqual(
            (part.sudo().claimable_value, part.sudo().unclaimed_reason), (7.6, "open")
        )
        claim = self._claim(part)
        self.assertEqual(
            {line.kind: line.amount_claimed for line in claim.line_ids},
            {"goods": 0.0, "labour": 4.8, "freight": 1.6, "handling": 1.2},
        )
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        refund = self._credited(claim)
        self.assertEqual(refund.amount_untaxed, 7.6)
        self.assertEqual((claim.state, self.bought.qty_invoiced), ("recovered", 24.0))
        # the piece is sold again and breaks: all of its bill is left to claim
        self.assertEqual(self._claim(self._broken(self.sold, 20)).amount_claimed, 895.0)

    def test_no_trouble_found_opens_by_itself(self):
        """Where claims open by themselves, so does that of a share."""
        self.agreement.write(
            {"opens_itself": True, "labour_amount": 10.0, "no_trouble_share": 25.0}
        )
        part = self._faultless(self.sold, "customer")
        claim = part.sudo().supplier_claim_line_ids.claim_id
        self.assertEqual((claim.partner_id, claim.amount_claimed), (self.supplier, 2.5))
        self.agreement.no_trouble_share = 0.0
        other = self._faultless(self.sold, "customer")
        self.assertFalse(other.sudo().supplier_claim_line_ids)

    def test_shared_before_it_was_billed(self):
        """The share is of no bill: that is posted as ever, and all of it is left."""
        self.agreement.write({"labour_amount": 10.0, "no_trouble_share": 25.0})
        claim = self._claim(self._faultless(self.sold))
        self.assertEqual(claim.amount_claimed, 2.5)
        self._bill_at(40.0)
        self.assertFalse(claim.sudo().line_ids.bill_ids)
        self.assertEqual(
            (self.bought.qty_invoiced, self.bought.qty_to_invoice), (24, 0)
        )
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self.assertEqual(self._credited(claim).amount_untaxed, 2.5)
        self.assertEqual((claim.state, self.bought.qty_invoiced), ("recovered", 24))
        goods = self._claim(self._broken(self.sold, 20)).line_ids
        goods = goods.filtered(lambda line: line.kind == "goods")
        self.assertEqual((goods.amount_claimed, goods.quantity), (800.0, 20.0))

    def test_claims_near_their_deadline(self):
        """Until when it can be claimed is seen before anybody has opened a claim."""
        self.agreement.deadline_days = 30
        part = self._broken(self.sold, 1)
        today = fields.Date.today()
        self.assertEqual(part.sudo().claim_deadline, today + timedelta(30))
        parts = self._as("claims_user", self.env["reverse.inspection"])
        soon = [
            ("claim_deadline", ">=", "today"),
            ("claim_deadline", "<=", "+7d"),
            ("id", "=", part.id),
        ]
        self.assertFalse(parts.search(soon))
        self.agreement.deadline_days = 6
        parts.action_note_claimable()
        self.assertEqual(parts.search(soon), part)
        claim = self._claim(part)
        self.assertEqual(parts.search(soon), part, "nobody has submitted it")
        self._call(claim, "action_submit")
        self.assertFalse(part.sudo().claim_deadline)
        self._call(claim, "action_cancel")
        self.assertEqual(part.sudo().claim_deadline, today + timedelta(6))

    def test_archived_goods_are_still_meant(self):
        """An agreement for a product that is archived fits no other goods."""
        agreements = self.env["reverse.supplier.agreement"]
        self.agreement.product_ids = self.pump
        self.pump.action_archive()
        part = self._broken(self.sold, 1)
        self.assertEqual(part.sudo().unclaimed_reason, "no_agreement")
        self.assertFalse(self._claim(part).agreement_id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            unused = self._create_product("Plug")
            agreements.create(
                {
                    "name": "Plugs",
                    "partner_id": self.supplier.id,
                    "product_ids": unused.ids,
                }
            )
            unused.unlink()
            self.env.flush_all()
