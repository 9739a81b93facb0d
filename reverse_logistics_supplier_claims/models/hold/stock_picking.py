from odoo import models


class StockPicking(models.Model):
    """What was announced before a supplier was put on hold stays here, too."""

    _inherit = "stock.picking"

    def _action_done(self):
        self.move_ids._check_reverse_hold()
        return super()._action_done()
