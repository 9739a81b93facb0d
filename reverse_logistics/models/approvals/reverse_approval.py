from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ...engine import approvals, transitions
from ..base.reverse_labels import get_labels
from ..base.reverse_retry import run_batch
from .reverse_approval_rule import GATES

BATCH = 100


class ReverseApproval(models.Model):
    """One decision asked of somebody else, and who gave it.

    Documents ask for it (``reverse.gated.mixin``). It is ``pending`` until as many
    persons of its role as it needs have approved, or one has refused; then the document
    goes on. It is ``cancelled`` when it is no longer asked. Bound to what was asked:
    when more is at stake later, it is asked again.
    """

    _name = "reverse.approval"
    _inherit = ["reverse.work.mixin", "reverse.touch.mixin"]
    _description = "Return Approval"
    _order = "asked_at, id"
    _editable_states = ()
    _work_role = "group_id"
    _work_state = "pending"
    _work_deadline = "escalate_at"
    _work_action = "reverse_logistics.reverse_approval_action_mine"

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
    is_mine = fields.Boolean(
        help="You have the role, or stand in for somebody who has it, and did not work "
        "on it before."
    )

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
        return get_labels(self, "gate")

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

    # ------------------------------------------------------------------
    # Approving and refusing: by a person of the role who took no earlier step.
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Approvals are created by the document that needs them.")
        )

    def action_approve(self):
        """Approve as a person; what waited for nothing else goes on.

        :raises AccessError: without the role, also as a deputy
        :raises UserError: for who took an earlier step or has approved already, or when
            it is no longer asked
        """
        names, bypassed = self._check_deciders()
        self._decide(names, bypassed, "approve")
        self.filtered(lambda a: a.state == "approved")._go_on()
        return True

    def action_reject(self, reason=None):
        """Refuse, with a reason that the customer may read; the document ends.

        :param str reason: why
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is refused."))
        names, bypassed = self._check_deciders()
        self._guarded_write({"reason": reason.strip()})
        self._decide(names, bypassed, "refuse")
        for document in self._get_documents().values():
            document._go_on_refused(reason.strip())
        return True

    def action_decide(self):
        """Approve from a list; where the document needs an answer first, ask for it."""
        return self._get_question() or self.action_approve()

    def action_decide_next(self):
        """Approve, and show what waits next for the same user."""
        return self._get_question() or (self.action_approve() and self._open_next())

    def _get_question(self):
        """Give the dialog that a document needs to be answered before it goes on."""
        for document in self._get_documents().values():
            if question := document._get_approval_question():
                return question
        return None

    def action_open_refusal(self):
        """Ask for the reason first."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_refuse_wizard_action"
        )
        return {**action, "context": {"default_approval_ids": self.ids}}

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------
    def _check_deciders(self):
        """Check that the acting user may decide these approvals.

        :return: ``{approval: delegation or empty}`` and the documents for which
            segregation of duties was bypassed
        """
        self._check_person()
        # What follows is written as superuser: other companies' records stop here.
        self.sudo(False).check_access("read")
        for document in self._get_documents().values():
            document.sudo(False).check_access("read")
        self._reverse_touch()
        self.invalidate_recordset(["state", "given", "vote_ids"])
        self._check_pending()
        self._check_unchanged()
        names, bypassed = {}, []
        for approval, (acting, delegation) in self._find_acting().items():
            approval._check_role_of(acting)
            approval._check_first_vote(delegation)
            if acting.conflict and approval._check_combined(delegation):
                bypassed.append((approval.res_model, approval.res_id))
            names[approval] = delegation
        return names, bypassed

    def _check_pending(self):
        documents = self._get_documents()
        for approval in self:
            if approval.state != "pending" or approval not in documents:
                raise UserError(
                    self.env._(
                        "%(approval)s is no longer asked: reload the page to see what "
                        "was decided.",
                        approval=approval.display_name,
                    )
                )

    def _check_unchanged(self):
        """What is approved is what was asked for."""
        documents = self._get_documents()
        subjects = {}
        for model, group in self.grouped("res_model").items():
            subjects |= self.env[model].browse(group.mapped("res_id"))._get_subjects()
        for approval, document in documents.items():
            if approval._is_outgrown(subjects[document]):
                raise UserError(
                    self.env._(
                        "%(document)s has changed since its approval was asked for, so "
                        "it has to be asked for again.",
                        document=document.display_name,
                    )
                )

    def _find_acting(self):
        """Find in whose name the acting user would decide each of these.

        :return: ``{approval: (engine.approvals.Acting or None, delegation)}``
        """
        groups = self.env.user._get_group_ids()
        own = self.env["reverse.delegation"]._get_own()
        found = {}
        for approval, document in self._get_documents().items():
            # sudo: who decided, and who took earlier steps
            known = approval.sudo()
            delegations = own._in_force(known.group_id, known.company_id)
            excluded = document._get_gate_actors() | known._get_voters()
            acting = approvals.choose(
                self.env.uid,
                known.group_id.id in groups,
                delegations.delegator_id.ids,
                set(excluded.ids),
            )
            name = acting and acting.on_behalf_of
            found[approval] = (
                acting,
                delegations.filtered(lambda d, name=name: d.delegator_id.id == name)[
                    :1
                ],
            )
        return found

    def _get_voters(self):
        return self.vote_ids.user_id | self.vote_ids.on_behalf_of_id

    def _check_role_of(self, acting):
        if acting is None:
            self._note_refusal("role")
            raise AccessError(
                self.env._(
                    "%(approval)s is for the role “%(role)s”. Ask a colleague who has "
                    "it.",
                    approval=self.display_name,
                    role=self.sudo().group_id.name,  # sudo: the name of the role
                )
            )

    def _check_first_vote(self, delegation):
        """Several approvers are several persons, whatever else they may combine."""
        actors = self.env.user | delegation.delegator_id
        if actors & self.sudo()._get_voters():  # sudo: who decided
            raise UserError(
                self.env._(
                    "%(approval)s was approved in your name already: somebody else has "
                    "to approve as well.",
                    approval=self.display_name,
                )
            )

    def _check_combined(self, delegation):
        """Refuse one's own document, unless one's duties may be combined."""
        (document,) = self._get_documents().values()
        actors = self.env.user | delegation.delegator_id
        steps = document._find_earlier_steps(actors, document._gate_actors)
        grants = self.env["reverse.combined.duty"]
        (document - grants._allow(document, "approver", steps))._refuse_own_step(steps)
        return True

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------
    def _give_own(self, bypassed):
        """Approve those of these that the acting user may, for a step they take.

        :param bypassed: documents of which they may combine duties
        :return: what they approved
        """
        names = {}
        combined = [(document._name, document.id) for document in bypassed]
        for approval, (acting, delegation) in self._find_acting().items():
            actors = self.env.user | delegation.delegator_id
            voted = actors & approval.sudo()._get_voters()  # sudo: who decided
            may = acting and (
                not acting.conflict or (approval.res_model, approval.res_id) in combined
            )
            if may and not voted:
                names[approval] = delegation
        mine = self.browse([approval.id for approval in names])
        mine._decide(names, combined)
        return mine

    def _decide(self, names, bypassed, decision="approve"):
        """Keep a decision of the acting user.

        :param dict names: ``{approval: delegation or empty}``
        :param bypassed: ``(model, id)`` of documents of which they took an earlier step
        """
        self._keep_votes(names, bypassed, decision)
        # The event makes the loser of two who decide on one return at once try again.
        self._log_step(
            "ApprovalGiven" if decision == "approve" else "ApprovalRefused",
            lambda a: {
                "for_user": names[a].delegator_id.id,
                "combined_duties": (a.res_model, a.res_id) in bypassed,
            },
            told=[
                approval
                for approval, document in self._get_documents().items()
                if decision != "approve"
                or names[approval]
                # sudo: what is asked of anybody counts
                or len(document.sudo().approval_ids) > 1
            ],
        )
        if decision == "approve":
            for approval in self:
                approval._guarded_write({"given": approval.given + 1})
        self._finish(decision)

    def _keep_votes(self, names, bypassed, decision):
        now = fields.Datetime.now()
        self.env["reverse.approval.vote"]._guarded_create(
            [
                {
                    "approval_id": approval.id,
                    "user_id": self.env.uid,
                    "on_behalf_of_id": names[approval].delegator_id.id,
                    "delegation_id": names[approval].id,
                    "decision": decision,
                    "date": now,
                    "combined_duties": (approval.res_model, approval.res_id)
                    in bypassed,
                }
                for approval in self
            ]
        )

    def _finish(self, decision):
        """Close what needs no further decision."""
        final = {"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        done = self
        if decision == "approve":
            done = self.filtered(lambda a: a.given >= a.needed)
            done._transition(transitions.APPROVAL, "approve", final)
        else:
            done._transition(transitions.APPROVAL, "reject", final)
        for approval in self - done:
            voters = approval.sudo()._get_voters()  # sudo: who decided
            approval._guarded_write(
                {"excluded_ids": [Command.link(user.id) for user in voters]}
            )
        done._close_activities()
        for model, group in self.grouped("res_model").items():
            self.env[model].browse(group.mapped("res_id"))._update_approval_state()

    def _go_on(self):
        """Let documents go on that wait for nothing else."""
        for model, group in self.grouped("res_model").items():
            documents = self.env[model].browse(set(group.mapped("res_id")))
            documents.filtered(
                lambda document: document.approval_state == "approved"
            )._go_on_approved()

    # ------------------------------------------------------------------
    # Whose turn it is: lists, activities, and who looks when nobody does.
    # ------------------------------------------------------------------
    @api.depends("state", "group_id", "excluded_ids")
    def _compute_is_mine(self):
        pending = self.filtered(lambda a: a.state == "pending")
        found = pending._find_acting()
        for approval in self:
            acting = found.get(approval, (None, None))[0]
            approval.is_mine = bool(acting and not acting.conflict)

    @api.model
    def _get_own_domain(self):
        """Give the domain of what the acting user may approve now."""
        return (
            super()._get_own_domain()
            & Domain("state", "=", "pending")
            & Domain("excluded_ids", "not in", [self.env.uid])
        )

    @api.model
    def _get_deputy_domain(self, delegator):
        return Domain("excluded_ids", "not in", delegator.ids)

    @api.model
    def _get_assigned_domain(self):
        activities = self.env["mail.activity"].search(
            [("user_id", "=", self.env.uid), ("reverse_approval_id", "!=", False)]
        )
        return Domain("id", "in", activities.reverse_approval_id.ids)

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def _schedule_activities(self):
        """Put these on the lists of things to do of their documents or returns.

        What has no such list is in the list of approvals only.
        """
        if self.env.context.get("mail_activity_automation_skip"):
            return
        # sudo: the return's list, which whoever asks need not write on
        activities = self._workflow().env["mail.activity"]
        activities = activities.with_context(mail_activity_quick_update=True)
        vals_list = []
        for approval, document in self._get_documents().items():
            place = document if "activity_ids" in document else approval.rma_id
            if place:
                vals_list.append(approval._prepare_activity(place))
        activities.create(vals_list)

    def _prepare_activity(self, place):
        kind = self.env.ref(
            "reverse_logistics.activity_type_approval", raise_if_not_found=False
        )
        today = fields.Date.context_today(self)
        return {
            "res_model_id": self.env["ir.model"]._get_id(place._name),
            "res_id": place.id,
            "activity_type_id": (kind or place._default_activity_type()).id,
            "automated": True,
            "summary": self._get_gate_labels()[self.gate],
            "note": Markup("<p>%s</p><p>%s</p><p>%s</p>")
            % (
                Markup("<br>").join((self.details or "").splitlines()),
                self._get_missing_text(),
                self._get_html_link(title=self.env._("Open the approval")),
            ),
            "date_deadline": self.escalate_at and self.escalate_at.date() or today,
            "user_id": self._get_activity_user().id,
            "reverse_approval_id": self.id,
        }

    def _get_activity_user(self):
        """Leave out whoever took an earlier step."""
        return super()._get_activity_user() - self.excluded_ids

    def _close_activities(self):
        """Mark the activities done, and say on the return how it was decided."""
        if not self:
            return
        # sudo: an activity may be a colleague's
        activities = self.env["mail.activity"].sudo()
        found = activities.search([("reverse_approval_id", "in", self.ids)])
        labels = get_labels(self, "state")
        for approval, group in found.grouped("reverse_approval_id").items():
            known = approval.sudo()  # sudo: what was decided, for the return's chatter
            feedback = f"{known.display_name}: {labels[known.state]}"
            if known.reason:
                feedback = f"{feedback}. {known.reason}"
            self._finish_activities(group, feedback)

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    @api.model
    def _cron_escalate(self):
        """Pass what nobody has decided in time to the role that the rule names."""
        late = self.search(
            [("state", "=", "pending"), ("escalate_at", "<", fields.Datetime.now())],
            order="escalate_at, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(late))
        for batch in split_every(BATCH, late.ids, self.browse):
            work = batch.exists()._escalate
            if not run_batch(self.env, work, len(batch)):
                return

    def _escalate(self):
        """Let another role decide; what was approved already counts."""
        now = fields.Datetime.now()
        gone = self - self.browse([a.id for a in self._get_documents()])
        gone.filtered(lambda a: a.state == "pending")._cancel("withdrawn")
        late = self.filtered(
            lambda a: a.state == "pending" and a.escalate_at and a.escalate_at < now
        )
        for approval in late:
            group = approval.rule_id.escalation_group_id
            vals = {"escalate_at": False}
            if group:
                vals |= {"group_id": group.id, "escalated_at": now}
            approval._guarded_write(vals)
        passed = late.filtered("escalated_at")
        passed._drop_activities()
        passed._schedule_activities()
        passed._log_step("ApprovalEscalated", lambda a: {"group": a.group_id.id})

    def _drop_activities(self):
        # sudo: an activity may be a colleague's
        activities = self._workflow().env["mail.activity"]
        activities.search([("reverse_approval_id", "in", self.ids)]).unlink()
