from dataclasses import replace

from odoo import api, fields, models

from ...engine import matching, routing, sampling


class ReverseRmaLine(models.Model):
    """What a route rule says about a line: where it goes, and how it is inspected."""

    _inherit = "reverse.rma.line"

    route_rule_id = fields.Many2one(
        "reverse.route.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    assumed_condition_id = fields.Many2one(
        "reverse.condition",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Taken for granted when the goods arrive, without looking at them.",
        guarded=True,
    )
    sample_percent = fields.Float(
        "Share Still Inspected",
        readonly=True,
        copy=False,
        help=(
            "The percentage of the goods with an assumed condition that is "
            "drawn at random and inspected."
        ),
        guarded=True,
    )
    inspection_minutes = fields.Float(
        "Minutes to Inspect",
        readonly=True,
        copy=False,
        help="All of the line.",
        guarded=True,
    )
    inspection_share = fields.Float(
        readonly=True,
        copy=False,
        default=1.0,
        help="The share of the line that will probably be inspected.",
        guarded=True,
    )
    expected_minutes = fields.Float(
        compute="_compute_expected_minutes",
        store=True,
        help="To inspect what is still to come in.",
    )

    @api.depends(
        "state",
        "quantity",
        "inspection_minutes",
        "inspection_share",
        "qty_authorized",
        "qty_received",
        "qty_kept",
        "qty_closed_short",
    )
    def _compute_expected_minutes(self):
        for line in self:
            due = line.state == "authorized" and max(line._get_expected_quantity(), 0.0)
            line.expected_minutes = (
                line._get_minutes(due) * line.inspection_share if due else 0.0
            )

    def _get_minutes(self, quantity):
        """Give the minutes that it takes to inspect a quantity of the line."""
        self.ensure_one()
        return self.inspection_minutes * quantity / self.quantity

    # ------------------------------------------------------------------
    # What applies
    # ------------------------------------------------------------------
    def _is_coming(self):
        """Tell whether goods of this line come to a facility.

        They do not where only the books are wrong, where policy lets the customer keep
        them, or where they go straight to somebody else.
        """
        source = self._get_source()
        return source.is_asked_back and source.comes_here and not self.returnless

    def _come_here(self):
        """Have goods come to us that would go past us: addons know of some."""

    def _match_routes(self, versions):
        """Find the route rule of each line.

        :param versions: ``{company: reverse.policy.version}``
        :return: ``{line: (rule id or None, its terms or None)}``
        """
        found = dict.fromkeys(self, (None, None))
        for company, lines in self.grouped("company_id").items():
            rules = versions[company]._get_rules("route")
            if not rules.terms:
                continue
            known = lines._get_route_facts(rules)
            winners = {line: rules.winner(facts) for line, facts in known.items()}
            if rules.by_value:
                unseen = lines.browse().concat(
                    *(
                        line
                        for line, winner in winners.items()
                        if winner and self._goes_unseen(rules.terms[winner.id])
                    )
                )
                for line, whole in unseen._get_values_of_sales().items():
                    winners[line] = rules.winner(replace(known[line], value=whole))
            for line, winner in winners.items():
                if winner:
                    found[line] = (winner.id, rules.terms[winner.id])
        return found

    @api.model
    def _goes_unseen(self, terms):
        """Tell whether a rule pays for goods that nobody inspects.

        Then its limits are for all that is asked back of a sale, piece by piece or not.
        """
        # sudo: facilities are configuration
        named = (
            self.env["reverse.facility"]
            .sudo()
            .browse(filter(None, [terms["target_id"], *terms["alternative_ids"]]))
        )
        return terms["inspection"] == "assume" or "customer_keeps" in named.mapped(
            "kind"
        )

    def _get_route_facts(self, rules):
        """Gather facts as for every rule, with the facility that delivered goods.

        The value is that of what this return has of the sale: other returns of it are
        other parcels.
        """
        facts = self._get_rule_facts(rules.dimensions, by_value=False)
        if rules.by_value:
            asked = self._get_asked_of_sale()
            facts = {
                line: replace(known, value=asked[line][1])
                for line, known in facts.items()
            }
        if "facility" not in rules.dimensions:
            return facts
        defaults = self.rma_id._get_default_facilities()
        return {
            line: replace(
                known,
                values={
                    **known.values,
                    "facility": matching.plain(defaults[line.rma_id].ids),
                },
            )
            for line, known in facts.items()
        }

    def _get_kept_routes(self):
        """Give the rules by which the lines were decided, as ``_match_routes``."""
        found = {}
        # sudo: rules apply to everybody, also where the user cannot read them
        for line, own in zip(self, self.sudo(), strict=True):
            rule = own.route_rule_id
            terms = rule and rule.version_id._get_rules("route").terms[rule.id]
            found[line] = (rule.id or None, terms or None)
        return found

    # ------------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------------
    def _get_items(self, routes):
        """Give what routes need to know about each line.

        :param routes: what ``_match_routes`` gave
        :return: ``{line: engine.routing.Item}``
        """
        traits = self._get_traits()
        values = self._get_unit_values()
        items = {}
        # sudo: only the product's category and a setting of the company are read
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            terms = routes[line][1]
            path = own.product_id.categ_id.parent_path or ""
            items[line] = routing.Item(
                traits=frozenset(traits[line].ids),
                categories=frozenset(int(part) for part in path.split("/") if part),
                quantity=line._in_product_uom(line.quantity),
                minutes=(terms and terms["minutes_per_unit"]) or None,
                share=sampling.share(
                    self._get_sampling(terms),
                    own.tracking == "serial",
                    values[line],
                    own.company_id.reverse_inspect_value,
                ),
            )
        return items

    @api.model
    def _get_sampling(self, terms):
        if not terms or terms["inspection"] != "assume":
            return sampling.Rule()
        return sampling.Rule(True, terms["sample_percent"])

    def _get_unit_values(self):
        """Give the net value of one product unit of each line, company currency."""
        values = self._get_values_at_stake()
        return {
            line: values[line] / (line._in_product_uom(line.quantity) or 1.0)
            for line in self
        }

    def _get_weights(self):
        """Give the weight of each line, in the unit in which products are weighed."""
        # sudo: only the product's weight is read
        return {
            line: line.sudo().product_id.weight * line._in_product_uom(line.quantity)
            for line in self
        }

    def _write_routes(self, routes, minutes, items):
        """Write what applies to each line.

        :param routes: what ``_match_routes`` gave
        :param minutes: ``{line: minutes of inspection}``
        :param items: ``{line: engine.routing.Item}``
        """
        for line in self:
            rule_id, terms = routes[line]
            assumes = terms and terms["inspection"] == "assume"
            line._guarded_write(
                {
                    "route_rule_id": rule_id,
                    "assumed_condition_id": assumes and terms["assumed_condition_id"],
                    "sample_percent": assumes and terms["sample_percent"],
                    "inspection_minutes": minutes.get(line, 0.0),
                    "inspection_share": items[line].share,
                }
            )

    def _assume_conditions(self, moves):
        """Complete received parts by an assumed condition, where a route says so."""
        self.inspection_ids.filtered(
            lambda part: part.receipt_move_id in moves and part.state == "draft"
        )._assume()
