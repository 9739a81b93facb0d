from odoo import models


class ReverseInspection(models.Model):
    """No goods are put aside for a supplier on hold."""

    _inherit = "reverse.inspection"

    def _find_obstacles(self, dispositions):
        """Put nothing aside that is surely of a supplier on hold."""
        found = super()._find_obstacles(dispositions)
        to_supplier = dispositions.filtered(
            lambda d: d.location_state == "vendor_return"
        )
        holds = self.env["reverse.supplier.hold"]
        parts = self.filtered(
            lambda part: to_supplier and holds._get_held(part.company_id.id)
        )
        for part, (moves, _sure) in parts._find_supplier_sources().items():
            sellers = moves.purchase_line_id.partner_id.commercial_partner_id
            hold = len(sellers) == 1 and holds._find(sellers, part.company_id)
            for disposition in to_supplier if hold else ():
                found[part][disposition] = hold[:1]._explain()
        return found
