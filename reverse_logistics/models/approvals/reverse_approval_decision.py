from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import approvals, transitions


class ReverseApproval(models.Model):
    """Approving and refusing: by a person of the role who took no earlier step."""

    _inherit = "reverse.approval"

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
        """Approve those of these that the acting user may, for a step he takes.

        :param bypassed: documents of which he may combine duties
        :return: what he approved
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
        :param bypassed: ``(model, id)`` of documents of which he took an earlier step
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
