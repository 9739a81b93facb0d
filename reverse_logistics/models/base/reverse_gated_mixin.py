from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import approvals
from ..base.reverse_guarded_mixin import unless_uninstalling

#: States of an approval in which it counts for its document.
LIVE = ("pending", "approved")
#: What the states of a document's approvals make of the document; the first one that
#: any approval has decides.
_SUMMARY = (
    ("pending", "waiting"),
    ("rejected", "refused"),
    ("approved", "approved"),
)


class ReverseGatedMixin(models.AbstractModel):
    """A document that only goes on after somebody else has approved.

    The points at which it has to be approved are called *gates*. In ``_get_gate_facts``
    a document says which gates it reaches; rules say who approves there. Each action
    calls ``_ask_approvals`` or, when a person takes it, ``_collect_approvals``, and
    goes on with the records that wait for nothing. After the last approval
    ``_go_on_approved`` does the same. Whatever writes the next state calls
    ``_check_approved``.
    """

    _name = "reverse.gated.mixin"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Document with Approval Gates"
    # Names of the fields with the users of earlier steps, who cannot approve.
    _gate_actors = ()
    # The step that approvers and their deputies take on the document itself.
    _approver_step = ""
    _gates = ()

    approval_ids = fields.One2many(
        "reverse.approval",
        "res_id",
        "Approvals",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
        guarded=True,
    )
    approval_state = fields.Selection(
        [
            ("waiting", "Waits for Approval"),
            ("approved", "Approved"),
            ("refused", "Approval Refused"),
        ],
        "Approval",
        readonly=True,
        copy=False,
        guarded=True,
    )
    approval_note = fields.Text(compute="_compute_approval_note")
    deputy_note = fields.Char(compute="_compute_deputy_note")

    @api.depends("approval_state", "approval_ids.state", "approval_ids.vote_ids")
    @api.depends_context("lang")
    def _compute_approval_note(self):
        for record in self:
            # sudo: whoever waits for an approval may know who has to give it
            pending = record.sudo().approval_ids.filtered(
                lambda a: a.state == "pending"
            )
            record.approval_note = "\n".join(a._get_missing_text() for a in pending)

    @api.depends(lambda self: ["state"] if "state" in self._fields else [])
    @api.depends_context("uid", "lang")
    def _compute_deputy_note(self):
        """Say whom the acting user stands in for, unless the role is their own; nothing
        while the step cannot be taken.
        """
        approver = self._has_duty("approver")
        for record in self:
            waits = self._approver_step and record._may(self._approver_step)
            own = waits and not approver and record._get_delegations("approver")
            record.deputy_note = bool(own) and self.env._(
                "You stand in for %(user)s.", user=own[0].delegator_id.name
            )

    # ------------------------------------------------------------------
    # What has to be approved
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        """Give what rules look at, for each gate that a document reaches.

        :rtype: dict[record, dict[str, engine.matching.Facts]]
        """
        return {record: {} for record in self}

    def _get_subjects(self):
        """Give what would be approved if somebody approved now.

        :rtype: dict[record, engine.approvals.Subject]
        """
        return {record: approvals.Subject() for record in self}

    def _get_approval_details(self):
        """Describe what somebody is asked to approve."""
        return self.display_name

    def _get_least_approvers(self):
        """Give how many people have to approve, where no rule asks for more."""
        return 1

    def _get_approval_question(self):
        """Give the action of a dialog to fill in before the approval, or None."""
        return None

    def _get_default_rules(self, found):
        """Give the gates at which somebody has to decide although no rule asks for it.

        :param dict found: ``{record: gates}`` at which rules already ask for it
        :return: ``{record: {gate: why}}``
        """
        return {}

    def _get_gates(self):
        """Give the gates at which documents need an approval: ``{record: [gate]}``."""
        return {record: list(gates) for record, gates in self._find_rules().items()}

    def _find_rules(self, facts=None):
        """Find the rules that ask for approvals.

        The rule is empty where ``_get_default_rules`` asks.

        :param dict facts: what ``_get_gate_facts`` gave, when the caller has it already
        :return: ``{record: {gate: (rule, why it applies)}}``
        """
        rules = self.env["reverse.approval.rule"]
        found = {record: {} for record in self}
        if facts is None and self._has_rules():
            facts = self._get_gate_facts()
        by_gate = {}
        for record, known in (facts or {}).items():
            for gate, gate_facts in known.items():
                by_gate.setdefault(gate, {})[record] = gate_facts
        for gate, known in by_gate.items():
            for record, (rule, why) in rules._match(known, gate).items():
                if rule:
                    found[record][gate] = (rule, why)
        for record, gates in self._get_default_rules(found).items():
            for gate, why in gates.items():
                found[record].setdefault(gate, (rules, why))
        return found

    def _has_rules(self):
        """Tell whether any approval can be needed at all: mostly there is no rule."""
        # sudo: only the companies of documents that the caller already holds
        companies = self.sudo().company_id
        rules = self.env["reverse.approval.rule"]
        return rules._is_in_use(companies, self._gates) or any(
            self._get_default_rules(dict.fromkeys(self, ())).values()
        )

    def _get_gate_actors(self):
        """Give the users who took earlier steps of this document."""
        self.ensure_one()
        # sudo: actors only
        record = self.sudo()
        return self.env["res.users"].union(
            *(record[name] for name in self._gate_actors)
        )

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    def _ask_approvals(self):
        """Ask for the approvals that are missing; give the records that wait."""
        if not self._has_rules() and not any(self.mapped("approval_state")):
            return self.browse()
        facts = self._get_gate_facts()
        rules = self._find_rules(facts)
        self._drop_outgrown(facts, rules)
        missing = {}
        for record, live in self._get_live_approvals().items():
            known = set(live.mapped("gate"))
            missing[record] = {
                gate: rule for gate, rule in rules[record].items() if gate not in known
            }
        self.env["reverse.approval"]._ask(missing)
        self._update_approval_state()
        return self.filtered(lambda record: record.approval_state == "waiting")

    def _get_live_approvals(self):
        """Give the approvals that count: ``{record: reverse.approval}``."""
        # sudo: approvals count, whoever may read them
        live = self.sudo().approval_ids.filtered(lambda a: a.state in LIVE)
        by_id = live.grouped("res_id")
        return {record: by_id.get(record.id, live.browse()) for record in self}

    def _drop_outgrown(self, facts, rules):
        """Cancel approvals that no longer fit the document.

        An approval goes when it was given for less than the document is now. A pending
        one also goes when its gate is no longer reached, or when it is the usual step
        and a rule asks for more by now.
        """
        subjects = self._get_subjects()
        dropped = self.env["reverse.approval"]
        for record, live in self._get_live_approvals().items():
            dropped |= live.filtered(
                lambda a, record=record: (
                    a._is_outgrown(subjects[record])
                    or (a.state == "pending" and a.gate not in facts[record])
                    or (
                        a.state == "pending"
                        and not a.rule_id
                        and rules[record].get(a.gate, (None,))[0]
                    )
                )
            )
        dropped._cancel("outgrown")

    def _withdraw_approvals(self, states=("pending",)):
        """Cancel approvals because the matter was decided in another way.

        :param states: states of the approvals to cancel
        """
        asked = self.filtered("approval_state")
        for live in asked._get_live_approvals().values():
            live.filtered(lambda a: a.state in states)._cancel("withdrawn")
        asked._update_approval_state()

    @unless_uninstalling
    def _unlink_with_approvals(self):
        self._withdraw_approvals()

    def _update_approval_state(self):
        """Store whether approvals are missing; of each gate the newest one counts."""
        # sudo: approvals count, whoever may read them
        asked = self.sudo().approval_ids.filtered(lambda a: a.state != "cancelled")
        newest = {}
        for approval in asked.sorted("id"):
            newest.setdefault(approval.res_id, {})[approval.gate] = approval.state
        for record in self:
            states = set(newest.get(record.id, {}).values())
            state = next((name for key, name in _SUMMARY if key in states), False)
            if record.approval_state != state:
                record._guarded_write({"approval_state": state})

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def _check_approved(self):
        """Refuse to go on while a needed approval is missing.

        :raises UserError: saying which approvals are missing
        """
        rules = self._find_rules()
        asked = self.filtered(lambda record: rules[record] or record.approval_state)
        if not asked:
            return
        subjects = asked._get_subjects()
        for record, live in asked._get_live_approvals().items():
            approved = live.filtered(
                lambda a, record=record: (
                    a.state == "approved" and not a._is_outgrown(subjects[record])
                )
            )
            needed = {*rules[record], *live.mapped("gate")}
            missing = needed - set(approved.mapped("gate"))
            if missing:
                labels = self.env["reverse.approval"]._get_gate_labels()
                raise UserError(
                    self.env._(
                        "%(record)s has to be approved first: %(gates)s.",
                        record=record.display_name,
                        gates=", ".join(labels[gate] for gate in sorted(missing)),
                    )
                )

    def _collect_approvals(self, bypassed):
        """Give the approvals that the acting user may give, as part of their step.

        They take the step itself, so their duty and earlier steps are checked.

        :param bypassed: records that they may go on with although they took an earlier
            step
        :return: the records that no longer wait for anything
        :raises UserError: when one of the records waits and their approval does not
            help
        """
        waiting = self._ask_approvals()
        mine = waiting._give_approvals(bypassed)
        waiting = waiting.filtered(lambda record: record.approval_state == "waiting")
        approved = mine.mapped("res_id")
        helpless = waiting.filtered(lambda record: record.id not in approved)
        if helpless:
            raise UserError(helpless._get_waiting_text())
        return self - waiting

    def _give_approvals(self, bypassed, by_rule=False):
        """Approve what is asked for these documents and the acting user may approve.

        :param bypassed: records that they may go on with although they took an earlier
            step
        :param bool by_rule: only what rules ask for, not the usual step
        :return: the approvals that were given
        """
        approvals = self.env["reverse.approval"]
        if not self:
            return approvals
        live = approvals.union(*self._get_live_approvals().values())
        pending = live.filtered(
            lambda a: a.state == "pending" and (a.rule_id or not by_rule)
        )
        return pending.sudo(False)._give_own(bypassed)

    def _is_asked_by_rule(self):
        """Tell whether rules ask others to approve this, besides the usual step."""
        self.ensure_one()
        # sudo: approvals count, whoever may read them
        return any(a.state in LIVE and a.rule_id for a in self.sudo().approval_ids)

    def _get_waiting_text(self):
        return "\n".join(
            self.env._(
                "%(record)s waits for approval. %(missing)s",
                record=record.display_name,
                missing=record.approval_note,
            )
            for record in self
        )

    def _tell_waiting(self):
        """Tell the user that their approval is kept, and which others are missing."""
        if not self:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Your approval is kept"),
                "message": self._get_waiting_text(),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _go_on_approved(self):
        """Take the step that waited for these approvals; documents extend this."""

    def _go_on_refused(self, reason):
        """Do what follows when somebody refuses to approve; documents extend this."""
