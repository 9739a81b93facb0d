from odoo import api, models


class ReverseDemo(models.AbstractModel):
    """Sets that come back whole, or one part of them."""

    _inherit = "reverse.demo"

    def _product(self, name):
        if name == "set":
            return self.env.ref("reverse_logistics_mrp.demo_product_set")
        return super()._product(name)

    @api.model
    def _load_kits(self):
        order = self._sell("keller", {"set": 3}, 22)
        rma = self._ask("keller", [self._line(order, "set", 1, "unwanted")], 14)
        self._receive(rma, 9)
        self._inspect(rma, 8)
        gauge = self._product("gauge")
        delivered = order.picking_ids.move_ids.filtered(
            lambda m: m.product_id == gauge and not m.origin_returned_move_id
        )
        line = self._loose("gauge", 1, "defective", move_id=delivered.id)
        self._ask("keller", [line], 3)
