from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ReverseException(models.Model):
    """Whose turn it is: an exception belongs to a role, and to whoever takes it on."""

    _inherit = "reverse.exception"

    _work_role = "owner_group_id"
    _work_state = "open"
    _work_deadline = "deadline"
    _work_action = "reverse_logistics.reverse_exception_action_mine"

    is_mine = fields.Boolean("For My Roles")
    age = fields.Integer(
        "Age (days)",
        compute="_compute_age",
        help="Days since it was opened; of a resolved one, how long it was open.",
    )
    is_overdue = fields.Boolean(
        "Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------
    @api.depends("owner_group_id")
    def _compute_is_mine(self):
        return super()._compute_is_mine()

    @api.model
    def _get_assigned_domain(self):
        return Domain("activity_id.user_id", "=", self.env.uid)

    @api.depends("raised_on", "resolved_at")
    def _compute_age(self):
        for exception in self:
            end = exception.resolved_at
            end = end.date() if end else fields.Date.context_today(exception)
            exception.age = max((end - exception.raised_on).days, 0)

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for exception in self:
            exception.is_overdue = (
                exception.state == "open"
                and exception.deadline
                and exception.deadline < today
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & Domain(
            "deadline", "<", fields.Date.context_today(self)
        )
        return Domain.OR(late if wanted else ~late for wanted in value)

    # ------------------------------------------------------------------
    # Responsible
    # ------------------------------------------------------------------
    def _check_owner(self):
        """Check that the acting user has the role, and that there is work left.

        :raises UserError: naming the role, or saying that it is resolved
        """
        # What follows is written as superuser: other companies' records stop here.
        self.sudo(False).check_access("read")
        own = self.env["reverse.delegation"]._get_own()
        for exception in self:
            if not exception._is_role_of_user(own):
                raise UserError(
                    self.env._(
                        "%(exception)s belongs to the role “%(role)s”.",
                        exception=exception.display_name,
                        # sudo: the name of the role
                        role=exception.sudo().owner_group_id.name,
                    )
                )

    def action_take(self):
        """Say that one looks at it; the activity moves to one's own list."""
        self._set_responsible(self.env.user)
        return True

    def action_give_back(self):
        """Leave it to the role again."""
        self._set_responsible(self.env["res.users"])
        return True

    def _set_responsible(self, user):
        self._check_owner()
        for exception in self:
            if exception.state != "open":
                raise UserError(
                    self.env._(
                        "%(exception)s is resolved: nothing is left to look at.",
                        exception=exception.display_name,
                    )
                )
        self._guarded_write({"user_id": user.id})
        # sudo: an activity may be a colleague's
        activities = self.sudo().activity_id.filtered("active")
        activities.with_context(mail_activity_quick_update=True).user_id = user
