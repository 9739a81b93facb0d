from unittest.mock import patch

from odoo import Command

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class RecallCommon(ReturnsCommon):
    """Lot L7 of a paint burns: two customers have some, and some is in stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot, cls.other_lot = cls._create_lots(cls.lot_product, "L7", "L8")
        (cls.customer | cls.stranger).email = "somebody@example.com"
        cls.first = cls._sell_lots(cls.customer, {cls.lot: 5, cls.other_lot: 2})
        cls.second = cls._sell_lots(cls.stranger, {cls.lot: 3})
        cls._sell_lots(cls.stranger, {cls.other_lot: 4})
        cls.recall = (
            cls.env["reverse.recall"]
            .with_user(cls.users["service"])
            .create(
                {
                    "title": "Paint can burn",
                    "product_ids": [Command.set(cls.lot_product.ids)],
                    "lot_ids": [Command.set(cls.lot.ids)],
                    "hazard": "The paint catches fire by itself.",
                    "instruction": "Put it outdoors and close the lid.",
                    "without_picture": True,
                }
            )
        )

    @classmethod
    def _sell_lots(cls, partner, lots):
        order = cls._new_order(
            (cls.lot_product, sum(lots.values()), {"price_unit": 100.0}),
            partner_id=partner.id,
        )
        cls._deliver(order, lots=lots)
        cls._invoice(order)
        return order

    def _start(self):
        self._call(self._as("approver", self.recall), "action_start")

    def _run_cron(self):
        """Run the background work as the scheduler does, in this transaction."""
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=60
        ):
            self.env["reverse.recall"].with_user(1)._cron_work()

    def _started(self):
        self._start()
        self._run_cron()
        return self.recall.line_ids.sorted("id")
