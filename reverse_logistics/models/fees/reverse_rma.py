from odoo import api, fields, models


class ReverseRma(models.Model):
    """Show customers what they are charged for a return."""

    _inherit = "reverse.rma"

    fee_summary = fields.Text("Fees", compute="_compute_fee_summary")

    @api.depends("line_ids.fee_explanation", "line_ids.product_id")
    def _compute_fee_summary(self):
        for rma in self:
            rma.fee_summary = "\n".join(
                f"{line.product_id.display_name}: {line.fee_explanation}"
                for line in rma.line_ids
                if line.fee_explanation
            )
