from odoo import models

from ..claimed import get_goods


class ReverseRmaLine(models.Model):
    """Until when the carrier of these goods has to be told of what happened to them."""

    _inherit = "reverse.rma.line"

    def _get_carrier_notices(self, arriving=None):
        """Say until when whom to tell of damage.

        Where nobody knows which carrier it was, each that it may have been is named.

        :param arriving: day from which it counts for what is just being received
        :return: ``{line: sentences}``, none of those that nothing is known of
        """
        goods = [line._get_carried_goods() for line in self]
        found = self.env["reverse.supplier.agreement"]._find_each_for(goods)
        notices = {}
        for line, agreements in zip(self, found, strict=True):
            sentences = [
                agreement._explain_dues(start)
                for agreement in agreements
                if (start := line.rma_id._get_carrier_start(agreement, arriving))
            ]
            notices[line] = [sentence for sentence in sentences if sentence]
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
