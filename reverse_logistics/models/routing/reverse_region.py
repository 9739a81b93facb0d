import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import regions


class ReverseRegion(models.Model):
    """A part of the world that routes, freight and collections can name.

    Administrators keep the list.
    """

    _name = "reverse.region"
    _inherit = [
        "reverse.governed.mixin",
        "reverse.cached.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Return Region"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="Decides between regions that are equally narrow."
    )
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="cascade", help="Also for its branches."
    )
    country_ids = fields.Many2many(
        "res.country", string="Countries", ondelete="restrict"
    )
    state_ids = fields.Many2many(
        "res.country.state",
        string="States",
        ondelete="restrict",
        domain="[('country_id', 'in', country_ids)] if country_ids else []",
    )
    zip_prefixes = fields.Char(
        "Postal Codes Beginning with",
        help="Separated by commas, e.g. 80, 81, 855. Empty: any.",
    )

    @api.constrains("name", "country_ids", "state_ids", "zip_prefixes")
    def _check_somewhere(self):
        for region in self:
            if not (
                region.country_ids or region.state_ids or region._for_engine().prefixes
            ):
                raise ValidationError(
                    self.env._(
                        "Say where “%(region)s” is: name a country, a state or a "
                        "postal code. A rule for everywhere needs no region.",
                        region=region.name,
                    )
                )

    def _get_control_value(self, field):
        if field.name == "zip_prefixes":
            return self.zip_prefixes or False
        return super()._get_control_value(field)

    @api.model
    def _find(self, company, address):
        """Give the regions of an address, the narrowest first.

        :param res.company company: whose regions count, with shared ones and those of
            its parents
        :param address: ids of country and state, and the postal code
        :return: tuple of ids
        """
        return regions.find(self._compile(company.id), *address)

    @api.model
    @tools.ormcache("company_id")
    def _compile(self, company_id):
        """Give the regions of a company to the engine, as a tuple of ``Region``."""
        # sudo: the result is cached for everybody
        company = self.env["res.company"].sudo().browse(company_id)
        found = self.sudo().with_context(active_test=True)
        found = found.search([("company_id", "in", [False, *company.parent_ids.ids])])
        return tuple(region._for_engine() for region in found)

    def _for_engine(self):
        self.ensure_one()
        parts = re.split(r"[,;\n]", self.zip_prefixes or "")
        return regions.Region(
            id=self.id,
            sequence=self.sequence,
            countries=frozenset(self.country_ids.ids),
            states=frozenset(self.state_ids.ids),
            prefixes=tuple(filter(None, map(regions.clean, parts))),
        )
