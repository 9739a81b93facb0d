from odoo import Command, api, fields, models

from ..engine.settlement import share


class ReverseSettlementLine(models.Model):
    """What is charged for taking goods back: with a product and taxes of its own.

    Where the goods were invoiced, the fee stands on their credit note. Where they were
    not, there is nothing to withhold it from: it goes on the order, to be invoiced with
    the rest of it.
    """

    _inherit = "reverse.settlement.line"

    fee = fields.Monetary(
        help="Charged for taking the goods back, before tax: withheld from the credit, "
        "or invoiced with the order where there is no invoice yet."
    )
    fee_order_line_id = fields.Many2one(
        "sale.order.line", "Billed Fee", readonly=True, copy=False
    )

    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {"fee_order_line_id"}

    @api.depends("fee")
    def _compute_amount(self):
        res = super()._compute_amount()
        for line in self.filtered("fee"):
            line.amount -= line.fee
        return res

    def _is_fee_billed(self):
        """Nothing is credited that the fee could be withheld from."""
        self.ensure_one()
        return bool(self.fee) and not self._is_credited()

    # ------------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, targets):
        failed = super()._create_for(targets)
        parts = self.env["reverse.inspection"].concat(*targets)
        for rma_line in parts.line_id.filtered("fee"):
            settled = rma_line._get_live_credits()
            own = settled.filtered(lambda line: line.inspection_id in parts)
            done = sum((settled - own).mapped("quantity"))
            for line in own.sorted("id"):
                fee = share(
                    rma_line.fee,
                    line.quantity,
                    rma_line.qty_authorized,
                    done,
                    rma_line.fee_currency_id.rounding,
                )
                line._guarded_write({"fee": fee})
                done += line.quantity
        return failed

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _prepare_credit_lines(self):
        vals_list = super()._prepare_credit_lines()
        charged = self.filtered(lambda line: line.fee and line._is_credited())
        for line in charged:
            product = line.company_id._get_reverse_fee_product()
            vals_list.append(
                {
                    "name": line._get_fee_label(),
                    "product_id": product.id,
                    "quantity": 1.0,
                    "price_unit": -line.fee,
                    "tax_ids": [Command.set(line._get_fee_taxes(product).ids)],
                }
            )
        return vals_list

    def _get_fee_label(self):
        return self.env._(
            "Restocking fee: %(product)s", product=self.product_id.display_name
        )

    def _get_fee_taxes(self, product):
        # sudo: the taxes of the fee follow the invoice's fiscal position
        line = self.sudo()
        taxes = product.taxes_id._filter_taxes_by_company(line.company_id)
        position = (
            line.invoice_id.fiscal_position_id
            if line.origin_line_id
            else line.rma_line_id._get_fiscal_position()
        )
        return position.map_tax(taxes)

    # ------------------------------------------------------------------
    # Goods that were never invoiced
    # ------------------------------------------------------------------
    def _bill_fees(self):
        """Put fees without a credit note on their orders, to be invoiced there."""
        billed = self.filtered(lambda line: line._is_fee_billed())
        # sudo: the settlements were released; exactly their fees are charged
        order_lines = self.env["sale.order.line"].sudo()
        order_lines = order_lines.create([line._prepare_fee() for line in billed])
        for line, order_line in zip(billed, order_lines, strict=True):
            line._guarded_write({"fee_order_line_id": order_line.id})

    def _prepare_fee(self):
        """Values of the order line that charges this fee.

        What was never invoiced has an order: sales of the past and deposits always are.
        """
        self.ensure_one()
        return {
            "order_id": self.rma_line_id.sale_line_id.order_id.id,
            "product_id": self.company_id._get_reverse_fee_product().id,
            "name": self._get_fee_label(),
            "product_uom_qty": 1.0,
            "price_unit": self.fee,
        }

    def _take_back_fees(self):
        """A reversed settlement charges nothing: the order's next document says so."""
        # sudo: exactly what the release charged
        fees = self.sudo().fee_order_line_id
        locked = fees.order_id.filtered("locked")
        locked.locked = False
        fees.product_uom_qty = 0.0
        locked.locked = True
