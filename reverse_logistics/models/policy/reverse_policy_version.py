import base64
import json
import logging
from datetime import timedelta

from odoo import Command, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ...engine import difference, portable, snapshot, transitions
from ..base.reverse_retry import run_batch
from ..rules.reverse_rule_mixin import RULE_FIELDS

_logger = logging.getLogger(__name__)
#: What a rule of a document has besides its conditions and terms, and the field of it.
PLAIN = {
    "key": "key",
    "name": "name",
    "sequence": "sequence",
    "valid_from": "date_from",
    "valid_to": "date_to",
    "value_from": "value_from",
    "value_to": "value_to",
}
_TYPES = {
    "boolean": bool,
    "integer": int,
    "float": (int, float),
    "monetary": (int, float),
}


def _identity(reference):
    return tuple(reference[name] for name in ("model", "by", "value", "xmlid"))


_OWN = {"valid_from": "date_from", "valid_to": "date_to"}


class ReversePolicyVersion(models.Model):
    """One edition of a policy: rules are entered in a draft, then frozen.

    ``draft → active → archived``: an administrator writes the rules of a draft and
    activates it, with an approval where a rule asks for one. From its first day on it
    decides by the rules that were frozen then, until the next version follows or
    somebody takes it out of force. A new kind of rule adds itself in
    :meth:`_get_rule_fields`, a new setting in :meth:`_get_setting_fields`.
    """

    _name = "reverse.policy.version"
    _inherit = ["mail.thread", "mail.activity.mixin", "reverse.gated.mixin"]
    _description = "Version of a Return Policy"
    _order = "policy_id, number desc"
    _rec_names_search = ["policy_id.name"]
    _steps = transitions.POLICY_VERSION
    _fixed_fields = frozenset({"policy_id"})
    _shared_without_company = True
    _number_unique = models.Constraint(
        "UNIQUE (policy_id, number)", "This version exists already."
    )

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
    # Not prefetched, because it is long and only needed to compile the rules.
    snapshot = fields.Text(readonly=True, copy=False, prefetch=False, guarded=True)
    snapshot_hash = fields.Char("Fingerprint", readonly=True, copy=False, guarded=True)
    activated_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    activated_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    is_altered = fields.Boolean(
        compute="_compute_is_altered",
        help="The rules of this version are not those that were activated.",
    )
    conflict_note = fields.Text(compute="_compute_conflict_note")
    export_file = fields.Binary(
        compute="_compute_export_file",
        groups="reverse_logistics.group_administrator,reverse_logistics.group_auditor",
    )
    fee_rule_ids = fields.One2many("reverse.fee.rule", "version_id", "Fees", copy=True)
    is_activate_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_archive_version_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_new_version_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_simulate_allowed = fields.Boolean(compute="_compute_steps_allowed")

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
        # Only one transaction at a time may choose a number.
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
        # sudo: the copy keeps conditions that the user cannot see
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
        """Tell whether this version decides on a day in its company."""
        self.ensure_one()
        return (
            self.state == "active"
            and self.policy_id.active
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
        )

    def _was_in_force(self, day):
        """Tell whether this version decided on a day, or is going to.

        When versions changed on that day, the later one counts. A version that was
        archived before it began has no last day, and never decided.
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
        """Give the version in force today for each company.

        The company's own policy comes first, then those of its parents, then the shared
        one. A policy decides once a version of it has begun, until the policy is
        archived: on days without a version in force nothing decides. So taking a
        version out of force never lets the policy of another company in.

        :rtype: dict[res.company, reverse.policy.version]
        """
        versions = self._get_activated()
        return {
            # sudo: only the time zone of the company is read
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
        """Give the other versions that decided for a company since a day.

        :param date day: the first day that counts
        :param current: the version in force now, before which they decided
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
        """Choose from these versions the one that decides, or decided, on a day."""
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
        """Tell whether a version that has begun was ever in force."""
        return self.state == "active" or bool(self.date_to)

    def _get_known(self):
        """Leave out versions of which nobody knows the rules.

        They decided, and were replaced, in a database that did not keep versions yet
        (before 19.0.1.2.0).
        """
        return self.filtered("activated_at")

    def _get_decider(self):
        """Give the text by which an event names this version as what decided."""
        if not self:
            return "policy"
        return f"policy:{self.policy_id.id}:{self.number}"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    @api.depends("state")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        administrator = self._has_duty("administrator")
        for version in self:
            saved = administrator and bool(version._origin)
            draft = version._may("activate")
            version.is_activate_allowed = saved and draft
            version.is_archive_version_allowed = saved and version._may("archive")
            # a draft is changed itself
            version.is_new_version_allowed = saved and not draft
            version.is_simulate_allowed = saved and version.state != "archived"

    def action_new_version(self):
        """Copy this version with its rules to a draft.

        Where there is a draft already, say whose it is and ask first.
        """
        self.ensure_one()
        self.check_access("write")
        return self.policy_id._ask_about_draft(self) or self.copy()._open_form()

    def _describe_draft(self):
        """Say who started this draft, and who changed it last."""
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
            "%(version)s is a draft that %(author)s started on %(start)s. %(editor)s "
            "changed it last, on %(change)s. Opening it shows those changes.",
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

    # ------------------------------------------------------------------
    # How a version comes into force, and out of it.
    #
    # Days are those of the company whose policy it is. A version that several
    # companies share ends at midnight of each company: it goes on deciding where the
    # first day of the next version has not begun, and is archived once that day has
    # begun everywhere.
    # ------------------------------------------------------------------
    def action_activate(self):
        """Put this draft in force, or ask for the approval it needs.

        The version before it ends on the day before.

        :raises AccessError: without the role administrator
        :raises UserError: without rules, for a day that has passed, or when the policy
            is archived
        """
        self._check_duty("administrator")
        # sudo(False): users of a branch can read the version of a parent company, but
        # must not change it
        self.sudo(False).check_access("write")
        for version in self:
            # Checked first, so that nobody approves what cannot be activated.
            version._check_activate()
        waiting = self._ask_activation()
        for version in self - waiting:
            version._activate(self.env.user)
        return waiting._tell_waiting()

    def _activate(self, user):
        """Freeze the rules as they are now, and let them decide from the first day on.

        :param user: the user who activates the version
        """
        self._check_approved()
        # Two activations, or an activation and a change of rules, exclude each other.
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
        for version in self:
            version._log_in_force("PolicyActivated")

    def _log_in_force(self, name):
        """Note that a version begins to decide, or is taken out, where it decides."""
        self.ensure_one()
        facilities = self.env["reverse.facility"].sudo()  # sudo: where returns are
        companies = self._get_decided() or self.company_id or self.env.company
        known = facilities.with_context(active_test=False).search(
            [("company_id", "in", companies.ids)]
        )
        self.env["reverse.event"]._log(
            known.company_id or companies,
            name,
            {
                "policy": self.policy_id.id,
                "version": self.id,
                "version_number": self.number,
                "version_hash": self.snapshot_hash,
                "date_from": fields.Date.to_string(self.date_from),
            },
        )

    def _prepare_frozen(self, user):
        """Give the values that keep the rules as they are now."""
        text = self._make_snapshot()
        return {
            "activated_by_id": user.id,
            "activated_at": fields.Datetime.now(),
            "snapshot": text,
            "snapshot_hash": self._hash_snapshot(text),
        }

    def _check_activate(self):
        """Refuse to put in force a version that is not ready for it."""
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
        self._check_start()
        self._check_precedence()

    def _check_start(self):
        """Refuse a first day that has passed, or that collides with a later version."""
        today = self._get_today()
        start = self.date_from or today
        if start < today:
            raise UserError(
                self.env._(
                    "%(version)s cannot take effect on a past day: other versions "
                    "decided then.",
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

    def _check_precedence(self):
        """Refuse conflicting rules between which only their age would decide."""
        undecided = [
            (first, second)
            for conflict, first, second in self._find_conflicts()
            if conflict.kind in ("shadowed", "contradictory")
            and first.sequence == second.sequence
        ]
        if undecided:
            raise UserError(
                "\n".join(
                    self.env._(
                        "“%(first)s” and “%(second)s” say different things about the "
                        "same goods, and nobody has said which comes first: move one "
                        "of them.",
                        first=first.name,
                        second=second.name,
                    )
                    for first, second in undecided
                )
            )

    def _get_today(self):
        """Give today in the policy's company; for a shared policy, in the user's."""
        return (self.company_id or self.env.company)._get_reverse_today()

    # ------------------------------------------------------------------
    # Out of force
    # ------------------------------------------------------------------
    def _end_before(self, start):
        """Let active versions end on the day before the next one starts."""
        last = start - timedelta(days=1)
        for version in self:
            end = min(version.date_to or last, last)
            version._guarded_write({"date_to": max(end, version.date_from)})
        replaced = self.filtered(lambda version: version.date_from == start)
        (replaced | self._get_over())._transition(transitions.POLICY_VERSION, "archive")

    def _get_over(self):
        """Give the versions whose last day has ended in all of their companies."""
        # sudo: only time zones are read, also of companies the user cannot see
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
        """Take a version out of force; then returns wait for a person until another is.

        :raises AccessError: without the role administrator
        """
        self._check_duty("administrator")
        self.sudo(False).check_access("write")
        self._take_out()
        return True

    def _take_out(self):
        """Archive versions, so that they decide nothing from now on.

        When a version has not begun, the one it would have followed stays in force.
        """
        self._check_may_end()
        self.policy_id._reverse_touch()
        for version in self:
            today = version._get_today()
            begun = bool(version.date_from) and version.date_from <= today
            if version.state == "active":
                version._log_in_force("PolicyTakenOut")
            last = begun and min(version.date_to or today, today)
            version._transition(
                transitions.POLICY_VERSION, "archive", {"date_to": last}
            )
            if not begun:
                version._get_predecessor()._guarded_write({"date_to": False})

    def _get_predecessor(self):
        """Give the version that ends on the day before this one begins."""
        day_before = self.date_from - timedelta(days=1)
        return self.policy_id.version_ids.filtered(
            lambda v: v.state == "active" and v.date_to == day_before
        )

    @api.model
    def _cron_archive(self):
        """Archive the versions that another version has followed."""

        def work():
            # sudo: the system does this for all companies
            active = self.sudo().search(
                [("state", "=", "active"), ("date_to", "!=", False)]
            )
            active._get_over()._transition(transitions.POLICY_VERSION, "archive")

        run_batch(self.env, work, 1)

    # ------------------------------------------------------------------
    # The rules as data, frozen on activation: what a version decides from
    # ------------------------------------------------------------------
    @api.depends("snapshot", "snapshot_hash")
    def _compute_is_altered(self):
        for version in self:
            version.is_altered = not version._is_intact()

    def _is_intact(self):
        """Tell whether the frozen rules are still those that were activated."""
        self.ensure_one()
        return self.state == "draft" or (
            self._hash_snapshot(self.snapshot or "") == self.snapshot_hash
        )

    @api.model
    def _get_rule_fields(self):
        """Give the fields that hold the rules of a version, by kind of rule."""
        return {
            "policy": "rule_ids",
            "route": "route_rule_ids",
            "fee": "fee_rule_ids",
            "legal": "legal_rule_ids",
        }

    @api.model
    def _get_setting_fields(self):
        """Give the settings of a version that decide something."""
        return ("allocation", "validity_days")

    def _get_live_rules(self):
        """Give the active rules of each kind: ``{kind: rules}``.

        Conditions that the reader may not see belong to a rule all the same.
        """
        self.ensure_one()
        # sudo: see above; a rule is read as a whole or not at all
        version = self.sudo()
        return {
            kind: version[name].filtered("active").sorted("id")
            for kind, name in self._get_rule_fields().items()
        }

    def _get_document(self):
        """Give all that decides in this version; see ``engine/snapshot.py``."""
        return {
            "settings": {name: self[name] for name in self._get_setting_fields()},
            "rules": {
                kind: [rule._get_document() for rule in rules]
                for kind, rules in self._get_live_rules().items()
            },
        }

    def _make_snapshot(self):
        return snapshot.canonical(self._get_document())

    @api.model
    def _hash_snapshot(self, text):
        return snapshot.digest(text)

    def _get_rules(self, kind):
        """Give the rules of a kind, ready to be matched; no rules without a version.

        :rtype: engine.snapshot.CompiledRules
        """
        if not self:
            return snapshot.NO_RULES
        # sudo: rules apply to everybody, also where the user cannot read them
        version = self.sudo()
        if version.state == "draft":
            compiled = snapshot.compile_document(version._get_document())
        else:
            compiled = version._compile_snapshot()
        return compiled.get(kind, snapshot.NO_RULES)

    @tools.ormcache("self.snapshot_hash")
    def _compile_snapshot(self):
        """Compile the frozen rules; if the database was altered, there are none."""
        if not self._is_intact():
            _logger.error("%s was altered since its activation", self)
            return {}
        return snapshot.compile_document(json.loads(self.snapshot))

    # ------------------------------------------------------------------
    # Conflicts between the rules of a version
    #
    # They are reported whenever a draft is saved. Where somebody has put the rules in
    # order, their sequence decides, and nothing more happens. Where two rules say
    # different things about the same goods and have the same place in the sequence,
    # only their age would decide: such a version cannot be activated.
    # ------------------------------------------------------------------
    @api.model
    def _get_conflict_triggers(self):
        own = ("name", "active", "sequence", "date_from", "date_to")
        return ["state"] + [
            f"{rules}.{name}"
            for rules in self._get_rule_fields().values()
            for name in (
                *own,
                "value_from",
                "value_to",
                *RULE_FIELDS.values(),
                *self.env[self._fields[rules].comodel_name]._term_fields,
            )
        ]

    @api.depends(lambda self: self._get_conflict_triggers())
    @api.depends_context("lang")
    def _compute_conflict_note(self):
        for version in self:
            # A rule that is not saved has no place among the others yet.
            saved = version._origin
            found = saved._find_conflicts() if saved.state == "draft" else []
            note = self.env["reverse.rule.mixin"]._explain_conflicts(found)
            hints = saved._get_condition_hints()
            version.conflict_note = "\n".join(filter(None, [note, *hints]))

    def _get_condition_hints(self):
        """Warn of rules in a draft that ask for a condition, which is seldom known."""
        return [
            self.env._(
                "“%(rule)s” asks for a condition. When it decides, that is known of "
                "goods handed over at the counter only: it fits no other return.",
                rule=rule.name,
            )
            for version in self.filtered(lambda version: version.state == "draft")
            for rules in version._get_live_rules().values()
            if rules._decides_at_request
            for rule in rules
            if rule.condition_ids
        ]

    def _find_conflicts(self):
        """Find the conflicts among the rules of this version.

        :return: list of ``(engine.conflicts.Conflict, first rule, second or empty)``
        """
        self.ensure_one()
        return [
            one
            for rules in self._get_live_rules().values()
            for one in rules._find_conflicts()
        ]

    # ------------------------------------------------------------------
    # A version as a file, which names records as other databases know them
    # ------------------------------------------------------------------
    @api.depends_context("lang")
    def _compute_export_file(self):
        for version in self:
            version.export_file = base64.b64encode(version._write_file().encode())

    def action_export(self):
        """Download the version as a file.

        :raises UserError: naming records that another database could not tell apart
        """
        self.ensure_one()
        self._write_file()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/export_file/"
            f"return-policy-{self.policy_id.id}-v{self.number}.json?download=true",
            "target": "download",
        }

    def _write_file(self):
        self.check_access("read")
        document = self._read_document()
        references = self._refer(document)
        return portable.write(
            {
                "policy": self.policy_id.name,
                "version": self.number,
                "currency": self._get_currency().name,
                "settings": document["settings"],
                "rules": {
                    kind: [self._to_portable(kind, row, references) for row in rows]
                    for kind, rows in document["rules"].items()
                },
            }
        )

    def _read_document(self):
        """Give what decides in this version: what was frozen, or a draft's rules."""
        self.ensure_one()
        if self.state == "draft":
            return self._get_document()
        # sudo: conditions that the reader cannot see belong to a rule all the same
        return json.loads(self.sudo().snapshot)

    def _get_currency(self):
        return (self.company_id or self.env.company).currency_id

    def _refer(self, document):
        """Name all records of a document.

        :return: ``{(model, id): reference}``
        :raises UserError: listing records whose names do not lead back to exactly them
        """
        ids = {}
        for kind, rows in document["rules"].items():
            for row in rows:
                for model, some in self._get_named_ids(kind, row):
                    ids.setdefault(model, set()).update(some)
        # sudo: see _read_document; the names are those that the rules show anyway
        portables = self.env["reverse.portable"].sudo()
        references = {
            (model, id_): reference
            for model, some in ids.items()
            for id_, reference in portables._get_references(
                portables.env[model].browse(sorted(some))
            ).items()
        }
        found = portables._find_references([*references.values()], self.company_id)
        unclear = [
            reference["text"]
            for index, ((_model, id_), reference) in enumerate(references.items())
            if found[index].ids != [id_]
        ]
        if unclear:
            raise UserError(
                self.env._(
                    "Another database could not tell which records are meant: "
                    "%(names)s. Give each a number or name of its own.",
                    names=", ".join(sorted(unclear)),
                )
            )
        return references

    @api.model
    def _get_named_ids(self, kind, row):
        """Give ``(model, ids)`` for all records that a rule of a document names."""
        rules = self._get_rule_model(kind)
        for dimension, ids in row["allowed"].items():
            yield rules._fields[RULE_FIELDS[dimension]].comodel_name, ids
        for name in rules._term_fields:
            field, value = rules._fields[name], row["terms"].get(name)
            if field.relational and value:
                yield field.comodel_name, [value] if field.type == "many2one" else value

    @api.model
    def _get_rule_model(self, kind):
        field = self._fields[self._get_rule_fields()[kind]]
        return self.env[field.comodel_name]

    @api.model
    def _to_portable(self, kind, row, references):
        rules = self._get_rule_model(kind)

        def convert(field, value):
            if not field.relational or not value:
                return value
            ids = [value] if field.type == "many2one" else value
            named = [references[field.comodel_name, id_] for id_ in ids]
            return named[0] if field.type == "many2one" else named

        return {
            **{name: row.get(name) for name in PLAIN},
            "conditions": {
                dimension: [
                    references[rules._fields[RULE_FIELDS[dimension]].comodel_name, id_]
                    for id_ in ids
                ]
                for dimension, ids in row["allowed"].items()
            },
            "terms": {
                name: convert(rules._fields[name], value)
                for name, value in row["terms"].items()
                if name in rules._term_fields
            },
        }

    # ------------------------------------------------------------------
    # A file of another database as a draft
    #
    # When a record that a rule names is not found, or found more than once, the user
    # is told and nothing is created: without one of its conditions, a rule would fit
    # goods that it is not meant for.
    # ------------------------------------------------------------------
    @api.model
    def _import_file(self, data, policy, title):
        """Create a draft of a policy from a file.

        :param bytes data: content of the file
        :param reverse.policy policy: gets the draft
        :param str title: name of the file
        :rtype: reverse.policy.version
        :raises UserError: saying everything that cannot be used
        """
        try:
            content = portable.read(data)
            references = list(self._walk_references(content))
            self._check_words(content)
            records = self._resolve(references, policy.company_id)
            self._check_amounts(content, policy)
            vals = self._prepare_import(content, records)
            names = {"policy": content["policy"], "number": content["version"]}
        except portable.UnreadableFile as error:
            raise UserError(self._explain_unreadable(error.code, title)) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(self._explain_unreadable("damaged", title)) from error
        note = self.env._(
            "Imported from “%(file)s”: %(policy)s, version %(number)s.",
            file=title,
            **names,
        )
        return self.create([{**vals, "policy_id": policy.id, "note": note}])

    def _explain_unreadable(self, code, title):
        sentences = {
            "format": self.env._(
                "%(file)s is not a policy version. Choose a file that was exported "
                "from one.",
                file=title,
            ),
            "version": self.env._(
                "%(file)s was exported by a newer version of this program. Upgrade "
                "this database first.",
                file=title,
            ),
            "damaged": self.env._(
                "%(file)s was changed since it was exported. Export it again.",
                file=title,
            ),
        }
        return sentences[code]

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------
    @api.model
    def _check_words(self, content):
        """Refuse kinds, settings, conditions and terms that this database lacks."""
        unknown = set(content["settings"]) - set(self._get_setting_fields())
        for kind, rows in content["rules"].items():
            if kind not in self._get_rule_fields():
                unknown.add(kind)
                continue
            terms = set(self._get_rule_model(kind)._term_fields)
            for row in rows:
                unknown |= set(row["conditions"]) - set(RULE_FIELDS)
                unknown |= set(row["terms"]) - terms
        if unknown:
            raise UserError(
                self.env._(
                    "The file contains settings or rules that this database does not "
                    "have: %(names)s. Install the same addons, in the same versions, "
                    "first.",
                    names=", ".join(sorted(unknown)),
                )
            )

    @api.model
    def _check_amounts(self, content, policy):
        """Refuse amounts in another currency than the company's."""
        currency = (policy.company_id or self.env.company).currency_id
        if content["currency"] != currency.name and any(
            self._has_amounts(kind, row)
            for kind, rows in content["rules"].items()
            for row in rows
        ):
            raise UserError(
                self.env._(
                    "The amounts of the file are in %(theirs)s, and %(company)s keeps "
                    "its books in %(ours)s. Nothing is converted: make a version "
                    "without amounts, or enter it by hand.",
                    theirs=content["currency"],
                    company=(policy.company_id or self.env.company).name,
                    ours=currency.name,
                )
            )

    @api.model
    def _has_amounts(self, kind, row):
        rules = self._get_rule_model(kind)
        return bool(row["value_from"] or row["value_to"]) or any(
            value and rules._fields[name].type == "monetary"
            for name, value in row["terms"].items()
        )

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------
    @api.model
    def _walk_references(self, content):
        """Give all references in the file, each once."""
        seen = set()
        for rows in content["rules"].values():
            for row in rows:
                values = [*row["conditions"].values(), *row["terms"].values()]
                for value in values:
                    for each in value if isinstance(value, list) else [value]:
                        if isinstance(each, dict) and _identity(each) not in seen:
                            seen.add(_identity(each))
                            yield each

    @api.model
    def _resolve(self, references, company):
        """Find the records that the file names.

        :return: ``{identity of the reference: record}``
        :raises UserError: listing all that are not found, or found more than once
        """
        portables = self.env["reverse.portable"]
        known = [one for one in references if one["model"] in self._get_named_models()]
        found = portables._find_references(known, company)
        missing = [one for one in references if one not in known]
        missing += [one for index, one in enumerate(known) if not found[index]]
        twice = [one for index, one in enumerate(known) if len(found[index]) > 1]
        if missing or twice:
            raise UserError(self._explain_missing(missing, twice))
        return {_identity(one): found[index] for index, one in enumerate(known)}

    @api.model
    def _get_named_models(self):
        """Give the models that rules of any kind can name."""
        models_ = set()
        for kind in self._get_rule_fields():
            rules = self._get_rule_model(kind)
            for name in (*RULE_FIELDS.values(), *rules._term_fields):
                models_.add(rules._fields[name].comodel_name)
        return models_ - {None}

    def _explain_missing(self, missing, twice):
        sentences = []
        if missing:
            sentences.append(
                self.env._(
                    "This database has none of these: %(names)s.",
                    names=self._list_names(missing),
                )
            )
        if twice:
            sentences.append(
                self.env._(
                    "This database has several of these: %(names)s.",
                    names=self._list_names(twice),
                )
            )
        sentences.append(
            self.env._(
                "Nothing was imported, because a rule with one condition less would "
                "fit other goods."
            )
        )
        return "\n".join(sentences)

    def _list_names(self, references):
        named = []
        for one in references:
            model = self.env.get(one["model"])
            label = one["model"] if model is None else model._description
            number = "" if one["value"] == one["text"] else f" [{one['value']}]"
            named.append(f"{label} “{one['text']}”{number}")
        return ", ".join(sorted(named))

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------
    @api.model
    def _prepare_import(self, content, records):
        vals = {
            name: self._read_value(self._fields[name], value, records)
            for name, value in content["settings"].items()
        }
        for kind, name in self._get_rule_fields().items():
            vals[name] = [
                Command.create(self._prepare_rule(kind, row, records))
                for row in content["rules"].get(kind, ())
            ]
        return vals

    @api.model
    def _prepare_rule(self, kind, row, records):
        named = {name: row[key] for key, name in PLAIN.items()}
        named |= {RULE_FIELDS[key]: value for key, value in row["conditions"].items()}
        named |= row["terms"]
        rules = self._get_rule_model(kind)
        return {
            name: self._read_value(rules._fields[name], value, records)
            for name, value in named.items()
        }

    @api.model
    def _read_value(self, field, value, records):
        """Convert a value of the file so that it can be written to the field.

        :raises ValueError: when the field cannot have this value
        """
        if field.type == "many2one":
            # Conditions are always lists, also for the company, of which there is one.
            named = value if isinstance(value, list) else [value] if value else []
            return self._read_records(field, named, records)[:1].id
        if field.relational:
            return [Command.set(self._read_records(field, value or [], records).ids)]
        if value is None or value is False:
            return False
        if field.type == "date":
            return fields.Date.to_date(value)
        if field.type == "selection" and value not in dict(
            field._description_selection(self.env)
        ):
            raise ValueError(value)
        if not isinstance(value, _TYPES.get(field.type, str)):
            raise ValueError(value)
        return value

    @api.model
    def _read_records(self, field, references, records):
        found = self.env[field.comodel_name].union(
            *(records[_identity(reference)] for reference in references)
        )
        if len(found) != len(references):
            raise ValueError(field.name)
        return found

    # ------------------------------------------------------------------
    # What distinguishes two versions, in words
    # ------------------------------------------------------------------
    def action_compare(self):
        """Show what this version changes compared with another one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare"),
            "res_model": "reverse.policy.compare",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_version_id": self.id,
                "default_other_id": self._get_compared().id,
            },
        }

    def _get_compared(self):
        """Choose the version that this one is most likely to be compared with.

        It is the one it was copied from, else the one in force, else the one before it.
        """
        self.ensure_one()
        in_force = self.policy_id.active_version_id - self
        before = self.policy_id.version_ids.filtered(lambda v: v.number < self.number)
        return self.origin_id or in_force or before[:1]

    def _get_difference(self, other):
        """Give what this version says differently from another one.

        :param reverse.policy.version other: may belong to another policy
        :return: list of ``{"kind", "rule", "what", "before", "after", "change"}``:
            texts, and ``added``, ``removed`` or ``changed``
        """
        self.ensure_one()
        found = difference.compare(
            self._complete(other._read_document()),
            self._complete(self._read_document()),
        )
        names = self._get_names_in(found)
        return [
            *(self._describe_setting(change, names) for change in found.settings),
            *(
                row
                for change in found.rules
                for row in self._describe_rule(change, names)
            ),
        ]

    def _complete(self, document):
        """Complete the rules of a document with terms that were added later."""
        for kind, rows in document["rules"].items():
            rules = self._get_rule_model(kind)
            for row in rows:
                terms = rules._complete_terms(row["terms"])
                # Differences are shown in the order of the form.
                row["terms"] = {name: terms[name] for name in rules._term_fields}
        return document

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------
    def _describe_setting(self, change, names):
        field = self._fields[change.name]
        return {
            "kind": self.env._("Settings"),
            "rule": False,
            "what": field._description_string(self.env),
            "before": self._describe(field, change.before, names),
            "after": self._describe(field, change.after, names),
            "change": "changed",
        }

    def _describe_rule(self, change, names):
        """Give the rows of one rule that was added, removed or changed."""
        rules = self._get_rule_model(change.kind)
        line = self._fields[self._get_rule_fields()[change.kind]]
        row = change.after or change.before
        base = {
            "kind": line._description_string(self.env),
            "rule": names[rules._name].get(row["id"]) or row["name"],
        }
        if change.changes:
            for one in change.changes:
                field = self._get_changed_field(rules, one)
                yield {
                    **base,
                    "what": field._description_string(self.env),
                    "before": self._describe(field, one.before, names),
                    "after": self._describe(field, one.after, names),
                    "change": "changed",
                }
            return
        # sudo: the reader already holds the version to which the rule belongs
        says = rules.sudo().browse(row["id"]).exists()._get_sentence()
        yield {
            **base,
            "what": self.env._("New rule") if change.after else self.env._("Left out"),
            "before": says if change.before else "",
            "after": says if change.after else "",
            "change": "added" if change.after else "removed",
        }

    def _get_changed_field(self, rules, change):
        name = change.name
        if change.part == "condition":
            name = RULE_FIELDS[name]
        return rules._fields[_OWN.get(name, name)]

    def _describe(self, field, value, names):
        """Show a plain value as the form would show it."""
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.relational:
            ids = [value] if isinstance(value, int) else value or []
            known = names[field.comodel_name]
            return ", ".join(known[id_] for id_ in ids) or self.env._("Any")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "monetary":
            currency = self._get_currency()
            return formatLang(self.env, value or 0.0, currency_obj=currency)
        if field.type in ("integer", "float"):
            return f"{value or 0:.12g}"
        return value or ""

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------
    def _get_names_in(self, found):
        """Look up the names of all records in a difference at once.

        :return: ``{model: {id: name}}``
        """
        wanted = {
            model: set()
            for model in self._get_named_models()
            | {self._get_rule_model(kind)._name for kind in self._get_rule_fields()}
        }
        for rule in found.rules:
            rules = self._get_rule_model(rule.kind)
            wanted[rules._name].add((rule.after or rule.before)["id"])
            for change in rule.changes:
                field = self._get_changed_field(rules, change)
                if field.relational:
                    for value in (change.before, change.after):
                        ids = [value] if isinstance(value, int) else value
                        wanted[field.comodel_name].update(ids or ())
        names = {}
        for model, ids in wanted.items():
            # sudo: names that the rules show anyway
            records = self.env[model].sudo().browse(sorted(ids - {False})).exists()
            names[model] = {record.id: record.display_name for record in records}
        return names
