from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round, format_date

from odoo.addons.reverse_logistics.models.base.reverse_authored_mixin import AUTHORS
from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import BYPASS


class ReverseSettlement(models.Model):
    """Credits that wait for a supplier's answer, where that is agreed.

    The wait is seen on the credit, with the day until when the supplier has promised to
    answer. An approver may release it before, and says why.
    """

    _inherit = "reverse.settlement"

    supplier_wait = fields.Char(
        "Waits for the Supplier", compute="_compute_supplier_wait", compute_sudo=True
    )
    supplier_wait_until = fields.Date(
        "Supplier Answers Until", compute="_compute_supplier_wait", compute_sudo=True
    )
    is_waive_allowed = fields.Boolean(compute="_compute_is_waive_allowed")
    supplier_waived_by_id = fields.Many2one(
        "res.users",
        "Not Waited For, by",
        readonly=True,
        copy=False,
        guarded=True,
        help="Who decided not to wait for the supplier's answer.",
    )
    supplier_waived_reason = fields.Text(
        "Why Not Waited For", readonly=True, copy=False, guarded=True
    )

    @api.depends("state", "supplier_waived_by_id", "line_ids")
    @api.depends_context("lang")
    def _compute_supplier_wait(self):
        waits = self._find_supplier_waits()
        for settlement in self:
            reason, until = waits.get(settlement, (False, False))
            settlement.supplier_wait = reason
            settlement.supplier_wait_until = until

    @api.depends(lambda self: ["supplier_wait", *self._gate_actors])
    @api.depends_context("uid")
    def _compute_is_waive_allowed(self):
        """Who inspected, entered or submitted it may not, unless duties are combined.

        Whether a grant covers just this is found out when it is used.
        """
        approver = self._has_duty("approver")
        user = self.env.user
        combined = (
            user.has_group(BYPASS) or self.env["reverse.combined.duty"]._find_own()
        )
        steps = {}
        if approver and not combined:
            steps = self._find_earlier_steps(user, self._gate_actors)
        for settlement in self:
            settlement.is_waive_allowed = bool(
                approver and settlement.supplier_wait and not steps.get(settlement)
            )

    def _find_supplier_waits(self):
        """Find the credits that wait: ``{settlement: (why, until which day)}``."""
        live = self.filtered(
            lambda s: (
                s.state in ("draft", "submitted", "approved")
                and not s.supplier_waived_by_id
            )
        )
        # sudo: what a credit waits for, whoever may read claims
        post = live.sudo().line_ids.inspection_id._find_post_credited()
        waits = {}
        for settlement in live if post else ():
            for part in settlement.sudo().line_ids.inspection_id:
                agreement, line = post.get(part, (None, None))
                claim = line.claim_id
                decided = claim.answered_on or claim.state == "closed"
                if agreement and not decided:
                    waits[settlement] = settlement._explain_wait(agreement, line)
                    break
        return waits

    def _explain_wait(self, agreement, line):
        claim = line.claim_id
        if not claim:
            return (
                self.env._(
                    "By “%(agreement)s” the customer is credited once %(supplier)s has "
                    "answered. Nothing is claimed from it yet: claim these goods "
                    "first.",
                    agreement=agreement.name,
                    supplier=agreement.partner_id.display_name,
                ),
                False,
            )
        until = claim.response_due
        names = {
            "agreement": agreement.name,
            "supplier": claim.partner_id.display_name,
            "claim": claim.name,
        }
        if not until:
            return (
                self.env._(
                    "By “%(agreement)s” the customer is credited once %(supplier)s has "
                    "answered %(claim)s.",
                    **names,
                ),
                False,
            )
        return (
            self.env._(
                "By “%(agreement)s” the customer is credited once %(supplier)s has "
                "answered %(claim)s, due %(day)s.",
                day=format_date(self.env, until),
                **names,
            ),
            until,
        )

    # ------------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------------
    def _find_persons_to_credit(self):
        """Policy credits nothing yet that waits for a supplier, nor what nobody but who
        claims says that it has answered.
        """
        found = super()._find_persons_to_credit()
        found |= self.browse(s.id for s in self._find_supplier_waits())
        # sudo: claims count whoever sets the credit off
        parts = (self - found).sudo().line_ids.inspection_id
        waited = [line for _agreement, line in parts._find_post_credited().values()]
        claims = self.env["reverse.supplier.claim.line"].union(*waited).claim_id
        by_word = claims.filtered(lambda claim: claim._is_answered_by_word())
        # sudo: as above
        lines = by_word.sudo().line_ids.inspection_id.settlement_line_ids
        return found | self & lines.settlement_id.with_env(self.env)

    def _transition(self, table, action, vals=None):
        if action == "release":
            self._check_supplier_answered()
            self._check_supplier_granted()
        if action == "send_back":
            # Who decides anew decides about the wait anew, too.
            vals = {
                **(vals or {}),
                "supplier_waived_by_id": False,
                "supplier_waived_reason": False,
            }
        return super()._transition(table, action, vals)

    def _check_supplier_answered(self):
        """Refuse to credit what waits for a supplier."""
        for settlement, (reason, _until) in self._find_supplier_waits().items():
            raise UserError(
                self.env._(
                    "%(settlement)s: %(reason)s An approver may decide not to wait, "
                    "with a reason.",
                    settlement=settlement.display_name,
                    reason=reason,
                )
            )

    # ------------------------------------------------------------------
    # Not waiting
    # ------------------------------------------------------------------
    def action_open_waiver(self):
        """Ask why the supplier's answer is not waited for."""
        self.ensure_one()
        self._check_duty("approver", excluded=self._gate_actors)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Do Not Wait for the Supplier"),
            "res_model": "reverse.supplier.waiver",
            "view_mode": "form",
            "target": "new",
            "context": {"default_settlement_id": self.id},
        }

    def _waive_supplier(self, reason):
        """Go on without the supplier's answer, as an approver who says why.

        As for the approval itself, that is none who inspected, entered or submitted it.

        :raises UserError: without a reason, or where nothing is waited for
        """
        self.ensure_one()
        self._check_duty("approver", excluded=self._gate_actors)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the supplier is not waited for."))
        if not self._find_supplier_waits():
            raise UserError(
                self.env._(
                    "%(settlement)s waits for no supplier.",
                    settlement=self.display_name,
                )
            )
        self._guarded_write(
            {
                "supplier_waived_by_id": self.env.uid,
                "supplier_waived_reason": reason.strip(),
            }
        )
        self._log_step("SupplierNotAwaited")

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def _go_on_answered(self):
        """Lower what customers get to what was approved; release what policy gives."""
        drafts = self.filtered(lambda s: s.state == "draft")
        drafts -= drafts.browse(s.id for s in drafts._find_supplier_waits())
        drafts._lower_to_granted()
        drafts.filtered(
            lambda s: (
                not s._is_overruled()
                and not any(s[name] for name in AUTHORS)
                and s.line_ids.inspection_id
                and all(
                    part._get_credit_decider() == "policy"
                    for part in s.line_ids.inspection_id
                )
            )
        )._release_by_policy()
        drafts.rma_id._update_progress()

    def _get_granted(self):
        """Give ``{line: most that the customer gets for its goods, before tax}``.

        What was approved is shared by all lines about the same goods: what was sold on
        several invoices is credited by several.
        """
        lines = self.line_ids
        post = lines.inspection_id._find_post_credited()
        most, left = {}, {}
        for line in lines:
            part = line.inspection_id
            agreement, claimed = post.get(part, (None, None))
            if not agreement or not agreement.grants_at_most:
                continue
            approved = self._get_approved(claimed)
            if approved is not None:
                if part not in left:
                    given = (part.settlement_line_ids - lines).filtered(
                        lambda other: other.state == "released"
                    )
                    left[part] = claimed.currency_id._convert(
                        approved,
                        line.currency_id,
                        line.company_id,
                        fields.Date.context_today(self),
                    ) - sum(own._get_given()[0] for own in given)
                most[line] = max(min(left[part], line._get_given()[0]), 0.0)
                left[part] -= most[line]
        return most

    @api.model
    def _get_approved(self, claimed):
        """Give what a supplier approved, ``None`` where it gave no answer.

        Who paid without an answer has approved what was paid.
        """
        claim = claimed.claim_id
        if claim.answered_on:
            return claimed.amount_approved
        return (claim.state == "closed" and claimed.amount_recovered) or None

    def _lower_to_granted(self):
        """Withhold what the supplier did not approve."""
        for line, most in self._get_granted().items():
            net, _total = line._get_given()
            more = net - most
            if line.currency_id.compare_amounts(more, 0) > 0:
                # What is withheld for another reason is still withheld for it.
                reason = self.env._("As approved by the supplier")
                earlier = line.deduction and line.deduction_reason
                if earlier:
                    reason = earlier if reason in earlier else f"{earlier}; {reason}"
                # Where prices include taxes, a deduction does, too.
                shown = float_round(
                    more * line.amount / net,
                    precision_rounding=line.currency_id.rounding,
                    rounding_method="UP",
                )
                line._guarded_write(
                    {
                        "deduction": line.deduction + shown,
                        "deduction_reason": reason,
                    }
                )

    def _check_supplier_granted(self):
        """Refuse to give more than the supplier approved, where that is agreed."""
        for line, most in self.sudo()._get_granted().items():  # sudo: claims count
            if line.settlement_id.supplier_waived_by_id:
                continue
            net, _total = line._get_given()
            if line.currency_id.compare_amounts(net, most) > 0:
                raise UserError(
                    self.env._(
                        "%(settlement)s gives %(amount)s for %(product)s, and the "
                        "supplier has approved %(most)s, which is the most by its "
                        "agreement. Send it back and enter a deduction.",
                        settlement=line.settlement_id.display_name,
                        amount=line.currency_id.format(net),
                        product=line.rma_line_id.product_id.display_name,
                        most=line.currency_id.format(most),
                    )
                )
