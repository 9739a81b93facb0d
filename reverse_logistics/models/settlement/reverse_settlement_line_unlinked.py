from odoo import Command, api, fields, models


class ReverseSettlementLine(models.Model):
    """Credits that no invoice of Odoo stands behind.

    Of sales of the past at their price and taxes, and goodwill for goods whose sale
    nobody knows.
    """

    _inherit = "reverse.settlement.line"

    historic_sale_id = fields.Many2one(
        related="rma_line_id.historic_sale_id", store=True, index="btree_not_null"
    )

    def _is_unlinked(self):
        """Credited without an invoice that Odoo knows."""
        self.ensure_one()
        return not self.origin_line_id and bool(self.credit_quantity)

    def _is_credited(self):
        return super()._is_credited() or self._is_unlinked()

    @api.depends("historic_sale_id")
    def _compute_currency_id(self):
        res = super()._compute_currency_id()
        for line in self.filtered(lambda line: not line.origin_line_id):
            if line.historic_sale_id:
                # sudo: currency only
                line.currency_id = line.sudo().historic_sale_id.currency_id
        return res

    # ------------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------------
    @api.model
    def _prepare_for(self, part, ledger):
        line = part.line_id
        # sudo: price and taxes of the customer's own purchase
        sale = line.sudo().historic_sale_id
        if not sale:
            return super()._prepare_for(part, ledger)
        stays = part._stays_with_customer()
        kind = "kept" if stays else "goods"
        take = ledger.credit_kept if stays else ledger.credit_goods
        quantity = line.uom_id._compute_quantity(
            part.quantity, sale.uom_id, round=False
        )
        credits, unpriced = take(sale._get_credit_key(), quantity)
        return [
            {
                "rma_line_id": line.id,
                "inspection_id": part.id,
                "kind": kind,
                **self._prepare_historic_credit(line, sale, credit),
            }
            for credit in credits
        ], unpriced

    @api.model
    def _prepare_historic_credit(self, line, sale, credit):
        quantity, credit_quantity = (
            sale.uom_id._compute_quantity(
                credit.quantity, uom, rounding_method="HALF-UP"
            )
            for uom in (line.uom_id, sale.uom_id)
        )
        gross = credit_quantity * sale.price_unit * (1 - sale.discount / 100.0)
        return {
            "quantity": quantity,
            "credit_quantity": credit_quantity,
            "price_unit": sale.price_unit,
            "discount": sale.discount,
            "tax_ids": [Command.set(sale.tax_ids.ids)],
            **self._prepare_amounts(credit, gross, sale.currency_id),
        }

    @api.model
    def _complete_value(self, vals):
        line = self.env["reverse.rma.line"].browse(vals.get("rma_line_id"))
        if not line._is_credited_unlinked():
            return super()._complete_value(vals)
        # sudo: taxes of the sale, or of the product sold to this customer
        taxes = line.sudo().historic_sale_id.tax_ids or line.sudo()._get_sale_taxes()
        vals.update(
            kind="value",
            origin_line_id=False,
            credit_quantity=1.0,
            quantity=0.0,
            discount=0.0,
            tax_ids=[Command.set(taxes._without_fixed().ids)],
        )
        return vals

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _get_credit_account(self):
        if not self._is_unlinked():
            return super()._get_credit_account()
        line = self.sudo().rma_line_id  # sudo: accounts are configuration
        product = line.product_id.with_company(self.company_id)
        accounts = product.product_tmpl_id.get_product_accounts(
            line._get_fiscal_position()
        )
        return accounts["income"]

    def _prepare_credit_line(self):
        vals = super()._prepare_credit_line()
        if not self._is_unlinked():
            return vals
        line = self.sudo().rma_line_id  # sudo: what came back
        sale = line.historic_sale_id
        goods = self.kind != "value"
        vals.update(
            name=line.product_id.display_name,
            product_id=line.product_id.id,
            product_uom_id=(goods and sale.uom_id or line.uom_id).id,
            account_id=self._get_credit_account().id,
        )
        del vals["analytic_distribution"]
        return vals

    @api.model
    def _get_settled(self, credit_note):
        if credit_note.reversed_entry_id:
            return super()._get_settled(credit_note)
        return credit_note.invoice_line_ids.reverse_settlement_line_id


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _is_credited_unlinked(self):
        """Whether a credit of value names no invoice: there is none in Odoo."""
        self.ensure_one()
        return bool(self.historic_sale_id or self.customer_owned)

    def _get_fiscal_position(self):
        self.ensure_one()
        return (
            self.env["account.fiscal.position"]
            .with_company(self.company_id)
            ._get_fiscal_position(self.partner_id)
        )

    def _get_sale_taxes(self):
        self.ensure_one()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        return self._get_fiscal_position().map_tax(taxes)
