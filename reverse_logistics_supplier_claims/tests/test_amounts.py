from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


class AmountCase(ClaimCase):
    """Goods whose claims are right to the cent, however they were bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.euro = cls.env.ref("base.EUR")
        cls._set_rates(cls.euro, ("2026-01-01", 0.5))

    @classmethod
    def _bought(cls, product, quantity, bill=True, **line):
        """Buy with an order line that is priced otherwise than in whole net pieces."""
        values = {"product_id": product.id, "product_qty": quantity, **line}
        bought = cls._purchase(
            product, quantity, bill=bill, order_line=[Command.create(values)]
        )
        return bought

    def _approved(self, part):
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve")
        return claim


@tagged("post_install", "-at_install")
class TestPrices(AmountCase):
    """Seals in dozens at 528.35 with 10 % tax in it, less 10 %: 36.0239 net each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        included = cls.tax.copy(
            {"name": "10% included", "price_include_override": "tax_included"}
        )
        cls.terms = {
            "product_uom_id": cls.env.ref("uom.product_uom_dozen").id,
            "price_unit": 528.35,
            "discount": 10.0,
            "tax_ids": [Command.set(included.ids)],
        }

    def _credits(self, claim):
        """Give net, tax and total of its credit note, and the quantity it counts."""
        refund = self._credited(claim)
        self.assertEqual(claim.state, "recovered")
        self.assertEqual(claim.amount_recovered, claim.amount_approved)
        line = refund.invoice_line_ids
        self.assertEqual((line.quantity, line.product_uom_id), (5, self.seal.uom_id))
        return refund.amount_untaxed, refund.amount_tax, refund.amount_total

    def test_billed(self):
        bought = self._bought(self.seal, 2, **self.terms)
        bill = bought.order_id.invoice_ids
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (864.57, 951.03))
        claim = self._approved(self._broken(self._sell(5, product=self.seal), 5))
        self.assertEqual(claim.amount_claimed, 180.12)
        self.assertEqual(self._credits(claim), (180.12, 18.01, 198.13))
        self.assertEqual(bill.amount_residual, 752.9)
        self.assertAlmostEqual(bought.qty_received, 19 / 12, 2)
        self.assertAlmostEqual(bought.qty_invoiced, 19 / 12, 2)

    def test_not_billed(self):
        """As its bill would be: neither more nor less than the tax that is in it."""
        self._bought(self.seal, 2, bill=False, **self.terms)
        claim = self._approved(self._broken(self._sell(5, product=self.seal), 5))
        self.assertEqual(claim.amount_claimed, 180.12)
        self.assertEqual(self._credits(claim), (180.12, 18.01, 198.13))

    def test_all_of_a_bill(self):
        """What many claims take of it is what it asked for, to the cent.

        Each of them rounded by itself would be one cent more, which is refused.
        """
        bought = self._bought(self.seal, 2, **self.terms)
        bill = bought.order_id.invoice_ids
        sold = self._sell(24, product=self.seal)
        for quantity in (7, 7, 10):
            claim = self._approved(self._broken(sold, quantity))
            self._credited(claim)
            self.assertEqual(claim.state, "recovered")
        recovered = bill.invoice_line_ids._get_reverse_recovered()
        self.assertEqual(round(sum(recovered.values()), 2), 864.57)
        self.assertEqual(bill.amount_residual, 0.0)

    def test_pieces_of_a_claim(self):
        """Six pumps for 100.00, claimed together, one by one, and without a bill."""
        for bill in (True, False):
            lots = self._create_lots(self.pump, *(f"{bill}{n}" for n in range(6)))
            bought = self._purchase(self.pump, 6, lots, price=100 / 6, bill=bill)
            self.assertEqual(bought.price_subtotal, 100.0)
            parts = self._broken(self._sell_serials(self.pump, lots), 6)
            claims = self._claim(parts[:4])
            for part in parts[4:]:
                claims |= self._claim(part)
            with self.subTest(bill=bill):
                goods = claims.line_ids.sorted("id")
                self.assertEqual(
                    goods.mapped("amount_claimed"),
                    [16.67, 16.66, 16.67, 16.67, 16.66, 16.67],
                )
                for claim in claims:
                    self._call(claim, "action_submit")
                    self._answered(claim, "approve")
                    self._credited(claim)
                self.assertEqual(set(claims.mapped("state")), {"recovered"})
                self.assertEqual(round(sum(claims.mapped("amount_recovered")), 2), 100)


