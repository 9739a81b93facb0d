from odoo import models


class SaleOrder(models.Model):
    """Keep what promotions fell on, and what cards have got back already."""

    _inherit = "sale.order"

    def _write_vals_from_reward_vals(self, reward_vals, old_lines, delete=True):
        # Odoo writes every amount of a promotion here, just after computing it.
        untouched = super()._write_vals_from_reward_vals(reward_vals, old_lines, delete)
        rewards = {values["reward_id"] for values in reward_vals}
        self.order_line.filtered(
            lambda line: line.reward_id.id in rewards
        )._keep_reverse_discounted()
        return untouched

    def _get_point_changes(self):
        changes = super()._get_point_changes()
        # When an order is cancelled, cards only get back what returns did not give.
        # sudo: whoever cancels the order need not read returns
        cancelled = self.sudo().filtered(lambda order: order.state == "cancel")
        credited = cancelled.order_line.reverse_line_ids.settlement_line_ids.filtered(
            lambda line: line.settlement_id.state == "released" and not line.credit_gone
        )
        for card, points in credited._get_card_points().items():
            changes[card] += points
        return changes
