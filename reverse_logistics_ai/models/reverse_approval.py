from odoo import fields, models


class ReverseApproval(models.Model):
    """Another person lets a model suggest."""

    _inherit = "reverse.approval"

    gate = fields.Selection(
        selection_add=[("ai_promotion", "Use of a Model")],
        ondelete={"ai_promotion": "cascade"},
    )
