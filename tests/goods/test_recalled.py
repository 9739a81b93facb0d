"""A lot is recalled of which returns have made something else, or gave it away."""

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
        self._validate(given._get_donation_moves().picking_id.with_env(self.env))
        recall = self._recall(lot)
        self._call(recall, "action_find_customers")
        self.assertEqual(
            recall.line_ids.mapped(
                lambda found: (found.partner_id, found.quantity, found.is_given_away)
            ),
            [(self.customer, 3, False), (charity, 1, True)],
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
        pickings = bulk.order_id.picking_ids | given._get_donation_moves().picking_id
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
