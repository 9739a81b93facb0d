from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import groupby

from ...engine import health
from ..base.reverse_guarded_mixin import DUTIES
from ..base.reverse_retry import run_batch

_RULES_SHOWN = 5


class ReverseHealthIssue(models.Model):
    """A record that lacks what an active rule needs.

    ``open → closed``, when the record has it, and ``open`` again when it lacks it once
    more. Only the check of master data writes it, see ``reverse.health``.
    """

    _name = "reverse.health.issue"
    _description = "Gap in Master Data"
    _order = "state desc, found_on desc, id"
    _once = models.UniqueIndex("(code, res_model, res_id, COALESCE(company_id, 0))")

    name = fields.Char("Record", readonly=True)
    code = fields.Selection(
        "_selection_code", "What Is Missing", required=True, readonly=True
    )
    kind = fields.Selection(
        [
            ("product", "Product"),
            ("customer", "Customer"),
            ("supplier", "Supplier"),
            ("facility", "Facility"),
            ("rule", "Rule"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Empty: it matters to every company.",
    )
    rules = fields.Char("Rules That Need It", readonly=True)
    why = fields.Char("Why It Matters", compute="_compute_why")
    state = fields.Selection(
        [("closed", "Fixed"), ("open", "To Fix")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    found_on = fields.Date(required=True, readonly=True)
    closed_on = fields.Date("Fixed on", readonly=True)

    def _selection_code(self):
        checks = self.env["reverse.health"]._get_checks()
        return [(code, check.label) for code, check in checks.items()]

    @api.depends("code", "rules")
    @api.depends_context("lang")
    def _compute_why(self):
        checks = self.env["reverse.health"]._get_checks()
        for issue in self:
            check = checks.get(issue.code)
            issue.why = check.why if check else ""
            if issue.rules:
                issue.why = self.env._(
                    "%(why)s Rules: %(rules)s", why=issue.why, rules=issue.rules
                )

    def action_open_record(self):
        """Open the record that lacks something."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(
                self.env._(
                    "%(record)s is gone. The next check takes it off the list.",
                    record=self.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "name": self.name,
        }

    # ------------------------------------------------------------------
    # Check
    # ------------------------------------------------------------------
    def action_check_now(self):
        """Check all master data now instead of at night.

        :raises AccessError: without the role administrator
        :raises UserError: while the check is running
        """
        self._check_administrator()
        # sudo: the lock on the scheduled action keeps two checks from running at once
        cron = self.env.ref("reverse_logistics.cron_check_health").sudo()
        if not cron.try_lock_for_update():
            raise UserError(
                self.env._("Master data is being checked. Reload in a moment.")
            )
        self._check_all()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _check_administrator(self):
        group = DUTIES["administrator"]
        if not self.env.user.has_group(group):
            # sudo: only the name of the group is read
            name = self.env.ref(group).sudo().name
            raise AccessError(
                self.env._("Master data is checked by the role “%(role)s”.", role=name)
            )

    @api.model
    def _cron_check(self):
        run_batch(self.env, self._check_all, 1)

    @api.model
    def _check_all(self):
        """Run the check, update the list of issues, and note the scores."""
        findings = self.env["reverse.health"]._find()
        # sudo: only the check writes the list
        self.sudo()._update(findings.lacking)
        self.env["reverse.health.score"].sudo()._note(findings)  # sudo: as above

    @api.model
    def _update(self, lacking):
        """Create, reopen and close issues; those that remain stay as they are.

        :param lacking: ``{engine.health.Need: names of rules}``
        """
        issues = {issue._get_need(): issue for issue in self.search([])}
        changes = health.compare(
            {need: issue.state == "open" for need, issue in issues.items()}, lacking
        )
        today = fields.Date.context_today(self)
        self.create(
            [{**self._to_values(need), "found_on": today} for need in changes.new]
        )
        again = self.union(*(issues[need] for need in changes.again))
        again.write({"state": "open", "found_on": today, "closed_on": False})
        fixed = self.union(*(issues[need] for need in changes.fixed))
        fixed.write({"state": "closed", "closed_on": today})
        self._refresh(lacking)

    def _get_need(self):
        return health.Need(
            self.code, (self.res_model, self.res_id), self.company_id.id or None
        )

    @api.model
    def _to_values(self, need):
        return {
            "code": need.code,
            "kind": self.env["reverse.health"]._get_checks()[need.code].kind,
            "res_model": need.key[0],
            "res_id": need.key[1],
            "company_id": need.scope,
        }

    @api.model
    def _refresh(self, lacking):
        """Update the names of records and rules on open issues."""
        issues = self.search([("state", "=", "open")])
        names = {}
        for model, group in issues.grouped("res_model").items():
            records = self.env[model].browse(group.mapped("res_id"))
            names |= {(model, record.id): record.display_name for record in records}
        wanted = {
            issue: (
                names[issue.res_model, issue.res_id],
                self._name_rules(lacking[issue._get_need()]),
            )
            for issue in issues
        }
        stale = [
            issue for issue in issues if wanted[issue] != (issue.name, issue.rules)
        ]
        for (name, rules), group in groupby(stale, wanted.get):
            self.union(*group).write({"name": name, "rules": rules})

    @api.model
    def _name_rules(self, rules):
        shown = ", ".join(rules[:_RULES_SHOWN])
        return f"{shown}, …" if len(rules) > _RULES_SHOWN else shown or False
