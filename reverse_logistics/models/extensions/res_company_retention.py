from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """How long returns and their evidence are kept."""

    _inherit = "res.company"

    reverse_retention_years = fields.Integer(
        "Keep Evidence of Returns (Years)",
        default=0,
        help=(
            "Years after a return was closed until its photos, documents, notes "
            "and messages are removed. Quantities, amounts and events stay. 0 "
            "keeps everything for ever."
        ),
    )
    reverse_legal_hold = fields.Boolean(
        "Legal Hold on all Returns",
        help="Nothing of any return of this company is removed or erased, whatever "
        "the retention period says.",
    )
    reverse_legal_hold_reason = fields.Char("Reason for the Legal Hold")

    _reverse_retention_not_negative = models.Constraint(
        "CHECK (reverse_retention_years >= 0)",
        "Evidence is kept for a number of years, or for ever with 0.",
    )

    @api.constrains("reverse_legal_hold", "reverse_legal_hold_reason")
    def _check_reverse_legal_hold_reason(self):
        for company in self:
            reason = (company.reverse_legal_hold_reason or "").strip()
            if company.reverse_legal_hold and not reason:
                raise ValidationError(
                    self.env._(
                        "%(company)s: say why there is a legal hold on its returns.",
                        company=company.name,
                    )
                )
