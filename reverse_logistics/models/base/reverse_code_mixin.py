from odoo import fields, models


class ReverseCodeMixin(models.AbstractModel):
    """A translated name with a code that other systems and the engine rely on."""

    _name = "reverse.code.mixin"
    _description = "Coded Return Setting"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
