from odoo import api, fields, models
from odoo.exceptions import UserError


class RepairOrder(models.Model):
    """Repairs that a vendor does."""

    _inherit = "repair.order"

    reverse_vendor_id = fields.Many2one(
        related="reverse_inspection_id.refurbisher_id", string="Done by"
    )
    reverse_purchase_line_ids = fields.One2many(
        "purchase.order.line", "reverse_repair_id", "Work Bought"
    )
    reverse_purchase_count = fields.Integer(
        compute="_compute_reverse_purchase_count", compute_sudo=True
    )

    @api.depends("reverse_purchase_line_ids")
    def _compute_reverse_purchase_count(self):
        for repair in self:
            repair.reverse_purchase_count = len(
                repair.reverse_purchase_line_ids.order_id
            )

    @api.depends(
        "state",
        "reverse_purchase_line_ids.price_subtotal",
        "reverse_purchase_line_ids.qty_received",
        "reverse_purchase_line_ids.state",
        "reverse_purchase_line_ids.invoice_lines.balance",
        "reverse_purchase_line_ids.invoice_lines.parent_state",
    )
    def _compute_reverse_cost(self):
        return super()._compute_reverse_cost()

    def _get_reverse_costs(self):
        """Add what the vendor charges."""
        lines = self.reverse_purchase_line_ids
        bought = sum(line._get_reverse_cost() for line in lines)
        return {**super()._get_reverse_costs(), "vendor": bought}

    def action_view_reverse_purchases(self):
        self.ensure_one()
        # sudo: only the ids; the user's own rights decide what they can read
        orders = self.sudo().reverse_purchase_line_ids.order_id.with_env(self.env)
        return (
            self.sudo()
            .reverse_rma_id.with_env(self.env)
            ._open(orders, self.env._("Purchase Orders"))
        )

    def action_repair_done(self):
        """What a vendor repairs is done when it is back."""
        # sudo: whoever repairs need not read inspections
        for repair in self.sudo().filtered("reverse_vendor_id"):
            waiting = repair.reverse_inspection_id._get_open_vendor_moves()
            if waiting:
                raise UserError(
                    self.env._(
                        "%(repair)s ends when the goods are back from %(vendor)s: "
                        "validate %(transfers)s, or cancel the repair.",
                        repair=repair.name,
                        vendor=repair.reverse_vendor_id.display_name,
                        transfers=", ".join(waiting.picking_id.mapped("name")),
                    )
                )
        return super().action_repair_done()

    def action_repair_cancel(self):
        res = super().action_repair_cancel()
        # sudo: whoever cancels a repair need not buy the work
        lines = self.sudo().reverse_purchase_line_ids
        lines._take_off_reverse_work()
        return res

    def _check_reverse_resume(self):
        if self.reverse_vendor_id:
            raise UserError(
                self.env._(
                    "%(repair)s was to be done by %(vendor)s, which was called off. "
                    "Inspect the goods again, and send them for refurbishing anew.",
                    repair=self.name,
                    vendor=self.reverse_vendor_id.display_name,
                )
            )
        return super()._check_reverse_resume()
