from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models

from ...engine import fees, matching
from ...engine.settlement import share
from ..base.reverse_columns import column


class ReverseRmaLine(models.Model):
    """What the customer is charged for a line, by policy or by hand."""

    _inherit = "reverse.rma.line"
    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

    fee = fields.Monetary(
        "Restocking Fee",
        currency_field="fee_currency_id",
        copy=False,
        help="Before tax, for the whole quantity; shared out over what is settled. By "
        "policy it is an estimate until the goods were inspected.",
    )
    fee_currency_id = fields.Many2one(
        "res.currency", compute="_compute_fee_currency_id", compute_sudo=True
    )
    fee_by_hand = fields.Boolean(
        copy=False,
        help="Somebody entered the fee, so that policy leaves it as it is.",
    )
    fee_rule_id = fields.Many2one(
        "reverse.fee.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    fee_explanation = fields.Char(
        "About the Fee", readonly=True, copy=False, guarded="decision"
    )
    fee_waived = fields.Monetary(
        currency_field="fee_currency_id",
        readonly=True,
        copy=False,
        help="By how much the fee that somebody entered is below that of policy.",
        guarded="decision",
    )
    fee_value = fields.Monetary(
        "Value for Fees",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, what was asked back of the same sale when policy decided: by it the "
        "rule of the fee is found.",
        guarded="decision",
    )
    decided_on = fields.Date(
        readonly=True,
        copy=False,
        help="The company's day on which policy decided; rules of that day hold.",
        guarded="decision",
    )

    @api.depends("sale_line_id", "move_id", "historic_sale_id", "company_id")
    def _compute_fee_currency_id(self):
        for line in self:
            line.fee_currency_id = (
                line._get_credit_currency()
                or line.move_id.sale_line_id.currency_id
                or line.company_id.currency_id
            )

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    @api.model
    def _complete_create(self, vals_list):
        return [
            {**vals, "fee_by_hand": bool(vals.get("fee") or vals.get("fee_by_hand"))}
            for vals in super()._complete_create(vals_list)
        ]

    @api.model
    def _note_fee_by_hand(self, vals):
        """Mark a written fee as entered by hand; clear it when left to policy again."""
        if "fee" in vals:
            return {**vals, "fee_by_hand": True}
        if not vals.get("fee_by_hand", True):
            return {**vals, "fee": 0.0}
        return vals

    def _share_out_fee(self, fee, whole, vals_list):
        """Share out a fee entered for the whole quantity over the split lines.

        :param float fee: entered for the whole quantity
        :param float whole: quantity of the line before it was split
        :param vals_list: values of the lines that were split off this one
        """
        done, shares = 0.0, []
        for quantity in (self.quantity, *(vals["quantity"] for vals in vals_list)):
            step = self.fee_currency_id.rounding
            shares.append(share(fee, quantity, whole, done, step))
            done += quantity
        self._guarded_write({"fee": shares[0]})
        for vals, amount in zip(vals_list, shares[1:], strict=True):
            vals.update(fee=amount, fee_by_hand=True)

    # ------------------------------------------------------------------
    # What the fee depends on
    # ------------------------------------------------------------------
    def _get_fee_terms(self, version):
        """Give the fee rules of a version.

        :return: ``(engine.snapshot.CompiledRules, {rule id: engine.fees.FeeTerms})``
        """
        rules = version._get_rules("fee")
        convert = self.env["reverse.fee.rule"]._to_engine
        return rules, {key: convert(terms) for key, terms in rules.terms.items()}

    def _get_part_facts(self, part, facts):
        """Give what rules can ask about one part, as of the day when policy decided.

        :param reverse.inspection part: empty for goods that are replaced in advance
        :param engine.matching.Facts facts: of the line
        """
        self.ensure_one()
        values = dict(facts.values)
        if "condition" in values:
            values["condition"] = matching.plain(part.condition_id.ids)
        return replace(
            facts,
            day=self.decided_on or facts.day,
            value=self.fee_value or facts.value,
            values=values,
        )

    def _get_chargeable_quantity(self):
        """Give the quantity that parts are charged shares of, in the product's unit."""
        self.ensure_one()
        return self._in_product_uom(self.qty_authorized or self.quantity)

    def _get_charged_together(self):
        """Give the lines over which fees are shared out: all of a sale in a return.

        :return: ``{line: lines}``, each with itself
        """
        # sudo: a fee counts all of the return, whoever asks
        lines = self.sudo().rma_id.line_ids | self.sudo()
        lines = lines.filtered(lambda line: line._may_be_charged())
        # Components of a kit are one sale, and each has fees of its own.
        products = column(lines, "product_id")
        keys = [*zip(lines._get_asked_keys(), products, strict=True)]
        groups = defaultdict(lines.browse)
        for line, key in zip(lines, keys, strict=True):
            groups[key] |= line
        found = {line: groups[key] for line, key in zip(lines, keys, strict=True)}
        return {line: found[line] for line in self}

    def _may_be_charged(self):
        """Tell whether a fee is possible: deposits and shipping errors have none."""
        return self._get_source().has_terms

    def _has_fee_by_hand(self):
        """Tell whether a fee by hand counts; withdrawals only follow the rules."""
        self.ensure_one()
        return self.fee_by_hand and self.rma_id.basis != "withdrawal"

    def _get_fee_rates(self):
        """Give units of the fee's currency for one of the company's, by line.

        It is the rate of the order, or that of the day of a sale from before Odoo.
        """
        # sudo: only rates of the purchase are read
        lines = self.sudo()
        today = fields.Date.context_today(self)
        orders = {
            line: (line.sale_line_id or line.move_id.sale_line_id).order_id
            for line in lines
        }
        # sudo: as for the lines
        of_orders = self.env["sale.order"].sudo().union(*orders.values())
        of_orders = of_orders._get_reverse_rates()
        groups = lines.grouped(
            lambda line: (
                line.company_id,
                line.fee_currency_id,
                of_orders.get(orders[line].id),
                line.historic_sale_id.date or today,
            )
        )
        rates = {}
        for (company, currency, rate, day), group in groups.items():
            if currency == company.currency_id:
                rate = 1.0
            elif not rate:
                rate = currency._get_conversion_rate(
                    company.currency_id, currency, company, day
                )
            # Keyed by record, since lines of a simulation have no ids.
            rates |= dict.fromkeys(group, rate)
        return {line: rates[line] for line in self}

    # ------------------------------------------------------------------
    # The fee that policy announces when it decides
    #
    # What is charged in the end depends on what the inspection finds.
    # ------------------------------------------------------------------
    def _add_fees(self, versions, verdicts):
        """Add to verdicts the fee that policy announces, by the rules of today."""
        for company, lines in self.grouped("company_id").items():
            today = company.sudo()._get_reverse_today()  # sudo: only its time zone
            estimates = lines._estimate_fees(versions[company], verdicts)
            for line, estimate in estimates.items():
                verdicts[line] |= {**estimate, "decided_on": today}
        self._review_waived_fees(verdicts)

    def _review_waived_fees(self, verdicts):
        """Let a person decide where a fee by hand is below that of policy."""
        for line in self:
            verdict = verdicts[line]
            if verdict["fee_waived"] and verdict["decision"] == "authorize":
                verdict |= {
                    "decision": "review",
                    "decision_code": "fee_waived",
                    "explanation": self.env._(
                        "The restocking fee was entered %(waived)s below that of our "
                        "returns policy: a person checks it.",
                        waived=line.fee_currency_id.format(verdict["fee_waived"]),
                    ),
                }

    def _estimate_fees(self, version, verdicts):
        """Estimate the fees of lines of one company.

        :param version: the version of policy that decides
        :param dict verdicts: what policy is about to say about the lines
        :return: ``{line: {name of a fee field: value}}``
        """
        estimates = self._estimate_by_rules(version, verdicts)
        for line in self.filtered(lambda line: line._has_fee_by_hand()):
            by_rule = estimates[line]
            waived = line.fee_currency_id.round(max(by_rule["fee"] - line.fee, 0.0))
            # A waived rule is named; a fee entered beyond the rule has no rule.
            rule_id = waived and by_rule["fee_rule_id"]
            kept = {"fee_waived": waived, "fee_rule_id": rule_id}
            estimates[line] = by_rule | line._keep_fee() | kept
        return estimates

    def _estimate_by_rules(self, version, verdicts):
        """Estimate the fees of lines of one company by rules alone.

        :return: as :meth:`_estimate_fees`
        """
        rules, terms = self._get_fee_terms(version)
        charged = self.filtered(
            lambda line: rules.ruleset.rules and line._expects_fee()
        )
        nothing = {"fee": 0.0, "fee_rule_id": False, "fee_explanation": ""}
        nothing |= {"fee_waived": 0.0, "fee_value": 0.0}
        estimates = {line: dict(nothing) for line in self}
        if not charged:
            return estimates
        facts = charged._get_rule_facts(rules.dimensions, rules.by_value)
        known = charged._get_fee_facts(verdicts)
        speak = charged._get_fee_speaker(rules)
        together = charged._get_charged_together()
        for line in charged:
            rule = rules.winner(facts[line])
            fee = fees.compute_part(
                rule and terms[rule.id],
                known[line],
                *line._get_place_in(together[line]),
                line.fee_currency_id.rounding,
            )
            estimates[line] |= {
                "fee": fee.amount,
                "fee_rule_id": rule and rule.id,
                "fee_explanation": speak(line, fee, rule, facts[line]),
                "fee_value": facts[line].value,
            }
        return estimates

    def _get_place_in(self, together):
        """Give the quantity of lines, and of those of them before this one."""
        sizes = [line._in_product_uom(line.quantity) for line in together]
        place = together._ids.index(self._ids[0])
        return sum(sizes), sum(sizes[:place])

    def _expects_fee(self):
        """Tell whether a fee is possible: goods of a known sale that are settled."""
        self.ensure_one()
        settled = self.env["reverse.settlement"]._get_settled_types()
        return (
            self._may_be_charged()
            and self._is_sourced()
            and self._get_settlement_type() in settled
        )

    def _keep_fee(self):
        """Give the values of a fee that somebody entered."""
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
        """Gather what the engine needs to know about whole lines.

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
                reasons=frozenset(line.reason_id._get_path()),
                conditions=frozenset(line.inspection_ids.condition_id.ids),
            )
            for line in self
        }

    # ------------------------------------------------------------------
    # In a sentence
    # ------------------------------------------------------------------
    def _get_fee_speaker(self, rules):
        """Prepare the sentences for many lines of one company.

        :param rules: engine.snapshot.CompiledRules
        :return: a function that gives the sentence for a line, an engine.fees.Fee, a
            rule and facts
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
        """Tell whether another rule would apply in a condition not yet inspected."""
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
        """Say how a fee is computed, and when it is not charged after all."""
        rules = self.env["reverse.fee.rule"]
        terms = rules._complete_terms(terms)
        currency = self.company_id.currency_id
        # sudo: only names of conditions are read, which the customer sees
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
        """Give the sentence for each code, with placeholders for values."""
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
                "The fee may differ, depending on the condition in which the goods "
                "arrive."
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
            "paid": "",
        }
