from dataclasses import replace

from odoo import fields, models

from ...engine import agreements, eligibility


class ReverseRmaLine(models.Model):
    """The agreement that a line was decided under, and what it takes of the quota."""

    _inherit = "reverse.rma.line"

    agreement_id = fields.Many2one(
        "reverse.agreement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    agreement_day = fields.Date(
        "Decided under It on", readonly=True, copy=False, guarded="decision"
    )
    agreement_value = fields.Monetary(
        "Value under Agreement",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, when it was decided.",
        guarded="decision",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------
    def _get_agreements(self):
        """Give the agreements of each line's customer that are valid on its day.

        :rtype: dict[reverse.rma.line, reverse.agreement]
        """
        # sudo: agreements apply to everybody, also where the user cannot read them
        lines = self.sudo()
        found = lines.env["reverse.agreement"].search_fetch(
            [
                ("partner_ids", "in", lines.rma_id.commercial_partner_id.ids),
                ("company_id", "in", lines.company_id.parent_ids.ids),
            ]
        )
        return self._keep_valid(found)

    def _keep_valid(self, agreements_):
        """Give of some agreements those of each line's customer, valid on its day."""
        # sudo: agreements apply to everybody, also where the user cannot read them
        agreements_, lines = agreements_.sudo(), self.sudo().with_prefetch()
        valid = {}
        for key in {line._get_agreement_key() for line in lines}:
            partner, company, day = key
            valid[key] = agreements_.filtered(
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

    def _get_named_agreements(self, named):
        """Give the one agreement of each line that its rule is about.

        Of several, a stock rotation counts first: its quota is to be kept.

        :param named: ``{line: ids of agreements that its rule names}``
        :return: ``{line: reverse.agreement, empty for none}``
        """
        agreements_ = self.env["reverse.agreement"].browse(set().union(*named.values()))
        if not agreements_:
            return dict.fromkeys(self, agreements_)
        return {
            line: found.filtered(lambda a, line=line: a.id in named[line]).sorted(
                lambda a: a.kind != "rotation"
            )[:1]
            for line, found in self._keep_valid(agreements_).items()
        }

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------
    def _decide(self, versions):
        # What is left of a quota is given to one transaction at a time.
        found = self.env["reverse.agreement"].union(*self._get_agreements().values())
        self.env.flush_all()
        found.filtered(lambda a: a.kind == "rotation")._reverse_touch()
        return super()._decide(versions)

    def _evaluate(self, versions):
        """Note the agreement that a line is decided under."""
        verdicts = super()._evaluate(versions)
        named = {
            company: versions[company]._get_agreements_by_rule()
            for company in self.company_id
        }
        under = self._get_named_agreements(
            {
                line: named[line.company_id].get(verdict["policy_rule_id"], ())
                for line, verdict in verdicts.items()
            }
        )
        values = self._get_values_at_stake() if any(under.values()) else {}
        for line, verdict in verdicts.items():
            counts = bool(under[line]) and not line._needs_no_agreement(
                verdict["legal_basis_id"], verdict["warranty_until"]
            )
            verdict |= {
                "agreement_id": counts and under[line].id,
                "agreement_day": counts and line._get_decision_day(),
                "agreement_value": counts and values[line],
            }
        return verdicts

    def _complete_facts(self, known, terms, rights):
        known = super()._complete_facts(known, terms, rights)
        under = self._get_named_agreements(
            {line: own.agreements if own else () for line, own in terms.items()}
        )
        counting = self.filtered(
            lambda line: (
                under[line]
                and not line._needs_no_agreement(
                    rights.get(line),
                    eligibility.find_warranty_end(known[line], terms[line]),
                )
            )
        )
        if not counting:
            return known
        values = counting._get_values_at_stake()
        left = counting._get_quota_left(under, values)
        missing = counting._get_missing_orders(under, values)
        return known | {
            line: replace(
                known[line], quota_left=left[line], order_missing=line in missing
            )
            for line in counting
        }

    def _needs_no_agreement(self, right, warranty_until):
        """Whether these goods come back by right, or never were the customer's to keep:
        then they take nothing of a quota.

        :param right: what the law grants, nothing without a right
        :param warranty_until: the last day of their warranty, nothing without one
        """
        self.ensure_one()
        return bool(
            self._comes_by_right(right, warranty_until)
            or self.claim
            or self.deposit_type_id
            or self.rma_id.parcel_back
            or not self._is_sourced()
        )

    def _get_missing_orders(self, under, values):
        """Give the lines whose agreement wants a new order that is not named."""
        missing = self.browse()
        for (rma, agreement), lines in self.grouped(
            lambda line: (line.rma_id, under[line])
        ).items():
            if rma._is_order_missing(agreement, sum(values[line] for line in lines)):
                missing |= lines
        return missing

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
