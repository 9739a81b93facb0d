from dataclasses import replace

from odoo import api, models


class ReverseFacility(models.Model):
    """No return is routed straight to a supplier on hold."""

    _inherit = "reverse.facility"

    @api.model
    def _get_sites(self, arrivals):
        sites = super()._get_sites(arrivals)
        for company, known in sites.items():
            for facility in self._find_held(company):
                if known.get(facility.id):
                    known[facility.id] = replace(
                        known[facility.id], off=True, off_until=None
                    )
        return sites

    @api.model
    def _find_held(self, company):
        """Find the ways to suppliers on hold, of one company."""
        if not self.env["reverse.supplier.hold"]._get_held(company.id):
            return self.browse()
        # sudo: facilities are the same for everybody
        direct = self.sudo().search(
            [("company_id", "=", company.id), ("kind", "=", "supplier_direct")]
        )
        return direct.filtered(lambda facility: facility._get_hold())

    def _get_hold(self):
        """Give the hold on the supplier to whom this way leads."""
        self.ensure_one()
        holds = self.env["reverse.supplier.hold"]
        if self.kind != "supplier_direct":
            return holds
        return holds._find(self.partner_id, self.company_id)

    def _is_off(self, day):
        return super()._is_off(day) or bool(self._get_hold())
