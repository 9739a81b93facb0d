from odoo import fields, models


class ReverseDisposition(models.Model):
    """Goods that are given away go to no location of returns."""

    _inherit = "reverse.disposition"

    location_state = fields.Selection(
        selection_add=[("donation", "Donation")],
        ondelete={"donation": "set hold"},
    )
