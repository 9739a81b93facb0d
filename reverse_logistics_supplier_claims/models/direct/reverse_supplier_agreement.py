from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import agreements


class ReverseSupplierAgreement(models.Model):
    """Goods that customers send straight to the supplier."""

    _inherit = "reverse.supplier.agreement"

    direct_facility_id = fields.Many2one(
        "reverse.facility",
        "Customers Send To",
        check_company=True,
        ondelete="restrict",
        domain="[('kind', '=', 'supplier_direct'), ('company_id', '=', company_id)]",
        help="Returned goods go straight to the supplier when their purchase is known "
        "and warranty and deadline last, unless a route says otherwise. Where the "
        "supplier authorizes first, the return waits for its number. Empty: to us.",
    )

    @api.constrains("direct_facility_id", "kind", "partner_id")
    def _check_direct_facility(self):
        for agreement in self:
            facility = agreement.direct_facility_id
            address = facility.partner_id.commercial_partner_id
            if facility and (
                agreement.kind != "supplier" or address != agreement.partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s”: %(facility)s is no address of "
                        "%(partner)s. Enter the supplier as its address, or choose "
                        "another facility.",
                        agreement=agreement.name,
                        facility=facility.name,
                        partner=agreement.partner_id.display_name,
                    )
                )

    @api.model
    def _find_at_request(self, goods):
        """Find the agreement for each of these goods before anybody inspects them.

        :param list goods: of ``engine.agreements.Goods``
        :return: a list of agreements, empty ones where none fits
        """
        # sudo: what was agreed counts whoever asks for the return
        known = self.sudo().search([("company_id", "in", self._get_companies(goods))])
        choices = [agreement._for_engine() for agreement in known]
        found = [agreements.find_at_request(choices, one) for one in goods]
        # sudo: as above
        return [self.sudo().browse(one.id if one else ()) for one in found]
