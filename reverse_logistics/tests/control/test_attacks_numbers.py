"""Pieces with numbers are where the books have them, and stock follows from moves."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from ..numbers_common import ELSEWHERE, NumbersCase

UNMOVED = "Stock follows from transfers and counts"


@tagged("post_install", "-at_install")
class TestAttacksNumbers(NumbersCase):
    def test_stock_is_written_nowhere(self):
        """Neither what was written off, nor what customers have, nor new goods."""
        quants = self.env["stock.quant"]
        for quant, vals in (
            (self._quant(self.scrapped, self.scrap), {"location_id": self.stock.id}),
            (self._quant(self.scrapped, self.scrap), {"lot_id": self.waiting.id}),
            (self._quant(self.waiting, self.here), {"location_id": self.stock.id}),
        ):
            self.assertTrue(quant)
            for user in (self.stocker, self.manager):
                with self.subTest(vals=vals, user=user.login):
                    self.assertRefused(
                        f"{UNMOVED}|belongs to returns",
                        lambda quant=quant, vals=vals, user=user: self._rpc(
                            user, quants._name, "write", quant.ids, vals
                        ),
                    )
        new = {"product_id": self.radio.id, "location_id": self.stock.id}
        for said in ({"quantity": 1}, {"reserved_quantity": 1}):
            vals = {**new, "lot_id": self.waiting.id, **said}
            self.assertRefused(
                UNMOVED,
                lambda vals=vals: self._rpc(
                    self.stocker, quants._name, "create", [vals]
                ),
            )
        said = {**new, "lot_id": self.waiting.id}
        self._rpc(
            self.stocker, "ir.default", "set", quants._name, "quantity", 1, user_id=True
        )
        for context in (
            {},
            {"default_quantity": 1},
            {"default_quantity": 1, "inventory_mode": True},
        ):
            self._rpc(self.stocker, quants._name, "create", [said], context=context)
            self.assertEqual(
                sum(self._quant(self.waiting, self.stock).mapped("quantity")), 0
            )
        # a count is Odoo's own way
        counted = quants.with_user(self.manager).with_context(inventory_mode=True)
        counted = counted.create(
            {
                "product_id": self.product.id,
                "location_id": self.loose.id,
                "inventory_quantity": 2,
            }
        )
        counted.action_apply_inventory()
        self.assertEqual(counted.quantity, 2)

    def test_what_lies_in_returns_is_not_found_elsewhere(self):
        counted = self.env["stock.quant"].with_user(self.stocker)
        counted = counted.with_context(inventory_mode=True).create(
            {
                "product_id": self.radio.id,
                "location_id": self.stock.id,
                "lot_id": self.waiting.id,
                "inventory_quantity": 1,
            }
        )
        self.assertRefused(ELSEWHERE, counted.action_apply_inventory)
        bought = self._move(self.waiting, self.suppliers, self.stock)
        self.assertRefused(ELSEWHERE, bought.button_validate)
        self.assertFalse(self._quant(self.waiting, self.stock).quantity)

    def test_nor_taken_from_customers_who_have_it_no_more(self):
        """By anybody who never got one, into stock or past it."""
        for lot in self.lots:
            for goal in (self.stock, self.loss):
                with self.subTest(lot=lot.name, goal=goal.name):
                    back = self._move(lot, self.customers, goal)
                    back.partner_id = self.stranger
                    with self.assertRaises(UserError):
                        self._call(back, "button_validate")
                    self.assertNotEqual(back.state, "done")
        # what somebody has comes back as ever
        self._inspect(self.part, "A", "RESTOCK")
        sold = self._sell(1, product=self.radio, lots={self.waiting: 1})
        again = self._received(sold, 1, lot_id=self.waiting.id)
        self.assertEqual(again.inspection_ids.lot_id, self.waiting)

    def test_lots_of_several_pieces_may_be_missing_for_a_while(self):
        """As long as what is missing cannot be what lies in returns."""
        screws = self._create_product("Screws", tracking="lot")
        lot = self._create_lots(screws, "S1")
        line = self._sell(5, product=screws, lots={lot: 5})
        self._received(line, 2, lot_id=lot.id)
        self.radio = screws
        few = self._move(lot, self.loose, self.customers)
        self.assertRefused(ELSEWHERE, few.button_validate)
        many = self._move(lot, self.loose, self.customers)
        many.move_ids.move_line_ids.quantity = 3
        self._call(many, "button_validate")
        self.assertEqual(many.state, "done")

    def test_nor_delivered_from_elsewhere(self):
        for lot in self.lots:
            with self.subTest(lot=lot.name):
                sent = self._move(lot, self.stock, self.customers)
                self.assertRefused(ELSEWHERE, sent.button_validate)
                used = self._move(lot, self.stock, self.scrap)
                self.assertRefused(ELSEWHERE, used.button_validate)
        # what was put back into stock goes where it is wanted
        self._inspect(self.part, "A", "RESTOCK")
        sent = self._move(self.waiting, self.stock, self.customers)
        self._call(sent, "button_validate")
        self.assertEqual(sent.state, "done")

    def test_the_numbers_of_what_came_back_are_not_forgotten(self):
        self._inspect(self.part, "A", "RESTOCK")
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "Returns know pieces of Radio by their"):
            self.radio.product_tmpl_id.tracking = "lot"

    def test_a_receipt_is_taken_back_to_whom_it_came_from(self):
        undo = self._return_button(self.rma.picking_ids.with_user(self.stocker), 1)
        friend = self.env["res.partner"].create({"name": "Friend"})
        customer = undo.partner_id
        undo.partner_id = friend
        # whoever the receipt says it came from by now
        self.rma.picking_ids.with_user(self.stocker).partner_id = friend
        self.assertRefused(
            f"so it goes to {self.customer.name}", lambda: self._validate(undo)
        )
        undo.partner_id = customer
        self._validate(undo)
        self.assertEqual(undo.state, "done")

    def test_who_wrote_the_transfer_does_not_approve_it(self):
        """However often a colleague presses the button."""
        both = self._create_user("approver", login="goods-both")
        both.group_ids += self.env.ref("stock.group_stock_user")
        moved = self._open_transfer(self.here, self.customers, user=both)
        moved = moved.with_user(self.stocker)
        self._call(moved, "action_reverse_ask_quantity", reason="As agreed")
        change = moved.sudo().move_ids.reverse_quantity_change_id
        self.assertEqual(change.counted_by_id, self.stocker)
        self.assertIn(both, change.written_by_ids)
        approval = change.approval_ids
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(approval.with_user(both), "action_approve")
        self._call(approval.with_user(self.users["approver"]), "action_approve")
        self.assertEqual(change.state, "permitted")
