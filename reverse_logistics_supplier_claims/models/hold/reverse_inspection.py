from odoo import models


class ReverseInspection(models.Model):
    """No goods are put aside for a supplier on hold."""

    _inherit = "reverse.inspection"

    def _check_complete(self):
        res = super()._check_complete()
        self._check_supplier_hold()
        return res

    def _check_supplier_hold(self):
        """Refuse to put goods aside that are surely of a supplier on hold."""
        holds = self.env["reverse.supplier.hold"]
        for_supplier = self.filtered(
            lambda part: (
                part.disposition_id.location_state == "vendor_return"
                and holds._get_held(part.company_id.id)
            )
        )
        for part, (moves, _sure) in for_supplier._find_supplier_sources().items():
            sellers = moves.purchase_line_id.partner_id.commercial_partner_id
            if len(sellers) == 1:
                holds._find(sellers, part.company_id)._refuse()
