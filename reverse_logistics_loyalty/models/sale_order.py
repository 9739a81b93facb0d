from odoo import api, models

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

    def _action_confirm(self):
        res = super()._action_confirm()
        self.coupon_point_ids._agree_reverse()
        return res

    def _add_points_for_coupon(self, coupon_points):
        known, given = self.coupon_point_ids, dict(coupon_points)
        if self.state == "sale":
            known._add_reverse_points(given)
        return super()._add_points_for_coupon(coupon_points)

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

    def _action_cancel(self):
        confirmed = self.filtered(lambda order: order.state == "sale")
        settled = {order: order._find_reverse_settled() for order in confirmed}
        res = super()._action_cancel()
        for order, lines in settled.items():
            if order.state == "cancel":
                lines._forget_cards(order)
        return res

    def _find_reverse_payments(self):
        lines = super()._find_reverse_payments()
        return lines | self.order_line._get_reverse_cards()

    def _get_reverse_paid_ahead(self):
        # What an invoice says that a card paid goes back with a credit of it.
        cards = self.order_line._get_reverse_cards().filtered(
            lambda line: "posted" not in line.invoice_lines.mapped("parent_state")
        )
        return super()._get_reverse_paid_ahead() - sum(cards.mapped("price_total"))

    def _find_reverse_settled(self):
        """Give what returns credit of the invoices of these orders, or are about to."""
        # sudo: what cards got back does not depend on who changes the order
        settled = self.env["reverse.settlement.line"].sudo()
        billed = self.sudo().order_line.invoice_lines  # sudo: as above
        return settled.search([("origin_line_id", "in", billed.ids)])

    def _get_reverse_credits(self):
        """Give what credits of returns hold for these orders."""
        return self._find_reverse_settled().filtered(
            lambda line: (
                line.settlement_id.state == "released"
                and not line.credit_gone
                and not line.is_forgotten
            )
        )

    def _get_reverse_earned(self):
        """Give what this order earned by program, in cards or in points on them.

        By the terms of when it was confirmed. What promotions of the order itself earn
        is used up by it.

        :return: ``{program: (terms, sale.order.coupon.points)}``
        """
        earned = {}
        for entry in self.coupon_point_ids:
            terms = entry._get_reverse_terms()
            if terms["applies_on"] != "current":
                program = self.env["loyalty.program"].browse(terms["program"])
                known = earned.get(program, (terms, entry))[1]
                earned[program] = terms, known | entry
        return earned

    def _get_reverse_earning(self, terms):
        """Give the lines that earned points: all but what cards paid, and freight.

        Gift cards and eWallets are earned by the goods that stand for them.

        :param dict terms: see ``_get_reverse_earned``
        """
        lines = self.order_line - self._get_no_effect_on_threshold_lines()
        if terms["kind"] in PAYING:
            return lines.filtered(lambda line: line.product_id.id in terms["products"])
        return lines - lines._get_reverse_cards()

    @api.model
    def _get_reverse_points(self, terms, entries, part):
        """Give the points that go with a part of the money that earned them.

        A coupon for the next order goes with all of the money only.

        :param dict terms: see ``_get_reverse_earned``
        :param float part: 0 to 1
        """
        if terms["kind"] not in {*PAYING, "loyalty"}:
            part = int(part)
        points = sum(entry._get_reverse_terms()["points"] for entry in entries)
        return round(points * part, 2)

    def _get_reverse_credited(self, program, but):
        """Give the part of the money that earned points which other credits gave back.

        :return: 0 to 1
        """
        others = self._get_reverse_credits() - but
        parts = [line._get_earned().get((self, program), 0.0) for line in others]
        return min(round(sum(parts), 6), 1.0)
