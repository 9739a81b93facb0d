from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestTerms(ClaimCase):
    """A percentage of the purchases instead of claims; a factor on claims."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "T1", "T2", "T3", "T4")
        cls.bought = cls._purchase(cls.pump, 4, cls.lots)
        cls.bill = cls.bought.order_id.invoice_ids
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.today = fields.Date.today()

    def _allow(self):
        self.agreement.write({"is_allowance": True, "allowance": 5.0})
        return self._as("claims_user", self.agreement)

    def _bill_last_month(self, *bills):
        for bill in bills:
            bill.button_draft()
            bill.name = False
            bill.write({"invoice_date": self.month, "date": self.month})
            bill.action_post()

    @property
    def month(self):
        return self.today.replace(day=1) - relativedelta(months=1)

    def test_allowance(self):
        """5 % of what last month billed is claimed once, and paid like any claim."""
        agreement = self._allow()
        with self.assertRaisesRegex(UserError, "Nothing was billed until the end of"):
            agreement.action_claim_allowance()
        self._bill_last_month(self.bill)
        self._call(agreement, "action_claim_allowance")
        run = self.agreement.allowance_ids
        self.assertEqual(
            (run.month, run.base, run.rate, run.amount, run.bill_count),
            (self.month, 160.0, 5.0, 8.0, 1),
        )
        claim = self._as("claims_user", run.claim_id)
        line = claim.line_ids
        self.assertEqual((line.kind, claim.amount_claimed), ("allowance", 8.0))
        self.assertRegex(line.name, r"5% of .*160\.00 billed until .* \(1 bills\)")
        with self.assertRaisesRegex(UserError, f"claimed already: see {claim.name}"):
            agreement.action_claim_allowance()
        with self.assertRaisesRegex(UserError, "A claimed allowance stays as it is"):
            run.amount = 80.0
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        refund = self._credited(claim)
        self.assertEqual(refund.invoice_line_ids.mapped("price_subtotal"), [8.0])
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 8.0))

    def test_later_bills_count_next_month(self):
        """By itself: bills of a closed month count in the next, claims do not."""
        agreement = self._allow().sudo()
        before = self.month - relativedelta(months=1)
        seal = self._create_product("Seal")
        late = self._purchase(seal, 2, price=50.0).order_id.invoice_ids
        self._bill_last_month(self.bill, late)
        late.button_draft()
        run = agreement._claim_allowance(before)
        self.assertEqual((run.amount, run.claim_id.id), (0.0, False))
        with self.enter_registry_test_mode():
            self.env.ref(
                "reverse_logistics_supplier_claims.cron_claim_allowances"
            ).method_direct_trigger()
        self.agreement.invalidate_recordset()
        self.assertEqual(self.agreement.allowance_ids[:1].amount, 8.0)
        self.assertFalse(self.agreement.allowance_ids[:1].claim_id.opened_by_id)
        late.action_post()
        after = agreement._claim_allowance(self.month + relativedelta(months=1))
        self.assertEqual((after.base, after.amount), (100.0, 5.0))

    def test_nothing_is_lost_for_the_next_month(self):
        """Bills of a cancelled claim, and what was credited beyond the bills."""
        agreement = self._allow().sudo()
        next_month = self.month + relativedelta(months=1)
        credit = self.env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": self.supplier.id,
                "invoice_date": self.month,
                "date": self.month,
                "invoice_line_ids": [
                    Command.create({"name": "Bonus", "quantity": 1, "price_unit": 40.0})
                ],
            }
        )
        credit.action_post()
        run = agreement._claim_allowance(self.month)
        self.assertEqual((run.base, run.amount), (-40.0, 0.0))
        run = agreement._claim_allowance(next_month)
        self.assertEqual((run.base, run.amount), (120.0, 6.0))
        self._call(self._as("claims_user", run.claim_id), "action_cancel")
        run = agreement._claim_allowance(next_month + relativedelta(months=1))
        self.assertEqual((run.base, run.amount), (120.0, 6.0))

    def test_covered_by_the_allowance(self):
        part = self._broken(self.sold)
        self._allow()
        message = "standing allowance of 5% in “Warranty” covers these goods"
        with self.assertRaisesRegex(UserError, message):
            self._as("claims_user", part).action_claim_supplier()
        claims = self._as("claims_user", self.env["reverse.supplier.claim"])
        by_hand = claims.create({"partner_id": self.supplier.id})
        with self.assertRaisesRegex(UserError, message):
            by_hand.line_ids = [Command.create({"inspection_id": part.id})]
        with self.assertRaisesRegex(UserError, "is a standing allowance that covers"):
            by_hand.agreement_id = self.agreement
        with self.assertRaisesRegex(ValidationError, "how many percent"):
            self.agreement.allowance = 0

    def test_technical_factor(self):
        """17 of 20 analysed pumps were the supplier's fault: 85 % are claimed."""
        self.agreement.write({"labour_amount": 10.0, "freight_share": 10.0})
        factors = self._as("claims_approver", self.env["reverse.supplier.factor"])
        values = {
            "partner_id": self.supplier.id,
            "product_id": self.pump.id,
            "date_from": self.today - timedelta(30),
            "date_to": self.today + timedelta(30),
            "sample": 24,
            "analysed": 20,
            "at_fault": 17,
        }
        factor = factors.create(values)
        self.assertEqual(factor.factor, 0.85)
        waiting = self._broken(self.sold)
        # money left is so much as well: 34.00 + 8.50 + 3.40
        self.assertEqual(waiting.claimable_value, 45.9)
        with self.assertRaisesRegex(ValidationError, "has a factor from .* already"):
            factors.create({**values, "date_from": factor.date_to})
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            factor.at_fault = 21
            factor.flush_recordset()
        first, second, third = self._broken(self.sold, 3)
        claim = self._claim(first)
        goods = claim.line_ids[:1]
        self.assertEqual(
            claim.line_ids.mapped(lambda line: (line.kind, line.amount_claimed)),
            [("goods", 34.0), ("labour", 8.5), ("freight", 3.4)],
        )
        self.assertEqual(goods.arithmetic, "1 Units × $\xa040.00 × 0.85")
        by_hand = self._as("claims_user", self.env["reverse.supplier.claim"]).create(
            {"partner_id": self.supplier.id}
        )
        by_hand.line_ids = [Command.create({"inspection_id": second.id})]
        self.assertEqual((by_hand.amount_claimed, by_hand.line_ids.factor), (34, 0.85))
        by_hand.line_ids.amount_claimed = 30.0
        self.assertFalse(by_hand.line_ids.arithmetic)
        factor.date_to = self.today - timedelta(1)
        self.assertEqual(self._claim(third).line_ids[:1].amount_claimed, 40.0)
