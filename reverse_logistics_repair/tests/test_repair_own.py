"""Returned goods of our own that are repaired before they are sold again."""

from odoo.tests import Form
from odoo.tests.common import tagged

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
