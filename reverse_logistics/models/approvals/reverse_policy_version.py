from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import approvals


class ReversePolicyVersion(models.Model):
    """Ask others to approve a version before it decides anything."""

    _inherit = "reverse.policy.version"
    _gates = ("policy_activation",)
    _gate_actors = ("activation_asked_by_id",)

    activation_asked_by_id = fields.Many2one(
        "res.users",
        "Activation Asked by",
        readonly=True,
        copy=False,
        guarded=True,
    )

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

    # ------------------------------------------------------------------
    # What has to be approved
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        drafts = self.filtered(lambda v: v.state == "draft")
        known = drafts._get_activation_facts()
        return {version: known.get(version, {}) for version in self}

    def _get_activation_facts(self):
        # what rules look at is found for each company of which it decides
        return {version: {"policy_activation": None} for version in self}

    def _has_rules(self):
        rules = self.env["reverse.approval.rule"]
        return any(rules._is_in_use(v._get_decided(), self._gates) for v in self)

    def _find_rules(self, facts=None):
        """Find the rules of all companies on which a version would decide.

        It needs the approvals that any of them asks for, not only the policy's own
        company.
        """
        rules = self.env["reverse.approval.rule"]
        found = {version: {} for version in self}
        if facts is None:
            facts = self._get_gate_facts() if self._has_rules() else {}
        for version, known in facts.items():
            companies = version._get_decided() or [version.company_id]
            for gate in known:
                rule, why = rules._match_companies(companies, gate)
                if rule:
                    found[version][gate] = (rule, why)
        return found

    def _get_decided(self):
        """Give the companies on which this version decides once it is in force.

        These are its own company and those below, or all for a shared policy, except
        those with a nearer policy that is in force.
        """
        self.ensure_one()
        # sudo: the user need not belong to these companies
        own = self.sudo().company_id
        below = [("id", "child_of", own.ids)] if own else []
        companies = own.search([*below, ("active", "=", True)])
        activated = self._get_activated().filtered(
            lambda v: v.policy_id.active and v._has_decided()
        )

        def has_nearer(company):
            nearer = company.parent_ids - own.parent_ids
            today = company._get_reverse_today()
            return activated.filtered(
                lambda v: v.company_id in nearer and v.date_from <= today
            )

        return companies.filtered(lambda company: not has_nearer(company))

    def _get_subjects(self):
        """Bind the approval to the exact content: a draft can still be changed."""
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

    def _ask_activation(self):
        """Ask for the approvals of an activation, and give the user's own.

        :return: the versions that wait for others
        """
        # Whoever asks is responsible for what the draft says now. Approvals of what it
        # said before are dropped, so that its earlier author no longer counts.
        self._drop_outgrown(self._get_gate_facts(), self._find_rules())
        self._update_approval_state()
        self.filtered(lambda v: v.approval_state != "waiting")._guarded_write(
            {"activation_asked_by_id": self.env.uid}
        )
        waiting = self._ask_approvals()
        waiting._give_approvals(bypassed=())
        return waiting.filtered(lambda v: v.approval_state == "waiting")

    def _check_may_end(self):
        """Refuse to let one person end a version that several have put in force.

        They can activate another version with an approval. A version that has not begun
        can be archived: what was approved before it then stays in force.
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

    def _go_on_approved(self):
        for version in self:
            version._activate(self.env.user)
