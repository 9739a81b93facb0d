"""Everything that rules can ask of lines is looked up for all of them together."""

from odoo import Command
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestDecisionBatch(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serial_product.reverse_warranty_months = 24
        cls.env["reverse.freight.rate"].create(
            {"facility_id": cls.facility.id, "base_amount": 5.0}
        )
        cls._set_policy(
            proof_photo=True,
            proof_serial=True,
            proof_purchase=True,
            proof_hazard=True,
            returnless="recovery",
            warranty_from="invoice",
        )
        cls.versions = cls.env["reverse.policy.version"]._get_for(cls.company)

    def _lines(self, count):
        """Drafts of serial numbers, each sold and delivered by itself."""
        names = [f"{count}-{number}" for number in range(count)]
        rmas = self.env["reverse.rma"]
        for lot in self._create_lots(self.serial_product, *names):
            order = self._order(self.serial_product, 1)
            delivery = self._deliver(order, lots={lot: 1})
            self._invoice(order)
            rmas |= self.env["reverse.rma"].create(
                {
                    "partner_id": self.customer.id,
                    "line_ids": [
                        Command.create({"move_id": delivery.id, "lot_id": lot.id})
                    ],
                }
            )
        return rmas.line_ids

    def _count_queries(self, lines):
        self.env.flush_all()
        self.env.invalidate_all()
        lines = lines.browse(lines.ids)
        before = self.env.cr.sql_log_count
        verdicts = lines._evaluate(self.versions)
        self.assertEqual(len(verdicts), len(lines))
        self.assertEqual(
            {verdict["decision"] for verdict in verdicts.values()}, {"refuse"}
        )
        return self.env.cr.sql_log_count - before

    def test_more_lines_take_no_more_queries(self):
        few, many = self._lines(2), self._lines(8)
        self._count_queries(few)  # what is looked up once
        self.assertEqual(self._count_queries(few), self._count_queries(many))
