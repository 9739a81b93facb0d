from odoo import Command, api, fields, models

# Files attached to these fields become those of the return's line.
_FILES = ("photo_ids", "purchase_document_ids", "hazard_document_ids")


class ReverseReturnWizardLine(models.TransientModel):
    """Delivered goods that may come back, or a product without a delivery."""

    _name = "reverse.return.wizard.line"
    _description = "New Return: Line"

    wizard_id = fields.Many2one(
        "reverse.return.wizard", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one("stock.move", "Delivery")
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    sale_line_id = fields.Many2one(related="move_id.sale_line_id")
    uom_id = fields.Many2one("uom.uom", compute="_compute_uom_id")
    document = fields.Char("Order", compute="_compute_sold")
    delivery = fields.Char("Delivery Number", compute="_compute_sold")
    delivered_on = fields.Date(compute="_compute_sold")
    delivered = fields.Float(compute="_compute_sold", digits="Product Unit")
    price_paid = fields.Monetary(compute="_compute_sold")
    currency_id = fields.Many2one("res.currency", compute="_compute_sold")
    amount_paid = fields.Monetary(
        "Paid with Tax",
        compute="_compute_amount_paid",
        help="For the quantity that comes back.",
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial")
    returnable = fields.Float(digits="Product Unit", readonly=True)
    quantity = fields.Float("To Return", digits="Product Unit")
    reason_id = fields.Many2one("reverse.reason")
    claim = fields.Selection(related="reason_id.claim")
    claimed_product_id = fields.Many2one(
        "product.product",
        "Came Instead",
        help="The product that was sent by mistake: one for each that was ordered.",
    )
    client_ref = fields.Char("Customer Reference")
    note = fields.Char("Customer Note")
    photo_ids = fields.Many2many(
        "ir.attachment", "reverse_return_wizard_photo_rel", string="Photos"
    )
    purchase_document_ids = fields.Many2many(
        "ir.attachment",
        "reverse_return_wizard_purchase_rel",
        string="Purchase Documents",
    )
    hazard_document_ids = fields.Many2many(
        "ir.attachment",
        "reverse_return_wizard_hazard_rel",
        string="Hazard Declarations",
    )
    condition_id = fields.Many2one("reverse.condition")
    disposition_id = fields.Many2one(
        "reverse.disposition",
        compute="_compute_disposition_id",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("move_id")
    def _compute_product_id(self):
        for line in self:
            line.product_id = line.move_id.product_id or line.product_id

    @api.depends("product_id", "move_id")
    def _compute_uom_id(self):
        for line in self:
            line.uom_id = line.move_id._get_reverse_uom() or line.product_id.uom_id

    @api.depends("move_id")
    def _compute_sold(self):
        for line in self:
            # sudo: the user may read the order of this delivery
            move = line.sudo().move_id.filtered(
                lambda m: m.company_id in self.env.companies
            )
            price, currency = move._get_reverse_sold_price()
            line.document = move.sale_line_id.order_id.name or move.picking_id.name
            line.delivery = move.picking_id.name
            moment = move and move._get_reverse_moved_at()
            line.delivered_on = moment and fields.Date.context_today(line, moment)
            line.delivered = move._from_reverse_uom(
                sum(part[1] for part in move._get_reverse_parts()) if move else 0.0
            )
            line.price_paid, line.currency_id = price, currency

    @api.depends("move_id", "quantity")
    def _compute_amount_paid(self):
        for line in self:
            # sudo: only the price is read; the user may read the order
            sold = line.sudo().move_id.sale_line_id
            line.amount_paid = (
                line.quantity * line.price_paid * sold._get_reverse_tax_factor()
                if sold
                else 0.0
            )

    @api.depends("condition_id")
    def _compute_disposition_id(self):
        for line in self:
            line.disposition_id = line.condition_id.disposition_id

    def _get_entered(self):
        """Give what the user entered, to keep it when the proposal is computed anew."""
        names = ("quantity", "note", "client_ref")
        links = ("reason_id", "condition_id", "disposition_id", "lot_id")
        links += ("claimed_product_id",)
        values = {name: self[name] for name in names}
        values.update({name: self[name].id for name in links})
        values.update({name: [Command.set(self[name].ids)] for name in _FILES})
        return values

    def _get_condition(self):
        return self.condition_id or self.wizard_id.condition_id

    def _get_disposition(self):
        return self.disposition_id or self._get_condition().disposition_id

    def _prepare_return_line(self, number):
        """Give the values of the return's line.

        What was seen at the counter is kept, even when somebody has to decide first.
        reverse_logistics_mrp extends this by the order line of a kit.

        :param int number: place in the order in which lines were entered
        """
        self.ensure_one()
        values = {
            "sequence": number,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "uom_id": self.uom_id.id,
            "move_id": self.move_id.id,
            # sudo: the user may read the order of this delivery
            "sale_line_id": self.sudo().move_id.sale_line_id.id,
            "lot_id": self.lot_id.id,
            "reason_id": self.reason_id.id or self.wizard_id.reason_id.id,
            "claimed_product_id": self.claimed_product_id.id,
            "client_ref": self.client_ref,
            "note": self.note,
            **{name: [Command.set(self[name].ids)] for name in _FILES if self[name]},
        }
        if self.wizard_id.mode == "counter":
            values["counter_condition_id"] = self._get_condition().id
            values["counter_disposition_id"] = self._get_disposition().id
        return values
