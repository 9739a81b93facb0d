from odoo import api, fields, models
from odoo.exceptions import UserError


class StockLocation(models.Model):
    """Places that stand for the workshops of vendors."""

    _inherit = "stock.location"

    reverse_vendor_id = fields.Many2one(
        "res.partner",
        "Refurbished by",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The vendor that has the goods here, to refurbish them.",
    )

    def _get_reverse_keeper(self):
        found = super()._get_reverse_keeper()
        for place in self:
            found |= place._find_reverse_around("reverse_vendor_id").reverse_vendor_id
        return found

    @api.model_create_multi
    def create(self, vals_list):
        locations = super().create(vals_list)
        locations.filtered("reverse_vendor_id")._check_reverse_vendor()
        return locations

    def write(self, vals):
        if "reverse_vendor_id" in vals:
            self._check_reverse_vendor()
        return super().write(vals)

    def _check_reverse_vendor(self):
        # Clients never run as superuser; whatever does was checked before.
        if self and not self.env.su:
            raise UserError(
                self.env._(
                    "The place of a vendor is made with the first goods that are sent "
                    "to it. Choose the vendor at the inspection of these goods."
                )
            )
