"""Places that are put where goods are sold, and transfers that return themselves."""

from odoo import Command
from odoo.tests.common import tagged

from ..goods_common import GoodsCase


@tagged("post_install", "-at_install")
class TestAttacksPlaces(GoodsCase):
    def _write(self, record, **values):
        return self._rpc(self.manager, record._name, "write", record.ids, values)

    def test_what_was_written_off_is_not_on_sale(self):
        """The place for it would be below the stock of the warehouse."""
        scrap = self.company._ensure_reverse_scrap()
        self._inspect(self._received(self._sell(2), 2).inspection_ids, "E")
        self.assertEqual(self._lies(scrap), 2)
        free = self.product.with_context(warehouse_id=self.warehouse.id)
        before = free.free_qty
        names = self.company._get_reverse_places()
        self.assertIn("reverse_scrap_location_id", names)
        for place in [self.company[name] for name in sorted(names)]:
            for record, values in (
                (place, {"location_id": self.stock.id}),
                (place, {"location_id": self.loose.id}),
                (place, {"active": False}),
                (place, {"usage": "internal"}),
                (self.stock, {"child_ids": [Command.link(place.id)]}),
            ):
                with self.subTest(place=place.name, **values):
                    self.assertRefused(
                        "Returns of .* use .*it keeps its parent"
                        "|Internal locations having stock",
                        lambda record=record, values=values: self._write(
                            record, **values
                        ),
                    )
        self.env.invalidate_all()
        self.assertEqual(free.free_qty, before)
        # other words about it are nobody's concern
        self._write(scrap, name="Behind the gate")

    def test_losses_lie_in_no_warehouse(self):
        places = self.env["stock.location"]
        for usage in ("inventory", "production", "supplier", "customer"):
            place = places.create({"name": usage, "usage": usage})
            shelf = places.create({"name": usage, "location_id": self.stock.id})
            values = {"name": usage, "usage": usage, "location_id": self.stock.id}
            for attempt in (
                lambda place=place: self._write(place, location_id=self.stock.id),
                lambda shelf=shelf, usage=usage: self._write(shelf, usage=usage),
                lambda values=values: self._rpc(
                    self.manager, "stock.location", "create", [values]
                ),
            ):
                with self.subTest(usage=usage):
                    self.assertRefused("can be sold, so .* is not put there", attempt)
        # neither with what is around it
        group = places.create({"name": "Group", "usage": "view"})
        places.create({"name": "Lost", "usage": "inventory", "location_id": group.id})
        self.assertRefused(
            "can be sold, so .*Lost is not put there",
            lambda: self._write(group, location_id=self.stock.id),
        )
        shelf = places.create({"name": "Shelf"})
        self._write(shelf, location_id=self.stock.id)
        self.assertEqual(shelf.warehouse_id, self.warehouse)

    def test_returned_goods_lie_in_no_place_for_losses(self):
        """It would be first in its facility, and every inspection would fail there."""
        quarantine = self.facility._get_location("quarantine")
        vals = {
            "name": "AAA",
            "location_id": quarantine.location_id.id,
            "reverse_facility_id": self.facility.id,
            "reverse_state": "quarantine",
        }
        for usage in ("inventory", "production", "customer", "supplier", "view"):
            shelf = self.env["stock.location"].create(vals)
            bare = {**vals, "reverse_state": False, "usage": usage}
            place = self.env["stock.location"].create(bare)
            for attempt in (
                lambda usage=usage: self._rpc(
                    self.manager, "stock.location", "create", [{**vals, "usage": usage}]
                ),
                lambda shelf=shelf, usage=usage: self._write(shelf, usage=usage),
                lambda place=place: self._write(place, reverse_state="quarantine"),
            ):
                with self.subTest(usage=usage):
                    self.assertRefused("Returned goods lie in .*AAA, so", attempt)
        self._write(shelf, usage="transit")
        self.assertEqual(shelf.usage, "transit")

    def test_warehouses_sell_from_their_own_stock(self):
        places = self.env["stock.location"]
        group = places.create({"name": "Group", "usage": "view"})
        lost = places.create({"name": "Lost", "usage": "inventory"})
        lost.location_id = group
        scrap = self.company._ensure_reverse_scrap()
        for name, place in (
            ("view_location_id", group),
            ("lot_stock_id", lost),
            ("lot_stock_id", scrap),
        ):
            with self.subTest(name=name, place=place.name):
                self.assertRefused(
                    "can be sold, so .* is not put there",
                    lambda name=name, place=place: self._write(
                        self.warehouse, **{name: place.id}
                    ),
                )
        # a place of returns does not get there with what is around it, either
        shelf = places.create({"name": "Bench", "location_id": group.id})
        shelf.reverse_facility_id = self.facility
        lost.location_id = False
        self.assertRefused(
            "Bench is for returned goods, and everything in a warehouse can be sold",
            lambda: self._write(group, location_id=self.stock.id),
        )

    def test_what_was_lost_stays_lost(self):
        """What went through a place of loss was written off, empty as it is by now."""
        place = self.env["stock.location"].create(
            {"name": "Shredder", "usage": "inventory", "company_id": self.company.id}
        )
        self._transfer(self.stock, place)
        self._transfer(place, self.stock)
        self.assertRefused(
            "Goods were moved through Shredder",
            lambda: self._write(place, usage="internal"),
        )

    def _enter_move(self, source, target, **values):
        move = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "location_id": source.id,
            "location_dest_id": target.id,
            **values,
        }
        return self.env["stock.move"].browse(
            self._rpc(self.stocker, "stock.move", "create", [move])
        )

    def _name_origin(self, move, origin):
        values = {"origin_returned_move_id": origin.id}
        self._rpc(self.stocker, "stock.move", "write", move.ids, values)

    def test_goods_do_not_come_back_from_themselves(self):
        here = self.inspection_location
        for ways in (
            [(self.customers, here)],
            [(self.stock, self.customers)],
            [(self.stock, self.loose), (self.loose, self.stock)],
            [(self.customers, here), (here, self.customers), (self.customers, here)],
        ):
            moves = [self._enter_move(*way) for way in ways]
            with self.subTest(ways=len(ways)):
                for move, origin in zip(moves[1:], moves, strict=False):
                    move.origin_returned_move_id = origin
                self.assertRefused(
                    "would take back what it has moved itself",
                    lambda moves=moves: self._name_origin(moves[0], moves[-1]),
                )
                self.assertRefused(
                    "would take back what it has moved itself",
                    lambda moves=moves: self._rpc(
                        self.stocker,
                        "stock.move",
                        "write",
                        moves[-1].ids,
                        {"returned_move_ids": [Command.link(moves[0].id)]},
                    ),
                )

    def test_what_leads_to_itself_in_the_database_is_looked_up(self):
        """Somebody wrote it there before it was refused: nobody waits for ever."""
        move = self._sell(2).move_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_move SET origin_returned_move_id = id WHERE id = %s",
            [move.id],
        )
        self.env.invalidate_all()
        self.assertFalse(move._get_reverse_roots())
        self.assertFalse(move._get_reverse_chain())
        move._fetch_reverse_chains()
        self.assertEqual(list(move._get_reverse_balance()), [(move.id, False)])

    def test_a_delivery_that_follows_itself_is_lowered_once(self):
        order = self._new_order((self.product, 5))
        move = order.picking_ids.move_ids
        link = {"move_orig_ids": [Command.link(move.id)]}
        self._rpc(self.stocker, "stock.move", "write", move.ids, link)
        move._take_off_reverse(1)
        self.assertEqual(move.product_qty, 4)

    def test_deliveries_name_no_other_goods(self):
        """They would not be returned by their own order, but by somebody else's."""
        line = self._sell(2)
        receipt = self._received(line, 1).sudo().picking_ids.move_ids
        other = self._create_product("Toaster")
        order = self._new_order((self.product, 2), (other, 1))
        kettles, toasters = order.picking_ids.move_ids
        outgoing = self._sell(1).move_ids
        inside = self._transfer(self.stock, self.loose).move_ids
        for move, origin in (
            (kettles, receipt),
            (kettles, outgoing),
            (kettles, inside),
            (toasters, receipt),
        ):
            with self.subTest(origin=origin.display_name, goods=move.product_id.name):
                self.assertRefused(
                    "says that it sends again what came back of",
                    lambda move=move, origin=origin: self._name_origin(move, origin),
                )
        self.assertRefused(
            "says that it sends again what came back of",
            lambda: self._enter_move(
                self.stock, self.customers, origin_returned_move_id=outgoing.id
            ),
        )
        # nor where it is said first that they stay with us
        move = self._enter_move(
            self.stock, self.loose, origin_returned_move_id=outgoing.id
        )
        self.assertRefused(
            "says that it sends again what came back of",
            lambda: self._rpc(
                self.stocker,
                "stock.move",
                "write",
                move.ids,
                {"location_dest_id": self.customers.id},
            ),
        )
        for done in order.picking_ids.move_ids:
            done.write({"quantity": done.product_uom_qty, "picked": True})
        self._call(order.picking_ids.with_user(self.stocker), "button_validate")
        self.assertEqual(self._requested(order.order_line[0], 2).state, "authorized")

    def test_the_return_button_takes_returns_back_as_ever(self):
        line = self._sell(2)
        picking = line.move_ids.picking_id
        for place in (self.inspection_location, self.customers):
            wizard = self.env["stock.return.picking"].with_user(self.stocker)
            wizard = wizard.with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            ).create({"picking_id": picking.id})
            wizard.product_return_moves.quantity = 1
            back = picking.browse(wizard.action_create_returns()["res_id"])
            self.assertEqual(back.location_dest_id, place)
            self.assertEqual(back.move_ids.origin_returned_move_id, picking.move_ids)
            back.move_ids.write({"quantity": 1, "picked": True})
            self._call(back.with_user(self.stocker), "button_validate")
            self.assertEqual(back.state, "done")
            picking = back
