from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseReceiptWizard(models.TransientModel):
    _name = "reverse.receipt.wizard"
    _description = "Correct a Receipt"

    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    line_ids = fields.One2many(
        "reverse.receipt.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("rma_id")
    def _compute_line_ids(self):
        """Show what was received and is still to be inspected."""
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create({"part_id": part.id, "quantity": part.quantity})
                for part in wizard.rma_id.inspection_ids
                if part.state == "draft" and part.receipt_move_id
            ]

    def action_correct(self):
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line.quantity, line.entered)
        )
        if not lines:
            raise UserError(
                self.env._("Enter what really is there on the line that is wrong.")
            )
        for line in lines:
            line.part_id.action_correct_receipt(line.quantity)
        return {"type": "ir.actions.act_window_close"}


class ReverseReceiptWizardLine(models.TransientModel):
    _name = "reverse.receipt.wizard.line"
    _description = "Correct a Receipt: Line"

    wizard_id = fields.Many2one(
        "reverse.receipt.wizard", required=True, ondelete="cascade"
    )
    part_id = fields.Many2one("reverse.inspection", "Inspection", required=True)
    product_id = fields.Many2one(related="part_id.product_id")
    lot_id = fields.Many2one(related="part_id.lot_id")
    uom_id = fields.Many2one(related="part_id.uom_id")
    entered = fields.Float(related="part_id.quantity", string="Entered")
    quantity = fields.Float("Actually Here", digits="Product Unit")
