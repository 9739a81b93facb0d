from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseCloseShortWizard(models.TransientModel):
    """Dialog in which customer service enters what of a return will not come."""

    _name = "reverse.close.short.wizard"
    _description = "Close a Return Short"

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
        readonly=False,
        precompute=True,
        help="What was expected when this was opened, so that it counts once.",
    )
    line_ids = fields.One2many(
        "reverse.close.short.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("rma_id")
    def _compute_line_ids(self):
        """Propose all that is still expected."""
        for wizard in self:
            wizard.seen = wizard._get_mark()
            wizard.line_ids = [Command.clear()] + [
                Command.create({"line_id": line.id, "quantity": expected})
                for line in wizard.rma_id.line_ids
                if line.uom_id.compare(expected := line._get_closable_quantity(), 0) > 0
            ]

    def _get_mark(self):
        """Give a text that changes whenever goods are received or closed short."""
        self.ensure_one()
        lines = self.rma_id.line_ids.sorted("id")
        return " ".join(
            f"{line.id}:{line._get_closable_quantity():.12g}" for line in lines
        )

    def action_close_short(self):
        self.ensure_one()
        self._check_seen()
        lines = self.line_ids.filtered("quantity")
        if not lines:
            raise UserError(
                self.env._("Enter on at least one line how much will not come.")
            )
        for line in lines:
            line.line_id.action_close_short(line.quantity, line.reason)
        return {"type": "ir.actions.act_window_close"}

    def _check_seen(self):
        if self.seen != self._get_mark():
            raise UserError(
                self.env._(
                    "Goods of %(rma)s have been received or closed short meanwhile. "
                    "Close this dialog, and open it again if more will not come.",
                    rma=self.rma_id.display_name,
                )
            )


class ReverseCloseShortWizardLine(models.TransientModel):
    """One line of the return, with how much of it will not come and why."""

    _name = "reverse.close.short.wizard.line"
    _description = "Close a Return Short: Line"

    wizard_id = fields.Many2one(
        "reverse.close.short.wizard", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one("reverse.rma.line", "Return Line", required=True)
    product_id = fields.Many2one(related="line_id.product_id")
    lot_id = fields.Many2one(related="line_id.lot_id")
    uom_id = fields.Many2one(related="line_id.uom_id")
    authorized = fields.Float(related="line_id.qty_authorized")
    received = fields.Float(related="line_id.qty_received")
    quantity = fields.Float("Will Not Come", digits="Product Unit")
    reason = fields.Selection(
        [
            ("not_sent", "Customer never sent it"),
            ("lost", "Lost in transit"),
            ("kept", "Customer keeps it"),
        ],
        default="not_sent",
        required=True,
    )
