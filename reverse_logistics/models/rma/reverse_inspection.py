from odoo import models


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _get_put_away(self):
        """What of this part is where its disposition says."""
        self.ensure_one()
        sent = self.move_ids.filtered(lambda m: m.location_dest_id._is_outgoing())
        if sent:
            return self.line_id._sum_moves(sent)
        to_customer = self.disposition_id.location_state == "customer"
        if not self.disposed or (to_customer and not self.disposition_id.keeps_goods):
            return 0.0
        return self.quantity
