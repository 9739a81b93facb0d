from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..engine import endings


class ReverseLateWizard(models.TransientModel):
    """Dialog in which a receiver enters what has arrived after all, or too late."""

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
        """Propose what is still expected, or was announced and never came.

        There is one row per product: people on the dock count goods, not lines of a
        return.
        """
        for wizard in self:
            wizard.seen = wizard.rma_id.receipt_mark
            goods = wizard.rma_id.line_ids.grouped(
                lambda line: (line.product_id, line.lot_id, line.uom_id)
            )
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "line_ids": [Command.set(lines.ids)],
                        "quantity": sum(
                            line._get_proposed_quantity() for line in lines
                        ),
                    }
                )
                for lines in goods.values()
            ]

    def action_receive(self):
        self.ensure_one()
        quantities = {}
        for line in self.line_ids:
            quantities |= line._spread()
        if not any(quantities.values()):
            raise UserError(self.env._("Enter on at least one line how much is here."))
        action = self.rma_id.action_receive(quantities, self.seen)
        return (
            action
            if isinstance(action, dict)
            else {"type": "ir.actions.act_window_close"}
        )


class ReverseLateWizardLine(models.TransientModel):
    """One product, with how much of it has arrived now."""

    _name = "reverse.late.wizard.line"
    _description = "Take Late Goods In: Line"

    wizard_id = fields.Many2one(
        "reverse.late.wizard", required=True, ondelete="cascade"
    )
    line_ids = fields.Many2many("reverse.rma.line", string="Return Lines")
    product_id = fields.Many2one("product.product", compute="_compute_goods")
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", compute="_compute_goods")
    uom_id = fields.Many2one("uom.uom", "Unit", compute="_compute_goods")
    announced = fields.Float(compute="_compute_goods", digits="Product Unit")
    received = fields.Float(compute="_compute_goods", digits="Product Unit")
    quantity = fields.Float("Arrived Now", digits="Product Unit")

    @api.depends("line_ids")
    def _compute_goods(self):
        for row in self:
            lines = row.line_ids
            row.product_id = lines.product_id
            row.lot_id = lines.lot_id
            row.uom_id = lines.uom_id
            row.announced = sum(lines.mapped("quantity"))
            row.received = sum(lines.mapped("qty_received"))

    def _spread(self):
        """Give ``{line id: quantity}``: lines take what they expect, in their order."""
        self.ensure_one()
        lines = self.line_ids.sorted("id")
        due = [line._get_proposed_quantity() for line in lines]
        entered = [self.quantity] + [0.0] * (len(lines) - 1)
        spread = endings.level(entered, due, self.uom_id.rounding)
        return dict(zip(lines.ids, spread, strict=True))
