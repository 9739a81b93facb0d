from odoo import models


class ReverseSettlement(models.Model):
    """Deposits are refunded once, whoever credits them."""

    _inherit = "reverse.settlement"

    def _release(self, *args, **kwargs):
        # sudo: the balance does not depend on who releases
        deposits = self.line_ids.sudo().deposit_id
        deposits._check_left(self.sudo())  # sudo: as above
        res = super()._release(*args, **kwargs)
        deposits._update_amounts()
        return res

    def _unsettle(self, *args, **kwargs):
        res = super()._unsettle(*args, **kwargs)
        self.line_ids.sudo().deposit_id._update_amounts()  # sudo: as above
        return res
