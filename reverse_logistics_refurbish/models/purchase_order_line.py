from odoo import api, fields, models
from odoo.exceptions import UserError


class PurchaseOrderLine(models.Model):
    """Work on returned goods that is bought from vendors."""

    _inherit = "purchase.order.line"

    reverse_repair_id = fields.Many2one(
        "repair.order",
        "Repair of Returned Goods",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("reverse_repair_id")._check_reverse_repair()
        return lines

    def write(self, vals):
        if "reverse_repair_id" in vals:
            self._check_reverse_repair()
        return super().write(vals)

    def _check_reverse_repair(self):
        # Clients never run as superuser; whatever does was checked before.
        if self and not self.env.su:
            raise UserError(
                self.env._(
                    "Work on returned goods is ordered by their inspection only."
                )
            )

    def _get_reverse_cost(self):
        """Give what this work costs: as billed, and at the order's price what is not.

        What was not ordered for good costs nothing yet, and what was not done by the
        end costs nothing more. What a vendor has credited it does not bill again.

        :return: net, in the company's currency
        """
        self.ensure_one()
        posted = self.invoice_lines.filtered(lambda row: row.parent_state == "posted")
        bills = posted.filtered(lambda row: row.move_id.move_type != "in_refund")
        cost = sum(posted.mapped("balance"))
        ended = self.reverse_repair_id.state in ("done", "cancel")
        due = self.qty_received if ended else self.product_qty
        due -= sum(bills.mapped("quantity"))
        if self.state == "purchase" and due > 0:
            cost += self.currency_id._convert(
                self.price_subtotal * due / self.product_qty,
                self.company_id.currency_id,
                self.company_id,
                self.date_order,
            )
        return cost

    def _receive_reverse_work(self, quantity):
        """What came back is worked on: the vendor can bill it."""
        for line in self:
            line.qty_received = min(quantity, line.product_qty)

    def _take_off_reverse_work(self):
        """Order no more of this work than was received or billed.

        An order of which nothing is left is cancelled, unless somebody locked it, or
        its bills were posted, which Odoo keeps with it.
        """
        for line in self:
            line.product_qty = max(line.qty_received, line.qty_invoiced)
        for order in self.order_id:
            left = any(order.order_line.mapped("product_qty"))
            billed = "posted" in order.invoice_ids.mapped("state")
            if not (left or billed or order.locked or order.state == "cancel"):
                order.button_cancel()
