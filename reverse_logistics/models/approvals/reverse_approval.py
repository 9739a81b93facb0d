from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ...engine import approvals, transitions
from ..base.reverse_inputs import checked, text
from ..base.reverse_labels import get_labels
from ..base.reverse_retry import run_batch
from .reverse_approval_rule import GATES

BATCH = 100


class ReverseApproval(models.Model):
    """One approval that somebody else has to give, and who gave it.

    Documents ask for it (``reverse.gated.mixin``); only the workflow writes it. It is
    ``pending`` until as many people with its role have approved as it needs, or one has
    refused; then the document goes on. It is ``cancelled`` when it is no longer needed.
    It only covers what was asked: when more is at stake later, a new one is needed.
    """

    _name = "reverse.approval"
    _inherit = ["reverse.work.mixin", "reverse.touch.mixin"]
    _description = "Return Approval"
    _order = "asked_at, id"
    _editable_states = ()
    _steps = transitions.APPROVAL
    _work_role = "group_id"
    _work_state = "pending"
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
    is_approve_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reject_allowed = fields.Boolean(compute="_compute_steps_allowed")

    def _get_guarded_fields(self):
        """Guard all fields: approvals are asked for and given, never entered."""
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
            # sudo: whoever may read the approval may read this description
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
            # sudo: only the name of the rule is read
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
        """Give ``{approval: its document}``, reading those of one model together.

        Approvals whose document is gone are left out.
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
        """Ask for approvals.

        :param dict gates: ``{document: {gate: (rule or empty, why)}}``
        :return: the new approvals
        """
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
        # sudo: rules apply to everybody, and the caller already holds the document
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
            "needed": max(rule.approver_count, known._get_least_approvers()),
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
        """Cancel these approvals.

        :param str end: why, one of the values of the field ``end``
        """
        if self:
            self._transition(transitions.APPROVAL, "cancel", {"end": end})
            self._log_step("ApprovalCancelled", lambda a: {"end": a.end})
            self._close_activities()

    def _log_step(self, name, more, told=()):
        """Note a step as an event of the returns.

        An approval without a rule is the usual step of its document, which notes it
        itself.

        :param str name: of the event
        :param more: function that gives further data of an approval
        :param told: approvals that are noted even without a rule
        """
        self.env["reverse.event"]._log(
            self.filtered(lambda a: a.rma_id and (a.rule_id or a in told)),
            name,
            lambda a: {"approval": a.id, "gate": a.gate, **more(a)},
        )

    # ------------------------------------------------------------------
    # Approving and refusing, by people with the role who took no earlier step
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Approvals are created by the document that needs them.")
        )

    def action_approve(self):
        """Approve as a person; documents that wait for nothing else go on.

        :raises AccessError: when the user neither has the role nor is a deputy for it
        :raises UserError: when the user took an earlier step or has approved already,
            or the approval is no longer needed
        """
        names, bypassed = self._check_deciders()
        self._decide(names, bypassed, "approve")
        self.filtered(lambda a: a.state == "approved")._go_on()
        return True

    @checked(reason=text)
    def action_reject(self, reason=None):
        """Refuse, which ends what the document asked for.

        :param str reason: why, in words that the customer may read
        :raises UserError: without a reason, else as for ``action_approve``
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
        """Approve from a list; where the document needs input first, ask for it."""
        return self._get_question() or self.action_approve()

    def action_decide_next(self):
        """Approve, and show what waits next for the user."""
        return self._get_question() or (self.action_approve() and self._open_next())

    def _get_question(self):
        """Give the action of the dialog that a document needs first, or None."""
        for document in self._get_documents().values():
            if question := document._get_approval_question():
                return question
        return None

    def action_open_refusal(self):
        """Open the dialog that asks for the reason."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_refuse_wizard_action"
        )
        return {**action, "context": {"default_approval_ids": self.ids}}

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------
    def _check_deciders(self):
        """Check that the acting user may decide on these approvals.

        :return: ``{approval: delegation or empty}``, and ``(model, id)`` of the
            documents on which combined duties allow an earlier step
        """
        self._check_person()
        # What follows is written as superuser, so records of other companies have to
        # be refused here.
        self.sudo(False).check_access("read")
        for document in self._get_documents().values():
            document.sudo(False).check_access("read")
            # What holds for several companies is approved by somebody of all of them.
            document._check_own_companies()
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
        """Refuse when a document has become more than the user was shown."""
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
        """Find in whose name the acting user would decide on each of these.

        :return: ``{approval: (engine.approvals.Acting or None, delegation)}``
        """
        groups = self.env.user._get_group_ids()
        own = self.env["reverse.delegation"]._get_own()
        found = {}
        for approval, document in self._get_documents().items():
            # sudo: only who decided and who took earlier steps is read
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
                    role=self.sudo().group_id.name,  # sudo: only the name is read
                )
            )

    def _check_first_vote(self, delegation):
        """Refuse a second approval in one name, whatever duties may be combined."""
        actors = self.env.user | delegation.delegator_id
        if actors & self.sudo()._get_voters():  # sudo: who decided
            raise UserError(
                self.env._(
                    "%(approval)s was approved in your name already: somebody else has "
                    "to approve as well. Where there is nobody else, an administrator "
                    "gives another person the role, or lets you combine duties.",
                    approval=self.display_name,
                )
            )

    def _check_combined(self, delegation):
        """Refuse users their own document, unless they may combine the duties."""
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
        """Approve those of these that the user may, as part of their own step.

        :param bypassed: documents on which the user may combine duties
        :return: the approvals that were given
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
        """Record a decision of the acting user.

        :param dict names: ``{approval: delegation or empty}``
        :param bypassed: ``(model, id)`` of documents on which the user took an earlier
            step
        :param str decision: ``approve`` or ``refuse``
        """
        alone = self._find_alone(bypassed) if decision == "approve" else self.browse()
        bypassed = [*bypassed, *((a.res_model, a.res_id) for a in alone)]
        self._keep_votes(names, bypassed, decision)
        # Events of a return are written one after the other: when two users decide at
        # the same time, Odoo repeats the second decision.
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
                or approval.needed > 1
                # sudo: what is asked of anybody counts
                or len(document.sudo().approval_ids) > 1
            ],
        )
        for approval in alone:
            approval._guarded_write({"needed": approval._get_least()})
        if decision == "approve":
            for approval in self:
                approval._guarded_write({"given": approval.given + 1})
        self._finish(decision)

    def _get_least(self):
        """Give how many people a rule wants, whoever asked."""
        return max(self.sudo().rule_id.approver_count, 1)  # sudo: rules apply to all

    def _find_alone(self, bypassed):
        """Find those that the acting user decides alone, although two would have to.

        Who asks by a link may be any approver, so two decide. One does where combined
        duties allow them to ask and to approve: their use is listed for review.

        :param bypassed: ``(model, id)`` of documents on which they are used already
        """
        grants = self.env["reverse.combined.duty"]
        alone = self.browse()
        for approval, document in self._get_documents().items():
            if approval.needed <= max(approval._get_least(), approval.given + 1):
                continue
            key = (approval.res_model, approval.res_id)
            steps = {document: ["requested_by_id"]}
            if key in bypassed or grants._allow(document, "approver", steps):
                alone |= approval
        return alone

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
        """Close approvals that need no further decision."""
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
        """Let documents go on that wait for no other approval."""
        for model, group in self.grouped("res_model").items():
            documents = self.env[model].browse(set(group.mapped("res_id")))
            documents.filtered(
                lambda document: document.approval_state == "approved"
            )._go_on_approved()

    # ------------------------------------------------------------------
    # Whose turn it is: lists, activities, escalation
    # ------------------------------------------------------------------
    @api.depends("state", "group_id", "excluded_ids")
    def _compute_is_mine(self):
        pending = self.filtered(lambda a: a.state == "pending")
        found = pending._find_acting()
        for approval in self:
            acting = found.get(approval, (None, None))[0]
            approval.is_mine = bool(acting and not acting.conflict)

    @api.depends("state", "is_mine")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        for approval in self:
            approval.is_approve_allowed = approval.is_mine and approval._may("approve")
            approval.is_reject_allowed = approval.is_mine and approval._may("reject")

    @api.model
    def _get_own_domain(self):
        """Give the domain of approvals that the acting user may give now."""
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

    @api.model
    def _get_late_domain(self):
        return Domain("escalate_at", "<", fields.Datetime.now())

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def _schedule_activities(self):
        """Create activities on the documents, or else on their returns.

        An approval without either is only found in the list of approvals.
        """
        # sudo: whoever asks for an approval need not have write access to the return
        activities = self._workflow().env["mail.activity"]
        # whatever a client says about activities
        activities = activities.with_context(
            mail_activity_quick_update=True, mail_activity_automation_skip=False
        )
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
        company = self.company_id or self.env.company
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
            "date_deadline": company._to_reverse_day(
                self.escalate_at or fields.Datetime.now()
            ),
            "user_id": self._get_activity_user().id,
            "reverse_approval_id": self.id,
        }

    def _get_activity_user(self):
        """Leave out users who took an earlier step."""
        return super()._get_activity_user() - self.excluded_ids

    def _close_activities(self):
        """Mark the activities as done, and say on the return how it was decided."""
        if not self:
            return
        # sudo: an activity may be a colleague's
        activities = self.env["mail.activity"].sudo()
        found = activities.search([("reverse_approval_id", "in", self.ids)])
        labels = get_labels(self, "state")
        for approval, group in found.grouped("reverse_approval_id").items():
            known = approval.sudo()  # sudo: readers of the return see how it ended
            feedback = f"{known.display_name}: {labels[known.state]}"
            if known.reason:
                feedback = f"{feedback}. {known.reason}"
            self._finish_activities(group, feedback)

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    @api.model
    def _cron_escalate(self):
        """Pass approvals that are overdue to the role that their rule names."""
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
        """Let another role decide; approvals given so far still count."""
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
