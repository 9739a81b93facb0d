from dataclasses import replace

from odoo import models

from ...engine import fees, matching


class ReverseRmaLine(models.Model):
    """The fee that policy announces when it decides, in a sentence for the customer.

    What is charged in the end depends on what inspection finds.
    """

    _inherit = "reverse.rma.line"

    def _evaluate(self, versions):
        verdicts = super()._evaluate(versions)
        for company, lines in self.grouped("company_id").items():
            today = company.sudo()._get_reverse_today()  # sudo: its time zone
            estimates = lines._estimate_fees(versions[company], verdicts)
            for line, estimate in estimates.items():
                verdicts[line] |= {**estimate, "decided_on": today}
        return verdicts

    def _estimate_fees(self, version, verdicts):
        """Give what lines of one company cost their customers.

        :param dict verdicts: what policy is about to say of them
        :return: ``{line: {fee field: value}}``
        """
        by_hand = self.filtered(lambda line: line._has_fee_by_hand())
        estimates = {line: line._keep_fee() for line in by_hand}
        rules, terms = self._get_fee_terms(version)
        charged = (self - by_hand).filtered(
            lambda line: rules.ruleset.rules and line._expects_fee()
        )
        for line in self - by_hand - charged:
            estimates[line] = {"fee": 0.0, "fee_rule_id": False, "fee_explanation": ""}
        if not charged:
            return estimates
        facts = charged._get_rule_facts(rules.dimensions, rules.by_value)
        known = charged._get_fee_facts(verdicts)
        speak = charged._get_fee_speaker(rules)
        for line in charged:
            rule = rules.winner(facts[line])
            step = line.fee_currency_id.rounding
            fee = fees.compute(rule and terms[rule.id], known[line], step)
            estimates[line] = {
                "fee": fee.amount,
                "fee_rule_id": rule and rule.id,
                "fee_explanation": speak(line, fee, rule, facts[line]),
            }
        return estimates

    def _expects_fee(self):
        """Whether goods of known origin are to be settled, so that something may be
        charged.
        """
        self.ensure_one()
        settled = self.env["reverse.settlement"]._get_settled_types()
        return (
            self._may_be_charged()
            and self._is_sourced()
            and self._get_settlement_type() in settled
        )

    def _keep_fee(self):
        """What somebody entered stays as it is."""
        self.ensure_one()
        return {
            "fee": self.fee,
            "fee_rule_id": False,
            "fee_explanation": self._get_fee_sentences()["by_hand"]
            % {"amount": self.fee_currency_id.format(self.fee)}
            if self.fee
            else "",
        }

    def _get_fee_facts(self, verdicts):
        """Gather what the engine has to know of whole lines.

        :rtype: dict[reverse.rma.line, engine.fees.FeeFacts]
        """
        values = self._get_values_at_stake()
        rates = self._get_fee_rates()
        return {
            line: fees.FeeFacts(
                value=values[line] * rates[line],
                quantity=line._in_product_uom(line.quantity),
                rate=rates[line],
                liability=line.reason_id.liability or "unknown",
                lawful=line._is_fee_forbidden(verdicts[line]),
                kept=bool(verdicts[line].get("returnless")),
                reason=line.reason_id.id,
                conditions=frozenset(line.inspection_ids.condition_id.ids),
            )
            for line in self
        }

    # ------------------------------------------------------------------
    # In a sentence
    # ------------------------------------------------------------------
    def _get_fee_speaker(self, rules):
        """Prepare sentences once for many lines of one company.

        :param rules: engine.snapshot.CompiledRules
        :return: a function of line, engine.fees.Fee, rule and facts that gives one
        """
        sentences = self._get_fee_sentences()
        words = {id_: self._describe_fee(rules.terms[id_]) for id_ in rules.terms}
        named = matching.plain(
            id_
            for rule in rules.ruleset.rules
            for id_ in rule.allowed.get("condition", ())
        )

        def speak(line, fee, rule, facts):
            terms, exceptions = words[rule.id] if rule else ("", "")
            amount = line.fee_currency_id.format(fee.amount)
            parts = [sentences[fee.code] % {"amount": amount, "terms": terms}]
            if fee.code == "charged":
                parts.append(exceptions)
            if self._may_change(rules, rule, facts, named):
                code = "may_change" if fee.amount else "may_be"
                parts.append(sentences[code])
            return " ".join(part for part in parts if part)

        return speak

    def _may_change(self, rules, rule, facts, named):
        """Whether another rule applies in some condition that nobody has seen yet."""
        if facts.values.get("condition"):
            return False
        return any(
            rules.winner(
                replace(facts, values={**facts.values, "condition": {condition: 1}})
            )
            != rule
            for condition in named
        )

    def _describe_fee(self, terms):
        """Say how a fee is reckoned, and when it is not charged after all."""
        rules = self.env["reverse.fee.rule"]
        terms = rules._complete_terms(terms)
        currency = self.company_id.currency_id
        # sudo: names of conditions, for the customer
        conditions = self.env["reverse.condition"].sudo()
        conditions = conditions.browse(terms["waived_condition_ids"] or ())
        sentences = self._get_fee_sentences()
        exceptions = [
            sentences["unless_fault"] if terms["waive_at_fault"] else "",
            sentences["unless_condition"]
            % {"conditions": ", ".join(conditions.mapped("name"))}
            if conditions
            else "",
        ]
        return (
            ", ".join(rules._describe_amounts(terms, currency)),
            " ".join(sentence for sentence in exceptions if sentence),
        )

    def _get_fee_sentences(self):
        """Give the sentence of each code, with places for values."""
        return {
            "charged": self.env._(
                "A restocking fee of %(amount)s before tax is charged (%(terms)s)."
            ),
            "by_hand": self.env._(
                "A restocking fee of %(amount)s before tax is charged."
            ),
            "unless_fault": self.env._(
                "There is none if it turns out that the fault is on our side."
            ),
            "unless_condition": self.env._(
                "There is none if it arrives in this condition: %(conditions)s."
            ),
            "may_change": self.env._(
                "Depending on the condition in which it arrives, it may be another one."
            ),
            "may_be": self.env._(
                "A restocking fee may be charged, depending on the condition in which "
                "it arrives."
            ),
            "waived_fault": self.env._(
                "There is no restocking fee, unless inspection finds that the fault is "
                "not on our side."
            ),
            "waived_reason": self.env._("There is no restocking fee for this reason."),
            "waived_condition": self.env._(
                "There is no restocking fee in this condition."
            ),
            "waived_law": self.env._("By law, there is no restocking fee."),
            "waived_kept": self.env._(
                "There is no restocking fee, as nothing has to be sent back."
            ),
            "no_rule": "",
            "free": "",
        }
