from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseReceiptWizard(models.TransientModel):
    """Dialog in which a receiver corrects how much of a return has arrived."""

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
        """Show what was received and waits for inspection."""
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
                self.env._(
                    "Correct at least one line: enter how much is actually there."
                )
            )
        answers = [line.part_id.action_correct_receipt(line.quantity) for line in lines]
        # What was credited already is asked for, and says so.
        asked = [answer for answer in answers if answer is not True]
        return asked[0] if asked else {"type": "ir.actions.act_window_close"}


class ReverseReceiptWizardLine(models.TransientModel):
    """One received part, with how much of it is actually there."""

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
