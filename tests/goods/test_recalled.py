"""A lot is recalled of which returns have made something else, or gave it away."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics_resale.tests.common import ResaleCommon


class TestRecalled(ResaleCommon):
    def _recall(self, lot):
        return self._as("service", self.env["reverse.recall"]).create(
            {
                "title": "Paint can burn",
                "product_ids": [Command.set(lot.product_id.ids)],
                "lot_ids": [Command.set(lot.ids)],
                "hazard": "It catches fire by itself.",
                "instruction": "Put it outdoors.",
                "without_picture": True,
            }
        )

    def test_charity_that_has_some_is_found(self):
        charity = self.env["res.partner"].create(
            {"name": "Warm Hands", "reverse_is_charity": True}
        )
        (lot,) = self._create_lots(self.lot_product, "L7")
        self._buy(self.lot_product, 4, 10.0, lot)
        (line,) = self._sell_all((self.lot_product, 4, lot))
        given = self._received(line, 1, lot_id=lot.id).inspection_ids
        self._as("inspector", given).donation_partner_id = charity
        self._decide(given, "DONATE", "C")
        donation = given._get_donation_moves().with_env(self.env)
        # whichever kind of operation somebody says that it is
        donation.picking_type_id = self.warehouse.int_type_id
        self._validate(donation.picking_id)
        recall = self._recall(lot)
        self._call(recall, "action_find_customers")
        self.assertEqual(
            recall.line_ids.mapped(
                lambda found: (found.partner_id, found.quantity, found.is_given_away)
            ),
            [(self.customer, 3, False), (charity, 1, True)],
        )

    def _regraded(self, target, quantity=2):
        """Sell five pieces of a lot; some came back and became another product."""
        self.lot_product.categ_id = self.perpetual
        self._configure(self.lot_product, target, 50)
        (lot,) = self._create_lots(self.lot_product, "L7")
        self._buy(self.lot_product, 5, 10.0, lot)
        (line,) = self._sell_all((self.lot_product, 5, lot))
        part = self._received(line, quantity, lot_id=lot.id).inspection_ids
        self._decide(part, "REGRADE")
        self.assertTrue(part.disposed)
        return lot, part

    def test_what_was_made_of_it_is_recalled_as_well(self):
        """Also what was made of that: stopped, and its buyers found."""
        paint_b, paint_c = (
            self._create_product(name, tracking="lot", categ_id=self.perpetual.id)
            for name in ("Paint B", "Paint C")
        )
        lot, _part = self._regraded(paint_b, 3)
        lots = self.env["stock.lot"]
        made = lots.search([("product_id", "=", paint_b.id)])
        self.stranger.email = "stranger@example.com"
        self._configure(paint_b, paint_c, 50)
        order = self._new_order(
            (paint_b, 2, {"price_unit": 50.0}), partner_id=self.stranger.id
        )
        self._validate(order.picking_ids)
        self._invoice(order)
        again = self._received(
            order.order_line, 1, rma={"partner_id": self.stranger.id}, lot_id=made.id
        ).inspection_ids
        self._decide(again, "REGRADE")
        waiting = self._new_order((paint_b, 1, {}), (paint_c, 1, {})).picking_ids
        self.assertEqual(waiting.state, "assigned")

        recall = self._recall(lot)
        self.assertFalse(recall.made_lot_ids)
        self._call(recall, "action_find_customers")
        last = lots.search([("product_id", "=", paint_c.id)])
        self.assertEqual(recall.made_lot_ids, made | last)
        self.assertFalse((made | last).reverse_recall_id, "nothing is stopped yet")
        found = {
            (line.partner_id, line.lot_id): line.quantity for line in recall.line_ids
        }
        self.assertEqual(found, {(self.customer, lot): 2, (self.stranger, made): 1})
        self._call(self._as("approver", recall), "action_start")
        self.assertEqual((lot | made | last).reverse_recall_id, recall)
        self.assertFalse(waiting.move_line_ids)
        self.assertEqual(recall.in_stock, 2)
        self.assertFalse(recall.gap_note)
        for move in waiting.move_ids:
            move.quantity = 1
            move.move_line_ids.lot_id = made if move.product_id == paint_b else last
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled"):
            self._validate(waiting)
        started = (
            self.env["reverse.event"]
            .sudo()
            .search([("name", "=", "RecallStarted")], order="id desc", limit=1)
        )
        self.assertEqual(set(started.data["lots"]), set((lot | made | last).ids))
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "reverse_logistics_recall.report_recall", recall.ids
        )
        self.assertIn("What became of these", content.decode())
        self._call(recall, "action_ask_cancel")
        self._call(self._as("approver", recall), "action_cancel")
        self.assertFalse((lot | made | last).reverse_recall_id)

    def test_what_was_turned_back_is_not_recalled(self):
        paint_b = self._create_product(
            "Paint B", tracking="lot", categ_id=self.perpetual.id
        )
        lot, part = self._regraded(paint_b)
        recall = self._recall(lot)
        self._call(recall, "action_find_customers")
        self.assertEqual(recall.made_lot_ids.product_id, paint_b)
        self._call(self._as("inspector", part), "action_correct")
        self._call(recall, "action_find_customers")
        self.assertFalse(recall.made_lot_ids)

    def test_what_was_made_while_it_was_started_is_stopped_later(self):
        paint_b = self._create_product(
            "Paint B", tracking="lot", categ_id=self.perpetual.id
        )
        lot, _part = self._regraded(paint_b)
        recall = self._recall(lot)
        with patch.object(type(lot), "_find_reverse_made", return_value={}):
            self._call(self._as("approver", recall), "action_start")
        self.assertFalse(recall.made_lot_ids)
        order = self._new_order((paint_b, 2, {}))
        self.assertTrue(order.picking_ids.move_line_ids)
        recall._find_late()
        self.assertEqual(recall.made_lot_ids.reverse_recall_id, recall)
        self.assertFalse(order.picking_ids.move_line_ids)

    def test_what_another_recall_has_stopped_stays_with_it(self):
        paint_b = self._create_product(
            "Paint B", tracking="lot", categ_id=self.perpetual.id
        )
        lot, _part = self._regraded(paint_b)
        made = self.env["stock.lot"].search([("product_id", "=", paint_b.id)])
        other, recall = self._recall(made), self._recall(lot)
        for each in (other, recall):
            self._call(self._as("approver", each), "action_start")
        self.assertFalse(recall.made_lot_ids)
        self.assertEqual(made.reverse_recall_id, other)

    def test_what_has_no_lot_any_more_is_said(self):
        lot, _part = self._regraded(self.bstock)
        recall = self._recall(lot)
        self.assertEqual(
            recall.gap_note,
            "2 units of Kettle B were made of recalled lots, and have no lot by which "
            "they could be stopped: recall that product by its days of delivery.",
        )

    def test_what_waits_to_leave_stays(self):
        charity = self.env["res.partner"].create(
            {"name": "Warm Hands", "reverse_is_charity": True}
        )
        (lot,) = self._create_lots(self.lot_product, "L7")
        self._buy(self.lot_product, 4, 10.0, lot)
        (line,) = self._sell_all((self.lot_product, 4, lot))
        sold, given = (
            self._received(line, 1, lot_id=lot.id).inspection_ids for _piece in range(2)
        )
        self._decide(sold, "LIQUIDATE", "D")
        self._as("inspector", given).donation_partner_id = charity
        self._decide(given, "DONATE", "C")
        bulk = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": 10.0}
        )
        self._call(bulk, "action_take_waiting")
        self._call(bulk, "action_confirm")
        donation = given._get_donation_moves()
        donation.picking_type_id = self.warehouse.int_type_id
        pickings = bulk.order_id.picking_ids | donation.picking_id
        self.assertEqual(pickings.mapped("state"), ["assigned"] * 2)
        recall = self._recall(lot)
        self._call(self._as("approver", recall), "action_start")
        for picking in pickings.with_env(self.env):
            with self.subTest(picking=picking.name):
                for move in picking.move_ids:
                    if not move.move_line_ids:
                        move.quantity = 1
                        move.move_line_ids.lot_id = lot
                with self.assertRaisesRegex(UserError, "lot L7: it was recalled"):
                    self._validate(picking)
        self.assertEqual(
            recall.line_ids.quantity, 2, "the others are with the customer"
        )
