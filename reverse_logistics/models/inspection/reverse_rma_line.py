from odoo import fields, models


class ReverseRmaLine(models.Model):
    """The photos and documents of a line, which stay as its inspections found them."""

    _name = "reverse.rma.line"
    _inherit = ["reverse.rma.line", "reverse.evidence.mixin"]

    # What the customer sends may come in until the goods are inspected.
    photo_ids = fields.Many2many(unlocked=True)

    def _get_evidence_inspections(self):
        return self.inspection_ids
