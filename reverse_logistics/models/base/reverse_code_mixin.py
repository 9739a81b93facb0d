from odoo import fields, models


class ReverseCodeMixin(models.AbstractModel):
    """A setting with a translated name and a code for the engine and other systems."""

    _name = "reverse.code.mixin"
    _description = "Coded Return Setting"
    _order = "sequence, id"
    # Of coded settings the order is one of lists only.
    _free_fields = frozenset({"name", "description", "sequence"})

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
