import re
from collections import defaultdict
from datetime import timedelta
from functools import cache

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import eligibility, sampling, transitions
from ...engine.days import local_day
from ...engine.recovery import Handling
from ..base.reverse_columns import column, columns, fetch_ahead
from ..base.reverse_remembered import remembered, remembering
from ..policy.reverse_policy_rule import CREDIT_RELEASES
from ..rules.facts import FACTS


def _said(verdict):
    """What a verdict gives the customer, to be compared with another one."""
    return (
        verdict["decision"],
        verdict.get("fee") or 0.0,
        bool(verdict["legal_basis_id"]),
    )


def _find_sentence(decision, terms):
    """Give the key of the sentence that says a decision."""
    code = decision.code
    if code in ("in_window", "late", "manual"):
        code = f"{code}_{terms.window_from if decision.days is not None else 'unknown'}"
    if code == "withdrawal" and not decision.until:
        return "withdrawal_begins"
    if code.startswith("in_window_") and terms.window_days is None:
        return "in_window_unlimited"
    return code


@cache
def _find_places(sentence):
    """Give the names of the values that a sentence has places for."""
    return re.findall(r"%\((\w+)\)s", sentence)


NON_RETURNABLE = "NON_RETURNABLE"
#: Fields of files that prove something particular; other images are photos.
DOCUMENTS = {"purchase_document_ids": "purchase", "hazard_document_ids": "hazard"}
#: What files prove, with how the file is marked.
FILES = {"photo": False, "purchase": "purchase", "hazard": "hazard"}
#: A return whose exception was granted and not withdrawn since.
GRANTED = ("authorized", "done", "expired")


