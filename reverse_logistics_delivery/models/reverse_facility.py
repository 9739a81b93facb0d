from odoo import fields, models


class ReverseFacility(models.Model):
    """Who brings goods to a facility."""

    _inherit = "reverse.facility"

    carrier_ids = fields.Many2many(
        "delivery.carrier",
        "reverse_facility_carrier_rel",
        string="Return Carriers",
        check_company=True,
        domain="[('company_id', 'in', (False, company_id))]",
        help="Customers get a label from the first of these, in the order of delivery "
        "methods, that serves their address and takes the goods. Empty: only where a "
        "carrier is named on the return.",
    )

    def _refuses_traits(self, line):
        """Tell whether a line has a trait that the facility does not take."""
        self.ensure_one()
        traits = line._get_traits()[line]
        accepted = self.accepted_trait_ids
        return bool(
            self.refused_trait_ids & traits or (accepted and not accepted & traits)
        )
