from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseEraseWizard(models.TransientModel):
    """Dialog that shows which returns of a customer will lose their personal data."""

    _name = "reverse.erase.wizard"
    _description = "Erase Personal Data in Returns"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    rma_ids = fields.Many2many(
        "reverse.rma", string="Returns", compute="_compute_rma_ids"
    )
    held_ids = fields.Many2many(
        "reverse.rma", string="Under Legal Hold", compute="_compute_rma_ids"
    )
    elsewhere = fields.Char("Also Has Returns in", compute="_compute_rma_ids")
    confirmed = fields.Boolean("I have read this; it cannot be undone")

    @api.depends("partner_ids")
    def _compute_rma_ids(self):
        for wizard in self:
            partners = wizard.partner_ids._origin
            rmas = partners._get_privacy_rmas()
            wizard.rma_ids = rmas
            wizard.held_ids = rmas._get_held()
            # sudo: only the names of other companies are shown, so that the user knows
            # where else data has to be erased
            others = (partners.sudo()._get_privacy_rmas() - rmas.sudo()).company_id
            wizard.elsewhere = ", ".join(others.mapped("name"))

    def action_erase(self):
        self.ensure_one()
        if not self.confirmed:
            raise UserError(
                self.env._(
                    "Tick the confirmation first: erased data cannot be restored."
                )
            )
        rmas = self.partner_ids._reverse_erase()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Personal Data Erased"),
                "message": self.env._(
                    "Returns whose notes, messages and files were erased: %(count)s.",
                    count=len(rmas),
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
