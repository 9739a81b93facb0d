from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseReturnWizard(models.TransientModel):
    _name = "reverse.return.wizard"
    _description = "Return Products of an Order"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    channel_id = fields.Many2one("reverse.channel")
    settlement_type = fields.Selection(
        lambda self: (
            self.env["reverse.rma"]
            ._fields["settlement_type"]
            ._description_selection(self.env)
        ),
        "Customer Wants",
        default="refund",
        required=True,
    )
    reason_id = fields.Many2one("reverse.reason", "Reason for All")
    line_ids = fields.One2many(
        "reverse.return.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("order_id")
    def _compute_line_ids(self):
        """Propose what is still returnable, by lot where lots are tracked."""
        for wizard in self:
            lines = [Command.clear()]
            for (line, lot_id), quantity in wizard._get_returnable().items():
                lines.append(
                    Command.create(
                        {
                            "sale_line_id": line.id,
                            "lot_id": lot_id,
                            "returnable": quantity,
                        }
                    )
                )
            wizard.line_ids = lines

    def _get_returnable(self):
        """Give ``{(order line, lot id): quantity}`` in the order line's unit."""
        order_lines = self.order_id.order_line
        # sudo: the deliveries of an order that the user can read
        moves = order_lines.sudo().move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.location_dest_id._is_outgoing()
                and not m.origin_returned_move_id
            )
        )
        tracked = moves.filtered(lambda m: m.product_id.tracking != "none")
        free = {
            **(moves - tracked)._get_returnable(),
            **tracked._get_returnable(by_lot=True),
        }
        result = {}
        for (move_id, lot_id), quantity in free.items():
            move = moves.browse(move_id)
            line = move.sale_line_id.sudo(False)
            quantity = move.product_id.uom_id._compute_quantity(
                quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
            if quantity > 0:
                result[line, lot_id] = result.get((line, lot_id), 0.0) + quantity
        return dict(
            sorted(
                result.items(), key=lambda item: (item[0][0].sequence, item[0][0].id)
            )
        )

    def action_create(self):
        """Create the return and request it, so that the policy answers at once."""
        self.ensure_one()
        wanted = {}
        for line in self.line_ids.filtered("quantity"):
            wanted.setdefault(line.sale_line_id, []).append(
                {
                    "quantity": line.quantity,
                    "lot_id": line.lot_id.id,
                    "reason_id": line.reason_id.id or self.reason_id.id,
                    "note": line.note,
                }
            )
        if not wanted:
            raise UserError(
                self.env._("Enter the quantity that comes back on at least one line.")
            )
        rma = self.order_id._create_rmas(
            wanted, channel_id=self.channel_id.id, settlement_type=self.settlement_type
        )
        rma.action_request()
        return rma.get_formview_action()


class ReverseReturnWizardLine(models.TransientModel):
    _name = "reverse.return.wizard.line"
    _description = "Return Products of an Order: Line"

    wizard_id = fields.Many2one(
        "reverse.return.wizard", required=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one("sale.order.line", "Order Line", required=True)
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    delivered = fields.Float(related="sale_line_id.qty_delivered")
    lot_id = fields.Many2one("stock.lot", "Lot/Serial")
    returnable = fields.Float(digits="Product Unit", readonly=True)
    quantity = fields.Float("To Return", digits="Product Unit")
    reason_id = fields.Many2one("reverse.reason")
    note = fields.Char("Customer Note")
