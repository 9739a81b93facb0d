from odoo import api, fields, models


class ReverseRma(models.Model):
    """What lists and cards show of a return beyond its own fields."""

    _inherit = "reverse.rma"

    product_summary = fields.Char("Products", compute="_compute_product_summary")
    decision_summary = fields.Text(compute="_compute_decision_summary")
    is_left_to_person = fields.Boolean(
        compute="_compute_decision_summary",
        help="Policy does not decide all of it, or says no.",
    )
    has_tracked_lines = fields.Boolean(
        compute="_compute_has_tracked_lines",
        help="Whether a column for lots and serials has anything to say.",
    )

    @api.depends("line_ids.product_id")
    def _compute_has_tracked_lines(self):
        for rma in self:
            tracking = rma.line_ids.product_id.mapped("tracking")
            rma.has_tracked_lines = any(kind != "none" for kind in tracking)

    @api.depends("line_ids.product_id", "line_ids.uom_id", "line_ids.quantity")
    def _compute_product_summary(self):
        for rma in self:
            rma.product_summary = self.env["product.product"]._list_reverse_goods(
                (line.product_id, line.uom_id, line.quantity) for line in rma.line_ids
            )

    @api.depends("line_ids.explanation", "line_ids.decision", "line_ids.product_id")
    @api.depends_context("lang")
    def _compute_decision_summary(self):
        """What a person has to decide, else what policy says."""
        labels = dict(
            self.line_ids._fields["decision"]._description_selection(self.env)
        )
        for rma in self:
            explained = rma.line_ids.filtered("explanation")
            open_lines = explained.filtered(lambda line: line.decision != "authorize")
            rma.is_left_to_person = bool(open_lines)
            rma.decision_summary = "\n".join(
                f"{line.product_id.display_name}: {labels[line.decision]}. "
                f"{line.explanation}"
                if line.decision == "exception"
                else f"{line.product_id.display_name}: {line.explanation}"
                for line in open_lines or explained
            )
