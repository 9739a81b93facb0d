"""Replacements that come back, are corrected, or are tampered with."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..replacement_common import NOTHING, ReplacementCommon


@tagged("post_install", "-at_install")
class TestReplacementChains(ReplacementCommon):
    # ------------------------------------------------------------------
    # Chains
    # ------------------------------------------------------------------
    def test_replacement_comes_back_and_is_credited_once(self):
        for product in self.product, self.ordered_product:
            line = self._sell(1, product=product)
            delivery = line.move_ids
            first = self._replace(line)
            self._send(first)
            second = self._return(line)
            self.assertEqual(second.line_ids.move_id, delivery)
            self.assertAmounts(second.credit_note_ids, 100)
            self.assertLine(line, 0, 0, 0)
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
            self.assertFalse(first.credit_note_ids)
            with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
                self._requested(line)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)

    def test_between_receipt_and_credit_of_a_replacement(self):
        line = self._sell(1)
        self._send(self._replace(line))
        rma = self._return(line, condition="C")
        self.assertLine(line, 0, 1, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)
        self.assertAmounts(self._settle(rma.settlement_ids), 100)
        self.assertLine(line, 0, 0, 0)

    def test_chain_of_serials(self):
        """S1 is replaced by S2, that one by S3, which is credited."""
        line = self._sell_serial(self.first)
        delivery = line.move_ids
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        self.assertLine(line, 1, 1, 0)
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(line, lot_id=self.first.id)
        second = self._replace(line, lot_id=self.second.id)
        self.assertEqual(second.line_ids.move_id, delivery)
        self.assertEqual(second.inspection_ids.lot_id, self.second)
        self._send(second, self.third)
        third = self._return(line, lot_id=self.third.id)
        self.assertAmounts(third.credit_note_ids, 100)
        self.assertLine(line, 0, 0, 0)
        free = delivery._get_returnable(by_lot=True)
        self.assertEqual(set(free.values()), {0.0})
        self.assertChecked(self.env["reverse.rma"].concat(second, third))

    def test_a_serial_that_never_left_is_refused(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        rma = self._requested(line, lot_id=self.second.id)
        picking = rma.picking_ids
        picking.move_ids.move_line_ids.lot_id = self.third
        with self.assertRaisesRegex(UserError, "S3 of Scanner was not part of"):
            self._receive(rma)
        self.assertEqual(picking.state, "assigned")

    def test_a_serial_sold_again_may_return_again(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        again = self._sell_serial(self.first)
        rma = self._return(again, lot_id=self.first.id)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(again, 0, 0, 0)
        self.assertLine(line, 1, 1, 0)
        rma = self._return(line, lot_id=self.second.id)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_the_same_serial_as_its_own_replacement(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.first)
        rma = self._return(line, lot_id=self.first.id)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 0, 0, 0)

    def test_window_starts_with_the_first_delivery(self):
        line = self._sell(1)
        delivery = line.move_ids
        self._send(self._replace(line))
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        rma = self._requested(line)
        self.assertEqual((rma.state, rma.line_ids.decision_code), ("requested", "late"))
        self.assertIn("Delivered 40 days ago", rma.line_ids.explanation)

    def test_a_replacement_comes_back_at_its_own_value(self):
        for lot_valuated in (False, True):
            product = self._create_product(
                "Drill",
                tracking="serial",
                categ_id=self._create_category(
                    "average" if lot_valuated else "fifo", "real_time"
                ).id,
                lot_valuated=lot_valuated,
            )
            first, second = self._create_lots(product, "D1", "D2")
            self._buy(product, 1, 300.0, first)
            order = self._new_order((product, 1, {"price_unit": 500}))
            self._validate(order.picking_ids)
            self._invoice(order)
            rma = self._replace(order.order_line, lot_id=first.id, condition="E")
            self._buy(product, 1, 310.0, second)
            self._settle(rma.settlement_ids)
            delivery = self._send(rma, second)
            self.assertAlmostEqual(delivery.value, 310)
            rma = self._return(order.order_line, lot_id=second.id)
            receipt = rma.line_ids.move_ids.filtered("is_in")
            self.assertAlmostEqual(receipt.value, 310)
            self.env.invalidate_all()
            self.assertAlmostEqual(product.total_value, 310)

    def test_pieces_come_back_in_the_order_they_left(self):
        """Of two at 40, one was replaced by one that cost 70."""
        product = self._create_product(
            "Fan", categ_id=self._create_category("fifo", "real_time").id
        )
        self._buy(product, 2, 40.0)
        line = self._sell(2, product=product)
        rma = self._replace(line, condition="E")
        self._buy(product, 1, 70.0)
        self._settle(rma.settlement_ids)
        self.assertAlmostEqual(self._send(rma).value, 70)
        values = [
            self._return(line).line_ids.move_ids.filtered("is_in").value
            for _piece in range(2)
        ]
        self.assertEqual(values, [40, 70])

    def test_price_of_the_first_invoice(self):
        line = self._sell(1, price=80.0)
        self._send(self._replace(line))
        self.product.list_price = 300
        self.assertAmounts(self._return(line).credit_note_ids, 80)

    def test_the_replacement_itself_is_no_source(self):
        line = self._sell(1)
        move = self._send(self._replace(line))
        with self.assertRaisesRegex(UserError, "went out before with"):
            self._requested(move)
        picking = self._return_button(move.picking_id, 1)
        self._validate(picking)
        adopted = picking.reverse_rma_id
        self.assertEqual(adopted.line_ids.move_id, line.move_ids.sorted("id")[0])
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(line)

    # ------------------------------------------------------------------
    # Corrections
    # ------------------------------------------------------------------
    def test_reversed_before_it_left(self):
        line = self._sell(3)
        rma = self._replace(line)
        settlement = rma.settlement_ids
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(settlement.state, "reversed")
        self.assertEqual(self._replacement(rma).state, "cancel")
        self.assertTrue(rma.has_unsettled_goods)
        self._as("service", rma).action_propose_settlement()
        self._settle(rma.settlement_ids - settlement)
        self._send(rma)
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_not_reversed_once_it_left(self):
        rma = self._replace(self._sell(3))
        self._send(rma)
        with self.assertRaisesRegex(UserError, "has left with .* return of its own"):
            self._as("releaser", rma.settlement_ids).action_reverse()
        with self.assertRaisesRegex(UserError, "has left with .* return of its own"):
            self._as("service", rma.settlement_ids).action_refund_instead()
        with self.assertRaisesRegex(AccessError, "role “Credit Releaser”|for the role"):
            self._as("service", rma.settlement_ids).action_reverse()
        self.assertEqual(rma.settlement_ids.state, "released")

    def test_refunded_instead(self):
        line = self._sell(3)
        rma = self._replace(line)
        replacement = rma.settlement_ids
        self._as("service", replacement).action_refund_instead()
        refund = rma.settlement_ids - replacement
        self.assertEqual((replacement.state, refund.type), ("reversed", "refund"))
        self.assertAmounts(self._settle(refund), 100)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.state, "done")

    def test_delivered_again_after_the_warehouse_cancelled(self):
        line = self._sell(3)
        rma = self._replace(line, 2)
        settlement = rma.settlement_ids
        self._validate(self._replacement(rma).picking_id, 1)
        self._replacement(rma).filtered(lambda m: m.state != "done")._action_cancel()
        self.assertTrue(settlement.replacement_missing)
        self._as("service", settlement).action_deliver_again()
        with self.assertRaisesRegex(UserError, "is without a delivery"):
            self._as("service", settlement).action_deliver_again()
        self._validate(
            self._replacement(rma).filtered(lambda m: m.state == "assigned").picking_id
        )
        self.assertEqual((rma.state, rma.line_ids.qty_replaced), ("done", 2))
        self.assertLine(line, 3, 3, 0)

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    def test_no_more_than_was_released_is_sent(self):
        rma = self._replace(self._sell(3))
        move = self._replacement(rma)
        with self.assertRaisesRegex(UserError, "replaces 1 unit of Kettle"):
            move.product_uom_qty = 2
        with self.assertRaisesRegex(UserError, "replaces 1 unit of Kettle"):
            self._validate(move.picking_id, 2)
        self._send(rma)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            move.move_line_ids.quantity = 2
        self.assertEqual(move.quantity, 1)

    def test_links_are_the_systems(self):
        line = self._sell(3)
        rma = self._replace(line)
        move = self._replacement(rma)
        self.users["receiver"].group_ids += self.env.ref("stock.group_stock_user")
        values = {
            "product_id": self.ordered_product.id,
            "product_uom_qty": 1,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "reverse_settlement_line_id": move.reverse_settlement_line_id.id,
        }
        user = self.users["receiver"]
        with self.assertRaisesRegex(UserError, "Another product or more of it"):
            self._rpc(user, "stock.move", "create", [values])
        values["product_id"] = move.product_id.id
        with self.assertRaisesRegex(UserError, "Another product or more of it"):
            self._rpc(user, "stock.move", "create", [values])
        with self.assertRaisesRegex(UserError, "sent by its settlement only"):
            self._rpc(
                user,
                "stock.move",
                "write",
                line.move_ids[:1].ids,
                {"reverse_settlement_line_id": move.reverse_settlement_line_id.id},
            )
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._rpc(
                self.users["service"],
                "reverse.settlement",
                "write",
                rma.settlement_ids.ids,
                {"type": "refund"},
            )
