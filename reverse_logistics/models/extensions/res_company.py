from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    reverse_root_location_id = fields.Many2one(
        "stock.location", "Returns Root Location", readonly=True, copy=False
    )
    reverse_scrap_location_id = fields.Many2one(
        "stock.location", "Returns Write-off Location", readonly=True, copy=False
    )
    reverse_write_off_account_id = fields.Many2one(
        "account.account",
        "Returns Write-off Account",
        related="reverse_scrap_location_id.valuation_account_id",
        readonly=False,
        help="Where the value of scrapped returns is expensed.",
    )
    reverse_unauthorized = fields.Selection(
        [
            ("adopt", "Take it in, open an exception"),
            ("refuse", "Refuse it"),
        ],
        "Returns without Authorization",
        default="adopt",
        required=True,
        help="What happens when goods of a delivery come back outside of a return.",
    )
    reverse_foreign_credit = fields.Selection(
        [
            ("off", "Do not check"),
            ("warn", "Warn on the credit note"),
            ("block", "Refuse"),
        ],
        "Credit above the Invoiced Amount",
        default="warn",
        required=True,
        help="For credit notes that no return made. Where a return is under way for "
        "the order line, such a credit note is always refused.",
    )
    reverse_goodwill_limit = fields.Monetary(
        "Goodwill of a Return",
        help="Most that is credited by hand on one return, before tax and beside its "
        "goods. 0: as much as was billed and not credited yet.",
    )
    reverse_currency_rate = fields.Selection(
        [
            ("invoice", "Rate of the invoice"),
            ("credit", "Rate of the credit date"),
        ],
        "Rate of Foreign Credit Notes",
        default="invoice",
        required=True,
    )
    reverse_expected_days = fields.Integer(
        "Days until Returns Arrive",
        default=7,
        help="When the warehouse expects returned goods: so many days after the "
        "authorization, and anew from the day on which the customer ships them.",
    )

    def _ensure_reverse_root(self):
        """Give the parentless location under which all returned goods of a company lie.

        Odoo counts every internal location below a warehouse as available, so returned
        goods live outside of all warehouses.
        """
        self.ensure_one()
        return self._ensure_reverse_location(
            "reverse_root_location_id",
            {"name": self.env._("Returns"), "usage": "view", "barcode": "RETURNS"},
        )

    def _ensure_reverse_scrap(self):
        self.ensure_one()
        location = self._ensure_reverse_location(
            "reverse_scrap_location_id",
            {
                "name": self.env._("Returns Write-off"),
                "usage": "inventory",
                "barcode": "RETURNS-SCRAP",
                "reverse_state": "scrap",
            },
        )
        if not location.valuation_account_id:
            # sudo: the default account is configuration that an inspector cannot read
            location.sudo().valuation_account_id = self.sudo().expense_account_id
        return location

    def _ensure_reverse_location(self, field, values):
        if not self[field]:
            # sudo: created once per company, by whoever comes first
            locations = (
                self.env["stock.location"].sudo().with_context(active_test=False)
            )
            self.sudo()[field] = locations.search(
                [("barcode", "=", values["barcode"]), ("company_id", "=", self.id)],
                limit=1,
            ) or locations.create(
                {**values, "company_id": self.id, "location_id": False}
            )
        return self[field]
