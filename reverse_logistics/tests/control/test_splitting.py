"""One wish gets the same, however it is cut: answers, approvals, fees and credit."""

from datetime import timedelta
from random import Random

from odoo import Command, fields
from odoo.tests import tagged

from ..approval_common import ApprovalCase

#: How a wish is cut.
WAYS = ("lines", "returns", "at once", "parts", "invoices")


@tagged("post_install", "-at_install")
class TestSplitting(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(cls.product, 1000)
        cls.company.reverse_fee_product_id = cls.env["product.product"].create(
            {
                "name": "Handling",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
            }
        )
        cls.tax = cls._create_tax(7.7)

    # ------------------------------------------------------------------
    # One wish, and ways to ask for it
    # ------------------------------------------------------------------
    def _sold_for(self, price, *parts):
        """Sell the sum of these parts, each on an invoice of its own."""
        order = self._new_order(
            (self.product, sum(parts), {"price_unit": price, "tax_ids": self.tax.ids})
        )
        for part in parts:
            self._deliver(order, part)
            self._invoice(order)
        return order.order_line

    def _wish(self, way, price, parts):
        """Ask for all of a sale in one of these ways; give the returns."""
        whole = (sum(parts),)
        source = self._sold_for(price, *(parts if way == "invoices" else whole))
        if way not in ("lines", "returns", "at once"):
            parts = whole
        cuts = [parts] if way == "lines" else [(part,) for part in parts]
        rmas = self._as("service", self.env["reverse.rma"]).create(
            [
                {
                    "partner_id": self.customer.id,
                    "exception_reason": "A good customer.",
                    "line_ids": [
                        Command.create({"sale_line_id": source.id, "quantity": part})
                        for part in cut
                    ],
                }
                for cut in cuts
            ]
        )
        for asked in [rmas] if way == "at once" else rmas:
            self._call(asked, "action_request")
        return rmas

    def _agree(self, documents, action):
        """Let others approve what waits for them; give the gates they were asked at."""
        gates = set()
        for document in documents:
            gates |= {*self._gates(document)}
            self._approve(self.second, document)
            if document.state in ("requested", "submitted"):
                self._call(self._as("approver", document), action)
        return gates

    def _taken_back(self, rmas, parts=()):
        """Take returns in up to their credit; give the gates that were asked."""
        gates = set()
        for rma in rmas.sudo():
            self._receive(rma)
            for quantity in parts:
                self._as("inspector", self._waiting(rma)[:1]).quantity = quantity
                self._inspect(self._waiting(rma)[:1], "A", "RESTOCK")
            self._inspect(self._waiting(rma), "A", "RESTOCK")
            drafts = rma.settlement_ids.filtered(lambda s: s.state == "draft")
            self._call(self._as("service", drafts), "action_submit")
            gates |= self._agree(
                rma.settlement_ids.filtered(lambda s: s.state == "submitted"),
                "action_approve",
            )
            approved = rma.settlement_ids.filtered(lambda s: s.state == "approved")
            self._call(self._as("releaser", approved), "action_release")
        return gates

    def _waiting(self, rma):
        return rma.inspection_ids.filtered(lambda part: part.state == "draft")

    def _told(self, way, price, parts):
        """Ask in one way and go to the end; give what came of it."""
        rmas = self._wish(way, price, parts).sudo()
        lines = rmas.line_ids
        answers = {(line.decision, line.decision_code) for line in lines}
        rules = {line.policy_rule_id.name for line in lines}
        gates = self._agree(rmas, "action_authorize")
        gates |= self._taken_back(rmas, parts[1:] if way == "parts" else ())
        notes = rmas.credit_note_ids
        self.assertEqual(set(notes.mapped("state")), {"posted"})
        self.assertEqual(sum(rmas.line_ids.mapped("qty_settled")), sum(parts))
        fees = round(sum(rmas.settlement_ids.line_ids.mapped("fee")), 2)
        self.assertAlmostEqual(sum(lines.mapped("fee")), fees, msg="as announced")
        self.assertAlmostEqual(
            sum(notes.mapped("amount_total")) + fees,
            sum(
                lines.sale_line_id.invoice_lines.move_id.filtered(
                    lambda move: move.move_type == "out_invoice"
                ).mapped("amount_total")
            ),
            msg="all that was paid",
        )
        return {"answers": answers, "rules": rules, "gates": gates, "fees": fees}

    # ------------------------------------------------------------------
    # Policies
    # ------------------------------------------------------------------
    def _draw_policy(self, draw, value):
        """Put a policy in force whose limits lie near the value of the wish."""
        near = round(value * draw.uniform(0.5, 1.2), 2)
        self._set_policy(
            rules=[
                {"name": "Usual", "max_value": draw.choice((0, near))},
                {"name": "Dear", "value_from": near, "authorize": draw.random() < 0.5},
            ],
            fee_rule_ids=[
                Command.clear(),
                Command.create(
                    {"name": "Fee", "percent": 7.5, "fixed": draw.choice((0, 5))}
                ),
                Command.create(
                    {"name": "Dear", "percent": 3.3, "value_from": near, "minimum": 9}
                ),
            ],
        )
        for gate in ("authorization", "credit"):
            self._rule(gate, value_from=near)

    def test_cutting_changes_nothing(self):
        for seed, ways in enumerate((WAYS, ("lines", "at once"))):
            draw = Random(seed)
            parts = tuple(draw.randint(1, 4) for _part in range(draw.randint(2, 3)))
            price = round(draw.uniform(3, 90), 2)
            with self.cr.savepoint() as point:
                self._draw_policy(draw, price * sum(parts))
                whole = self._told("whole", price, parts)
                for way in ways:
                    with self.subTest(seed=seed, way=way, price=price, parts=parts):
                        told = self._told(way, price, parts)
                        self._compare(way, told, whole, len(parts))
                point.rollback()

    def _compare(self, way, told, whole, count):
        """Compare what came of one wish with what came of it when it was not cut."""
        fees = told.pop("fees"), whole["fees"]
        told = {**told, "fees": whole["fees"]}
        if way in ("returns", "at once"):
            # handling is charged for each return, and each fee rounded
            self.assertGreaterEqual(fees[0], round(fees[1] - 0.005 * count, 2))
        else:
            self.assertEqual(*fees)
        if way == "returns":
            # those that came first were within what policy says
            told = {
                name: said & whole[name] if name in ("answers", "rules") else said
                for name, said in told.items()
            }
        self.assertEqual(told, whole)


@tagged("post_install", "-at_install")
class TestSplittingWithoutOrder(ApprovalCase):
    """What no order of Odoo sold is one sale as well, by its invoice or delivery."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy([{"name": "All", "window_days": 2000}])
        cls._rule("authorization", value_from=500)
        cls._rule("credit", value_from=500)
        cls.pan = cls._create_product("Pan")

    def _sold_before(self, product, invoice):
        """A row of 400.00 of an old invoice."""
        return self.env["reverse.historic.sale"].create(
            {
                "invoice_name": invoice,
                "date": fields.Date.today() - timedelta(40),
                "partner_id": self.customer.id,
                "product_id": product.id,
                "quantity": 4,
                "price_unit": 100.0,
            }
        )

    def _given(self, *products):
        """Deliver 8 of each without an order; give the moves."""
        operation = self.warehouse.out_type_id
        places = {
            "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        }
        for product in products:
            self._stock(product, 8)
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": operation.id,
                "move_ids": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": 8, **places}
                    )
                    for product in products
                ],
                **places,
            }
        )
        picking.action_confirm()
        self._validate(picking)
        return picking.move_ids

    def _asked(self, *sales):
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "historic_sale_id": sale.id,
                            "product_id": sale.product_id.id,
                            "quantity": sale.quantity,
                        }
                    )
                    for sale in sales
                ],
            }
        )
        self._call(rma, "action_request")
        return rma

    def assertWaits(self, rma, waits=True):
        gates = ["authorization"] if waits else []
        state = "requested" if waits else "authorized"
        self.assertEqual((rma.state, self._gates(rma)), (state, gates))

    def test_rows_of_an_old_invoice_are_one_sale(self):
        rows = [
            self._sold_before(product, "INV9") for product in (self.product, self.pan)
        ]
        whole = self._asked(*rows)
        self.assertWaits(whole)
        self._call(whole, "action_cancel")
        first = self._asked(rows[0])
        self.assertWaits(first, waits=False)
        rows[0].active = False
        self.assertWaits(self._asked(rows[1]))
        self.assertWaits(self._asked(self._sold_before(self.pan, "INV8")), waits=False)

    def test_credits_of_an_old_invoice_are_one(self):
        self.rules.search([("gate", "=", "authorization")]).active = False
        rmas = [
            self._asked(self._sold_before(product, "INV9"))
            for product in (self.product, self.pan)
        ]
        for rma, gates in zip(rmas, ([], ["credit"]), strict=True):
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertEqual(self._gates(rma.settlement_ids), gates)

    def test_a_delivery_without_order_is_one_sale(self):
        kettle, pan = self._given(self.product, self.pan)
        whole = self._requested(kettle, 8)
        self.assertWaits(whole)
        self._call(whole, "action_cancel")
        self.assertWaits(self._requested(kettle, 4), waits=False)
        self.assertWaits(self._requested(kettle, 4))
        self.assertWaits(self._requested(pan, 4))
        self.assertWaits(self._requested(self._given(self.pan), 4), waits=False)

    def test_largest_quantity_of_a_delivery_without_order(self):
        self._set_policy([{"name": "All", "window_days": 2000, "max_quantity": 4}])
        move = self._given(self.product)
        replaced = {"settlement_type": "replacement"}
        first = self._requested(move, 4, rma=replaced)
        self.assertEqual(first.line_ids.decision, "authorize")
        second = self._requested(move, 4, rma=replaced)
        self.assertEqual(second.line_ids.decision, "exception")
