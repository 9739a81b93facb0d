from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseReturnWizard(models.TransientModel):
    """Offer kits as a whole, and component by component."""

    _inherit = "reverse.return.wizard"

    has_kits = fields.Boolean(compute="_compute_has_kits")

    @api.depends("line_ids.kit_id", "line_ids.kit_line_id")
    def _compute_has_kits(self):
        for wizard in self:
            wizard.has_kits = bool(
                wizard.line_ids.kit_id or wizard.line_ids.kit_line_id
            )

    @api.depends("order_id", "candidate_ids.chosen", "partner_id")
    def _compute_line_ids(self):
        entered = {
            (wizard, line.kit_line_id): line._get_entered()
            for wizard in self
            for line in wizard.line_ids
            if line.kit_line_id and line.quantity
        }
        for wizard in self:
            # The rows of whole kits are computed again below.
            wizard.line_ids -= wizard.line_ids.filtered("kit_line_id")
        res = super()._compute_line_ids()
        for wizard in self:
            rows = []
            # sudo: the order of a delivery that the user may read
            for order_line in wizard.line_ids.sudo().move_id.sale_line_id:
                if not order_line._is_reverse_kit():
                    continue
                free = order_line._get_reverse_returnable_kits()
                if free:
                    rows.append(
                        {
                            "kit_line_id": order_line.id,
                            "product_id": order_line.product_id.id,
                            "returnable": free,
                            **entered.get((wizard, order_line), {}),
                        }
                    )
            wizard.line_ids = [Command.create(row) for row in rows]
        return res

    def _check_customer(self, lines):
        res = super()._check_customer(lines)
        lines.filtered("kit_line_id")._check_returnable_kits()
        return res


class ReverseReturnWizardLine(models.TransientModel):
    """A whole kit, or a component of one, that may come back."""

    _inherit = "reverse.return.wizard.line"

    kit_line_id = fields.Many2one("sale.order.line", "Whole Kit")
    kit_id = fields.Many2one(
        "product.product", "Component of", compute="_compute_kit_id"
    )

    @api.depends("move_id")
    def _compute_kit_id(self):
        for line in self:
            # sudo: what was ordered, of a delivery that the user may read
            move = line.sudo().move_id
            component = bool(move) and move._is_reverse_component()
            line.kit_id = component and move.sale_line_id.product_id

    @api.depends("kit_line_id")
    def _compute_sold(self):
        res = super()._compute_sold()
        for line in self.filtered("kit_line_id"):
            # sudo: the order of a delivery that the user may read
            order_line = line.sudo().kit_line_id
            price, currency = order_line._get_reverse_price()
            line.document = order_line.order_id.name
            line.delivered = order_line.qty_delivered
            line.price_paid, line.currency_id = price, currency
        return res

    def _check_returnable_kits(self):
        for line in self:
            if line.quantity > line.returnable:
                line._refuse_kits()

    def _refuse_kits(self):
        raise UserError(
            self.env._(
                "%(product)s: only %(returnable).12g complete ones of %(document)s "
                "can be returned; you entered %(quantity).12g.",
                product=self.product_id.display_name,
                quantity=self.quantity,
                document=self.document,
                returnable=self.returnable,
            )
        )

    def _prepare_return_line(self, number):
        vals = super()._prepare_return_line(number)
        if self.kit_line_id:
            vals["sale_line_id"] = self.kit_line_id.id
        return vals
