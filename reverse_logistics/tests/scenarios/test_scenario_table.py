"""Rows of the state table that no other test has, by delivered and ordered quantity.

Three units at 100 and 20 % tax, which cost 40 each; one of them is the matter.
"""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..scenario_common import NOTHING, ScenarioCommon

SOLD = {"stock": -120, "cost": 120, "income": -300, "tax": -60, "receivable": 360}
NEVER = {}  # nothing was booked


@tagged("post_install", "-at_install")
class TestStateTableByPolicy(ScenarioCommon):
    def _each(self, invoiced=True):
        """Three units sold, by each policy: give product and order line."""
        for policy in ("delivery", "order"):
            product = self._goods("average", f"Lamp by {policy}", invoice_policy=policy)
            self._buy(product, 10, 40.0)
            self._open_books()
            taxes = {"tax_ids": [Command.set(self.tax.ids)]}
            order = self._new_order((product, 3, {"price_unit": 100.0, **taxes}))
            self._deliver(order)
            if invoiced:
                self._invoice(order)
            yield product, order.order_line

    def _send_replacement(self, rma):
        move = rma.settlement_ids.replacement_move_ids
        self._validate(move.picking_id)
        return move

    def assertNotBilled(self, line):
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    # ------------------------------------------------------------------
    # Replacement
    # ------------------------------------------------------------------
    def test_replaced_before_the_invoice(self):
        for product, line in self._each(invoiced=False):
            rma = self._return(line, rma={"settlement_type": "replacement"})
            self.assertBooks(
                {product: {"shelf": 8, "value": 320}}, {line: (2, 0, 2)}, NEVER
            )
            self._send_replacement(rma)
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}}, {line: (3, 0, 3)}, NEVER
            )
            self.assertAmounts(self._invoice(line.order_id), 300)
            self.assertBooks({}, {line: (3, 3, 0)}, SOLD)
            self.assertReconciled(product, 400)
            self.assertFinished(rma, (line, 3))

    def test_replaced_after_the_rest_was_invoiced(self):
        for product, line in self._each(invoiced=False):
            rma = self._return(line, rma={"settlement_type": "replacement"})
            self.assertAmounts(self._invoice(line.order_id), 200)
            self.assertBooks({}, {line: (2, 2, 0)})
            self._send_replacement(rma)
            self.assertBooks({product: {"shelf": 7, "value": 280}}, {line: (3, 2, 1)})
            self.assertAmounts(self._invoice(line.order_id), 100)
            self.assertBooks({}, {line: (3, 3, 0)}, SOLD)
            self.assertFinished(rma, (line, 3))

    def test_value_given_and_replaced_as_well(self):
        for product, line in self._each():
            rma = self._requested(line, rma={"settlement_type": "replacement"})
            self.assertCredits(self._credit_value(rma, 15.0), (15.0, 3.0))
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertBooks({product: {"shelf": 8, "value": 320}}, {line: (2, 3, 0)})
            self.assertNotBilled(line)
            self._send_replacement(rma)
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}},
                {line: (3, 3, 0)},
                {**SOLD, "income": -285, "tax": -57, "receivable": 342},
            )
            self.assertFinished(rma, (line, 3))

    # ------------------------------------------------------------------
    # Value only
    # ------------------------------------------------------------------
    def test_no_value_without_an_invoice(self):
        for product, line in self._each(invoiced=False):
            rma = self._requested(line)
            with self.assertRaisesRegex(UserError, "has no posted invoice to credit"):
                self._credit_value(rma, 15.0)
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}}, {line: (3, 0, 3)}, NEVER
            )

    # ------------------------------------------------------------------
    # Denied and sent back
    # ------------------------------------------------------------------
    def _deny(self, line):
        rma = self._receive_line(line)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        return rma

    def test_denied_after_the_rest_was_invoiced(self):
        for product, line in self._each(invoiced=False):
            rma = self._deny(line)
            self.assertAmounts(self._invoice(line.order_id), 200)
            self._send_back(rma)
            self.assertBooks({product: {"shelf": 7, "value": 280}}, {line: (3, 2, 1)})
            self.assertAmounts(self._invoice(line.order_id), 100)
            self.assertBooks({}, {line: (3, 3, 0)}, SOLD)
            self.assertMoveValues(rma, [40.0], 40)
            self.assertFinished(rma, (line, 3))

    def test_denied_then_returned_again_and_credited(self):
        for product, line in self._each():
            denied = self._deny(line)
            self._send_back(denied)
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}}, {line: (3, 3, 0)}, SOLD
            )
            rma = self._return(line, 3)
            self.assertCredits(rma.credit_note_ids, (300.0, 60.0))
            self.assertBooks(
                {product: {"shelf": 10, "value": 400}}, {line: (0, 0, 0)}, NEVER
            )
            self.assertFinished(denied | rma, (line, 0))

    # ------------------------------------------------------------------
    # Kept, lost, destroyed
    # ------------------------------------------------------------------
    def test_kept_before_the_invoice(self):
        for product, line in self._each(invoiced=False):
            rma = self._requested(line)
            self._kept(rma)
            self.assertEqual(self._open_exceptions(rma), ["not_invoiced"])
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}}, {line: (3, 0, 3)}, NEVER
            )
            self._invoice(line.order_id)
            self._as("releaser", rma.exception_ids).action_retry()
            self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
            self.assertCredits(rma.credit_note_ids, (100.0, 20.0))
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}},
                {line: (3, 3, 0)},
                {**SOLD, "income": -200, "tax": -40, "receivable": 240},
            )
            self.assertFinished(rma, (line, 2))

    def test_never_sent(self):
        for product, line in self._each():
            rma = self._requested(line)
            self._as("service", rma.line_ids).action_close_short(1, "lost")
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}}, {line: (3, 3, 0)}, SOLD
            )
            self.assertFinished(rma, (line, 3))

    def test_destroyed_here(self):
        """The goods came back: their cost is a loss of ours, no longer one of sales."""
        for product, line in self._each():
            rma = self._return(line, condition="E")
            self.assertBooks({product: {"shelf": 7, "value": 280}}, {line: (2, 3, 0)})
            self.assertNotBilled(line)
            self.assertCredits(self._settle(rma.settlement_ids), (100.0, 20.0))
            self.assertBooks(
                {product: {"shelf": 7, "value": 280}},
                {line: (2, 2, 0)},
                {
                    "stock": -120,
                    "cost": 80,
                    "write_off": 40,
                    "income": -200,
                    "tax": -40,
                    "receivable": 240,
                },
            )
            self.assertMoveValues(rma, [40.0], 40)
            self.assertFinished(rma, (line, 2))

    # ------------------------------------------------------------------
    # Wrong item, before the invoice
    # ------------------------------------------------------------------
    def _claim_wrong(self, line, remedy):
        other = self._goods("average", "Cable", standard_price=5.0)
        self._buy(other, 10, 5.0)
        reason = self.env["reverse.reason"].search([("claim", "=", "wrong_item")])
        rma = self._requested(
            line,
            3,
            reason_id=reason[:1].id,
            remedy=remedy,
            claimed_product_id=other.id,
        )
        self._as("approver", rma).action_authorize()
        return other, rma

    def test_wrong_item_sent_again_before_the_invoice(self):
        for product, line in self._each(invoiced=False):
            other, rma = self._claim_wrong(line, "reship")
            self._settle(rma.settlement_ids)
            self._send_replacement(rma)
            self._inspect(self._receive(rma))
            self.assertBooks(
                {
                    product: {"shelf": 7, "value": 280},
                    other: {"shelf": 10, "value": 50},
                },
                {line: (3, 0, 3)},
                NEVER,
            )
            self._invoice(line.order_id)
            self.assertBooks({}, {line: (3, 3, 0)}, SOLD)
            self.assertFinished(rma, (line, 3))

    def test_wrong_item_taken_back_before_the_invoice(self):
        for product, line in self._each(invoiced=False):
            other, rma = self._claim_wrong(line, "credit")
            self._settle(rma.settlement_ids)
            self._inspect(self._receive(rma))
            self.assertFalse(rma.credit_note_ids)
            self.assertBooks(
                {
                    product: {"shelf": 10, "value": 400},
                    other: {"shelf": 10, "value": 50},
                },
                {line: (0, 0, 0)},
                NEVER,
            )
            self.assertFinished(rma, (line, 0))
