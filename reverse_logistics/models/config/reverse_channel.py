from odoo import models


class ReverseChannel(models.Model):
    _name = "reverse.channel"
    _inherit = ["reverse.code.mixin", "reverse.rule.named.mixin"]
    _description = "Return Channel"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A channel with this code exists."
    )
