"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_recall"


@tagged("post_install", "-at_install", "reverse_demo")
class TestRecallDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_lot_l7_is_recalled(self):
        lot = self.env.ref(f"{OWN}.demo_lot_l7", raise_if_not_found=False)
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(lot), bool(module.demo))
        recall = lot.reverse_recall_id if lot else self.env["reverse.recall"]
        told = (
            recall.quantity,
            recall.told,
            recall.answered,
            recall.returned,
            recall.destroyed,
            recall.outstanding,
            recall.in_stock,
            recall.untold_count,
        )
        self.assertEqual(told, (30, 26, 20, 12, 8, 10, 30, 1) if lot else (0,) * 8)
