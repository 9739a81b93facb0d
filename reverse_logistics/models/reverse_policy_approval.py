from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import approvals, matching


class ReversePolicyVersion(models.Model):
    """Versions that somebody else has to approve before they decide anything."""

    _inherit = "reverse.policy.version"

    _gates = ("policy_activation",)
    _gate_actors = ("activation_asked_by_id",)

    activation_asked_by_id = fields.Many2one(
        "res.users", "Activation Asked by", readonly=True, copy=False
    )

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {"activation_asked_by_id"}

    def _get_return(self):
        return self.env["reverse.rma"]

    def _get_duty_uses(self):
        uses = {}
        for version in self:
            company = version.company_id or self.env.company
            uses[version] = {
                "key": f"{self._name},{version.id}",
                "rma": self.env["reverse.rma"],
                "company": company,
                "facility": self.env["reverse.facility"],
                "channel": self.env["reverse.channel"],
                "amount": 0.0,
            }
        return uses

    def _get_gate_facts(self):
        drafts = self.filtered(lambda v: v.state == "draft")
        known = drafts._get_activation_facts()
        return {version: known.get(version, {}) for version in self}

    def _get_activation_facts(self):
        facts = {}
        for version in self:
            company = version.company_id
            known = matching.Facts(
                day=version._get_today(),
                # sudo: the parents of a company that the user may not be in
                values={"company": matching.nested(company.sudo().parent_ids.ids)},
            )
            facts[version] = {"policy_activation": known}
        return facts

    def _get_subjects(self):
        """Exactly what was looked at: a draft can still be changed."""
        return {
            version: approvals.Subject(
                content=version._hash_snapshot(
                    f"{version.date_from} {version._make_snapshot()}"
                )
            )
            for version in self
        }

    def _get_approval_details(self):
        self.ensure_one()
        return "\n".join(filter(None, [self.display_name, self.note]))

    def action_activate(self):
        """Put this draft in force, or ask for the approval of it.

        :raises AccessError: without the role administrator
        :raises UserError: see ``_check_activate``
        """
        self._check_duty("administrator")
        self.sudo(False).check_access("write")
        for version in self:
            # Nobody is asked to approve what could not be activated.
            version._check_activate()
        # Who asks answers for what is asked now, not for what the draft said before.
        self._drop_outgrown(self._get_gate_facts())
        self._update_approval_state()
        self.filtered(lambda v: v.approval_state != "waiting")._guarded_write(
            {"activation_asked_by_id": self.env.uid}
        )
        waiting = self._ask_approvals()
        waiting._give_approvals(bypassed=())
        waiting = waiting.filtered(lambda v: v.approval_state == "waiting")
        super(ReversePolicyVersion, self - waiting).action_activate()
        return waiting._tell_waiting()

    def _take_out(self):
        self._check_may_end()
        return super()._take_out()

    def _check_may_end(self):
        """Refuse to end by one person what is put in force by several.

        Another version can follow it, with their approval. What has not begun decides
        nothing yet, and without it what they approved before stays in force.
        """
        begun = self.filtered(lambda v: v.date_from and v.date_from <= v._get_today())
        found = begun._find_rules(begun._get_activation_facts())
        for version in begun.filtered(found.get):
            raise UserError(
                self.env._(
                    "%(version)s was put in force by an approval, and nobody takes it "
                    "out of force alone. Activate another version instead: it has to "
                    "be approved as well.",
                    version=version.display_name,
                )
            )

    def _activate(self, user):
        self._check_approved()
        return super()._activate(user)

    def _go_on_approved(self):
        for version in self:
            version._activate(self.env.user)


class ReversePolicy(models.Model):
    _inherit = "reverse.policy"

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            # also when all have ended: another company's policy would decide then
            self.version_ids.filtered(lambda v: v._has_decided())._check_may_end()
        return super().write(vals)
