from odoo import api, fields, models
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
        return super().write(vals)

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
