from odoo import models


class ReverseDemo(models.AbstractModel):
    """What the distributor's warehouse or office got wrong, at every stage."""

    _inherit = "reverse.demo"

    def _get_stories(self):
        return [
            *super()._get_stories(),
            (52, self._price_corrected),
            (48, self._pallet_lost),
            (36, self._too_many_on_the_way_back),
            (14, self._other_valve_came),
            (7, self._wrong_valve_to_decide),
            (6, self._too_few_sent_again),
            (2, self._price_to_decide),
        ]

    def _price_corrected(self, day):
        """38.50 was invoiced, 35.00 had been agreed: value is credited, no goods."""
        order = self._sell("ironwood", {"ball_valve": 30}, day + 9)
        line = self._line(order, "ball_valve", 30, "price_error", claimed_price=35.0)
        rma = self._ask("ironwood", [line], day, client_ref="Contract 2026-07")
        self._authorize(rma, day - 1)
        self._settle(rma, day - 3)

    def _pallet_lost(self, day):
        """The carrier lost it, and has a claim number: credited."""
        order = self._sell("pines", {"check_valve": 6}, day + 8, warehouse="duluth")
        claim = {"carrier_claim_ref": "NDL-2026-00417", "remedy": "credit"}
        line = self._line(order, "check_valve", 6, "not_delivered", **claim)
        rma = self._ask("pines", [line], day)
        self._authorize(rma, day - 1)
        self._settle(rma, day - 2)

    def _too_many_on_the_way_back(self, day):
        """60 elbows in a box of 50: ten are fetched back, the carrier is slow."""
        order = self._sell("cedar", {"elbow": 50}, day + 3, warehouse="rochester")
        line = self._line(order, "elbow", 10, "over_shipped")
        rma = self._ask("cedar", [line], day)
        self._authorize(rma, day - 1)
        self._ship(rma, day - 4, "1Z 555 7741 08")

    def _too_few_sent_again(self, day):
        """Two gauges were missing: they are sent again, the delivery is open."""
        order = self._sell("lakeland", {"gauge": 12}, day + 4)
        line = self._line(order, "gauge", 2, "short_shipped", remedy="reship")
        rma = self._ask("lakeland", [line], day)
        self._authorize(rma, day - 1)
        self._settle(rma, day - 2)

    def _other_valve_came(self, day):
        """Gate valves came for check valves: they are back, the credit is open."""
        order = self._sell("ironwood", {"check_valve": 4}, day + 3)
        came = self._product("gate_valve").id
        claim = {"claimed_product_id": came, "remedy": "credit"}
        line = self._line(order, "check_valve", 4, "wrong_item", **claim)
        rma = self._ask("ironwood", [line], day)
        self._authorize(rma, day - 1)
        self._receive(rma, day - 12, {"gate_valve": 4})

    def _wrong_valve_to_decide(self, day):
        order = self._sell("northfield", {"ball_valve": 8}, day + 2)
        came = self._product("check_valve").id
        claim = {"claimed_product_id": came, "remedy": "reship"}
        line = self._line(order, "ball_valve", 8, "wrong_item", **claim)
        self._ask("northfield", [line], day)

    def _price_to_decide(self, day):
        order = self._sell("harbor", {"gate_valve": 10}, day + 5)
        line = self._line(order, "gate_valve", 10, "price_error", claimed_price=88.0)
        self._ask("harbor", [line], day, client_ref="HM-2304")
