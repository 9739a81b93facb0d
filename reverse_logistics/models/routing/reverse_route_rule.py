from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ReverseRouteRule(models.Model):
    """Where returned goods go, and how thoroughly they are inspected there.

    Administrators write these rules in a draft of a version, which freezes them.
    """

    _name = "reverse.route.rule"
    _inherit = ["reverse.policy.rule.mixin"]
    _description = "Route Rule"
    _order = "sequence, id"
    _term_fields = (
        "target_id",
        "alternative_ids",
        "cheapest",
        "needs_room",
        "inspection",
        "assumed_condition_id",
        "sample_percent",
        "minutes_per_unit",
        "collect",
    )
    _sample_is_a_share = models.Constraint(
        "CHECK (sample_percent >= 0 AND sample_percent <= 100)",
        "A sample is between 0 and 100 percent.",
    )
    _minutes_not_negative = models.Constraint(
        "CHECK (minutes_per_unit >= 0)", "Minutes cannot be negative."
    )
    _assumption_named = models.Constraint(
        "CHECK (inspection != 'assume' OR assumed_condition_id IS NOT NULL)",
        "Say which condition is assumed of goods that nobody inspects.",
    )

    target_id = fields.Many2one(
        "reverse.facility",
        "Goods Go to",
        ondelete="restrict",
        context={"active_test": False},
        help="Empty: where they were delivered from.",
    )
    alternative_ids = fields.Many2many(
        "reverse.facility",
        "reverse_route_rule_alternative_rel",
        string="Otherwise to",
        ondelete="restrict",
        context={"active_test": False},
        help=(
            "Tried one after the other, in the order of the list of facilities, "
            "before the substitutes of the facility."
        ),
    )
    cheapest = fields.Boolean(
        "Cheapest Freight First",
        help="Of these facilities, the one to which freight is estimated lowest.",
    )
    needs_room = fields.Boolean(
        "Only with Room",
        default=True,
        help="A facility that cannot inspect the goods in time is skipped.",
    )
    inspection = fields.Selection(
        [("full", "Inspect"), ("assume", "Assume the condition")],
        default="full",
        required=True,
        help="Goods of little value need not be looked at. Serialized goods of high "
        "value always are, whatever a rule says.",
    )
    assumed_condition_id = fields.Many2one(
        "reverse.condition",
        ondelete="restrict",
        help="Decides what happens to goods that nobody inspects.",
    )
    sample_percent = fields.Float(
        "Still Inspected (%)",
        default=5.0,
        help="The percentage of them that is drawn at random and inspected anyway.",
    )
    minutes_per_unit = fields.Float(
        "Minutes per Unit", help="To inspect one unit; 0 for what the facility says."
    )
    collect = fields.Boolean(
        "Collect by Region",
        help="Low priority: customers keep the goods until those of their region are "
        "called for together.",
    )

    @api.constrains("target_id", "alternative_ids", "version_id", "company_id")
    def _check_facilities(self):
        """Refuse rules that only name facilities of other companies."""
        # sudo: facilities of other companies must be seen to be refused
        for rule in self.sudo():
            company = rule.company_id or rule.version_id.company_id
            foreign = (rule.target_id | rule.alternative_ids).filtered(
                lambda facility, company=company: (
                    company
                    and company not in facility.company_id.parent_ids
                    and facility.company_id not in company.parent_ids
                )
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "%(facility)s belongs to %(company)s, so “%(rule)s” cannot "
                        "send goods there.",
                        facility=foreign[0].name,
                        company=foreign[0].company_id.name,
                        rule=rule.name,
                    )
                )

    @api.constrains("assumed_condition_id", "inspection")
    def _check_assumption(self):
        for rule in self.filtered(lambda rule: rule.inspection == "assume"):
            if not rule.assumed_condition_id.disposition_id:
                raise ValidationError(
                    self.env._(
                        "“%(condition)s” does not say what becomes of the goods: give "
                        "it a disposition, or assume another condition.",
                        condition=rule.assumed_condition_id.name,
                    )
                )

    @api.depends(*_term_fields)
    def _compute_says(self):
        return super()._compute_says()

    def _get_words(self):
        self.ensure_one()
        facilities = [
            each.name for each in (self.target_id, *self.alternative_ids) if each
        ]
        words = [" → ".join(facilities)] if facilities else []
        if self.cheapest:
            words.append(self.env._("cheapest freight first"))
        if self.inspection == "assume":
            words.append(
                self.env._(
                    "“%(condition)s” without inspection, %(percent).12g %% at random",
                    condition=self.assumed_condition_id.name,
                    percent=self.sample_percent,
                )
            )
        if self.collect:
            words.append(self.env._("collected by region"))
        return [*super()._get_words(), *words]
