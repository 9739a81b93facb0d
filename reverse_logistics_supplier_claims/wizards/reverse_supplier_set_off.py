from odoo import api, fields, models


class ReverseSupplierSetOff(models.TransientModel):
    """The open bill of which we pay less because the supplier owes us a claim."""

    _name = "reverse.supplier.set.off"
    _description = "Set Off a Claim"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    bill_id = fields.Many2one(
        "account.move",
        required=True,
        compute="_compute_bill_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', candidate_ids)]",
        help="The one that is due first is proposed.",
    )
    candidate_ids = fields.Many2many("account.move", compute="_compute_candidate_ids")
    amount_residual = fields.Monetary(
        "Still to Be Paid", related="bill_id.amount_residual"
    )

    @api.depends("claim_id")
    def _compute_candidate_ids(self):
        for entry in self:
            claim = entry.claim_id
            entry.candidate_ids = self.env["account.move"].search(
                [
                    ("move_type", "=", "in_invoice"),
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("not_paid", "partial")),
                    ("company_id", "=", claim.company_id.id),
                    ("currency_id", "=", claim.currency_id.id),
                    ("commercial_partner_id", "=", claim.partner_id.id),
                ],
                order="invoice_date_due, id",
            )

    @api.depends("candidate_ids")
    def _compute_bill_id(self):
        for entry in self:
            entry.bill_id = entry.candidate_ids[:1]

    def action_confirm(self):
        """Draft the debit memo; accounting posts it.

        :return: action that shows it
        """
        self.ensure_one()
        memos = self.claim_id._set_off(self.bill_id)
        return self.claim_id._open_records(memos, self.env._("Debit Memo"))
