"""How long goods have to be usable to come back."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestRemainingLife(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.milk = cls._create_product(
            "Milk", tracking="lot", use_expiration_date=True, categ_id=cls.perpetual.id
        )
        cls.milk.reverse_min_life_days = 10

    def _deliver_lot(self, name):
        """Sell a lot that is fresh; give it and its order line."""
        lot = self._create_lots(self.milk, name)
        later = fields.Datetime.now() + timedelta(days=400)
        lot.write({"expiration_date": later, "removal_date": later})
        order = self._order(self.milk, 1)
        self._deliver(order, lots={lot: 1})
        return lot, order.order_line

    def _asked(self, days):
        """Ask for a lot back that can be used for so many more days."""
        lot, line = self._deliver_lot(f"LOT-{days}")
        lot.expiration_date = fields.Datetime.now() + timedelta(days=days)
        return self._requested(line, lot_id=lot.id).line_ids

    def test_long_enough(self):
        self.assertEqual(self._asked(10).decision, "authorize")

    def test_not_long_enough(self):
        line = self._asked(9)
        self.assertEqual((line.decision, line.decision_code), ("exception", "life"))
        self.assertEqual(
            line.explanation,
            "It has to be usable for another 10 days to be returned.",
        )
        self.assertEqual(self._asked(-1).decision_code, "life")

    def test_days_are_those_of_the_request(self):
        """Whoever has to wait for a decision is not refused because of that."""
        line = self._asked(10)
        before = fields.Datetime.now() - timedelta(days=4)
        line.rma_id._guarded_write({"requested_at": before})
        self.assertEqual(line._get_life_days(), {line: 14})

    def test_goods_without_a_date_or_a_minimum_come_back(self):
        lot, line = self._deliver_lot("UNDATED")
        lot.expiration_date = False
        asked = self._requested(line, lot_id=lot.id).line_ids
        self.assertEqual(asked.decision, "authorize")
        self.milk.reverse_min_life_days = 0
        self.assertEqual(self._asked(1).decision, "authorize")

    def _inspecting(self, days):
        """Receive a fresh lot that has so many days left when it is inspected."""
        lot, line = self._deliver_lot(f"AGED-{days}")
        part = self._received(line, lot_id=lot.id).inspection_ids
        # it waited so long, which no date of the lot says
        lot.sudo().expiration_date = fields.Datetime.now() + timedelta(days=days)
        return part

    def test_what_aged_while_it_waited_is_not_restocked(self):
        part = self._inspecting(9)
        self.assertTrue(part.is_short_lived)
        self._as("inspector", part).condition_id = self.conditions["A"]
        self.assertEqual(part.recommended_disposition_id.code, "QUARANTINE")
        with self.assertRaisesRegex(UserError, "for another 9 days and needs 10"):
            self._inspect(part, "A", "RESTOCK")
        self.assertEqual(part.state, "draft")
        enough = self._inspecting(10)
        self.assertFalse(enough.is_short_lived)
        self._inspect(enough)
        self.assertEqual(
            (enough.disposition_id.code, enough.state), ("RESTOCK", "done")
        )

    def test_days_are_the_companys(self):
        """Late in the evening in New York, the lot still has the day after."""
        self.company.reverse_tz = "America/New_York"
        lot, line = self._deliver_lot("EDGE")
        # 20:00 on the 14th there
        lot.expiration_date = datetime(2027, 3, 15, 0, 0)
        rma = self._draft(line, lot_id=lot.id)
        # 23:00 on the 4th there
        with freeze_time(datetime(2027, 3, 5, 4, 0)):
            self.assertEqual(rma.line_ids._get_life_days(), {rma.line_ids: 10})
