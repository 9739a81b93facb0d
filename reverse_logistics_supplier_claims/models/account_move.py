from odoo import api, models

#: How a document pays a claim, or provides for it: set by the buttons for that.
_CLAIMED = frozenset({"reverse_recovery", "reverse_set_off_id", "reverse_loss_id"})


class AccountMove(models.Model):
    """Vendor credit notes that pay claims."""

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # Afterwards: a value may come from the context.
        self._check_reverse_claimed(any(move[n] for move in moves for n in _CLAIMED))
        return moves

    def write(self, vals):
        self._check_reverse_claimed(not _CLAIMED.isdisjoint(vals))
        res = super().write(vals)
        if "state" in vals:
            # sudo: whoever has the books need not have claims
            moves = self.sudo()
            if vals["state"] == "posted":
                credit_notes = moves.filtered(lambda m: m.move_type == "in_refund")
                credit_notes.line_ids._find_reverse_claimed()._check_bill_covers()
            moves.line_ids.reverse_claim_line_id.claim_id._update_recovered()
            moves.line_ids.reverse_kept_move_id._set_value()
        return res

    @api.model
    def _check_reverse_claimed(self, named):
        # Clients never run as superuser; whatever does was checked before.
        if named and not self.env.su:
            self.env["account.move.line"]._refuse_reverse_claim_link()

    def _reconcile_reverse_bills(self):
        """Reconcile credit notes with their bills, and name the bill if it is one.

        Odoo does neither for credit notes that are made from a purchase order.
        """
        for refund in self:
            done = refund.reverse_match or {}
            named = done.get("named", False)
            # Whoever made it may have named its bill; a match that found one did, and
            # later ones may find others.
            origin = refund.browse() if named else refund.reversed_entry_id
            bills = origin | refund._get_reverse_claimed_bills()
            if not origin:
                named = len(bills) == 1
                refund.reversed_entry_id = named and bills
            partials = self.env["account.partial.reconcile"]
            for bill in bills:
                partials |= refund._reconcile_reverse_payables(bill)
            refund.reverse_match = {
                "named": named,
                "partials": [*done.get("partials", ()), *partials.ids],
            }
