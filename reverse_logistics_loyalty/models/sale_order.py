from odoo import models

#: Kinds of programs whose cards pay like money.
PAYING = ("gift_card", "ewallet")


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

    def _get_reverse_programs(self):
        """Give the programs whose cards this order earned points for, or issued.

        What promotions of the order itself earn is used up by it.
        """
        programs = self.coupon_point_ids.coupon_id.program_id
        return programs.filtered(lambda program: program.applies_on != "current")

    def _get_reverse_earning(self, program):
        """Give the lines that earned points: all but what cards paid, and freight.

        Gift cards and eWallets are earned by the goods that stand for them.
        """
        lines = self.order_line - self._get_no_effect_on_threshold_lines()
        if program.program_type in PAYING:
            named = program.trigger_product_ids
            return lines.filtered(lambda line: line.product_id in named)
        return lines - lines._get_reverse_cards()

    def _get_reverse_points(self, program, part):
        """Give the points that go with a part of the money that earned them.

        A coupon for the next order goes with all of the money only.

        :param float part: 0 to 1
        """
        entries = self.coupon_point_ids.filtered(
            lambda entry: entry.coupon_id.program_id == program
        )
        if program.program_type not in {*PAYING, "loyalty"}:
            part = int(part)
        return round(sum(entries.mapped("points")) * part, 2)

    def _get_reverse_credited(self, program, but):
        """Give the part of the money that earned points which other credits gave back.

        :return: 0 to 1
        """
        others = self._get_reverse_credits() - but
        parts = [line._get_earned().get((self, program), 0.0) for line in others]
        return min(round(sum(parts), 6), 1.0)
