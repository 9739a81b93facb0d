from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import transitions


class ReversePolicyVersion(models.Model):
    """One edition of a policy: rules are entered in a draft, then frozen."""

    _name = "reverse.policy.version"
    _inherit = ["mail.thread", "mail.activity.mixin", "reverse.guarded.mixin"]
    _description = "Version of a Return Policy"
    _order = "policy_id, number desc"
    _rec_names_search = ["policy_id.name"]

    policy_id = fields.Many2one(
        "reverse.policy", required=True, index=True, ondelete="cascade", copy=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    number = fields.Integer("Version", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    date_from = fields.Date(
        "In Force from", copy=False, help="Empty: from the day it is activated."
    )
    date_to = fields.Date("In Force until", readonly=True, copy=False)
    note = fields.Text("What Changes", copy=False)
    allocation = fields.Selection(
        [
            ("newest", "Newest delivery first"),
            ("oldest", "Oldest delivery first"),
            ("lowest_price", "Lowest price first"),
        ],
        default="newest",
        required=True,
        help="Where a return without a document takes its deliveries from.",
    )
    rule_ids = fields.One2many(
        "reverse.policy.rule", "version_id", "Eligibility", copy=True
    )
    snapshot = fields.Text(readonly=True, copy=False)
    snapshot_hash = fields.Char("Fingerprint", readonly=True, copy=False)
    activated_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    activated_at = fields.Datetime(readonly=True, copy=False)

    _guarded_fields = frozenset(
        {
            "number",
            "state",
            "date_to",
            "snapshot",
            "snapshot_hash",
            "activated_by_id",
            "activated_at",
        }
    )
    _fixed_fields = frozenset({"policy_id"})
    _open_fields = frozenset(
        {
            "activity_ids",
            "message_follower_ids",
            "message_ids",
            "message_main_attachment_id",
        }
    )

    _number_unique = models.Constraint(
        "UNIQUE (policy_id, number)", "This version exists already."
    )

    @api.depends("policy_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(policy)s, version %(number)s",
                policy=version.policy_id.name,
                number=version.number or self.env._("new"),
            )

    @api.model
    def _complete_create(self, vals_list):
        policies = self.env["reverse.policy"].browse(
            {vals["policy_id"] for vals in vals_list}
        )
        # Numbers are given to one transaction at a time.
        policies._reverse_touch()
        last = dict(
            self.sudo()._read_group(  # sudo: numbers only
                [("policy_id", "in", policies.ids)], ["policy_id"], ["number:max"]
            )
        )
        for vals in vals_list:
            policy = policies.browse(vals["policy_id"])
            last[policy] = vals.get("number") or last.get(policy, 0) + 1
            vals["number"] = last[policy]
        return vals_list

    # ------------------------------------------------------------------
    # In force
    # ------------------------------------------------------------------
    def _is_in_force(self, day):
        """Whether this version decides on a day of its company."""
        self.ensure_one()
        return (
            self.state == "active"
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
        )

    @api.model
    def _get_for(self, companies):
        """Give the version in force for each company today: of its own policy, else
        its parents', else of the shared one.

        :rtype: dict[res.company, reverse.policy.version]
        """
        # sudo: policy applies to everybody, also where the user cannot read it
        versions = self.sudo().search(
            [("state", "=", "active"), ("policy_id.active", "=", True)]
        )
        found = {}
        for company in companies:
            day = company.sudo()._get_reverse_today()  # sudo: its time zone
            own = versions.filtered(lambda version, day=day: version._is_in_force(day))
            by_company = own.grouped("company_id")
            # sudo: the parents of a company that the user may not be in
            lineage = [*company.sudo().parent_ids[::-1], companies.browse()]
            found[company] = next(
                (by_company[owner][:1] for owner in lineage if owner in by_company),
                self.browse(),
            )
        return found

    def _get_decider(self):
        """Say in an event that this version decided."""
        if not self:
            return "policy"
        return f"policy:{self.policy_id.id}:{self.number}"

    # ------------------------------------------------------------------
    # Life cycle
    # ------------------------------------------------------------------
    def action_activate(self):
        """Put this draft in force; the version before it ends the day before.

        :raises AccessError: without the role administrator
        :raises UserError: without rules, or for a day that has passed
        """
        self._check_duty("administrator")
        for version in self:
            version._activate(self.env.user)
        return True

    def _activate(self, user):
        self.policy_id._reverse_touch()
        company = self.company_id or self.env.company
        today = company._get_reverse_today()
        start = self.date_from or today
        self._check_activate(start, today)
        others = self.policy_id.version_ids.filtered(lambda v: v.state == "active")
        others._end_before(start, today)
        text = self._make_snapshot()
        self._transition(
            transitions.POLICY_VERSION,
            "activate",
            {
                "date_from": start,
                "activated_by_id": user.id,
                "activated_at": fields.Datetime.now(),
                "snapshot": text,
                "snapshot_hash": self._hash_snapshot(text),
            },
        )
        self.env.registry.clear_cache()

    def _check_activate(self, start, today):
        if not self.rule_ids:
            raise UserError(
                self.env._(
                    "%(version)s has no rules: every return would wait for a person. "
                    "Add a rule first.",
                    version=self.display_name,
                )
            )
        if start < today:
            raise UserError(
                self.env._(
                    "%(version)s cannot be in force from a day that has passed: what "
                    "was decided then was decided by another version.",
                    version=self.display_name,
                )
            )
        later = self.policy_id.version_ids.filtered(
            lambda v: v.state == "active" and v.date_from and v.date_from > start
        )
        if later:
            raise UserError(
                self.env._(
                    "%(later)s is to be in force from %(day)s: archive it first, or "
                    "choose a later day.",
                    later=later[0].display_name,
                    day=fields.Date.to_string(later[0].date_from),
                )
            )

    def _end_before(self, start, today):
        """Let active versions end when the next one starts; replaced ones are over."""
        for version in self:
            last = start - timedelta(days=1)
            over = last < today
            version._guarded_write({"date_to": max(last, version.date_from or last)})
            if over:
                version._transition(transitions.POLICY_VERSION, "archive")

    def action_archive_version(self):
        """Take a version out of force; returns wait for a person until another is."""
        self._check_duty("administrator")
        self._transition(transitions.POLICY_VERSION, "archive")
        self.env.registry.clear_cache()
        return True

    @api.model
    def _cron_archive(self):
        """Archive the versions that another one has followed."""
        # sudo: by the system, of all companies
        active = self.sudo().search(
            [("state", "=", "active"), ("date_to", "!=", False)]
        )
        over = active.filtered(
            lambda v: (
                v.date_to < (v.company_id or self.env.company)._get_reverse_today()
            )
        )
        over._transition(transitions.POLICY_VERSION, "archive")

    def action_new_version(self):
        """Copy this version, with its rules, to a draft that can be changed."""
        self.ensure_one()
        return self.copy()._open_form()

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
