from odoo import fields, models


class ReverseApproval(models.Model):
    """Another person lets goods become something else than what brings most."""

    _inherit = "reverse.approval"

    gate = fields.Selection(
        selection_add=[("disposition", "Other Disposition than Recommended")],
        ondelete={"disposition": "cascade"},
    )
