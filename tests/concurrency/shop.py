"""A shop with sold, delivered and invoiced goods, committed to its database."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry

from .harness import attempt, race

ROLES = ("service", "receiver", "inspector", "approver", "releaser", "combined_duties")
PRICE = 100.0
LOGIN = "returns-desk"
PASSWORD = "returns-desk-password"

#: How a return gets to each stage from the one before.
STEPS = {
    "draft": lambda rma: None,
    "expected": lambda rma: rma.action_request(),
    "received": lambda rma: rma.action_receive(),
    "graded": None,
    "inspected": lambda rma: rma.inspection_ids.action_complete(),
    "submitted": lambda rma: rma.settlement_ids.action_submit(),
    "approved": lambda rma: rma.settlement_ids.action_approve(),
}


class Sale(NamedTuple):
    """Ids of an order that was delivered, and its lines and deliveries in order."""

    order: int
    lines: list
    deliveries: list
    invoice: int

    @classmethod
    def joined(cls, sales):
        """Several orders, to be returned together."""
        lines = [line for sale in sales for line in sale.lines]
        return cls(None, lines, None, None)


def grade(rma, conditions):
    """Enter the condition of each part; of damaged ones (D) a person decides."""
    for position, part in enumerate(rma.inspection_ids.sorted("id")):
        code = conditions[min(position, len(conditions) - 1)].lower()
        part.condition_id = rma.env.ref(f"reverse_logistics.condition_{code}")


class Shop:
    def __init__(self, database):
        self.database = database
        with self.env(SUPERUSER_ID) as env:
            self._set_up(env)

    def _set_up(self, env):
        company = env.company
        if not company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company)
        roles = [env.ref(f"reverse_logistics.group_{role}").id for role in ROLES]
        self.uid = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Returns desk",
                    "login": LOGIN,
                    "password": PASSWORD,
                    "group_ids": [Command.set(roles)],
                }
            )
            .id
        )
        self.partner = env["res.partner"].create({"name": "Ada Distribution"}).id
        self.products = (
            env["product.product"]
            .create(
                [
                    {
                        "name": name,
                        "type": "consu",
                        "is_storable": True,
                        "list_price": PRICE,
                        "standard_price": 40.0,
                        "invoice_policy": "delivery",
                        "taxes_id": [Command.clear()],
                    }
                    for name in ("Kettle", "Toaster")
                ]
            )
            .ids
        )

    # ------------------------------------------------------------------
    # Transactions
    # ------------------------------------------------------------------
    @contextmanager
    def env(self, uid=None):
        """An environment whose transaction is committed at the end of the block."""
        with Registry(self.database).cursor() as cr:
            yield api.Environment(cr, uid or self.uid, {})

    def race(self, *calls, first=None):
        return race(self.database, self.uid, *calls, first=first)

    def attempt(self, call, prepare=lambda cr: None):
        return attempt(self.database, self.uid, call, prepare)

    # ------------------------------------------------------------------
    # What happened before the race
    # ------------------------------------------------------------------
    def sell(self, *quantities, days_ago=0):
        """Sell, deliver and invoice one product per quantity."""
        with self.env(SUPERUSER_ID) as env:
            products = env["product.product"].browse(self.products)
            lines = [
                Command.create({"product_id": product.id, "product_uom_qty": quantity})
                for product, quantity in zip(products, quantities, strict=False)
            ]
            order = env["sale.order"].create(
                {"partner_id": self.partner, "order_line": lines}
            )
            order.action_confirm()
            picking = order.picking_ids
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            picking.with_context(skip_sms=True).button_validate()
            assert picking.state == "done"
            picking.move_ids.date = datetime.now() - timedelta(days=days_ago)
            invoice = order._create_invoices()
            invoice.action_post()
            moves = order.order_line.mapped("move_ids")
            return Sale(order.id, order.order_line.ids, moves.ids, invoice.id)

    def returned(self, stage, sale, *quantities, conditions="D", reverse=False):
        """Take a return of the order's lines to a stage, in one go; give its id.

        :param conditions: of the parts in their order, the last also of those beyond
        :param reverse: name the order's last line first
        """
        with self.env() as env:
            lines = [*zip(sale.lines, quantities, strict=False)]
            rma = env["reverse.rma"].create(
                {
                    "partner_id": self.partner,
                    "line_ids": [
                        Command.create({"sale_line_id": line, "quantity": quantity})
                        for line, quantity in (lines[::-1] if reverse else lines)
                    ],
                }
            )
            for name, step in STEPS.items():
                if name == "graded":
                    grade(rma, conditions)
                else:
                    step(rma)
                if name == stage:
                    break
            return rma.id

    def grade(self, rma_id, conditions):
        with self.env() as env:
            grade(env["reverse.rma"].browse(rma_id), conditions)

    # ------------------------------------------------------------------
    # What is so after the race
    # ------------------------------------------------------------------
    def coming_back(self, sale):
        """Quantities of each delivery that came back or are expected, by any path."""
        with self.env(SUPERUSER_ID) as env:
            deliveries = env["stock.move"].browse(sale.deliveries)
            return [
                sum(
                    move.quantity if move.state == "done" else move.product_uom_qty
                    for move in delivery.returned_move_ids
                    if move.state != "cancel"
                )
                for delivery in deliveries
            ]

    def credited(self, sale):
        """Sum of the order's posted credit notes."""
        with self.env(SUPERUSER_ID) as env:
            moves = env["sale.order"].browse(sale.order).invoice_ids
            return sum(
                move.amount_untaxed
                for move in moves
                if move.move_type == "out_refund" and move.state == "posted"
            )

    def in_inspection(self):
        """Pieces of the first product that wait for inspection."""
        with self.env(SUPERUSER_ID) as env:
            quants = env["stock.quant"].search(
                [
                    ("product_id", "=", self.products[0]),
                    ("location_id.reverse_state", "=", "inspection"),
                ]
            )
            return sum(quants.mapped("quantity"))

    def events(self, *rma_ids):
        """Names of the returns' events, after verifying that the chains hold."""
        with self.env(SUPERUSER_ID) as env:
            rmas = env["reverse.rma"].browse(rma_ids)
            assert env["reverse.event"]._find_breaks(rmas) == {}
            for rma in rmas:
                assert rma.event_count == len(rma.event_ids)
            return [rma.event_ids.sorted("sequence").mapped("name") for rma in rmas]

    def exceptions(self, *rma_ids):
        """Kinds of the exceptions that the returns have, open or not."""
        with self.env(SUPERUSER_ID) as env:
            return env["reverse.rma"].browse(rma_ids).exception_ids.mapped("type")

    def read(self, rma_id, *paths):
        """Values of a return, by dotted path."""
        with self.env(SUPERUSER_ID) as env:
            rma = env["reverse.rma"].browse(rma_id)
            return [rma.mapped(path) for path in paths]
