"""Pieces that were counted without a number stand in for none that is elsewhere."""

from odoo.exceptions import ValidationError
from odoo.tests.common import tagged

from ..numbers_common import ELSEWHERE, NumbersCase


@tagged("post_install", "-at_install")
class TestAttacksCovered(NumbersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.stock.id}
        )

    def _count(self, product, quantity, lot=None):
        """Say that so much lies in stock, of which nobody says the number."""
        quant = (
            self.env["stock.quant"]
            .with_user(self.stocker)
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": product.id,
                    "location_id": self.stock.id,
                    "lot_id": lot.id if lot else False,
                    "inventory_quantity": quantity,
                }
            )
        )
        self._call(quant, "action_apply_inventory")
        self.assertEqual(quant.quantity, quantity)
        return quant

    def test_no_serial_is_covered_by_a_count(self):
        counted = self._count(self.radio, 2)
        for lot in self.lots:
            for goal in (self.customers, self.shelf, self.suppliers, self.scrap):
                with self.subTest(lot=lot.name, goal=goal.name):
                    sent = self._move(lot, self.stock, goal)
                    self.assertRefused(ELSEWHERE, sent.button_validate)
        self.assertEqual(counted.quantity, 2)
        # what nobody knows of is covered as ever
        found = self._create_lots(self.radio, "R9")
        sent = self._move(found, self.stock, self.customers)
        self._call(sent, "button_validate")
        self.assertEqual((sent.state, counted.quantity), ("done", 1))

    def test_no_lot_is_covered_by_a_count(self):
        screws = self._create_product("Screws", tracking="lot")
        lot = self._create_lots(screws, "S1")
        line = self._sell(5, product=screws, lots={lot: 5})
        rma = self._received(line, 5, lot_id=lot.id)
        self._count(screws, 5)
        self.radio = screws
        for quantity in (1, 5):
            sent = self._move(lot, self.stock, self.customers)
            sent.move_ids.move_line_ids.quantity = quantity
            self.assertRefused(ELSEWHERE, sent.button_validate)
        # once they are put back, there are some
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        sent = self._move(lot, self.stock, self.customers)
        sent.move_ids.move_line_ids.quantity = 5
        self._call(sent, "button_validate")
        self.assertEqual(sent.state, "done")

    def test_what_the_books_had_twice_leaves_neither(self):
        """A piece was counted into stock while its customer had it, then came back."""
        lots = self._create_lots(self.radio, "R7", "R8")
        sold = self._sell(2, product=self.radio, lots=dict.fromkeys(lots, 1))
        counted = [self._count(self.radio, 1, lot) for lot in lots]
        waiting, scrapped = lots
        self._received(sold, 1, lot_id=waiting.id)
        gone = self._received(sold, 1, lot_id=scrapped.id)
        self._inspect(gone.inspection_ids, "E")
        for lot in lots:
            sent = self._move(lot, self.stock, self.customers)
            self.assertRefused(ELSEWHERE, sent.button_validate)
        # the wrong count is corrected, and hides nothing
        for quant in counted:
            quant.inventory_quantity = 0
            self._call(quant, "action_apply_inventory")
            self.assertFalse(self._quant(quant.lot_id, self.stock).quantity)
        found = self._move(scrapped, self.loss, self.stock)
        self.assertRefused(
            "Returns have written Radio off",
            lambda: self._call(found, "button_validate"),
        )

    def test_operations_of_returns_ask_for_numbers(self):
        warehouse = self.warehouse
        for operation in (
            warehouse.reverse_receipt_type_id | warehouse.reverse_putaway_type_id
        ):
            with (
                self.subTest(operation=operation.name),
                self.assertRaisesRegex(ValidationError, "keeps using existing ones"),
            ):
                self._rpc(
                    self.manager,
                    "stock.picking.type",
                    "write",
                    operation.ids,
                    {"use_existing_lots": False, "use_create_lots": False},
                )
        # others are the warehouse's own
        self.internal.with_user(self.manager).write(
            {"use_existing_lots": False, "use_create_lots": False}
        )

    def test_what_was_delivered_with_a_number_comes_back_with_it(self):
        """Also where the operation was told before to ask for none."""
        lot = self._create_lots(self.radio, "R6")
        sold = self._sell(1, product=self.radio, lots={lot: 1})
        operation = self.warehouse.reverse_receipt_type_id
        self.env.cr.execute(
            "UPDATE stock_picking_type SET use_existing_lots = false WHERE id = %s",
            [operation.id],
        )
        operation.invalidate_recordset()
        picking = self._requested(sold, 1).picking_ids.with_env(self.env)
        self.assertEqual(picking.picking_type_id, operation)
        picking.move_ids.move_line_ids.lot_id = False
        self.assertRefused(
            "brings Radio back without its number",
            lambda: self._validate(self._as("receiver", picking), 1),
        )
        self.assertNotEqual(picking.state, "done")
