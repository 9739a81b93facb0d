from odoo import api, fields, models

# What decides which delivery a line takes from.
_SOURCE = frozenset(
    {"product_id", "quantity", "uom_id", "lot_id", "move_id", "sale_line_id"}
)


class ReverseRma(models.Model):
    """Which deliveries a return would take from, before anything is claimed."""

    _inherit = "reverse.rma"

    can_find_deliveries = fields.Boolean(compute="_compute_can_find_deliveries")

    @api.depends("state", "line_ids.move_id")
    def _compute_can_find_deliveries(self):
        for rma in self:
            rma.can_find_deliveries = rma.state == "draft" and any(
                not line._is_sourced() for line in rma.line_ids
            )

    def web_save(self, vals, specification, next_id=None):
        """Say what policy thinks of a draft whenever its form is saved."""
        if self:
            self.write(vals)
        saved = self or self.create(vals)
        saved._foresee()
        return super(ReverseRma, saved).web_save({}, specification, next_id)

    def _foresee(self):
        """Show on drafts what policy would decide now, and the fee.

        Nothing is claimed, and the request decides anew. What the deliveries are not
        known of yet says so elsewhere.
        """
        drafts = self.filtered(lambda rma: rma.state == "draft")
        for company, rmas in drafts.grouped("company_id").items():
            lines = rmas.line_ids.filtered(lambda line: line._is_sourced())
            if lines:
                lines._decide(self.env["reverse.policy.version"]._get_for(company))

    def action_find_deliveries(self):
        """Show which deliveries the lines would take from, and what policy says.

        Nothing is claimed: the request looks again, under lock.

        :raises AccessError: without the role customer service
        :raises UserError: once requested
        """
        self._check_duty("service")
        self._check_editable()
        self.line_ids._check_source()
        self.line_ids._split_undelivered(preview=True)
        lines = self.line_ids._find_deliveries(preview=True)
        lines._decide(self.env["reverse.policy.version"]._get_for(self.company_id))
        return True


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    client_ref = fields.Char(
        "Customer Reference", help="The customer's own number for this line."
    )
    delivered_on = fields.Date(compute="_compute_sold", compute_sudo=True)
    price_paid = fields.Monetary(
        compute="_compute_sold",
        compute_sudo=True,
        help="Of one unit, before tax and after discount.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_sold", compute_sudo=True
    )

    @api.depends("move_id", "sale_line_id", "historic_sale_id")
    def _compute_sold(self):
        for line in self:
            line.delivered_on = line._get_delivered_on()
            price, currency = 0.0, line.company_id.currency_id
            if line.sale_line_id:
                price, currency = line.sale_line_id._get_reverse_price()
                price = line.sale_line_id.product_uom_id._compute_price(
                    price, line.uom_id or line.sale_line_id.product_uom_id
                )
            elif line.historic_sale_id:
                sale = line.historic_sale_id
                price, currency = sale._get_price(), sale.currency_id
                price = sale.uom_id._compute_price(price, line.uom_id or sale.uom_id)
            line.price_paid, line.currency_id = price, currency

    @api.onchange("product_id")
    def _onchange_product_forgets_source(self):
        if self.move_id.product_id not in (self.product_id, self.product_id.browse()):
            self.move_id = False
        if self.sale_line_id and self.sale_line_id.product_id != self.product_id:
            self.sale_line_id = False

    def write(self, vals):
        res = super().write(vals)
        if _SOURCE & set(vals) and not self._in_workflow():
            self._forget_decision()
        return res

    def _forget_decision(self):
        """What policy said of a draft holds no longer than what it was asked about."""
        stale = self.filtered(lambda line: line.state == "draft" and line.decision)
        stale._guarded_write(dict.fromkeys(self._get_decision_fields(), False))
