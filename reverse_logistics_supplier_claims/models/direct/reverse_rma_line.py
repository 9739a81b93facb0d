from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..claimed import Claimed, get_goods


class ReverseRmaLine(models.Model):
    """What is agreed with the supplier of goods that are asked back."""

    _inherit = "reverse.rma.line"

    supplier_notice = fields.Char(
        "What the Supplier Takes",
        compute="_compute_supplier_notice",
        compute_sudo=True,
        groups="base.group_user",
        help="As agreed with whoever sold these goods, before anybody has looked at "
        "them: whose fault it is, an inspection says.",
    )

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
            # Ways to suppliers are of one company, unlike what holds for its branches.
            if agreement.direct_facility_id.company_id == line.company_id
            and line._is_claimable_yet(agreement, moves[line][0][:1])
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
        return get_goods(
            self.company_id,
            self.product_id,
            partner=partner.id if len(partner) == 1 else None,
            kind="supplier",
            day=self.company_id._get_reverse_today(),
            reasons=tuple(reversed(self.reason_id._get_path())),
        )

    def _is_claimable_yet(self, agreement, receipt):
        """Whether the supplier still pays for goods of a receipt, one by one."""
        self.ensure_one()
        if agreement.is_allowance:
            return False
        today = self.company_id._get_reverse_today()
        last = self._get_last_claim_day(agreement, receipt)
        return not last or today <= last

    def _get_last_claim_day(self, agreement, receipt):
        """Give the last day of warranty and deadline, False where nothing limits it."""
        self.ensure_one()
        today = self.company_id._get_reverse_today()
        came = receipt.reverse_done_at
        came = came and self.company_id._to_reverse_day(came)
        until = self.lot_id.reverse_supplier_warranty
        if not until and agreement.warranty_months and came:
            until = came + relativedelta(months=agreement.warranty_months)
        start = agreement._get_start(came, today, self._get_claimed().sold_on)
        last = agreement._get_deadline(start, False)
        return min(filter(None, (until, last)), default=False)

    # ------------------------------------------------------------------
    # What whoever enters a return is told
    # ------------------------------------------------------------------
    @api.depends("product_id", "lot_id", "move_id", "reason_id", "quantity")
    @api.depends_context("lang")
    def _compute_supplier_notice(self):
        """Of goods whose purchase is sure: what was agreed with their supplier."""
        self.supplier_notice = False
        goods = {line: line._get_claimed() for line in self if line.product_id}
        sources = self.env["reverse.supplier.claim.line"]._find_sources(
            list(goods.values())
        )
        sold = {
            line: (moves[:1], moves.purchase_line_id.partner_id.commercial_partner_id)
            for line, (moves, sure) in zip(goods, sources, strict=True)
            if sure
        }
        asked = [
            line._get_agreed_goods(partner) for line, (_m, partner) in sold.items()
        ]
        terms = self.env["reverse.supplier.agreement"]._find_at_request(asked)
        for (line, (move, partner)), agreement in zip(sold.items(), terms, strict=True):
            hold = self.env["reverse.supplier.hold"]._find(partner, line.company_id)
            line.supplier_notice = (
                hold._explain() if hold else line._explain_supplier(agreement, move)
            )

    def _explain_supplier(self, agreement, receipt):
        """Say whether the supplier takes goods back, and until when."""
        self.ensure_one()
        if not agreement:
            return False
        last = self._get_last_claim_day(agreement, receipt)
        values = {
            "supplier": agreement.partner_id.display_name,
            "day": last and format_date(self.env, last),
        }
        if agreement.is_allowance:
            return self.env._(
                "%(supplier)s pays a standing allowance instead of single claims.",
                **values,
            )
        if last and last < self.company_id._get_reverse_today():
            return self.env._(
                "%(supplier)s has not taken this since %(day)s.", **values
            )
        if agreement.authorization_required:
            return (
                self.env._(
                    "%(supplier)s takes this until %(day)s, once it has given a "
                    "number.",
                    **values,
                )
                if last
                else self.env._(
                    "%(supplier)s takes this once it has given a number.", **values
                )
            )
        if last:
            return self.env._("%(supplier)s takes this until %(day)s.", **values)
        return self.env._("%(supplier)s takes this at any time.", **values)
