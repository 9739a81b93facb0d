from odoo import api, models

from ..hooks import post_init_hook

_OWN = "reverse_logistics_resale"


class ReverseDemo(models.AbstractModel):
    """Opened motors are sold as second choice; scratched valves go in a lot."""

    _inherit = "reverse.demo"

    @api.model
    def _load_resale(self):
        # Demo data is loaded before the hook that makes the place of regrading.
        post_init_hook(self.env)
        order = self._sell("keller", {"motor": 2}, 29)
        rma = self._ask("keller", [self._line(order, "motor", 1, "unwanted")], 20)
        self._receive(rma, 18)
        self._inspect(
            rma, 17, "b", disposition_id=self.env.ref(f"{_OWN}.disposition_regrade").id
        )
        order = self._sell("harbor", {"check_valve": 12, "gate_valve": 8}, 27)
        lines = [
            self._line(order, "check_valve", 6, "unwanted"),
            self._line(order, "gate_valve", 4, "unwanted"),
        ]
        rma = self._ask("harbor", lines, 19)
        self._receive(rma, 16)
        self._inspect(
            rma,
            15,
            "d",
            disposition_id=self.env.ref(f"{_OWN}.disposition_liquidate").id,
        )
        lots = self._as("service", self.env["reverse.liquidation"])
        with self._at(8, 10):
            lot = lots.create(
                {
                    "partner_id": self._ref("demo_customer_lakeland").id,
                    "company_id": self._company.id,
                    "facility_id": rma.facility_id.id,
                    "price": 120.0,
                }
            )
            lot.action_take_waiting()
            lot.action_confirm()
