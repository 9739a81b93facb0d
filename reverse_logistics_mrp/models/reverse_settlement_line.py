from odoo import Command, api, fields, models


class ReverseSettlementLine(models.Model):
    """Credit components as parts of their kit, at the kit's invoiced price."""

    _inherit = "reverse.settlement.line"

    kit_quantity = fields.Float(
        "Kits",
        readonly=True,
        help="What the component is worth in kits, as fine as it is.",
        guarded=True,
    )

    def _get_order_quantity(self):
        if self.rma_line_id._is_kit_component():
            return self.kit_quantity
        return super()._get_order_quantity()

    @api.model
    def _prepare_for_kit(self, part, ledger):
        line = part.line_id
        stays = part._stays_with_customer()
        take = ledger.credit_kept if stays else ledger.credit_goods
        wanted = part._get_kit_quantity()
        credits, unpriced = take(line.sale_line_id.id, wanted)
        base = {
            "rma_line_id": line.id,
            "inspection_id": part.id,
            "kind": "kept" if stays else "goods",
        }
        vals_list = [
            {**base, **self._prepare_kit_credit(part, ledger, credit, wanted)}
            for credit in credits
        ]
        uninvoiced = line.uom_id.round(
            part.quantity - sum(vals["quantity"] for vals in vals_list)
        )
        if not unpriced and not line.uom_id.is_zero(uninvoiced):
            vals_list.append({**base, "quantity": uninvoiced})
        return vals_list, unpriced

    @api.model
    def _prepare_kit_credit(self, part, ledger, credit, wanted):
        """Give the values of one credit.

        The quantity is rounded so that all components together are one kit. The price
        makes up for what rounding changes in it.
        """
        line = part.line_id
        # sudo: whoever settles need not read invoices
        origin = self.env["account.move.line"].sudo().browse(credit.key)
        after = ledger.lines[credit.key].credited
        quantity = self._round_kits(line, origin, after) - self._round_kits(
            line, origin, after - credit.quantity
        )
        quantity = origin.product_uom_id.round(quantity)
        net = quantity * (1 - origin.discount / 100.0)
        price = credit.gross / net if net else origin.price_unit
        gross = origin.currency_id.round(net * price)
        return {
            "quantity": line.uom_id.round(part.quantity * credit.quantity / wanted),
            "kit_quantity": credit.quantity,
            "origin_line_id": origin.id,
            "credit_quantity": quantity,
            "price_unit": price,
            "discount": origin.discount,
            "tax_ids": [Command.set(origin.tax_ids.ids)],
            **self._prepare_amounts(credit, gross, origin.currency_id),
        }

    @api.model
    def _round_kits(self, line, origin, quantity):
        return line.sale_line_id.product_uom_id._compute_quantity(
            quantity, origin.product_uom_id, rounding_method="HALF-UP"
        )

    def _prepare_credit_line(self):
        vals = super()._prepare_credit_line()
        if self.rma_line_id._is_kit_component():
            vals["name"] = self.env._(
                "%(kit)s: %(quantity)s of %(component)s",
                kit=vals["name"],
                quantity=self.uom_id._say_reverse(self.quantity),
                component=self.product_id.display_name,
            )
        return vals
