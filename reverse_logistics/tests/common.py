"""A company of its own with a chart of accounts, invoices and settlements.

Goods, users and the walk from request to inspection come from ``control_common``; this
adds what money needs. Works without demo data and beside any.
"""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import TransactionCase, new_test_user

from .control_common import ControlCase


class OwnCompany(TransactionCase):
    """Everything below happens in a company that nothing else has touched."""

    NAME = "Returns Test Company"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.find_company(cls.env) or cls.create_company(cls.env)
        cls.env.user.company_ids = [Command.link(company.id)]
        cls.env.user.company_id = company
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": company.ids,
                "tracking_disable": True,
            }
        )

    @classmethod
    def find_company(cls, env):
        return env["res.company"].search([("name", "=", cls.NAME)])

    @classmethod
    def create_company(cls, env):
        """Create it with its chart of accounts.

        The run of all tests does so once in its database, which saves a third of the
        queries of a class that has few tests.
        """
        company = env["res.company"].create(
            {
                "name": cls.NAME,
                "country_id": env.ref("base.us").id,
                "currency_id": env.ref("base.USD").id,
            }
        )
        # Within a test Odoo has given it a warehouse, elsewhere it does not.
        warehouses = env["stock.warehouse"]
        if not warehouses.search_count([("company_id", "=", company.id)], limit=1):
            warehouses.create(
                {"name": cls.NAME, "code": "RTC", "company_id": company.id}
            )
        env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        return company


