"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_resale"


@tagged("post_install", "-at_install", "reverse_demo")
class TestResaleDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_a_motor_and_a_lot(self):
        row = self.env.ref(f"{OWN}.demo_regrade_motor", raise_if_not_found=False)
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(row), bool(module.demo))
        company = row.company_id if row else self.env["res.company"]
        parts = self.env["reverse.inspection"].search(
            [
                ("regrade_product_id", "=", row.target_id.id if row else False),
                ("regrade_product_id", "!=", False),
            ]
        )
        lots = self.env["reverse.liquidation"].search([("company_id", "=", company.id)])
        told = (
            sum(parts.mapped("regrade_value")),
            lots.mapped("state"),
            sum(lots.mapped("cost")),
        )
        # 6 check valves at 20.50 and 4 gate valves at 41.00
        self.assertEqual(told, (99.0, ["confirmed"], 287.0) if row else (0, [], 0))
