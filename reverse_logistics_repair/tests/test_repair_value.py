"""What repairs do to stock and books, however goods and spare parts are valued."""

from odoo.tests import tagged
from odoo.tests.common import new_test_user

from odoo.addons.reverse_logistics.tests.valuation_common import (
    VALUES,
    ValuationCommon,
)

#: One and a half hours of work at 36.
LABOUR = 54.0


@tagged("post_install", "-at_install")
class TestRepairValue(ValuationCommon):
    """Each of eight products is repaired with one spare part of its own valuation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workshop = new_test_user(
            cls.env, login="workshop", groups="stock.group_stock_user"
        )
        cls.facility.workshop_rate = 36.0
        cls.spares = {key: cls._create_valued(*key, "Spare") for key in cls.products}

    def _books(self):
        return self._balance(self.stock_account), self._balance(self.expense_account)

    @staticmethod
    def _start(repairs):
        for repair in repairs:
            repair.action_validate()
        repairs.action_repair_start()

    def _repair(self, parts):
        """Repair every piece, and note the hours; give the repairs by product."""
        repairs = parts.repair_ids.with_env(self.env)
        repairs.reverse_labour_hours = 1.5
        spares = {self.products[key]: spare for key, spare in self.spares.items()}
        repairs = repairs.with_user(self.workshop)
        for repair in repairs:
            self.env["stock.move"].with_user(self.workshop).create(
                {
                    "repair_id": repair.id,
                    "repair_line_type": "add",
                    "product_id": spares[repair.product_id].id,
                    "product_uom_qty": 1,
                    "location_id": repair.location_id.id,
                    "location_dest_id": repair.location_dest_id.id,
                }
            )
        self._start(repairs)
        for move in repairs.move_ids:
            move.quantity = 1
            if move.product_id.lot_valuated:
                move.move_line_ids.lot_id = self.env["stock.lot"].search(
                    [("product_id", "=", move.product_id.id), ("name", "=", "DEAR")]
                )
        repairs.action_repair_end()
        return repairs.with_env(self.env)

    def test_goods_of_ours(self):
        """Parts and work are costs of the return; the goods keep their value."""
        rma = self._back(2)
        self._prices_move_on(10, self.spares)
        parts = rma.inspection_ids
        self._call(self._as("inspector", parts), "write", {"quantity": 1})
        for code, now in (("REPAIR", parts), ("REFURBISH", rma.inspection_ids - parts)):
            with self.subTest(disposition=code):
                self._check_own(now, code)
        self.assertEqual(rma._check_quantities(), {})

    def _check_own(self, parts, code):
        before, spares = self._worth(), self._worth(self.spares)
        books, closing = self._books(), self._close(self.stock_account)
        self._inspect(parts, "C", code)
        repairs = self._repair(parts)
        by_product = {repair.product_id: repair for repair in repairs}
        costs = {}
        for key, product in self.products.items():
            cost = by_product[product]._get_reverse_costs()
            costs[key] = cost["parts"], cost["labour"]
        self.assertEqual(costs, {key: (VALUES[key[0]], LABOUR) for key in costs})
        self.assertEqual(self._lost(before), self._pieces(0))
        self.assertEqual(self._lost(spares, self.spares), self._pieces(1))
        self.assertEqual(
            sum(parts.mapped("repair_cost")), 2 * sum(VALUES.values()) + 8 * LABOUR
        )
        # Odoo takes spare parts out of the books when these are closed
        self.assertEqual(self._books(), books)
        self.assertEqual(
            self._close(self.stock_account), closing - 2 * sum(VALUES.values())
        )
        # what was repaired is on the shelf at the value that it came back with
        again = parts.line_id.inspection_ids.filtered(
            lambda p: p.state == "draft" and p.location_id.reverse_state == "refurbish"
        )
        self.assertEqual(len(again), 8)
        self._inspect(again, "B", "RESTOCK")
        self.assertEqual(self._lost(before), self._pieces(0))

    def test_repairs_that_are_called_off_cost_nothing(self):
        rma = self._back(1)
        before, books = self._worth(), self._books()
        closing = self._close(self.stock_account)
        parts = rma.inspection_ids
        self._inspect(parts, "C", "REFURBISH")
        repairs = parts.repair_ids.with_user(self.workshop)
        self._start(repairs)
        repairs.action_repair_cancel()
        self.assertEqual(self._lost(before), self._pieces(0))
        self.assertEqual(
            (self._books(), self._close(self.stock_account)), (books, closing)
        )
        self.assertEqual(set(parts.mapped("repair_cost")), {0})

    def test_goods_of_customers(self):
        """They are worth nothing to us, there and back; the spare parts are."""
        books = self._books()
        rma = self._ask(1, settlement_type="repair")
        self._receive(rma)
        rma = rma.with_env(self.env)
        parts = rma.inspection_ids
        self._prices_move_on(10, self.spares)
        self._prices_move_on(5)
        now, spares = self._worth(), self._worth(self.spares)
        self._inspect(parts, "D", "REPAIR")
        repairs = self._repair(parts)
        self.assertEqual(
            sum(repairs.mapped("reverse_cost")), 2 * sum(VALUES.values()) + 8 * LABOUR
        )
        self._validate(
            parts.move_ids.filtered(lambda m: m.state == "assigned").picking_id
        )
        self.assertEqual(self._lost(now), self._pieces(0))
        self.assertEqual(self._lost(spares, self.spares), self._pieces(1))
        self.assertEqual(set(rma.line_ids.move_ids.mapped("value")), {0})
        self.assertEqual((rma.state, self._books()), ("done", books))
