from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseLateWizard(models.TransientModel):
    _name = "reverse.late.wizard"
    _description = "Take Late Goods In"

    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    seen = fields.Char(
        compute="_compute_line_ids",
        store=True,
        precompute=True,
        help="What was received when this was opened, so that it counts once.",
    )
    line_ids = fields.One2many(
        "reverse.late.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("rma_id")
    def _compute_line_ids(self):
        """Propose what is still waited for, or was announced and never came."""
        for wizard in self:
            wizard.seen = wizard.rma_id.receipt_mark
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "line_id": line.id,
                        "quantity": line._get_proposed_quantity(),
                    }
                )
                for line in wizard.rma_id.line_ids
            ]

    def action_receive(self):
        self.ensure_one()
        quantities = {line.line_id.id: line.quantity for line in self.line_ids}
        if not any(quantities.values()):
            raise UserError(self.env._("Enter on at least one line how much is here."))
        action = self.rma_id.action_receive(quantities, self.seen)
        return (
            action
            if isinstance(action, dict)
            else {"type": "ir.actions.act_window_close"}
        )


class ReverseLateWizardLine(models.TransientModel):
    _name = "reverse.late.wizard.line"
    _description = "Take Late Goods In: Line"

    wizard_id = fields.Many2one(
        "reverse.late.wizard", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one("reverse.rma.line", "Return Line", required=True)
    product_id = fields.Many2one(related="line_id.product_id")
    lot_id = fields.Many2one(related="line_id.lot_id")
    uom_id = fields.Many2one(related="line_id.uom_id")
    announced = fields.Float(related="line_id.quantity", string="Announced")
    received = fields.Float(related="line_id.qty_received")
    quantity = fields.Float("Arrived Now", digits="Product Unit")
