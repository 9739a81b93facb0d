from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.reverse_guarded_mixin import DUTIES, unless_uninstalling

ADMINISTRATOR = "reverse_logistics.group_administrator"


class ReverseDelegation(models.Model):
    """Somebody decides for a colleague who is away.

    The colleague, or an administrator, names the deputy. A deputy only gets roles that
    the colleague has themselves, which is looked up each time, so deputies have no
    deputies.
    """

    _name = "reverse.delegation"
    _inherit = ["reverse.governed.mixin"]
    _description = "Deputy for Approvals"
    _order = "date_from desc, id desc"
    # Who is away names their deputy, who never decides about own work.
    _waits_for_others = False
    _not_oneself = models.Constraint(
        "CHECK (delegator_id != delegate_id)", "Nobody can be their own deputy."
    )
    _dates = models.Constraint(
        "CHECK (date_from <= date_to)",
        "The last day of a deputy cannot be before the first one.",
    )

    delegator_id = fields.Many2one(
        "res.users",
        "For",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Who is away.",
    )
    delegate_id = fields.Many2one(
        "res.users",
        "Deputy",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('id', '!=', delegator_id)]",
        help="Decides meanwhile. A deputy cannot approve what they or the absent "
        "colleague worked on.",
    )
    role_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref(DUTIES["approver"]),
        domain=lambda self: [("id", "in", self._get_roles().ids)],
        help="In which roles the deputy approves.",
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    date_to = fields.Date(
        "Until", required=True, help="The last day, in the company of the return."
    )
    vote_ids = fields.One2many(
        "reverse.approval.vote", "delegation_id", "Decisions", readonly=True
    )
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Running"), ("over", "Over")],
        compute="_compute_state",
    )

    @api.depends("date_from", "date_to")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for record in self:
            started = record.date_from and record.date_from <= today
            over = record.date_to and record.date_to < today
            record.state = "over" if over else "running" if started else "planned"

    @api.depends("delegator_id", "delegate_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.delegate_id.name and self.env._(
                "%(deputy)s for %(user)s",
                deputy=record.delegate_id.name,
                user=record.delegator_id.name,
            )

    @api.model
    def _get_roles(self):
        """Give the roles that any approval can be asked from."""
        # sudo: rules apply to everybody
        rules = self.env["reverse.approval.rule"].sudo()
        ((groups, later),) = rules.with_context(active_test=False)._read_group(
            [], [], ["group_id:recordset", "escalation_group_id:recordset"]
        )
        return self.env.ref(DUTIES["approver"]) | groups | later

    # ------------------------------------------------------------------
    # Who may name a deputy
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        delegations._check_author()
        delegations._check_not_oneself()
        return delegations

    def write(self, vals):
        self._check_author()
        if set(vals) - {"date_to"} and self.sudo().vote_ids:  # sudo: whether any
            raise UserError(
                self.env._(
                    "%(deputy)s has decided already: only the last day can be changed.",
                    deputy=self.delegate_id[:1].name,
                )
            )
        res = super().write(vals)
        self._check_author()
        self._check_not_oneself()
        return res

    @unless_uninstalling
    def _unlink_by_author(self):
        self._check_author()

    def _check_author(self):
        """Refuse anybody but the absent user and administrators."""
        user = self.env.user
        if user.has_group(ADMINISTRATOR):
            return
        for delegation in self:
            if delegation.delegator_id != user:
                raise AccessError(
                    self.env._(
                        "Only %(user)s or an administrator can name this deputy.",
                        user=delegation.delegator_id.name,
                    )
                )

    def _check_not_oneself(self):
        """Refuse users who make themselves the deputy of a colleague."""
        user = self.env.user
        for delegation in self:
            if delegation.delegate_id == user != delegation.delegator_id:
                raise AccessError(
                    self.env._(
                        "You cannot make yourself the deputy of %(user)s: they can, "
                        "or another administrator.",
                        user=delegation.delegator_id.name,
                    )
                )

    def _check_reach(self):
        """Deputies belong to persons: see ``_check_author``."""

    def _get_control_companies(self):
        # sudo: the companies of who is away
        return self.sudo().delegator_id.company_ids

    @api.constrains("delegator_id", "delegate_id", "role_ids")
    def _check_roles(self):
        # sudo: only the roles of colleagues are read
        for delegation in self.sudo():
            has = delegation.delegator_id._get_group_ids()
            for role in delegation.role_ids:
                if role.id not in has:
                    raise ValidationError(
                        self.env._(
                            "%(user)s does not have the role “%(role)s”, so nobody "
                            "can stand in for it.",
                            user=delegation.delegator_id.name,
                            role=role.name,
                        )
                    )
            if delegation.delegate_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s is not an internal user and cannot be a deputy.",
                        user=delegation.delegate_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # In force
    # ------------------------------------------------------------------
    @api.model
    def _get_own(self):
        """Give all delegations to the acting user, in force or not."""
        # sudo: users need not see delegations, only act by them
        return self.sudo().search([("delegate_id", "=", self.env.uid)], order="id")

    def _in_force(self, group, company):
        """Give those of these that hold today for a role in a company."""
        today = (company or self.env.company)._get_reverse_today()
        return self.filtered(
            lambda d: (
                group in d.role_ids
                and d.date_from <= today <= d.date_to
                and d.delegator_id.active
                and group.id in d.delegator_id._get_group_ids()
                and (not company or company in d.delegator_id.company_ids)
            )
        )
