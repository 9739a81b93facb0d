from odoo import fields, models


class ReverseReason(models.Model):
    """Reasons list how customers say them."""

    _inherit = "reverse.reason"

    ai_example_ids = fields.One2many(
        "reverse.ai.example",
        "reason_id",
        "Examples",
        help="Suggestions start from these, and learn from closed returns.",
    )

    def _get_deciding_fields(self):
        """Examples decide nothing, so they are no change of a control."""
        return super()._get_deciding_fields() - {"ai_example_ids"}
