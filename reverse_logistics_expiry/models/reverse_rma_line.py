from odoo import fields, models


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")
