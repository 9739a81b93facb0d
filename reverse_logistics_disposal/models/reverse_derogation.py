from odoo import fields, models


class ReverseDerogation(models.Model):
    """A case in which goods may be destroyed that otherwise may not.

    Administrators keep the list as the law has it; inspectors name one for each part.
    """

    _name = "reverse.derogation"
    _inherit = ["reverse.code.mixin", "reverse.governed.mixin"]
    _description = "Derogation from the Ban on Destruction"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A derogation with this code exists."
    )
    _offers_not_negative = models.Constraint(
        "CHECK (offers_needed >= 0)",
        "The number of charities that declined cannot be negative.",
    )

    legal_reference = fields.Char(help="Where the law says so.")
    evidence_required = fields.Boolean(
        default=True,
        help="A photo or document has to be attached to the inspection that names it.",
    )
    offers_needed = fields.Integer(
        "Charities That Declined",
        help="How many charities must have declined the goods, or not answered in "
        "time. Goods that were shown on your site for eight weeks count as well. "
        "0: the goods need not be offered.",
    )
