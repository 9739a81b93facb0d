from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierLink(models.TransientModel):
    """Which credit notes of the supplier or carrier pay which lines of a claim."""

    _name = "reverse.supplier.link"
    _description = "Link Credit Notes"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    line_ids = fields.One2many("reverse.supplier.link.line", "link_id", "Credit Notes")

    def action_confirm(self):
        """Link what was chosen."""
        self.ensure_one()
        chosen = self.line_ids.filtered("claim_line_id")
        if not chosen:
            raise UserError(
                self.env._("Choose the line of the claim that a credit note pays.")
            )
        # sudo: only which are meant; the claim checks that they are its partner's
        self.claim_id._link({one.sudo().credit_id: one.claim_line_id for one in chosen})
        return {"type": "ir.actions.act_window_close"}
