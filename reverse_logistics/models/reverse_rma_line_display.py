from odoo import api, models


class ReverseRmaLine(models.Model):
    """How a line is called: by its product where the return is known anyway."""

    _inherit = "reverse.rma.line"
    _rec_names_search = ["product_id.name", "product_id.default_code", "lot_id.name"]

    @api.depends_context("reverse_product_only")
    def _compute_display_name(self):
        if not self.env.context.get("reverse_product_only"):
            return super()._compute_display_name()
        for line in self:
            lot = f" ({line.lot_id.name})" if line.lot_id else ""
            line.display_name = f"{line.product_id.display_name}{lot}"
        return None
