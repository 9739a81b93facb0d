"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_choice"


@tagged("post_install", "-at_install", "reverse_demo")
class TestChoiceDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_headphones_wait_with_their_arithmetic(self):
        product = self.env.ref(
            f"{OWN}.demo_product_headphones", raise_if_not_found=False
        )
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(product), bool(module.demo))
        part = self.env["reverse.inspection"]
        if product:
            part = part.search([("product_id", "=", product.id)])
        # 3 × (62.00 − 8.50 − 6.50) and 3 × (3.10 − 1.20)
        self.assertEqual(
            [
                o["net"]
                for data in part._get_choices().values()
                for o in data["options"]
            ],
            [141.0, 5.7] if product else [],
        )
