from odoo import api, fields, models


class ResCompany(models.Model):
    """Where goods are regraded, what they lose, and what lots are sold for at least."""

    _inherit = "res.company"
    _reverse_liquidation_floor_is_share = models.Constraint(
        "CHECK (reverse_liquidation_floor >= 0 AND reverse_liquidation_floor <= 100)",
        "The share of the cost is a percentage between 0 and 100.",
    )

    reverse_regrade_location_id = fields.Many2one(
        "stock.location", "Returns Regrading Location", readonly=True, copy=False
    )
    reverse_write_down_account_id = fields.Many2one(
        "account.account",
        "Returns Write-down Account",
        related="reverse_regrade_location_id.valuation_account_id",
        readonly=False,
        help="Where the value that regraded goods lose is expensed.",
    )
    reverse_liquidation_floor = fields.Float(
        "Liquidation Needs Approval below (%)",
        digits=(5, 2),
        default=20.0,
        help="A liquidation lot whose price before tax is less than this share of what "
        "the goods cost is confirmed by an approver who did not enter it; at 0, only "
        "one that brings nothing, or of which cost or currency rate is not known.",
    )

    @api.model
    def _get_reverse_places(self):
        return super()._get_reverse_places() | {"reverse_regrade_location_id"}

    def _ensure_reverse_regrade(self):
        """Give the location through which goods become another product.

        What goes in and does not come out is expensed to its account.
        """
        self.ensure_one()
        return self._ensure_reverse_expensed(
            "reverse_regrade_location_id",
            {"name": self.env._("Returns Regrading"), "barcode": "RETURNS-REGRADE"},
        )
