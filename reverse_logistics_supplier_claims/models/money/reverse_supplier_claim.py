from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseSupplierClaim(models.Model):
    """How a supplier pays: credit note, set off, replacement or money.

    The agreement proposes the way; another one may be chosen as long as the claim is
    open, and part of it may come one way and part another.
    """

    _inherit = "reverse.supplier.claim"

    settlement = fields.Selection(
        lambda self: (
            self.env["reverse.supplier.agreement"]._fields["settlement"].selection
        ),
        "Paid By",
        compute="_compute_settlement",
        store=True,
        readonly=False,
        unlocked=True,
        help="Proposed by the agreement.",
    )
    over_recovery_note = fields.Text(
        "Why More than Approved",
        copy=False,
        unlocked=True,
        help="A claim of which more came than was approved is closed with it.",
    )
    is_replacement_allowed = fields.Boolean(compute="_compute_is_replacement_allowed")
    is_unmatch_allowed = fields.Boolean(compute="_compute_is_unmatch_allowed")

    @api.depends("agreement_id")
    def _compute_settlement(self):
        for claim in self:
            claim.settlement = claim.agreement_id.settlement or "credit"

    @api.depends("settlement", "is_pay_allowed", "line_ids.replacement_move_ids.state")
    @api.depends_context("uid")
    def _compute_is_replacement_allowed(self):
        for claim in self:
            claim.is_replacement_allowed = (
                claim.settlement == "replacement"
                and claim.is_pay_allowed
                and bool(claim._get_replaceable())
            )

    # ------------------------------------------------------------------
    # Set off: we pay less of another bill
    # ------------------------------------------------------------------
    def action_set_off(self):
        """Open the form in which the bill is chosen of which less will be paid."""
        self._check_duty("claims")
        self.ensure_one()
        self._check_paid_in()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Off"),
            "res_model": "reverse.supplier.set.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def _set_off(self, bill):
        """Draft a debit memo that an open bill is lowered by once it is posted.

        :param bill: posted and open, of the same supplier and in the same currency
        :return: the memo
        """
        self.ensure_one()
        self._check_duty("claims")
        bill.check_access("read")
        self._reverse_touch()
        self._check_paid_in()
        self._check_set_off(bill)
        memos = self.line_ids._create_refunds("set_off", bill)
        if not memos:
            raise UserError(
                self.env._(
                    "Everything that was approved has a credit note, or was paid."
                )
            )
        return memos

    def _check_set_off(self, bill):
        partner = self.partner_id
        if (
            bill.state != "posted"
            or bill.move_type != "in_invoice"
            or bill.company_id != self.company_id
            or bill.commercial_partner_id != partner.commercial_partner_id
            or bill.currency_id != self.currency_id
            or bill.currency_id.is_zero(bill.amount_residual)
        ):
            raise UserError(
                self.env._(
                    "%(claim)s: choose a posted bill of %(partner)s in %(currency)s "
                    "of which something is still to be paid.",
                    claim=self.name,
                    partner=partner.display_name,
                    currency=self.currency_id.name,
                )
            )

    # ------------------------------------------------------------------
    # Replacement: other pieces come for those that went back
    # ------------------------------------------------------------------
    def action_replacement(self):
        """Announce to the warehouse what the supplier sends in place of the goods.

        Nothing is paid for it: where the goods went back to the supplier, the purchase
        counts it as received again.

        :return: action that shows the receipts
        """
        self._check_duty("claims")
        self._reverse_touch()
        pickings = self.env["stock.picking"]
        for claim in self:
            claim._check_paid_in()
            lines = claim._get_replaceable()
            if not lines:
                raise UserError(
                    self.env._(
                        "%(claim)s: nothing waits for a replacement. Goods that go "
                        "back to the supplier have to be sent first, and what was "
                        "replaced or announced already is not replaced again.",
                        claim=claim.name,
                    )
                )
            pickings |= lines._create_replacements()
        return self._open_records(pickings, self.env._("Replacements"))

    def _get_replaceable(self):
        """Give lines of goods of which the supplier owes another piece."""
        self.ensure_one()
        if not self._is_on_seller():
            return self.line_ids.browse()
        goods = self.agreement_id.goods or "return"
        return self.line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.currency_id.compare_amounts(line.amount_approved, 0) > 0
                and line.receipt_move_id
                and (goods != "return" or line._is_sent())
                and line.uom_id.compare(line._get_unreplaced(), 0) > 0
            )
        )

    # ------------------------------------------------------------------
    # A credit note was matched with the wrong claim
    # ------------------------------------------------------------------
    @api.depends("state", "line_ids.refund_line_ids.reverse_claim_matched")
    @api.depends_context("uid")
    def _compute_is_unmatch_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            claim.is_unmatch_allowed = (
                mine
                and claim.state not in ("closed", "cancelled")
                and bool(claim._get_matched())
            )

    def _get_matched(self):
        """Give the lines of credit notes that were matched, not made, by a claim."""
        # sudo: who claims need not have the books; lines of these claims only
        return self.sudo().line_ids.refund_line_ids.filtered("reverse_claim_matched")

    def action_unmatch(self):
        """Open the form in which is said which match was wrong, and why."""
        self.ensure_one()
        self._check_duty("claims")
        choice = self.env["reverse.supplier.unmatch"].create(
            {
                "claim_id": self.id,
                "line_ids": [
                    Command.create(
                        {
                            "refund_id": refund.id,
                            "name": refund.name,
                            "amount": sum(credits.mapped("price_subtotal")),
                        }
                    )
                    for refund, credits in self._get_matched()
                    .grouped("move_id")
                    .items()
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo a Match"),
            "res_model": choice._name,
            "res_id": choice.id,
            "view_mode": "form",
            "target": "new",
        }

    def _unmatch(self, refunds, reason):
        """Let go of credit notes that were matched with this claim by mistake.

        What the match reconciled is open again; who undid it, and why, stays with the
        claim.

        :param refunds: credit notes
        :raises UserError: without a reason, after closing, or for others
        """
        self.ensure_one()
        self._check_duty("claims")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the match is undone."))
        if self.state in ("closed", "cancelled"):
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s: what paid it stays so. Open a new claim "
                    "for what is missing.",
                    claim=self.name,
                    state=self._state_label(),
                )
            )
        self._reverse_touch()
        credits = self._get_matched().filtered(lambda aml: aml.move_id in refunds)
        if not credits or refunds - credits.move_id:
            raise UserError(
                self.env._(
                    "%(claim)s: choose credit notes that were matched with it. Those "
                    "that it made itself are cancelled in accounting.",
                    claim=self.name,
                )
            )
        lost = {}
        for aml in credits:
            line = aml.reverse_claim_line_id.with_env(self.env)
            lost[line] = lost.get(line, 0.0) + aml.price_subtotal
        names = ", ".join(credits.move_id.mapped("name"))
        credits.write({"reverse_claim_line_id": False, "reverse_claim_matched": False})
        credits.move_id._undo_reverse_match()
        self._note_answer("unmatch", "out", lost, reference=names, text=reason.strip())
        self._log("SupplierClaimUnmatched")
        self._update_recovered()

    # ------------------------------------------------------------------
    # More than was approved
    # ------------------------------------------------------------------
    def write(self, vals):
        if "over_recovery_note" in vals and not self._in_workflow():
            for claim in self.filtered(lambda c: c.state in ("closed", "cancelled")):
                raise UserError(
                    self.env._(
                        "%(claim)s is %(state)s: why more came than was approved was "
                        "said before, and stays so.",
                        claim=claim.name,
                        state=claim._state_label(),
                    )
                )
        before = {}
        if "agreement_id" in vals and not self._in_workflow():
            before = {claim: claim.agreement_id for claim in self}
        res = super().write(vals)
        self._retake_terms(before)
        return res

    def _check_over_explained(self):
        """What is more than approved has an explanation."""
        for claim in self:
            if claim.is_over_recovered and not claim.over_recovery_note:
                raise UserError(
                    self.env._(
                        "%(claim)s: %(recovered)s came, and %(approved)s was approved. "
                        "Say why more came than was approved.",
                        claim=claim.name,
                        recovered=claim.currency_id.format(claim.amount_recovered),
                        approved=claim.currency_id.format(claim.amount_approved),
                    )
                )
