from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from ...engine.settlement import GOODS, InvoiceLine, Part, add


class ReverseHistoricSale(models.Model):
    """How much of a sale of the past may still come back, and be credited."""

    _inherit = "reverse.historic.sale"

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    def _in_product_uom(self, quantity):
        return self.uom_id._compute_quantity(
            quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _get_claimed(self):
        """Sum what live returns take of these sales, in the product's unit."""
        # sudo: returns of every user count
        return {
            sale: sum(line._get_source_claim() for line in sale.sudo().rma_line_ids)
            for sale in self
        }

    def _get_returnable(self):
        """Tell what of these sales may still be asked back, in the product's unit."""
        return {
            sale: max(sale._in_product_uom(sale.quantity) - claimed, 0.0)
            for sale, claimed in self._get_claimed().items()
        }

    def _check_over_return(self):
        """Refuse what would bring back more of these sales than was sold.

        :raises UserError: naming old invoice, product and quantities
        """
        if not self:
            return
        self.env.flush_all()
        self._reverse_touch()
        self.invalidate_recordset(["rma_line_ids"])
        for sale, claimed in self._get_claimed().items():
            uom = sale.product_id.uom_id
            sold = sale._in_product_uom(sale.quantity)
            if uom.compare(claimed, sold) > 0:
                self.env["reverse.refusal"]._note("over_return", sale.company_id)
                raise UserError(
                    self.env._(
                        "The old invoice %(invoice)s sold %(sold)s of %(product)s; "
                        "with this return %(claimed)s would come back. Lower the "
                        "quantity, or cancel the return that claims the rest.",
                        invoice=sale.invoice_name,
                        sold=uom._say_reverse(sold),
                        claimed=uom._say_reverse(claimed),
                        product=sale.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------
    def _get_unit_cost(self):
        """What one of the product's own unit was worth when it was sold."""
        self.ensure_one()
        return self.uom_id._compute_price(self.cost, self.product_id.uom_id)

    def _get_unit_price(self):
        """What one of the product's own unit was sold for, net, in our currency."""
        self.ensure_one()
        price = self.uom_id._compute_price(self._get_price(), self.product_id.uom_id)
        return self.currency_id._convert(
            price, self.company_currency_id, self.company_id, self.date, round=False
        )

    def _get_price(self):
        """What one unit was sold for, before tax and after discount, as on the old
        invoice.
        """
        self.ensure_one()
        taxes = self.tax_ids.compute_all(
            self.amount, self.currency_id, 1.0, self.product_id, self.partner_id
        )
        return taxes["total_excluded"] / self.quantity

    def _get_credit_key(self):
        """By what the ledger recognises this sale."""
        self.ensure_one()
        return (self._name, self.id)

    def _add_to_ledger(self, ledger):
        """Add these sales to a ledger, with what was credited or proposed of them."""
        self.env.flush_all()
        self._reverse_touch()
        step = self.env["sale.order.line"]._get_reverse_step()
        for sale in self.sudo():  # sudo: every credit counts, whoever made it
            key = sale._get_credit_key()
            line = InvoiceLine(
                key=key,
                order_line=key,
                document=key,
                quantity=sale.quantity,
                parts={GOODS: Part(*sale._get_amounts())},
                step=sale.currency_id.rounding,
            )
            for settled in sale._get_live_settlement_lines():
                if settled.kind == "value":
                    line.value = add(line.value, *settled._get_credit_parts())
                else:
                    line.book(settled.credit_quantity, step, settled.credit_amounts)
            ledger.lines[key] = line
            ledger.surplus[key] = line.quantity - line.credited

    def _get_amounts(self):
        """Give what was sold by component, and the taxes that its price includes."""
        self.ensure_one()
        return self.env["account.tax"]._get_reverse_amounts(
            self.company_id,
            product_id=self.product_id,
            product_uom_id=self.uom_id,
            price_unit=self.price_unit,
            quantity=self.quantity,
            discount=self.discount,
            tax_ids=self.tax_ids,
            currency_id=self.currency_id,
        )

    def _get_live_settlement_lines(self):
        return self.env["reverse.settlement.line"].search(
            [
                ("historic_sale_id", "in", self.ids),
                ("settlement_id.state", "not in", ("reversed", "cancelled")),
                ("credit_quantity", ">", 0),
            ]
        )

    def _check_over_credit(self, credit_notes):
        """Refuse credit notes beyond what was sold, in quantity or amount.

        :raises UserError: naming the old invoice and amounts
        """
        if not self:
            return
        self.env.flush_all()
        self._reverse_touch()
        totals = defaultdict(lambda: [0.0, 0.0])
        for line in self._get_credited_lines(credit_notes):
            settled = line.reverse_settlement_line_id
            total = totals[settled.historic_sale_id]
            total[0] += settled.kind != "value" and line.quantity
            total[1] += line._get_reverse_price_net()
        for sale in self:
            quantity, amount = totals[sale]
            too_many = sale.uom_id.compare(quantity, sale.quantity) > 0
            # each credit note line may have been rounded by half a cent
            over = amount - sale.amount - sale.currency_id.rounding
            if too_many or sale.currency_id.compare_amounts(over, 0) > 0:
                self.env["reverse.refusal"]._note("over_credit", sale.company_id)
                raise UserError(
                    self.env._(
                        "The old invoice %(invoice)s sold %(quantity)s of "
                        "%(product)s for %(sold)s; with this credit note %(credited)s "
                        "would be credited. Settle less.",
                        invoice=sale.invoice_name,
                        quantity=sale.uom_id._say_reverse(sale.quantity),
                        product=sale.product_id.display_name,
                        sold=sale.currency_id.format(sale.amount),
                        credited=sale.currency_id.format(amount),
                    )
                )

    def _get_credited_lines(self, credit_notes):
        """Lines of posted credit notes of these sales, and of those being posted."""
        lines = self.env["account.move.line"].search(
            [
                ("reverse_settlement_line_id.historic_sale_id", "in", self.ids),
                ("display_type", "=", "product"),
                "|",
                ("parent_state", "=", "posted"),
                ("move_id", "in", credit_notes.ids),
            ]
        )
        return lines.filtered(
            lambda line: (
                line.reverse_settlement_line_id.settlement_id.state
                not in ("reversed", "cancelled")
            )
        )
