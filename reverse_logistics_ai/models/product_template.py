from odoo import api, fields, models


class ProductTemplate(models.Model):
    """Products say when they come back more often than they did."""

    _inherit = "product.template"

    reverse_ai_warning = fields.Html(
        "Early Warning", compute="_compute_reverse_ai_warning", sanitize=False
    )
    reverse_ai_warning_id = fields.Many2one(
        "reverse.ai.suggestion", compute="_compute_reverse_ai_warning"
    )

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_reverse_ai_warning(self):
        suggestions = self.env["reverse.ai.suggestion"]
        shown = {}
        if suggestions.has_access("read"):
            tasks = self.env["reverse.ai.task"]._get_of(self.env.companies, "warning")
            shown = suggestions._get_shown(tasks, self.product_variant_ids)
        for template in self:
            found = suggestions.union(
                *(
                    shown.get(id_, suggestions)
                    for id_ in template.product_variant_ids.ids
                )
            )
            waiting = found.filtered(lambda s: s.state == "open")
            template.reverse_ai_warning = waiting[:1].reasons
            template.reverse_ai_warning_id = waiting[:1]

    def action_view_ai_warning(self):
        """Show the warning with all that is known, where people answer it."""
        self.ensure_one()
        return self.reverse_ai_warning_id.get_formview_action()
