from odoo import models
from odoo.exceptions import UserError


class ReverseFacility(models.Model):
    """Where goods of a facility are while a vendor refurbishes them."""

    _inherit = "reverse.facility"

    def _ensure_vendor_place(self, vendor):
        """Give the place that stands for the vendor's workshop.

        It lies below the facility's location for refurbishment, so that what is there
        stays ours, keeps its value, and is guarded like everything in returns.
        """
        self.ensure_one()
        around = self._get_location("refurbish")
        if not around:
            raise UserError(
                self.env._(
                    "%(facility)s has no location for refurbishment. Add one below its "
                    "returns, with the state “Refurbishment”.",
                    facility=self.display_name,
                )
            )
        # sudo: made once per vendor, by whoever sends it the first goods
        places = self.env["stock.location"].sudo().with_context(active_test=False)
        place = places.search(
            [("location_id", "=", around.id), ("reverse_vendor_id", "=", vendor.id)],
            limit=1,
        )
        if not place:
            return places.create(
                {
                    "name": vendor.name,
                    "usage": "internal",
                    "location_id": around.id,
                    "company_id": self.company_id.id,
                    "replenish_location": False,
                    "reverse_vendor_id": vendor.id,
                }
            )
        if not place.active:
            place.active = True
        return place
