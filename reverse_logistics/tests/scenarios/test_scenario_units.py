"""Single units and where they end: goods, value, ledger and order, to the end."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..scenario_common import NOTHING, ScenarioCommon


@tagged("post_install", "-at_install")
class TestFiveEndings(ScenarioCommon):
    """Six units in one return: credited, damaged, scrapped, denied, kept, lost."""

    def _sell_six(self, cost_method, policy):
        product = self._goods(cost_method, "Lamp", invoice_policy=policy)
        self._buy(product, 100, 40.0)
        return product, self._sell(
            6, product=product, tax_ids=[Command.set(self.tax.ids)]
        )

    def _receive_four(self, rma):
        """One is kept, one never comes: four are received in one parcel."""
        rma.picking_ids.move_ids.quantity = 4
        rma.picking_ids.move_ids.picked = True
        self._receive(rma)

    def _end_four(self, rma):
        self._inspect(self._part(rma), "A")
        self._inspect(self._part(rma), "D")
        self._inspect(self._part(rma), "E")
        self._inspect(self._part(rma), "D", "CUSTOMER")

    def test_six_units_five_endings(self):
        cases = (
            ("average", "delivery"),
            ("average", "order"),
            ("fifo", "delivery"),
            ("standard", "order"),
        )
        for cost_method, policy in cases:
            with self.subTest(cost_method=cost_method, policy=policy):
                self._open_books()
                rma = self._six_units(*self._sell_six(cost_method, policy))
                self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 4))

    def _six_units(self, product, sold):
        rma = self._requested(sold, 6)
        line = rma.line_ids
        self.assertEqual(rma.stage, "authorized")
        self._receive_four(rma)
        self.assertEqual(rma.stage, "receiving")
        self.assertBooks(
            {product: {"shelf": 94, "inspection": 4, "value": 3920}},
            {sold: (2, 6, 0)},
        )
        self._end_four(rma)
        self.assertBooks(
            {
                product: {
                    "shelf": 95,
                    "quarantine": 1,
                    # waits there for the truck
                    "inspection": 1,
                    "value": 3880,
                }
            },
            # one was credited by policy, three wait for people or for a truck
            {sold: (2, 5, 0)},
        )
        self._send_back(rma)
        self._kept(rma, 1)
        self._as("service", line).action_close_short(1, "lost")
        self.assertEqual((rma.state, rma.stage), ("authorized", "put_away"))
        self._settle_by_hand(rma)
        self.assertEqual(
            {
                name: line[f"qty_{name}"]
                for name in (
                    "authorized",
                    "received",
                    "inspected",
                    "put_away",
                    "kept",
                    "denied",
                    "closed_short",
                    "settled",
                )
            },
            {
                "authorized": 6,
                "received": 4,
                "inspected": 5,
                "put_away": 5,
                "kept": 1,
                "denied": 1,
                "closed_short": 1,
                "settled": 4,
            },
        )
        self.assertBooks(
            {product: {"shelf": 95, "quarantine": 1, "value": 3840}},
            {sold: (3, 3, 0)},
            {
                "stock": -160,
                "cost": 120,
                "write_off": 40,
                "income": -290,
                "tax": -58,
                "receivable": 348,
            },
        )
        self.assertReconciled(product, 4000)
        # scrapped for 40, sent back for 40
        self.assertMoveValues(rma, [160.0], 80)
        self.assertEqual(self._cogs(rma.credit_note_ids), -120)
        # sent back and lost ones may come after all
        self.assertFinished(rma, (sold, 2))
        return rma

    def _settle_by_hand(self, rma):
        """30 off for the damage; the customer keeps one for 40."""
        for settlement in rma.settlement_ids.filtered(lambda s: s.state == "draft"):
            for line in self._as("service", settlement.line_ids):
                code = line.inspection_id.disposition_id.code
                off = {"QUARANTINE": 30.0, "KEEP": 60.0, "SCRAP": 0.0}[code]
                line.write({"deduction": off, "deduction_reason": "As agreed"})
            self._settle(settlement)
        total = sum(rma.credit_note_ids.mapped("amount_untaxed"))
        self.assertAlmostEqual(total, 100 + 70 + 100 + 40)


@tagged("post_install", "-at_install")
class TestReplacedReplacement(ScenarioCommon):
    """A serial is replaced, its replacement comes back; the first is sold again."""

    def _pumps(self):
        pump = self._goods("average", "Pump", tracking="serial")
        lots = self._create_lots(pump, "P-1", "P-2")
        for lot in lots:
            self._buy(pump, 1, 40.0, lot)
        return pump, lots

    def _sell_pump(self, pump, lot, price, **values):
        order = self._new_order(
            (pump, 1, {"price_unit": price, "tax_ids": [Command.set(self.tax.ids)]}),
            **values,
        )
        order.picking_ids.move_ids.move_line_ids.lot_id = lot
        self._validate(order.picking_ids)
        self._invoice(order)
        return order.order_line

    def _replaced(self, sold, lot, other):
        """The first comes back defective; the other is sent for it."""
        rma = self._return(
            sold, lot_id=lot.id, condition="C", rma={"settlement_type": "replacement"}
        )
        self._settle(rma.settlement_ids)
        move = rma.settlement_ids.replacement_move_ids
        move.move_line_ids.lot_id = other
        self._validate(move.picking_id)
        return rma, move

    SOLD = {"stock": -40, "cost": 40, "income": -100, "tax": -20, "receivable": 120}

    def test_chain_to_its_end(self):
        pump, (first, second) = self._pumps()
        self._open_books()
        sold = self._sell_pump(pump, first, 100.0)
        delivery = sold.move_ids
        replaced, move = self._replaced(sold, first, second)
        self.assertBooks(
            {pump: {"quarantine": 1, "value": 40}}, {sold: (1, 1, 0)}, self.SOLD
        )
        self.assertAlmostEqual(move.value, 40)
        self.assertFalse(replaced.credit_note_ids)
        self.assertFinished(replaced, (sold, 0, {"lot_id": first.id}))
        # Dearer since, and the window counts from the first delivery.
        pump.list_price = sold.price_unit = 300.0
        self._credited_once(pump, sold, delivery, second)
        self._sold_again(pump, replaced, first)

    def _credited_once(self, pump, sold, delivery, second):
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        rma = self._requested(sold, lot_id=second.id)
        self.assertEqual((rma.state, rma.line_ids.decision_code), ("requested", "late"))
        self.assertIn("Delivered 40 days ago", rma.line_ids.explanation)
        self.assertEqual(rma.line_ids.move_id, delivery)
        delivery.date = fields.Datetime.now()
        self._as("approver", rma).action_authorize_exception("Its own fault")
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertCredits(rma.credit_note_ids, (100.0, 20.0))
        self.assertMoveValues(rma, [40.0])
        self.assertBooks(
            {pump: {"shelf": 1, "quarantine": 1, "value": 80}}, {sold: (0, 0, 0)}, {}
        )
        self.assertFinished(
            rma,
            (sold, 0),
            (sold, 0, {"lot_id": second.id}),
        )

    def _sold_again(self, pump, replaced, first):
        """Repaired, restocked, sold to somebody else, and back once more."""
        part = replaced.inspection_ids.filtered(lambda p: p.state == "done")
        self._as("inspector", part).action_reinspect()
        self._inspect(replaced.inspection_ids.filtered(lambda p: p.state == "draft"))
        self.assertBooks({pump: {"shelf": 2, "value": 80}}, {}, {})
        again = self._sell_pump(pump, first, 150.0, partner_id=self.stranger.id)
        self.assertBooks(
            {pump: {"shelf": 1, "value": 40}},
            {again: (1, 1, 0)},
            {"stock": -40, "cost": 40, "income": -150, "tax": -30, "receivable": 180},
        )
        with self.assertRaisesRegex(UserError, r"only 0 .* \(P-1\) can be returned"):
            self._requested(pump, lot_id=first.id)
        owner = {"partner_id": self.stranger.id}
        rma = self._return(again, lot_id=first.id, rma=owner)
        self.assertCredits(rma.credit_note_ids, (150.0, 30.0))
        self.assertBooks({pump: {"shelf": 2, "value": 80}}, {again: (0, 0, 0)}, {})
        self.assertFinished(
            rma | replaced, (again, 0, {"lot_id": first.id, "rma": owner})
        )


@tagged("post_install", "-at_install")
class TestWrongItemChain(ScenarioCommon):
    """5 of B in the parcel instead of A, at 100 less 10 %, with tax."""

    def _shipped_wrong(self, cost_method, policy, remedy):
        ours = self._goods(cost_method, "Lamp", invoice_policy=policy)
        came = self._goods(cost_method, "Cable", standard_price=5.0)
        self._buy(ours, 20, 40.0)
        self._buy(came, 20, 5.0)
        sold = self._sell(
            5, product=ours, discount=10.0, tax_ids=[Command.set(self.tax.ids)]
        )
        reason = self.env["reverse.reason"].search([("claim", "=", "wrong_item")])
        rma = self._requested(
            sold,
            5,
            reason_id=reason[:1].id,
            remedy=remedy,
            claimed_product_id=came.id,
        )
        self._as("approver", rma).action_authorize()
        return ours, came, sold, rma

    INVOICED = {"income": -450, "tax": -90, "receivable": 540}

    def _each(self):
        for cost_method, policy in (
            ("average", "delivery"),
            ("average", "order"),
            ("fifo", "order"),
            ("standard", "delivery"),
        ):
            self._open_books()
            yield cost_method, policy

    def test_sent_again_then_returned(self):
        for cost_method, policy in self._each():
            with self.subTest(cost_method=cost_method, policy=policy):
                ours, came, sold, rma = self._shipped_wrong(
                    cost_method, policy, "reship"
                )
                # A never left and B did; the customer owes what was invoiced.
                self.assertBooks(
                    {
                        ours: {"shelf": 20, "value": 800},
                        came: {"shelf": 15, "value": 75},
                    },
                    {sold: (0, 5, 0)},
                    {"stock": -200, "cost": 200, **self.INVOICED},
                )
                with self.assertRaisesRegex(UserError, NOTHING):
                    sold.order_id._create_invoices(final=True)
                self._settle(rma.settlement_ids)
                self._validate(rma.settlement_ids.replacement_move_ids.picking_id)
                self._receive(rma)
                self.assertBooks(
                    {
                        ours: {"shelf": 15, "value": 600},
                        came: {"shelf": 15, "inspection": 5, "value": 100},
                    },
                    {sold: (5, 5, 0)},
                )
                self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
                self.assertBooks(
                    {
                        ours: {"shelf": 15, "value": 600},
                        came: {"shelf": 20, "value": 100},
                    },
                    {sold: (5, 5, 0)},
                    {"stock": -200, "cost": 200, **self.INVOICED},
                )
                self.assertReconciled(ours, 800)
                self.assertFalse(rma.credit_note_ids)
                self.assertFinished(rma, (sold, 5))
                # what was sent instead comes back like any goods
                back = self._return(sold, 5)
                self.assertCredits(back.credit_note_ids, (450.0, 90.0))
                self.assertBooks(
                    {ours: {"shelf": 20, "value": 800}}, {sold: (0, 0, 0)}, {}
                )
                self.assertFinished(rma | back, (sold, 0))

    def test_credited(self):
        for cost_method, policy in self._each():
            with self.subTest(cost_method=cost_method, policy=policy):
                ours, came, sold, rma = self._shipped_wrong(
                    cost_method, policy, "credit"
                )
                self.assertCredits(self._settle(rma.settlement_ids), (450.0, 90.0))
                self.assertBooks(
                    {
                        ours: {"shelf": 20, "value": 800},
                        came: {"shelf": 15, "value": 75},
                    },
                    {sold: (0, 0, 0)},
                    {},
                )
                self._receive(rma)
                self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
                self.assertBooks(
                    {
                        ours: {"shelf": 20, "value": 800},
                        came: {"shelf": 20, "value": 100},
                    },
                    {sold: (0, 0, 0)},
                    {},
                )
                self.assertEqual(len(rma.settlement_ids), 1)
                self.assertFinished(rma, (sold, 0))
