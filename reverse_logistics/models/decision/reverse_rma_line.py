from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.constants import PREFETCH_MAX

from ...engine import eligibility, sampling
from ...engine.days import local_day
from ...engine.recovery import Handling
from ..policy.reverse_policy_rule import CREDIT_RELEASES


def _fetch(records, paths):
    """Read records, and what the paths lead to.

    :param paths: lists of names of fields, the first ones of these records
    """
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.prefetch is True
    ]
    further = {}
    for name, *rest in paths:
        further.setdefault(name, []).append(rest)
    records.fetch([*names, *further])
    for name, rests in further.items():
        deeper = [rest for rest in rests if rest]
        if deeper:
            _fetch(records[name], deeper)


def _said(verdict):
    """What a verdict gives the customer, to be compared with another one."""
    return (
        verdict["decision"],
        verdict.get("fee") or 0.0,
        bool(verdict["legal_basis_id"]),
    )


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
    policy_id = fields.Many2one(
        "reverse.policy",
        readonly=True,
        copy=False,
        ondelete="restrict",
        guarded="decision",
    )
    policy_version = fields.Integer(readonly=True, copy=False, guarded="decision")
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
        if len(self) > PREFETCH_MAX and all(self._ids):
            # sudo: what deciding reads for whoever asks; nothing of it is given out
            lines = self.sudo().with_context(active_test=False)
            _fetch(lines, [path.split(".") for path in self._get_paths_ahead()])

    def _get_paths_ahead(self):
        """Give paths of fields to what decisions look at."""
        return (
            "rma_id.line_ids",
            "rma_id.partner_id.category_id",
            "rma_id.commercial_partner_id.category_id",
            "product_id.additional_product_tag_ids.sequence",
            "product_id.product_tmpl_id.product_tag_ids.sequence",
            "product_id.product_tmpl_id.reverse_trait_ids.code",
            "move_id.picking_id.picking_type_id.code",
            "move_id.picking_id.partner_id",
            "move_ids",
            "sale_line_id.order_id.date_order",
            "sale_line_id.invoice_lines.move_id.reversed_entry_id",
            "sale_line_id.move_ids.location_dest_id.usage",
            "sale_line_id.reverse_trait_ids",
            "sale_line_id.route_ids",
            "inspection_ids.condition_id",
        )

    # ------------------------------------------------------------------
    # Lines that exist in memory only, to ask policy what it would say of them.
    #
    # Policy decides as of the request, with what there is: when somebody names the
    # source later, no window has passed by. A withdrawal is decided as of the day it
    # was stated. A line made by ``new()`` can be asked about another moment and on
    # the assumption that nothing is missing. Facts that depend on the day read it
    # from ``_get_decision_moment``, and look up by ``_origin`` what is stored of a
    # line.
    # ------------------------------------------------------------------
    def _is_in_memory(self):
        self.ensure_one()
        return not self.id

    def _get_decision_moment(self):
        """The moment of which policy is asked: that of the request, now before it."""
        if self._is_in_memory() and self.as_of:
            return self.as_of
        rma = self.rma_id
        asked = rma.state != "draft" and rma.requested_at
        return asked or fields.Datetime.now()

    def _get_decision_day(self):
        """The day of which policy is asked, see there; of withdrawals, that of the
        statement.
        """
        stated = self.rma_id.basis == "withdrawal" and self.rma_id.stated_on
        return stated or self._local_day(self._get_decision_moment())

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
                for line in lines
                if (day := line._get_ordered_on())
                and current.date_from
                and day < current.date_from
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

    def _get_last_version(self, current):
        """Give the version that decided lines of one return; of several, the last one.

        :param current: the version in force now
        """
        decided = {(line.policy_id.id, line.policy_version) for line in self}
        if decided == {(current.policy_id.id, current.number)}:
            return current
        deciding = self.env["reverse.policy.version"]._get_deciding(self)
        return max(deciding.values(), key=lambda version: version.number)

    def _evaluate(self, versions):
        """Let policy decide without keeping it.

        Rules and law come first. Then what no rule decides: old sales that nobody has
        confirmed, claims, deposits. Fee and agreement follow from all that.

        :param versions: ``{company: reverse.policy.version}``
        :return: ``{line: {decision field: value}}``
        """
        self._read_ahead()
        found = {}
        for company, lines in self.grouped("company_id").items():
            found |= lines._evaluate_with(versions[company])
        verdicts = {line: found[line] for line in self}
        self._review_unconfirmed_sales(verdicts)
        self._review_claims(verdicts)
        self._judge_deposits(versions, verdicts)
        self._add_fees(versions, verdicts)
        self._add_agreements(versions, verdicts)
        return verdicts

    def _evaluate_with(self, version):
        rules = version._get_rules("policy")
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        winners = {line: rules.winner(facts[line]) for line in self}
        convert = self.env["reverse.policy.rule"]._to_engine
        by_id = {
            rule.id: convert(rules.terms[rule.id], rule.allowed.get("agreement", ()))
            for rule in rules.ruleset.rules
        }
        terms = {line: rule and by_id[rule.id] for line, rule in winners.items()}
        rights = self._get_legal_rights(version)
        doubts = self._get_legal_doubts(version, rights)
        known = self._get_eligibility_facts(terms, doubts)
        known = self._complete_facts(known, terms, rights)
        sentences = self._get_sentences()
        verdicts = {}
        for line, rule in winners.items():
            decision = eligibility.decide(known[line], terms[line], rights.get(line))
            verdicts[line] = {
                "decision": decision.outcome,
                "decision_code": decision.code,
                "policy_id": version.policy_id.id,
                "policy_version": version.number,
                "policy_rule_id": rule and rule.id,
                "legal_basis_id": line in rights and rights[line].rule,
                "explanation": line._explain(
                    decision, known[line], terms[line], sentences
                ),
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
    def _get_eligibility_facts(self, terms, doubts):
        """Gather what the engine has to know, for all lines at once.

        :param terms: ``{line: engine.eligibility.Terms or None}``
        :param doubts: ``{line: engine.eligibility.Doubt}`` about withdrawals
        :return: ``{line: engine.eligibility.Facts}``
        """
        wanted = {own.window_from for own in terms.values() if own}
        starts = self._get_starts(wanted)
        proofs = self._get_proofs(
            {line: own.proofs if own else frozenset() for line, own in terms.items()}
        )
        values = self._get_values_at_stake()
        more = self._get_more_facts(terms)
        return {
            line: eligibility.Facts(
                requested_on=line._get_decision_day(),
                starts=starts[line],
                sourced=line._is_sourced(),
                never_arrived=line.rma_id.parcel_back,
                defective=line._is_defective(),
                proofs=line._add_assumed_proofs(proofs[line], terms[line]),
                settlement=line._get_settlement_type(),
                quantity=line._in_product_uom(line.quantity),
                value=values[line],
                withdrawn=line.rma_id.basis == "withdrawal",
                doubt=doubts.get(line),
                **more[line],
            )
            for line in self
        }

    def _get_more_facts(self, terms):
        """Give further facts, by the names of the engine: ``{line: {name: value}}``."""
        facts = {line: {} for line in self}
        self._add_product_facts(facts)
        self._add_warranty_facts(facts, terms)
        self._add_returnless_facts(facts, terms)
        return facts

    def _complete_facts(self, known, terms, rights):
        """Add facts that depend on the rights of all lines.

        :param known: ``{line: engine.eligibility.Facts}``
        :param rights: ``{line: engine.eligibility.Legal}``
        :return: as ``known``
        """
        known = self._add_asked_by_product(known, terms, rights)
        return self._add_quota_left(known, terms, rights)

    def _get_starts(self, wanted):
        """Give the days from which windows count.

        :param set wanted: of engine.eligibility.STARTS; others are not looked up
        :return: ``{line: {start: day}}``
        """
        invoiced = self._get_invoiced_days() if "invoice" in wanted else {}
        get_day = {
            "delivery": lambda line: line._get_delivered_on(),
            "invoice": invoiced.get,
            "order": lambda line: line._get_ordered_on(),
        }
        starts = {}
        for line in self.with_prefetch():
            # sudo: the date of the customer's own purchase
            sale = line.sudo().historic_sale_id
            if sale:
                # The only day known of an old sale is that of its invoice.
                starts[line] = dict.fromkeys(wanted, sale.date)
            else:
                days = {start: get_day[start](line) for start in wanted}
                starts[line] = {start: day for start, day in days.items() if day}
        return starts

    def _get_delivered_on(self):
        """The company's day on which these goods were delivered, None when unknown."""
        # sudo: the dates of the customer's own delivery and purchase
        own = self.sudo()
        if own.move_id:
            return self._local_day(own.move_id.date)
        return own.historic_sale_id.date or None

    def _get_invoiced_days(self):
        """Give the day of the invoice of these goods, None before it is posted.

        That is the invoice of their delivery, not the first one of the order.

        :rtype: dict[reverse.rma.line, date]
        """
        # sudo: the customer's own deliveries and invoices, whoever asks
        lines = self.sudo().with_prefetch()
        invoiced = {}
        days = {}
        for line, own in zip(self, lines, strict=True):
            key = own.sale_line_id, own.move_id.product_id
            if key not in invoiced:
                invoiced[key] = key[0]._find_reverse_invoices(key[1])
            day = invoiced[key].get(own.move_id)
            if day and line._is_in_memory() and day > line._get_decision_day():
                day = None
            days[line] = day
        return days

    def _get_ordered_on(self):
        """The company's day of the order, None when unknown."""
        # sudo: the date of the customer's own order
        order = self.sudo().sale_line_id.order_id
        return self._local_day(order.date_order) if order else None

    def _is_defective(self):
        """Whether the reason says that the goods are not as they should be."""
        self.ensure_one()
        return self.reason_id.liability in ("supplier", "company")

    def _comes_by_right(self, right, warranty_until):
        """Whether law or warranty bring these goods back, whatever policy says.

        :param right: what the law grants, nothing without a right
        :param warranty_until: the last day of their warranty, nothing without one
        """
        self.ensure_one()
        covered = warranty_until and self._get_decision_day() <= warranty_until
        return bool(right or (covered and self._is_defective()))

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
    def _explain(self, decision, known, terms, sentences):
        """Say a decision in a sentence that a customer can read.

        :param decision: engine.eligibility.Decision
        :param known: engine.eligibility.Facts
        :param terms: engine.eligibility.Terms, None without a rule
        :param dict sentences: of ``_get_sentences``
        """
        code = decision.code
        if code in ("in_window", "late", "manual"):
            known_start = terms.window_from if decision.days is not None else "unknown"
            code = f"{code}_{known_start}"
        if code == "withdrawal" and not decision.until:
            code = "withdrawal_begins"
        if code.startswith("in_window_") and terms.window_days is None:
            code = "in_window_unlimited"
        sentence = sentences[code]
        values = self._get_explanation_values(decision, known, terms)
        format_ = self.company_id.currency_id.format
        amounts = self._get_explanation_amounts(known, terms)
        sentence %= {
            **values,
            # Most sentences name no amount, and formatting one takes its time.
            **{
                name: format_(amount)
                for name, amount in amounts.items()
                if f"%({name})s" in sentence
            },
        }
        if decision.returnless:
            sentence = f"{sentence} {sentences['returnless']}"
        if decision.freight_payer and not self.undelivered:
            sentence = f"{sentence} {sentences[f'freight_{decision.freight_payer}']}"
        return sentence

    def _get_explanation_amounts(self, known, terms):
        return {
            "value": known.value,
            "product_value": known.product_value,
            "min_value": known.min_value,
            "left": max(known.quota_left or 0.0, 0.0),
            "max_value": terms.max_value if terms else 0.0,
        }

    def _get_explanation_values(self, decision, known, terms):
        unit = self.product_id.uom_id
        values = {
            "ago": self._format_ago(decision.days),
            "missing": self._name_proofs(decision.missing),
            "until": decision.until and self._format_day(decision.until),
            "quantity": known.quantity,
            "pack": known.pack and unit._say_reverse(known.pack),
            "min_life": self._format_days(known.min_life_days),
        }
        if terms:
            values |= {
                "window": self._format_days(terms.window_days),
                "max_quantity": terms.max_quantity
                and unit._say_reverse(terms.max_quantity),
                "offered": self._name_offered(terms.withheld),
            }
        return values

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
                "The parcel never reached the customer, so no return window applies."
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
            "freight_customer": self.env._("The customer pays for sending it back."),
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
    def _get_traits(self):
        """Give the traits of each line, in a number of queries that is always the same.

        Archived traits count, so that a rule about one of them does not lose its goods.

        :rtype: dict[reverse.rma.line, reverse.trait]
        """
        # sudo: what goods are, for whoever handles their return
        lines = self.sudo().with_context(active_test=False).with_prefetch()
        lines._fetch_order_lines()
        traits = lines.env["reverse.trait"]
        derived = traits._get_derived()
        return {
            line: (
                own.product_id.reverse_trait_ids
                | own._get_order_line().reverse_trait_ids
                | traits.concat(
                    *(derived[fact] for fact in own._get_trait_facts() & set(derived))
                )
            ).with_env(self.env)
            for line, own in zip(self, lines, strict=True)
        }

    def _get_trait_facts(self):
        """Name what traits can follow from and is true of these goods."""
        self.ensure_one()
        facts = {self.product_id.tracking} & {"serial", "lot"}
        order_line = self._get_order_line()
        to_order = order_line.order_id.warehouse_id.mto_pull_id.route_id
        if to_order & order_line.route_ids:
            facts.add("made_to_order")
        return facts

    def _fetch_order_lines(self):
        """Read the order lines of very many lines at once, not thousand by thousand."""
        lines = self.filtered("id")
        lines.fetch(["product_id", "sale_line_id", "move_id"])
        lines.move_id.fetch(["sale_line_id"])
        order_lines = lines.sale_line_id | lines.move_id.sale_line_id
        order_lines.fetch(["order_id", "route_ids", "reverse_trait_ids"])

    def _get_order_line(self):
        return self.sale_line_id or self.move_id.sale_line_id

    def _get_minimum_values(self):
        """Give the net value below which a line is not taken back.

        :return: ``{line: amount in the currency of its company, 0.0 for any}``
        """
        # sudo: limits of goods that the reader sees anyway
        lines = self.sudo().with_prefetch()
        rates = {}
        return {
            line: own._get_minimum_value(rates)
            for line, own in zip(self, lines, strict=True)
        }

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
        minimums = self._get_minimum_values()
        life = self._get_life_days()
        # sudo: limits of goods that the reader sees anyway
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            product = own.product_id
            facts[line] |= {
                "excluded": NON_RETURNABLE in traits[line].mapped("code"),
                "pack": product.reverse_min_pack,
                "min_value": minimums[line],
                "life_days": life.get(line),
                "min_life_days": product.reverse_min_life_days,
            }

    def _add_asked_by_product(self, known, terms, rights):
        """Add what the whole return asks back of the product."""
        by_right = {
            line: line._comes_by_right(
                rights.get(line),
                eligibility.find_warranty_end(known[line], terms[line]),
            )
            for line in self
        }
        asked = self._get_asked_by_product(by_right)
        completed = {}
        for line in self:
            quantity, value = asked[(*line._get_proof_key(), by_right[line])]
            completed[line] = replace(
                known[line], product_quantity=quantity, product_value=value
            )
        return completed

    def _get_asked_by_product(self, by_right):
        """Sum what the returns of these lines ask back of each product.

        What comes by right makes no pack with the rest. Lines of which only the books
        are wrong ask nothing back.

        :param by_right: ``{line: whether it comes by right}``
        :return: ``{(return, product, by right): (quantity in the product's unit, net
            value)}``
        """
        # sudo: limits count all of the return, whoever asks
        lines = self.sudo()
        others = lines.rma_id.line_ids - lines
        by_right = by_right | {
            line: line._comes_by_right(line.legal_basis_id, line.warranty_until)
            for line in others
        }
        lines |= others
        values = lines._get_values_at_stake()
        groups = lines.with_prefetch().grouped(
            lambda line: (*line._get_proof_key(), by_right[line])
        )
        return {key: group._sum_asked(values) for key, group in groups.items()}

    def _sum_asked(self, values):
        """Sum lines of one product of one return: quantity in its unit, and value."""
        coming = self.filtered(lambda line: not line.claim)
        quantity = sum(line._in_product_uom(line.quantity) for line in coming)
        value = sum(values[line] for line in coming)
        return (
            self.product_id.uom_id.round(quantity),
            self.company_id.currency_id.round(value),
        )

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
        # sudo: warranties of goods that the reader sees anyway
        own = dict(zip(self, self.sudo().with_prefetch(), strict=True))
        promised = {
            line: line_.product_id.reverse_warranty_months
            for line, line_ in own.items()
        }
        covered = self.filtered(
            lambda line: promised[line] or (terms[line] and terms[line].warranty_months)
        )
        groups = covered.grouped(
            lambda line: terms[line].warranty_from if terms[line] else "delivery"
        )
        for start, lines in groups.items():
            for line, days in lines._get_starts({start}).items():
                facts[line] |= {
                    "warranty_months": promised[line],
                    "warranty_from": own[line]._get_warranty_start(days.get(start)),
                }

    def _get_warranty_start(self, sold_on):
        """Give the day on which the warranty began.

        :param sold_on: the day of the sale, None when it is not known
        """
        self.ensure_one()
        first_use = self.lot_id.reverse_warranty_from
        # What was registered for somebody who had it before says nothing any more.
        if first_use and (not sold_on or first_use > sold_on):
            return first_use
        return sold_on

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
        for line, own in zip(self, lines, strict=True):
            shown = files.get(own._get_proof_key(), set())
            proofs[line] |= wanted[line] & (shown | own._get_known_proofs(wanted[line]))
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
        self.ensure_one()
        return bool(
            self.move_id
            or self.sale_line_id
            or self.deposit_type_id
            or self.historic_sale_id.confirmed
        )

    def _get_proof_key(self):
        """What is shown counts for the product, over how many lines it was split."""
        return self.rma_id, self.product_id

    def _get_proof_files(self):
        """Tell what the files of these returns prove, at once for all.

        :return: ``{key: codes}``, see ``_get_proof_key``
        """
        # sudo: whether there are files, whoever asks
        lines = self.sudo().rma_id.line_ids
        found = lines._find_evidence(self.env["ir.attachment"].sudo())  # sudo: as above
        proofs = {}
        for line in lines:
            codes = proofs.setdefault(line._get_proof_key(), set())
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
            rule = line.sudo().policy_rule_id
            terms = rule.version_id._get_rules("policy").terms.get(rule.id)
            kept[line] = terms and convert(terms)
        return kept

    def _needs_no_proof(self):
        """Whether no rule asks for proof: the books are wrong, an entitlement is given
        back, a consumer withdraws, or the goods came here without having been asked
        for.
        """
        self.ensure_one()
        return bool(
            self.claim
            or self.deposit_type_id
            or self.rma_id.basis
            or self.qty_received
            or self._is_late()
            or self.rma_id.parcel_back
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
        """Add files that prove something to the line of a draft.

        :param str code: one of ``FILES``
        :param files: of dicts with ``name`` and base64 ``data``
        :raises UserError: for a photo that is no picture, and once requested
        """
        self.ensure_one()
        self.check_access("write")
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
        self._forget_decision()
        self.rma_id._foresee()
        return True

    # ------------------------------------------------------------------
    # Whether goods are worth having back
    # ------------------------------------------------------------------
    def _add_returnless_facts(self, facts, terms):
        """Add what decides whether goods are worth having back."""
        modes = {line: own.returnless.mode for line, own in terms.items() if own}
        asked = self.filtered(lambda line: modes.get(line, "no") != "no")
        for line in asked._get_keepable():
            facts[line]["keepable"] = True
        costly = asked.filtered(lambda line: modes[line] == "recovery")
        for line, handling in costly._get_handling().items():
            facts[line]["handling"] = handling

    def _get_keepable(self):
        """Give the lines whose goods may stay with the customer, if policy says so.

        They have to be there still, something has to be given for them, and nobody has
        to look at them.
        """
        kept = self.filtered(lambda line: line._is_there_and_paid())
        return kept - kept._get_always_inspected()

    def _is_there_and_paid(self):
        self.ensure_one()
        # sudo: whether goods came in, and who entered their sale
        own = self.sudo()
        settled = self.env["reverse.settlement"]._get_settled_types()
        sale = own.historic_sale_id
        return (
            self._get_settlement_type() in settled
            and not (self.claim or self.deposit_type_id or self.customer_owned)
            and not (own.undelivered or own.move_ids or own.rma_id.origin_rma_id)
            and (not sale or sale.confirmed)
        )

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
        """Give what having goods back costs: ``{line: engine.recovery.Handling}``."""
        freights = self._get_freights()
        handling = {}
        for line in self:
            company = line.company_id.sudo()  # sudo: settings of the company
            handling[line] = Handling(
                company.reverse_handling_line,
                company.reverse_handling_unit,
                freights[line],
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
                    "salesperson_id": order.user_id.id,
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
        """Whether policy says that the goods need not come back: by its rule, or by the
        route of the return.
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

    def _note_not_coming(self, disposition):
        """Note that all that is still expected does not come in, and settle it."""
        parts = self.env["reverse.inspection"]._guarded_create(
            [
                {
                    "line_id": line.id,
                    "quantity": line._get_expected_quantity(),
                    "lot_id": line.lot_id.id,
                    "disposition_id": disposition.id,
                    "policy_id": line.policy_id.id,
                    "policy_version": line.policy_version,
                }
                for line in self
            ]
        )
        parts._complete_by_policy()
