"""Returned goods of our own that are repaired before they are sold again."""

from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tests.common import tagged

from .. import hooks
from .common import RepairCommon


@tagged("post_install", "-at_install")
class TestRepairOwn(RepairCommon):
    def _repairing(self, number):
        line, lot = self._sell_pump(number)
        rma = self._received(line).with_env(self.env)
        part = rma.inspection_ids
        self._inspect(part, "D", "REPAIR")
        return line, lot, rma, part

    def test_credited_repaired_inspected_again_and_restocked(self):
        line, lot, rma, part = self._repairing("Q1")
        repair = part.repair_ids
        nobody = self.env["res.partner"]
        self.assertEqual(self._quants(lot)[0][:2], (self.workplace, nobody))
        self.assertEqual(self.pump.total_value, 40)
        self.assertEqual(rma.settlement_ids.state, "draft")
        self.assertAmounts(self._settle(rma.settlement_ids), 100)
        self.assertLine(line, 0, 0, 0)
        self._repair(repair)
        self.assertEqual((repair.state, part.state), ("done", "superseded"))
        self.assertFalse(self._way_back(part))
        again = rma.inspection_ids - part
        self.assertEqual(
            (again.state, again.lot_id, again.location_id),
            ("draft", lot, self.workplace),
        )
        self._inspect(again, "B")
        self.assertEqual(again.disposition_id.code, "RESTOCK")
        self.assertEqual(self._quants(lot)[0][0], self.warehouse.lot_stock_id)
        self.assertEqual(self._available(self.pump)[0], 1)
        self.assertEqual(len(rma.credit_note_ids), 1)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(self.pump.total_value, 40)
        self.assertLine(line, 0, 0, 0)

    def test_repair_called_off(self):
        _line, lot, rma, part = self._repairing("Q2")
        self._as_workshop(part.repair_ids).action_repair_cancel()
        again = rma.inspection_ids - part
        self.assertEqual((part.state, again.state), ("superseded", "draft"))
        self._inspect(again, "E")
        self.assertEqual(again.disposition_id.code, "SCRAP")
        self.assertFalse(self._quants(lot))
        self.assertEqual(self.pump.total_value, 0)

    def test_repair_button_of_a_receipt(self):
        """Odoo's own button repairs what came back, where it lies, and nothing else."""
        line, lot = self._sell_pump("Q7")
        rma = self._received(line)
        action = self._call(
            rma.picking_ids.with_user(self.workshop), "action_repair_return"
        )
        form = Form.from_action(
            self.env(user=self.workshop, context=self.env.context), action
        )
        form.product_id = self.pump
        form.lot_id = lot
        repair = form.save()
        place = self.inspection_location
        self.assertEqual(repair.product_location_src_id, place)
        self.assertEqual(repair.product_location_dest_id, place)
        before = self._available(self.pump)
        self._repair(repair)
        self.assertEqual(repair.state, "done")
        self.assertEqual(self._quants(lot)[0][0], place)
        self.assertEqual(self._available(self.pump), before)
        part = rma.inspection_ids
        self.assertEqual((part.state, part.location_id), ("draft", place))
        self._inspect(part, "B")
        self.assertEqual(self._quants(lot)[0][0], self.warehouse.lot_stock_id)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_repair_button_after_the_inspection(self):
        line, _lot = self._sell_pump("Q8")
        rma = self._return(line, condition="C")
        quarantine = self.facility._get_location("quarantine")
        self.assertEqual(rma.inspection_ids.location_id, quarantine)
        receipt = rma.picking_ids.filtered(lambda p: p.picking_type_code == "incoming")
        repair = self.env["repair.order"].create(
            {"picking_id": receipt.id, "product_id": self.pump.id}
        )
        self.assertEqual(repair.product_location_src_id, quarantine)
        self.assertEqual(repair.product_location_dest_id, quarantine)

    def test_removing_the_addon_leaves_no_disposition_that_does_nothing(self):
        _line, _lot, _rma, part = self._repairing("Q9")
        self.assertRetired(hooks, "REPAIR", "REFURBISH")
        self.assertEqual(part.disposition_id.code, "REPAIR")

    def test_a_step_that_fails_leaves_nothing_half_done(self):
        for number, method in enumerate(("_post_at_once", "_create_repairs")):
            line, _lot = self._sell_pump(f"F{number}")
            part = self._received(line).with_env(self.env).inspection_ids
            with self.subTest(method):
                self.assertNothingHalfDone(
                    part,
                    lambda one: self._inspect(one, "C", "REFURBISH"),
                    "reverse.inspection",
                    method,
                )
            self.assertEqual(part.repair_ids.mapped("state"), ["draft"])

    def _refurbishing(self, number):
        line, lot = self._sell_pump(number)
        self.facility.workshop_rate = 36.0
        rma = self._received(line).with_env(self.env)
        part = rma.inspection_ids
        self._inspect(part, "C", "REFURBISH")
        return line, lot, rma, part

    def test_refurbished_with_parts_and_work_and_back_to_stock(self):
        """Parts and work are a cost of the return; the goods keep their value."""
        line, lot, rma, part = self._refurbishing("R1")
        repair = part.repair_ids
        self.assertEqual(self._quants(lot)[0][0], self.workplace)
        self.assertEqual(repair.reverse_labour_rate, 36.0)
        self.assertAmounts(self._settle(rma.settlement_ids), 100)
        before = self.pump.total_value
        seals = self.seal.total_value
        self._as_workshop(repair).reverse_labour_hours = 1.5
        self._repair(repair, spare=2)
        self.assertEqual(repair.state, "done")
        # two seals at 3, one and a half hours at 36
        costs = repair._get_reverse_costs()
        self.assertEqual((costs["parts"], costs["labour"]), (6.0, 54.0))
        self.assertEqual((part.repair_cost, rma.repair_cost), (60.0, 60.0))
        self.assertEqual((self.pump.total_value, before), (40, 40))
        self.assertEqual(self.seal.total_value, seals - 6)
        done = self._events(rma).filtered(lambda e: e.name == "RepairDone")
        (told,) = done.data["repairs"]
        self.assertEqual((told["parts"], told["labour"]), (6, 54))
        again = rma.inspection_ids - part
        self._inspect(again, "B")
        self.assertEqual(again.disposition_id.code, "RESTOCK")
        self.assertEqual(self._quants(lot)[0][0], self.warehouse.lot_stock_id)
        self.assertEqual(self._available(self.pump)[0], 1)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertLine(line, 0, 0, 0)

    def test_cost_of_an_ended_repair_stays(self):
        _line, _lot, _rma, part = self._refurbishing("R2")
        repair = part.repair_ids
        self._repair(repair, spare=0)
        for vals in ({"reverse_labour_hours": 9}, {"reverse_labour_rate": 1}):
            with self.assertRaisesRegex(UserError, "has ended, and what it cost"):
                self._as_workshop(repair).write(vals)
        self.assertEqual(repair.reverse_cost, 0)

    def test_nobody_is_quoted_for_goods_of_ours(self):
        _line, _lot, _rma, part = self._refurbishing("R3")
        self.assertFalse(part.repair_ids.partner_id)
        with self.assertRaisesRegex(UserError, "define a customer"):
            part.repair_ids.action_create_sale_order()

    def test_goods_of_a_customer_are_not_refurbished_for_us(self):
        line, _lot = self._sell_pump("R4")
        rma = self._received(line, rma={"settlement_type": "repair"})
        with self.assertRaisesRegex(UserError, "belongs to Ada Distribution"):
            self._inspect(rma.inspection_ids, "C", "REFURBISH")
        self.assertFalse(rma.inspection_ids.repair_ids)

    def test_refurbishing_called_off_leaves_goods_and_papers(self):
        _line, lot, rma, part = self._refurbishing("R5")
        repair = part.repair_ids
        workshop = self._as_workshop(repair)
        workshop.action_validate()
        workshop.action_repair_start()
        workshop.action_repair_cancel()
        again = rma.inspection_ids - part
        self.assertEqual(
            (repair.state, part.state, again.state), ("cancel", "superseded", "draft")
        )
        self.assertEqual(self._quants(lot)[0][0], again.location_id)
        self.assertEqual(rma.repair_cost, 0)
        self._inspect(again, "C", "REFURBISH")
        self.assertEqual(again.repair_ids.state, "draft")
        self.assertEqual(rma._check_quantities(), {})
