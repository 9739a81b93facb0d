"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_mrp"


@tagged("post_install", "-at_install", "reverse_demo")
class TestKitsDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_a_set_came_back_whole_and_a_part_is_asked_for(self):
        kit = self.env.ref(f"{OWN}.demo_product_set", raise_if_not_found=False)
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(kit), bool(module.demo))
        lines = self.env["reverse.rma.line"]
        if kit:
            sold = [("sale_line_id.product_id", "=", kit.id)]
            lines = lines.search(sold, order="id")
        told = lines.mapped(
            lambda line: (line.product_id.default_code, line.quantity, line.state)
        )
        self.assertEqual(
            told,
            [
                ("CV-32", 1, "done"),
                ("PG-10", 1, "done"),
                ("EF-25", 4, "done"),
                ("PG-10", 1, "authorized"),
            ]
            if kit
            else [],
        )
