from odoo import api, fields, models

from ...engine import approvals, transitions
from .reverse_approval_rule import GATES


class ReverseApproval(models.Model):
    """One decision asked of somebody else, and who gave it.

    Bound to what was asked: when more is at stake later, it is asked again.
    """

    _name = "reverse.approval"
    _inherit = ["reverse.work.mixin", "reverse.touch.mixin"]
    _description = "Return Approval"
    _order = "asked_at, id"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, index=True
    )
    document = fields.Char(readonly=True)
    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        "Value", readonly=True, help="Net, in the company's currency."
    )
    gate = fields.Selection(GATES, "What", required=True, readonly=True, index=True)
    rule_id = fields.Many2one(
        "reverse.approval.rule", readonly=True, ondelete="restrict"
    )
    why = fields.Char("Why This Rule", readonly=True)
    group_id = fields.Many2one(
        "res.groups", "Role", required=True, readonly=True, ondelete="restrict"
    )
    needed = fields.Integer("Approvers Needed", required=True, readonly=True)
    given = fields.Integer("Approvals Given", readonly=True)
    vote_ids = fields.One2many(
        "reverse.approval.vote", "approval_id", "Decisions", readonly=True
    )
    state = fields.Selection(
        [
            ("pending", "Asked"),
            ("approved", "Approved"),
            ("rejected", "Refused"),
            ("cancelled", "No Longer Asked"),
        ],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    end = fields.Selection(
        [
            ("outgrown", "What was asked for has changed"),
            ("withdrawn", "No longer needed"),
        ],
        "Why It Ended",
        readonly=True,
    )
    asked_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    asked_at = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True)
    reason = fields.Text("Reason for Refusal", readonly=True)
    subject = fields.Json(readonly=True)
    excluded_ids = fields.Many2many(
        "res.users",
        "reverse_approval_excluded_rel",
        string="Worked on It Before",
        readonly=True,
    )
    escalate_at = fields.Datetime(readonly=True, index="btree_not_null")
    escalated_at = fields.Datetime(readonly=True)
    details = fields.Text("What It Is About", compute="_compute_details")

    _editable_states = ()

    def _get_guarded_fields(self):
        """All of it: approvals are asked for and given, never entered."""
        return super()._get_guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        }

    @api.depends("document", "gate")
    def _compute_display_name(self):
        labels = self._get_gate_labels()
        for approval in self:
            approval.display_name = f"{approval.document}: {labels.get(approval.gate)}"

    @api.depends("res_model", "res_id")
    @api.depends_context("lang")
    def _compute_details(self):
        for model, group in self.grouped("res_model").items():
            # sudo: the sentence only, which whoever reads the approval may read
            records = self.env[model].sudo().browse(group.mapped("res_id")).exists()
            texts = {record.id: record._get_approval_details() for record in records}
            for approval in group:
                approval.details = texts.get(approval.res_id)

    @api.model
    def _get_gate_labels(self):
        return dict(self._fields["gate"]._description_selection(self.env))

    def _get_missing_text(self):
        """Say whose approval is missing."""
        self.ensure_one()
        left = self.needed - self.given
        values = {
            "gate": self._get_gate_labels()[self.gate],
            "role": self.group_id.name,
            "count": left,
            # sudo: the name of the rule
            "rule": self.sudo().rule_id.name,
        }
        if left == 1:
            who = self.env._("%(gate)s: one of “%(role)s” has to approve.", **values)
        else:
            who = self.env._(
                "%(gate)s: %(count)s of “%(role)s” have to approve.", **values
            )
        if not values["rule"]:
            return who
        return f"{who} " + self.env._("The rule “%(rule)s” asks for it.", **values)

    def _get_documents(self):
        """Give ``{approval: its document}``; those of a model are read together.

        What is asked about a document that is gone is left out.
        """
        found = {}
        for model, group in self.grouped("res_model").items():
            documents = self.env[model].browse(group.mapped("res_id")).exists()
            by_id = {document.id: document for document in documents}
            found |= {a: by_id[a.res_id] for a in group if a.res_id in by_id}
        return found

    def action_view_document(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    @api.model
    def _ask(self, gates):
        """Ask for approvals: ``{document: {gate: (rule or empty, why)}}``."""
        subjects = {}
        for record in gates:
            if gates[record]:
                subjects.update(record._get_subjects())
        asked = self._guarded_create(
            [
                self._prepare(record, subjects[record], gate, *found)
                for record in subjects
                for gate, found in gates[record].items()
            ]
        )
        asked._log_step("ApprovalRequested", lambda a: {"needed": a.needed})
        asked._schedule_activities()
        return asked

    @api.model
    def _prepare(self, record, subject, gate, rule, why):
        # sudo: rules apply to everybody; the return of a document that is in hand
        rule, known = rule.sudo(), record.sudo()
        rma = known._get_return()
        company = known.company_id
        return {
            "res_model": record._name,
            "res_id": record.id,
            "document": record.display_name,
            "rma_id": rma.id,
            "company_id": company.id,
            "currency_id": (company or self.env.company).currency_id.id,
            "amount": subject.amount,
            "gate": gate,
            "rule_id": rule.id,
            "why": why,
            "group_id": (rule.group_id or self._get_default_group()).id,
            "needed": rule.approver_count or 1,
            "asked_by_id": self.env.uid,
            "asked_at": fields.Datetime.now(),
            "subject": subject.to_data(),
            "excluded_ids": record._get_gate_actors().ids,
            "escalate_at": rule and rule._plan_escalation(company),
        }

    @api.model
    def _get_default_group(self):
        return self.env.ref("reverse_logistics.group_approver")

    def _is_outgrown(self, subject):
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return approvals.outgrown(
            approvals.Subject.from_data(self.subject),
            subject,
            self.currency_id.rounding or 0.01,
            10**-digits,
        )

    def _cancel(self, end):
        """No longer ask, for a reason of ``end``."""
        if self:
            self._transition(transitions.APPROVAL, "cancel", {"end": end})
            self._log_step("ApprovalCancelled", lambda a: {"end": a.end})
            self._close_activities()

    def _log_step(self, name, more, told=()):
        """Note a step on the returns.

        What no rule asks for is the usual step of the document, which notes it itself.

        :param told: approvals of which it is noted all the same
        """
        self.env["reverse.event"]._log(
            self.filtered(lambda a: a.rma_id and (a.rule_id or a in told)),
            name,
            lambda a: {"approval": a.id, "gate": a.gate, **more(a)},
        )
