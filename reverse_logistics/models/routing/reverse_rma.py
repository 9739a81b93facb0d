from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine import routing, transitions
from ...engine.regions import NOWHERE
from ..base.reverse_columns import column, columns


class ReverseRma(models.Model):
    """The facility of a return, and who chose it."""

    _inherit = "reverse.rma"

    facility_source = fields.Selection(
        [
            ("default", "Where the goods were delivered from"),
            ("rule", "Route"),
            ("person", "Person"),
            ("arrival", "Where the goods are"),
        ],
        "Facility Chosen by",
        default="default",
        required=True,
        readonly=True,
        copy=False,
        help="A route decides when the return is requested. What a person chose stays.",
        guarded=True,
    )
    facility_kind = fields.Selection(related="facility_id.kind", string="Facility Type")
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
    can_reroute = fields.Boolean(compute="_compute_can_reroute")
    is_call_allowed = fields.Boolean(compute="_compute_route_allowed")
    is_at_supplier_allowed = fields.Boolean(compute="_compute_route_allowed")
    collect = fields.Boolean(
        "Collected with Others",
        readonly=True,
        copy=False,
        help="The customer keeps the goods until those of the region are called for.",
        guarded=True,
    )
    collect_on = fields.Date(
        "Called for on",
        copy=False,
        index="btree_not_null",
        help="When the goods are planned to be called for.",
        unlocked=True,
    )
    collect_called_at = fields.Datetime(
        "Called for", readonly=True, copy=False, guarded=True
    )
    waits_for_collection = fields.Boolean(
        compute="_compute_waits_for_collection", store=True
    )

    @api.depends("company_id", "line_ids.sale_line_id", "line_ids.move_id")
    def _compute_facility_id(self):
        unset = self.filtered(lambda rma: rma.facility_id.company_id != rma.company_id)
        for rma, facility in unset._get_default_facilities().items():
            rma.facility_id = facility

    def _get_default_facilities(self):
        """Give where returns go when nobody says otherwise.

        It is the facility that delivered the goods, else the company's first one.

        :return: ``{rma: reverse.facility}``
        """
        found = {}
        for rma in self:
            warehouse = (
                rma.line_ids.move_id.warehouse_id
                or rma.line_ids.sale_line_id.warehouse_id
            ).filtered(lambda w, rma=rma: w.company_id == rma.company_id)[:1]
            # sudo: configuration, which applies to everybody
            found[rma] = warehouse.sudo().reverse_facility_ids[:1]
        unknown = self.filtered(lambda rma: not found[rma])
        firsts = unknown.company_id._get_first_facilities()
        return found | {rma: firsts[rma.company_id] for rma in unknown}

    # ------------------------------------------------------------------
    # A person's choice
    # ------------------------------------------------------------------
    def _note_facilities_named(self, vals_list):
        """Keep who chose the facilities with which new returns were created."""
        named = self.browse().concat(
            *(
                rma
                for rma, vals in zip(self, vals_list, strict=True)
                if vals.get("facility_id")
            )
        )
        if self._in_workflow():
            # The system itself only names a facility when the goods are there already.
            named._guarded_write({"facility_source": "arrival"})
        else:
            named._note_chosen()

    def _note_chosen(self):
        """Note facilities that a person chose, not those that a form proposed."""
        proposed = self._get_default_facilities()
        # Before any line is entered, forms propose the company's first facility.
        firsts = self.company_id._get_first_facilities()
        chosen = self.filtered(
            lambda rma: rma.facility_id not in (proposed[rma] | firsts[rma.company_id])
        )
        chosen._guarded_write({"facility_source": "person"})

    def _choose_facility(self, facility_id):
        """Let a person choose the facility.

        Once the return is requested, this is a step of customer service.

        :return: the returns for which it was one
        """
        drafts = self.filtered(lambda rma: rma.state == "draft")
        drafts._guarded_write({"facility_source": "person"})
        decided = self - drafts
        if decided:
            decided._name_facility(self.env["reverse.facility"].browse(facility_id))
        return decided

    # ------------------------------------------------------------------
    # The route of a return: one facility for all its lines, chosen by route rules
    #
    # Routes are chosen together with the policy's decision, for all returns at once,
    # and then stay: a return is only routed again when its facility is switched off.
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
        """Choose routes by these rules, and write what follows on returns and lines.

        :param rules: what ``_match_routes`` gave for the lines
        """
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
        """Choose routes without writing anything.

        :param rules: what ``_match_routes`` gave for the lines
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
        """Give what the engine needs to know about each return.

        :param rules: what ``_match_routes`` gave for the lines
        :param arrivals: ``{rma: day}``
        :param sites: ``{company: {id: engine.routing.Facility or None}}``
        :param coming: the lines whose goods come back; by default as was decided
        :return: ``{rma: engine.routing.Request}``
        """
        lines = self.line_ids
        items = lines._get_items(rules)
        weights = lines._get_weights()
        values = lines._get_values_at_stake()
        defaults = self._get_default_facilities()
        regions = self._get_regions()
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
                regions=regions[rma],
                weight=sum(weights[line] for line in own),
                fixed=rma._get_fixed_facility(),
            )
        return requests

    def _get_arrival(self):
        """Give the day on which goods are expected, as if authorized today.

        A day that somebody enters before is for planning: it chooses no other route,
        on which goods could stay with the customer.
        """
        self.ensure_one()
        if self.expected_date and self.authorized_at:
            return self.expected_date
        # sudo: only a setting of the company is read
        company = self.sudo().company_id
        return company._get_reverse_today() + timedelta(company.reverse_expected_days)

    def _get_regions(self):
        """Give the ids of the regions where the goods are, the narrowest first.

        :rtype: dict[reverse.rma, tuple[int]]
        """
        places = self._get_goods_partners()
        # sudo: whoever may read the return may know where the customer lives
        partners = self.env["res.partner"].sudo()
        partners = partners.browse(dict.fromkeys(filter(None, places.values())))
        known = {own._ids[0]: own._get_reverse_address() for own in partners}
        return self._find_regions(
            {rma: known.get(partner, NOWHERE) for rma, partner in places.items()}
        )

    def _find_regions(self, addresses):
        """Give the ids of the regions of addresses, the narrowest first.

        :param dict addresses: ``{id of a return: (country, state, postal code)}``
        :rtype: dict[reverse.rma, tuple[int]]
        """
        found = {}
        keys = zip(column(self, "company_id"), self._ids, strict=True)
        keys = [(company, addresses[id_]) for company, id_ in keys]
        for company, address in {*keys}:
            own = self.company_id.browse(company or ())
            found[company, address] = self.env["reverse.region"]._find(own, address)
        return {rma: found[key] for rma, key in zip(self, keys, strict=True)}

    def _get_ruling_facilities(self):
        """Give the facilities that rules and grants may ask about.

        It is where rules send the goods, or where they came in. One that a person names
        before, or that a form proposed before it knew the goods, chooses no rules: then
        the goods' own facility counts.

        :return: ``{rma: reverse.facility}``
        """
        rows = columns(self.line_ids, "rma_id", "qty_received")
        here = {id_ for id_, received in rows if received}
        sources = columns(self, "facility_source", "state")
        unsure = self.browse(
            id_
            for id_, (source, state) in zip(self._ids, sources, strict=True)
            if id_ not in here
            and source not in ("rule", "arrival")
            and (source != "default" or state in ("draft", "requested"))
        ).with_prefetch(self._prefetch_ids)
        defaults = unsure._get_default_facilities()
        return {rma: defaults.get(rma) or rma.facility_id for rma in self}

    def _get_fixed_facility(self):
        """Give the id of a facility that no rule changes, None where rules decide."""
        self.ensure_one()
        fixed = self.facility_source in ("person", "arrival")
        return self.facility_id.id if fixed else None

    @api.model
    def _get_wish(self, terms, default, sites):
        """Convert what a rule says about the route for the engine.

        :param terms: of the rule, None without one
        :param reverse.facility default: where the goods were delivered from
        :param sites: ``{id: facility}`` of the company, in their order
        :rtype: engine.routing.Wish
        """
        if not terms:
            return routing.Wish(tuple(default.ids))
        order = list(sites)
        # A rule for several companies can name facilities of each of them.
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
    # Writing what follows from a route
    # ------------------------------------------------------------------
    def _prepare_route(self, route, request, rules):
        self.ensure_one()
        terms = [rules[line][1] for line in self._get_coming_lines()]
        vals = {
            "facility_explanation": self._explain_route(route, request, rules),
            "region_id": request.regions[:1] and request.regions[0],
            "weight": request.weight,
            "freight_estimate": route.amount or 0.0,
            "collect": bool(terms) and all(own and own["collect"] for own in terms),
        }
        if route.facility and request.fixed is None:
            by_rule = any(rules[line][0] for line in self._get_coming_lines())
            changed = by_rule or route.skipped
            vals["facility_source"] = "rule" if changed else "default"
            if route.facility != self.facility_id.id:
                vals["facility_id"] = route.facility
        return vals

    def _report_routes(self, routes):
        """Note unusual routes as events, and open exceptions where there is none."""
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
    def _leave_out_lost(self, by_person):
        """Leave out returns that no facility takes.

        :param bool by_person: a person waits, so look once more and refuse instead
        :return: the returns that can go on
        """
        if by_person:
            self._route_around()
        lost = self._get_lost_exceptions().rma_id
        if lost and by_person:
            raise UserError(
                self.env._(
                    "No facility takes the goods of %(rmas)s now. Name one on the "
                    "return, or try again: %(reason)s",
                    rmas=", ".join(lost.mapped("display_name")),
                    reason=lost[0].facility_explanation or "",
                )
            )
        lost._update_progress()
        return self - lost

    def _route_around(self):
        """Route returns again whose facility was switched off while they waited."""
        waiting = self.filtered(lambda rma: not rma.received_at)
        waiting._leave_facility()

    # ------------------------------------------------------------------
    # Why a return goes where it goes, in sentences
    # ------------------------------------------------------------------
    def _explain_route(self, route, request, rules):
        """Say which facility was chosen, by what, and why others were not.

        :param engine.routing.Route route: what was chosen
        :param engine.routing.Request request: what was asked
        :param rules: what ``_match_routes`` gave for the lines
        """
        self.ensure_one()
        skipped = [self._explain_skipped(each) for each in route.skipped]
        if request.fixed is not None:
            return " ".join([self._explain_fixed(), *skipped])
        if route.facility is None:
            nowhere = self.env._("No facility takes these goods: a person decides.")
            return " ".join(filter(None, [nowhere, self._explain_none(), *skipped]))
        sentences = [
            self._explain_chosen(route, rules),
            self._explain_freight(route, request),
            self._explain_mixed(request),
            *skipped,
        ]
        return " ".join(filter(None, sentences))

    def _explain_none(self):
        """Say what to do where the company receives no returns at all."""
        return not self.facility_id and self.env._(
            "%(company)s has no facility: create a warehouse in Inventory, and it gets "
            "one; or let drop-shipped goods go straight to their supplier.",
            company=self.company_id.name,
        )

    def _name_facility_of(self, id_):
        # sudo: only the name of the facility is read
        return self.env["reverse.facility"].sudo().browse(id_).name

    def _explain_fixed(self):
        if self.facility_source == "arrival":
            return self.env._(
                "%(facility)s: the goods are there.", facility=self.facility_id.name
            )
        return self.env._(
            "%(facility)s: chosen by a person.", facility=self.facility_id.name
        )

    def _explain_chosen(self, route, rules):
        values = {"facility": self._name_facility_of(route.facility)}
        if route.stands_in_for:
            return self.env._(
                "%(facility)s: stands in for %(other)s.",
                other=self._name_facility_of(route.stands_in_for),
                **values,
            )
        found = [rules[line][0] for line in self._get_coming_lines()]
        ids = list(filter(None, dict.fromkeys(found)))
        if not ids:
            return self.env._(
                "%(facility)s: no route rule applies, and the goods were delivered "
                "from there.",
                **values,
            )
        # sudo: only names of the rules that applied are read
        names = self.env["reverse.route.rule"].sudo().browse(ids).mapped("name")
        return self.env._(
            "%(facility)s: %(rules)s.",
            rules=", ".join(f"“{name}”" for name in names),
            **values,
        )

    def _explain_freight(self, route, request):
        if route.amount is None or not request.wishes[route.wish].cheapest:
            return None
        return self.env._(
            "Freight there is about %(amount)s.",
            amount=self.company_id.currency_id.format(route.amount),
        )

    def _explain_mixed(self, request):
        if len({wish.facilities[:1] for wish in request.wishes}) < 2:
            return None
        return self.env._(
            "The products have different routes. They stay together and follow the "
            "most valuable product whose route is possible."
        )

    def _explain_skipped(self, skipped):
        """Say why a facility was skipped or, for a fixed one, what is against it."""
        values = {
            "facility": self._name_facility_of(skipped.facility),
            "day": skipped.day and format_date(self.env, skipped.day),
        }
        code = f"{skipped.code}_until" if skipped.day else skipped.code
        return self._get_skip_sentences(values)[code]

    def _get_skip_sentences(self, values):
        """Give the reasons why a facility can be skipped, by the engine's codes."""
        return {
            "gone": self.env._("%(facility)s was skipped: it is archived.", **values),
            "off": self.env._(
                "%(facility)s was skipped: switched off until further notice.", **values
            ),
            "off_until": self.env._(
                "%(facility)s was skipped: switched off until %(day)s.", **values
            ),
            "closed": self.env._("%(facility)s was skipped: closed.", **values),
            "closed_until": self.env._(
                "%(facility)s was skipped: closed until %(day)s.", **values
            ),
            "full": self.env._(
                "%(facility)s was skipped: full for the coming weeks.", **values
            ),
            "full_until": self.env._(
                "%(facility)s was skipped: full until %(day)s.", **values
            ),
            "trait": self.env._(
                "%(facility)s was skipped: it does not take goods with such traits.",
                **values,
            ),
            "category": self.env._(
                "%(facility)s was skipped: it does not take this category.", **values
            ),
            "mixed": self.env._(
                "%(facility)s was skipped: some of the goods have to come to us.",
                **values,
            ),
        }

    # ------------------------------------------------------------------
    # Goods that were announced to one facility and go to another
    # ------------------------------------------------------------------
    @api.depends_context("uid")
    def _compute_can_reroute(self):
        self.can_reroute = self._has_duty("service")

    @api.depends("state", "stage", "facility_kind", "waits_for_collection")
    @api.depends_context("uid")
    def _compute_route_allowed(self):
        service, inspector = self._has_duty("service"), self._has_duty("inspector")
        for rma in self:
            rma.is_call_allowed = service and rma.waits_for_collection
            rma.is_at_supplier_allowed = (
                inspector
                and rma._goes_to_supplier()
                and rma.stage in transitions.AWAITED
            )

    def _goes_to_supplier(self):
        return self.state == "authorized" and self.facility_kind == "supplier_direct"

    def _name_facility(self, facility):
        """Send goods that have not arrived yet elsewhere, as customer service."""
        self._check_duty("service")
        for rma in self:
            if rma.state not in ("requested", "authorized") or rma.received_at:
                raise UserError(
                    self.env._(
                        "%(rma)s is %(state)s: its facility can only be changed before "
                        "any of the goods are here.",
                        rma=rma.display_name,
                        state=rma._state_label(),
                    )
                )
        if not facility:
            raise UserError(self.env._("Name the facility that the goods go to."))
        announced = self.filtered(
            lambda rma: rma.state == "authorized" and rma.facility_id != facility
        )
        announced._withdraw_receipts()
        self._guarded_write({"facility_id": facility.id, "facility_source": "person"})
        self._keep_routes(self.line_ids._get_kept_routes())
        announced._announce_again()

    def _bring_here(self, facility):
        """Have all goods come to a facility, also those that would go past it."""
        self.line_ids._come_here()
        self._name_facility(facility)

    def _leave_facility(self):
        """Leave facilities that are off or gone, where rules know another one.

        :return: the returns that go elsewhere now
        """
        leaving = self.filtered(
            lambda rma: (
                rma.facility_source in ("default", "rule")
                and rma._get_coming_lines()
                and rma._has_no_goal()
            )
        )
        return leaving._route_again()

    def _has_no_goal(self):
        """Tell whether there is no facility to which the goods could go now."""
        facility = self.sudo().facility_id  # sudo: only whether it is off is read
        return not facility or facility._is_off(self._get_arrival())

    def _route_again(self):
        """Choose again by the rules that applied when the lines were decided.

        :return: the returns whose goods go elsewhere now
        """
        before = {rma: rma.facility_id for rma in self}
        self._keep_routes(self.line_ids._get_kept_routes())
        return self.filtered(lambda rma: rma.facility_id != before[rma])

    def _withdraw_receipts(self):
        """Cancel the receipts that were announced to a warehouse."""
        # sudo: the duty is checked; only open transfers of these returns are cancelled
        self._get_open_receipts().sudo().action_cancel()

    def _announce_again(self):
        """Announce the goods to the next warehouse, and tell customers the address."""
        self._work("_create_receipts")
        # sudo: whoever changes the route need not read facilities
        addressed = self.sudo().filtered(lambda rma: rma.facility_id._get_address())
        if addressed:
            template = self.env.ref("reverse_logistics.mail_template_facility")
            # sudo: whoever decides need not have the right to create mails
            template.sudo().send_mail_batch(addressed.ids)
        for rma in self:
            # sudo: nor have write access to the return
            rma.sudo().message_post(body=rma.facility_explanation)

    def _authorize_routed(self):
        """Authorize returns that only waited for a facility."""
        requested = self.filtered(lambda rma: rma.state == "requested")
        approved = requested.filtered(lambda rma: rma.approval_state == "approved")
        approved._go_on_approved()
        ready = requested.filtered(
            lambda rma: (
                rma.state == "requested"
                and rma.approval_state != "waiting"
                and all(line.decision == "authorize" for line in rma.line_ids)
            )
        )
        for version, rmas in ready.grouped(
            lambda rma: rma._get_deciding_version()
        ).items():
            if version:
                rmas._authorize(version)

    def _get_deciding_version(self):
        """Give the version of policy that decided on the lines."""
        self.ensure_one()
        # sudo: policy applies to everybody, also where the user cannot read it
        return self.sudo().line_ids.policy_version_id[:1]

    # ------------------------------------------------------------------
    # Goods that never come to us: they stay with the customer or go to the supplier
    # ------------------------------------------------------------------
    def _receive_direct_goods(self):
        """Let goods that arrive after all be received at their usual facility."""
        # sudo: only the kind of the facility is read
        direct = self.filtered(lambda rma: not rma.sudo().facility_id.receives)
        for rma, facility in direct._get_default_facilities().items():
            rma._guarded_write(
                {"facility_id": facility.id, "facility_source": "arrival"}
            )

    def _get_warehouse(self):
        """Give the warehouse of the facility, else the one that delivered the goods."""
        self.ensure_one()
        # sudo: configuration, which applies to everybody
        warehouse = self.sudo().facility_id.warehouse_id
        return warehouse or self._get_default_facilities()[self].sudo().warehouse_id

    def action_at_supplier(self):
        """Note that the supplier has the goods; then the settlement is proposed.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods do not go to the supplier, or none are
            expected
        """
        self._check_duty("inspector")
        lines = self._get_lines_for_supplier()
        disposition = self.env.ref("reverse_logistics.disposition_supplier")
        parts = self.env["reverse.inspection"].create(
            [
                {
                    "line_id": line.id,
                    "quantity": line._get_expected_quantity(),
                    "lot_id": line.lot_id.id,
                    "disposition_id": disposition.id,
                }
                for line in lines
            ]
        )
        return parts.action_complete()

    def _get_lines_for_supplier(self):
        """Give the lines of which the supplier still expects goods.

        :raises UserError: when there are none
        """
        for rma in self:
            if not rma._goes_to_supplier():
                raise UserError(
                    self.env._(
                        "The goods of %(rma)s are not on their way to a supplier.",
                        rma=rma.display_name,
                    )
                )
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_expected_quantity(), 0) > 0
        )
        if self - lines.rma_id:
            raise UserError(
                self.env._(
                    "Nothing more is expected of %(rma)s.",
                    rma=(self - lines.rma_id)[0].display_name,
                )
            )
        return lines

    def _get_way_step(self):
        """Say what goods wait for that do not come to us, or not yet."""
        if self.stage == "authorized" and self.waits_for_collection:
            return self.env._(
                "The customer keeps the goods until those of the region are called "
                "for: customer service does, in Collections."
            )
        if self.stage in transitions.AWAITED:
            if self.facility_kind == "supplier_direct":
                return self.env._(
                    "The customer sends the goods to the supplier: an inspector notes "
                    "that they are there."
                )
            if self.facility_kind == "customer_keeps":
                return self.env._(
                    "The customer keeps the goods: an inspector confirms it with Not "
                    "Coming Back."
                )
        return None

    # ------------------------------------------------------------------
    # Returns of low priority, which are collected by region
    #
    # Route rules say which these are. Once authorized, the goods stay with the customer
    # until somebody calls for all goods of a region, facility and day together.
    # ------------------------------------------------------------------
    @api.depends("collect", "collect_called_at", "state", "shipped_at", "received_at")
    def _compute_waits_for_collection(self):
        for rma in self:
            rma.waits_for_collection = (
                rma.collect
                and rma.state == "authorized"
                and not (rma.collect_called_at or rma.shipped_at or rma.received_at)
            )

    def _plan_collections(self):
        """Plan when goods that wait for others of their region are called for."""
        for rma in self.filtered("collect"):
            # sudo: only the facility's day of collection is read
            facility = rma.sudo().facility_id
            today = rma.company_id._get_reverse_today()
            rma._guarded_write({"collect_on": facility._get_next_collection(today)})

    def action_call(self):
        """Call for goods that wait for others of their region.

        Customers are asked to send them now, and get the full time that policy allows.

        :raises AccessError: without the role customer service
        :raises UserError: for goods that do not wait for a collection
        """
        self._check_duty("service")
        for rma in self:
            if not rma.waits_for_collection:
                raise UserError(
                    self.env._(
                        "%(rma)s is not waiting for a collection.", rma=rma.display_name
                    )
                )
        self._guarded_write({"collect_called_at": fields.Datetime.now()})
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        for company, rmas in self.grouped("company_id").items():
            until = rmas._plan_expiry(versions[company].validity_days)
            rmas._guarded_write({"expires_on": until})
        self._plan_receipts()
        self.env["reverse.event"]._log(
            self,
            "ReturnCalled",
            lambda rma: {"region": rma.region_id.id, "facility": rma.facility_id.id},
        )
        template = self.env.ref("reverse_logistics.mail_template_collection")
        # sudo: customer service need not have the right to create mails
        template.sudo().send_mail_batch(self.ids)
        return True
