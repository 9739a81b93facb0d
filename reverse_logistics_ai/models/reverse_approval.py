from odoo import fields, models


class ReverseApproval(models.Model):
    """Another person lets a model suggest, or an unusual credit pass."""

    _inherit = "reverse.approval"

    gate = fields.Selection(
        selection_add=[
            ("ai_promotion", "Use of a Model"),
            ("unusual_credit", "Unusual Credit"),
        ],
        ondelete={"ai_promotion": "cascade", "unusual_credit": "cascade"},
    )
