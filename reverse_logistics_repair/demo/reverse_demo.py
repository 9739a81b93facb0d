from odoo import api, models


class ReverseDemo(models.AbstractModel):
    """A customer's pump in the workshop."""

    _inherit = "reverse.demo"

    @api.model
    def _load_repairs(self):
        order = self._sell("cedar", {"pump": 1}, 26)
        line = self._line(order, "pump", 1, "defective", note="Runs, but hums loudly")
        rma = self._ask("cedar", [line], 10, settlement_type="repair")
        self._receive(rma, 6)
        self._inspect(rma, 5, "d", liability="customer", note="Bearing worn")