@tagged("post_install", "-at_install")
class TestTerms(AmountCase):
    """Flat amounts in euros at half a dollar each, on goods bought in dollars."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write(
            {
                "currency_id": cls.euro.id,
                "labour_amount": 10.0,
                "handling_amount": 5.0,
                "minimum": 40.0,
            }
        )
        cls.lots = cls._create_lots(cls.pump, "T1", "T2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def test_flat_amounts_of_another_currency(self):
        claim = self._claim(self._broken(self.sold))
        self.assertEqual(
            claim.line_ids.mapped(lambda line: (line.kind, line.amount_claimed)),
            [("goods", 40.0), ("labour", 20.0), ("handling", 10.0)],
        )
        self.assertEqual((claim.currency_id, claim.amount_claimed), (self.usd, 70.0))
        message = r"below the smallest claim of the agreement, .*80\.00"
        with self.assertRaisesRegex(UserError, message):
            claim.action_submit()
        self.agreement.minimum = 35.0
        self._call(claim, "action_submit")
        left = self._broken(self.sold)
        self.assertEqual((left.claimable_value, left.unclaimed_reason), (70.0, "open"))
        self.agreement.minimum = 40.0
        left._note_claimable()
        self.assertEqual(left.unclaimed_reason, "minimum")

    def test_amounts_of_each_line(self):
        """One line is short, one not approved, one whole: each has its own numbers."""
        self.agreement.minimum = 0.0
        claim = self._claim(self._broken(self.sold))

        def numbers():
            return claim.line_ids.mapped(
                lambda line: (
                    line.amount_approved,
                    line.amount_recovered,
                    line.amount_written_off,
                    line.amount_open,
                )
            )

        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        answer = [(40.0, False), (12.0, "Half an hour"), (0.0, "Not agreed")]
        self._answered(claim, "approve_part", answer)
        refund = self._credited(claim)
        self.assertEqual((refund.amount_untaxed, refund.amount_total), (52.0, 57.2))
        self.assertEqual(numbers(), [(40, 40, 0, 0), (12, 12, 0, 8), (0, 0, 0, 10)])
        self.assertEqual((claim.state, claim.amount_open), ("recovered", 18.0))
        self._call(claim, "action_resubmit")
        answer = [(40.0, False), (15.0, "Three quarters"), (0.0, "Not agreed")]
        self._answered(claim, "approve_part", answer)
        self.assertEqual(claim.state, "partly")
        more = self._credited(claim)
        self.assertEqual((more.amount_untaxed, len(more.invoice_line_ids)), (3.0, 1))
        self.assertEqual(numbers(), [(40, 40, 0, 0), (15, 15, 0, 5), (0, 0, 0, 10)])
        self._call(self._as("claims_approver", claim), "action_write_off")
        self.assertEqual(numbers(), [(40, 40, 0, 0), (15, 15, 5, 0), (0, 0, 10, 0)])
        self.assertEqual(
            (claim.amount_recovered, claim.amount_written_off, claim.amount_open),
            (55.0, 15.0, 0.0),
        )
        self._call(claim, "action_close")
        self.assertEqual(claim.state, "closed")


@tagged("post_install", "-at_install")
class TestGroups(AmountCase):
    """Who sells, on which terms and in which currency: each has a claim of its own."""

    def test_one_claim_for_each(self):
        names = ("Pump 2", "Plug", "Ring", "Valve")
        goods = [self._create_product(n, categ_id=self.perpetual.id) for n in names]
        plain, special, foreign, others = goods
        terms = self.agreement.copy(
            {"name": "Plugs", "product_ids": [Command.set(special.ids)]}
        )
        for product, values in zip(
            goods,
            ({}, {}, {"currency_id": self.euro.id}, {"partner_id": self.stranger.id}),
            strict=True,
        ):
            self._purchase(product, 2, **values)
        parts = self.env["reverse.inspection"]
        for product in (plain, plain, special, foreign, others):
            parts |= self._broken(self._sell(1, product=product))
        claims = self._claim(parts)
        self.assertEqual(
            {
                (c.partner_id, c.agreement_id, c.currency_id): (
                    c.line_ids.product_id,
                    c.amount_claimed,
                )
                for c in claims
            },
            {
                (self.supplier, self.agreement, self.usd): (plain, 80.0),
                (self.supplier, terms, self.usd): (special, 40.0),
                (self.supplier, self.agreement, self.euro): (foreign, 40.0),
                (self.stranger, terms.browse(), self.usd): (others, 40.0),
            },
        )
        self.assertEqual(len(claims), 4)


@tagged("post_install", "-at_install")
class TestShares(AmountCase):
    """Of five seals at 40, three are sold; one goes back, and half of it is paid."""

    def test_what_is_left_is_worth_what_it_cost(self):
        """The other half is an expense, and makes no other seal dearer."""
        self.agreement.share = 50.0
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        untaxed = {"price_unit": 40.0, "tax_ids": [Command.clear()]}
        bought = self._bought(seal, 5, **untaxed)
        claim = self._approved(self._broken(self._sell(3, product=seal)))
        self.assertEqual(claim.amount_claimed, 20.0)
        worth = seal.total_value, seal.avg_cost
        refund = self._credited(claim)
        expense = claim.sudo().line_ids._get_expense_account()
        self.assertEqual(
            refund.invoice_line_ids.mapped(
                lambda line: (line.price_subtotal, line.account_id)
            ),
            [(40.0, self.stock_account), (-20.0, expense)],
        )
        self.assertEqual(refund.amount_total, 20.0)
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 20.0))
        self.assertEqual((bought.qty_received, bought.qty_invoiced), (4, 4))
        seal.invalidate_recordset()
        self.assertEqual((seal.total_value, seal.avg_cost), worth)

    def test_the_rest_after_a_dispute(self):
        """What is paid after all lowers the expense that it had become."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        bought = self._purchase(seal, 5)
        claim = self._claim(self._broken(self._sell(3, product=seal), 2))
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve_part", [(65.0, "Worn")])
        first = self._credited(claim)
        self.assertEqual(first.invoice_line_ids.mapped("price_subtotal"), [80.0, -15.0])
        self._call(claim, "action_resubmit")
        self._answered(claim, "approve")
        rest = self._credited(claim)
        expense = claim.sudo().line_ids._get_expense_account()
        line = rest.invoice_line_ids
        self.assertEqual((line.price_subtotal, line.account_id), (15.0, expense))
        self.assertFalse(line.purchase_line_id)
        self.assertEqual((claim.state, bought.qty_invoiced), ("recovered", 3))
