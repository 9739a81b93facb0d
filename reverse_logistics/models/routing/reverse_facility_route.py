from dataclasses import replace
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import routing


class Sites(NamedTuple):
    """Facilities of a company, as far as they do not change from day to day.

    :param tuple open: of :class:`engine.routing.Facility`
    :param frozenset gone: ids of those that are archived
    :param frozenset limited: ids of those whose days or minutes are limited
    """

    open: tuple
    gone: frozenset
    limited: frozenset


class ReverseFacility(models.Model):
    """What routes look at: which goods it takes, whether it is on, who stands in."""

    _name = "reverse.facility"
    _inherit = ["reverse.facility", "reverse.cached.mixin"]

    accepted_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_facility_accepted_trait_rel",
        string="Takes Only",
        ondelete="restrict",
        context={"active_test": False},
        help="Goods need one of these traits; empty for any goods.",
    )
    refused_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_facility_refused_trait_rel",
        string="Does Not Take",
        ondelete="restrict",
        context={"active_test": False},
        help="Goods with one of these traits go elsewhere, e.g. hazardous goods.",
    )
    category_ids = fields.Many2many(
        "product.category",
        string="Takes Categories",
        ondelete="restrict",
        help="With the categories below them; empty for all.",
    )
    fallback_id = fields.Many2one(
        "reverse.facility",
        "Stands In",
        check_company=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('id', '!=', id), "
        "('warehouse_id', '!=', False)]",
        help="Takes what cannot come here: full, closed or switched off.",
    )
    switched_off = fields.Boolean(
        help="No return is routed here, as far as it would arrive by the day below.",
    )
    off_reason = fields.Selection(
        [("surge", "Surge"), ("outage", "Outage"), ("other", "Other")],
        "Reason",
    )
    off_note = fields.Char("What Happened")
    off_until = fields.Date(help="The last day; empty: until further notice.")
    freight_ids = fields.One2many("reverse.freight.rate", "facility_id")
    currency_id = fields.Many2one(related="company_id.currency_id")

    @api.constrains("fallback_id")
    def _check_fallback(self):
        if self._has_cycle("fallback_id"):
            raise ValidationError(
                self.env._(
                    "Facilities cannot stand in for each other in a circle: when all "
                    "of them are full, somebody has to decide."
                )
            )

    @api.constrains("switched_off", "off_reason")
    def _check_off_reason(self):
        for facility in self:
            if facility.switched_off and not facility.off_reason:
                raise ValidationError(
                    self.env._(
                        "Say why %(facility)s is switched off.", facility=facility.name
                    )
                )

    # ------------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------------
    @api.model
    def _get_sites(self, arrivals):
        """Give what routes can choose from, with what each has to do.

        :param arrivals: ``{company: the last day on which any of its returns arrives}``
        :return: ``{company: {id: engine.routing.Facility}}``; archived ones are None
        """
        compiled = {company: self._compile_sites(company.id) for company in arrivals}
        # sudo: facilities are the same for everybody
        limited = self.sudo().browse(
            id_ for sites in compiled.values() for id_ in sites.limited
        )
        work = limited._get_work(max(arrivals.values(), default=None))
        return {
            company: {
                **dict.fromkeys(sites.gone),
                **{
                    site.id: replace(site, **work.get(site.id, {}))
                    for site in sites.open
                },
            }
            for company, sites in compiled.items()
        }

    @api.model
    @tools.ormcache("company_id")
    def _compile_sites(self, company_id):
        # sudo: facilities are the same for everybody
        found = self.sudo().with_context(active_test=False)
        found = found.search([("company_id", "=", company_id)])
        active = found.filtered("active")
        return Sites(
            tuple(facility._for_engine() for facility in active),
            frozenset((found - active).ids),
            frozenset(active.filtered(lambda f: f._is_limited()).ids),
        )

    def _for_engine(self):
        self.ensure_one()
        return routing.Facility(
            id=self.id,
            kind=self.kind,
            off=self.switched_off,
            off_until=self.off_until or None,
            accepts=frozenset(self.accepted_trait_ids.ids),
            refuses=frozenset(self.refused_trait_ids.ids),
            categories=frozenset(self.category_ids.ids),
            horizon=self.wait_days,
            minutes=self.minutes_per_unit,
            least_minutes=self.minutes_per_line,
            fallback=self.fallback_id.id or None,
            rates=tuple(rate._for_engine() for rate in self.freight_ids),
        )
