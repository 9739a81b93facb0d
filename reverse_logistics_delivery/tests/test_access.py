"""Receipts open for every role of returns beside carriers."""

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestAccess(CarrierCase):
    def test_receipts_open_for_every_role(self):
        self.carrier.zip_prefix_ids = self.env["delivery.zip.prefix"].create(
            {"name": "558"}
        )
        receipt = self._authorized(self._sell(3)).picking_ids
        for role in ("service", "receiver", "inspector", "auditor"):
            # Odoo's form of a transfer asks which carriers go to the address
            (shown,) = self._as(role, receipt).web_read(
                {"name": {}, "allowed_carrier_ids": {"fields": {"display_name": {}}}}
            )
            self.assertEqual(shown["name"], receipt.name, role)
            self.assertIsInstance(shown["allowed_carrier_ids"], list, role)

    def test_prefixes_are_only_read(self):
        prefixes = self._as("receiver", self.env["delivery.zip.prefix"])
        self.assertTrue(prefixes.has_access("read"))
        with self.assertRaisesRegex(AccessError, "not allowed to create"):
            prefixes.create({"name": "559"})
