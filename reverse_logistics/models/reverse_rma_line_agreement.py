from odoo import fields, models

from ..engine import agreements


class ReverseRmaLine(models.Model):
    """The agreement that a line was decided under, and what it takes of the quota."""

    _inherit = "reverse.rma.line"

    agreement_id = fields.Many2one(
        "reverse.agreement",
        "Agreement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    agreement_day = fields.Date("Decided under It on", readonly=True, copy=False)
    agreement_value = fields.Monetary(
        "Value under Agreement",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, when it was decided.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            "agreement_id",
            "agreement_day",
            "agreement_value",
        }

    def _get_agreements(self):
        """Give the agreements of each line's customer that are valid on its day.

        :rtype: dict[reverse.rma.line, reverse.agreement]
        """
        # sudo: agreements apply to everybody, also where the user cannot read them
        lines = self.sudo().with_prefetch()
        companies = lines.company_id
        found = self.env["reverse.agreement"].sudo().search(
            [
                ("partner_ids", "in", lines.rma_id.commercial_partner_id.ids),
                ("company_id", "in", companies.parent_ids.ids),
            ]
        )
        valid = {}
        for key in {line._get_agreement_key() for line in lines}:
            partner, company, day = key
            valid[key] = found.filtered(
                lambda a, partner=partner, company=company, day=day: (
                    partner in a.partner_ids and a._is_valid(company, day)
                )
            )
        return {
            line: valid[own._get_agreement_key()]
            for line, own in zip(self, lines, strict=True)
        }

    def _get_agreement_key(self):
        return (
            self.rma_id.commercial_partner_id,
            self.company_id,
            self._get_decision_day(),
        )

    # ------------------------------------------------------------------
    # Quota
    # ------------------------------------------------------------------
    def _get_claimed_value(self):
        """What a live line takes of the quota: less than decided if less comes back."""
        self.ensure_one()
        claimed = self.quantity
        if self.rma_id.state != "requested":
            claimed = self.qty_authorized - self.qty_closed_short
        return agreements.claimed_value(self.agreement_value, self.quantity, claimed)

    def _get_quota_left(self, under, values):
        """Give what is left for each line, after the lines before it.

        :param under: ``{line: reverse.agreement, empty for none}``
        :param values: ``{line: net value in the company's currency}``
        :return: ``{line: amount, None without a quota}``
        """
        if any(line._is_in_memory() for line in self):
            # What was left at another moment depends on all returns before it.
            return dict.fromkeys(self)
        found = {}
        left = self.env["reverse.agreement"].union(*under.values())._get_left(self)
        for agreement, lines in self.grouped(lambda line: under[line]).items():
            before = left.get(agreement)
            if before is None:
                found |= dict.fromkeys(lines)
            else:
                ordered = {line: values[line] for line in lines.sorted("id")}
                found |= agreements.draw(before, ordered)
        return found