class ReverseRmaLine(models.Model):
    """What policy says of a line, what it looks at for that, and what follows."""

    _inherit = "reverse.rma.line"

    as_of = fields.Datetime(store=False)
    with_proofs = fields.Boolean(store=False)
    decision = fields.Selection(
        [
            ("authorize", "Within policy"),
            ("review", "A person decides"),
            ("exception", "Outside policy"),
            ("refuse", "Something is missing"),
        ],
        readonly=True,
        copy=False,
        guarded="decision",
    )
    decision_code = fields.Char(readonly=True, copy=False, guarded="decision")
    policy_version_id = fields.Many2one(
        "reverse.policy.version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    policy_rule_id = fields.Many2one(
        "reverse.policy.rule",
        "Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded="decision",
    )
    explanation = fields.Char(readonly=True, copy=False, guarded="decision")
    unit_value = fields.Float(
        "Value per Unit",
        readonly=True,
        copy=False,
        help="Net, in the company's currency, when policy decided: limits and "
        "approvals go by it.",
        guarded="decision",
    )
    warranty_until = fields.Date(
        readonly=True,
        copy=False,
        help="Of these goods, as it was when policy decided.",
        guarded="decision",
    )
    credit_release = fields.Selection(
        CREDIT_RELEASES,
        "Credit",
        readonly=True,
        copy=False,
        guarded="decision",
    )
    returnless = fields.Boolean(
        "Customer Keeps It",
        readonly=True,
        copy=False,
        help="By policy, the goods need not come back.",
        guarded="decision",
    )
    purchase_document_ids = fields.Many2many(
        "ir.attachment",
        string="Purchase Documents",
        compute="_compute_document_ids",
        inverse="_inverse_purchase_document_ids",
        unlocked=True,
    )
    hazard_document_ids = fields.Many2many(
        "ir.attachment",
        string="Hazard Declarations",
        compute="_compute_document_ids",
        inverse="_inverse_hazard_document_ids",
        unlocked=True,
    )
    commercial_exception = fields.Boolean(
        readonly=True,
        copy=False,
        index=True,
        help="It was outside of policy, and an approver allowed it.",
        guarded=True,
    )
    exception_granted_at = fields.Datetime(
        "Granted On", readonly=True, copy=False, guarded=True
    )
    exception_granted_by_id = fields.Many2one(
        "res.users",
        "Granted by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    exception_value = fields.Monetary(
        "Value of the Goodwill",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, when it was granted.",
        guarded=True,
    )
    salesperson_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who had sold the goods, when the goodwill was granted.",
        guarded=True,
    )
    exception_reason = fields.Text(related="rma_id.exception_reason")

    def _read_ahead(self):
        """Have in memory what decisions look at, a query for each kind of record.

        Odoo reads ahead for so many records at a time; beyond that, each field would
        take a query for each of these portions.
        """
        # sudo: what deciding reads for whoever asks; nothing of it is given out
        lines = self.sudo().with_context(active_test=False)
        fetch_ahead(lines, self._get_paths_ahead())

    def _get_paths_ahead(self):
        """Give paths of fields to what decisions look at.

        Forgetting one makes decisions about very many lines slower, and no others.
        Extended by reverse_logistics_dropshipping.
        """
        own = (
            "claim",
            "company_id",
            "counter_condition_id",
            "customer_owned",
            "deposit_type_id",
            "fee",
            "fee_by_hand",
            "gives_credit",
            "historic_sale_id",
            "inspection_ids",
            "is_damaged_hazard",
            "legal_basis_id",
            "lot_id",
            "move_ids",
            "quantity",
            "reason_id",
            "returnless",
            "state",
            "undelivered",
            "unit_value",
            "uom_id",
            "warranty_until",
        )
        of_return = (
            "basis",
            "channel_id",
            "company_id",
            "end_partner_id",
            "facility_id",
            "line_ids",
            "origin_rma_id",
            "parcel_back",
            "requested_at",
            "settlement_type",
            "stated_on",
            "state",
        )
        of_product = (
            "categ_id",
            "reverse_min_life_days",
            "reverse_min_pack",
            "reverse_min_value",
            "reverse_warranty_months",
            "tracking",
            "uom_id",
        )
        of_delivery = (
            "company_id",
            "date",
            "picking_id.partner_id",
            "picking_id.picking_type_id.code",
            "picking_id.reverse_possessed_on",
            "picking_id.reverse_possessed_proved",
            "product_id",
            "reverse_agreed",
            "reverse_done_at",
            "reverse_edited_by_id",
        )
        of_order = (
            "date_order",
            "partner_id",
            "partner_shipping_id",
            "reverse_agreed",
            "reverse_informed",
            "reverse_informed_on",
            "warehouse_id",
            "order_line",
        )
        of_order_line = (
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "reverse_agreed",
            "reverse_trait_ids",
            "route_ids",
        )
        sent = (
            "location_dest_id",
            "origin_returned_move_id",
            "product_qty",
            "product_uom",
            "quantity",
            "reverse_settlement_line_id",
            "sale_line_id",
            "state",
        )
        billed = (
            "balance",
            "move_id.invoice_date",
            "move_id.move_type",
            "move_id.reversed_entry_id",
            "parent_state",
            "product_uom_id",
            "quantity",
            "reverse_settlement_line_id.kind",
        )
        return (
            *(path for fact in FACTS.values() for path in (*fact.by, *fact.reads)),
            *own,
            *(f"rma_id.{name}" for name in of_return),
            *(f"product_id.product_tmpl_id.{name}" for name in of_product),
            *(f"sale_line_id.order_id.{name}" for name in of_order),
            *(f"sale_line_id.{name}" for name in of_order_line),
            *(f"sale_line_id.move_ids.{name}" for name in sent),
            *(f"sale_line_id.move_ids.{path}" for path in of_delivery),
            *(f"sale_line_id.invoice_lines.{path}" for path in billed),
            *(f"move_id.{path}" for path in of_delivery),
        )

    # ------------------------------------------------------------------
    # Lines that exist in memory only, to ask policy what it would say of them.
    #
    # Policy decides as of the request, with what there is: when somebody names the
    # source later, no window has passed by. A withdrawal on the site is decided as of
    # its statement. A line made by ``new()`` can be asked about another moment and on
    # the assumption that nothing is missing. Facts that depend on the day read it
    # from ``_get_decision_days``, and look up by ``_origin`` what is stored of a
    # line.
    # ------------------------------------------------------------------
    def _is_in_memory(self):
        self.ensure_one()
        return not self.id

    def _get_decision_day(self):
        """The day of which policy is asked of one line."""
        return self._get_decision_days()[self]

    @remembered
    def _get_decision_days(self):
        """Give the days of which policy is asked: when the server was asked.

        That is the day of the request, and before it today; for a withdrawal on the
        site that of its statement. The day that users note is for the law alone, which
        says when somebody's word suffices.

        :rtype: dict[reverse.rma.line, date]
        """
        # sudo: the time zones of the companies
        lines = self.sudo()
        zones = lines.company_id._get_reverse_zones()
        now = fields.Datetime.now()
        rows = columns(
            lines,
            "company_id",
            "rma_id.state",
            "rma_id.requested_at",
        )
        stated_at = lines._get_statements()
        days = {}
        for line, own, row in zip(self, lines, rows, strict=True):
            company, state, requested_at = row
            moment = line._is_in_memory() and line.as_of
            moment = moment or (state != "draft" and requested_at) or now
            moment = min(moment, stated_at.get(own, moment))
            days[line] = local_day(moment, zones[company])
        return days

    def _add_assumed_proofs(self, proofs, terms):
        """Give the proofs that are there, or would be because the rule asks for them.

        :param frozenset proofs: codes of those that are there
        :param terms: engine.eligibility.Terms, None without a rule
        """
        if terms and self._is_in_memory() and self.with_proofs:
            return proofs | terms.proofs
        return proofs

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------
    def _decide(self, versions):
        """Let policy decide, keep what it said and why, and find the way of the goods.

        :param versions: ``{company: reverse.policy.version}``
        """
        self._lock_quotas()
        for line, verdict in self._evaluate_by_terms(versions).items():
            line._guarded_write(verdict)
        self._note_words()
        # The way is that of the whole return.
        self.rma_id._route(versions)

    def _evaluate_by_terms(self, versions):
        """Let the terms of the day of each order decide, or better ones since.

        :param versions: ``{company: reverse.policy.version}``, those in force now
        :return: as :meth:`_evaluate`
        """
        verdicts = self._evaluate(versions)
        for version, lines in self._get_earlier_versions(versions).items():
            earlier = lines._evaluate(dict.fromkeys(lines.company_id, version))
            for line, verdict in earlier.items():
                if eligibility.better(_said(verdicts[line]), _said(verdict)):
                    verdicts[line] = verdict
        return verdicts

    def _get_earlier_versions(self, versions):
        """Give the versions that were in force between the order and today.

        :rtype: dict[reverse.policy.version, reverse.rma.line]
        """
        found = {}
        for company, lines in self.grouped("company_id").items():
            current = versions[company].sudo()  # sudo: policy binds everybody
            days = {
                line: day
                for line, (_first, day) in lines._get_order_days().items()
                if day and current.date_from and day < current.date_from
            }
            if days:
                earlier = self.env["reverse.policy.version"]._get_between(
                    company, min(days.values()), current
                )
                for version, last in earlier.items():
                    own = [line.id for line, day in days.items() if day <= last]
                    found[version] = found.get(version, self.browse()) | self.browse(
                        own
                    )
        return found

    def _get_deciding_versions(self):
        """Give the version that decided each line; the one in force where none did.

        What it promised holds when goods are settled.

        :rtype: dict[reverse.rma.line, reverse.policy.version]
        """
        undecided = self.filtered(lambda line: not line.policy_version_id)
        current = self.env["reverse.policy.version"]._get_for(undecided.company_id)
        return {
            # sudo: policy applies to everybody, also where the user cannot read it
            line: line.sudo().policy_version_id._get_known()
            if line.policy_version_id
            else current[line.company_id]
            for line in self
        }

    def _get_last_version(self):
        """Give the version that decided these lines; of several, the last one."""
        # sudo: policy applies to everybody, also where the user cannot read it
        versions = self.sudo().policy_version_id
        return max(versions, key=lambda version: version.number, default=versions)

    def _evaluate(self, versions):
        """Let policy decide without keeping it.

        Rules and law come first. Then what no rule decides: old sales that nobody has
        confirmed, claims, deposits. Fee and agreement follow from all that.

        :param versions: ``{company: reverse.policy.version}``
        :return: ``{line: {decision field: value}}``
        """
        self._read_ahead()
        asked = remembering(self)
        values = asked._appraise()
        asked = remembering(asked, _get_values_at_stake=values)
        found = {}
        for company, lines in asked.grouped("company_id").items():
            found |= lines._evaluate_with(versions[company])
        verdicts = {line: found[line] for line in self}
        for source, lines in asked._by_source():
            source.review(lines, versions, verdicts)
        asked._add_fees(versions, verdicts)
        asked._add_agreements(versions, verdicts)
        asked._review_damaged(verdicts)
        for line, verdict in verdicts.items():
            verdict["unit_value"] = values[line] / (line.quantity or 1.0)
        return verdicts

    def _evaluate_with(self, version):
        rules = version._get_rules("policy")
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        winners = {line: rules.winner(facts[line]) for line in self}
        convert = self.env["reverse.policy.rule"]._to_engine
        used = {rule.id: rule for rule in winners.values() if rule}
        by_id = {
            id_: convert(rules.terms[id_], rule.allowed.get("agreement", ()))
            for id_, rule in used.items()
        }
        terms = {line: rule and by_id[rule.id] for line, rule in winners.items()}
        rights = self._get_legal_rights(version)
        doubts = self._get_legal_doubts(version, rights)
        known = self._get_eligibility_facts(terms, rights, doubts)
        speak = self._get_speaker()
        # of a version in memory, the one that it stands for
        version_id = version._origin.id
        verdicts = {}
        for line, rule in winners.items():
            own, facts, right = terms[line], known[line], rights.get(line)
            decision = eligibility.decide(facts, own, right)
            verdicts[line] = {
                "decision": decision.outcome,
                "decision_code": decision.code,
                "policy_version_id": version_id,
                "policy_rule_id": rule and rule.id,
                "legal_basis_id": right is not None and right.rule,
                "explanation": speak(line, decision, facts, own),
                **line._get_consequences(decision),
            }
        return verdicts

    def _get_consequences(self, decision):
        """Give what follows from a decision: ``{decision field: value}``.

        :param engine.eligibility.Decision decision: of this line
        """
        return {
            "warranty_until": decision.warranty_until,
            "credit_release": decision.release,
            "returnless": decision.returnless,
        }

    def _refuse_incomplete(self):
        """Refuse what cannot be asked for without what is missing."""
        missing = self.filtered(lambda line: line.decision == "refuse")
        if missing:
            raise UserError(
                "\n".join(
                    f"{line.product_id.display_name}: {line.explanation}"
                    for line in missing
                )
            )

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------
    def _get_eligibility_facts(self, terms, rights, doubts):
        """Gather what the engine has to know, for all lines at once.

        :param terms: ``{line: engine.eligibility.Terms or None}``
        :param rights: ``{line: engine.eligibility.Legal}``
        :param doubts: ``{line: engine.eligibility.Doubt}`` about withdrawals
        :return: ``{line: engine.eligibility.Facts}``
        """
        wanted = {own.window_from for own in terms.values() if own}
        starts = self._get_starts(wanted)
        proofs = self._get_proofs(
            {line: own.proofs if own else frozenset() for line, own in terms.items()}
        )
        values = self._get_values_at_stake()
        quantities = self._get_product_quantities()
        days = self._get_decision_days()
        sources = self._get_sources()
        defective = self._get_defective()
        settlements = self._get_settlement_types()
        more = self._get_more_facts(terms)
        self._add_shared_facts(more, terms, rights)
        # sudo: whether it is a withdrawal, or came back with the carrier
        rows = columns(self.sudo(), "rma_id.basis", "rma_id.parcel_back")
        return {
            line: eligibility.Facts(
                requested_on=days[line],
                starts=starts[line],
                sourced=bool(sources[line].is_known(line)),
                never_arrived=bool(never_arrived),
                defective=defective[line],
                proofs=line._add_assumed_proofs(proofs[line], terms[line]),
                settlement=settlements[line],
                quantity=quantities[line],
                value=values[line],
                withdrawn=basis == "withdrawal",
                doubt=doubts.get(line),
                **more[line],
            )
            for line, (basis, never_arrived) in zip(self, rows, strict=True)
        }

    def _get_more_facts(self, terms):
        """Give further facts, by the names of the engine: ``{line: {name: value}}``."""
        facts = {line: {} for line in self}
        self._add_product_facts(facts)
        self._add_warranty_facts(facts, terms)
        self._add_returnless_facts(facts, terms)
        return facts

    def _add_shared_facts(self, facts, terms, rights):
        """Add facts that depend on the rights of all lines.

        :param facts: what ``_get_more_facts`` gave
        :param terms: ``{line: engine.eligibility.Terms or None}``
        :param rights: ``{line: engine.eligibility.Legal}``
        """
        ends = {
            line: eligibility.find_warranty_end(
                own.get("warranty_from"), own.get("warranty_months"), terms[line]
            )
            for line, own in facts.items()
        }
        self._add_asked_by_product(facts, terms, rights, ends)
        self._add_quota_left(facts, terms, rights, ends)

    def _get_starts(self, wanted):
        """Give the days from which windows count.

        :param set wanted: of engine.eligibility.STARTS; others are not looked up
        :return: ``{line: {start: day}}``
        """
        look_up = {
            "delivery": self._get_delivered_days,
            "invoice": self._get_invoiced_days,
            "order": self._get_ordered_days,
        }
        days = {start: look_up[start]() for start in wanted}
        starts = {}
        for line, source in self._get_sources().items():
            only = source.get_only_day(line)
            starts[line] = {
                start: day for start in wanted if (day := only or days[start][line])
            }
        return starts

    @remembered
    def _get_delivered_days(self):
        """Give the company's day on which these goods were delivered, None if unknown.

        :rtype: dict[reverse.rma.line, date]
        """
        found = {}
        for source, lines in self._group_by_source().items():
            found |= source.get_delivered_days(lines)
        return found

    @remembered
    def _get_invoiced_days(self):
        """Give the day of the invoice of these goods, None before it is posted.

        That is the invoice of their delivery, not the first one of the order.

        :rtype: dict[reverse.rma.line, date]
        """
        # sudo: the customer's own deliveries and invoices, whoever asks
        lines = self.sudo()
        rows = list(columns(lines, "sale_line_id", "move_id.product_id", "move_id"))
        invoiced = lines.sale_line_id._find_reverse_invoices(
            {(sold, product) for sold, product, _move in rows if sold}
        )
        days = {}
        for line, (*key, move) in zip(self, rows, strict=True):
            day = invoiced.get(tuple(key), {}).get(move)
            if day and line._is_in_memory() and day > line._get_decision_day():
                day = None
            days[line] = day
        return days

    def _get_ordered_days(self):
        """Give the company's day of the order of these goods, None when unknown.

        :rtype: dict[reverse.rma.line, date]
        """
        return {line: first for line, (first, _day) in self._get_order_days().items()}

    @remembered
    def _get_order_days(self):
        """Give the days from which windows count, and as of which terms hold.

        These are the day of the order and the one on which somebody confirmed it; where
        they differ, neither makes a window longer, nor terms older.

        :return: ``{line: (earlier day, later day)}``, None where no order is known
        """
        # sudo: the dates of the customers' own orders
        lines = self.sudo()
        zones = lines.company_id._get_reverse_zones()
        order = "sale_line_id.order_id"
        paths = (f"{order}.date_order", f"{order}.reverse_agreed")
        days = {}
        for line, (company, moment, agreed) in zip(
            self, columns(lines, "company_id", *paths), strict=True
        ):
            day = local_day(moment, zones[company]) if moment else None
            kept = (agreed or {}).get("day")
            both = (day, fields.Date.to_date(kept)) if day and kept else (day, day)
            days[line] = (min(both), max(both)) if day else both
        return days

    def _get_product_quantities(self):
        """Give the quantity of each line in the unit of its product.

        :rtype: dict[reverse.rma.line, float]
        """
        # sudo: units of goods that the reader sees anyway
        lines = self.sudo()
        units = lines.uom_id | lines.product_id.uom_id
        convert = units._get_reverse_converter()
        rows = columns(lines, "quantity", "uom_id", "product_id.uom_id")
        return {line: convert(*row) for line, row in zip(self, rows, strict=True)}

    def _get_defective(self):
        """Tell of which lines the reason says that the goods are not as they should be.

        :rtype: dict[reverse.rma.line, bool]
        """
        # sudo: the reasons that the returns name
        reasons = column(self.sudo(), "reason_id.liability")
        return {
            line: liability in ("supplier", "company")
            for line, liability in zip(self, reasons, strict=True)
        }

    def _is_defective(self):
        """Whether the reason says that the goods are not as they should be."""
        return self._get_defective()[self]

    def _comes_by_right(self, right, warranty_until):
        """Whether law or warranty bring these goods back, whatever policy says.

        :param right: what the law grants, nothing without a right
        :param warranty_until: the last day of their warranty, nothing without one
        """
        self.ensure_one()
        if right or not warranty_until:
            return bool(right)
        return self._get_decision_day() <= warranty_until and self._is_defective()

    def _is_authorized_by_rule(self, versions, verdict):
        """Whether the rule that applies leaves nothing to a person."""
        self.ensure_one()
        rules = versions[self.company_id]._get_rules("policy")
        terms = rules.terms.get(verdict["policy_rule_id"])
        return bool(terms and terms["authorize"])

    def _local_day(self, moment):
        """The company's day: a window does not depend on who asks from where."""
        # sudo: the time zone of the company
        return local_day(moment, self.sudo().company_id._get_reverse_zone())

    # ------------------------------------------------------------------
    # The sentence a customer reads of a decision.
    # ------------------------------------------------------------------
    def _get_speaker(self):
        """Prepare the sentences for many lines.

        :return: a function that says a decision in a sentence that a customer can read.
            It takes a line, an engine.eligibility.Decision, Facts and Terms, the last
            None without a rule
        """
        sentences = self._get_sentences()
        ago, days, day, proofs, offered = map(
            cache,
            (
                self._format_ago,
                self._format_days,
                self._format_day,
                self._name_proofs,
                self._name_offered,
            ),
        )

        def amount(line, value):
            return line.company_id.currency_id.format(value)

        def goods(line, quantity):
            return line.product_id.uom_id._say_reverse(quantity)

        def speak(line, decision, known, terms):
            # Most sentences have few of these places, and filling one takes its time.
            words = {
                "ago": lambda: ago(decision.days),
                "left": lambda: amount(line, max(known.quota_left or 0.0, 0.0)),
                "max_quantity": lambda: goods(line, terms.max_quantity),
                "max_value": lambda: amount(line, terms.max_value),
                "min_life": lambda: days(known.min_life_days),
                "min_value": lambda: amount(line, known.min_value),
                "missing": lambda: proofs(decision.missing),
                "offered": lambda: offered(terms.withheld),
                "pack": lambda: goods(line, known.pack),
                "product_value": lambda: amount(line, known.product_value),
                "until": lambda: decision.until and day(decision.until),
                "value": lambda: amount(line, known.value),
                "window": lambda: days(terms.window_days),
            }
            sentence = sentences[_find_sentence(decision, terms)]
            sentence %= {name: words[name]() for name in _find_places(sentence)}
            if decision.returnless:
                sentence = f"{sentence} {sentences['returnless']}"
            if decision.freight_payer and not line.undelivered:
                freight = sentences[f"freight_{decision.freight_payer}"]
                sentence = f"{sentence} {freight}"
            return sentence

        return speak

    def _format_day(self, day):
        language = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return day.strftime(language.date_format or "%Y-%m-%d")

    def _format_days(self, days):
        if days == 1:
            return self.env._("1 day")
        return self.env._("%(days)s days", days=days)

    def _format_ago(self, days):
        if days in (0, 1):
            return self.env._("yesterday") if days else self.env._("today")
        return self.env._("%(days)s days ago", days=days)

    def _name_proofs(self, codes):
        rules = self.env["reverse.policy.rule"]._fields
        return ", ".join(
            rules[f"proof_{code}"]._description_string(self.env).lower()
            for code in codes
        )

    def _name_offered(self, withheld):
        kinds = self.rma_id._fields["settlement_type"]._description_selection(self.env)
        return ", ".join(
            label.lower()
            for code, label in kinds
            if code not in withheld and code != "none"
        )

    def _get_sentences(self):
        """Give the sentence of each code, with places for values."""
        return {
            **self._get_window_sentences(),
            **self._get_limit_sentences(),
            "no_source": self.env._(
                "We found no delivery of this product that can be returned."
            ),
            "no_rule": self.env._(
                "No rule of our returns policy is about this; a person decides."
            ),
            "proof": self.env._(
                "We need this before it can be returned: %(missing)s. Please add it."
            ),
            "proof_lawful": self.env._(
                "A person decides, because this is missing: %(missing)s."
            ),
            "carrier": self.env._(
                "The parcel never reached you, so no return window applies."
            ),
            "carrier_doubt": self.env._(
                "The parcel is said to have come back, and these goods could not be "
                "returned otherwise: a person looks at it."
            ),
            "withdrawal": self.env._(
                "You may withdraw from this purchase until %(until)s."
            ),
            "withdrawal_begins": self.env._(
                "You may withdraw from this purchase; the time for it begins when "
                "everything has been delivered."
            ),
            "withdrawal_late": self.env._(
                "You could withdraw from this purchase until %(until)s; a person looks "
                "at it."
            ),
            "withdrawal_word": self.env._(
                "By what was noted by hand you may withdraw from this purchase until "
                "%(until)s; a person looks at it."
            ),
            "withdrawal_excluded": self.env._(
                "The law may exclude goods of this kind from withdrawal; a person "
                "looks at it."
            ),
            "withdrawal_business": self.env._(
                "Consumers may withdraw, and we know you as a business; a person looks "
                "at it."
            ),
            "withdrawal_no_rule": self.env._(
                "We have no rule about withdrawal where you live; a person looks at it."
            ),
            "withdrawal_no_sale": self.env._(
                "We do not know with which order this was bought; a person looks at it."
            ),
            "statutory_warranty": self.env._(
                "By law we answer for defects of this until %(until)s."
            ),
            "commercial": self.env._("Our guarantee covers this until %(until)s."),
            "warranty": self.env._("The warranty covers this until %(until)s."),
            "final_sale": self.env._("This product was a final sale."),
            "returnless": self.env._("You can keep it."),
            "freight_company": self.env._("We pay for sending it back."),
            "freight_customer": self.env._("You pay for sending it back."),
        }

    def _get_window_sentences(self):
        return {
            "in_window_delivery": self.env._(
                "Delivered %(ago)s, within the %(window)s for returns."
            ),
            "in_window_invoice": self.env._(
                "Invoiced %(ago)s, within the %(window)s for returns."
            ),
            "in_window_order": self.env._(
                "Ordered %(ago)s, within the %(window)s for returns."
            ),
            "in_window_unlimited": self.env._(
                "This product can be returned at any time."
            ),
            "late_delivery": self.env._(
                "Delivered %(ago)s; this product can be returned for %(window)s."
            ),
            "late_invoice": self.env._(
                "Invoiced %(ago)s; this product can be returned for %(window)s."
            ),
            "late_order": self.env._(
                "Ordered %(ago)s; this product can be returned for %(window)s."
            ),
            "manual_delivery": self.env._(
                "Delivered %(ago)s; returns are checked by a person."
            ),
            "manual_invoice": self.env._(
                "Invoiced %(ago)s; returns are checked by a person."
            ),
            "manual_order": self.env._(
                "Ordered %(ago)s; returns are checked by a person."
            ),
            "manual_unknown": self.env._("Returns are checked by a person."),
            "no_delivery": self.env._(
                "The time for returns counts from the delivery, which is not known."
            ),
            "no_invoice": self.env._(
                "The time for returns counts from the invoice, and there is none yet."
            ),
            "no_order": self.env._(
                "The time for returns counts from the order, which is not known."
            ),
        }

    def _get_limit_sentences(self):
        return {
            "settlement": self.env._("For this product we offer: %(offered)s."),
            "max_quantity": self.env._(
                "At most %(max_quantity)s can be returned at once."
            ),
            "max_value": self.env._(
                "Goods of at most %(max_value)s can be returned at once."
            ),
            "min_value": self.env._(
                "This is worth %(product_value)s; it can be returned from "
                "%(min_value)s on."
            ),
            "pack": self.env._("This product comes back in packs of %(pack)s only."),
            "life": self.env._(
                "It has to be usable for another %(min_life)s to be returned."
            ),
            "order": self.env._(
                "Your agreement allows this against a new order only. Please name it."
            ),
            "quota": self.env._(
                "This is worth %(value)s; %(left)s are left of what your agreement "
                "allows this year."
            ),
        }

    # ------------------------------------------------------------------
    # What product and order line say about goods
    # ------------------------------------------------------------------
    @remembered
    def _get_traits(self):
        """Give the traits of each line, in a number of queries that is always the same.

        Archived traits count, so that a rule about one of them does not lose its goods.

        :rtype: dict[reverse.rma.line, reverse.trait]
        """
        # sudo: what goods are, for whoever handles their return
        lines = self.sudo().with_context(active_test=False)
        all_traits = lines.env["reverse.trait"]
        derived = all_traits._get_derived()
        order_lines = lines._get_order_lines()
        agreed = order_lines._get_reverse_agreed_traits()
        kept = lines._get_agreed("traits", [()] * len(lines))
        rows = columns(lines, "product_id", "product_id.tracking")
        known, found = {}, {}
        for line, own, row, sold, more in zip(
            self, lines, rows, lines._get_order_line_ids(), kept, strict=True
        ):
            product, tracking = row
            traits, to_order = agreed.get(sold, ((), False))
            traits = (*traits, *more)
            key = product, traits, to_order
            if key not in known:
                facts = {tracking, "made_to_order" if to_order else None} & {*derived}
                known[key] = (
                    own.product_id.reverse_trait_ids
                    | all_traits.browse(traits)
                    | all_traits.concat(*(derived[fact] for fact in facts))
                ).with_env(self.env)
            found[line] = known[key]
        return found

    def _get_category_paths(self):
        """Give the ids of the categories of each line, from the root down.

        Those of what was ordered are as they were then, see ``_get_promised_months``.

        :return: ``{line: [ids]}``
        """
        # sudo: categories of goods that the reader sees anyway
        lines = self.sudo()
        now = column(lines, "product_id.product_tmpl_id.categ_id.parent_path")
        paths = lines._get_agreed("categories", now)
        return {
            line: [int(part) for part in (path or "").split("/") if part]
            for line, path in zip(self, paths, strict=True)
        }

    def _get_product_tags(self):
        """Give the ids of the tags of each line's goods, as they were when ordered.

        :return: ``{line: [ids]}``
        """
        # sudo: tags of goods that the reader sees anyway
        lines = self.sudo()
        products = lines.product_id
        # Together, because Odoo sorts the tags of each product for itself.
        (products.product_tag_ids | products.additional_product_tag_ids).fetch(
            ["sequence"]
        )
        known = {own._ids[0]: own.all_product_tag_ids._ids for own in products}
        now = [known.get(product, ()) for product in column(lines, "product_id")]
        return dict(zip(self, lines._get_agreed("tags", now), strict=True))

    def _get_warranty_by_word(self, verdicts):
        """Give the lines whose warranty holds only from a first use that a user noted.

        :param verdicts: see ``Source.review``
        """
        # sudo: what was noted of the customer's own goods
        noted = self.sudo().filtered("lot_id.reverse_word_by_id").with_env(self.env)
        if not noted:
            return noted
        sold, asked = noted._get_delivered_days(), noted._get_decision_days()

        def rests(line):
            lot = line.sudo().lot_id  # sudo: as above
            first, user = lot.reverse_warranty_from, lot.reverse_word_by_id
            until, left = verdicts[line]["warranty_until"], sold[line]
            if user.share or user.id == SUPERUSER_ID or not (first and until and left):
                return False
            # from the sale it would be over, give or take a day of longer months
            return first > left and until - (first - left) < asked[line] <= until

        return noted.filtered(rests)

    def _get_order_line_ids(self):
        """Give the id of the order line of each of these lines, None without one."""
        rows = columns(self, "sale_line_id", "move_id.sale_line_id")
        return [own or of_move or None for own, of_move in rows]

    def _get_order_lines(self):
        return self.sale_line_id | self.move_id.sale_line_id

    def _get_minimum_values(self):
        """Give the net value below which goods are not taken back.

        :return: ``{line: amount in the currency of its company, 0.0 for any}``
        """
        # sudo: limits of goods that the reader sees anyway
        lines = self.sudo().with_prefetch()
        keys = list(columns(lines, "product_id", "company_id"))
        first = dict(zip(keys, lines, strict=True))
        rates = {}
        known = {key: line._get_minimum_value(rates) for key, line in first.items()}
        return {line: known[key] for line, key in zip(self, keys, strict=True)}

    def _get_minimum_value(self, rates):
        company, product = self.company_id, self.product_id
        if not product.reverse_min_value:
            return 0.0
        pair = (product.currency_id, company)
        if pair[0] == company.currency_id:
            return product.reverse_min_value
        if pair not in rates:
            rates[pair] = self.env["res.currency"]._get_conversion_rate(
                pair[0], company.currency_id, company, company._get_reverse_today()
            )
        return company.currency_id.round(product.reverse_min_value * rates[pair])

    def _add_product_facts(self, facts):
        """Add what product and order line say about the return of these goods."""
        traits = self._get_traits()
        least = self._get_minimum_values()
        life = self._get_life_days()
        # sudo: limits of goods that the reader sees anyway
        named = self.env["reverse.trait"].sudo()
        named = named.browse({id_ for own in traits.values() for id_ in own._ids})
        final = set(named.filtered(lambda trait: trait.code == NON_RETURNABLE)._ids)
        rows = columns(
            self.sudo(),  # sudo: as above
            "product_id.reverse_min_pack",
            "product_id.reverse_min_life_days",
        )
        for line, (pack, days) in zip(self, rows, strict=True):
            facts[line] |= {
                "excluded": not final.isdisjoint(traits[line]._ids),
                "pack": pack or 0.0,
                "min_value": least[line],
                "life_days": life.get(line),
                "min_life_days": days or 0,
            }

    def _add_asked_by_product(self, facts, terms, rights, ends):
        """Add what the whole return asks back of the product.

        :param ends: ``{line: the last day of its warranty or None}``
        """
        by_right = {
            line: line._comes_by_right(rights.get(line), ends[line]) for line in self
        }
        asked = self._get_asked_by_product(by_right)
        limited = self.filtered(
            lambda line: (
                terms[line] and (terms[line].max_quantity or terms[line].max_value)
            )
        )
        elsewhere = limited._get_asked_elsewhere()
        for line, key in zip(self, self._get_proof_keys(), strict=True):
            quantity, value = asked[(*key, by_right[line])]
            other_quantity, other_value = elsewhere.get(line, (0.0, 0.0))
            facts[line] |= {
                "product_quantity": quantity,
                "product_value": value,
                "elsewhere_quantity": other_quantity,
                "elsewhere_value": other_value,
            }

    def _find_siblings(self):
        """Find lines of other live returns that take from the same sales.

        Whoever splits what comes back over several returns comes under the same limits,
        whether they are asked for one after the other or at once.

        :return: ``{(return, product, old sale, order line, delivery without order):
            lines}`` with ids, for the returns of these lines
        """
        # sudo: limits count all returns, whoever asks
        lines = self.sudo()
        found = lines._search_live(
            Domain("sale_line_id", "in", lines._get_order_lines().ids),
            Domain("historic_sale_id", "in", lines.historic_sale_id.ids),
            *lines._get_loose_domains(),
        )
        by_sale = defaultdict(list)
        for id_, (rma, *sale) in zip(found._ids, found._get_asked_keys(), strict=True):
            by_sale[tuple(sale)].append((rma, id_))
        siblings = {}
        for key in {*lines.rma_id.line_ids._get_asked_keys()}:
            ids = [id_ for rma, id_ in by_sale[key[1:]] if rma != key[0]]
            if ids:
                siblings[key] = lines.browse(ids)
        return siblings

    def _find_siblings_by_document(self):
        """Find lines of other live returns of what was sold with the same documents.

        :return: ``{return: lines}``, for the returns of these lines that have any
        """
        # sudo: limits count all returns, whoever asks
        lines = self.sudo()
        orders, old = lines._get_order_lines().order_id, lines.historic_sale_id
        found = lines._search_live(
            Domain("sale_line_id.order_id", "in", orders.ids),
            Domain("historic_sale_id.invoice_name", "in", column(old, "invoice_name")),
            *lines._get_loose_domains(),
        )
        by_document = defaultdict(list)
        keys, rmas = found._get_document_keys(), column(found, "rma_id")
        for key, *row in zip(keys, rmas, found._ids, strict=True):
            by_document[key].append(row)
        siblings = {}
        for rma in lines.rma_id:
            keys = by_document.keys() & {*rma.line_ids._get_document_keys()}
            rows = (row for key in keys for row in by_document[key])
            if ids := [id_ for rma_id, id_ in rows if rma_id != rma.id]:
                siblings[rma] = lines.browse(ids)
        return siblings

    def _search_live(self, *domains):
        """Search lines of live returns by any of these domains, in a query or none."""
        domain = Domain.OR(domains)
        if domain.is_false():
            return self.browse()
        # A line in memory stands for one that is stored.
        imagined = self.rma_id.filtered(lambda rma: not rma.id)._origin
        live = Domain("state", "in", transitions.LIVE)
        return self.search(live & Domain("rma_id", "not in", imagined.ids) & domain)

    def _get_loose_deliveries(self):
        """Give which transfers took goods to customers that no order is known of.

        :return: in the order of lines: ``(id of a transfer, False)``, of a move without
            one ``(False, its id)``, else None
        """
        # sudo: the deliveries of the goods, whoever asks
        lines = self.sudo()
        rows = columns(lines, "move_id", "move_id.picking_id")
        return [
            (picking or False, not picking and move) if move and not sold else None
            for (move, picking), sold in zip(
                rows, lines._get_order_line_ids(), strict=True
            )
        ]

    def _get_loose_domains(self):
        """Give domains of lines of the same deliveries without order."""
        found = {*self._get_loose_deliveries()} - {None}
        if not found:
            return []
        pickings, moves = zip(*found, strict=True)
        return [
            Domain("move_id.picking_id", "in", [*filter(None, pickings)]),
            Domain("move_id", "in", [*filter(None, moves)]),
        ]

    def _get_document_keys(self):
        """Give what tells documents of sales from each other, in the order of lines.

        That is an order, an invoice of before Odoo, or a delivery without order.
        """
        # sudo: what returns of the same sale have in common, whoever asks
        lines = self.sudo()
        rows = columns(
            lines,
            "sale_line_id.order_id",
            "move_id.sale_line_id.order_id",
            "historic_sale_id.company_id",
            "historic_sale_id.invoice_name",
        )
        loose = lines._get_loose_deliveries()
        return [
            (own or of_move, *invoice, delivery)
            for (own, of_move, *invoice), delivery in zip(rows, loose, strict=True)
        ]

    def _get_sale_keys(self):
        """Give what tells sales of a product from each other, in the order of lines.

        reverse_logistics_mrp: components of a kit are sold as one.
        """
        # sudo: what returns of the same sale have in common, whoever asks
        lines = self.sudo()
        rows = columns(lines, "product_id", "historic_sale_id")
        sold = lines._get_order_line_ids()
        loose = lines._get_loose_deliveries()
        return [
            (*row, id_, delivery)
            for row, id_, delivery in zip(rows, sold, loose, strict=True)
        ]

    def _get_asked_keys(self):
        """Give of what a return asks back as one thing, in the order of lines."""
        # sudo: as there
        rmas = column(self.sudo(), "rma_id")
        return [
            (id_, *key) for id_, key in zip(rmas, self._get_sale_keys(), strict=True)
        ]

    def _get_asked_elsewhere(self):
        """Sum what other live returns ask back of the goods that these lines are about.

        :return: ``{line: (quantity in the product's unit, net value)}``
        """
        siblings = self._find_siblings()
        if not siblings:
            return dict.fromkeys(self, (0.0, 0.0))
        # sudo: limits count all of the return, whoever asks
        lines = self.sudo().rma_id.line_ids
        others = defaultdict(lines.browse)
        keys = zip(lines, lines._get_proof_keys(), lines._get_asked_keys(), strict=True)
        for line, key, sale in keys:
            found = siblings.get(sale, lines.browse())
            # Components of a kit are one sale, and several products.
            others[key] |= found.filtered(
                lambda other, own=line.product_id: other.product_id == own
            )
        values = lines.browse().union(*others.values())._get_values_at_stake()
        sums = {}
        for key, own in others.items():
            sums |= own._sum_asked([key] * len(own), values)
        return {
            line: sums.get(key, (0.0, 0.0))
            for line, key in zip(self, self._get_proof_keys(), strict=True)
        }

    @remembered
    def _get_values_of_sales(self):
        """Sum what is asked back of the sale of each line, over however many returns.

        Rules go by it, so that nobody comes under another rule by splitting.

        :rtype: dict[reverse.rma.line, float]
        """
        # sudo: rules look at all returns, whoever asks
        lines = self.sudo().rma_id.line_ids | self.sudo()
        siblings = self._find_siblings()
        others = lines.union(*siblings.values())
        values, sources = others._get_values_at_stake(), others._get_sources()
        asked = {line: values[line] * sources[line].is_asked_back for line in others}
        sums = defaultdict(float)
        for line, key in zip(lines, lines._get_asked_keys(), strict=True):
            sums[key] += asked[line]
        for key, found in siblings.items():
            sums[key] += sum(asked[line] for line in found)
        return {
            line: line.company_id.currency_id.round(max(sums[key], values[line]))
            for line, key in zip(self, self._get_asked_keys(), strict=True)
        }

    def _get_asked_by_product(self, by_right):
        """Sum what the returns of these lines ask back of each product.

        What comes by right makes no pack with the rest. Lines of which only the books
        are wrong ask nothing back.

        :param by_right: ``{line: whether it comes by right}``
        :return: ``{(return, product, by right): (quantity in the product's unit, net
            value)}``, with ids
        """
        # sudo: limits count all of the return, whoever asks
        lines = self.sudo()
        others = lines.rma_id.line_ids - lines
        by_right = by_right | {
            line: line._comes_by_right(line.legal_basis_id, line.warranty_until)
            for line in others
        }
        lines |= others
        keys = [
            (*key, by_right[line])
            for line, key in zip(lines, lines._get_proof_keys(), strict=True)
        ]
        return lines._sum_asked(keys, lines._get_values_at_stake())

    def _sum_asked(self, keys, values):
        """Sum what lines ask back, by keys that tell products from each other.

        :param keys: of the lines, in their order
        :param values: ``{line: net value}``
        :return: ``{key: (quantity in the product's unit, net value)}``
        """
        sources = self._get_sources()
        quantities = self._get_product_quantities()
        # sudo: currencies of companies and units of goods
        own = self.sudo()
        rounding = columns(own, "product_id.uom_id", "company_id.currency_id")
        rounding, sums = dict(zip(keys, rounding, strict=True)), {}
        for line, key in zip(self, keys, strict=True):
            quantity, value = sums.get(key, (0.0, 0.0))
            if sources[line].is_asked_back:
                quantity, value = quantity + quantities[line], value + values[line]
            sums[key] = quantity, value
        units = {unit.id: cache(unit.round) for unit in own.product_id.uom_id}
        currencies = own.company_id.currency_id
        currencies = {one.id: cache(one.round) for one in currencies}
        for key, (unit, currency) in rounding.items():
            quantity, value = sums[key]
            sums[key] = units[unit](quantity), currencies[currency](value)
        return sums

    def _get_life_days(self):
        """Tell how many days goods can still be used: reverse_logistics_expiry does.

        :return: ``{line: days}``; negative once that is over
        """
        return {}

    def _add_warranty_facts(self, facts, terms):
        """Add when the warranty on these goods began, and how long it is.

        That is when they first left: what was sent in exchange names the first
        delivery, as every return of it does.
        """
        groups = defaultdict(list)
        for line, months in zip(self, self._get_promised_months(), strict=True):
            own = terms[line]
            if months or (own and own.warranty_months):
                facts[line]["warranty_months"] = months or 0
                groups[own.warranty_from if own else "delivery"].append(line)
        for start, covered in groups.items():
            covered = self.concat(*covered)
            starts = covered._get_starts({start})
            # sudo: as above
            used = column(covered.sudo(), "lot_id.reverse_warranty_from")
            for line, first_use in zip(covered, used, strict=True):
                sold_on = starts[line].get(start)
                # What was registered for somebody who had it before says nothing.
                again = first_use and (not sold_on or first_use > sold_on)
                facts[line]["warranty_from"] = first_use if again else sold_on

    def _get_promised_months(self):
        """Give how long the warranty of the product is, for each of these lines.

        That is what was agreed with the order; what was not ordered has what its
        product says now.
        """
        # sudo: warranties of goods that the reader sees anyway
        lines = self.sudo()
        now = column(lines, "product_id.reverse_warranty_months")
        return lines._get_agreed("warranty_months", now)

    def _get_agreed(self, name, now):
        """Give what the sales of these lines keep of their product.

        :param str name: key of ``reverse_agreed``
        :param now: what the products say now, in the order of lines
        """
        order_lines = self._get_order_lines()
        agreed = column(order_lines, "reverse_agreed")
        agreed = dict(zip(order_lines._ids, agreed, strict=True))
        sales, found = self._get_agreed_sales(), []
        for product, sold, sale, value in zip(
            column(self, "product_id"),
            self._get_order_line_ids(),
            sales,
            now,
            strict=True,
        ):
            kept = agreed.get(sold) if sold else sale.get("goods")
            own = self._pick_agreed(kept or {}, product)
            found.append(own.get(name, value))
        return found

    @api.model
    def _pick_agreed(self, agreed, product_id):
        """Give what an order line keeps of a product: nothing if it sold another one.

        :param dict agreed: ``reverse_agreed`` of the order line
        """
        return agreed if agreed.get("product") == product_id else {}

    # ------------------------------------------------------------------
    # What a rule wants to see before goods come back
    # ------------------------------------------------------------------
    def _compute_document_ids(self):
        self._show_files(DOCUMENTS)

    def _inverse_purchase_document_ids(self):
        self._keep_files("purchase_document_ids", "purchase")

    def _inverse_hazard_document_ids(self):
        self._keep_files("hazard_document_ids", "hazard")

    def _get_proofs(self, wanted):
        """Give the codes of the proofs that are there.

        :param wanted: ``{line: codes that its rule asks for}``; no others need be known
        :return: ``{line: frozenset of codes}``
        """
        proofs = dict.fromkeys(self, frozenset())
        codes = frozenset().union(*wanted.values())
        if not codes:
            return proofs
        files = self._get_proof_files() if codes - {"serial"} else {}
        # sudo: what is known of the goods does not depend on who asks
        lines = self.sudo().with_prefetch()
        if "serial" in codes:
            lines.filtered("lot_id").move_id._fetch_reverse_chains()
        keys = lines._get_proof_keys()
        for line, own, key in zip(self, lines, keys, strict=True):
            if wanted[line]:
                shown = files.get(key, set())
                known = own._get_known_proofs(wanted[line])
                proofs[line] |= wanted[line] & (shown | known)
        return proofs

    def _get_known_proofs(self, wanted):
        """Give the codes of what needs no file.

        :param wanted: codes that need be known
        """
        self.ensure_one()
        found = set()
        if "serial" in wanted and self._is_number_shown():
            found.add("serial")
        if "purchase" in wanted and self._is_sale_known():
            found.add("purchase")
        return found

    def _is_number_shown(self):
        """Whether the lot or serial number is named, and left with this delivery."""
        self.ensure_one()
        if self.tracking == "none":
            return True
        left = self.move_id._get_reverse_chain_lots()
        return bool(self.lot_id) and (not left or self.lot_id in left)

    def _is_sale_known(self):
        """Whether we know ourselves that we sold these goods."""
        return self._get_source().is_sold(self)

    def _get_proof_key(self):
        """What is shown counts for the product, over how many lines it was split."""
        return self._get_proof_keys()[0]

    def _get_proof_keys(self):
        """Give for what counts what is shown: return and product, in the lines' order.

        :return: list of pairs of ids
        """
        # sudo: which return and product these are, whoever asks
        return list(columns(self.sudo(), "rma_id", "product_id"))

    def _get_proof_files(self):
        """Tell what the files of these returns prove, at once for all.

        :return: ``{key: codes}``, see ``_get_proof_keys``
        """
        # sudo: whether there are files, whoever asks
        lines = self.sudo().rma_id.line_ids
        found = lines._find_evidence(self.env["ir.attachment"].sudo())  # sudo: as above
        proofs = {}
        if not found:
            return proofs
        for line, key in zip(lines, lines._get_proof_keys(), strict=True):
            codes = proofs.setdefault(key, set())
            for file in found.get(line._origin.id, ()):
                if file.reverse_proof and file._is_reverse_stored():
                    codes.add(file.reverse_proof)
                elif file._is_reverse_picture():
                    codes.add("photo")
        return proofs

    def _get_kept_terms(self):
        """Give what the rule says that decided each line.

        :return: ``{line: engine.eligibility.Terms or None}``
        """
        convert = self.env["reverse.policy.rule"]._to_engine
        kept = {}
        for line in self:
            # sudo: rules apply to everybody, also where the user cannot read them
            own = line.sudo()
            rules = own.policy_version_id._get_rules("policy")
            terms = rules.terms.get(own.policy_rule_id.id)
            kept[line] = terms and convert(terms)
        return kept

    def _needs_no_proof(self):
        """Tell whether no rule asks for proof.

        None does where the books are wrong, an entitlement is given back, a consumer
        withdraws, goods came here without having been asked for, or nobody should
        handle them for the sake of a photo.
        """
        self.ensure_one()
        return bool(
            not self._get_source().has_terms
            or self.rma_id.basis
            or self.qty_received
            or self._is_late()
            or self.rma_id.parcel_back
            or self.is_damaged_hazard
        )

    def _check_proofs(self):
        """Refuse to authorize what its rule wants proof of that is not there."""
        gaps = self._find_proof_gaps()
        if gaps:
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(line)s cannot be authorized without this: %(missing)s.",
                        line=line.display_name,
                        missing=line._name_proofs(codes),
                    )
                    for line, codes in gaps.items()
                )
            )

    def _find_proof_gaps(self):
        """Find what the rules that decided want proof of and is not there.

        Goods that came back unannounced stand here: an approver decides about them.

        :return: ``{line: codes of proofs}``, of those that lack any
        """
        asked = self.filtered(lambda line: not line._needs_no_proof())
        terms = asked._get_kept_terms()
        wanted = {
            line: own.proofs if own else frozenset() for line, own in terms.items()
        }
        proofs = asked._get_proofs(wanted)
        gaps = {line: sorted(wanted[line] - proofs[line]) for line in asked}
        return {line: codes for line, codes in gaps.items() if codes}

    def add_proofs(self, code, files):
        """Add files that prove something to a draft, or what is missing later.

        :param str code: one of ``FILES``
        :param files: of dicts with ``name`` and base64 ``data``
        :raises UserError: for a photo that is no picture, and once requested, unless
            the return waits for it
        """
        self.ensure_one()
        self.check_access("write")
        awaited = self._awaits_proof()
        if not awaited:
            self.rma_id._check_editable()
        if code not in FILES:
            raise UserError(self.env._("This proof is not shown by a file."))
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": str(file.get("name") or self.env._("Picture")),
                    "datas": file.get("data"),
                    "res_model": self._name,
                    "res_id": self.id,
                    "reverse_proof": FILES[code],
                }
                for file in files
            ]
        )
        for file in attachments if code == "photo" else ():
            if not file._is_reverse_picture():
                raise UserError(
                    self.env._(
                        "%(file)s is not a picture. Choose a photo.", file=file.name
                    )
                )
        if awaited:
            self.rma_id._decide_shown()
        else:
            self._forget_decision()
            self.rma_id._foresee()
        return True

    def _awaits_proof(self):
        """Whether these goods were asked for, and policy still wants to see something.

        The law gives the customer a right that a missing proof does not take away.
        """
        self.ensure_one()
        return self.state == "requested" and self.decision_code == "proof_lawful"

    # ------------------------------------------------------------------
    # Whether goods are worth having back
    # ------------------------------------------------------------------
    def _add_returnless_facts(self, facts, terms):
        """Add what decides whether goods are worth having back."""
        modes = {line: own.returnless.mode for line, own in terms.items() if own}
        asked = self.filtered(lambda line: modes.get(line, "no") != "no")
        for line in asked._get_keepable():
            facts[line]["keepable"] = True
        for line, (quantity, value) in asked._get_asked_of_sale().items():
            facts[line] |= {"whole_quantity": quantity, "whole_value": value}
        costly = asked.filtered(lambda line: modes[line] == "recovery")
        for line, handling in costly._get_handling().items():
            facts[line]["handling"] = handling
        for line, value in asked._get_stayed_values().items():
            facts[line]["stayed_value"] = value

    def _get_asked_of_sale(self):
        """Sum what the return of each line asks back of the same sale.

        It counts as one thing, over however many lines it was split.

        :return: ``{line: (quantity in the product's unit, net value)}``
        """
        # sudo: limits and costs count all of the return, whoever asks
        lines = self.sudo().rma_id.line_ids
        values = lines._get_values_at_stake()
        sums = lines._sum_asked(lines._get_asked_keys(), values)
        return {
            line: sums[key]
            for line, key in zip(self, self._get_asked_keys(), strict=True)
        }

    def _get_stayed_values(self):
        """Sum what stayed with the customer of the same sale by other returns.

        :return: ``{line: net value in the company's currency}``
        """
        siblings = self._find_siblings()
        lines = self.sudo().browse().union(*siblings.values())  # sudo: as there
        # What is asked for at the same time may stay as well: nothing says so yet.
        stayed = lines.filtered(
            lambda line: (
                line.returnless
                or line.qty_kept
                or not line.decision
                or "kept" in line._get_released_lines().mapped("kind")
            )
        )
        values = stayed._get_values_at_stake()
        return {
            line: sum(
                values[other] for other in siblings.get(key, ()) if other in values
            )
            for line, key in zip(self, self._get_asked_keys(), strict=True)
        }

    def _get_keepable(self):
        """Give the lines whose goods may stay with the customer, if policy says so.

        They have to be there still, something has to be given for them, and nobody has
        to look at them.
        """
        settled = self.env["reverse.settlement"]._get_settled_types()
        types, sources = self._get_settlement_types(), self._get_sources()
        # sudo: whether goods came in, and who entered their sale
        lines = self.sudo().with_prefetch()
        rows = columns(
            lines, "customer_owned", "undelivered", "move_ids", "rma_id.origin_rma_id"
        )
        kept = self.browse(
            own._ids[0]
            for (line, source), own, obstacles in zip(
                sources.items(), lines, rows, strict=True
            )
            if types[line] in settled
            and source.may_be_kept
            and not any(obstacles)
            and not source.lacks_confirmation(own)
        )
        return kept - kept._get_always_inspected()

    def _get_always_inspected(self):
        """Give the lines of goods with serial numbers and high value."""
        serialized = self.filtered(lambda line: line.tracking == "serial")
        if not serialized:
            return serialized
        values = serialized._get_unit_values()
        return serialized.filtered(
            # sudo: a setting of the company
            lambda line: sampling.always(
                True, values[line], line.sudo().company_id.reverse_inspect_value
            )
        )

    def _get_handling(self):
        """Give what it costs to have the goods of each line's sale back.

        It counts as one thing, over however many lines of the return it was split.

        :rtype: dict[reverse.rma.line, engine.recovery.Handling]
        """
        lines = self.sudo().rma_id.line_ids  # sudo: costs of all of the return
        freights = lines._get_freights()
        sums = defaultdict(float)
        for line, key in zip(lines, lines._get_asked_keys(), strict=True):
            sums[key] += freights[line]
        handling = {}
        for line, key in zip(self, self._get_asked_keys(), strict=True):
            company = line.company_id.sudo()  # sudo: settings of the company
            handling[line] = Handling(
                company.reverse_handling_line,
                company.reverse_handling_unit,
                sums[key],
            )
        return handling

    def _get_freights(self):
        """Give each line its share of what freight of its return is estimated at.

        By weight; equally where nothing is weighed.
        """
        weights = self.rma_id.line_ids._get_weights()
        amounts = {
            rma: rma._estimate_freight(sum(weights[line] for line in rma.line_ids))
            for rma in self.rma_id
        }
        shares = self._get_freight_shares(weights)
        return {line: amounts[line.rma_id] * shares[line] for line in self}

    def _get_freight_shares(self, weights):
        """Give the share of each line in the weight of its return.

        :param weights: ``{line: weight}`` of all lines of these returns
        """
        shares = {}
        for rma, lines in self.grouped("rma_id").items():
            whole = sum(weights[line] for line in rma.line_ids)
            for line in lines:
                equal = 1 / len(rma.line_ids)
                shares[line] = weights[line] / whole if whole else equal
        return shares

    # ------------------------------------------------------------------
    # Commercial exceptions
    # ------------------------------------------------------------------
    def _get_commercial_exceptions(self):
        """Give the lines for which something is given that policy would not give."""
        return self.filtered(
            lambda line: (
                line.decision == "exception"
                and line._is_sourced()
                and line._get_settlement_type() != "none"
            )
        )

    def _grant_exceptions(self, bypassed=()):
        if not self:
            return
        values = self._get_values_at_stake()
        for line in self:
            # sudo: who sold the goods, whoever decides
            order = line.sudo().sale_line_id.order_id
            line._guarded_write(
                {
                    "commercial_exception": True,
                    "exception_granted_at": fields.Datetime.now(),
                    "exception_granted_by_id": self.env.uid,
                    "exception_value": values[line],
                    "salesperson_id": order.reverse_seller_id.id,
                }
            )
        self.env["reverse.event"]._log(
            self.rma_id,
            "CommercialExceptionGranted",
            lambda rma: {
                "decider": "person",
                "combined_duties": rma in bypassed,
                "amount": sum(values[line] for line in self & rma.line_ids),
                "currency": rma.company_id.currency_id.name,
                "lines": (self & rma.line_ids)._event_data(),
            },
        )

    @api.model
    def _count_exceptions(self, path, records, days):
        """Count the returns with commercial exceptions of the last days.

        :param str path: from a line to these records
        :return: ``{record: number of returns}``
        """
        since = fields.Datetime.now() - timedelta(days=days)
        # sudo: a rule counts what everybody has granted
        lines = self.sudo().search_fetch(
            [
                ("commercial_exception", "=", True),
                ("exception_granted_at", ">=", since),
                ("state", "in", GRANTED),
                (path, "in", records.ids),
            ],
            ["rma_id"],
        )
        found = lines.grouped(lambda line: line.mapped(path).id)
        return {
            record: len(found.get(record.id, lines.browse()).rma_id)
            for record in records
        }

    # ------------------------------------------------------------------
    # Goods that stay with the customer
    # ------------------------------------------------------------------
    def _is_left_to_customer(self):
        """Tell whether policy says that the goods need not come back.

        Its rule says so, or the route of the return does.
        """
        self.ensure_one()
        rma = self.rma_id
        by_route = (
            rma.facility_kind == "customer_keeps" and rma.facility_source == "rule"
        )
        return self.returnless or (by_route and bool(self._get_keepable()))

    def _comes_in(self):
        """Whether the warehouse is to wait for the goods."""
        self.ensure_one()
        return not self.undelivered and (
            bool(self.inspection_ids) or not self._is_left_to_customer()
        )

    def _keep_by_policy(self):
        """Note that goods stay with the customer, as an inspector would."""
        disposition = self.env.ref("reverse_logistics.disposition_keep")
        lines = self.filtered(
            lambda line: (
                not line.inspection_ids
                and line._is_left_to_customer()
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        lines._note_not_coming(disposition)

    def _note_not_coming(self, disposition, offer=None):
        """Note that all that is still expected does not come in, and settle it.

        :param offer: the ``reverse.offer`` by which the customer keeps it; left out
            where policy decided
        """
        parts = self.env["reverse.inspection"]._guarded_create(
            [
                {
                    "line_id": line.id,
                    "quantity": line._get_expected_quantity(),
                    "lot_id": line.lot_id.id,
                    "disposition_id": disposition.id,
                    "policy_version_id": not offer and line.policy_version_id.id,
                    "offer_id": offer and offer.id,
                }
                for line in self
            ]
        )
        parts._complete_by_policy()
