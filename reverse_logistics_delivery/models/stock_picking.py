from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.reverse_logistics.models.base import drawings


class StockPicking(models.Model):
    """Find transfers by tracking number; keep the carrier of parcels that came back."""

    _inherit = "stock.picking"

    reverse_export_ref = fields.Char(
        "Export Declaration",
        copy=False,
        help="The number (MRN) of the export, with which customs lets the goods back "
        "in duty-free.",
    )

    @api.model
    def _get_reverse_transit_paths(self):
        return {**super()._get_reverse_transit_paths(), "carrier": "carrier_id"}

    @api.model
    def _get_reverse_search_domain(self, text):
        return super()._get_reverse_search_domain(
            text
        ) | self._get_reverse_tracking_domain(text)

    @api.model
    def _get_reverse_tracking_domain(self, number):
        """Give the domain of transfers with a tracking number.

        Odoo keeps several numbers in one field, separated by commas.

        :param str number: with wildcards escaped
        """
        number = number.strip()
        if not number:
            return Domain.FALSE
        # Only whole numbers match, because the numbers of a carrier begin alike.
        patterns = (
            f"{start}{number}{end}"
            for start in ("", "%,", "%, ")
            for end in ("", ",%", " ,%")
        )
        return Domain.OR(
            Domain("carrier_tracking_ref", "=ilike", pattern) for pattern in patterns
        )

    def _get_reverse_label_codes(self):
        """Give the codes of a label of ours, and what a carrier has to know."""
        self.ensure_one()
        goods = self.reverse_rma_id.line_ids._get_lines_to_send().product_id
        numbers = {number for number in goods.mapped("reverse_un_number") if number}
        return {
            "barcode": drawings.barcode(self.carrier_tracking_ref),
            "qr": drawings.qr(self.carrier_tracking_ref),
            "un_numbers": sorted(numbers),
        }

    def _prepare_parcel_back(self, reason):
        """Keep the carrier: undelivered goods come back with the one that had them."""
        numbers = (self.carrier_tracking_ref or "").split(",")
        return {
            **super()._prepare_parcel_back(reason),
            "carrier_id": self.carrier_id.id,
            "carrier_tracking_ref": numbers[0].strip(),
        }
