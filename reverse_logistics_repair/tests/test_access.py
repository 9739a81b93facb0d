"""Receipts open for every role of returns beside Repairs."""

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import RepairCommon


@tagged("post_install", "-at_install")
class TestAccess(RepairCommon):
    def test_receipts_open_for_every_role(self):
        line, lot = self._sell_pump("P1")
        _rma, part, repair = self._in_repair(line, lot_id=lot.id)
        receipt = part.receipt_move_id.picking_id
        for role in ("service", "receiver", "inspector", "auditor"):
            # Odoo's form of a transfer reads the repairs that were made of it
            (shown,) = self._as(role, receipt).web_read(
                {"name": {}, "repair_ids": {"fields": {"display_name": {}}}}
            )
            self.assertEqual(shown["name"], receipt.name, role)
            self.assertTrue(self._as(role, repair).has_access("read"), role)

    def test_repairs_are_only_read(self):
        line, lot = self._sell_pump("P1")
        _rma, _part, repair = self._in_repair(line, lot_id=lot.id)
        with self.assertRaisesRegex(AccessError, "not allowed to modify"):
            self._as("auditor", repair).priority = "1"
        self.assertEqual(repair.priority, "0")
