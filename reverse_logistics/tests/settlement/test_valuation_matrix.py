"""What each disposition does to stock value and ledger, by every way to value goods."""

from odoo.tests import tagged

from ..valuation_common import SOLD, VALUES, ValuationCommon

#: For each disposition, whether a piece leaves the stock's value.
LEAVES = {"RESTOCK": False, "QUARANTINE": False, "SCRAP": True, "CUSTOMER": True}


@tagged("post_install", "-at_install")
class TestValuationMatrix(ValuationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_off = cls.env["account.account"].create(
            {
                "name": "Returns written off",
                "code": "699099",
                "account_type": "expense",
                "company_ids": [(4, cls.company.id)],
            }
        )
        cls.company._ensure_reverse_scrap()
        cls.company.reverse_write_off_account_id = cls.write_off

    def _take_apart(self, rma):
        """Give the parts of one piece of each product, for each disposition."""
        rest, found = rma.inspection_ids, {}
        for code in LEAVES:
            if code != list(LEAVES)[-1]:
                self._call(self._as("inspector", rest), "write", {"quantity": 1})
            found[code] = rest
            known = self.env["reverse.inspection"].union(*found.values())
            rest = rma.inspection_ids - known
        return found

    def test_stock_value_and_ledger(self):
        rma = self._back(4)
        parts = self._take_apart(rma)
        for code, leaves in LEAVES.items():
            with self.subTest(disposition=code):
                self._check_disposition(parts[code], code, leaves)
        self._check_scrap_taken_back(parts["SCRAP"])
        self._check_credited(rma)
        self.assertEqual(rma._check_quantities(), {})

    def _check_disposition(self, parts, code, leaves):
        before = self._worth()
        stock, lost = self._balance(self.stock_account), self._balance(self.write_off)
        cost = self._balance(self.expense_account)
        self._inspect(parts, "A" if code == "RESTOCK" else "D", code)
        if code == "CUSTOMER":
            self._validate(parts.move_ids.picking_id)
        expected = {key: leaves * VALUES[key[0]] for key in before}
        self.assertEqual(self._lost(before), expected)
        # scrap is in the books at once where these are kept so; a credit that policy
        # gives takes back the cost of the very sale
        written_off = sum(VALUES.values()) if code == "SCRAP" else 0.0
        taken_back = sum(SOLD.values()) if code == "RESTOCK" else 0.0
        self.assertEqual(self._balance(self.write_off) - lost, written_off)
        self.assertEqual(self._balance(self.expense_account) - cost, -taken_back)
        self.assertEqual(
            self._balance(self.stock_account) - stock, taken_back - written_off
        )
        if code == "SCRAP":
            self.assertAlmostEqual(self._close(self.write_off), written_off)

    def _check_scrap_taken_back(self, parts):
        """It is worth again what it was written off at, in stock and books."""
        before, stock = self._worth(), self._balance(self.stock_account)
        self._call(self._as("inspector", parts), "action_correct")
        self.assertEqual(
            self._lost(before), {key: -VALUES[key[0]] for key in self.products}
        )
        self.assertEqual(self._balance(self.write_off), 0)
        self.assertEqual(
            self._balance(self.stock_account) - stock, sum(VALUES.values())
        )
        self.assertAlmostEqual(self._close(self.write_off), 0)

    def _check_credited(self, rma):
        """What persons credit of it takes the same cost back."""
        cost = self._balance(self.expense_account)
        drafts = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        quarantined = drafts.line_ids.filtered(
            lambda line: line.inspection_id.disposition_id.code == "QUARANTINE"
        )
        self.assertEqual(len(quarantined), len(self.products))
        self._settle(quarantined.settlement_id)
        credited = quarantined.settlement_id.line_ids.inspection_id
        pieces = len(credited) / len(self.products)
        self.assertEqual(
            self._balance(self.expense_account) - cost,
            -pieces * sum(SOLD.values()),
        )

    def test_what_customers_keep_stays_sold(self):
        rma = self._ask(1)
        before, cost = self._worth(), self._balance(self.expense_account)
        parts = self._as("inspector", self.env["reverse.inspection"]).create(
            [
                {
                    "line_id": line.id,
                    "quantity": 1,
                    "disposition_id": self.dispositions["KEEP"].id,
                }
                for line in rma.line_ids
            ]
        )
        self._call(parts, "action_complete")
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertTrue(rma.credit_note_ids)
        self.assertEqual(self._lost(before), dict.fromkeys(before, 0.0))
        self.assertEqual(self._balance(self.expense_account), cost)
