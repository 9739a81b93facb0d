"""However an invoice is cut into returns, its credit notes add up to it."""

import random
from collections import defaultdict

from odoo import Command, fields
from odoo.tests import tagged

from ..sources_common import SourcesCommon


class CutsCommon(SourcesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(20)
        cls.included = cls._create_tax(20, included=True)
        cls.eco = cls._create_tax(0.5, name="Eco", amount_type="fixed")
        cls.based_eco = cls._create_tax(
            0.35,
            name="Eco below the tax",
            amount_type="fixed",
            include_base_amount=True,
            sequence=0,
        )

    @classmethod
    def _create_tax(cls, amount, included=False, name=None, **values):
        tax = super()._create_tax(amount, included, name)
        tax.write(values)
        return tax

    def _billed(self, *lines, discount=None, cash_rounding=None, reductions=()):
        """Order, deliver and invoice lines ``(quantity, price, taxes)``.

        Each is of a product of its own. Reductions are order lines below zero; a
        discount is given by Odoo's wizard.
        """
        specs = []
        for number, (quantity, price, taxes, *extra) in enumerate(lines):
            product = self._create_product(f"Article {number}")
            self._stock(product, quantity)
            values = {"price_unit": price, "tax_ids": [Command.set(taxes.ids)]}
            specs.append((product, quantity, {**values, **(extra[0] if extra else {})}))
        order = self._new_order(*specs)
        goods = order.order_line
        service = self.env["product.product"].create(
            {"name": "Promotion", "type": "service", "invoice_policy": "order"}
        )
        order.order_line = [
            Command.create(
                {
                    "product_id": service.id,
                    "product_uom_qty": 1,
                    "price_unit": price,
                    "tax_ids": [Command.set(taxes.ids)],
                }
            )
            for price, taxes in reductions
        ]
        if discount:
            self.env["sale.order.discount"].create(
                {
                    "sale_order_id": order.id,
                    "discount_type": "so_discount",
                    "discount_percentage": discount,
                }
            ).action_apply_discount()
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        invoice.invoice_cash_rounding_id = cash_rounding
        invoice.action_post()
        return goods, invoice

    def _create_rounding(self, step, strategy="add_invoice_line"):
        return self.env["account.cash.rounding"].create(
            {
                "name": "Coins",
                "rounding": step,
                "rounding_method": "DOWN",
                "strategy": strategy,
                "profit_account_id": self.company.income_account_id.id,
                "loss_account_id": self.expense_account.id,
            }
        )

    def _cut(self, line, *quantities):
        """Return quantities one after the other; give their credit notes."""
        notes = self.env["account.move"]
        for quantity in quantities:
            rma = self._return(line, quantity)
            self.assertEqual(rma.state, "done", rma.exception_ids.mapped("message"))
            notes |= rma.credit_note_ids
        return notes

    def _sums(self, moves):
        """Net, total and each tax of posted documents."""
        sums = defaultdict(float)
        for move in moves:
            self.assertEqual(move.state, "posted")
            sums["net"] += move.amount_untaxed
            sums["total"] += move.amount_total
            for line in move.line_ids.filtered("tax_line_id"):
                tax = line.tax_line_id
                sums[tax.name] += move.direction_sign * line.amount_currency
        return {name: round(amount, 2) for name, amount in sums.items() if amount}

    def assertTotals(self, moves, *totals):
        self.assertEqual(
            [round(move.amount_total, 2) for move in moves.sorted("id")], list(totals)
        )

    def assertCredited(self, invoice, notes):
        """All of an invoice is credited, and nothing of it is open."""
        self.assertEqual(self._sums(notes), self._sums(invoice))
        invoice.invalidate_recordset()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(set(notes.mapped("amount_residual")), {0})
        self.assertEqual(invoice.payment_state, "reversed")


@tagged("post_install", "-at_install")
class TestCreditCuts(CutsCommon):
    def test_the_last_piece_of_prices_with_tax(self):
        line, invoice = self._billed((4, 9.99, self.included))
        notes = self._cut(line, 3, 1)
        self.assertTotals(notes, 29.97, 9.99)
        self.assertCredited(invoice, notes)

    def test_piece_by_piece_is_not_more_than_all(self):
        line, invoice = self._billed((12, 0.10, self._create_tax(15)))
        self.assertEqual(round(invoice.amount_total, 2), 1.38)
        notes = self._cut(line, *[1] * 12)
        self.assertCredited(invoice, notes)

    def test_tax_rounded_on_the_total(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        lines, invoice = self._billed(
            *((1, price, self.tax) for price in (68.33, 68.33, 57.50, 85.00))
        )
        self.assertEqual(round(invoice.amount_total, 2), 334.99)
        notes = self.env["account.move"].concat(*(self._cut(line, 1) for line in lines))
        self.assertCredited(invoice, notes)

    def test_rounding_method_changed_since(self):
        for before, since in (
            ("round_globally", "round_per_line"),
            ("round_per_line", "round_globally"),
        ):
            with self.subTest(since=since):
                self.company.tax_calculation_rounding_method = before
                lines, invoice = self._billed(
                    (3, 68.33, self.tax), (3, 57.52, self.tax), (7, 0.13, self.included)
                )
                self.company.tax_calculation_rounding_method = since
                notes = self._cut(lines[1], 1, 2)
                notes |= self._cut(lines[2], 2, 4, 1)
                notes |= self._cut(lines[0], 1, 1, 1)
                self.assertCredited(invoice, notes)

    def test_fixed_tax_under_a_discount_of_the_wizard(self):
        line, invoice = self._billed((10, 3.0, self.tax | self.eco), discount=0.1)
        self.assertEqual(round(invoice.amount_total, 2), 37.4)
        notes = self._cut(line, 4, 6)
        self.assertTotals(notes, 14.96, 22.44)
        self.assertCredited(invoice, notes)

    def test_promotions_fall_on_the_taxes_they_name(self):
        low = self._create_tax(5)
        lines, invoice = self._billed(
            (3, 33.33, self.tax | self.eco),
            (2, 50, low),
            reductions=[(-10, self.tax), (-7, low)],
        )
        notes = self._cut(lines[1], 1, 1)
        self.assertTotals(notes, 48.82, 48.83)
        notes |= self._cut(lines[0], 1, 1, 1)
        self.assertCredited(invoice, notes)

    def test_untaxed_negative_line(self):
        lines, invoice = self._billed(
            (3, 10, self.tax),
            (1, 20, self.tax),
            reductions=[(-10, self.env["account.tax"])],
        )
        notes = self._cut(lines[0], 1, 1, 1) | self._cut(lines[1], 1)
        self.assertTotals(notes, 10, 10, 10, 20)
        self.assertCredited(invoice, notes)

    def test_negative_quantity_ordered(self):
        """An old device taken in payment lowers what was paid."""
        product = self._create_product("Old device")
        line = self._new_order(
            (self.product, 2, {"price_unit": 100, "tax_ids": self.tax.ids}),
            (product, -1, {"price_unit": 20, "tax_ids": self.tax.ids}),
        ).order_line[:1]
        order = line.order_id
        self._deliver(order)
        order.order_line[1].qty_delivered = -1
        invoice = self._invoice(order, final=True)
        self.assertEqual(invoice.amount_total, 216)
        notes = self._cut(line, 1, 1)
        self.assertTotals(notes, 108, 108)
        self.assertCredited(invoice, notes)

    def test_deduction_takes_no_fixed_tax(self):
        line, _invoice = self._billed((10, 3.0, self.tax | self.eco))
        rma = self._return(line, 3, condition="D")
        settlement = self._as("service", rma.settlement_ids)
        settlement.line_ids.deduction = 6
        note = self._settle(settlement)
        self.assertTotals(note, 5.10)
        self.assertEqual(
            self._sums(note),
            {"net": 3.0, "total": 5.1, self.tax.name: 0.6, "Eco": 1.5},
        )
        self.assertEqual(round(settlement.line_ids.amount_total, 2), 5.1)

    def test_value_bears_no_fixed_tax(self):
        line, _invoice = self._billed((10, 3.0, self.tax | self.eco))
        note = self._credit_value(self._requested(line, 1), 5)
        self.assertTotals(note, 6)

    def test_a_deduction_of_everything_leaves_no_tax(self):
        line, invoice = self._billed((12, 0.10, self._create_tax(15)))
        rma = self._return(line, 1, condition="D")
        settlement = self._as("service", rma.settlement_ids)
        settlement.line_ids.deduction = 0.1
        self.assertEqual(settlement.line_ids.amount_total, 0)
        settlement.line_ids.deduction = 0.04
        notes = self._settle(settlement)
        self.assertTotals(notes, 0.07)
        notes |= self._cut(line, 11)
        self.assertEqual(round(sum(notes.mapped("amount_total")), 2), 1.33)

    def test_cash_rounding(self):
        rounding = self._create_rounding(1.0)
        line, invoice = self._billed(
            (1, 7.5, self.env["account.tax"]), cash_rounding=rounding
        )
        self.assertEqual(invoice.amount_total, 7)
        notes = self._cut(line, 1)
        self.assertCredited(invoice, notes)
        self.assertIn(rounding.loss_account_id, notes.invoice_line_ids.account_id)

    def test_cash_rounding_in_parts(self):
        for strategy in ("add_invoice_line", "biggest_tax"):
            with self.subTest(strategy=strategy):
                lines, invoice = self._billed(
                    (3, 2.53, self.tax),
                    (1, 1.11, self.tax),
                    cash_rounding=self._create_rounding(0.5, strategy),
                )
                self.assertEqual(invoice.amount_total, 10)
                notes = self._cut(lines[0], 1, 2) | self._cut(lines[1], 1)
                self.assertCredited(invoice, notes)

    def test_early_payment_discount_lowered_the_tax(self):
        """2 % off if paid early: 20 % of 98.00, whatever the customer's terms are."""
        self.customer.property_payment_term_id = self.env[
            "account.payment.term"
        ].create(
            {
                "name": "Early",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 7,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        line, invoice = self._billed((2, 50, self.tax))
        self.assertAlmostEqual(invoice.amount_tax, 19.6)
        self.assertCredited(invoice, self._cut(line, 1, 1))

    def _promote(self, order, percent, goods=None):
        """Give a promotion on the order, or on some of its lines only.

        As a promotion of Odoo would write it.
        """
        lines = goods or order.order_line
        groups = lines.grouped(lambda line: line.tax_ids._get_reverse_discountable())
        service = self.env["product.product"].create(
            {"name": "Promotion", "type": "service", "invoice_policy": "order"}
        )
        order.order_line = [
            Command.create(
                {
                    "product_id": service.id,
                    "product_uom_qty": 1,
                    "price_unit": -percent / 100 * sum(group.mapped("price_subtotal")),
                    "tax_ids": [Command.set(taxes.ids)],
                }
            )
            for taxes, group in groups.items()
        ]
        self.patch(
            self.registry["sale.order.line"],
            "_get_reverse_discounted",
            lambda line: lines,
        )

    def _promoted(self, percent, *lines, only=None):
        """Bill lines ``(quantity, price, taxes)`` with a promotion."""
        order = self._new_order(
            *(
                (product, quantity, {"price_unit": price, "tax_ids": taxes.ids})
                for product, (quantity, price, taxes) in zip(
                    (self.product, self._create_product("Other")), lines, strict=False
                )
            )
        )
        goods = order.order_line
        self._stock(goods[-1:].product_id, 10)
        self._promote(order, percent, goods[only] if only is not None else None)
        self._deliver(order)
        return goods, self._invoice(order)

    def test_promotion_of_the_whole_order(self):
        line, invoice = self._promoted(10, (10, 100, self.tax))
        self.assertEqual(invoice.amount_total, 1080)
        notes = self._cut(line, 5, 5)
        self.assertTotals(notes, 540, 540)
        self.assertCredited(invoice, notes)

    def test_promotion_falls_on_the_lines_it_names(self):
        lines, invoice = self._promoted(
            30, (2, 50, self.tax | self.eco), (1, 100, self.tax), only=0
        )
        self.assertAlmostEqual(invoice.amount_total, 2 * (42 + 0.5) + 120)
        notes = self._cut(lines[1], 1)
        self.assertTotals(notes, 120)
        notes |= self._cut(lines[0], 1, 1)
        self.assertTotals(notes, 120, 42.5, 42.5)
        self.assertCredited(invoice, notes)

    def test_fee_does_not_disturb_the_last_cent(self):
        line, invoice = self._billed((3, 3.335, self._create_tax(17)))
        product = self.company._get_reverse_fee_product()
        product.taxes_id = self._create_tax(7.7)
        notes = self.env["account.move"]
        for _time in range(3):
            settlement = self._return(line, 1, condition="D").settlement_ids
            self._as("service", settlement).line_ids.fee = 1.03
            notes |= self._settle(settlement)
        fees = notes.invoice_line_ids.filtered(lambda r: r.product_id == product)
        self.assertEqual(len(fees), 3)
        withheld = -sum(fees.mapped("price_total"))
        self.assertAlmostEqual(withheld, 3.33)
        self.assertAlmostEqual(
            sum(notes.mapped("amount_total")), invoice.amount_total - withheld
        )

    def test_several_invoices_of_one_line(self):
        order = self._new_order(
            (self.product, 7, {"price_unit": 9.99, "tax_ids": self.included.ids})
        )
        self._deliver(order, 3)
        first = self._invoice(order)
        self._deliver(order)
        second = self._invoice(order)
        notes = self._cut(order.order_line, 1, 1, 3, 2)
        for invoice in first | second:
            own = notes.filtered(lambda m, i=invoice: m.reversed_entry_id == i)
            self.assertCredited(invoice, own)

    def test_cancelled_proposals_leave_no_cents(self):
        line, invoice = self._billed((3, 3.335, self._create_tax(17)))
        first = self._return(line, 1, condition="D").settlement_ids
        second = self._return(line, 1, condition="D").settlement_ids
        notes = self._settle(second)
        self._as("service", first).action_cancel()
        again = self.env["reverse.settlement"]._propose(first.line_ids.inspection_id)
        notes |= self._settle(again)
        notes |= self._cut(line, 1)
        self.assertCredited(invoice, notes)

    def test_reversed_credits_leave_no_cents(self):
        line, invoice = self._billed((3, 3.335, self._create_tax(17)))
        first = self._return(line).settlement_ids
        notes = self._cut(line, 1)
        self._as("releaser", first).action_reverse()
        part = first.line_ids.inspection_id
        again = self.env["reverse.settlement"]._propose(part)
        notes |= again.credit_note_ids or self._settle(again)
        notes |= self._cut(line, 1)
        self.assertEqual(self._sums(notes), self._sums(invoice))

    def test_cents_of_somebody_else(self):
        """The last credit evens out what Odoo's own wizard rounded."""
        line, invoice = self._billed((12, 0.10, self._create_tax(15)))
        notes = self.env["account.move"]
        for _time in range(2):
            note = invoice._reverse_moves([{"invoice_date": fields.Date.today()}])
            note.invoice_line_ids.quantity = 1
            note.action_post()
            notes |= note
        self.assertTotals(notes, 0.12, 0.12)
        notes |= self._cut(line, 12)
        self.assertEqual(round(sum(notes.mapped("amount_total")), 2), 1.38)


@tagged("post_install", "-at_install")
class TestArchivedSince(CutsCommon):
    """What was archived since the sale changes nothing."""

    def test_tax(self):
        line, invoice = self._billed((3, 100, self.tax))
        self.tax.active = False
        note = self._cut(line, 2)
        self.assertTotals(note, 240)
        self.assertCredited(invoice, note | self._cut(line, 1))

    def test_tax_of_a_group(self):
        group = self.env["account.tax"].create(
            {
                "name": "Group",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set((self.tax | self.eco).ids)],
            }
        )
        line, invoice = self._billed((3, 100, group))
        self.tax.active = False
        group.active = False
        notes = self._cut(line, 1, 2)
        self.assertCredited(invoice, notes)

    def test_tax_of_a_historic_sale(self):
        sale = self._historic(3, tax_ids=[Command.set(self.tax.ids)])
        self.tax.active = False
        self.env.invalidate_all()
        rma = self._requested_of(sale, 2)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertTotals(rma.credit_note_ids, 120)

    def test_accounts_journal_and_price_list(self):
        line, invoice = self._billed((3, 100, self.tax))
        journal = invoice.journal_id
        journal.copy({"code": "NEW"})
        invoice.line_ids.account_id.filtered(
            lambda a: a.account_type == "income"
        ).active = False
        journal.active = False
        line.order_id.pricelist_id.active = False
        notes = self._cut(line, 1, 2)
        self.assertCredited(invoice, notes)
        self.assertNotIn(journal, notes.journal_id)

    def test_product_and_customer(self):
        line, invoice = self._billed((3, 100, self.tax))
        rma = self._requested(line, 2)
        line.product_id.active = False
        line.order_id.partner_id.active = False
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertTotals(rma.credit_note_ids, 240)


@tagged("post_install", "-at_install")
class TestDrawnCuts(CutsCommon):
    """Invoices and cuts drawn by chance, always the same ones."""

    def test_credit_notes_add_up(self):
        for seed in range(5):
            with self.subTest(seed=seed):
                self._draw(random.Random(seed))

    def _draw(self, draw):
        taxes = (
            self.env["account.tax"],
            self.tax,
            self.included,
            self.tax | self.eco,
            self.tax | self.based_eco,
            self._create_tax(draw.choice((5, 7.7, 19)), name=f"Drawn {draw.random()}"),
        )
        self.company.tax_calculation_rounding_method = draw.choice(
            ("round_per_line", "round_globally")
        )
        goods, invoice = self._billed(
            *(
                (
                    draw.randint(1, 7),
                    round(draw.uniform(0.05, 40), draw.choice((2, 2, 3))),
                    draw.choice(taxes),
                    {"discount": draw.choice((0, 0, 12.5))},
                )
                for _line in range(draw.randint(1, 4))
            ),
            discount=draw.choice((None, 0.07, 0.15)),
            reductions=[(-0.11, draw.choice(taxes[:2]))] * draw.choice((0, 1)),
            cash_rounding=draw.choice((None, self._create_rounding(0.05))),
        )
        self.company.tax_calculation_rounding_method = draw.choice(
            ("round_per_line", "round_globally")
        )
        cuts = []
        for line in goods:
            left = int(line.product_uom_qty)
            while left:
                cuts.append((line, draw.randint(1, left)))
                left -= cuts[-1][1]
        draw.shuffle(cuts)
        notes = self.env["account.move"]
        for line, quantity in cuts:
            notes |= self._cut(line, quantity)
        self.assertCredited(invoice, notes)
