from odoo import api, fields, models
from odoo.exceptions import UserError


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
        if not self.env.su and any(lines.mapped("reverse_claim_line_id")):
            self._refuse_reverse_claim_link()
        return lines

    def write(self, vals):
        # Clients never run as superuser; whatever does was checked before.
        if "reverse_claim_line_id" in vals and not self.env.su:
            self._refuse_reverse_claim_link()
        return super().write(vals)

    def _refuse_reverse_claim_link(self):
        raise UserError(
            self.env._("Credit notes are linked by the buttons of their claim.")
        )
