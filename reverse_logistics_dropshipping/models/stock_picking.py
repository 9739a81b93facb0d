from odoo import api, models


class StockPicking(models.Model):
    """Name the return on transfers to a supplier."""

    _inherit = "stock.picking"

    @api.depends("move_ids.reverse_supplier_line_id")
    def _compute_reverse_rma_id(self):
        res = super()._compute_reverse_rma_id()
        for picking in self:
            lines = picking.move_ids.reverse_supplier_line_id
            if lines:
                picking.reverse_rma_id = lines.rma_id[:1]
        return res
