"""Returned goods of ours that a vendor refurbishes."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics_repair.tests.common import RepairCommon


@tagged("post_install", "-at_install")
class TestRefurbish(RepairCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create({"name": "Refit Ltd"})
        cls.service = cls.env.ref("reverse_logistics_refurbish.product_refurbishing")
        cls.service.write(
            {
                "supplier_taxes_id": [Command.clear()],
                "seller_ids": [
                    Command.create(
                        {
                            "partner_id": cls.vendor.id,
                            "price": 15.0,
                            "company_id": cls.company.id,
                        }
                    )
                ],
            }
        )
        cls.buyer = new_test_user(
            cls.env,
            login="refit_buyer",
            groups="purchase.group_purchase_user,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _sending(self, line, quantity=1, disposition="REFURBISH", **values):
        """Inspect returned goods, which are to go to the vendor."""
        rma = self._received(line, quantity, **values).with_env(self.env)
        part = rma.inspection_ids
        self._as("inspector", part).refurbisher_id = self.vendor
        self._inspect(part, "C", disposition)
        return rma, part

    def _ways(self, part):
        """The transfers to the vendor and back."""
        moves = part._get_vendor_moves().with_env(self.env).sorted("id")
        out = moves.filtered(lambda m: m._is_to_vendor())
        return out.picking_id, (moves - out).picking_id

    def _move(self, picking, quantity=None):
        """The warehouse moves it, or some of it and nothing more."""
        picking = picking.with_user(self.workshop)
        if quantity is None:
            for move in picking.move_ids:
                move.quantity = move.product_uom_qty
        else:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(picking.state, "done")

    def _order(self, part):
        return part.repair_ids.reverse_purchase_line_ids.order_id

    def _bill(self, order, price):
        """The vendor's bill for all that was received."""
        order = order.with_user(self.buyer)
        action = order.action_create_invoice()
        bill = self.env["account.move"].browse(action["res_id"])
        bill.invoice_date = "2026-01-31"
        bill.invoice_line_ids.filtered("product_id").price_unit = price
        bill.action_post()
        return bill

    def test_to_the_vendor_and_back_with_its_bill(self):
        line, lot = self._sell_pump("V1")
        rma, part = self._sending(line)
        repair, order = part.repair_ids, self._order(part)
        out, back = self._ways(part)
        # still here, on paper only: two transfers and a request for a price
        self.assertEqual(self._quants(lot)[0][0], self.workplace)
        self.assertEqual((out.state, back.state), ("assigned", "waiting"))
        self.assertEqual(out.partner_id, self.vendor)
        self.assertEqual((order.state, order.partner_id), ("draft", self.vendor))
        self.assertEqual(order.amount_untaxed, 15)
        self.assertIn("V1", order.order_line.name)
        self.assertEqual((repair.state, repair.reverse_cost), ("draft", 0))
        order.with_user(self.buyer).button_confirm()
        self.assertEqual(repair.reverse_cost, 15)
        before = self._snapshot()
        self._move(out)
        there = out.location_dest_id
        nobody = self.env["res.partner"]
        self.assertEqual(self._quants(lot), [(there, nobody, 1)])
        self.assertEqual(there.name, "Refit Ltd")
        self.assertEqual((part.location_id, part.state), (there, "done"))
        self.assertEqual((repair.state, back.state), ("under_repair", "assigned"))
        # ours, at its value, and not for sale, wherever it is
        self.assertEqual(self._snapshot(), before)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self._move(back)
        self.assertEqual(self._snapshot(), before)
        self.assertEqual(repair.state, "done")
        again = rma.inspection_ids - part
        self.assertEqual(
            (part.state, again.state, again.location_id),
            ("superseded", "draft", self.inspection_location),
        )
        self.assertEqual(order.order_line.qty_to_invoice, 1)
        expenses = self._balance(self.expense_account)
        self._bill(order, 18)
        self.assertEqual((part.repair_cost, rma.repair_cost), (18, 18))
        self.assertEqual(self._balance(self.expense_account) - expenses, 18)
        self.assertEqual(self.pump.total_value, before[0])
        self._inspect(again, "B")
        self.assertEqual(again.disposition_id.code, "RESTOCK")
        self.assertEqual(self._quants(lot)[0][0], self.warehouse.lot_stock_id)
        self.assertEqual(self._available(self.pump)[0], 1)
        self.assertEqual(self.pump.total_value, before[0])
        self.assertEqual(rma._check_quantities(), {})
        names = self._events(rma).mapped("name")
        self.assertEqual(names.count("RefurbishingOrdered"), 1)
        self.assertEqual(names.count("RefurbishingMoved"), 2)

    def test_called_off_before_it_leaves(self):
        line, lot = self._sell_pump("V2")
        rma, part = self._sending(line)
        order = self._order(part)
        out, back = self._ways(part)
        order.with_user(self.buyer).button_confirm()
        self._as_workshop(part.repair_ids).action_repair_cancel()
        again = rma.inspection_ids - part
        self.assertEqual((out.state, back.state), ("cancel", "cancel"))
        self.assertEqual((order.state, order.order_line.product_qty), ("cancel", 0))
        self.assertEqual((part.state, again.state), ("superseded", "draft"))
        self.assertEqual(again.location_id, self.workplace)
        self.assertEqual(self._quants(lot)[0][0], self.workplace)
        self.assertEqual(rma.repair_cost, 0)
        self._inspect(again, "E", "SCRAP")
        self.assertFalse(self._quants(lot))

    def test_called_off_while_it_is_away(self):
        line, lot = self._sell_pump("V3")
        rma, part = self._sending(line)
        order = self._order(part)
        out, back = self._ways(part)
        self._move(out)
        self._as_workshop(part.repair_ids).action_repair_cancel()
        # it is awaited as it is
        self.assertEqual((part.state, back.state), ("done", "assigned"))
        self.assertEqual(rma.inspection_ids, part)
        self.assertEqual(order.state, "cancel")
        with self.assertRaisesRegex(UserError, "which was called off"):
            self._as_workshop(part.repair_ids).action_repair_cancel_draft()
        self._move(back)
        again = rma.inspection_ids - part
        self.assertEqual((part.state, again.state), ("superseded", "draft"))
        self.assertEqual(self._quants(lot)[0][0], self.inspection_location)
        self.assertEqual(part.repair_ids.state, "cancel")
        self.assertEqual(rma._check_quantities(), {})

    def test_called_off_after_it_was_billed(self):
        """What the vendor credits costs nothing, before it is called off or after."""
        for number, credited_first in (("B1", True), ("B2", False)):
            line, _lot = self._sell_pump(number)
            _rma, part = self._sending(line)
            order = self._order(part)
            order.with_user(self.buyer).button_confirm()
            order.order_line.qty_received = 1
            bill = self._bill(order, 18)
            order.order_line.qty_received = 0
            self.assertEqual(part.repair_cost, 18)
            repair = self._as_workshop(part.repair_ids)
            steps = [
                lambda bill=bill: self._refund(bill),
                lambda repair=repair: repair.action_repair_cancel(),
            ]
            for step in steps if credited_first else steps[::-1]:
                step()
            self.env.invalidate_all()
            with self.subTest(credited_first=credited_first):
                self.assertEqual(part.repair_ids.state, "cancel")
                self.assertEqual(part.repair_cost, 0)

    def _refund(self, bill):
        """The vendor credits all of its bill."""
        refund = bill.with_user(self.buyer)._reverse_moves(
            [{"invoice_date": "2026-01-31"}]
        )
        refund.action_post()

    def test_transfer_to_the_vendor_cancelled_by_hand(self):
        line, _lot = self._sell_pump("V4")
        rma, part = self._sending(line)
        out, back = self._ways(part)
        out.with_user(self.workshop).action_cancel()
        self.assertEqual((part.repair_ids.state, back.state), ("cancel", "cancel"))
        self.assertEqual(self._order(part).state, "cancel")
        again = rma.inspection_ids - part
        self.assertEqual((again.state, again.location_id), ("draft", self.workplace))

    def test_nothing_leaves_for_a_workshop_but_by_its_inspection(self):
        """What is there is out of the house, although it is ours."""
        line, _lot = self._sell_pump("V5")
        _rma, part = self._sending(line)
        out, _back = self._ways(part)
        other = self._received(self._sell(1)).inspection_ids
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": other.location_id.id,
                "location_dest_id": out.location_dest_id.id,
                "partner_id": self.customer.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": other.product_id.id,
                            "product_uom_qty": 1,
                            "location_id": other.location_id.id,
                            "location_dest_id": out.location_dest_id.id,
                        }
                    )
                ],
            }
        )
        transfer.action_confirm()
        with self.assertRaisesRegex(UserError, "returns|inspection|approv"):
            self._move(transfer)
        self.assertEqual(other.location_id, self.inspection_location)
        self._move(out)

    def test_a_vendor_keeps_some(self):
        """Three go, two come back: the third is inspected where it is."""
        line = self._sell(3)
        rma, part = self._sending(line, 3)
        order = self._order(part)
        order.with_user(self.buyer).button_confirm()
        out, back = self._ways(part)
        self.assertEqual(order.order_line.product_qty, 3)
        value = self.product.total_value
        self._move(out)
        self.assertEqual(part.repair_cost, 45)
        self._move(back, 2)
        parts = rma.inspection_ids - part
        found = {p.location_id: p.quantity for p in parts}
        self.assertEqual(found, {out.location_dest_id: 1, self.inspection_location: 2})
        self.assertEqual(order.order_line.qty_received, 2)
        # two were worked on, and cost what the vendor asks for them in the end
        self.assertEqual(part.repair_cost, 30)
        self._bill(order, 18)
        self.assertEqual(part.repair_cost, 36)
        self.assertEqual(self.product.total_value, value)
        missing = parts.filtered(lambda p: p.quantity == 1)
        self._inspect(missing, "E", "SCRAP")
        self.assertAlmostEqual(self.product.total_value, value - 40)
        self._inspect(parts - missing, "B")
        self.assertEqual(rma._check_quantities(), {})

    def test_repair_ends_when_the_goods_are_back(self):
        line, _lot = self._sell_pump("V5")
        _rma, part = self._sending(line)
        out, back = self._ways(part)
        self._move(out)
        with self.assertRaisesRegex(UserError, "back from Refit Ltd: validate"):
            self._as_workshop(part.repair_ids).action_repair_end()
        self.assertEqual((part.repair_ids.state, part.state), ("under_repair", "done"))

    def test_goods_of_a_customer_are_repaired_by_a_vendor(self):
        line, lot = self._sell_pump("V6")
        rma, part = self._sending(
            line, disposition="REPAIR", rma={"settlement_type": "repair"}
        )
        before = self._snapshot()
        out, back = self._ways(part)
        self._move(out)
        self.assertEqual(self._quants(lot), [(out.location_dest_id, self.customer, 1)])
        self._move(back)
        self.assertEqual(part.repair_ids.state, "done")
        delivery = self._way_back(part)
        self.assertEqual(delivery.state, "assigned")
        self._validate(delivery)
        self.assertFalse(self._quants(lot))
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(self._snapshot(), before)

    def test_what_a_vendor_needs_is_asked_for(self):
        line, _lot = self._sell_pump("V7")
        rma = self._received(line).with_env(self.env)
        part = self._as("inspector", rma.inspection_ids)
        part.refurbisher_id = self.company.partner_id
        with self.assertRaisesRegex(UserError, "this company itself"):
            self._inspect(rma.inspection_ids, "C", "REFURBISH")
        part.refurbisher_id = self.vendor
        part.refurbish_service_id = self.pump
        with self.assertRaisesRegex(UserError, "which service is bought"):
            self._inspect(rma.inspection_ids, "C", "REFURBISH")
        self.assertEqual(rma.inspection_ids.state, "draft")
        self.assertFalse(rma.inspection_ids.repair_ids)

    def test_a_vendor_that_has_goods_is_known_by_its_place(self):
        """Addons that stop goods for somebody ask both who gets them."""
        line = self._sell(1)
        _rma, part = self._sending(line)
        self.assertEqual(part._get_keeper(), self.vendor)
        out, _back = self._ways(part)
        places = out.location_id, out.location_dest_id
        keepers = [place._get_reverse_keeper() for place in places]
        self.assertEqual(keepers, [self.vendor.browse(), self.vendor])

    def test_one_order_for_all_that_goes_to_a_vendor(self):
        lines = [self._sell_pump(f"W{i}")[0] for i in range(3)]
        rmas = self.env["reverse.rma"].union(
            *(self._received(line).with_env(self.env) for line in lines)
        )
        parts = rmas.inspection_ids
        self._as("inspector", parts).refurbisher_id = self.vendor
        self._inspect(parts, "C", "REFURBISH")
        order = self._order(parts)
        self.assertEqual((len(order), len(order.order_line)), (1, 3))
        # what is called off of it leaves the rest
        self._as_workshop(parts[0].repair_ids).action_repair_cancel()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.order_line.mapped("product_qty"), [0, 1, 1])
        place = self.env["stock.location"].search(
            [("reverse_vendor_id", "=", self.vendor.id)]
        )
        self.assertEqual(len(place), 1)

    def test_only_returns_say_where_work_belongs(self):
        line, _lot = self._sell_pump("V8")
        _rma, part = self._sending(line)
        row = self._order(part).order_line
        with self.assertRaisesRegex(UserError, "by their inspection only"):
            self._rpc(
                self.buyer,
                "purchase.order.line",
                "write",
                row.ids,
                {"reverse_repair_id": False},
            )
        self.workshop.group_ids += self.env.ref("stock.group_stock_manager")
        place = part._get_vendor_moves()[:1].location_dest_id
        with self.assertRaisesRegex(UserError, "made with the first goods"):
            self._rpc(
                self.workshop,
                "stock.location",
                "write",
                place.ids,
                {"reverse_vendor_id": self.customer.id},
            )
        self.assertEqual(row.reverse_repair_id, part.repair_ids)

    def test_a_step_that_fails_leaves_nothing_half_done(self):
        """Each step in turn: neither repair, transfer nor order is left of it."""
        for number, (model, method) in enumerate(
            (
                ("reverse.inspection", "_create_repairs"),
                ("reverse.facility", "_ensure_vendor_place"),
                ("reverse.inspection", "_fill_transfers"),
                ("reverse.inspection", "_create_vendor_orders"),
                ("purchase.order.line", "_prepare_purchase_order_line"),
            )
        ):
            line, lot = self._sell_pump(f"X{number}")
            with self.subTest(method):
                self._check_failing_step(line, lot, model, method)

    def _check_failing_step(self, line, lot, model, method):
        orders = self.env["purchase.order"].search_count([])
        failing = UserError("not now")
        with patch.object(type(self.env[model]), method, side_effect=failing):
            rma, part = self._sending(line)
        self.assertEqual((part.state, part.disposed), ("done", False))
        self.assertFalse(part.repair_ids or part.move_ids)
        self.assertEqual(self.env["purchase.order"].search_count([]), orders)
        self.assertEqual(self._quants(lot)[0][0], self.inspection_location)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self._as("administrator", exception).action_retry()
        self.assertTrue(part.disposed)
        self.assertEqual(len(part.repair_ids.reverse_purchase_line_ids), 1)
        self.assertEqual(part._get_open_vendor_moves().mapped("product_qty"), [1, 1])
