from odoo import api, models

from ...engine import transitions

#: What the value of an order follows from.
_VALUES = frozenset({"product_uom_qty", "price_unit", "discount", "product_uom_id"})


class SaleOrder(models.Model):
    """A new order has to stay worth what comes back against it."""

    _inherit = "sale.order"

    def _action_cancel(self):
        result = super()._action_cancel()
        self._find_reverse_against()._report_order_cancelled()
        return result

    def _find_reverse_against(self):
        """Find the live returns whose new order is among these.

        :rtype: reverse.rma
        """
        # sudo: whoever changes an order need not see the returns that it stands for
        rmas = self.env["reverse.rma"].sudo()
        if not self:
            return rmas
        return rmas.search(
            [
                ("agreement_order_id", "in", self.ids),
                ("state", "in", transitions.LIVE),
            ]
        )

    def _find_reverse_short(self):
        """Find the live returns for which their new order does not suffice."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        found = confirmed._find_reverse_against()
        return found.filtered(lambda rma: rma._is_order_short())


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        before = orders._find_reverse_short()
        lines = super().create(vals_list)
        (orders._find_reverse_short() - before)._report_order_short()
        return lines

    def write(self, vals):
        if not _VALUES & set(vals):
            return super().write(vals)
        before = self.order_id._find_reverse_short()
        result = super().write(vals)
        (self.order_id._find_reverse_short() - before)._report_order_short()
        return result
