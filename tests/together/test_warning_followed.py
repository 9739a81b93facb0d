"""Early warnings lead to recalls and to claims, by steps that people take."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tests.common import tagged

from odoo.addons.reverse_logistics_supplier_claims.tests.common import ClaimCase


@tagged("post_install", "-at_install")
class TestWarningFollowed(ClaimCase):
    """Pumps of Cobalt Works come back more often than they did."""

    def _warned(self, record):
        task = self.env["reverse.ai.task"].search(
            [("company_id", "=", self.company.id), ("code", "=", "warning")]
        )
        today = self.company._get_reverse_today()
        return task._get_worker()._renew(
            task,
            [
                {
                    "res_model": record._name,
                    "res_id": record.id,
                    "answer": "rising",
                    "confidence": 1.0,
                    "state": "open",
                    "details": {
                        "seen": 9.0,
                        "usual": 2.0,
                        "weeks": 5,
                        "until": fields.Date.to_string(fields.Date.add(today, days=1)),
                        "cohort": [],
                    },
                }
            ],
        )

    def test_recall_begins_with_the_goods_and_stops_nothing(self):
        warning = self._as("service", self._warned(self.pump))
        self.assertTrue(warning.is_recall_offered)
        self.assertFalse(warning.is_claim_offered)
        recalls = self.env["reverse.recall"].search_count([])
        action = self._call(warning, "action_recall")
        self.assertEqual(self.env["reverse.recall"].search_count([]), recalls)
        form = Form(
            self._as("service", self.env[action["res_model"]]).with_context(
                **action["context"]
            )
        )
        recall = form.save()
        self.assertEqual(recall.product_ids, self.pump)
        self.assertEqual((recall.title, recall.state), ("Pump", "draft"))
        days = (recall.delivered_to - recall.delivered_from).days
        self.assertEqual(days, 7 * 26)

    def test_recall_of_a_lot_names_the_lot(self):
        lot = self.env["stock.lot"].create(
            {"name": "P1", "product_id": self.pump.id, "company_id": self.company.id}
        )
        action = self._call(self._as("service", self._warned(lot)), "action_recall")
        self.assertEqual(action["context"]["default_lot_ids"], lot.ids)
        self.assertEqual(action["context"]["default_product_ids"], self.pump.ids)

    def test_claim_of_what_was_inspected(self):
        self.pump.seller_ids = [
            fields.Command.create({"partner_id": self.supplier.id, "price": 40.0})
        ]
        warning = self._as("claims_user", self._warned(self.supplier))
        self.assertTrue(warning.is_claim_offered)
        with self.assertRaisesRegex(UserError, "Nothing that came back of Cobalt"):
            self._call(warning, "action_claim")
        lots = self.env["stock.lot"].create(
            [
                {
                    "name": name,
                    "product_id": self.pump.id,
                    "company_id": self.company.id,
                }
                for name in ("P1", "P2")
            ]
        )
        self._purchase(self.pump, 2, lots)
        (part,) = self._broken(self._sell_serials(self.pump, lots))
        action = self._call(warning, "action_claim")
        chosen = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(chosen, part)
        action = self._call(self._as("claims_user", chosen), "action_claim_supplier")
        claim = part.supplier_claim_line_ids.claim_id
        self.assertEqual((claim.partner_id, claim.state), (self.supplier, "draft"))
        self.assertEqual(claim.opened_by_id, self.users["claims_user"])
        self.assertEqual(action["res_id"], claim.id)
        with self.assertRaisesRegex(UserError, "Nothing that came back of Cobalt"):
            self._call(warning, "action_claim")
        self._call(self._as("approver", warning), "action_right")
        warning.invalidate_recordset()
        self.assertTrue(warning.is_claim_offered)
