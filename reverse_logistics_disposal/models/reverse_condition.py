from odoo import fields, models


class ReverseCondition(models.Model):
    """A condition says why goods in it are usually destroyed, if they are."""

    _inherit = "reverse.condition"

    disposal_reason_id = fields.Many2one(
        "reverse.disposal.reason",
        "Usual Reason of a Disposal",
        ondelete="restrict",
        help="Proposed to the inspector when goods in this condition are destroyed or "
        "recycled.",
    )
