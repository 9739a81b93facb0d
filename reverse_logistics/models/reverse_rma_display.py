from odoo import api, fields, models


class ReverseRma(models.Model):
    """What lists and cards show of a return beyond its own fields."""

    _inherit = "reverse.rma"

    product_summary = fields.Char("Products", compute="_compute_product_summary")
    decision_summary = fields.Text(compute="_compute_decision_summary")
    credit_note_count = fields.Integer(compute="_compute_document_counts")
    sale_order_count = fields.Integer(compute="_compute_document_counts")

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

    @api.depends("credit_note_ids", "sale_order_ids")
    def _compute_document_counts(self):
        for rma in self:
            rma.credit_note_count = len(rma.credit_note_ids)
            rma.sale_order_count = len(rma.sale_order_ids)
