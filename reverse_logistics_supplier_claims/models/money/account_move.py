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
        # sudo: as above
        bills = posted.sudo().filtered(lambda move: move.move_type == "in_invoice")
        bills.invoice_line_ids.purchase_line_id._bill_reverse_claimed()
        posted.sudo()._reconcile_reverse_late_bills()  # sudo: as above
        return posted

    def _reconcile_reverse_late_bills(self):
        """Reconcile credit notes that were made before their bill.

        Not those that lower another bill, or are paid in money.
        """
        early = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "in_refund"
                and not move.reverse_recovery
                and (
                    not move.reversed_entry_id
                    or (move.reverse_match or {}).get("named")
                )
                and move._get_reverse_claimed_bills()
            )
        )
        early._reconcile_reverse_bills()

    def _get_reverse_claimed_bills(self):
        """Give the bills of the goods that credit notes pay, the oldest first."""
        bills = self.env["reverse.supplier.claim.bill"]
        for credit in self.line_ids.filtered("reverse_claim_line_id"):
            line = credit.reverse_claim_line_id
            bills |= line._find_named_bills(credit) or line.bill_ids
        return bills.bill_line_id.move_id.sorted("date")

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
