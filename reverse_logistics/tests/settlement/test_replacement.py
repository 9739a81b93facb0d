"""A replacement goes out for what came back; the customer gets one credit at most."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..replacement_common import NOTHING, ReplacementCommon


@tagged("post_install", "-at_install")
class TestReplacement(ReplacementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(3)

    # ------------------------------------------------------------------
    # The state table
    # ------------------------------------------------------------------
    def test_replacement_is_delivered_and_never_invoiced(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            value = product.total_value
            rma = self._receive_line(line, rma={"settlement_type": "replacement"})
            self.assertLine(line, 2, 3, 0, "invoiced")
            self._inspect(rma.inspection_ids)
            self.assertEqual(rma.settlement_ids.type, "replacement")
            self.assertEqual(rma.settlement_ids.state, "released")
            self.assertLine(line, 2, 3, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self._send(rma)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self.assertFalse(rma.credit_note_ids)
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 120)
            self.assertAlmostEqual(product.total_value, value)
            self.assertChecked(rma)

    def test_return_waits_for_the_replacement_to_leave(self):
        line = self.line
        rma = self._replace(line, 2)
        self.assertEqual((rma.state, rma.stage), ("authorized", "put_away"))
        move = self._replacement(rma)
        self.assertEqual((move.product_uom_qty, move.state), (2, "assigned"))
        self.assertEqual(move.sale_line_id, line)
        self.assertIn(move.picking_id, rma.picking_ids)
        self.assertIn(move.picking_id, line.order_id.picking_ids)
        self._validate(move.picking_id, 1)
        self.assertEqual((rma.stage, rma.line_ids.qty_settled), ("put_away", 1))
        self.assertLine(line, 2, 3, 0, "invoiced")
        self._send(rma)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma.line_ids.qty_replaced, 2)
        self.assertChecked(rma)
        self.assertEqual(
            self._events(rma).mapped("name")[-4:],
            [
                "ReplacementReleased",
                "ReplacementSent",
                "ReplacementSent",
                "ReturnClosed",
            ],
        )

    def test_not_invoiced_yet(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        rma = self._replace(order.order_line)
        self.assertLine(order.order_line, 2, 0, 2)
        self._send(rma)
        self.assertLine(order.order_line, 3, 0, 3, "to invoice")
        self.assertAmounts(self._invoice(order), 300)

    def test_one_replaced_one_credited(self):
        line = self.line
        replaced = self._replace(line)
        self._send(replaced)
        credited = self._return(line)
        self.assertAmounts(credited.credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    def test_credit_beside_a_replacement_that_has_not_left(self):
        line = self.line
        replaced = self._replace(line)
        credited = self._return(line)
        self.assertAmounts(credited.credit_note_ids, 100)
        self.assertLine(line, 1, 2, 0)
        self._send(replaced)
        self.assertLine(line, 2, 2, 0, "invoiced")

    def test_missing_stock_is_waited_for(self):
        product = self._create_product("Rare", categ_id=self.perpetual.id)
        self._buy(product, 1, 40.0)
        line = self._sell(1, product=product)
        rma = self._replace(line, condition="C")
        self._settle(rma.settlement_ids)
        move = self._replacement(rma)
        self.assertEqual((move.state, rma.stage), ("confirmed", "put_away"))
        self._buy(product, 1, 40.0)
        move.picking_id.action_assign()
        self._send(rma)
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 1, 1, 0)

    def test_more_is_ordered_later(self):
        """Odoo sends the difference only: it knows what the replacement delivered."""
        line = self.line
        self._send(self._replace(line))
        line.product_uom_qty = 5
        picking = line.order_id.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(picking.move_ids.mapped("product_uom_qty"), [2])
        self._validate(picking)
        self.assertLine(line, 5, 3, 2, "to invoice")

    def test_a_person_decides_about_used_goods(self):
        line = self.line
        rma = self._replace(line, condition="C")
        settlement = rma.settlement_ids
        self.assertEqual((settlement.state, settlement.type), ("draft", "replacement"))
        self.assertEqual(settlement.display_name, f"{rma.name}: replacement")
        self.assertFalse(self._replacement(rma))
        self._settle(settlement)
        self.assertEqual(settlement.released_by_id, self.users["releaser"])
        self._send(rma)
        self.assertLine(line, 3, 3, 0)

    def test_denied_and_sent_back_is_not_replaced(self):
        line = self.line
        rma = self._receive_line(line, rma={"settlement_type": "replacement"})
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self.assertFalse(rma.settlement_ids)
        self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_kept_and_replaced(self):
        """What the customer keeps stays delivered; the replacement is not counted."""
        line = self.line
        rma = self._requested(line, rma={"settlement_type": "replacement"})
        self._kept(rma)
        self._settle(rma.settlement_ids)
        move = self._send(rma)
        self.assertFalse(move.to_refund)
        self.assertLine(line, 3, 3, 0, "invoiced")
        delivery = rma.line_ids.move_id
        self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
        self.assertChecked(rma)

    # ------------------------------------------------------------------
    # In advance
    # ------------------------------------------------------------------
    def _advance(self, line, quantity=1):
        rma = self._requested(line, quantity, rma={"settlement_type": "replacement"})
        self._as("service", rma).action_replace_in_advance()
        self._settle(rma.settlement_ids)
        return rma

    def test_replaced_in_advance(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._advance(line)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self._send(rma)
            self.assertLine(line, 4, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            delivery = rma.line_ids.move_id
            self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
            self.assertEqual((rma.state, rma.stage), ("authorized", "authorized"))
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertEqual(len(rma.settlement_ids), 1)
            self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))
            self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
            self.assertChecked(rma)

    def test_sent_in_advance_and_sent_back_is_invoiced(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._advance(line)
            self._send(rma)
            self._receive(rma)
            self._inspect(rma.inspection_ids, "D", "CUSTOMER")
            self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
            self.assertLine(line, 4, 3, 1, "to invoice")

    def test_what_never_comes_back_is_invoiced(self):
        line = self.line
        rma = self._advance(line)
        self._send(rma)
        rma.line_ids._add({rma.line_ids: {"closed_short": 1.0}})
        self.assertLine(line, 4, 3, 1, "to invoice")
        self.assertAmounts(self._invoice(line.order_id), 100)

    def test_what_was_replaced_in_advance_does_not_leave_by_one_person(self):
        rma = self._advance(self._sell(3))
        part = self._receive(rma)
        self._as("receiver", part).action_correct_receipt(0)
        self.assertEqual((part.state, part.quantity), ("draft", 1))
        change = self.env["reverse.quantity.change"].search(
            [("inspection_id", "=", part.id)]
        )
        self.assertEqual(change.state, "requested")

    def test_no_advance_after_receipt(self):
        line = self.line
        rma = self._receive_line(line, rma={"settlement_type": "replacement"})
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", rma).action_replace_in_advance()
        refund = self._requested(self._sell(3))
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", refund).action_replace_in_advance()

    def test_one_advance_only(self):
        line = self.line
        rma = self._requested(line, rma={"settlement_type": "replacement"})
        self._as("service", rma).action_replace_in_advance()
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", rma).action_replace_in_advance()
        self.assertFalse(self._as("service", rma).is_replace_in_advance_allowed)

    def test_return_replaced_in_advance_is_not_cancelled(self):
        rma = self._advance(self._sell(3))
        with self.assertRaisesRegex(UserError, "is being replaced already: reverse"):
            self._as("service", rma).action_cancel()
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(self._replacement(rma).state, "cancel")
        self._as("service", rma).action_cancel()
        self.assertEqual(rma.state, "cancelled")
