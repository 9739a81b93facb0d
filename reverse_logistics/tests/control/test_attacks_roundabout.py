"""Ways round a return by what Odoo lets users write: each was open once."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..goods_common import GoodsCase


@tagged("post_install", "-at_install")
class TestAttacksRoundabout(GoodsCase):
    def _write(self, user, records, **values):
        return self._call(records.with_user(user), "write", values)

    def test_somebody_else_is_named_for_what_a_return_waits_for(self):
        rma = self._requested(self._sell(3), 2)
        receipt = {
            "picking_type_id": self.warehouse.in_type_id.id,
            "partner_id": self.stranger.id,
        }
        self.assertRefused(
            f"{rma.name} waits for Kettle",
            lambda: self._transfer(self.customers, self.stock, 1, **receipt),
        )
        self._receive(rma)
        # nothing waits for it any more
        move = self._transfer(self.customers, self.stock, 1, **receipt).move_ids
        self.assertEqual(move.location_dest_id, self.stock)

    def test_nothing_is_done_by_saying_so(self):
        line = self._sell(3)
        receipt = self._requested(line, 2).line_ids.move_ids
        delivery = self._new_order((self.product, 2)).order_line.move_ids
        for move in (receipt, delivery):
            for records in (move, move.picking_id):
                self.assertRefused(
                    "is not done by writing so",
                    lambda records=records: self._write(
                        self.stocker, records, state="done"
                    ),
                )
            self.assertEqual(move.state, "assigned")
        data = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
            "sale_line_id": line.id,
        }
        moves = self.env["stock.move"].with_user(self.stocker)
        for vals, context in (({"state": "done"}, {}), ({}, {"default_state": "done"})):
            self.assertRefused(
                "is not done by writing so",
                lambda vals=vals, context=context: moves.with_context(
                    **context, reverse_moving=True
                ).create({**data, **vals}),
            )
        self.assertEqual(moves.create(data).state, "draft")

    def test_an_order_does_not_take_goods_back_past_their_return(self):
        self._sell(3)
        line = {"product_id": self.product.id, "product_uom_qty": -2, "price_unit": 100}
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [Command.create({**line, "tax_ids": False})],
            }
        )
        self._call(order, "action_confirm")
        move = order.order_line.move_ids
        move.write({"quantity": 2, "picked": True})
        picking = move.picking_id.with_user(self.stocker)
        for place in (self.stock, self.inspection_location):
            move.location_dest_id = move.move_line_ids.location_dest_id = place
            self.assertRefused(
                f"{order.name} takes back Kettle by a negative quantity",
                lambda: self._call(picking, "button_validate"),
            )

    def test_what_was_delivered_is_not_written(self):
        """A lower quantity would be credited, and nothing come back."""
        line = self._sell(3)
        seller = new_test_user(
            self.env, login="manager", groups="sales_team.group_sale_manager"
        )
        for quantity in (1, 0, False, 4):
            self.assertRefused(
                "is what its transfers say",
                lambda quantity=quantity: self._write(
                    seller, line, qty_delivered=quantity
                ),
            )
        # nor where the line says that it is not counted by transfers
        self._write(seller, line, qty_delivered_method="manual")
        self.assertRefused(
            "is what its transfers say",
            lambda: self._write(seller, line, qty_delivered=1),
        )
        line.qty_delivered_method = "stock_move"
        self._write(seller, line, qty_delivered=3, name="Kettle, red")
        self.assertLine(line, 3, 3, 0)

    def test_who_asks_is_not_chosen(self):
        """Rules and approvals believe that the channel of customers is theirs."""
        portal = self.env.ref("reverse_logistics.channel_portal")
        other = self.env.ref("reverse_logistics.channel_store")
        clerk, line = self.users["service"], self._sell(3)
        rma = self._draft(line, 1)
        lines = [Command.create({"sale_line_id": line.id, "quantity": 1})]
        values = {"partner_id": self.customer.id, "line_ids": lines}
        returns = self.env["reverse.rma"].with_user(clerk)
        for call in (
            lambda: self._write(clerk, rma, channel_id=portal.id),
            lambda: returns.create({**values, "channel_id": portal.id}),
            lambda: returns.with_context(default_channel_id=portal.id).create(values),
        ):
            self.assertRefused("Only customers ask by", call)
        self._write(clerk, rma, channel_id=other.id)
        rma.sudo().channel_id = portal
        self.assertFalse(rma.with_user(clerk).copy().channel_id)

    def test_nobody_speaks_for_the_customer(self):
        rma = self._requested(self._sell(3), 1)
        clerk, other = self.users["service"], self._draft(self._sell(1), 1)
        self.customer.email = "ada@example.com"
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        stop, claim = {"body": "Stop it!"}, {"body": "I sent it"}
        heard = rma.sudo().message_post(author_id=self.customer.id, **stop, **said)
        own = rma.with_user(clerk).message_post(**{"body": "Done"}, **said)
        self.assertEqual(
            (own.author_id, heard.author_id), (clerk.partner_id, self.customer)
        )
        mine = rma.with_user(clerk)
        for values in (
            {"author_id": self.customer.id},
            {"email_from": "ada@example.com"},
            {"author_id": False, "email_from": "bob@example.com"},
        ):
            with self.assertRaisesRegex(UserError, "in one's own name"):
                mine.message_post(**claim, **values, **said)
        with self.assertRaisesRegex(UserError, "in one's own name"):
            self.env["mail.message"].with_user(clerk).create(
                {
                    "model": "reverse.rma",
                    "res_id": rma.id,
                    "body": "I sent it",
                    "author_id": self.customer.id,
                }
            )
        for message, values in (
            (own, {"author_id": self.customer.id}),
            (own, {"message_type": "email", "author_id": False}),
            (heard, {"author_id": clerk.partner_id.id}),
            (heard, {"body": "Go on!"}),
            (heard, {"res_id": other.id}),
        ):
            self.assertRefused(
                "stays, as who wrote it",
                lambda message=message, values=values: self._write(
                    clerk, self.env["mail.message"].browse(message.id), **values
                ),
            )
        self.assertRefused(
            "stays, as who wrote it",
            lambda: self.env["mail.message"].browse(heard.id).with_user(clerk).unlink(),
        )

    def test_visitors_do_not_fill_a_return_with_files(self):
        rma = self._requested(self._sell(3), 1)
        visitor = self.env.ref("base.public_user")
        place = {"res_model": rma._name, "res_id": rma.id}
        file = {"name": "a.pdf", "raw": b"%PDF-1.4 a", **place}
        files = self.env["ir.attachment"]
        files.create([file] * 99)
        visited = files.with_user(visitor).sudo()
        visited.create(file)
        with self.assertRaisesRegex(UserError, "has 100 files already"):
            visited.create(file)
        pending = visited.create({"name": "b", "raw": b"%PDF-1.4 b"})
        with self.assertRaisesRegex(UserError, "has 100 files already"):
            pending.write(place)
        files.with_user(self.users["service"]).create(file)
