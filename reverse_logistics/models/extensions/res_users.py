from odoo import SUPERUSER_ID, api, models

WORK = ("reverse.approval", "reverse.exception")
#: By these somebody signs in, and as whom.
_DOORS = frozenset(
    {
        "active",
        "login",
        "new_password",
        "oauth_access_token",
        "oauth_provider_id",
        "oauth_uid",
        "partner_id",
        "password",
        "totp_enabled",
        "totp_secret",
    }
)


class ResUsers(models.Model):
    """What waits for a role is on the list of activities of everybody who has it."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env["reverse.duty.period"]._note_later()
        return users

    def write(self, vals):
        res = super().write(vals)
        doors = _DOORS & set(vals)
        if doors:
            self.filtered("share").partner_id._note_reverse_let_in()
            self._log_reverse_sign_in(doors - {"active"})
        if {"group_ids", "company_ids", "active"} & set(vals):
            self.env["reverse.duty.period"]._note_later()
        return res

    @api.model
    def signup(self, values, token=None):
        """Note that somebody set a password by a link: nobody knows who they are."""
        known = self.browse()
        if token:
            # sudo: whose link it is, whoever opens it
            partners = self.env["res.partner"].sudo()
            owner = partners._get_partner_from_token(token) or partners
            known = owner.user_ids[:1]
        res = super().signup(values, token)
        known.with_env(self.env)._log_reverse_sign_in({"password"}, by_link=True)
        return res

    @api.model
    def _get_activity_groups(self):
        groups = super()._get_activity_groups()
        for name in WORK:
            work = self.env[name]
            group = work.has_access("read") and work._get_activity_group()
            if group:
                groups.append(group)
        return groups

    def _count_commercial_exceptions(self, days):
        """Count the returns outside of policy of what these users had sold.

        :param int days: how far back, from now
        :return: ``{user: number of returns}``
        """
        return self.env["reverse.rma.line"]._count_exceptions(
            "salesperson_id", self, days
        )

    def _log_reverse_sign_in(self, doors, by_link=False):
        """Note in the companies' chains that somebody else may sign in as these, who
        have duties: what they decide afterwards may be another's decision.

        :param doors: names of what was changed
        :param bool by_link: whether it was by a link, which anybody may have opened
        """
        actor = self.env.user
        others = self - actor
        known = by_link or actor._is_internal()
        if not (others and doors and known) or actor.id == SUPERUSER_ID:
            return
        # sudo: who has which duty, whoever changes a user
        periods = self.env["reverse.duty.period"].sudo()
        held = periods.search([("user_id", "in", others.ids), ("date_to", "=", False)])
        for user, own in held.grouped("user_id").items():
            self.env["reverse.event"]._log(
                own.company_id,
                "SignInChanged",
                {"user_id": user.id, "fields": sorted(doors)},
            )

    def _without_root(self):
        """Leave out the user as whom Odoo itself writes."""
        return self - self.browse(SUPERUSER_ID)
