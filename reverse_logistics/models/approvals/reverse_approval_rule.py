from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import matching
from ..base.reverse_guarded_mixin import DUTIES
from ..rules.facts import of_company

#: What somebody else can be asked to approve.
GATES = [
    ("authorization", "Authorization of a return"),
    ("commercial_exception", "Goodwill"),
    ("no_receipt", "No confirmed sale"),
    ("serialized", "High-value serialized goods"),
    ("repeated_exceptions", "Repeated goodwill"),
    ("credit", "Credit"),
    ("goodwill", "Credit of an amount"),
    ("policy_activation", "Activation of a policy, change of a control"),
    ("quantity", "Manual quantity change"),
]


class ReverseApprovalRule(models.Model):
    """When others have to approve, who they are, and who decides when nobody does.

    Administrators write these rules, which are in force as soon as they are saved.
    """

    _name = "reverse.approval.rule"
    _inherit = [
        "mail.thread",
        "reverse.governed.mixin",
        "reverse.standing.rule.mixin",
    ]
    _description = "Return Approval Rule"
    _order = "gate, sequence, id"
    _said_fields = (
        "group_id",
        "approver_count",
        "exception_count",
        "exception_days",
        "escalation_limit",
        "escalation_unit",
        "working_time",
        "escalation_group_id",
    )
    _approvers_positive = models.Constraint(
        "CHECK (approver_count > 0)", "At least one person has to approve."
    )
    _exceptions_positive = models.Constraint(
        "CHECK (gate != 'repeated_exceptions' OR (exception_count > 0 AND "
        "exception_days > 0))",
        "Enter how many earlier goodwill returns, and within how many days.",
    )
    _escalation_positive = models.Constraint(
        "CHECK (escalation_limit >= 0)", "The time until escalation cannot be negative."
    )

    gate = fields.Selection(
        GATES,
        "What Is Approved",
        required=True,
        index=True,
        help="Of several rules of one kind that fit, the most specific applies.",
    )
    group_id = fields.Many2one(
        "res.groups",
        "Approving Role",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref(DUTIES["approver"]),
        help=(
            "Whoever has it may approve, unless they worked on it before or approved "
            "already. To see what they approve, its members need to read returns."
        ),
    )
    group_note = fields.Char(compute="_compute_group_note")
    approver_count = fields.Integer(
        "Number of Approvers",
        default=1,
        required=True,
        help="How many different people have to approve.",
    )
    exception_count = fields.Integer(
        "Earlier Goodwill",
        default=3,
        help=(
            "Applies from this number of earlier returns on that were accepted outside "
            "policy, of the same customer or sold by the same salesperson."
        ),
    )
    exception_days = fields.Integer(
        "Within (days)", default=90, help="How far back earlier goodwill counts."
    )
    escalation_limit = fields.Float(
        "Escalate After", help="Counted from when it was asked; 0 for never."
    )
    escalation_unit = fields.Selection(
        [("hours", "Hours"), ("days", "Days")], default="days", required=True
    )
    working_time = fields.Boolean(
        "Working Time Only",
        default=True,
        help="Count the working hours of the company. Otherwise nights, weekends and "
        "holidays count too.",
    )
    escalation_group_id = fields.Many2one(
        "res.groups",
        "Escalate to Role",
        ondelete="restrict",
        help="Has to approve instead, once the time has passed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super(ReverseApprovalRule, self._tracked()).create(vals_list)
        return rules.with_env(self.env)

    def write(self, vals):
        return super(ReverseApprovalRule, self._tracked()).write(vals)

    def _tracked(self):
        """Give these rules so that changes are tracked, whatever a client asks for."""
        return self.with_context(
            tracking_disable=False, mail_notrack=False, mail_create_nolog=False
        )

    def _track_get_fields(self):
        """Track all that a rule says: it decides who has to approve."""
        own = {"name", "active", "sequence", "gate", "conditions_summary"}
        return super()._track_get_fields() | own | set(self._said_fields)

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------
    @api.depends("group_id")
    def _compute_group_note(self):
        for rule in self:
            # sudo: users need not see who has the role, only whether anybody has
            members = rule.sudo().group_id.all_user_ids
            may_read = any(
                user.has_group("reverse_logistics.group_user") for user in members
            )
            rule.group_note = (
                bool(rule.group_id)
                and not may_read
                and self.env._(
                    "Nobody who has “%(role)s” may read returns, so nobody could "
                    "approve. Give its members the role “Returns: read” as well.",
                    role=rule.sudo().group_id.name,  # sudo: only the name is read
                )
            )

    @api.constrains("group_id", "escalation_group_id")
    def _check_groups(self):
        internal = self.env.ref("base.group_user")
        # sudo: only which roles imply which is read
        for group in self.sudo().group_id | self.sudo().escalation_group_id:
            if internal not in group | group.all_implied_ids:
                raise ValidationError(
                    self.env._(
                        "“%(role)s” is not a role of internal users, so it cannot "
                        "approve.",
                        role=group.display_name,
                    )
                )

    @api.constrains("escalation_limit", "escalation_group_id")
    def _check_escalation(self):
        for rule in self:
            if rule.escalation_limit and not rule.escalation_group_id:
                raise ValidationError(
                    self.env._(
                        "Name the role that “%(rule)s” escalates to.", rule=rule.name
                    )
                )

    # ------------------------------------------------------------------
    # Matching and time
    # ------------------------------------------------------------------
    def _get_rule_scope(self):
        return self.gate

    @api.model
    def _is_in_use(self, companies, gates):
        """Tell whether any of these companies has a rule for any of these gates."""
        return any(
            self._compile_rules(company.id).get(gate)
            for company in companies or [companies]
            for gate in gates
        )

    @api.model
    def _match(self, facts, scope=""):
        """Let the strictest rule hold, of those for what is known at several times."""
        return {
            record: self._match_strictest(
                # sudo: the company of a record that the caller has in hand
                [(record.sudo().company_id, own) for own in (known, *known.others)],
                scope,
            )
            for record, known in facts.items()
        }

    @api.model
    def _match_strictest(self, facts, gate):
        """Find the rule that asks for most approvers, of those of several companies.

        :param facts: pairs of a company and its ``engine.matching.Facts``; where rules
            are equally strict, the earlier ones count
        :param str gate: at which the rules have to ask
        :return: ``(rule or empty, sentence)``, which says why the rule applies
        """
        found = {}
        for company, known in facts:
            rules = self._compile_rules(company.id).get(gate)
            match = rules and rules.match(known)
            if match:
                found.setdefault(self.browse(match.rule.id), match)
        rule = max(
            found,
            # sudo: rules apply to everybody, also where the user cannot read them
            key=lambda rule: rule.sudo().approver_count,
            default=self.browse(),
        )
        return rule, self._explain_match(found.get(rule))

    @api.model
    def _match_companies(self, companies, gate):
        """Find what is asked for a setting that holds for several companies: what any
        of them asks for, the strictest.

        :return: as of ``_match_strictest``
        """
        return self._match_strictest(
            [
                (
                    company,
                    matching.Facts(
                        day=(company or self.env.company)._get_reverse_today(),
                        # sudo: the parents of a company that the user may not be in
                        values=of_company(company.sudo()),
                    ),
                )
                for company in companies
            ],
            gate,
        )

    @api.model
    def _get_dimensions(self, companies, gates):
        """Give the dimensions that rules for these gates need facts about."""
        return frozenset(
            dimension
            for company in companies or [companies]
            for gate, rules in self._compile_rules(company.id).items()
            if gate in gates
            for dimension in rules.dimensions
        )

    def _plan_escalation(self, company):
        """Give the time at which a new approval is escalated, False for never."""
        if not self.escalation_limit:
            return False
        return (company or self.env.company)._plan_reverse_time(
            fields.Datetime.now(),
            self.escalation_limit,
            self.escalation_unit,
            self.working_time,
        )
