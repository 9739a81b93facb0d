from odoo import api, fields, models
from odoo.fields import Domain

#: how many of those that wait one can step through
NEXT = 80


class ReverseWorkMixin(models.AbstractModel):
    """What waits for a role: whose turn it is, where they see it, and what is next.

    Approvals and exceptions are such work. Whoever has the role may do it, and whoever
    stands in for a colleague who has it. Each piece is one activity: of the return's
    responsible if it is his turn, else of nobody yet, and then it is counted for all
    whose turn it is, in the same place where they see their own activities.
    """

    _name = "reverse.work.mixin"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Work That Waits for a Role"

    #: name of the field with the role
    _work_role = ""
    #: state in which it waits
    _work_state = ""
    #: date or datetime after which it is late
    _work_deadline = ""
    #: action that lists what waits for the acting user
    _work_action = ""

    is_mine = fields.Boolean(
        "For Me",
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="You have the role, or stand in for somebody who has it.",
    )

    # ------------------------------------------------------------------
    # Whose turn it is
    # ------------------------------------------------------------------
    @api.depends_context("uid")
    def _compute_is_mine(self):
        own = self.env["reverse.delegation"]._get_own()
        for work in self:
            work.is_mine = work._is_role_of_user(own)

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._get_own_domain()
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    def _is_role_of_user(self, delegations):
        """Whether the acting user has the role, or stands in for who has it.

        :param delegations: what ``reverse.delegation._get_own`` gave
        """
        self.ensure_one()
        # sudo: which role it is, and in which company
        known = self.sudo()
        role = known[self._work_role]
        return role.id in self.env.user._get_group_ids() or bool(
            delegations._in_force(role, known.company_id)
        )

    @api.model
    def _get_own_domain(self):
        """Give the domain of what the acting user may do now."""
        names = [Domain(self._work_role, "in", self.env.user._get_group_ids())]
        for delegation in self.env["reverse.delegation"]._get_own():
            companies = delegation.delegator_id.company_ids.filtered(
                lambda company, d=delegation: any(
                    d._in_force(role, company) for role in d.role_ids
                )
            )
            names.append(
                Domain(self._work_role, "in", delegation.role_ids.ids)
                & Domain("company_id", "in", [False, *companies.ids])
                & self._get_deputy_domain(delegation.delegator_id)
            )
        return Domain.OR(names)

    @api.model
    def _get_deputy_domain(self, delegator):
        """Narrow what may be done in the name of a colleague."""
        return Domain.TRUE

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def _get_activity_user(self):
        """Give the return's responsible if it is his turn, else nobody: a name picked
        for its number would be nobody's choice.
        """
        # sudo: roles and companies of a colleague
        work = self.sudo()
        user = work.rma_id.user_id
        suits = (
            user.active
            and work[self._work_role].id in user._get_group_ids()
            and work.company_id in user.company_ids
        )
        return user if suits else user.browse()

    def _finish_activities(self, activities, feedback):
        """Mark activities of this work done, and say how it ended.

        What was nobody's was done by the acting user.
        """
        # sudo: an activity may be a colleague's
        activities = self._sudo_clean(activities)
        unassigned = activities.filtered(lambda activity: not activity.user_id)
        unassigned.with_context(mail_activity_quick_update=True).user_id = self.env.uid
        activities._action_done(feedback=feedback)

    @api.model
    def _get_activity_group(self):
        """Give what waits for the acting user for the menu of his activities.

        What is an activity of his own is counted there already.
        """
        waiting = (
            self._get_own_domain()
            & Domain("state", "=", self._work_state)
            & ~self._get_assigned_domain()
        )
        count = self.search_count(waiting)
        if not count:
            return None
        today = fields.Date.context_today(self)
        late = self.search_count(waiting & Domain(self._work_deadline, "<", today))
        model = self.env["ir.model"]._get(self._name)
        return {
            "id": model.id,
            "name": model.name,
            "model": self._name,
            "type": "activity",
            "icon": "/reverse_logistics/static/description/icon.png",
            "domain": [],
            "total_count": count,
            "today_count": count - late,
            "overdue_count": late,
            "planned_count": 0,
            "view_type": "list",
            "reverse_action": self._work_action,
        }

    @api.model
    def _get_assigned_domain(self):
        """Give the domain of what is an activity of the acting user's own."""
        return Domain.FALSE

    # ------------------------------------------------------------------
    # One after the other
    # ------------------------------------------------------------------
    @api.model
    def _open_next(self):
        """Show what waits next for the acting user, or that nothing does.

        The client goes on within the list from which this one was opened.
        """
        waits = self._get_own_domain() & Domain("state", "=", self._work_state)
        return {
            "type": "ir.actions.client",
            "tag": "reverse_open_next",
            "params": {
                "list": self._work_action,
                "res_ids": self.search(waits, limit=NEXT).ids,
            },
        }
