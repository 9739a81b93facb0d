from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models

from ...engine import agreements, eligibility, legal


class ReverseRmaLine(models.Model):
    """The right or agreement under which a customer brings goods back.

    Rights hold whatever policy says. An agreement is noted with what the line takes of
    its quota.
    """

    _inherit = "reverse.rma.line"

    legal_basis_id = fields.Many2one(
        "reverse.legal.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Above window, fee and freight of the policy.",
        guarded="decision",
    )
    undelivered = fields.Boolean(
        "Not Delivered Yet",
        readonly=True,
        copy=False,
        help="The customer withdrew before the goods were delivered: they are taken "
        "off the order, and nothing comes back.",
        guarded=True,
    )
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

    def _get_legal_rights(self, version):
        """Give what the law grants: ``{line: engine.eligibility.Legal}``."""
        rules = version._get_rules("legal")
        if not rules.terms:
            return {}
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        known = self._get_legal_facts()
        compiled = self._compile_legal(rules)
        rights = {line: compiled.find(known[line], facts[line]) for line in self}
        return {line: right for line, right in rights.items() if right}

    def _get_legal_doubts(self, version, rights):
        """Say of stated withdrawals that are no clear right why: ``{line: Doubt}``."""
        stated = self.filtered(
            lambda line: line.rma_id.basis == "withdrawal" and line not in rights
        )
        if not stated:
            return {}
        rules = version._get_rules("legal")
        facts = stated._get_rule_facts(rules.dimensions, rules.by_value)
        known = stated._get_legal_facts()
        compiled = self._compile_legal(rules)
        return {line: compiled.doubt(known[line], facts[line]) for line in stated}

    @api.model
    def _compile_legal(self, rules):
        convert = self.env["reverse.legal.rule"]._to_engine
        return legal.compile_legal(
            rules.ruleset.rules,
            {key: convert(key, terms) for key, terms in rules.terms.items()},
        )

    def _is_fee_forbidden(self, verdict=None):
        """Whether the law lets the customer return these goods for nothing.

        :param dict verdict: what policy is about to say of the line, while it decides;
            left out once that is kept
        """
        self.ensure_one()
        basis = self.legal_basis_id
        if verdict is not None:
            basis = basis.browse(verdict.get("legal_basis_id") or ())
        # A withdrawal of which no rule says so is not charged for, either.
        stated = not basis and self.rma_id.basis == "withdrawal"
        # sudo: what the law says binds whoever charges the fee
        return stated or basis.sudo().no_fee

    def _get_legal_facts(self):
        """Gather what the law asks: ``{line: engine.legal.LegalFacts}``."""
        traits = self._get_traits()
        # sudo: days, address and orders are the customer's own, whoever asks
        lines = self.sudo().with_prefetch()
        orders = lines.sale_line_id.order_id._get_reverse_deliveries()
        delivered = lines._get_possessed_on()
        holidays = self.env["reverse.holiday"]
        facts = {}
        for line, own in zip(self, lines, strict=True):
            rma, order = own.rma_id, own.sale_line_id.order_id
            last, to_deliver = orders.get(order, (None, False))
            partner = rma.partner_id
            if not partner.country_id:
                partner = rma.commercial_partner_id
            told = order.reverse_informed
            facts[line] = legal.LegalFacts(
                stated_on=line._get_decision_day(),
                delivered_on=delivered[own],
                last_delivered_on=last,
                to_deliver=to_deliver,
                sold=own._is_sale_known(),
                stated=rma.basis == "withdrawal",
                consumer=rma.commercial_partner_id.reverse_audience != "business",
                defective=own._is_defective(),
                traits=frozenset(traits[line].ids),
                informed=told == "order" if told in ("order", "no") else None,
                informed_on=order.reverse_informed_on if told == "later" else None,
                calendar=holidays._get_calendar(
                    partner.country_id.id, partner.state_id.id
                ),
            )
        return facts

    def _get_possessed_on(self):
        """Give the day on which the customer had these goods, None when unknown.

        Of a sale before Odoo only its own day is known, and no transfer.

        :rtype: dict[reverse.rma.line, date]
        """
        by_move = self.move_id._get_reverse_possessed_on()
        times = self.env["reverse.transit.time"]
        found = {}
        for line in self:
            day = by_move.get(line.move_id) or line._get_delivered_on()
            if day and not line.move_id:
                keys = {"country": line.rma_id.partner_id.country_id.id}
                day += timedelta(times._find_days(line.company_id, keys))
            found[line] = day
        return found

    def _get_withdrawal_terms(self):
        """Give the terms of the right to withdraw: of the rule that grants it, else
        those that a new rule would have.

        :return: ``{line: engine.legal.LegalTerms}``
        """
        rules = self.env["reverse.legal.rule"]
        usual = rules._to_engine(None, {"basis": legal.WITHDRAWAL})
        found = {}
        for line in self:
            # sudo: rules apply to everybody
            rule = line.sudo().legal_basis_id
            terms = rule.version_id._get_rules("legal").terms.get(rule.id)
            found[line] = rules._to_engine(rule.id, terms) if terms else usual
        return found

    # ------------------------------------------------------------------
    # Before the goods are delivered
    # ------------------------------------------------------------------
    def _split_undelivered(self, preview=False):
        """Say of withdrawals which goods have not been delivered yet.

        Of an order line of which a part was delivered, what was not comes first: it
        need not be sent back.

        :param bool preview: claim nothing
        """
        self.filtered("undelivered")._guarded_write({"undelivered": False})
        lines = self.filtered(
            lambda line: (
                line.rma_id.basis == "withdrawal"
                and line.sale_line_id
                and not (line.move_id or line.lot_id or line.claim)
            )
        )
        if not lines:
            return self
        # sudo: the customer's own order, whoever asks
        order_lines = lines.sudo().sale_line_id
        if not preview:
            self.env.flush_all()
            order_lines._reverse_touch()
        left = {own: own._get_reverse_open() for own in order_lines}
        vals_list = []
        for line in lines:
            own = line.sudo().sale_line_id  # sudo: as above
            if own.product_id != line.product_id:
                continue
            waiting = own.product_uom_id._compute_quantity(
                left[own], line.uom_id, rounding_method="HALF-UP"
            )
            taken = min(line.quantity, waiting)
            if line.uom_id.compare(taken, 0) <= 0:
                continue
            left[own] -= line._to_order_quantity(taken)
            rest = line.uom_id.round(line.quantity - taken)
            if not line.uom_id.is_zero(rest):
                vals_list += [
                    {**data, "quantity": rest}
                    for data in line.copy_data({"rma_id": line.rma_id.id})
                ]
            line._guarded_write({"quantity": taken, "undelivered": True})
        return self | self._guarded_create(vals_list)

    def _cancel_undelivered(self):
        """Take what was withdrawn off the orders; credit what was invoiced of it."""
        lines = self.filtered(
            lambda line: (
                line.undelivered
                and not line.inspection_ids
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        if not lines:
            return
        # before it is settled: what waits for a person does not close
        lines._ask_to_pay_back()
        for order_line, own in lines.grouped("sale_line_id").items():
            order_line._withdraw_reverse(
                sum(line._to_order_quantity(line.quantity) for line in own)
            )
        disposition = self.env.ref("reverse_logistics.disposition_undelivered")
        lines._note_not_coming(disposition)

    def _ask_to_pay_back(self):
        """Have a person give back what was paid and no invoice of the goods says."""
        unbilled = self.filtered(lambda line: line.sale_line_id._is_reverse_unbilled())
        paid = unbilled.filtered(
            lambda line: (
                line.sale_line_id.order_id.amount_paid > 0
                or any(
                    own.is_downpayment and own.qty_invoiced
                    for own in line.sale_line_id.order_id.order_line
                )
            )
        )
        self.env["reverse.exception"]._raise_for(paid, "paid_ahead")

    # ------------------------------------------------------------------
    # Agreements
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

    def _lock_quotas(self):
        """What is left of a quota is given to one transaction at a time."""
        found = self.env["reverse.agreement"].union(*self._get_agreements().values())
        self.env.flush_all()
        found.filtered(lambda a: a.kind == "rotation")._reverse_touch()

    def _add_agreements(self, versions, verdicts):
        """Note the agreement that a line is decided under."""
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

    def _add_quota_left(self, known, terms, rights):
        """Add what is left of quotas, and whether a new order has to be named."""
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
