from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierUnmatch(models.TransientModel):
    """Which credit notes were matched with a claim by mistake, and why."""

    _name = "reverse.supplier.unmatch"
    _description = "Undo a Match"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    line_ids = fields.One2many(
        "reverse.supplier.unmatch.line", "unmatch_id", "Credit Notes"
    )
    reason = fields.Text()

    def action_confirm(self):
        """Undo the matches that were chosen."""
        self.ensure_one()
        chosen = self.line_ids.filtered("undo")
        if not chosen:
            raise UserError(
                self.env._("Choose the credit notes of which it is undone.")
            )
        # sudo: only which are meant; the claim checks that they are its own
        self.claim_id._unmatch(chosen.sudo().refund_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