class ReturnsCommon(ControlCase, OwnCompany):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls.company.currency_id
        cls.expense_account = cls.company.expense_account_id
        cls.stock_account = cls.company.account_stock_valuation_id
        cls.perpetual = cls._create_category("average", "real_time")
        cls.product.categ_id = cls.perpetual
        cls._buy(cls.product, 100, 40.0)
        # keeps the books and has nothing to do with returns
        cls.accountant = new_test_user(
            cls.env, login="accountant", groups="account.group_account_user"
        )

    # ------------------------------------------------------------------
    # Fixtures
    # ------------------------------------------------------------------
    def assertNothingHalfDone(self, part, dispose, model, method):
        """A step that fails leaves goods, value and books alone, and is repeated.

        :param dispose: function that completes the part
        :param str method: what fails, of this model
        """
        before = self._take_stock(part)
        failing = UserError("Not now")
        with patch.object(type(self.env[model]), method, side_effect=failing):
            dispose(part)
        rma = part.rma_id.with_env(self.env)
        self.assertEqual((part.state, part.disposed), ("done", False), method)
        self.assertFalse(part.move_ids, method)
        self.assertEqual(self._take_stock(part), before, method)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"], method)
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertIn("Not now", exception.message)
        self._as("administrator", exception).action_retry()
        self.assertTrue(part.disposed, method)
        self.assertEqual(self._open_exceptions(rma), [], method)

    def _take_stock(self, part):
        """Where goods of the company lie, what they are worth, and what is booked."""
        self.env.flush_all()
        self.env.invalidate_all()
        quants = self.env["stock.quant"].sudo()
        lying = quants._read_group(
            [("company_id", "=", self.company.id), ("quantity", "!=", 0)],
            ["location_id", "product_id", "lot_id", "owner_id"],
            ["quantity:sum"],
        )
        entries = self.env["account.move"].sudo()
        booked = entries.search_count([("company_id", "=", self.company.id)])
        value = part.product_id.sudo().with_company(self.company).total_value
        return set(lying), value, booked

    def assertRetired(self, hooks, *codes):
        """Removing an addon archives its dispositions, installing it takes them up."""
        found = self.env["reverse.disposition"].search([("code", "in", codes)])
        self.assertEqual(len(found), len(codes))
        hooks.uninstall_hook(self.env)
        self.assertEqual(found.mapped("active"), [False] * len(codes))
        hooks.post_init_hook(self.env)
        self.assertEqual(found.mapped("active"), [True] * len(codes))

    @classmethod
    def _create_category(cls, cost_method, valuation):
        return cls.env["product.category"].create(
            {
                "name": f"{cost_method} {valuation}",
                "property_cost_method": cost_method,
                "property_valuation": valuation,
            }
        )

    @classmethod
    def _fill(cls, number):
        """Let one each of so many new products lie where returns are inspected."""
        products = cls.env["product.product"].create(
            [{"name": f"Part {name}", "is_storable": True} for name in range(number)]
        )
        cls.env["stock.quant"].create(
            [
                {
                    "product_id": product.id,
                    "location_id": cls.inspection_location.id,
                    "quantity": 1,
                }
                for product in products
            ]
        )

    @classmethod
    def _create_tax(cls, amount, included=False, name=None):
        return cls.env["account.tax"].create(
            {
                "name": name or f"{amount}% {'incl' if included else 'excl'}",
                "amount": amount,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "price_include_override": "tax_included"
                if included
                else "tax_excluded",
            }
        )

    @classmethod
    def _buy(cls, product, quantity, cost, lot=None):
        """Take goods in from a supplier at a cost."""
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom": product.uom_id.id,
                "location_id": cls.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": cls.warehouse.lot_stock_id.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "company_id": cls.company.id,
            }
        )
        move._action_confirm()
        move.quantity = quantity
        if lot:
            move.move_line_ids.lot_id = lot
        move.picked = True
        move._action_done()
        move.value_manual = quantity * cost
        return move

    @classmethod
    def _new_order(cls, *lines, **values):
        """Confirm an order over lines ``(product, quantity, {values})``."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "tax_ids": [Command.clear()],
                            **(extra[0] if extra else {}),
                        }
                    )
                    for product, quantity, *extra in lines
                ],
                **values,
            }
        )
        cls._call(order, "action_confirm")
        return order

    @classmethod
    def _sell(cls, quantity=3, price=100.0, product=None, lots=None, **values):
        """Order, deliver and invoice one line; give the order line."""
        with cls._preparing():
            order = cls._new_order(
                (product or cls.product, quantity, {"price_unit": price, **values})
            )
            cls._deliver(order, lots=lots)
            cls._invoice(order)
        return order.order_line

    @classmethod
    def _invoice(cls, order, post=True, date=None, final=False):
        invoice = order._create_invoices(final=final)
        invoice.invoice_date = date or fields.Date.today()
        if post:
            cls._call(invoice, "action_post")
        return invoice

    @classmethod
    def _set_rates(cls, currency, *rates):
        currency.active = True
        currency.rate_ids.filtered(lambda r: r.company_id == cls.company).unlink()
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": date,
                    "rate": rate,
                }
                for date, rate in rates
            ]
        )

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    @classmethod
    def _receive_line(cls, line, quantity=1, **values):
        """Return goods of an order line and take them in; give the RMA."""
        return cls._received(line, quantity, **values)

    @classmethod
    def _return(cls, line, quantity=1, condition="A", **values):
        """Return goods of an order line up to their inspection; give the RMA.

        In condition A the policy settles it by itself.
        """
        return cls._inspected(line, quantity, condition=condition, **values)

    @classmethod
    def _kept(cls, rma, quantity=None):
        """Let the inspector note that the customer keeps the goods."""
        line = rma.line_ids
        part = cls._as("inspector", cls.env["reverse.inspection"]).create(
            {
                "line_id": line.id,
                "quantity": quantity or line.quantity,
                "disposition_id": cls.dispositions["KEEP"].id,
            }
        )
        cls._call(part, "action_complete")
        return part

    @classmethod
    def _settle(cls, settlements):
        """Take settlements through the hands of three persons."""
        cls._call(cls._as("service", settlements), "action_submit")
        cls._call(cls._as("approver", settlements), "action_approve")
        cls._call(cls._as("releaser", settlements), "action_release")
        return settlements.credit_note_ids

    @classmethod
    def _credit_value(cls, rma, amount, **values):
        """Credit value without goods; give the credit note."""
        settlement = cls._as("service", cls.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create(
                        {
                            "rma_line_id": rma.line_ids[0].id,
                            "price_unit": amount,
                            **values,
                        }
                    )
                ],
            }
        )
        return cls._settle(settlement)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def assertLine(self, line, delivered, invoiced, to_invoice, status=None):
        """Compare the quantities of an order line."""
        line.invalidate_recordset()
        self.assertEqual(
            (line.qty_delivered, line.qty_invoiced, line.qty_to_invoice),
            (delivered, invoiced, to_invoice),
            "delivered, invoiced, to invoice",
        )
        if status:
            self.assertEqual(line.invoice_status, status)

    def assertMoney(self, line, untaxed, total):
        """Compare what is left to invoice of an order line."""
        line.invalidate_recordset()
        self.assertAlmostEqual(line.untaxed_amount_to_invoice, untaxed)
        self.assertAlmostEqual(line.amount_to_invoice, total)

    def assertAmounts(self, moves, *amounts):
        """Compare untaxed amounts of posted documents, in the order of their ids."""
        moves = moves.sorted("id")
        self.assertEqual(moves.mapped("state"), ["posted"] * len(amounts))
        for move, amount in zip(moves, amounts, strict=True):
            self.assertAlmostEqual(move.amount_untaxed, amount)

    def _cogs(self, moves):
        """Balance of cost of goods in these documents."""
        return sum(
            moves.line_ids.filtered(
                lambda aml: (
                    aml.display_type == "cogs"
                    and aml.account_id == self.expense_account
                )
            ).mapped("balance")
        )

    @classmethod
    def _books(cls, moves):
        """The same documents, in the hands of the accountant."""
        cls.env.flush_all()
        cls.env.invalidate_all()
        return cls.env["account.move"].with_user(cls.accountant).browse(moves.ids)

    def _balance(self, account):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("balance")), 2)

    def _compared(self, product):
        """What lies in returns by documents and by the stock, by state."""
        rows = self._as("auditor", self.env["reverse.stock.difference"])
        self.env.flush_all()
        self.env.invalidate_all()
        rows = rows.search(rows.action_open()["domain"])
        return {
            row.state: (row.documented, row.on_hand)
            for row in rows
            if row.product_id == product
        }

    @classmethod
    def _open_exceptions(cls, rma):
        return rma.exception_ids.filtered(lambda e: e.state == "open").mapped("type")
