from odoo import api, fields, models
from odoo.fields import Domain

#: How many waiting records a user can step through, one after the other.
NEXT = 80


class ReverseWorkMixin(models.AbstractModel):
    """Work that waits for a role, such as an approval or an exception.

    Whoever has the role may do it, and whoever stands in for a colleague who has it.
    Each piece of work is one activity. It is assigned to the user responsible for the
    return if they may do it, and otherwise to nobody. What is assigned to nobody is
    counted for everybody who may do it, in the menu where they see their own
    activities.
    """

    _name = "reverse.work.mixin"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Work That Waits for a Role"
    #: Name of the field with the role.
    _work_role = ""
    #: State in which it waits.
    _work_state = ""
    #: External id of the action that lists what waits for the acting user.
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
        """Tell whether the acting user has the role, or stands in for whoever has it.

        :param delegations: what ``reverse.delegation._get_own`` gave
        """
        self.ensure_one()
        # sudo: only the role and the company are read
        known = self.sudo()
        role = known[self._work_role]
        return role.id in self.env.user._get_group_ids() or bool(
            delegations._in_force(role, known.company_id)
        )

    @api.model
    def _get_own_domain(self):
        """Give the domain of the work that the acting user may do now."""
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
        """Give the domain that limits what may be done in the name of a colleague."""
        return Domain.TRUE

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def _get_activity_user(self):
        """Give the user responsible for the return if they may do this, else nobody.

        Picking just anybody with the role would make a choice that nobody has made.
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
        """Mark activities of this work as done, and say how it ended.

        Activities that were assigned to nobody were done by the acting user.
        """
        # sudo: an activity may be a colleague's
        activities = self._sudo_clean(activities)
        unassigned = activities.filtered(lambda activity: not activity.user_id)
        unassigned.with_context(mail_activity_quick_update=True).user_id = self.env.uid
        activities._action_done(feedback=feedback)

    @api.model
    def _get_activity_group(self):
        """Give the entry for unassigned work in the acting user's menu of activities.

        Work that is an activity of their own is already counted there.
        """
        waiting = (
            self._get_own_domain()
            & Domain("state", "=", self._work_state)
            & ~self._get_assigned_domain()
        )
        count = self.search_count(waiting)
        if not count:
            return None
        late = self.search_count(waiting & self._get_late_domain())
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
        """Give the domain of work that is an activity of the acting user."""
        return Domain.FALSE

    @api.model
    def _get_late_domain(self):
        """Give the domain of what has waited for longer than it should."""
        return Domain.FALSE

    # ------------------------------------------------------------------
    # One after the other
    # ------------------------------------------------------------------
    @api.model
    def _open_next(self):
        """Show what waits next for the acting user, or that nothing does.

        The client steps through the list from which this record was opened.
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
