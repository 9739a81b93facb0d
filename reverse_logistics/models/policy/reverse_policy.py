from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_guarded_mixin import unless_uninstalling


class ReversePolicy(models.Model):
    """How a company decides on returns; one of its versions is in force.

    Administrators write it. Each company can have one, which also applies to branches
    without a policy of their own. A policy without a company applies to all companies
    that have none.
    """

    _name = "reverse.policy"
    _inherit = ["reverse.touch.mixin"]
    _description = "Return Policy"
    _order = "company_id, id"
    _one_per_company = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE active",
        "There is a policy for this company already: make a new version of it.",
    )

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        help="Also applies to its branches, unless they have a policy of their own.",
    )
    version_ids = fields.One2many(
        "reverse.policy.version", "policy_id", "Versions", readonly=True
    )
    active_version_id = fields.Many2one(
        "reverse.policy.version",
        "Version in Force",
        compute="_compute_active_version_id",
    )
    draft_count = fields.Integer(compute="_compute_draft_count")

    @api.depends("version_ids.state", "version_ids.date_from", "version_ids.date_to")
    @api.depends_context("company")
    def _compute_active_version_id(self):
        for policy in self:
            company = policy.company_id or self.env.company
            day = company._get_reverse_today()
            policy.active_version_id = policy.version_ids.filtered(
                lambda version, day=day: version._is_in_force(day)
            )[:1]

    @api.depends("version_ids.state")
    def _compute_draft_count(self):
        for policy in self:
            drafts = policy.version_ids.filtered(lambda v: v.state == "draft")
            policy.draft_count = len(drafts)

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._check_reach()
        # Users need a draft to enter rules in; it decides nothing yet.
        self.env["reverse.policy.version"].create(
            [
                {
                    "policy_id": policy.id,
                    "rule_ids": [Command.create({"name": self.env._("Everything")})],
                }
                for policy in policies
            ]
        )
        return policies

    @api.model
    def _activate_shipped(self):
        """Put the shipped policy in force when the addon is installed."""
        policy = self.env.ref("reverse_logistics.policy_default")
        # The shipped policy credits automatically what passes the inspection, while
        # rules that users add start with a person releasing the credit.
        policy.version_ids.rule_ids.credit_release = "inspection"
        policy.version_ids._activate(self.env.user)

    def write(self, vals):
        self._check_reach()
        archived = "active" in vals and not vals["active"]
        if archived:
            # Also when all versions have ended: once the policy is archived, that of a
            # parent company would decide.
            self.version_ids.filtered(lambda v: v._has_decided())._check_may_end()
        if "company_id" in vals:
            self._check_move(vals["company_id"])
        if archived:
            # Restoring the policy later must not bring them back into force: only an
            # activation does that.
            self.version_ids.filtered(lambda v: v.state == "active")._take_out()
        res = super().write(vals)
        self._check_reach()
        return res

    def _check_reach(self):
        """What companies share is changed by administrators of all who have returns."""
        # sudo: whose it is, whoever writes
        shared = self.sudo().filtered(lambda policy: not policy.company_id)
        if shared:
            self.env["res.company"]._check_reverse_reach(shared[0].display_name)

    def _check_move(self, company_id):
        """Refuse to move a policy that has decided to another company."""
        for policy in self:
            if policy.company_id.id != (company_id or False) and policy._has_decided():
                raise UserError(
                    self.env._(
                        "%(policy)s has had versions in force and stays with its "
                        "company. Add a policy for the other one; a version can be "
                        "exported and imported there.",
                        policy=policy.name,
                    )
                )

    def _has_decided(self):
        return any(version.state != "draft" for version in self.version_ids)

    @unless_uninstalling
    def _unlink_only_unused(self):
        self._check_reach()
        for policy in self:
            if policy._has_decided():
                raise UserError(
                    self.env._(
                        "%(policy)s has had versions in force, and decisions are "
                        "explained by them: archive it instead.",
                        policy=policy.name,
                    )
                )
        # The cascade of the database would skip the checks of approvals.
        self.version_ids.unlink()

    def action_new_version(self):
        """Open a new draft; where one exists already, ask first."""
        self.ensure_one()
        latest = self.active_version_id or self.version_ids[:1]
        if latest:
            return latest.action_new_version()
        return self._create_draft()._open_form()

    def _create_draft(self):
        return self.version_ids.create({"policy_id": self.id})

    def _ask_about_draft(self, source):
        """Give the dialog that asks whether to go on with an existing draft, or None.

        :param source: the version of which a new draft would be a copy
        """
        draft = self.version_ids.filtered(lambda version: version.state == "draft")[:1]
        if not draft:
            return None
        wizard = self.env["reverse.policy.draft.wizard"].create(
            {"policy_id": self.id, "source_id": source.id, "draft_id": draft.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("There Is a Draft Already"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
