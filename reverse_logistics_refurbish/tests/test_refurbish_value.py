"""Goods with a vendor are ours, at their value, however they are valued."""

from odoo import Command
from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.valuation_common import (
    VALUES,
    ValuationCommon,
)


@tagged("post_install", "-at_install")
class TestRefurbishValue(ValuationCommon):
    """Two pieces of each of eight products go to a vendor, which loses one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create({"name": "Refit Ltd"})
        service = cls.env.ref("reverse_logistics_refurbish.product_refurbishing")
        seller = {"partner_id": cls.vendor.id, "price": 15.0}
        service.seller_ids = [Command.create({**seller, "company_id": cls.company.id})]
        cls.company._ensure_reverse_scrap()
        cls.write_off = cls.expense_account.copy({"code": "699099"})
        cls.company.reverse_write_off_account_id = cls.write_off

    def _move(self, pickings, quantity):
        for move in pickings.move_ids:
            move.quantity = quantity
        pickings.move_ids.picked = True
        pickings.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=pickings.ids
        ).button_validate()
        self.env.invalidate_all()

    def test_there_and_back(self):
        rma = self._back(2)
        parts = rma.inspection_ids
        before = self._worth()
        books = self._balance(self.stock_account), self._balance(self.expense_account)
        closing = self._close(self.stock_account)
        self._as("inspector", parts).refurbisher_id = self.vendor
        self._inspect(parts, "C", "REFURBISH")
        parts.repair_ids.reverse_purchase_line_ids.order_id.button_confirm()
        moves = parts._get_vendor_moves().with_env(self.env)
        out = moves.filtered(lambda move: move._is_to_vendor())
        self._move(out.picking_id, 2)
        self.assertEqual(parts.location_id, out.location_dest_id)
        self.assertEqual(self._lost(before), self._pieces(0))
        self._move((moves - out).picking_id, 1)
        self.assertEqual(set(parts.mapped("repair_cost")), {15})
        self.assertEqual(self._lost(before), self._pieces(0))
        now = self._balance(self.stock_account), self._balance(self.expense_account)
        self.assertEqual((now, self._close(self.stock_account)), (books, closing))
        again = rma.inspection_ids - parts
        lost = again.filtered(lambda part: part.location_id == out.location_dest_id)
        self.assertEqual(len(lost), 8)
        self._inspect(lost, "E", "SCRAP")
        self.assertEqual(self._lost(before), self._pieces(1))
        self.assertEqual(self._balance(self.write_off), sum(VALUES.values()))
        self.assertEqual(self._close(self.write_off), sum(VALUES.values()))
        self._inspect(again - lost, "B", "RESTOCK")
        self.assertEqual(self._lost(before), self._pieces(1))
        self.assertEqual(rma._check_quantities(), {})
