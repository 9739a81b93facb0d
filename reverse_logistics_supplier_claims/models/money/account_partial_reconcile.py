from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Claims go on when a supplier's money has come, and back when it is undone."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        claims = partials._find_reverse_claims()
        claims.line_ids._check_bill_covers()
        claims._update_recovered()
        return partials

    def unlink(self):
        claims = self._find_reverse_claims()
        res = super().unlink()
        claims._update_recovered()
        return res

    def _find_reverse_claims(self):
        """Find the claims that suppliers pay in money with these payments."""
        # sudo: whoever has the books need not have claims
        lines = self.sudo().debit_move_id | self.sudo().credit_move_id
        memos = lines.move_id.filtered(lambda move: move.reverse_recovery == "cash")
        return memos.line_ids.reverse_claim_line_id.claim_id
