"""An administrator changes policy in the browser; the next return obeys."""

import base64

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..routing_common import RoutingCase

# One pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJ"
    "RU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestPolicyTour(RoutingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.electronics = cls.env["product.category"].create({"name": "Electronics"})
        cls.serial_product.categ_id = cls.electronics
        cls.reasons = {
            reason.code: reason for reason in cls.env["reverse.reason"].search([])
        }

    def _bought(self, serial, days):
        """Sell one scanner of 600 that was delivered so many days ago."""
        lot = self._create_lots(self.serial_product, serial)
        line = self._sell(1, price=600.0, product=self.serial_product, lots={lot: 1})
        moment = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        line.move_ids.date = moment
        return line

    def _asked(self, line, reason, photo=True):
        """Enter a return of it, with all that customer service has."""
        rma = self._draft(line, reason_id=self.reasons[reason].id)
        rma.line_ids.lot_id = line.move_ids.lot_ids
        if photo:
            self._add_photo(rma)
        return rma

    def _add_photo(self, rma):
        self._as("service", self.env["ir.attachment"]).create(
            {
                "name": "photo.png",
                "raw": PIXEL,
                "res_model": "reverse.rma.line",
                "res_id": rma.line_ids.id,
            }
        )

    def test_new_rules_are_tried_activated_and_obeyed(self):
        past = self._asked(self._bought("SN-PAST", 20), "UNWANTED", photo=False)
        past.action_request()
        self.assertEqual(past.state, "authorized")
        before = self._get_version()

        self.start_tour(
            "/odoo/returns",
            "reverse_logistics_policy",
            login=self.users["administrator"].login,
            timeout=300,
        )

        self._check_entered(before)
        self.assertEqual(past.state, "authorized")
        self._check_in_time()
        self._check_defective()
        self._check_too_late()

    def _check_entered(self, before):
        version = self._get_version()
        self.assertEqual((version.state, version.origin_id), ("active", before))
        self.assertEqual(version.activated_by_id, self.users["administrator"])
        simulation = self.env["reverse.simulation"].search(
            [("version_id", "=", version.id)]
        )
        self.assertEqual((simulation.state, simulation.changed_count), ("done", 1))
        self.assertFalse(simulation.is_outdated)
        approval = self.env["reverse.approval.rule"].search(
            [("category_ids", "=", self.electronics.id)]
        )
        self.assertEqual(
            (approval.gate, approval.value_from, approval.group_id),
            (
                "authorization",
                500.0,
                self.env.ref("reverse_logistics.group_approver"),
            ),
        )

    def _check_in_time(self):
        """Three days after delivery: a photo, an approval, a fee, another place."""
        rma = self._asked(self._bought("SN-1", 3), "UNWANTED", photo=False)
        with self.assertRaisesRegex(
            UserError, "We need this before it can be returned: photo. Please add"
        ):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

        self._add_photo(rma)
        rma.action_request()
        line = rma.line_ids.sudo()
        self.assertEqual((rma.state, line.decision), ("requested", "authorize"))
        self.assertEqual(line.policy_rule_id.name, "Electronics")
        self.assertEqual(rma.facility_id, self.centre)
        self.assertAlmostEqual(line.fee, 90.0)
        self.assertEqual(line.fee_rule_id.name, "Electronics unless defective")

        approval = rma.sudo().approval_ids
        self.assertEqual((approval.gate, approval.state), ("authorization", "pending"))
        self._as("approver", approval).action_approve()
        self.assertEqual(
            (rma.state, rma.authorized_by_id), ("authorized", self.users["approver"])
        )

    def _check_defective(self):
        rma = self._asked(self._bought("SN-2", 3), "DEFECTIVE")
        rma.action_request()
        self.assertEqual((rma.state, rma.facility_id), ("requested", self.centre))
        self.assertFalse(rma.line_ids.sudo().fee)

    def _check_too_late(self):
        rma = self._asked(self._bought("SN-3", 20), "UNWANTED")
        rma.action_request()
        line = rma.line_ids
        self.assertEqual((rma.state, line.decision), ("requested", "exception"))
        self.assertRegex(line.explanation, "14")
