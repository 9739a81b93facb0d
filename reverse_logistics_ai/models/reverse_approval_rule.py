from odoo import fields, models


class ReverseApprovalRule(models.Model):
    """Who approves credits to or by somebody who is credited more than others."""

    _inherit = "reverse.approval.rule"

    gate = fields.Selection(
        selection_add=[("unusual_credit", "Unusual Credit")],
        ondelete={"unusual_credit": "cascade"},
    )
