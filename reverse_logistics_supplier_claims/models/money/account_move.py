from odoo import fields, models


class AccountMove(models.Model):
    """Debit memos that lower another bill, or that the supplier pays in money."""

    _inherit = "account.move"

    reverse_recovery = fields.Selection(
        [("set_off", "Set off"), ("cash", "Payment")],
        "Claim Paid By",
        readonly=True,
        copy=False,
        help="How the supplier pays what this credit note claims. Empty: with the "
        "credit note of its bill.",
    )
    reverse_set_off_id = fields.Many2one(
        "account.move",
        "Set Off Against",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The bill of which less is paid once this is posted.",
    )

    # What a match did here, so that it can be undone: whether the bill was named, and
    # the ids of what was reconciled.
    reverse_match = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)

    def _post(self, soft=True):
        # sudo: whoever has the books need not have claims
        self.sudo().line_ids._leave_stock_of_gone()
        posted = super()._post(soft)
        # sudo: the bill was chosen when the memo was made; whoever posts has the books
        memos = posted.sudo().filtered("reverse_set_off_id")
        for memo in memos:
            memo._reconcile_reverse_payables(memo.reverse_set_off_id)
        return posted

    def _reconcile_reverse_payables(self, bill):
        """Reconcile what is open of a credit note and a bill.

        :return: the new ``account.partial.reconcile``
        """
        self.ensure_one()
        payable = (self | bill).line_ids.filtered(
            lambda line: (
                line.account_type == "liability_payable" and not line.reconciled
            )
        )
        before = payable.matched_debit_ids | payable.matched_credit_ids
        for lines in payable.grouped("account_id").values():
            if len(lines.move_id) == 2:
                lines.reconcile()
        return (payable.matched_debit_ids | payable.matched_credit_ids) - before

    def _undo_reverse_match(self):
        """Take back what matching did to credit notes that pay no claim any more."""
        for refund in self:
            if refund.line_ids.reverse_claim_line_id:
                continue
            done = refund.reverse_match or {}
            partials = self.env["account.partial.reconcile"]
            partials.browse(done.get("partials", ())).exists().unlink()
            if done.get("named"):
                refund.reversed_entry_id = False
            refund.reverse_match = False

    def _get_reverse_paid_share(self):
        """How much of this counts as recovered, from 0 to 1.

        A credit note counts when it is posted, one that the supplier pays in money when
        the money has come.
        """
        self.ensure_one()
        if self.state != "posted":
            return 0.0
        if self.reverse_recovery == "cash" and self.amount_total:
            return 1 - self.amount_residual / self.amount_total
        return 1.0
