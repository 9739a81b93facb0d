from odoo import fields, models


class ResCompany(models.Model):
    """What it costs to have goods back, beside their freight."""

    _inherit = "res.company"

    reverse_handling_line = fields.Monetary(
        "Handling Cost per Line",
        help="To receive, inspect and put away one line of a return, whatever comes.",
    )
    reverse_handling_unit = fields.Monetary(
        "Handling Cost per Unit", help="In addition, for each unit."
    )

    _reverse_handling_not_negative = models.Constraint(
        "CHECK (reverse_handling_line >= 0 AND reverse_handling_unit >= 0)",
        "The cost of handling returned goods cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reverse_handling_line = fields.Monetary(
        related="company_id.reverse_handling_line",
        readonly=False,
        currency_field="currency_id",
    )
    reverse_handling_unit = fields.Monetary(
        related="company_id.reverse_handling_unit",
        readonly=False,
        currency_field="currency_id",
    )
