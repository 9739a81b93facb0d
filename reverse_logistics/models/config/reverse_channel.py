from odoo import models


class ReverseChannel(models.Model):
    """The way by which a return is asked for, such as the counter or the telephone.

    Administrators keep the list. Each return names one, and rules can ask for it.
    """

    _name = "reverse.channel"
    _inherit = [
        "reverse.code.mixin",
        "reverse.governed.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Return Channel"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A channel with this code exists."
    )
