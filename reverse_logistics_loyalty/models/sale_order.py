from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _write_vals_from_reward_vals(self, reward_vals, old_lines, delete=True):
        # Every amount of a promotion is written here, when it has just been computed.
        untouched = super()._write_vals_from_reward_vals(reward_vals, old_lines, delete)
        rewards = {values["reward_id"] for values in reward_vals}
        self.order_line.filtered(
            lambda line: line.reward_id.id in rewards
        )._keep_reverse_discounted()
        return untouched
