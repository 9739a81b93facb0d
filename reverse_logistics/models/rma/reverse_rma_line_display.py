from odoo import api, fields, models


class ReverseRmaLine(models.Model):
    """How a line is called, and what the analysis groups it by."""

    _inherit = "reverse.rma.line"
    _rec_names_search = ["product_id.name", "product_id.default_code", "lot_id.name"]

    facility_id = fields.Many2one(related="rma_id.facility_id", store=True)
    channel_id = fields.Many2one(related="rma_id.channel_id", store=True)
    requested_at = fields.Datetime(
        "Requested On", related="rma_id.requested_at", store=True, index=True
    )

    @api.depends_context("reverse_product_only")
    def _compute_display_name(self):
        if not self.env.context.get("reverse_product_only"):
            return super()._compute_display_name()
        for line in self:
            lot = f" ({line.lot_id.name})" if line.lot_id else ""
            line.display_name = f"{line.product_id.display_name}{lot}"
        return None

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
