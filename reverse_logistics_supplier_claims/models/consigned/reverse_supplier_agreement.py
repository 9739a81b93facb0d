from odoo import fields, models

from ..claimed import get_categories


class ReverseSupplierAgreement(models.Model):
    """What becomes of goods that were sold for their supplier, and come back."""

    _inherit = "reverse.supplier.agreement"

    consigned = fields.Selection(
        [
            ("ours", "Become ours, at the price of their bill"),
            ("theirs", "Are the supplier's again, and their bill is credited"),
        ],
        "Consigned Goods",
        help="Of goods that the supplier owned when we sold them, once they come back "
        "and are inspected. Empty: they are the supplier's again, and nothing is "
        "booked.",
    )

    def _names_product(self, product):
        """Whether products and categories, as one condition, leave this product in."""
        if not self.product_ids and not self.categ_ids:
            return True
        named = set(self.categ_ids.ids)
        return product in self.product_ids or not named.isdisjoint(
            get_categories(product)
        )

    def _suits_consigned(self, part):
        """Whether this was agreed with the owner of these goods, and covers them."""
        self.ensure_one()
        day = part._get_inspected_on()
        return bool(
            self.partner_id == part.owner_id.commercial_partner_id
            and self.company_id == part.company_id
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
            and self._names_product(part.product_id)
        )
