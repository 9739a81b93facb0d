from odoo import fields, models

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
        facts = {version: {} for version in self}
        for version in self.filtered(lambda v: v.state == "draft"):
            company = version.company_id
            facts[version]["policy_activation"] = matching.Facts(
                day=(company or self.env.company)._get_reverse_today(),
                # sudo: the parents of a company that the user may not be in
                values={"company": matching.nested(company.sudo().parent_ids.ids)},
            )
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

    def _activate(self, user):
        self._check_approved()
        return super()._activate(user)

    def _go_on_approved(self):
        for version in self:
            version._activate(self.env.user)
