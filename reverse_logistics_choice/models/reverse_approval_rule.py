from odoo import fields, models


class ReverseApprovalRule(models.Model):
    """Who approves that goods become something else than what brings most.

    The value of such a rule is what is given up by it.
    """

    _inherit = "reverse.approval.rule"

    gate = fields.Selection(
        selection_add=[("disposition", "Other Disposition than Recommended")],
        ondelete={"disposition": "cascade"},
    )
