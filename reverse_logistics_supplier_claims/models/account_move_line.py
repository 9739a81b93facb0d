from odoo import api, fields, models
from odoo.exceptions import UserError

#: By which a line belongs to a claim.
_LINKS = frozenset(
    {
        "reverse_claim_line_id",
        "reverse_claim_bill_id",
        "reverse_claim_matched",
        "reverse_consigned_id",
        "reverse_kept_move_id",
    }
)
#: What decides how much a posted line bills or credits, and of which purchase.
_COUNTED = frozenset({"discount", "price_unit", "purchase_line_id", "quantity"})


class AccountMoveLine(models.Model):
    """What a vendor credit note gives back of a claim."""

    _inherit = "account.move.line"

    reverse_claim_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Recovers Claim",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su and any(aml[name] for aml in lines for name in _LINKS):
            self._refuse_reverse_claim_link()
        return lines

    def write(self, vals):
        # Clients never run as superuser; whatever does was checked before.
        if not _LINKS.isdisjoint(vals) and not self.env.su:
            self._refuse_reverse_claim_link()
        res = super().write(vals)
        if not _COUNTED.isdisjoint(vals):
            # sudo: whoever has the books need not have claims
            posted = self.sudo().filtered(lambda aml: aml.parent_state == "posted")
            posted._check_reverse_counted()
        return res

    def _check_reverse_counted(self):
        """Refuse to change what claims were paid with, or what a bill asked for."""
        lines = self.filtered("purchase_line_id")._find_reverse_claimed()
        lines._check_bill_covers()
        lines.claim_id._update_recovered()

    def _refuse_reverse_claim_link(self):
        raise UserError(
            self.env._("Credit notes are linked by the buttons of their claim.")
        )
