from odoo import models

from ..claimed import get_goods


class ReverseRmaLine(models.Model):
    """Until when the carrier of these goods has to be told of what happened to them."""

    _inherit = "reverse.rma.line"

    def _get_carrier_notices(self, arriving=None):
        """Say until when whom to tell of damage.

        :param arriving: day from which it counts for what is just being received
        :return: ``{line: sentence}``, of those that anything is known of
        """
        goods = [line._get_carried_goods() for line in self]
        found = self.env["reverse.supplier.agreement"]._find_for(goods)
        notices = {}
        for line, agreement in zip(self, found, strict=True):
            start = agreement and line.rma_id._get_carrier_start(agreement, arriving)
            if start:
                notices[line] = agreement._explain_dues(start)
        return notices

    def _get_carried_goods(self):
        """Say of the goods what an agreement with their carrier is found by."""
        self.ensure_one()
        return get_goods(
            self.company_id,
            self.product_id,
            partner=self.rma_id.carrier_partner_id.commercial_partner_id.id or None,
            kind="carrier",
            day=self.company_id._get_reverse_today(),
            reasons=tuple(reversed(self.reason_id._get_path())),
            liability="carrier",
            unseen=True,
        )
