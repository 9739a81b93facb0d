"""Customers of recalled goods choose a repair, and get these back once it is done."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics_repair.tests.common import RepairCommon

REFUSED = "this was recalled, so “%s” is not possible"


class TestRecallRepaired(RepairCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "ada@example.com"
        cls.sold, cls.lot = cls._sell_pump("S7")
        cls.recall = (
            cls.env["reverse.recall"]
            .with_user(cls.users["service"])
            .create(
                {
                    "title": "Pump can burst",
                    "product_ids": [Command.set(cls.pump.ids)],
                    "lot_ids": [Command.set(cls.lot.ids)],
                    "hazard": "The housing bursts.",
                    "instruction": "Switch it off.",
                    "without_picture": True,
                    "offers_replacement": False,
                    "offers_repair": True,
                }
            )
        )

    def _run_cron(self):
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=60
        ):
            self.env["reverse.recall"].with_user(1)._cron_work()

    def _chosen(self, remedy="repair"):
        """The recall runs, and the customer has chosen; give the recalled goods."""
        self._call(self._as("approver", self.recall), "action_start")
        self._run_cron()
        line = self.recall.with_env(self.env).line_ids
        self._call(self._as("service", line), "write", {"remedy": remedy})
        return line

    def _chosen_and_received(self, remedy="repair"):
        line = self._chosen(remedy)
        part = self._receive(line.rma_id).with_env(self.env)
        quarantine = self.facility._get_location("quarantine")
        self.assertEqual(part.location_id, quarantine)
        return line, part

    def _assertRefused(self, part, *codes):
        names = {
            "RESTOCK": "Restock",
            "REFURBISH": "Refurbish",
            "REPAIR": "Repair",
            "CUSTOMER": "Return to customer",
        }
        for code in codes:
            with (
                self.subTest(code),
                self.assertRaisesRegex(UserError, REFUSED % names[code]),
            ):
                self._inspect(part, "D", code)

    def test_repaired_and_sent_back_to_who_chose_it(self):
        before = self._snapshot()
        line, part = self._chosen_and_received()
        rma = line.rma_id
        self.assertEqual(rma.settlement_type, "repair")
        self.assertEqual(part.receipt_move_id.value, 0)
        self.assertEqual(self._quants(self.lot)[0][1], self.customer)
        self._assertRefused(part, "RESTOCK", "CUSTOMER")
        self._inspect(part, "D")
        self.assertEqual(part.disposition_id.code, "REPAIR")
        self.assertTrue(part.under_warranty, "free of charge")
        self._repair(part.repair_ids)
        delivery = self._way_back(part)
        self.assertEqual(delivery.state, "assigned")
        self._validate(delivery)
        self.assertEqual((delivery.state, rma.stage), ("done", "settled"))
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(self.sold, 1, 1, 0, "invoiced")
        self.assertEqual(self._snapshot(), before)
        # nobody is told of the repaired one again
        self._run_cron()
        self.assertEqual(self.recall.line_ids, line)
        self.assertEqual((line.returned, line.outstanding), (1, 0))
        self.assertFalse(self.recall.gap_note)
        self.assertEqual(self.lot.reverse_recall_id, self.recall)

    def test_what_could_not_be_repaired_is_not_sent_back(self):
        line, part = self._chosen_and_received()
        self._inspect(part, "D")
        self._as_workshop(part.repair_ids).action_repair_cancel()
        self.assertEqual(part.state, "superseded")
        self.assertFalse(self._way_back(part))
        again = line.rma_id.inspection_ids - part
        self._assertRefused(again, "CUSTOMER", "RESTOCK")
        self.assertEqual(again.recommended_disposition_id.code, "QUARANTINE")
        self._inspect(again, "E", "SCRAP")
        self.assertFalse(self._quants(self.lot))

    def test_who_did_not_choose_a_repair_gets_none(self):
        _line, part = self._chosen_and_received("refund")
        self.assertEqual(part.line_id.rma_id.settlement_type, "refund")
        self._assertRefused(part, "REPAIR", "REFURBISH", "CUSTOMER")

    def test_what_leaks_besides_stays_in_quarantine(self):
        line = self._chosen()
        line.rma_line_id._guarded_write({"is_damaged_hazard": True})
        part = self._receive(line.rma_id)
        with self.assertRaisesRegex(
            UserError, "leaking, burnt or swollen, so “Repair”"
        ):
            self._inspect(part, "D", "REPAIR")

    def test_nobody_else_gets_it_and_nothing_else_leaves(self):
        line, part = self._chosen_and_received()
        self._inspect(part, "D")
        self._repair(part.repair_ids)
        delivery = self._way_back(part)
        delivery.partner_id = self.stranger
        with self.assertRaisesRegex(UserError, "lot S7: it was recalled with REC/"):
            self._validate(delivery)
        self.assertNotEqual(delivery.state, "done")

    def test_on_a_return_of_before_the_goods_are_ours_until_they_go_back(self):
        asked = self._requested(self.sold, 1, lot_id=self.lot.id)
        line = self._chosen()
        rma = line.rma_id
        self.assertEqual((rma, rma.settlement_type), (asked, "refund"))
        part = self._receive(rma).with_env(self.env)
        self._inspect(part, "D", "REPAIR")
        self._repair(part.repair_ids)
        self.assertFalse(self._way_back(part))
        again = rma.with_env(self.env).inspection_ids - part
        self._assertRefused(again, "RESTOCK")
        with self.assertRaisesRegex(UserError, "Cancel or reverse that first"):
            self._inspect(again, "D", "CUSTOMER")
        self._call(self._as("service", rma.settlement_ids), "action_cancel")
        self._inspect(again, "D", "CUSTOMER")
        self._validate(self._way_back(again))
        self.assertTrue(again.disposed)
        self.assertFalse(rma.credit_note_ids)
        self._run_cron()
        self.assertEqual(self.recall.line_ids, line)

    def test_who_chooses_otherwise_again_has_it_credited(self):
        """Whose the goods are changes with the choice, on the receipt as well."""
        line = self._chosen()
        receipt = line.rma_id.picking_ids.move_ids
        self.assertEqual(
            (receipt.restrict_partner_id, receipt.to_refund), (self.customer, False)
        )
        self._call(self._as("service", line), "write", {"remedy": "refund"})
        self.assertEqual(line.rma_id.settlement_type, "refund")
        self.assertEqual(line.rma_id.picking_ids.move_ids, receipt)
        self.assertEqual(
            (receipt.restrict_partner_id, receipt.to_refund),
            (self.env["res.partner"], True),
        )
        part = self._receive(line.rma_id)
        self.assertFalse(part.customer_owned)
        self._inspect(part, "E", "SCRAP")
        self.assertAmounts(line.rma_id.credit_note_ids, 100)

    def test_chosen_before_there_is_a_return(self):
        self._call(self._as("approver", self.recall), "action_start")
        line = self.recall.line_ids
        self._call(self._as("service", line), "write", {"remedy": "repair"})
        self._run_cron()
        self.assertEqual(line.rma_id.settlement_type, "repair")
        self.assertTrue(line.rma_line_id.customer_owned)
