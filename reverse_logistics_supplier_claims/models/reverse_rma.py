from odoo import fields, models


class ReverseRma(models.Model):
    """Claims about the goods of a return."""

    _inherit = "reverse.rma"

    supplier_claim_count = fields.Integer(
        compute="_compute_supplier_claim_count", compute_sudo=True
    )

    def _compute_supplier_claim_count(self):
        found = self.env["reverse.supplier.claim.line"]._read_group(
            [("rma_id", "in", self.ids)], ["rma_id"], ["claim_id:count_distinct"]
        )
        counts = {rma.id: count for rma, count in found}
        for rma in self:
            rma.supplier_claim_count = counts.get(rma.id, 0)

    def action_claim_supplier(self):
        """Claim what the inspections of these returns found; see there."""
        parts = self.inspection_ids
        return (parts._filter_claimable() or parts).action_claim_supplier()

    def action_view_supplier_claims(self):
        return self.env["reverse.supplier.claim"]._open(
            [("line_ids.rma_id", "in", self.ids)]
        )
