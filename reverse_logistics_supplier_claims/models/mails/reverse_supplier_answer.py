from odoo import fields, models


class ReverseSupplierAnswer(models.Model):
    """Messages that came by mail."""

    _inherit = "reverse.supplier.answer"

    sender = fields.Char(
        readonly=True, help="As the mail says it, which came from this address."
    )
