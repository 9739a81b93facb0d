from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.reverse_guarded_mixin import DUTIES
from ..rma.reverse_rma import STAGES, WAITING


class ReverseSlaRule(models.Model):
    """How long a return may stay in a stage before somebody has to look at it.

    Administrators write these rules, which are in force as soon as they are saved, or
    approved where others have to approve changes of controls.
    """

    _name = "reverse.sla.rule"
    _inherit = ["reverse.governed.mixin", "reverse.standing.rule.mixin"]
    _description = "Return Deadline"
    _order = "sequence, id"
    _said_fields = (
        "limit",
        "unit",
        "working_time",
        "escalation_limit",
        "escalation_group_id",
        "escalation_user_id",
    )
    _limit_positive = models.Constraint(
        'CHECK ("limit" > 0)', "The time limit must be above zero."
    )
    _escalation_later = models.Constraint(
        'CHECK (escalation_limit = 0 OR escalation_limit > "limit")',
        "A return is escalated after its time limit: enter more than that, or 0.",
    )

    stage = fields.Selection(
        [stage for stage in STAGES if stage[0] in WAITING],
        required=True,
        index=True,
        help="The rule counts from the moment a return enters this stage.",
    )
    limit = fields.Float(
        "Time Limit",
        required=True,
        default=2.0,
        help="A return that is longer in the stage becomes an exception.",
    )
    unit = fields.Selection(
        [("hours", "Hours"), ("days", "Days")], default="days", required=True
    )
    working_time = fields.Boolean(
        "Working Time Only",
        default=True,
        help="Count the working hours of the return's company. Otherwise nights, "
        "weekends and holidays count too.",
    )
    owner_group_id = fields.Many2one(
        "res.groups",
        "Role",
        compute="_compute_owner_group_id",
        help="Who usually has to look when a return is late; where a settlement waits, "
        "whoever takes that on.",
    )
    escalation_limit = fields.Float(
        "Escalate After",
        help="Also counted from the start of the stage, in the same unit; 0 for never.",
    )
    escalation_group_id = fields.Many2one(
        "res.groups",
        "Escalate to Role",
        ondelete="restrict",
        domain=lambda self: [("id", "in", self._get_roles().ids)],
        help="Becomes the owner once the second limit has passed.",
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        "Escalate to",
        ondelete="restrict",
        domain="[('all_group_ids', 'in', escalation_group_id)]",
        help="Who of this role gets the activity; nobody in particular when empty.",
    )

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------
    @api.model
    def _get_roles(self):
        groups = self.env["res.groups"]
        for name in DUTIES.values():
            groups |= self.env.ref(name)
        return groups

    @api.depends("stage")
    def _compute_owner_group_id(self):
        for stage, rules in self.grouped("stage").items():
            duty = WAITING.get(stage)
            rules.owner_group_id = duty and self.env.ref(DUTIES[duty])

    @api.constrains("escalation_limit", "escalation_group_id", "escalation_user_id")
    def _check_escalation(self):
        roles = self._get_roles()
        for rule in self:
            group, user = rule.escalation_group_id, rule.escalation_user_id
            if rule.escalation_limit and not group:
                raise ValidationError(
                    self.env._(
                        "Name the role that “%(rule)s” escalates to.", rule=rule.name
                    )
                )
            if group and group not in roles:
                raise ValidationError(
                    self.env._(
                        "“%(group)s” is not a role of returns.",
                        group=group.display_name,
                    )
                )
            # sudo: only the roles of a colleague are read
            if user and group.id not in user.sudo()._get_group_ids():
                raise ValidationError(
                    self.env._(
                        "%(user)s does not have the role “%(role)s”.",
                        user=user.name,
                        role=group.name,
                    )
                )

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------
    def _get_rule_scope(self):
        return self.stage

    def _plan(self, company, start):
        """Give ``(deadline, escalation)`` of a stage that begins at a moment."""
        self.ensure_one()
        deadline = company._plan_reverse_time(
            start, self.limit, self.unit, self.working_time
        )
        return deadline, self._plan_escalation(company, deadline)

    def _plan_escalation(self, company, deadline):
        """Give the time at which a missed deadline is escalated, False for never."""
        if not self.escalation_limit:
            return False
        return company._plan_reverse_time(
            deadline,
            self.escalation_limit - self.limit,
            self.unit,
            self.working_time,
        )
