from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseSupplierAllowance(models.Model):
    """What a standing allowance pays for the bills of one month, counted once.

    Bills that are posted later count in the next month.
    """

    _name = "reverse.supplier.allowance"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Standing Allowance"
    _order = "month desc, id desc"
    _rec_name = "agreement_id"
    _once = models.UniqueIndex(
        "(agreement_id, month)",
        "The allowance of this month is claimed already.",
    )

    agreement_id = fields.Many2one(
        "reverse.supplier.agreement",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="agreement_id.partner_id", store=True, string="Supplier"
    )
    currency_id = fields.Many2one(
        related="agreement_id.currency_id", store=True, readonly=True
    )
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    bill_ids = fields.Many2many(
        "account.move", string="Bills", readonly=True, groups=fields.NO_ACCESS
    )
    bill_count = fields.Integer("Number of Bills", readonly=True)
    base = fields.Monetary(
        "Billed", readonly=True, help="Bills less credit notes, before tax."
    )
    rate = fields.Float("Allowance (%)", readonly=True)
    amount = fields.Monetary("Allowance", readonly=True)
    claim_id = fields.Many2one(
        "reverse.supplier.claim", readonly=True, index="btree_not_null"
    )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Allowances are claimed with the button of their agreement.")
        )

    @api.model
    def _release(self, claims):
        """Let the bills of cancelled claims count again, in the next month."""
        # sudo: only which bills these claims have counted
        runs = self.sudo().search([("claim_id", "in", claims.ids)])
        runs._guarded_write({"bill_ids": [Command.clear()]})

    def write(self, vals):
        if not self._in_workflow():
            raise UserError(self.env._("A claimed allowance stays as it is."))
        return super().write(vals)
