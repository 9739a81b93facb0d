from odoo import api, fields, models, tools

from ...engine import transit


class ReverseTransitTime(models.Model):
    """How long parcels are on their way, where no carrier proves the delivery.

    Administrators keep the list. Periods that begin when the customer has the goods
    begin on the last day on which a parcel of this kind usually arrives.
    """

    _name = "reverse.transit.time"
    _inherit = ["reverse.governed.mixin", "reverse.cached.mixin"]
    _description = "Transit Time"
    _order = "country_id, id"
    _not_negative = models.Constraint(
        "CHECK (days >= 0)", "A parcel cannot arrive before it leaves."
    )

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="cascade", help="Also for its branches."
    )
    country_id = fields.Many2one(
        "res.country", "To", ondelete="restrict", help="Empty: every other country."
    )
    days = fields.Integer(
        required=True,
        default=7,
        help="The longest that a parcel usually takes from the day it leaves.",
    )

    @api.depends("country_id", "days")
    def _compute_display_name(self):
        for time in self:
            country = time.country_id.name or self.env._("Everywhere")
            if time.days == 1:
                time.display_name = self.env._("%(country)s: 1 day", country=country)
                continue
            time.display_name = self.env._(
                "%(country)s: %(days)s days", country=country, days=time.days
            )

    @api.model
    def _find_days(self, company, keys):
        """Give the days that parcels of a company are on their way.

        :param keys: ``{dimension: id}`` of a parcel, see ``_for_engine``
        :rtype: int
        """
        return transit.find(self._compile(company.id), keys)

    @api.model
    @tools.ormcache("company_id")
    def _compile(self, company_id):
        # sudo: the result is cached for everybody
        company = self.env["res.company"].sudo().browse(company_id)
        found = self.sudo().with_context(active_test=True)
        found = found.search([("company_id", "in", [False, *company.parent_ids.ids])])
        return tuple(time._for_engine() for time in found)

    def _for_engine(self):
        """Give the row for the engine; addons extend it by further dimensions."""
        self.ensure_one()
        return transit.Row(self.days, {"country": self.country_id.id})
