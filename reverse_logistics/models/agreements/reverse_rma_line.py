from dataclasses import replace
from datetime import timedelta
from functools import cache

from odoo import Command, api, fields, models

from ...engine import agreements, legal
from ...engine.days import local_day
from ...engine.regions import NOWHERE
from ..base.reverse_columns import column, columns


class ReverseRmaLine(models.Model):
    """The right or agreement under which a customer brings goods back.

    Rights hold whatever policy says. With an agreement, the line keeps the value that
    it uses of the quota.
    """

    _inherit = "reverse.rma.line"

    legal_basis_id = fields.Many2one(
        "reverse.legal.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Above window, fee and freight of the policy.",
        guarded="decision",
    )
    undelivered = fields.Boolean(
        "Not Delivered Yet",
        readonly=True,
        copy=False,
        help="The customer withdrew before the goods were delivered: they are taken "
        "off the order, and nothing comes back.",
        guarded=True,
    )
    agreement_id = fields.Many2one(
        "reverse.agreement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    agreement_day = fields.Date(
        "Decided under It on", readonly=True, copy=False, guarded="decision"
    )
    agreement_value = fields.Monetary(
        "Value under Agreement",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, when it was decided.",
        guarded="decision",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    def _get_legal_rights(self, version):
        """Give what the law grants: ``{line: engine.eligibility.Legal}``."""
        rules = version._get_rules("legal")
        if not rules.terms:
            return {}
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        known = self._get_legal_facts()
        compiled = self._compile_legal(rules)
        rights = {line: compiled.find(known[line], facts[line]) for line in self}
        return {line: right for line, right in rights.items() if right}

    def _get_legal_doubts(self, version, rights):
        """Say why stated withdrawals are no clear right: ``{line: Doubt}``."""
        stated = self.filtered(
            lambda line: line.rma_id.basis == "withdrawal" and line not in rights
        )
        if not stated:
            return {}
        rules = version._get_rules("legal")
        facts = stated._get_rule_facts(rules.dimensions, rules.by_value)
        known = stated._get_legal_facts()
        compiled = self._compile_legal(rules)
        return {line: compiled.doubt(known[line], facts[line]) for line in stated}

    @api.model
    def _compile_legal(self, rules):
        convert = self.env["reverse.legal.rule"]._to_engine
        return legal.compile_legal(
            rules.ruleset.rules,
            {key: convert(key, terms) for key, terms in rules.terms.items()},
        )

    def _is_fee_forbidden(self, verdict=None):
        """Tell whether the law lets the customer return these goods free of charge.

        :param dict verdict: what policy is about to say about the line, while it
            decides; left out afterwards
        """
        self.ensure_one()
        basis = self.legal_basis_id
        if verdict is not None:
            basis = basis.browse(verdict.get("legal_basis_id") or ())
        # Even a withdrawal without a legal rule is not charged.
        stated = not basis and self.rma_id.basis == "withdrawal"
        # sudo: what the law says binds whoever charges the fee
        return stated or basis.sudo().no_fee

    def _get_legal_facts(self):
        """Gather what the law asks: ``{line: engine.legal.LegalFacts}``.

        Where any of it is only somebody's word, with what is known without it.
        """
        known = self._gather_legal_facts(self._get_stated_days())
        told = self._rest_on_word()
        proved = told._gather_legal_facts(told._get_decision_days(), by_word=False)
        return known | {
            line: replace(known[line], proved=proved[line]) for line in told
        }

    def _gather_legal_facts(self, days, by_word=True):
        """Gather what the law asks as of some days.

        :param days: ``{line: day on which the customer asked}``
        :param bool by_word: also what users have noted by hand about deliveries and
            about what customers were told
        """
        traits = self._get_traits()
        defective = self._get_defective()
        sources = self._get_sources()
        # sudo: only dates, addresses and orders of the return's customer are read
        lines = self.sudo().with_prefetch()
        orders = lines.sale_line_id.order_id._get_reverse_deliveries(by_word)
        delivered = lines._get_possessed_on(by_word)
        calendar = cache(self.env["reverse.holiday"]._get_calendar)
        rows = columns(
            lines,
            "sale_line_id.order_id",
            "sale_line_id.order_id.reverse_informed",
            "sale_line_id.order_id.reverse_informed_on",
            "rma_id.basis",
            "rma_id.commercial_partner_id.reverse_audience",
            "rma_id.commercial_partner_id.country_id",
            "rma_id.commercial_partner_id.state_id",
        )
        addresses = lines._get_agreed_addresses()
        facts = {}
        for line, own, address, row in zip(self, lines, addresses, rows, strict=True):
            order, told, told_on, basis, audience, *place = row
            told = by_word and told
            last, to_deliver = orders.get(order, (None, False))
            country, state = address[:2] if address[0] else place
            facts[line] = legal.LegalFacts(
                stated_on=days[line],
                delivered_on=delivered[own],
                last_delivered_on=last,
                to_deliver=to_deliver,
                sold=sources[line].is_sold(own),
                stated=basis == "withdrawal",
                consumer=audience != "business",
                defective=defective[line],
                traits=frozenset(traits[line]._ids),
                informed=told == "order" if told in ("order", "no") else None,
                informed_on=told_on if told == "later" else None,
                calendar=calendar(country or False, state or False),
            )
        return facts

    def _get_agreed_addresses(self):
        """Give where it was agreed to deliver, in the order of lines.

        As it was then: whoever keeps contacts can move one to where rules give more.

        :return: ``[(country, state, postal code)]``, None where nobody knows
        """
        ids = self._get_agreed_address_ids()
        # sudo: addresses of the customers' own orders
        partners = self.env["res.partner"].sudo().browse({*ids} - {None})
        known = {own._ids[0]: own._get_reverse_address() for own in partners}
        agreed = self._get_agreed_sales()
        return [
            (own["country"], own["state"], own["zip"])
            if "zip" in own
            else known.get(id_, NOWHERE)
            for id_, own in zip(ids, agreed, strict=True)
        ]

    def _get_stated_days(self):
        """Give the days on which customers asked or, as is said, withdrew.

        :rtype: dict[reverse.rma.line, date]
        """
        asked = self._get_decision_days()
        # sudo: whether, and as of when, it is a withdrawal
        rows = columns(self.sudo(), "rma_id.basis", "rma_id.stated_on")
        return {
            line: (basis == "withdrawal" and stated_on) or asked[line]
            for line, (basis, stated_on) in zip(self, rows, strict=True)
        }

    def _get_statements(self):
        """Give the moments of withdrawals that the server has seen on the site.

        Nobody withdrew from goods that were delivered after the statement: that these
        are meant, too, is the word of who added them.

        :return: ``{line: moment}``, without lines that were withdrawn otherwise
        """
        withdrawn = self.filtered(lambda line: line.rma_id.basis == "withdrawal")
        if not withdrawn:
            return {}
        statements = self.env["reverse.withdrawal.statement"]
        stated_at = statements._get_proved(withdrawn.rma_id._origin)
        by_line = {
            line: stated_at.get((line.rma_id._origin, line.sale_line_id.order_id))
            for line in withdrawn
        }
        zones = self.sudo().company_id._get_reverse_zones()  # sudo: as other facts
        delivered = withdrawn._get_delivered_days()
        return {
            line: moment
            for line, moment in by_line.items()
            if moment
            and (
                not delivered[line]
                or delivered[line] <= local_day(moment, zones[line.company_id.id])
            )
        }

    def _rest_on_word(self):
        """Give the lines whose rights may rest on what users have noted by hand."""
        stated, asked = self._get_stated_days(), self._get_decision_days()
        # sudo: what was noted about deliveries and orders of the return's customer
        lines = self.sudo().with_prefetch()
        orders = lines.sale_line_id.order_id
        moves = lines.move_id | orders.order_line.move_ids
        days = columns(
            moves,
            "picking_id.reverse_possessed_on",
            "picking_id.reverse_possessed_proved",
        )
        noted = {
            move
            for move, (day, proved) in zip(moves._ids, days, strict=True)
            if day and not proved
        }
        by_word = {*moves.browse(noted).sale_line_id.order_id._ids}
        told = column(orders, "reverse_informed")
        by_word.update(id_ for id_, how in zip(orders._ids, told, strict=True) if how)
        rows = columns(lines, "move_id", "sale_line_id.order_id")
        return self.browse(
            line.id
            for line, (move, order) in zip(self, rows, strict=True)
            if stated[line] != asked[line] or move in noted or order in by_word
        )

    def _note_words(self):
        """Keep whose word alone makes returns hold: they authorize none of these.

        That is who noted what a withdrawal or a warranty rests on, and who changed a
        delivery after it was done.
        """
        by_word = self.filtered(lambda line: line.decision_code == "withdrawal_word")
        used = self.filtered(lambda line: line.decision_code == "warranty_word")
        words = self._get_deliveries_by_word()
        told = self.browse(line.id for line in words)
        for rma, lines in (by_word | told | used).grouped("rma_id").items():
            # sudo: who noted something about deliveries and orders of this return
            users = self.env["res.users"].sudo()
            for edited, again in map(words.get, lines & told):
                users |= edited.reverse_edited_by_id | again.create_uid
            told_by_word = (lines & by_word).sudo()  # sudo: as above
            orders = told_by_word.sale_line_id.order_id
            moves = told_by_word.move_id | orders.order_line.move_ids
            users |= orders.reverse_word_by_id | moves.picking_id.reverse_word_by_id
            # sudo: as above
            users |= (lines & used).sudo().lot_id.reverse_word_by_id
            rma._guarded_write({"word_by_ids": [Command.link(u.id) for u in users]})

    def _get_possessed_on(self, by_word=True):
        """Give the day on which the customer had these goods, None when unknown.

        For a sale from before Odoo only the day of the sale is known, and no transfer.

        :rtype: dict[reverse.rma.line, date]
        """
        by_move = {
            move._ids[0]: day
            for move, day in self.move_id._get_reverse_possessed_on(by_word).items()
        }
        times = self.env["reverse.transit.time"]
        delivered = self._get_delivered_days()
        places = self._get_agreed_addresses()
        countries = dict(zip(self, (country for country, *_ in places), strict=True))
        found = {}
        for line, move in zip(self, column(self, "move_id"), strict=True):
            day = by_move.get(move) or delivered[line]
            if day and not move:
                keys = {"country": countries[line]}
                day += timedelta(times._find_days(line.company_id, keys))
            found[line] = day
        return found

    def _get_withdrawal_terms(self):
        """Give the terms of the right to withdraw.

        They are those of the rule that grants it, else those of a new rule.

        :return: ``{line: engine.legal.LegalTerms}``
        """
        rules = self.env["reverse.legal.rule"]
        usual = rules._to_engine(None, {"basis": legal.WITHDRAWAL})
        found = {}
        for line in self:
            # sudo: rules apply to everybody
            rule = line.sudo().legal_basis_id
            terms = rule.version_id._get_rules("legal").terms.get(rule.id)
            found[line] = rules._to_engine(rule.id, terms) if terms else usual
        return found

    # ------------------------------------------------------------------
    # Before the goods are delivered
    # ------------------------------------------------------------------
    def _split_undelivered(self, preview=False):
        """Mark which goods of withdrawals have not been delivered yet.

        When a part of an order line was delivered, the rest is withdrawn first, because
        it need not be sent back.

        :param bool preview: claim nothing
        :return: all lines, with those that were split off
        """
        self.filtered("undelivered")._guarded_write({"undelivered": False})
        lines = self.filtered(
            lambda line: (
                line.rma_id.basis == "withdrawal"
                and line.sale_line_id
                and not (line.move_id or line.lot_id or line.claim)
            )
        )
        if not lines:
            return self
        # sudo: the user need not have access to the order
        order_lines = lines.sudo().sale_line_id
        if not preview:
            self.env.flush_all()
            order_lines._reverse_touch()
        left = {own: own._get_reverse_open() for own in order_lines}
        vals_list = []
        for line in lines:
            own = line.sudo().sale_line_id  # sudo: as above
            if own.product_id != line.product_id:
                continue
            waiting = own.product_uom_id._compute_quantity(
                left[own], line.uom_id, rounding_method="HALF-UP"
            )
            taken = min(line.quantity, waiting)
            if line.uom_id.compare(taken, 0) <= 0:
                continue
            left[own] -= line._to_order_quantity(taken)
            rest = line.uom_id.round(line.quantity - taken)
            if not line.uom_id.is_zero(rest):
                vals_list += [
                    {**data, "quantity": rest}
                    for data in line.copy_data({"rma_id": line.rma_id.id})
                ]
            line._guarded_write({"quantity": taken, "undelivered": True})
        return self | self._guarded_create(vals_list)

    def _cancel_undelivered(self):
        """Take undelivered goods off the orders; credit what was invoiced of them."""
        lines = self.filtered(
            lambda line: (
                line.undelivered
                and not line.inspection_ids
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        if not lines:
            return
        unbilled = lines.filtered(lambda line: line.sale_line_id._is_reverse_unbilled())
        for order_line, own in lines.grouped("sale_line_id").items():
            order_line._withdraw_reverse(
                sum(line._to_order_quantity(line.quantity) for line in own)
            )
        # Before settling, so that a return that waits for a person stays open.
        unbilled._ask_to_pay_back()
        disposition = self.env.ref("reverse_logistics.disposition_undelivered")
        lines._note_not_coming(disposition)

    def _ask_to_pay_back(self):
        """Open exceptions for what was paid of these goods without any invoice of them,
        beyond what the rest of their order costs.
        """
        paid = self.filtered(
            lambda line: (
                # sudo: what was paid, whoever withdraws the goods
                line.sudo().sale_line_id.order_id._is_reverse_paid_ahead()
                or any(
                    own.is_downpayment and own.qty_invoiced
                    for own in line.sale_line_id.order_id.order_line
                )
            )
        )
        self.env["reverse.exception"]._raise_for(paid, "paid_ahead")

    # ------------------------------------------------------------------
    # Agreements
    # ------------------------------------------------------------------
    def _get_agreements(self):
        """Give the agreements of each line's customer that are valid on its day.

        :rtype: dict[reverse.rma.line, reverse.agreement]
        """
        # sudo: agreements apply to everybody, also where the user cannot read them
        lines = self.sudo()
        found = lines.env["reverse.agreement"].search_fetch(
            [
                ("partner_ids", "in", [*{*lines.rma_id._get_owner_ids()} - {None}]),
                ("company_id", "in", lines.company_id.parent_ids.ids),
            ]
        )
        return self._keep_valid(found)

    def _keep_valid(self, agreements_):
        """Narrow agreements to those of each line's customer, valid on its day."""
        # sudo: agreements apply to everybody, also where the user cannot read them
        agreements_, lines = agreements_.sudo(), self.sudo().with_prefetch()
        companies = {company.id: company for company in lines.company_id}
        days = self._get_decision_days()
        owners = dict(
            zip(lines.rma_id._ids, lines.rma_id._get_owner_ids(), strict=True)
        )
        rows = columns(lines, "rma_id", "company_id")
        valid, found = {}, {}
        for line, (rma, company) in zip(self, rows, strict=True):
            partner = owners[rma]
            key = partner, company, days[line]
            if key not in valid:
                valid[key] = agreements_.filtered(
                    lambda a, partner=partner, company=company, day=days[line]: (
                        partner in a.partner_ids._ids
                        and a._is_valid(companies[company], day)
                    )
                )
            found[line] = valid[key]
        return found

    def _get_named_agreements(self, named):
        """Give the one agreement that the rule of each line is about.

        Of several, a stock rotation comes first, because its quota must be kept.

        :param named: ``{line: frozenset of ids of agreements that its rule names}``
        :return: ``{line: reverse.agreement, empty for none}``
        """
        agreements_ = self.env["reverse.agreement"].browse(set().union(*named.values()))
        if not agreements_:
            return dict.fromkeys(self, agreements_)
        chosen, found = {}, {}
        for line, valid in self._keep_valid(agreements_).items():
            key = valid._ids, named[line]
            if key not in chosen:
                own = valid.filtered(lambda a, ids=named[line]: a.id in ids)
                chosen[key] = own.sorted(lambda a: a.kind != "rotation")[:1]
            found[line] = chosen[key]
        return found

    def _lock_quotas(self):
        """Let only one transaction at a time decide on what is left of a quota."""
        found = self.env["reverse.agreement"].union(*self._get_agreements().values())
        self.env.flush_all()
        found.filtered(lambda a: a.kind == "rotation")._reverse_touch()

    def _add_agreements(self, versions, verdicts):
        """Add to verdicts the agreement under which lines are decided."""
        named = {
            company: versions[company]._get_agreements_by_rule()
            for company in self.company_id
        }
        under = self._get_named_agreements(
            {
                line: named[line.company_id].get(verdict["policy_rule_id"], frozenset())
                for line, verdict in verdicts.items()
            }
        )
        values = self._get_values_at_stake() if any(under.values()) else {}
        for line, verdict in verdicts.items():
            counts = bool(under[line]) and not line._needs_no_agreement(
                verdict["legal_basis_id"], verdict["warranty_until"]
            )
            verdict |= {
                "agreement_id": counts and under[line].id,
                "agreement_day": counts and line._get_decision_day(),
                "agreement_value": counts and values[line],
            }

    def _add_quota_left(self, facts, terms, rights, ends):
        """Add to facts what is left of quotas, and whether a new order is missing.

        :param facts: ``{line: {name for the engine: value}}``
        :param ends: ``{line: the last day of its warranty or None}``
        """
        under = self._get_named_agreements(
            {
                line: own.agreements if own else frozenset()
                for line, own in terms.items()
            }
        )
        counting = self.filtered(
            lambda line: (
                under[line]
                and not line._needs_no_agreement(rights.get(line), ends[line])
            )
        )
        if not counting:
            return
        values = counting._get_values_at_stake()
        left = counting._get_quota_left(under, values)
        missing = counting._get_missing_orders(under, values)
        for line in counting:
            facts[line] |= {
                "quota_left": left[line],
                "order_missing": line in missing,
            }

    def _needs_no_agreement(self, right, warranty_until):
        """Tell whether these goods use nothing of a quota.

        That is so when they come back by right, or were never sold to keep.

        :param right: what the law grants, empty without a right
        :param warranty_until: the last day of their warranty, empty without one
        """
        source = self._get_source()
        return bool(
            self._comes_by_right(right, warranty_until)
            or not source.has_terms
            or self.rma_id.parcel_back
            or not source.is_known(self)
        )

    def _get_missing_orders(self, under, values):
        """Give lines whose agreement asks for a new order that is not named."""
        missing = self.browse()
        for (rma, agreement), lines in self.grouped(
            lambda line: (line.rma_id, under[line])
        ).items():
            if rma._is_order_missing(agreement, sum(values[line] for line in lines)):
                missing |= lines
        return missing

    def _get_claimed_value(self):
        """Give what a live line uses of the quota: less if not all of it comes back."""
        self.ensure_one()
        claimed = self.quantity
        if self.rma_id.state != "requested":
            claimed = self.qty_authorized - self.qty_closed_short
        return agreements.claimed_value(self.agreement_value, self.quantity, claimed)

    def _note_beyond_quota(self):
        """Leave to persons what is no longer within the quota of its agreement.

        While nobody waited for these goods, others may have used up what they had of
        it; nor is anything left of a year that is over.
        """
        lines = self.filtered(lambda line: line.agreement_id.kind == "rotation")
        if not lines:
            return
        self.env.flush_all()
        # sudo: the quota counts for everybody
        own = lines.agreement_id.sudo()
        own._reverse_touch()
        left = own._get_left()
        beyond = lines.filtered(
            lambda line: (
                line.agreement_day
                < line.agreement_id.sudo().year_from  # sudo: as above
                or line.agreement_id.currency_id.compare_amounts(
                    left[line.agreement_id.sudo()],
                    0,  # sudo: as above
                )
                < 0
            )
        )
        beyond._guarded_write({"credit_release": "person"})
        for rma in beyond.rma_id:
            # sudo: who receives goods need not write on the chatter
            rma.sudo()._message_log(
                body=self.env._(
                    "A person decides on the credit: other returns have used up the "
                    "quota of the agreement since these goods were no longer expected."
                )
            )

    def _get_quota_left(self, under, values):
        """Give what is left for each line, after the lines before it.

        :param under: ``{line: reverse.agreement, empty for none}``
        :param values: ``{line: net value in the company's currency}``
        :return: ``{line: amount, None without a quota}``
        """
        if any(line._is_in_memory() for line in self):
            # A simulation cannot tell what was left at an earlier time, because that
            # depends on all returns before it.
            return dict.fromkeys(self)
        found = {}
        left = self.env["reverse.agreement"].union(*under.values())._get_left(self)
        for agreement, lines in self.grouped(lambda line: under[line]).items():
            before = left.get(agreement)
            if before is None:
                found |= dict.fromkeys(lines)
            else:
                ordered = {line: values[line] for line in lines.sorted("id")}
                found |= agreements.draw(before, ordered)
        return found
