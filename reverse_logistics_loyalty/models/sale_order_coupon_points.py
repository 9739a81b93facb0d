from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import (
    unless_uninstalling,
)


class SaleOrderCouponPoints(models.Model):
    """Keep by which terms an order earned points, which go with the money."""

    _inherit = "sale.order.coupon.points"

    # The program, its kind, whether orders use up what they earn themselves, the
    # products that stand for a card, and the points that it got; empty for orders of
    # before it was kept. Odoo computes its own points anew and leaves the card.
    reverse_agreed = fields.Json(copy=False, groups=fields.NO_ACCESS)

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._check_reverse_earned()
        entries.filtered(lambda own: own.order_id.state == "sale")._agree_reverse()
        return entries

    def write(self, vals):
        self._check_reverse_earned()
        res = super().write(vals)
        self._check_reverse_earned()
        return res

    @unless_uninstalling
    def _unlink_except_earned(self):
        self._check_reverse_earned()

    def _check_reverse_earned(self):
        """Refuse other points of orders that are confirmed: returns take them back.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su:
            return
        for entry in self.filtered(lambda own: own.order_id.state == "sale"):
            raise UserError(
                self.env._(
                    "%(order)s is confirmed: what it earned stays, because returns "
                    "take it back. Cancel the order, or change the balance of the card "
                    "with a reason.",
                    order=entry.order_id.name,
                )
            )

    def _agree_reverse(self):
        """Keep the terms by which these were earned, as they are now."""
        # sudo: terms of programs, for whoever confirms the order
        for entry in self.sudo():
            entry.reverse_agreed = entry._describe_reverse_terms()

    def _describe_reverse_terms(self):
        program = self.coupon_id.program_id
        return {
            "program": program.id,
            "kind": program.program_type,
            "applies_on": program.applies_on,
            "products": program.trigger_product_ids.ids,
            "points": self.points,
        }

    def _add_reverse_points(self, given):
        """Keep that cards got more points by these orders, which are confirmed.

        :param dict given: points by card
        """
        # sudo: as in _agree_reverse
        for entry in self.sudo():
            terms = entry._get_reverse_terms()
            points = terms["points"] + given.get(entry.coupon_id, 0.0)
            entry.reverse_agreed = {**terms, "points": points}

    def _get_reverse_terms(self):
        """Give by which terms this was earned, see ``reverse_agreed``."""
        self.ensure_one()
        # sudo: what was agreed counts whoever asks
        entry = self.sudo()
        return entry.reverse_agreed or entry._describe_reverse_terms()
