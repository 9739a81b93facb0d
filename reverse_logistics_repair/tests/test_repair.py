"""Goods that customers send in for repair: theirs at every step."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tests.common import tagged

from .common import RepairCommon


@tagged("post_install", "-at_install")
class TestRepair(RepairCommon):
    def test_quotation_refused_pump_sent_back_unrepaired(self):
        line, lot = self._sell_pump("P1")
        at_customer = line.move_ids.location_dest_id
        before = self._snapshot()
        self.assertLine(line, 1, 1, 0, "invoiced")

        def unchanged():
            self.assertEqual(self._snapshot(), before)
            self.assertLine(line, 1, 1, 0, "invoiced")
            self.assertMoney(line, 0, 0)

        rma = self._requested(line, rma={"settlement_type": "repair"}, lot_id=lot.id)
        rma = rma.with_env(self.env)
        self.assertTrue(rma.line_ids.customer_owned)
        unchanged()
        part = self._receive(rma)
        receipt = part.receipt_move_id
        self.assertFalse(receipt.to_refund)
        self.assertEqual((receipt.value, part.lot_id), (0, lot))
        self.assertEqual(
            self._quants(lot), [(self.inspection_location, self.customer, 1)]
        )
        unchanged()
        self._inspect(part, "D")
        self.assertEqual(part.disposition_id.code, "REPAIR")
        repair = part.repair_ids
        self.assertEqual(
            (repair.state, repair.lot_id, repair.product_qty), ("draft", lot, 1)
        )
        self.assertEqual(
            repair.product_location_src_id | repair.product_location_dest_id,
            self.workplace,
        )
        self.assertEqual(self._quants(lot), [(self.workplace, self.customer, 1)])
        self.assertEqual((rma.state, rma.stage), ("authorized", "inspected"))
        self.assertFalse(rma.settlement_ids or part.denied)
        unchanged()
        workshop_order = self._as_workshop(repair)
        workshop_order.action_validate()
        workshop_order.sudo().action_create_sale_order()
        quotation = repair.sale_order_id
        self.assertEqual((repair.state, quotation.state), ("confirmed", "draft"))
        unchanged()
        quotation.with_user(self.salesman)._action_cancel()
        self.assertEqual((repair.state, quotation.state), ("cancel", "cancel"))
        delivery = self._way_back(part)
        self.assertEqual(delivery.picking_type_id, self.warehouse.out_type_id)
        self.assertEqual((delivery.state, rma.stage), ("assigned", "inspected"))
        unchanged()
        self._validate(delivery)
        self.assertEqual(delivery.move_ids.value, 0)
        self.assertFalse(delivery.move_ids.to_refund)
        self.assertEqual(delivery.move_line_ids.lot_id, lot)
        self.assertFalse(self._quants(lot))
        there = self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id", "=", at_customer.id)]
        )
        self.assertEqual(sum(there.mapped("quantity")), 1)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertFalse(rma.credit_note_ids)
        self.assertEqual(rma._check_quantities(), {})
        unchanged()

    def test_repaired_pump_goes_back(self):
        line, lot = self._sell_pump("P2")
        rma, part, repair = self._in_repair(line)
        before = self._snapshot()
        self._repair(repair)
        self.assertEqual(repair.state, "done")
        self.assertEqual(self._quants(lot), [(self.workplace, self.customer, 1)])
        self.assertEqual(repair.move_id.value, 0)
        # only the seal was used up
        self.assertEqual(self._available(self.seal)[0], 9)
        self.assertEqual(self._snapshot(), before)
        delivery = self._way_back(part)
        self.assertEqual(delivery.state, "assigned")
        self._validate(delivery)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertEqual(self._snapshot(), before)
        names = self._events(rma).mapped("name")
        for name in ("RepairOrdered", "RepairDone"):
            self.assertEqual(names.count(name), 1, name)

    def test_over_return_counts_while_here_and_not_once_back(self):
        line, _lot = self._sell_pump("P3")
        rma, part, repair = self._in_repair(line)
        with self.assertRaisesRegex(
            UserError, "units? of Pump can be returned; you entered 1"
        ):
            self._requested(line)
        self._as_workshop(repair).action_repair_cancel()
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(line)
        self._validate(self._way_back(part))
        self.assertEqual(rma.state, "done")
        # It may come in for repair again, and be given back for good.
        again, part, repair = self._in_repair(line)
        self._as_workshop(repair).action_repair_cancel()
        self._validate(self._way_back(part))
        refund = self._return(line)
        self.assertAmounts(refund.credit_note_ids, 100)
        self.assertLine(line, 0, 0, 0)
        self.assertEqual(again.state, "done")

    def test_warranty_follows_from_who_is_liable(self):
        line, _lot = self._sell_pump("P4")
        defective = self.env.ref("reverse_logistics.reason_defective")
        _rma, part, repair = self._in_repair(line, reason_id=defective.id)
        self.assertTrue(part.under_warranty)
        self.assertTrue(repair.under_warranty)
        line, _lot = self._sell_pump("P5")
        unwanted = self.env.ref("reverse_logistics.reason_unwanted")
        _rma, part, repair = self._in_repair(line, reason_id=unwanted.id)
        self.assertFalse(part.under_warranty)
        self.assertFalse(repair.under_warranty)
        # who repairs it does not give it for nothing
        with self.assertRaisesRegex(UserError, "the customer pays for it, as the insp"):
            self._as_workshop(repair).under_warranty = True

    def test_customer_changes_mind_while_the_pump_is_here(self):
        line, lot = self._sell_pump("P6")
        _rma, part, repair = self._in_repair(line)
        workshop_order = self._as_workshop(repair)
        workshop_order.action_repair_cancel()
        first = self._way_back(part)
        workshop_order.action_repair_cancel_draft()
        self.assertEqual((repair.state, first.state), ("draft", "cancel"))
        self._repair(repair, spare=0)
        second = self._way_back(part)
        self.assertEqual(second.move_ids.product_uom_qty, 1)
        self._validate(second)
        self.assertFalse(self._quants(lot))
        with self.assertRaisesRegex(UserError, "already been completed"):
            workshop_order.action_repair_cancel()

    def test_repair_cannot_be_resumed_once_the_goods_left(self):
        line, _lot = self._sell_pump("P7")
        _rma, part, repair = self._in_repair(line)
        workshop_order = self._as_workshop(repair)
        workshop_order.action_repair_cancel()
        self._validate(self._way_back(part))
        with self.assertRaisesRegex(UserError, "cannot be taken up again"):
            workshop_order.action_repair_cancel_draft()
        self.assertEqual(repair.state, "cancel")

    def test_scrapped_at_the_workshop(self):
        line, lot = self._sell_pump("P8")
        rma, part, repair = self._in_repair(line)
        before = self._snapshot()
        self._as("inspector", part).action_reinspect()
        self.assertEqual((part.state, repair.state), ("superseded", "cancel"))
        self.assertFalse(self._way_back(part))
        again = rma.inspection_ids - part
        self._as("inspector", again).condition_id = self.conditions["E"]
        # what was in the workshop goes back unless somebody decides otherwise
        self.assertEqual(again.recommended_disposition_id.code, "CUSTOMER")
        self._inspect(again, "E", "SCRAP")
        scrap = again.move_ids
        self.assertEqual(
            (scrap.value, scrap.move_line_ids.owner_id), (0, self.customer)
        )
        self.assertEqual(self._snapshot(), before)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertFalse(self._quants(lot))
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(line)

    def test_reinspection_stops_the_delivery_back(self):
        line, _lot = self._sell_pump("P9")
        rma, part, repair = self._in_repair(line)
        self._repair(repair, spare=0)
        delivery = self._way_back(part)
        self._as("inspector", part).action_reinspect()
        self.assertEqual(delivery.state, "cancel")
        again = rma.inspection_ids - part
        self.assertEqual((again.state, again.location_id), ("draft", self.workplace))
        self._inspect(again, "B")
        self.assertEqual(again.disposition_id.code, "CUSTOMER")
        self._validate(self._way_back(again))
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 1, 1, 0, "invoiced")

    def test_customers_goods_are_not_put_on_sale(self):
        line, _lot = self._sell_pump("P10")
        rma = self._received(line, rma={"settlement_type": "repair"})
        with self.assertRaisesRegex(UserError, "belongs to Ada Distribution"):
            self._inspect(rma.inspection_ids, "A", "RESTOCK")
        self.assertEqual(rma.inspection_ids.state, "draft")

    def test_goods_of_a_repair_are_the_returns_to_name(self):
        line, _lot = self._sell_pump("P11")
        _rma, part, repair = self._in_repair(line)
        workshop_order = self._as_workshop(repair)
        with self.assertRaisesRegex(UserError, "is decided there"):
            workshop_order.product_location_src_id = self.warehouse.lot_stock_id
        # its state follows from its steps, and its quotation and transfer from it
        link = [Command.link(repair.id)]
        order = line.order_id
        for model, ids, vals in (
            ("repair.order", repair.ids, {"state": "done"}),
            ("repair.order", repair.ids, {"sale_order_id": order.id}),
            ("repair.order", repair.ids, {"move_id": line.move_ids[:1].id}),
            ("sale.order", order.ids, {"repair_order_ids": link}),
        ):
            user = self.workshop if model == "repair.order" else self.salesman
            user.group_ids += self.workshop.group_ids
            with self.assertRaisesRegex(UserError, "with its buttons"):
                self._rpc(user, model, "write", ids, vals)
        with self.assertRaisesRegex(UserError, "cancel it, and they are sent back"):
            self.env["repair.order"].browse(repair.id).unlink()
        with self.assertRaisesRegex(UserError, "ordered by its inspection only"):
            self._rpc(
                self.workshop,
                "repair.order",
                "create",
                {"product_id": self.pump.id, "reverse_inspection_id": part.id},
            )
        self.assertEqual(repair.reverse_inspection_id, part)

    def test_several_pieces_without_serial(self):
        line = self._sell(3)
        before = self._snapshot(self.product)
        rma = self._received(line, 2, rma={"settlement_type": "repair"})
        rma = rma.with_env(self.env)
        part = self._as("inspector", rma.inspection_ids)
        part.quantity = 1
        self._inspect(rma.inspection_ids, "D")
        repairs = rma.repair_ids
        self.assertEqual(repairs.mapped("product_qty"), [1, 1])
        self._as_workshop(repairs[0]).action_repair_cancel()
        self._validate(self._way_back(repairs[0].reverse_inspection_id))
        self.assertEqual((rma.state, rma.line_ids.qty_put_away), ("authorized", 1))
        self._repair(repairs[1], spare=0)
        self._validate(self._way_back(repairs[1].reverse_inspection_id))
        self.assertEqual((rma.state, rma.line_ids.qty_put_away), ("done", 2))
        self.assertLine(line, 3, 3, 0, "invoiced")
        self.assertEqual(self._snapshot(self.product), before)

    def test_delivery_that_cannot_be_made_waits_for_a_person(self):
        line, lot = self._sell_pump("P12")
        rma, part, repair = self._in_repair(line)
        self.env["stock.quant"]._update_available_quantity(
            self.pump, self.workplace, -1, lot_id=lot, owner_id=self.customer
        )
        self._as_workshop(repair).action_repair_cancel()
        self.assertEqual(repair.state, "cancel")
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        self.assertFalse(self._way_back(part))
        self.env["stock.quant"]._update_available_quantity(
            self.pump, self.workplace, 1, lot_id=lot, owner_id=self.customer
        )
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self._as("administrator", exception).action_retry()
        self.assertEqual(self._way_back(part).state, "assigned")

    def test_from_return_to_repair_and_back(self):
        line, _lot = self._sell_pump("P13")
        rma, part, repair = self._in_repair(line)
        self.assertEqual(rma.repair_count, 1)
        self.assertEqual(rma.action_view_repairs()["res_id"], repair.id)
        self.assertEqual(part.action_view_repairs()["res_id"], repair.id)
        self.assertEqual(part.repair_state, "draft")
        self.assertEqual(repair.action_view_reverse_rma()["res_id"], rma.id)
        with Form(rma.with_user(self.users["service"])) as form:
            self.assertEqual(form.settlement_type, "repair")
        inspector = self._as("inspector", part)
        self.assertEqual(Form(inspector).repair_state, "draft")

    def test_a_new_warehouse_asks_for_a_production_location(self):
        company = self.env["res.company"].create({"name": "Workshops"})
        production = self.env["stock.location"].search(
            [("usage", "=", "production"), ("company_id", "=", company.id)]
        )
        production.usage = "internal"
        with self.assertRaisesRegex(UserError, "any production location"):
            self.env["stock.warehouse"].create(
                {"name": "Workshop", "code": "WSH", "company_id": company.id}
            )
