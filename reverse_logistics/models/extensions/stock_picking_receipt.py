from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """What the dock is shown of the returns that are to arrive."""

    _inherit = "stock.picking"

    reverse_product_summary = fields.Char(
        "Products", compute="_compute_reverse_product_summary"
    )
    reverse_tracking_ref = fields.Char(
        related="reverse_rma_id.carrier_tracking_ref", string="Tracking Number"
    )

    @api.depends("move_ids.product_id", "move_ids.product_uom_qty", "move_ids.state")
    def _compute_reverse_product_summary(self):
        for picking in self:
            goods = self.env["product.product"]
            picking.reverse_product_summary = goods._list_reverse_goods(
                (move.product_id, move.product_uom, move.product_uom_qty)
                for move in picking.move_ids
                if move.state != "cancel"
            )

    @api.depends_context("reverse_receipt_names")
    def _compute_display_name(self):
        """Where returns are expected, a transfer is called by return and customer."""
        res = super()._compute_display_name()
        if self.env.context.get("reverse_receipt_names"):
            for picking in self.filtered("reverse_rma_id"):
                customer = picking.partner_id.commercial_partner_id.name
                picking.display_name = f"{picking.reverse_rma_id.name} {customer}"
        return res

    def action_reverse_receive(self):
        """Take in the returns that these transfers announce.

        :raises UserError: for a transfer that belongs to no return
        """
        unknown = self.filtered(lambda picking: not picking.reverse_rma_id)
        if unknown:
            raise UserError(
                self.env._(
                    "%(transfers)s belongs to no return yet: open it and validate it "
                    "there.",
                    transfers=", ".join(unknown.mapped("name")),
                )
            )
        return self.reverse_rma_id.action_receive()
