from odoo import api, models
from odoo.fields import Domain


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _get_reverse_transit_keys(self):
        return {**super()._get_reverse_transit_keys(), "carrier": self.carrier_id.id}

    @api.model
    def _get_reverse_search_domain(self, text):
        return super()._get_reverse_search_domain(
            text
        ) | self._get_reverse_tracking_domain(text)

    @api.model
    def _get_reverse_tracking_domain(self, number):
        """The transfers of one parcel: Odoo keeps several numbers with commas.

        :param str number: with wildcards escaped
        """
        number = number.strip()
        if not number:
            return Domain.FALSE
        # A whole number only: those of one carrier begin alike.
        patterns = (
            f"{start}{number}{end}"
            for start in ("", "%,", "%, ")
            for end in ("", ",%", " ,%")
        )
        return Domain.OR(
            Domain("carrier_tracking_ref", "=ilike", pattern) for pattern in patterns
        )

    def _prepare_parcel_back(self, reason):
        """What never reached the customer comes back with the carrier that had it."""
        numbers = (self.carrier_tracking_ref or "").split(",")
        return {
            **super()._prepare_parcel_back(reason),
            "carrier_id": self.carrier_id.id,
            "carrier_tracking_ref": numbers[0].strip(),
        }
