"""What goods sent back to their supplier do to stock and books, however valued."""

from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.valuation_common import (
    SOLD,
    VALUES,
    ValuationCommon,
)

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestGoodsValue(ValuationCommon, ClaimCase):
    """One piece of each of eight products goes back to who sold it to us."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False

    @classmethod
    def _take_in(cls, product, quantity, cost, lot):
        # a tax that nobody gives back would be part of what goods cost
        cls.tax.amount = 0.0
        cls._purchase(product, quantity, [lot] * quantity if lot else (), price=cost)

    def test_values_and_entries(self):
        """They leave at their cost, and the supplier credits what it was paid."""
        rma = self._back(1)
        parts = rma.inspection_ids
        before, stock = self._worth(), self._balance(self.stock_account)
        closing = self._close(self.stock_account)
        self._call(self._as("inspector", parts), "write", {"liability": "supplier"})
        self._inspect(parts, "D", "VENDOR")
        # on its way in our house it is worth what it was, also when decided anew
        self._call(self._as("inspector", parts), "action_correct")
        parts = rma.inspection_ids - parts
        self._inspect(parts, "D", "VENDOR")
        self.assertEqual(parts.location_id, self.vendor_place)
        self.assertEqual(self._lost(before), self._pieces(0))
        claim = self._claim(parts)
        self.assertEqual(claim.amount_claimed, 2 * sum(SOLD.values()))
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        gone = self._pieces(1)
        self.assertEqual(self._lost(before), gone)
        self.assertEqual(self._balance(self.stock_account), stock)
        left = self._close(self.stock_account)
        self.assertEqual(left, closing - 2 * sum(VALUES.values()))
        self._answered(claim, "approve")
        refund = self._credited(claim)
        credited = sum(refund.mapped("amount_untaxed"))
        self.assertEqual(credited, 2 * sum(SOLD.values()))
        self.assertEqual(self._lost(before), gone)
        # the books lose what was paid, and closing the rest that prices have risen by
        lost = stock - self._balance(self.stock_account)
        self.assertEqual(self._close(self.stock_account), left + lost)
        self.assertEqual(lost, sum(SOLD.values()))
        self.assertEqual(rma._check_quantities(), {})
