from odoo import fields, models

from ...engine import codes


class ReverseSupplierCode(models.Model):
    """How a supplier calls a reason or a condition of ours.

    Papers and pages for the supplier say it beside our own words. A row that names both
    is meant only where both were found.
    """

    _name = "reverse.supplier.code"
    _inherit = ["reverse.governed.part.mixin"]
    _governed_by = "agreement_id"
    _description = "Supplier's Code"
    _order = "agreement_id, sequence, id"
    _rec_name = "code"
    _says_something = models.Constraint(
        "CHECK (reason_id IS NOT NULL OR condition_id IS NOT NULL)",
        "Choose for which reason or condition of ours the supplier has this code.",
    )
    _once = models.UniqueIndex(
        "(agreement_id, COALESCE(reason_id, 0), COALESCE(condition_id, 0))",
        "The agreement has a code for this reason and condition already.",
    )

    agreement_id = fields.Many2one(
        "reverse.supplier.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    reason_id = fields.Many2one("reverse.reason", ondelete="restrict")
    condition_id = fields.Many2one("reverse.condition", ondelete="restrict")
    code = fields.Char("Supplier's Code", required=True)
    name = fields.Char("Meaning", help="As the supplier's list says it.")

    def _for_engine(self):
        self.ensure_one()
        return codes.Code(
            self.id, self.reason_id.id or None, self.condition_id.id or None
        )

    def _say(self):
        """Give the code with what it means."""
        return " ".join(filter(None, (self.code, self.name)))
