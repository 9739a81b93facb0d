from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import routing


class ReverseRma(models.Model):
    """The way of a return: one facility for all its lines, chosen by route rules.

    Routes are chosen together with the policy's decision, for all returns at once, and
    what was said then stays: a return is routed anew only where its facility was
    switched off meanwhile.
    """

    _inherit = "reverse.rma"

    facility_explanation = fields.Text(
        "Why This Facility", readonly=True, copy=False, guarded=True
    )
    region_id = fields.Many2one(
        "reverse.region",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the goods are.",
        guarded=True,
    )
    weight = fields.Float(
        digits="Stock Weight",
        readonly=True,
        copy=False,
        help="As products are weighed.",
        guarded=True,
    )
    goods_value = fields.Monetary(
        "Value of the Goods",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, at the price paid, when the return was decided.",
        guarded=True,
    )
    freight_estimate = fields.Monetary(
        "Estimated Freight",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="From the freight table of the facility.",
        guarded=True,
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")

    # ------------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------------
    def _route(self, versions):
        """Choose the facility of each return, and keep why.

        :param versions: ``{company: reverse.policy.version}``
        """
        moving = self.filtered(lambda rma: rma._get_coming_lines())
        moving._keep_routes(moving.line_ids._match_routes(versions))

    def _get_coming_lines(self):
        """Give the lines whose goods have to go somewhere."""
        return self.line_ids.filtered(lambda line: line._is_coming())

    def _keep_routes(self, rules):
        """Choose by these rules, and keep what follows for returns and lines."""
        routes = self._choose_routes(rules)
        worth = self.line_ids._get_values_at_stake()
        values = {
            rma: {
                **rma._prepare_route(route, request, rules),
                "goods_value": sum(worth[line] for line in rma.line_ids),
            }
            for rma, (route, request) in routes.items()
        }
        announced = self.filtered(
            lambda rma: rma.state == "authorized" and "facility_id" in values[rma]
        )
        announced._withdraw_receipts()
        for rma, (route, request) in routes.items():
            lines = rma._get_coming_lines()
            items = dict(zip(lines, request.items, strict=True))
            minutes = dict(zip(lines, route.minutes, strict=False))
            lines._write_routes(rules, minutes, items)
            rma._guarded_write(values[rma])
        self._report_routes({rma: route for rma, (route, _request) in routes.items()})
        announced._announce_again()

    def _choose_routes(self, rules):
        """Choose without keeping it, for a simulation.

        :param rules: as ``_match_routes`` of the lines gives them
        :return: ``{rma: (engine.routing.Route, engine.routing.Request)}``
        """
        arrivals = {rma: rma._get_arrival() for rma in self}
        latest = {
            company: max(arrivals[rma] for rma in rmas)
            for company, rmas in self.grouped("company_id").items()
        }
        sites = self.env["reverse.facility"]._get_sites(latest)
        requests = self._get_route_requests(rules, arrivals, sites)
        found = {}
        for company, rmas in self.grouped("company_id").items():
            open_sites = {id_: site for id_, site in sites[company].items() if site}
            chosen = routing.choose_all(
                {rma: requests[rma] for rma in rmas}, open_sites
            )
            found |= {rma: (chosen[rma], requests[rma]) for rma in rmas}
        return {rma: found[rma] for rma in self}

    def _get_route_requests(self, rules, arrivals, sites, coming=None):
        """Give what the engine has to know of each return.

        :param rules: of the lines, see ``_match_routes``
        :param arrivals: ``{rma: day}``
        :param sites: ``{company: {id: engine.routing.Facility or None}}``
        :param coming: the lines whose goods come back; left out, as was decided
        :return: ``{rma: engine.routing.Request}``
        """
        lines = self.line_ids
        items = lines._get_items(rules)
        weights = lines._get_weights()
        values = lines._get_values_at_stake()
        defaults = self._get_default_facilities()
        requests = {}
        for rma in self:
            own = rma._get_coming_lines() if coming is None else rma.line_ids & coming
            order = own.sorted(lambda line: (-values[line], line.id))
            wishes = [
                rma._get_wish(rules[line][1], defaults[rma], sites[rma.company_id])
                for line in order
            ]
            requests[rma] = routing.Request(
                items=tuple(items[line] for line in own),
                wishes=tuple(dict.fromkeys(wishes)),
                arrival=arrivals[rma],
                regions=rma._get_regions(),
                weight=sum(weights[line] for line in own),
                fixed=rma._get_fixed_facility(),
            )
        return requests

    def _get_arrival(self):
        """The day on which the goods are expected, or will be if authorized today."""
        self.ensure_one()
        # sudo: a setting of the company
        company = self.sudo().company_id
        return self.expected_date or company._get_reverse_today() + timedelta(
            company.reverse_expected_days
        )

    def _get_regions(self):
        """Give the regions where the goods are, the narrowest first."""
        self.ensure_one()
        # sudo: where the customer lives, for whoever asks for the return
        partner = self._get_goods_partner().sudo()
        if not (partner.country_id or partner.zip):
            partner = partner.commercial_partner_id
        return self.env["reverse.region"]._find(self.company_id, partner)

    def _get_fixed_facility(self):
        """Give the id of a facility that no rule changes, None where rules decide."""
        self.ensure_one()
        fixed = self.facility_source in ("person", "arrival")
        return self.facility_id.id if fixed else None

    @api.model
    def _get_wish(self, terms, default, sites):
        """Give what a rule says about the way, as the engine takes it.

        :param terms: of the rule, None without one
        :param reverse.facility default: where the goods were delivered from
        :param sites: ``{id: facility}`` of the company, in their order
        :rtype: engine.routing.Wish
        """
        if not terms:
            return routing.Wish(tuple(default.ids))
        order = list(sites)
        # A rule of several companies names facilities of each of them.
        named = [
            terms["target_id"] or default.id,
            *sorted(
                set(terms["alternative_ids"]) & set(order),
                key=order.index,
            ),
        ]
        named = [id_ for id_ in dict.fromkeys(named) if id_ in sites]
        return routing.Wish(
            tuple(named) or tuple(default.ids),
            cheapest=terms["cheapest"],
            capacity=terms["needs_room"],
        )

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------
    def _prepare_route(self, route, request, rules):
        self.ensure_one()
        vals = {
            "facility_explanation": self._explain_route(route, request, rules),
            "region_id": request.regions[:1] and request.regions[0],
            "weight": request.weight,
            "freight_estimate": route.amount or 0.0,
        }
        if route.facility and request.fixed is None:
            by_rule = any(rules[line][0] for line in self._get_coming_lines())
            changed = by_rule or route.skipped
            vals["facility_source"] = "rule" if changed else "default"
            if route.facility != self.facility_id.id:
                vals["facility_id"] = route.facility
        return vals

    def _report_routes(self, routes):
        """Note what was decided beyond the usual, and ask a person where none fits."""
        told = self.filtered(
            lambda rma: (
                rma.state != "draft"
                and (
                    rma.facility_source in ("rule", "person")
                    or routes[rma].facility is None
                )
            )
        )
        self.env["reverse.event"]._log(
            told, "ReturnRouted", lambda rma: rma._get_route_data(routes[rma])
        )
        lost = told.filtered(lambda rma: routes[rma].facility is None)
        waiting = self._get_lost_exceptions()
        self.env["reverse.exception"]._raise_for(lost - waiting.rma_id, "no_facility")
        found = waiting.filtered(lambda e: e.rma_id not in lost)
        found._resolve("routed")
        found.rma_id._authorize_routed()

    def _get_lost_exceptions(self):
        return self._get_open_exceptions().filtered(lambda e: e.type == "no_facility")

    def _get_route_data(self, route):
        # sudo: rules apply to everybody, also where the user cannot read them
        rule = self.sudo().line_ids.route_rule_id[:1]
        by_person = self.facility_source == "person"
        return {
            "facility": route.facility or 0,
            "decider": "person" if by_person else rule.version_id._get_decider(),
            **({"route_rule": rule.id} if rule and not by_person else {}),
            "skipped": [
                {"facility": skipped.facility, "code": skipped.code}
                for skipped in route.skipped
            ],
        }

    # ------------------------------------------------------------------
    # Authorization
    # ------------------------------------------------------------------
    def _authorize(self, version=None, bypassed=()):
        """Nothing is authorized of which nobody knows where it is to be sent."""
        if not version:
            self._route_around()
        lost = self._get_lost_exceptions().rma_id
        if lost and not version:
            raise UserError(
                self.env._(
                    "No facility takes the goods of %(rmas)s now. Name one on the "
                    "return, or try again: %(reason)s",
                    rmas=", ".join(lost.mapped("display_name")),
                    reason=lost[0].facility_explanation or "",
                )
            )
        lost._update_progress()
        routed = self - lost
        return (
            super(ReverseRma, routed)._authorize(version, bypassed) if routed else None
        )

    def _route_around(self):
        """Route anew what waited while its facility was switched off."""
        waiting = self.filtered(lambda rma: not rma.received_at)
        waiting._leave_facility()


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _decide(self, versions):
        """With the decision comes the way, which is that of the whole return."""
        res = super()._decide(versions)
        self.rma_id._route(versions)
        return res
