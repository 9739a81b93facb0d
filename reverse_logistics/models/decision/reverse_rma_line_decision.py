from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import eligibility
from ...engine.days import local_day


def _said(verdict):
    """What a verdict gives the customer, to be compared with another one."""
    return (
        verdict["decision"],
        verdict.get("fee") or 0.0,
        bool(verdict["legal_basis_id"]),
    )


class ReverseRmaLine(models.Model):
    """What policy says of a line, by which rule, in a sentence for the customer."""

    _inherit = "reverse.rma.line"

    decision = fields.Selection(
        [
            ("authorize", "Within policy"),
            ("review", "A person decides"),
            ("exception", "Outside policy"),
            ("refuse", "Something is missing"),
        ],
        readonly=True,
        copy=False,
        guarded="decision",
    )
    decision_code = fields.Char(readonly=True, copy=False, guarded="decision")
    policy_id = fields.Many2one(
        "reverse.policy",
        readonly=True,
        copy=False,
        ondelete="restrict",
        guarded="decision",
    )
    policy_version = fields.Integer(readonly=True, copy=False, guarded="decision")
    policy_rule_id = fields.Many2one(
        "reverse.policy.rule",
        "Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    explanation = fields.Char(readonly=True, copy=False, guarded="decision")

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------
    def _decide(self, versions):
        """Let policy decide, and keep what it said and why.

        :param versions: ``{company: reverse.policy.version}``
        """
        for line, verdict in self._evaluate_by_terms(versions).items():
            line._guarded_write(verdict)

    def _evaluate_by_terms(self, versions):
        """Let the terms of the day of each order decide, or better ones since.

        :param versions: ``{company: reverse.policy.version}``, those in force now
        :return: as :meth:`_evaluate`
        """
        verdicts = self._evaluate(versions)
        for version, lines in self._get_earlier_versions(versions).items():
            earlier = lines._evaluate(dict.fromkeys(lines.company_id, version))
            for line, verdict in earlier.items():
                if eligibility.better(_said(verdicts[line]), _said(verdict)):
                    verdicts[line] = verdict
        return verdicts

    def _get_earlier_versions(self, versions):
        """Give the versions that were in force between the order and today.

        :rtype: dict[reverse.policy.version, reverse.rma.line]
        """
        found = {}
        for company, lines in self.grouped("company_id").items():
            current = versions[company].sudo()  # sudo: policy binds everybody
            days = {
                line: day
                for line in lines
                if (day := line._get_ordered_on())
                and current.date_from
                and day < current.date_from
            }
            if days:
                earlier = self.env["reverse.policy.version"]._get_between(
                    company, min(days.values()), current
                )
                for version, last in earlier.items():
                    own = [line.id for line, day in days.items() if day <= last]
                    found[version] = found.get(version, self.browse()) | self.browse(
                        own
                    )
        return found

    def _get_last_version(self, current):
        """Give the version that decided lines of one return; of several, the last one.

        :param current: the version in force now
        """
        decided = {(line.policy_id.id, line.policy_version) for line in self}
        if decided == {(current.policy_id.id, current.number)}:
            return current
        deciding = self.env["reverse.policy.version"]._get_deciding(self)
        return max(deciding.values(), key=lambda version: version.number)

    def _evaluate(self, versions):
        """Let policy decide without keeping it.

        :param versions: ``{company: reverse.policy.version}``
        :return: ``{line: {decision field: value}}``
        """
        self._read_ahead()
        verdicts = {}
        for company, lines in self.grouped("company_id").items():
            verdicts |= lines._evaluate_with(versions[company])
        return {line: verdicts[line] for line in self}

    def _evaluate_with(self, version):
        rules = version._get_rules("policy")
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        winners = {line: rules.winner(facts[line]) for line in self}
        convert = self.env["reverse.policy.rule"]._to_engine
        by_id = {
            rule.id: convert(rules.terms[rule.id], rule.allowed.get("agreement", ()))
            for rule in rules.ruleset.rules
        }
        terms = {line: rule and by_id[rule.id] for line, rule in winners.items()}
        rights = self._get_legal_rights(version)
        doubts = self._get_legal_doubts(version, rights)
        known = self._get_eligibility_facts(terms, doubts)
        known = self._complete_facts(known, terms, rights)
        sentences = self._get_sentences()
        verdicts = {}
        for line, rule in winners.items():
            decision = eligibility.decide(known[line], terms[line], rights.get(line))
            verdicts[line] = {
                "decision": decision.outcome,
                "decision_code": decision.code,
                "policy_id": version.policy_id.id,
                "policy_version": version.number,
                "policy_rule_id": rule and rule.id,
                "legal_basis_id": line in rights and rights[line].rule,
                "explanation": line._explain(
                    decision, known[line], terms[line], sentences
                ),
                **line._get_consequences(decision),
            }
        return verdicts

    def _get_consequences(self, decision):
        """Give what follows from a decision: ``{decision field: value}``.

        :param engine.eligibility.Decision decision: of this line
        """
        return {}

    def _get_legal_rights(self, version):
        """Give what the law grants: ``{line: engine.eligibility.Legal}``."""
        return {}

    def _refuse_incomplete(self):
        """Refuse what cannot be asked for without what is missing."""
        missing = self.filtered(lambda line: line.decision == "refuse")
        if missing:
            raise UserError(
                "\n".join(
                    f"{line.product_id.display_name}: {line.explanation}"
                    for line in missing
                )
            )

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------
    def _get_eligibility_facts(self, terms, doubts):
        """Gather what the engine has to know, for all lines at once.

        :param terms: ``{line: engine.eligibility.Terms or None}``
        :param doubts: ``{line: engine.eligibility.Doubt}`` about withdrawals
        :return: ``{line: engine.eligibility.Facts}``
        """
        wanted = {own.window_from for own in terms.values() if own}
        starts = self._get_starts(wanted)
        proofs = self._get_proofs(
            {line: own.proofs if own else frozenset() for line, own in terms.items()}
        )
        values = self._get_values_at_stake()
        more = self._get_more_facts(terms)
        return {
            line: eligibility.Facts(
                requested_on=line._get_decision_day(),
                starts=starts[line],
                sourced=line._is_sourced(),
                never_arrived=line.rma_id.parcel_back,
                defective=line._is_defective(),
                proofs=line._add_assumed_proofs(proofs[line], terms[line]),
                settlement=line._get_settlement_type(),
                quantity=line._in_product_uom(line.quantity),
                value=values[line],
                withdrawn=line.rma_id.basis == "withdrawal",
                doubt=doubts.get(line),
                **more[line],
            )
            for line in self
        }

    def _get_more_facts(self, terms):
        """Give further facts, by the names of the engine: ``{line: {name: value}}``."""
        return {line: {} for line in self}

    def _complete_facts(self, known, terms, rights):
        """Add facts that depend on the rights of all lines.

        :param known: ``{line: engine.eligibility.Facts}``
        :param rights: ``{line: engine.eligibility.Legal}``
        :return: as ``known``
        """
        return known

    def _get_starts(self, wanted):
        """Give the days from which windows count.

        :param set wanted: of engine.eligibility.STARTS; others are not looked up
        :return: ``{line: {start: day}}``
        """
        invoiced = self._get_invoiced_days() if "invoice" in wanted else {}
        get_day = {
            "delivery": lambda line: line._get_delivered_on(),
            "invoice": invoiced.get,
            "order": lambda line: line._get_ordered_on(),
        }
        return {
            line: {start: day for start in wanted if (day := get_day[start](line))}
            for line in self.with_prefetch()
        }

    def _get_delivered_on(self):
        """The company's day on which these goods were delivered, None when unknown."""
        # sudo: the date of the customer's own delivery
        delivery = self.sudo().move_id
        return self._local_day(delivery.date) if delivery else None

    def _get_invoiced_days(self):
        """Give the day of the invoice of these goods: ``{line: day or None}``."""
        return dict.fromkeys(self)

    def _get_ordered_on(self):
        """The company's day of the order, None when unknown."""
        # sudo: the date of the customer's own order
        order = self.sudo().sale_line_id.order_id
        return self._local_day(order.date_order) if order else None

    def _get_proofs(self, wanted):
        """Give the codes of the proofs that are there.

        :param wanted: ``{line: codes that its rule asks for}``; no others need be known
        :return: ``{line: frozenset of codes}``
        """
        return dict.fromkeys(self, frozenset())

    def _is_defective(self):
        """Whether the reason says that the goods are not as they should be."""
        self.ensure_one()
        return self.reason_id.liability in ("supplier", "company")

    def _comes_by_right(self, right, warranty_until):
        """Whether law or warranty bring these goods back, whatever policy says.

        :param right: what the law grants, nothing without a right
        :param warranty_until: the last day of their warranty, nothing without one
        """
        self.ensure_one()
        covered = warranty_until and self._get_decision_day() <= warranty_until
        return bool(right or (covered and self._is_defective()))

    def _is_authorized_by_rule(self, versions, verdict):
        """Whether the rule that applies leaves nothing to a person."""
        self.ensure_one()
        rules = versions[self.company_id]._get_rules("policy")
        terms = rules.terms.get(verdict["policy_rule_id"])
        return bool(terms and terms["authorize"])

    def _local_day(self, moment):
        """The company's day: a window does not depend on who asks from where."""
        # sudo: the time zone of the company
        return local_day(moment, self.sudo().company_id._get_reverse_zone())
