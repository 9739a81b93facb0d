from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date


class ReversePolicyVersion(models.Model):
    """One edition of a policy: rules are entered in a draft, then frozen."""

    _name = "reverse.policy.version"
    _inherit = ["mail.thread", "mail.activity.mixin", "reverse.gated.mixin"]
    _description = "Version of a Return Policy"
    _order = "policy_id, number desc"
    _rec_names_search = ["policy_id.name"]

    policy_id = fields.Many2one(
        "reverse.policy", required=True, index=True, ondelete="cascade", copy=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    number = fields.Integer("Version", readonly=True, copy=False, guarded=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    date_from = fields.Date(
        "In Force from", copy=False, help="Empty: from the day it is activated."
    )
    date_to = fields.Date("In Force until", readonly=True, copy=False, guarded=True)
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
    origin_id = fields.Many2one(
        "reverse.policy.version",
        "Copied from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    # long, and only wanted where its rules are compiled
    snapshot = fields.Text(readonly=True, copy=False, prefetch=False, guarded=True)
    snapshot_hash = fields.Char("Fingerprint", readonly=True, copy=False, guarded=True)
    activated_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    activated_at = fields.Datetime(readonly=True, copy=False, guarded=True)

    _fixed_fields = frozenset({"policy_id"})

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
            {vals["policy_id"] for vals in vals_list if vals.get("policy_id")}
        )
        # Numbers are given to one transaction at a time.
        policies._reverse_touch()
        last = dict(
            self.sudo()._read_group(  # sudo: numbers only
                [("policy_id", "in", policies.ids)], ["policy_id"], ["number:max"]
            )
        )
        for vals in vals_list:
            policy = policies.browse(vals.get("policy_id") or ())
            last[policy] = vals.get("number") or last.get(policy, 0) + 1
            vals["number"] = last[policy]
        return vals_list

    def copy(self, default=None):
        if default:
            return super().copy(default)
        self.check_access("read")
        self.browse().check_access("create")
        # sudo: conditions that whoever copies cannot see are those of the copy, too
        copies = super(ReversePolicyVersion, self.sudo()).copy().with_env(self.env)
        copies.check_access("create")
        return copies

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            {**vals, "origin_id": version.id}
            for vals, version in zip(vals_list, self, strict=True)
        ]

    # ------------------------------------------------------------------
    # In force
    # ------------------------------------------------------------------
    def _is_in_force(self, day):
        """Whether this version decides, when it is this day in its company."""
        self.ensure_one()
        return (
            self.state == "active"
            and self.policy_id.active
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
        )

    def _was_in_force(self, day):
        """Whether this version decided on a day, or was the next one to do so on it.

        Of two versions that changed on the day, the later one is meant. What was
        archived before it began has no last day.
        """
        self.ensure_one()
        return (
            self.state != "draft"
            and bool(self.date_from)
            and self.date_from <= day
            and (day <= self.date_to if self.date_to else self.state == "active")
        )

    @api.model
    def _get_for(self, companies):
        """Give the version in force for each company today: of its own policy, else
        its parents', else of the shared one.

        A policy of which a version has begun is the one that decides, until it is
        archived itself: on days without a version nothing does, so that taking one out
        of force never lets the policy of another company in.

        :rtype: dict[res.company, reverse.policy.version]
        """
        versions = self._get_activated()
        return {
            # sudo: the time zone of a company
            company: versions._find_for(company, company.sudo()._get_reverse_today())
            for company in companies
        }

    @api.model
    def _get_at(self, company, days):
        """Give the version that was in force for a company on each of these days.

        :return: ``{day: reverse.policy.version}``
        """
        versions = self._get_activated()
        return {
            day: versions._find_for(company, day, past=True)
            for day in dict.fromkeys(days)
        }

    @api.model
    def _get_between(self, company, day, current):
        """Give the versions that decided for a company since a day, before another.

        :param date day: the first that counts
        :param current: the version that is in force now
        :return: ``{version: its last day}``
        """
        versions = self._get_activated()
        days = {day} | {v.date_from for v in versions if v.date_from > day}
        starts = sorted(each for each in days if each < current.date_from)
        ends = [*starts[1:], current.date_from]
        last = {}
        for start, end in zip(starts, ends, strict=True):
            version = versions._find_for(company, start, past=True)
            if version and version != current:
                last[version] = end - timedelta(days=1)
        return last

    @api.model
    def _get_first(self, company):
        """Give the first version that ever decided for a company, empty for none."""
        # sudo: the parents of a company that the user may not be in
        lineage = company.sudo().parent_ids | company
        decided = self._get_activated().filtered(
            lambda version: (
                version._has_decided()
                and (not version.company_id or version.company_id in lineage)
            )
        )
        return decided.sorted(lambda v: (v.date_from, v.number))[:1]

    @api.model
    def _get_activated(self):
        # sudo: policy applies to everybody, also where the user cannot read it
        versions = self.sudo().with_context(active_test=False)
        return versions.search_fetch(
            [("state", "!=", "draft"), ("date_from", "!=", False)]
        )

    def _find_for(self, company, day, past=False):
        """Choose of these versions the one that decides, or decided, on a day."""
        begun = self.filtered(lambda version: version.date_from <= day)
        by_owner = begun.grouped("company_id")
        # sudo: the parents of a company that the user may not be in
        for owner in [*company.sudo().parent_ids[::-1], company.browse()]:
            own = by_owner.get(owner, self.browse())
            found = own.filtered(
                lambda version: (
                    version._was_in_force(day) if past else version._is_in_force(day)
                )
            )
            if found or own.filtered(lambda v: v.policy_id.active and v._has_decided()):
                return found[:1]
        return self.browse()

    def _has_decided(self):
        """Whether a version that has begun was ever in force."""
        return self.state == "active" or bool(self.date_to)

    def _get_decider(self):
        """Say in an event that this version decided."""
        if not self:
            return "policy"
        return f"policy:{self.policy_id.id}:{self.number}"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def action_new_version(self):
        """Copy this version, with its rules, to a draft that can be changed.

        Where there is a draft already, say whose it is and ask first.
        """
        self.ensure_one()
        self.check_access("write")
        return self.policy_id._ask_about_draft(self) or self.copy()._open_form()

    def _describe_draft(self):
        """Say whose draft this is, and who changed it last."""
        self.ensure_one()
        # sudo: names of colleagues
        draft = self.sudo()
        changed = max(
            (
                draft,
                *(
                    rule
                    for name in draft._get_rule_fields().values()
                    for rule in draft[name]
                ),
            ),
            key=lambda record: record.write_date,
        )

        def day(moment):
            return format_date(
                self.env, fields.Datetime.context_timestamp(self, moment)
            )

        return self.env._(
            "%(version)s is a draft that %(author)s started on %(start)s. "
            "%(editor)s changed it last, on %(change)s. Opening it shows those "
            "changes.",
            version=self.display_name,
            author=draft.create_uid.name,
            start=day(draft.create_date),
            editor=changed.write_uid.name,
            change=day(changed.write_date),
        )

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
