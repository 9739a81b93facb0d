from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.reverse_logistics.models.base.reverse_columns import differs

#: What a lot has decided about its pieces.
_SOLD = frozenset(
    {
        "discount",
        "order_id",
        "price_unit",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "reverse_liquidation_line_id",
        "tax_ids",
    }
)


#: What makes a line one that may stand beside the pieces; the second is of an app that
#: need not be there.
_BESIDE = frozenset({"is_downpayment", "is_delivery"})


class SaleOrderLine(models.Model):
    """What a liquidation lot sells, at the price that was shared over its pieces."""

    _inherit = "sale.order.line"

    reverse_liquidation_line_id = fields.Many2one(
        "reverse.liquidation.line",
        "Piece of a Lot",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.constrains("reverse_liquidation_line_id")
    def _check_reverse_liquidation_line(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self.reverse_liquidation_line_id and not (
            self.env["reverse.rma"]._in_workflow()
        ):
            raise ValidationError(
                self.env._("Pieces of liquidation lots are sold by their lot only.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Clients never run as superuser; the lot itself does.
        if not self.env.su:
            others = lines.filtered(lambda line: not line._is_reverse_beside())
            others.order_id._check_reverse_liquidation()
        return lines

    def _is_reverse_beside(self):
        """Whether this may stand beside what a lot sells: notes, a down payment, and
        the cost of delivery.
        """
        self.ensure_one()
        beside = self.display_type or self.is_downpayment or self._is_delivery()
        return beside and not self._is_reverse_given()

    def _is_reverse_given(self):
        """Whether this takes something off the price, or adds goods to it."""
        self.ensure_one()
        if self.display_type:
            return False
        if self.product_id and self.product_id.type != "service":
            return True
        if self.is_downpayment:
            return self._is_reverse_deducted()
        amounts = (
            self.price_unit,
            self.price_subtotal,
            self.price_total,
            self.product_uom_qty,
            self.qty_delivered,
        )
        return min(amounts) < 0 or not 0 <= self.discount <= 100

    def _is_reverse_deducted(self):
        """Whether the last invoice would deduct more than was billed ahead.

        Odoo deducts the price of such a line once, whatever its invoices say. A
        quantity of its own would have it deducted without any of them.
        """
        if self.product_uom_qty or self.discount or self.price_unit < 0:
            return True
        if self._is_reverse_amounting():
            return False  # of Odoo's dialog, whose invoice follows
        order = self.order_id
        # sudo: what was billed, for whoever changes the order
        ahead = (order.order_line - self).filtered(lambda line: not line.is_downpayment)
        last = ahead.sudo().invoice_lines.move_id
        # sudo: as above
        bills = self.sudo().invoice_lines.filtered(
            lambda line: line.move_id.state != "cancel" and line.move_id not in last
        )
        billed = sum(-line.move_id.direction_sign * line.price_unit for line in bills)
        more = order.currency_id.compare_amounts(self.price_unit, billed) > 0
        return more or bool(self.tax_ids - bills.tax_ids)

    @api.constrains(
        "discount",
        "is_downpayment",
        "price_unit",
        "product_id",
        "product_uom_qty",
        "qty_delivered",
        "tax_ids",
    )
    def _check_reverse_beside(self):
        """What stands beside the pieces of a lot stays what may stand there.

        Dialogs of Odoo add such lines as superuser, at the price of who uses them.
        """
        given = self.filtered(
            lambda line: (
                (line.is_downpayment or line._is_delivery())
                and not line.reverse_liquidation_line_id
                # sudo: whether the order is that of a lot, whoever changes it
                and line.order_id.sudo().reverse_liquidation_ids
                and line._is_reverse_given()
            )
        )
        # Clients are refused, whoever works for them.
        given.order_id.sudo(False)._check_reverse_liquidation()

    def _get_reverse_recovered(self):
        """Give what the delivered goods bring: as invoiced, and else as was agreed."""
        self.ensure_one()
        sold, billed = self.qty_delivered, self.qty_invoiced_posted
        amount = self.untaxed_amount_invoiced
        if billed > sold:
            return amount * sold / billed
        agreed = self.price_subtotal / self.product_uom_qty if sold > billed else 0.0
        return amount + agreed * (sold - billed)

    def _prepare_procurement_values(self):
        """Deliver pieces of a lot from the location for liquidation."""
        values = super()._prepare_procurement_values()
        # sudo: by which way goods leave is configuration
        piece = self.sudo().reverse_liquidation_line_id
        if piece:
            facility = piece.liquidation_id.facility_id
            values["route_ids"] = facility._ensure_liquidation_route()
        return values

    def write(self, vals):
        if vals.get("order_id") and not self.env.su:
            orders = self.env["sale.order"].browse(vals["order_id"])
            (orders - self.order_id)._check_reverse_liquidation()
        kinds = _BESIDE & set(vals)
        if kinds and not self.env.su:
            turned = self.filtered(lambda line: differs(line, vals, kinds))
            turned.order_id._check_reverse_liquidation()
        names = _SOLD & set(vals)
        # Clients never run as superuser; the lot itself does.
        if names and not self.env.su:
            self.filtered(
                lambda line: (
                    line.reverse_liquidation_line_id and differs(line, vals, names)
                )
            )._refuse_reverse_liquidation()
        return super().write(vals)

    def _refuse_reverse_liquidation(self):
        # sudo: only the number of the lot
        lots = self.sudo().reverse_liquidation_line_id.liquidation_id
        for lot in lots.filtered(lambda lot: lot.state in ("confirmed", "done")):
            raise UserError(
                self.env._(
                    "%(lot)s has decided what is sold at which price, so this line is "
                    "not changed. Cancel the lot, and make a new one.",
                    lot=lot.name,
                )
            )
