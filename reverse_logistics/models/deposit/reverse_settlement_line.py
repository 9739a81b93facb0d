from odoo import Command, api, fields, models

from ...engine.allocation import Supply, allocate


class ReverseSettlementLine(models.Model):
    """Refunds of deposits, each of which uses up an entitlement."""

    _inherit = "reverse.settlement.line"

    deposit_id = fields.Many2one(
        "reverse.deposit",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        help="The entitlement this refund uses up.",
        guarded=True,
    )

    def _get_deposit_quantity(self):
        """Give the refunded quantity in the deposit product's unit."""
        self.ensure_one()
        return self.origin_line_id.product_uom_id._compute_quantity(
            self.credit_quantity,
            self.deposit_id.product_id.uom_id,
            rounding_method="HALF-UP",
        )

    def _get_deposit_order_quantity(self):
        """Give the refunded quantity in the unit of the order that charged it."""
        self.ensure_one()
        origin = self.origin_line_id
        order_uom = origin.sale_line_ids[:1].product_uom_id or origin.product_uom_id
        return origin.product_uom_id._compute_quantity(
            self.credit_quantity, order_uom, round=False
        )

    @api.model
    def _prepare_for_deposit(self, part, ledger):
        """Spread the quantity over the customer's open entitlements.

        :return: ``(vals_list, quantity without an entitlement)``
        """
        line = part.line_id
        deposits = line._get_open_deposits()
        uom = line.deposit_type_id.product_id.uom_id
        wanted = line.uom_id._compute_quantity(part.quantity, uom, round=False)
        supplies = [
            Supply(deposit, ledger.surplus.get(deposit._get_credit_key(), 0.0))
            for deposit in deposits
        ]
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        parts, unpriced = allocate(wanted, supplies, step)
        vals_list = []
        for deposit, quantity in parts:
            ledger.surplus[deposit._get_credit_key()] -= quantity
            vals = self._prepare_deposit_credit(line, deposit, quantity, ledger)
            self._withhold_by_condition(vals, part, deposit.currency_id)
            vals_list.append(
                {
                    "rma_line_id": line.id,
                    "inspection_id": part.id,
                    "kind": "kept" if part._stays_with_customer() else "goods",
                    **vals,
                }
            )
        return vals_list, unpriced

    @api.model
    def _prepare_deposit_credit(self, line, deposit, quantity, ledger):
        """Give values of a refund at the price and taxes of the charging invoice."""
        uom, origin = deposit.product_id.uom_id, deposit.invoice_line_id
        order_uom = origin.sale_line_ids[:1].product_uom_id or origin.product_uom_id
        credit = ledger.credit_line(
            origin.id, uom._compute_quantity(quantity, order_uom, round=False)
        )
        credit_quantity = uom._compute_quantity(
            quantity, origin.product_uom_id, rounding_method="HALF-UP"
        )
        gross = credit_quantity * origin.price_unit * (1 - origin.discount / 100.0)
        return {
            "deposit_id": deposit.id,
            "origin_line_id": origin.id,
            "quantity": uom._compute_quantity(
                quantity, line.uom_id, rounding_method="HALF-UP"
            ),
            "credit_quantity": credit_quantity,
            "price_unit": origin.price_unit,
            "discount": origin.discount,
            "tax_ids": [Command.set(origin.tax_ids.ids)],
            **self._prepare_amounts(credit, gross, origin.currency_id),
        }

    @api.model
    def _withhold_by_condition(self, vals, part, currency):
        percent = part.line_id.deposit_type_id._get_percent(part.condition_id)
        if percent >= 100.0:
            return
        whole = (
            currency.round(
                vals["credit_quantity"]
                * vals["price_unit"]
                * (1 - vals["discount"] / 100.0)
            )
            - vals["discount_share"]
            - vals["rounding"]
        )
        vals["deduction"] = currency.round(whole * (1 - percent / 100.0))
        vals["deduction_reason"] = self.env._(
            "Condition %(condition)s: %(percent).12g %% of the deposit",
            condition=part.condition_id.name,
            percent=percent,
        )
