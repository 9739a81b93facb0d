from odoo import api, fields, models

from ...engine import freight


class ReverseFreightRate(models.Model):
    """What it costs approximately to bring goods from a region to a facility.

    Administrators write it as a row of the facility's table. Goods that are not worth
    bringing back may stay with customers, so that it is a control as well.
    """

    _name = "reverse.freight.rate"
    _inherit = ["reverse.governed.mixin", "reverse.cached.mixin"]
    _description = "Return Freight"
    _order = "facility_id, id"
    _region_unique = models.UniqueIndex(
        "(facility_id, COALESCE(region_id, 0)) WHERE active",
        "This region has a freight rate to the facility already.",
    )
    _not_negative = models.Constraint(
        "CHECK (base_amount >= 0 AND weight_amount >= 0)",
        "Freight cannot be negative.",
    )

    active = fields.Boolean(default=True)
    facility_id = fields.Many2one(
        "reverse.facility", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="facility_id.company_id", store=True)
    currency_id = fields.Many2one(related="facility_id.currency_id")
    region_id = fields.Many2one(
        "reverse.region",
        "From",
        ondelete="restrict",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Where the goods are; of several regions the narrowest counts. "
        "Empty: from everywhere else.",
    )
    base_amount = fields.Monetary("Per Return")
    weight_amount = fields.Monetary(
        "Per Unit of Weight", help="Kilogram or pound, as products are weighed."
    )

    @api.depends("region_id", "facility_id")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = self.env._(
                "%(region)s to %(facility)s",
                region=rate.region_id.name or self.env._("Everywhere"),
                facility=rate.facility_id.name,
            )

    @api.model
    def _get_company_of(self, vals):
        # sudo: whose facility it is
        facilities = self.env["reverse.facility"].sudo()
        return facilities.browse(vals.get("facility_id")).company_id

    def _for_engine(self):
        self.ensure_one()
        return freight.Rate(
            self.region_id.id or None, self.base_amount, self.weight_amount
        )
