from dataclasses import replace

from odoo import api, fields, models

from ...engine import fees, matching
from ...engine.settlement import share


class ReverseRmaLine(models.Model):
    """What the customer is charged for taking a line back: by policy, or by hand."""

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
        """A fee that people write is theirs; left to policy again, it is said anew."""
        if "fee" in vals:
            return {**vals, "fee_by_hand": True}
        if not vals.get("fee_by_hand", True):
            return {**vals, "fee": 0.0}
        return vals

    def _share_out_fee(self, fee, whole, vals_list):
        """What was entered for the whole quantity is shared out over the deliveries.

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
        """Give what rules can ask of one part, on the day on which policy decided.

        :param reverse.inspection part: empty for goods that are replaced in advance
        :param engine.matching.Facts facts: of the line
        """
        self.ensure_one()
        values = dict(facts.values)
        if "condition" in values:
            values["condition"] = matching.plain(part.condition_id.ids)
        return replace(facts, day=self.decided_on or facts.day, values=values)

    def _get_chargeable_quantity(self):
        """The whole of which a part is charged its share, in the product's unit."""
        self.ensure_one()
        return self._in_product_uom(self.qty_authorized or self.quantity)

    def _may_be_charged(self):
        """A deposit is an entitlement and a shipping error no return: both are free."""
        self.ensure_one()
        return not (self.deposit_type_id or self.claim)

    def _has_fee_by_hand(self):
        """Whether somebody has entered a fee; of a withdrawal only the rules say it."""
        self.ensure_one()
        return self.fee_by_hand and self.rma_id.basis != "withdrawal"

    def _get_fee_rates(self):
        """Give units of the fee's currency for one of the company's, by line.

        At the rate of the order, or of the day of an old sale.
        """
        # sudo: rates of the customer's own purchase
        lines = self.sudo()
        today = fields.Date.context_today(self)
        groups = lines.grouped(
            lambda line: (
                line.company_id,
                line.fee_currency_id,
                (line.sale_line_id or line.move_id.sale_line_id).order_id.currency_rate,
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
            # by record, since a simulation asks about lines that are only in memory
            rates |= dict.fromkeys(group, rate)
        return {line: rates[line] for line in self}

    # ------------------------------------------------------------------
    # The fee that policy announces when it decides, in a sentence for the customer.
    #
    # What is charged in the end depends on what inspection finds.
    # ------------------------------------------------------------------
    def _add_fees(self, versions, verdicts):
        """Add what policy announces that taking the goods back costs, as of today."""
        for company, lines in self.grouped("company_id").items():
            today = company.sudo()._get_reverse_today()  # sudo: its time zone
            estimates = lines._estimate_fees(versions[company], verdicts)
            for line, estimate in estimates.items():
                verdicts[line] |= {**estimate, "decided_on": today}

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
