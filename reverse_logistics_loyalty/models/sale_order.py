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
        credited = cancelled._get_reverse_credits()
        for card, points in credited._get_card_points().items():
            changes[card] += points
        for line in credited.filtered("points_taken"):
            for card_id, points in line.points_taken.items():
                # sudo: as above
                card = self.env["loyalty.card"].sudo().browse(int(card_id)).exists()
                if card:
                    changes[card] -= points
        return changes

    def _get_reverse_credits(self):
        """Give what credits of returns hold for these orders."""
        return self.order_line.reverse_line_ids.settlement_line_ids.filtered(
            lambda line: line.settlement_id.state == "released" and not line.credit_gone
        )

    def _get_reverse_earned(self):
        """Give the points of loyalty programs that this order earned."""
        return self.coupon_point_ids.filtered(
            lambda entry: entry.coupon_id.program_id.program_type == "loyalty"
        )

    def _get_reverse_earning(self):
        """Give the money that earned points: all but what cards paid, and freight."""
        lines = self.order_line - self._get_no_effect_on_threshold_lines()
        return sum((lines - lines._get_reverse_cards()).mapped("price_total"))

    def _get_reverse_credited(self, but):
        """Give the part of this order's money that other credits gave back, 0 to 1."""
        others = self._get_reverse_credits() - but
        return min(sum(line._get_earned().get(self, 0.0) for line in others), 1.0)
