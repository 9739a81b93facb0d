from odoo import api, models

_OWN = "reverse_logistics_choice"


class ReverseDemo(models.AbstractModel):
    """Opened headphones: with new cushions they bring most in stock again."""

    _inherit = "reverse.demo"

    def _product(self, name):
        own = self.env.ref(f"{_OWN}.demo_product_{name}", raise_if_not_found=False)
        return own or super()._product(name)

    @api.model
    def _load_choice(self):
        self._company.reverse_labour_rate = 34.0
        with self._at(40):
            self.env["stock.quant"]._update_available_quantity(
                self._product("headphones"), self._warehouse().lot_stock_id, 20
            )
        order = self._sell("keller", {"headphones": 6}, 14)
        rma = self._ask("keller", [self._line(order, "headphones", 3, "unwanted")], 7)
        self._receive(rma, 3)
        with self._at(1, 13):
            parts = self._as("inspector", rma.inspection_ids)
            parts.condition_id = self._ref("condition_b")
