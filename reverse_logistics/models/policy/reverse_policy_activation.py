from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine import transitions
from ..base.reverse_retry import run_batch


class ReversePolicyVersion(models.Model):
    """How a version comes into force, and out of it.

    Days are those of the company whose policy it is. A version that several companies
    share ends where each of them is: it goes on deciding where the next one's first day
    has not begun, and is archived when it has everywhere.
    """

    _inherit = "reverse.policy.version"

    # ------------------------------------------------------------------
    # Into force
    # ------------------------------------------------------------------
    def action_activate(self):
        """Put this draft in force; the version before it ends the day before.

        :raises AccessError: without the role administrator
        :raises UserError: without rules, for a day that has passed, or when its policy
            is archived
        """
        self._check_duty("administrator")
        # A branch reads its parent's version; sudo(False): nothing lets it change it.
        self.sudo(False).check_access("write")
        for version in self:
            version._activate(self.env.user)
        return True

    def _activate(self, user):
        # Two activations, or one and a change of rules, never pass side by side.
        self.policy_id._reverse_touch()
        self._check_activate()
        start = self.date_from or self._get_today()
        others = self.policy_id.version_ids.filtered(lambda v: v.state == "active")
        self._transition(
            transitions.POLICY_VERSION,
            "activate",
            {"date_from": start, **self._prepare_frozen(user)},
        )
        others._end_before(start)

    def _prepare_frozen(self, user):
        """Give values that keep the rules as they are now."""
        text = self._make_snapshot()
        return {
            "activated_by_id": user.id,
            "activated_at": fields.Datetime.now(),
            "snapshot": text,
            "snapshot_hash": self._hash_snapshot(text),
        }

    def _check_activate(self):
        """Refuse to put in force what is not ready for it."""
        self.ensure_one()
        self._check_editable()
        if not self.policy_id.active:
            raise UserError(
                self.env._(
                    "%(policy)s is archived and decides nothing: restore it first.",
                    policy=self.policy_id.name,
                )
            )
        if not self.rule_ids:
            raise UserError(
                self.env._(
                    "%(version)s has no rules: every return would wait for a person. "
                    "Add a rule first.",
                    version=self.display_name,
                )
            )
        today = self._get_today()
        start = self.date_from or today
        if start < today:
            raise UserError(
                self.env._(
                    "%(version)s cannot be in force from a day that has passed: what "
                    "was decided then was decided by another version.",
                    version=self.display_name,
                )
            )
        later = self.policy_id.version_ids.filtered(
            lambda v: (
                v.state == "active" and v.date_from > today and v.date_from >= start
            )
        )
        if later:
            raise UserError(
                self.env._(
                    "%(later)s is to be in force from %(day)s: archive it first, or "
                    "choose a later day.",
                    later=later[0].display_name,
                    day=format_date(self.env, later[0].date_from),
                )
            )

    def _get_today(self):
        """The day in the company whose policy this is; of a shared one, the user's."""
        return (self.company_id or self.env.company)._get_reverse_today()

    # ------------------------------------------------------------------
    # Out of force
    # ------------------------------------------------------------------
    def _end_before(self, start):
        """Let active versions end when the next one starts."""
        last = start - timedelta(days=1)
        for version in self:
            end = min(version.date_to or last, last)
            version._guarded_write({"date_to": max(end, version.date_from)})
        replaced = self.filtered(lambda version: version.date_from == start)
        (replaced | self._get_over())._transition(transitions.POLICY_VERSION, "archive")

    def _get_over(self):
        """Give those of these versions whose last day has ended everywhere."""
        # sudo: the time zones of all companies that a version decides for
        days = {
            company: company._get_reverse_today()
            for company in self.env["res.company"].sudo().search([])
        }

        def earliest(owner):
            return min(
                (
                    day
                    for company, day in days.items()
                    if not owner or owner in company.parent_ids
                ),
                default=fields.Date.today(),
            )

        return self.filtered(
            lambda v: (
                v.state == "active" and v.date_to and v.date_to < earliest(v.company_id)
            )
        )

    def action_archive_version(self):
        """Take a version out of force; returns wait for a person until another is.

        :raises AccessError: without the role administrator
        """
        self._check_duty("administrator")
        self.sudo(False).check_access("write")
        self._take_out()
        return True

    def _take_out(self):
        """Archive versions: from now on they decide nothing.

        What was to follow another version and has not begun leaves that one in force.
        """
        self.policy_id._reverse_touch()
        for version in self:
            today = version._get_today()
            begun = bool(version.date_from) and version.date_from <= today
            last = begun and min(version.date_to or today, today)
            version._transition(
                transitions.POLICY_VERSION, "archive", {"date_to": last}
            )
            if not begun:
                version._get_predecessor()._guarded_write({"date_to": False})

    def _get_predecessor(self):
        """Give the version that ends where this one would have begun."""
        day_before = self.date_from - timedelta(days=1)
        return self.policy_id.version_ids.filtered(
            lambda v: v.state == "active" and v.date_to == day_before
        )

    @api.model
    def _cron_archive(self):
        """Archive the versions that another one has followed."""

        def work():
            # sudo: by the system, of all companies
            active = self.sudo().search(
                [("state", "=", "active"), ("date_to", "!=", False)]
            )
            active._get_over()._transition(transitions.POLICY_VERSION, "archive")

        run_batch(self.env, work, 1)
