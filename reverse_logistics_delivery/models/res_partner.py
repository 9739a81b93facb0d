from odoo import fields, models


class ResPartner(models.Model):
    """By which number customs know a company."""

    _inherit = "res.partner"

    reverse_eori = fields.Char(
        "EORI Number", help="Of companies that send goods across a customs border."
    )
