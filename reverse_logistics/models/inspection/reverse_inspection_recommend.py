from odoo import api, fields, models


class ReverseInspection(models.Model):
    """What should become of the goods, before a person decides."""

    _inherit = "reverse.inspection"

    recommended_disposition_id = fields.Many2one(
        "reverse.disposition",
        "Recommended",
        compute="_compute_recommended_disposition_id",
    )

    @api.depends("condition_id.disposition_id")
    def _compute_recommended_disposition_id(self):
        for part in self:
            part.recommended_disposition_id = part._get_recommended_disposition()

    @api.depends("condition_id")
    def _compute_disposition_id(self):
        for part in self:
            part.disposition_id = (
                part.disposition_id or part._get_recommended_disposition()
            )

    def _get_recommended_disposition(self):
        """What the condition asks for, unless another addon knows better."""
        self.ensure_one()
        return self.condition_id.disposition_id
