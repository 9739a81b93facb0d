from odoo import fields, models

KIT_CREDITS = [
    ("cost_share", "By the component's share of the kit's cost"),
    ("table", "By the percentages on the bill of materials"),
    ("complete", "Complete kits only"),
]


class ResCompany(models.Model):
    """Say for all kits what is credited when a component comes back."""

    _inherit = "res.company"

    reverse_kit_credit = fields.Selection(
        KIT_CREDITS,
        "Credit of Kit Components",
        default="cost_share",
        required=True,
        help="What is credited when a component of a kit comes back.",
    )
