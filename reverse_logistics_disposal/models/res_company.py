from odoo import fields, models


class ResCompany(models.Model):
    """Where goods are recycled and donated, and whether they may be destroyed."""

    _inherit = "res.company"

    reverse_recycling_location_id = fields.Many2one(
        "stock.location", "Returns Recycling Location", readonly=True, copy=False
    )
    reverse_recycling_account_id = fields.Many2one(
        "account.account",
        "Returns Recycling Account",
        related="reverse_recycling_location_id.valuation_account_id",
        readonly=False,
        help="Where the value of recycled returns is expensed.",
    )
    reverse_donation_location_id = fields.Many2one(
        "stock.location", "Returns Donation Location", readonly=True, copy=False
    )
    reverse_donation_account_id = fields.Many2one(
        "account.account",
        "Returns Donation Account",
        related="reverse_donation_location_id.valuation_account_id",
        readonly=False,
        help="Where the value of donated returns is expensed.",
    )
    reverse_espr = fields.Boolean(
        "Destruction Needs a Derogation",
        help="Goods with the trait “Destruction needs a derogation” are neither "
        "scrapped nor recycled unless the inspection names a derogation and has its "
        "evidence, as the EU asks of unsold apparel and footwear.",
    )

    def _get_reverse_places(self):
        return super()._get_reverse_places() | {
            "reverse_recycling_location_id",
            "reverse_donation_location_id",
        }

    def _ensure_reverse_scrap(self):
        """Have all places there at once, so that the settings name their accounts."""
        self._ensure_reverse_recycling()
        self._ensure_reverse_donation()
        return super()._ensure_reverse_scrap()

    def _ensure_reverse_recycling(self):
        self.ensure_one()
        return self._ensure_reverse_expensed(
            "reverse_recycling_location_id",
            {
                "name": self.env._("Returns Recycling"),
                "barcode": "RETURNS-RECYCLING",
                "reverse_state": "scrap",
            },
        )

    def _ensure_reverse_donation(self):
        """Give the place for what is donated; a loss, as nobody was sold anything."""
        self.ensure_one()
        return self._ensure_reverse_expensed(
            "reverse_donation_location_id",
            {"name": self.env._("Returns Donations"), "barcode": "RETURNS-DONATIONS"},
        )

    def _get_reverse_kept_traits(self):
        """What may not be destroyed as it is, may not as another product, either."""
        kept = super()._get_reverse_kept_traits()
        return kept | self._get_protecting_traits()[self]

    def _get_protecting_traits(self):
        """Give the trait of goods that the law protects from being destroyed.

        :return: ``{company: reverse.trait, empty where it does not keep to that law}``
        """
        none = self.env["reverse.trait"]
        trait = any(company.reverse_espr for company in self) and self.env.ref(
            "reverse_logistics_disposal.trait_destruction", raise_if_not_found=False
        )
        return {
            company: trait if trait and company.reverse_espr else none
            for company in self
        }
