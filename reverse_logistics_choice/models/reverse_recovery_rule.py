from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.choice import Option


class ReverseRecoveryRule(models.Model):
    """What goods of a kind bring in a condition by a disposition, and what it costs.

    Administrators write these rules, which are in force as soon as they are saved, or
    approved where others have to approve changes of controls. Of the rules for one
    disposition the most specific applies; dispositions without any are not weighed.
    """

    _name = "reverse.recovery.rule"
    _inherit = ["reverse.governed.mixin", "reverse.standing.rule.mixin"]
    _description = "Recovery Rule"
    _order = "disposition_id, sequence, id"
    _said_fields = (
        "permitted",
        "value_basis",
        "percent",
        "fee_percent",
        "freight",
        "minutes",
        "refurbishing",
    )
    _percent_range = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 1000)",
        "Goods bring between 0 and 1000 percent of their value.",
    )
    _fee_is_share = models.Constraint(
        "CHECK (fee_percent >= 0 AND fee_percent <= 100)",
        "Fees are between 0 and 100 percent of what goods bring.",
    )
    _costs_not_negative = models.Constraint(
        "CHECK (freight >= 0 AND minutes >= 0 AND refurbishing >= 0)",
        "What it costs to recover goods cannot be negative.",
    )

    disposition_id = fields.Many2one(
        "reverse.disposition",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('keeps_goods', '=', False)]",
    )
    permitted = fields.Boolean(
        default=True,
        help="Otherwise goods that the rule fits cannot have this disposition.",
    )
    value_basis = fields.Selection(
        [("cost", "What the goods cost"), ("sale", "What they were sold for")],
        "Share of",
        default="cost",
        required=True,
        help="What the goods cost as they came back, as the books value them: what is "
        "restocked spares buying another one. What they were sold for, net, suits "
        "dispositions whose buyers go by the price of new goods.",
    )
    percent = fields.Float(
        "Recovered (%)",
        digits=(6, 2),
        help="The share of that value that is expected to come in, or is spared.",
    )
    fee_percent = fields.Float(
        "Fees (%)", digits=(5, 2), help="What selling costs, of what is recovered."
    )
    freight = fields.Monetary("Freight per Unit")
    minutes = fields.Float(
        "Labour per Unit (minutes)",
        help="At what an hour of labour costs the facility.",
    )
    refurbishing = fields.Monetary(
        "Refurbishing per Unit", help="Parts, packaging, and work of others."
    )

    @api.constrains("disposition_id")
    def _check_disposition(self):
        for rule in self:
            if rule.disposition_id.keeps_goods:
                raise ValidationError(
                    self.env._(
                        "With “%(disposition)s” the goods stay with the customer and "
                        "bring nothing: choose a disposition of received goods.",
                        disposition=rule.disposition_id.name,
                    )
                )

    def _get_rule_scope(self):
        return self.disposition_id.id

    # ------------------------------------------------------------------
    # Which rules fit inspected goods, and what they say
    # ------------------------------------------------------------------
    @api.model
    def _find_for(self, parts, dispositions=None):
        """Find the rule of each disposition that fits inspected goods.

        :param parts: ``reverse.inspection``
        :param dispositions: those asked about; all by default
        :return: ``{part: {disposition: rule}}``, parts whose company has none left out
        """
        asked = {}
        for company, own in parts.grouped("company_id").items():
            rules = self._compile_rules(company.id)
            if dispositions is not None:
                rules = {d.id: rules[d.id] for d in dispositions if d.id in rules}
            asked |= dict.fromkeys(own, rules) if rules else {}
        if not asked:
            return {}
        needed = {
            name
            for rules in asked.values()
            for ruleset in rules.values()
            for name in ruleset.dimensions
        }
        known = parts.browse().concat(*asked)._get_recovery_facts(needed)
        found = {
            part: {
                disposition: rule.id
                for disposition, ruleset in rules.items()
                if (rule := ruleset.winner(known[part]))
            }
            for part, rules in asked.items()
        }
        return self._browse_found(found)

    @api.model
    def _browse_found(self, found):
        """Give records of what was found; archived dispositions are not chosen."""
        # sudo: rules apply to everybody, also where the user cannot read them
        rules = self.sudo().browse(
            {id_ for own in found.values() for id_ in own.values()}
        )
        dispositions = self.env["reverse.disposition"].browse(
            {id_ for own in found.values() for id_ in own}
        )
        by_id = {rule.id: rule for rule in rules}
        return {
            part: {
                disposition: by_id[own[disposition.id]]
                for disposition in dispositions.sorted("sequence")
                if disposition.id in own and disposition.active
            }
            for part, own in found.items()
        }

    def _get_option(self, values, hourly, observed=None):
        """Give what the rule says as the engine knows it.

        :param dict values: ``{basis: value of one unit}``
        :param float hourly: what an hour of labour costs
        :param dict observed: ``{basis: percent}`` that goods really brought, if known
        """
        self.ensure_one()
        return Option(
            key=self.disposition_id.id,
            sequence=self.disposition_id.sequence,
            value=values[self.value_basis],
            percent=self._get_percent(observed),
            freight=self.freight,
            minutes=self.minutes,
            hourly=hourly,
            refurbishing=self.refurbishing,
            fee_percent=self.fee_percent,
        )

    def _get_percent(self, observed):
        """Give the share that is recovered, from experience before what is entered.

        What cost nothing, or was never sold, says nothing of a share.
        """
        known = (observed or {}).get(self.value_basis)
        return self.percent if known is None else known
