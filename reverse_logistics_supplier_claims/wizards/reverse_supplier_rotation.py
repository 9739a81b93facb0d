from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierRotation(models.TransientModel):
    """Which unsold goods go back to their supplier."""

    _name = "reverse.supplier.rotation"
    _description = "Return Unsold Goods"

    agreement_id = fields.Many2one(
        "reverse.supplier.agreement", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    rotation_share = fields.Float(related="agreement_id.rotation_share")
    rotation_bought = fields.Monetary(related="agreement_id.rotation_bought")
    rotation_used = fields.Monetary(related="agreement_id.rotation_used")
    rotation_left = fields.Monetary(related="agreement_id.rotation_left")
    rotation_fee = fields.Float(related="agreement_id.rotation_fee")
    line_ids = fields.One2many("reverse.supplier.rotation.line", "choice_id", "Goods")

    def action_confirm(self):
        """Open the claims; their goods wait where they lie until they are sent.

        :raises UserError: for more than is on hand, or than may be returned
        """
        self.ensure_one()
        claims = self.env["reverse.supplier.claim"]
        claims._check_duty("claims")
        self.agreement_id.check_access("read")
        # Of two users at once, the second finds what the first has left.
        self.agreement_id._reverse_touch()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(self.env._("Enter how many of which goods go back."))
        chosen._check_available()
        # sudo: who claims need not have stock and purchases; duty and goods are checked
        agreement = self.agreement_id.sudo()
        claims |= agreement._open_rotation_claims(
            [line.sudo()._get_goods() for line in chosen]
        ).with_env(self.env)
        return claims._open([("id", "in", claims.ids)])
