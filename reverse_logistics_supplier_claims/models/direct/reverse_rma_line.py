from dateutil.relativedelta import relativedelta

from odoo import models

from ...engine import agreements
from ..claimed import Claimed


class ReverseRmaLine(models.Model):
    """What is agreed with the supplier of goods that are asked back."""

    _inherit = "reverse.rma.line"

    def _find_direct_agreements(self):
        """Find the agreements by which goods may go straight to their supplier.

        Their purchase has to be known, and the supplier has to pay for these goods yet:
        its warranty and the days to claim last, and no standing allowance covers them.

        :return: ``{line: reverse.supplier.agreement}``, empty ones where they may not
        """
        none = self.env["reverse.supplier.agreement"]
        # sudo: agreements and purchases count whoever asks for the return
        lines = self.sudo()
        direct = [
            ("direct_facility_id", "!=", False),
            ("company_id", "in", lines.company_id.ids),
        ]
        if not none.sudo().search_count(direct, limit=1):
            return dict.fromkeys(self, none)
        goods = {line: line._get_claimed() for line in lines if line.product_id}
        sources = self.env["reverse.supplier.claim.line"]._find_sources(
            list(goods.values())
        )
        moves = dict(zip(goods, sources, strict=True))
        asked = {
            line: line._get_agreed_goods(
                found.purchase_line_id.partner_id.commercial_partner_id
            )
            for line, (found, sure) in moves.items()
            if sure
        }
        terms = none._find_at_request(list(asked.values()))
        allowed = {
            line.id: agreement
            for line, agreement in zip(asked, terms, strict=True)
            if line._is_claimable_yet(agreement, moves[line][0][:1])
        }
        return {line: allowed.get(line.id, none) for line in self}

    def _get_claimed(self):
        """Say what would be claimed of the supplier."""
        self.ensure_one()
        sent = self.move_id.reverse_done_at
        return Claimed(
            company=self.company_id,
            product=self.product_id,
            quantity=self._in_product_uom(self.quantity),
            sold_on=sent and self.company_id._to_reverse_day(sent),
            lot=self.lot_id,
            delivery=self.move_id,
            owner=self.move_id._get_reverse_sold_owner(self.lot_id),
        )

    def _get_agreed_goods(self, partner):
        """Give the facts by which an agreement is found, as long as nobody has looked.

        :param partner: who sold them
        """
        self.ensure_one()
        path = (self.product_id.categ_id.parent_path or "").split("/")[:-1]
        return agreements.Goods(
            partner=partner.id if len(partner) == 1 else None,
            kind="supplier",
            company=self.company_id.id,
            day=self.company_id._get_reverse_today(),
            product=self.product_id.id,
            categories=tuple(map(int, reversed(path))),
            reasons=tuple(reversed(self.reason_id._get_path())),
        )

    def _is_claimable_yet(self, agreement, receipt):
        """Whether the supplier still pays for goods of a receipt, one by one."""
        self.ensure_one()
        if agreement.is_allowance:
            return False
        today = self.company_id._get_reverse_today()
        came = receipt.reverse_done_at
        came = came and self.company_id._to_reverse_day(came)
        until = self.lot_id.reverse_supplier_warranty
        if not until and agreement.warranty_months and came:
            until = came + relativedelta(months=agreement.warranty_months)
        start = agreement._get_start(came, today, self._get_claimed().sold_on)
        last = agreement._get_deadline(start, False)
        return all(not day or today <= day for day in (until, last))
