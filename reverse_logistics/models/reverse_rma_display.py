from odoo import api, fields, models


class ReverseRma(models.Model):
    """What lists and cards show of a return beyond its own fields."""

    _inherit = "reverse.rma"

    product_summary = fields.Char("Products", compute="_compute_product_summary")
    decision_summary = fields.Text(compute="_compute_decision_summary")

    @api.depends("line_ids.product_id", "line_ids.quantity")
    def _compute_product_summary(self):
        for rma in self:
            rma.product_summary = ", ".join(
                f"{line.quantity:g} × {line.product_id.display_name}"
                for line in rma.line_ids
            )

    @api.depends("line_ids.explanation", "line_ids.product_id")
    def _compute_decision_summary(self):
        for rma in self:
            rma.decision_summary = "\n".join(
                f"{line.product_id.display_name}: {line.explanation}"
                for line in rma.line_ids
                if line.explanation
            )
