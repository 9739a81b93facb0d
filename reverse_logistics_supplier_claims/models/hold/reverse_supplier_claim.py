from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions

#: A supplier on hold will not answer: what waits for it can be written off, too.
UNANSWERED = ("submitted", "acknowledged")


class ReverseSupplierClaim(models.Model):
    """Claims on suppliers to whom nothing is sent, and what they will not bring."""

    _inherit = "reverse.supplier.claim"

    hold_note = fields.Char("On Hold", compute="_compute_hold_note", compute_sudo=True)
    amount_provided = fields.Monetary(
        "Provided For", readonly=True, copy=False, guarded=True
    )
    amount_provision = fields.Monetary(
        "Provision",
        compute="_compute_amount_provision",
        store=True,
        help="What is open and not expected any more, as was approved.",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_hold_note(self):
        holds = self.env["reverse.supplier.hold"]
        for claim in self:
            found = holds._find(claim.partner_id, claim.company_id)
            claim.hold_note = found._explain() if found else False

    @api.depends("amount_provided", "amount_open")
    def _compute_amount_provision(self):
        for claim in self:
            claim.amount_provision = min(claim.amount_provided, claim.amount_open)

    def _check_hold(self):
        """Refuse to send goods to a supplier on hold."""
        for company, claims in self.grouped("company_id").items():
            self.env["reverse.supplier.hold"]._find(
                claims.partner_id, company
            )._refuse()

    def _may_be_written_off(self):
        """Whether what is open can be written off as the claim stands."""
        self.ensure_one()
        states = transitions.WRITTEN_OFF_IN
        if self.state in UNANSWERED and self.env["reverse.supplier.hold"]._find(
            self.partner_id, self.company_id
        ):
            states = (*states, *UNANSWERED)
        return self.state in states and self._is_open()

    def _check_write_off(self):
        self.ensure_one()
        if not self._may_be_written_off():
            raise UserError(
                self.env._(
                    "%(claim)s is %(state)s and has %(amount)s open: there is nothing "
                    "to write off.",
                    claim=self.name,
                    state=self._state_label(),
                    amount=self.currency_id.format(self.amount_open),
                )
            )

        # sudo: only whether there is one
        drafts = self.sudo().line_ids.refund_line_ids.filtered(
            lambda credit: credit.parent_state == "draft"
        )
        if drafts:
            raise UserError(
                self.env._(
                    "%(claim)s: a credit note is in draft. Have it posted or cancelled "
                    "first: nobody knows yet what stays open.",
                    claim=self.name,
                )
            )

    def action_ask_loss(self):
        """Ask for a provision or write-off of these claims."""
        self._check_duty("claims")
        losses = self.env["reverse.supplier.loss"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Provision or Write-Off"),
            "res_model": losses._name,
            "view_mode": "form",
            "context": losses._prepare_asking(self),
        }
