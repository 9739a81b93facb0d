"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_disposal"


@tagged("post_install", "-at_install", "reverse_demo")
class TestDisposalDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_two_coats_leave_unsold(self):
        coat = self.env.ref(f"{OWN}.demo_product_coat", raise_if_not_found=False)
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(coat), bool(module.demo))
        found = self.env["reverse.inspection"]
        if coat:
            found = found.search([("product_id", "=", coat.id)], order="id")
        self.assertEqual(
            found.mapped("disposition_id.code"), ["RECYCLE", "DONATE"] if coat else []
        )
        lines = found.disposal_line_ids
        self.assertEqual(
            lines.mapped(lambda line: (line.state, line.weight, line.restricted)),
            [("certified", 1.4, False)] if coat else [],
        )
        self.assertEqual(
            sum(found.mapped("donation_value")), 72 if coat else 0, "handed over"
        )
