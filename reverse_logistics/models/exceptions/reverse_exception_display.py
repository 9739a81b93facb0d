from markupsafe import Markup

from odoo import api, fields, models


class ReverseException(models.Model):
    """What people read of an exception, in words."""

    _inherit = "reverse.exception"

    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    explanation = fields.Text(compute="_compute_explanation", string="What Happened")
    guidance = fields.Text(compute="_compute_guidance", string="What to Do")
    resolutions = fields.Html(
        compute="_compute_resolutions", string="Ways to Resolve It", sanitize=False
    )
    resolution_label = fields.Char("Resolved How", compute="_compute_resolution_label")

    @api.depends("message", "type", "line_id")
    def _compute_explanation(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.explanation = exception.message or (
                handling and handling.what % exception._get_explanation_values()
            )

    @api.depends("type")
    def _compute_guidance(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.guidance = handling and handling.todo

    @api.depends("type")
    def _compute_resolutions(self):
        types = self._get_types()
        for exception in self:
            handling = types.get(exception.type)
            exception.resolutions = handling and Markup("<ul>%s</ul>") % Markup().join(
                Markup("<li><b>%s</b>: %s</li>") % (way.label, way.effect)
                for way in handling.resolutions
            )

    @api.depends("resolution")
    def _compute_resolution_label(self):
        labels = self._get_outcomes()
        for handling in self._get_types().values():
            labels.update({way.code: way.outcome for way in handling.resolutions})
        for exception in self:
            exception.resolution_label = labels.get(
                exception.resolution, exception.resolution
            )

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
