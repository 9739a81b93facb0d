"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_repair"


@tagged("post_install", "-at_install", "reverse_demo")
class TestRepairDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_a_pump_is_in_the_workshop(self):
        module = self.env.ref(f"base.module_{OWN}")
        core = "reverse_logistics.demo_customer_cedar"
        customer = self.env.ref(core, raise_if_not_found=False)
        rma = self.env["reverse.rma"]
        if customer:
            rma = rma.search(
                [
                    ("partner_id", "=", customer.id),
                    ("settlement_type", "=", "repair"),
                ]
            )
        self.assertEqual(bool(rma), bool(module.demo))
        self.assertEqual(
            rma.mapped(lambda one: (one.state, one.inspection_ids.disposition_id.code)),
            [("authorized", "REPAIR")] if rma else [],
        )
        self.assertEqual(rma.repair_ids.state, "draft" if rma else False)
        self.assertEqual(rma.repair_ids.partner_id, rma.partner_id)
