from odoo import models


class ReverseDisposalReason(models.Model):
    """Why goods were destroyed or recycled, as their paper says.

    Administrators keep the list.
    """

    _name = "reverse.disposal.reason"
    _inherit = ["reverse.code.mixin", "reverse.governed.mixin"]
    _description = "Reason of a Disposal"
    _code_unique = models.Constraint("UNIQUE (code)", "A reason with this code exists.")
