from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ...engine import freight
from ...engine.release import MOMENTS
from ..base.reverse_inputs import checked, text
from .reverse_rma_line import FILES


class ReverseRma(models.Model):
    """How a return is decided: proofs, approvals outside of policy, what follows."""

    _inherit = "reverse.rma"

    proof_requests = fields.Json(
        compute="_compute_proof_requests",
        help="Files that a draft still has to show, by line.",
    )
    proof_gaps = fields.Text(
        compute="_compute_proof_gaps", help="What has to be shown before the request."
    )
    exception_reason = fields.Text(
        "Reason for Goodwill",
        copy=False,
        help="Why goods outside policy are accepted. It is kept with the return.",
        unlocked=True,
    )
    needs_exception_reason = fields.Boolean(compute="_compute_needs_exception_reason")
    is_authorize_allowed = fields.Boolean(compute="_compute_authorize_allowed")
    is_authorize_exception_allowed = fields.Boolean(
        compute="_compute_authorize_allowed"
    )

    def _get_fact_day(self, lines):
        """The company's day for which rules about these lines are looked up."""
        # a slice would forget what is read ahead for the other returns
        first = next(iter(lines), None)
        if first is None:
            return self.company_id._get_reverse_today()
        return first._get_decision_day()

    @api.depends("line_ids.decision", "line_ids.explanation", "line_ids.product_id")
    def _compute_proof_gaps(self):
        for rma in self:
            rma.proof_gaps = "\n".join(
                f"{line.product_id.display_name}: {line.explanation}"
                for line in rma.line_ids
                if line.decision == "refuse"
            )

    @api.depends("proof_gaps")
    def _compute_proof_requests(self):
        rules = self.env["reverse.policy.rule"]._fields
        drafts = self.filtered(lambda rma: rma.state == "draft" and rma.proof_gaps)
        gaps = drafts.line_ids.filtered(
            lambda line: line._origin and line.decision == "refuse"
        )._find_proof_gaps()
        (self - drafts).proof_requests = False
        labels = {
            code: rules[f"proof_{code}"]._description_string(self.env) for code in FILES
        }
        for rma in drafts:
            wanted = {
                line: [code for code in gaps.get(line, ()) if code in FILES]
                for line in rma.line_ids
            }
            rma.proof_requests = [
                {
                    "line": line._origin.id,
                    "name": line.product_id.display_name,
                    "proofs": [{"code": code, "label": labels[code]} for code in codes],
                }
                for line, codes in wanted.items()
                if codes
            ]

    def _decide_shown(self):
        """Ask policy again about goods of which something was missing.

        What is complete is authorized, or waits for a person, as at the request.
        """
        lines = self.line_ids.filtered(lambda line: line._awaits_proof())
        lines._decide(self.env["reverse.policy.version"]._get_for(self.company_id))
        self.env["reverse.event"]._log(
            self, "ReturnProofAdded", lambda rma: {"lines": rma.line_ids._event_data()}
        )
        self._drop_usual_approvals()
        self._authorize_by_policy()

    def _drop_usual_approvals(self):
        """Ask no person any more to decide what policy decides by now."""
        decided = self.filtered(
            lambda rma: all(line.decision == "authorize" for line in rma.line_ids)
        )
        live = decided._get_live_approvals().values()
        self.env["reverse.approval"].union(*live).filtered(
            lambda approval: approval.state == "pending" and not approval.rule_id
        )._cancel("outgrown")

    def _may_need_proof(self):
        """Whether any rule in force asks for proof, so that it is worth looking."""
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        return any(version._get_asked_proofs() for version in versions.values())

    def _estimate_freight(self, weight):
        """Estimate what bringing the goods where they would go usually costs.

        Goods can stay with the customer for it, so that it is from where they were to
        be delivered to where rules send them, whatever a person chose.

        :param float weight: of all goods of the return
        :return: 0.0 where the facility has no table of freight
        """
        self.ensure_one()
        facility = self._get_ruling_facilities()[self]
        # sudo: tables of freight are configuration
        rates = facility.sudo().freight_ids.filtered("active")
        if not rates:
            return 0.0
        rows = [rate._for_engine() for rate in rates]
        regions = self._find_regions(self._get_agreed_places())
        return freight.estimate(rows, regions[self], weight) or 0.0

    # ------------------------------------------------------------------
    # Returns outside of policy: why an approver allows them all the same.
    # ------------------------------------------------------------------
    @api.depends("state", "settlement_type", "line_ids.decision", "exception_reason")
    def _compute_needs_exception_reason(self):
        for rma in self:
            reason = (rma.exception_reason or "").strip()
            rma.needs_exception_reason = bool(
                rma.state == "requested"
                and not reason
                and rma.line_ids._get_commercial_exceptions()
            )

    @api.depends("state", "needs_exception_reason")
    @api.depends_context("uid")
    def _compute_authorize_allowed(self):
        """Offer the step with the question for the reason, or the one without."""
        approver = self._has_duty("approver")
        for rma in self:
            allowed = approver and rma._may("authorize")
            asks = rma.needs_exception_reason
            rma.is_authorize_allowed = allowed and not asks
            rma.is_authorize_exception_allowed = allowed and asks

    def _check_reason_open(self, reason):
        """Refuse another reason for what was granted, or is asked of others."""
        self.filtered(lambda rma: rma.state != "requested")._check_editable()
        asked = self.filtered(lambda rma: rma._is_asked_by_rule())
        asked._check_reason_kept(reason)

    def _check_reason_kept(self, reason):
        """What others approve, or have approved, is for the reason that they read."""
        for rma in self:
            known = (rma.exception_reason or "").strip()
            if known and known != (reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(rma)s is being approved for the reason it names, so the "
                        "reason can no longer be changed.",
                        rma=rma.display_name,
                    )
                )

    @checked(reason=text)
    def action_authorize_exception(self, reason=None):
        """Authorize as a person, and say why goods outside of policy are taken back.

        :param str reason: for all these returns; left out, what was entered on each
        :raises AccessError: without the role approver
        :raises UserError: as :meth:`action_authorize`
        """
        self._check_duty("approver", excluded=self._gate_actors)
        if reason:
            outside = self.line_ids._get_commercial_exceptions().rma_id
            outside = outside.filtered(lambda rma: rma.state == "requested")
            live = outside._get_live_approvals()
            outside.filtered(lambda rma: live[rma].vote_ids)._check_reason_kept(reason)
            outside._guarded_write({"exception_reason": reason})
        return self.action_authorize()

    def _check_reason_given(self):
        """Refuse to allow what policy would not without saying why."""
        for rma in self.filtered("needs_exception_reason"):
            raise UserError(
                self.env._(
                    "%(rma)s is outside policy: %(why)s Say on the return why it is "
                    "accepted anyway.",
                    rma=rma.display_name,
                    why=rma.line_ids._get_commercial_exceptions()[0].explanation,
                )
            )

    def _get_approval_question(self):
        """Ask why goods outside of policy are taken back, where nobody has said so."""
        if not self.needs_exception_reason:
            return super()._get_approval_question()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_exception_wizard_action"
        )
        return {**action, "context": {"default_rma_ids": self.ids}}

    # ------------------------------------------------------------------
    # What policy does by itself once a return is authorized, shipped or received.
    # ------------------------------------------------------------------
    def _get_policy_followers(self):
        """Those of which policy says more than that they may come back."""
        percents = self.line_ids._get_keep_percents()
        return self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and any(
                    line.credit_release in MOMENTS
                    or percents[line]
                    or line._is_left_to_customer()
                    or line.undelivered
                    for line in rma.line_ids
                )
            )
        )

    def _follow_policy(self):
        """Leave goods to the customer that need not come back, offer to keep others,
        credit what is due.

        Whoever authorized the return or noted its shipment only set it off. What was
        done is not done again.
        """
        # sudo: policy decided, and what follows needs no right of a person
        rmas = self.sudo()
        rmas.line_ids._cancel_undelivered()
        rmas.line_ids._keep_by_policy()
        rmas._offer_by_policy()
        for shown, group in rmas.grouped(lambda rma: rma._is_shipment_shown()).items():
            moment = "shipped" if shown else "authorization"
            group.line_ids._release_early(moment)
        self._update_progress()

    def _is_shipment_shown(self):
        """Tell whether somebody else than who asked says that goods are on their way.

        They name the parcel as well, and are no customer: one person's word pays
        nothing. Who asked by a link can be anybody who reads it, so no other person
        is somebody else then.

        reverse_logistics_delivery: what the carrier scanned is nobody's word.
        """
        self.ensure_one()
        # sudo: whether the user is a customer
        noted_by = self.sudo().shipped_by_id
        by_person = noted_by.id != SUPERUSER_ID
        return bool(
            self.shipped_at
            and (self.carrier_tracking_ref or "").strip()
            and noted_by
            and not noted_by.share
            and noted_by not in self._get_gate_actors()
            and not (by_person and self._is_asked_by_link())
        )
