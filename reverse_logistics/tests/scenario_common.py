"""Whole stories: stock, value, ledger and order, compared in one readable table."""

from collections import defaultdict
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


class ScenarioCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._ensure_reverse_scrap()
        cls.company.reverse_write_off_account_id = cls._create_account(
            "699099", "Returns written off", "expense"
        )
        accounts = cls.product.product_tmpl_id.get_product_accounts()
        cls.accounts = {
            "stock": cls.stock_account,
            "cost": cls.expense_account,
            "income": accounts["income"],
            "fees": cls._create_account("499098", "Fees", "income"),
            "tax": cls._create_account("299099", "Tax", "liability_current"),
            "receivable": cls.customer.property_account_receivable_id,
            "write_off": cls.company.reverse_write_off_account_id,
        }
        cls.tax = cls._booked_tax(20)
        cls.included = cls._booked_tax(20, included=True)

    @classmethod
    def _create_account(cls, code, name, kind):
        return cls.env["account.account"].create(
            {
                "code": code,
                "name": name,
                "account_type": kind,
                "company_ids": [(4, cls.company.id)],
            }
        )

    @classmethod
    def _booked_tax(cls, amount, included=False):
        """A tax with an account of its own: without one, Odoo books it as income."""
        tax = cls._create_tax(amount, included)
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        lines.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id = cls.accounts["tax"]
        return tax

    def setUp(self):
        super().setUp()
        self._open_books()

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def _goods(self, cost_method, name="Valve", **values):
        """A product in perpetual valuation of which none was bought yet."""
        category = self._create_category(cost_method, "real_time")
        return self._create_product(name, categ_id=category.id, **values)

    def _ago(self, moves, days):
        """These goods left so many days ago."""
        moves.date = fields.Datetime.now() - timedelta(days=days)
        return moves

    def _part(self, rma, quantity=1):
        """Split a part of so many off what waits for inspection."""
        part = rma.inspection_ids.filtered(
            lambda p: p.state == "draft" and not p.not_inspected
        )[:1]
        part = self._as("inspector", part)
        if part.quantity != quantity:
            part.quantity = quantity
        return part

    def _send_back(self, rma):
        """Let the denied goods leave."""
        picking = rma.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing" and p.state == "assigned"
        )
        self._validate(picking)
        return picking.move_ids

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def _open_books(self):
        """Compare the ledger with what it is now, from here on."""
        self.opening = self._read_ledger()

    def _read_ledger(self):
        """Posted balances by name; an account nobody expects shows by its code."""
        names = {account: name for name, account in self.accounts.items()}
        totals = defaultdict(float)
        for account, balance in self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["balance:sum"],
        ):
            totals[names.get(account, account.code)] += balance
        return totals

    def _read_stock(self, product):
        """What lies where: on the shelf, or in a state of returned goods."""
        places = defaultdict(float)
        shelf = f"/{self.warehouse.lot_stock_id.id}/"
        for quant in self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        ):
            location = quant.location_id
            if shelf in f"/{location.parent_path}":
                place = "shelf"
            else:
                place = location.reverse_state or location.display_name
            places[place] += quant.quantity
        return {place: amount for place, amount in places.items() if amount}

    def _read_books(self, stock, orders, ledger):
        """What is found of what is expected, row by row."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = {}
        for product, expected in stock.items():
            found = self._read_stock(product)
            for place in {*expected, *found} - {"value"}:
                rows[product.name, place] = found.get(place, 0.0)
            rows[product.name, "value"] = product.total_value
        for line in orders:
            rows[line.order_id.name, f"line {line.id}"] = (
                line.qty_delivered,
                line.qty_invoiced,
                line.qty_to_invoice,
            )
        if ledger is not None:
            found = self._read_ledger()
            for name in {*found, *self.opening, *ledger}:
                rows["ledger", name] = found[name] - self.opening[name]
        return rows

    def assertBooks(self, stock, orders, ledger=None):
        """Compare the state of a story; a difference is shown beside all the rest.

        :param stock: ``{product: {place: quantity, "value": its value}}``; places that
            are not named are empty
        :param orders: ``{order line: (delivered, invoiced, to invoice)}``
        :param ledger: ``{account: balance since the books were opened}``; accounts that
            are not named have not changed
        """
        found = self._read_books(stock, orders, ledger)
        wanted = dict.fromkeys(found, 0.0)
        for product, expected in stock.items():
            wanted |= {(product.name, place): n for place, n in expected.items()}
        for line, quantities in orders.items():
            wanted[line.order_id.name, f"line {line.id}"] = quantities
        for name, balance in (ledger or {}).items():
            wanted["ledger", name] = balance
        table, wrong = [], False
        for key in sorted(wanted):
            pair = [self._rounded(side[key]) for side in (wanted, found)]
            wrong |= pair[0] != pair[1]
            mark = "  " if pair[0] == pair[1] else "≠ "
            table.append(f"{mark}{key[0]:<14} {key[1]:<14} {pair[0]!s:>18} {pair[1]}")
        if wrong:
            self.fail("what · where · expected · found\n" + "\n".join(table))

    @staticmethod
    def _rounded(value):
        if isinstance(value, tuple):
            return tuple(round(part, 4) + 0.0 for part in value)
        return round(value, 2) + 0.0

    def assertMoveValues(self, rma, receipts, others=0.0):
        """Goods come in at what they left with, and are worth the same wherever put."""
        moves = rma.line_ids.move_ids.filtered(
            lambda m: m.state == "done" and m.location_id.usage == "customer"
        ).sorted("id")
        self.assertEqual([round(value, 2) for value in moves.mapped("value")], receipts)
        put = rma.inspection_ids.move_ids.filtered(lambda m: m.state == "done")
        self.assertAlmostEqual(sum(put.mapped("value")), others)

    def assertCredits(self, notes, *amounts):
        """Compare posted credit notes: ``(before tax, tax)`` each, oldest first."""
        notes = notes.sorted("id")
        self.assertEqual(set(notes.mapped("state")), {"posted"})
        self.assertEqual(
            [(round(n.amount_untaxed, 2), round(n.amount_tax, 2)) for n in notes],
            [*amounts],
        )
        names = notes.mapped("reversed_entry_id")
        self.assertEqual(len(names), len(notes.filtered("reversed_entry_id")))

    def assertReconciled(self, product, bought, closing=0.0):
        """The inventory account moved by exactly what the goods are worth less.

        :param closing: what the closing of the month has to add to it
        """
        self.env.invalidate_all()
        self.assertAlmostEqual(
            self._read_ledger()["stock"] - self.opening["stock"] + closing,
            product.total_value - bought,
        )

    def assertFinished(self, rmas, *sources):
        """Everything is settled, proven and shut.

        :param sources: ``(order line, how many may still come back[, values])``
        """
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(
            [(rma.state, rma.stage) for rma in rmas], [("done", "settled")] * len(rmas)
        )
        self.assertFalse(rmas.exception_ids.filtered(lambda e: e.state == "open"))
        self.assertEqual(rmas._check_quantities(), {})
        events = self.env["reverse.event"]
        self.assertEqual(events._find_breaks(rmas), {})
        self.assertEqual(events._find_evidence_breaks(rmas), {})
        for line, left, *values in sources:
            with self.assertRaisesRegex(
                UserError, f"only {left} .* can be returned; .* rest was"
            ):
                self._requested(line, left + 1, **(values[0] if values else {}))
        for order in rmas.line_ids.sale_line_id.order_id:
            self.assertFalse(order.order_line.filtered("qty_to_invoice"))
            with self.assertRaisesRegex(UserError, NOTHING):
                order._create_invoices(final=True)
