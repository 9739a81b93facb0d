"""What the law grants a customer, whatever policy says.

Of each basis the most specific rule counts, as for every kind of rule. A right is only
granted while it can be used: on time, for defective goods where the law asks for a
defect, and for goods that are not excluded from it. All doubt is in favour of the
customer: a period of which the begin is not known has not begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .days import add_months
from .eligibility import Doubt, Legal
from .holidays import Calendar
from .matching import compile_rules

#: The bases, the one that gives the customer most first.
BASES = ("statutory_warranty", "withdrawal", "commercial")
#: Bases that are about goods that are not as they should be.
DEFECT = frozenset({"statutory_warranty"})
#: Consumers withdraw from the purchase, before they have the goods, too.
WITHDRAWAL = "withdrawal"


@dataclass(frozen=True)
class LegalTerms:
    """What one legal rule says.

    :param int rule: its id
    :param str basis: one of ``BASES``
    :param str audience: ``consumer``, ``business`` or ``both``
    :param int period: how long the right lasts once the customer has the goods
    :param str unit: ``days`` or ``months``
    :param frozenset excluded: ids of traits of goods it does not hold for
    :param str freight_payer: ``company`` or ``customer``, empty where it is silent
    :param bool from_last: it begins with the last delivery of the order
    :param bool working_day: a last day that is no working day moves to the next one
    :param bool informed: customers are told of the right with their order
    :param int uninformed_months: how much longer it lasts where they were not told
    :param int refund_days: days from the statement within which money is given back
    :param bool may_wait: it may wait for the goods, or for proof that they were sent
    :param bool outbound: what the standard delivery cost is given back, too
    """

    rule: int
    basis: str
    audience: str = "both"
    period: int = 0
    unit: str = "days"
    excluded: frozenset = frozenset()
    freight_payer: str = ""
    from_last: bool = False
    working_day: bool = False
    informed: bool = True
    uninformed_months: int = 0
    refund_days: int = 14
    may_wait: bool = True
    outbound: bool = False

    def add_period(self, day):
        """Give the last day of the period that begins with a day."""
        if self.unit == "months":
            return add_months(day, self.period)
        return day + timedelta(days=self.period)


@dataclass(frozen=True)
class LegalFacts:
    """What the law asks about one line.

    :param date stated_on: the day on which the customer asks, or withdraws
    :param delivered_on: the day on which the customer had these goods, None when
        unknown or before it
    :param last_delivered_on: the same of all goods of the order
    :param bool to_deliver: something of the order is still to be delivered
    :param bool sold: it is known that we sold these goods
    :param bool stated: the customer has stated a withdrawal, and no other right is
        looked for
    :param bool consumer: the customer is no business
    :param bool defective: the goods are not as they should be
    :param frozenset traits: ids of the traits of the goods
    :param informed: whether the customer was told of the right with the order, None
        where only the rule knows
    :param informed_on: the later day on which they were told
    :param Calendar calendar: the working days where the customer is
    """

    stated_on: date
    delivered_on: date | None = None
    last_delivered_on: date | None = None
    to_deliver: bool = False
    sold: bool = True
    stated: bool = False
    consumer: bool = True
    defective: bool = False
    traits: frozenset = frozenset()
    informed: bool | None = None
    informed_on: date | None = None
    calendar: Calendar = Calendar()


@dataclass(frozen=True)
class LegalRules:
    """The legal rules of a version, ready to be matched.

    :param groups: ``{(basis, consumer): engine.matching.Ruleset}``
    :param terms: ``{rule id: LegalTerms}``
    """

    groups: Mapping
    terms: Mapping

    def find(self, known, matched):
        """Find the right that a line has.

        :param LegalFacts known: what the law asks
        :param engine.matching.Facts matched: what rules are matched by
        :return: :class:`~.eligibility.Legal`, None without a right
        """
        for basis in (WITHDRAWAL,) if known.stated else BASES:
            terms = self._find_terms(basis, known.consumer, matched)
            if terms and not _find_obstacle(terms, known):
                return Legal(
                    basis,
                    find_end(terms, known),
                    terms.rule,
                    find_freight_payer(terms, known),
                )
        return None

    def doubt(self, known, matched):
        """Say why a stated withdrawal is not clear: a person looks at it.

        :rtype: Doubt
        """
        terms = self._find_terms(WITHDRAWAL, known.consumer, matched)
        if not terms:
            # would they have the right as a consumer?
            other = not known.consumer and self._find_terms(WITHDRAWAL, True, matched)
            return Doubt("withdrawal_business" if other else "withdrawal_no_rule")
        obstacle = _find_obstacle(terms, known)
        late = obstacle == "late"
        return Doubt(f"withdrawal_{obstacle}", find_end(terms, known) if late else None)

    def _find_terms(self, basis, consumer, matched):
        group = self.groups.get((basis, consumer))
        rule = group and group.winner(matched)
        return rule and self.terms[rule.id]


def was_informed(terms, known):
    """Whether the customer was told of the right with the order."""
    if known.informed_on:
        return False
    return terms.informed if known.informed is None else known.informed


def find_end(terms, known):
    """Give the last day of a right, None before its period has begun.

    Where the customer was told too late, the period begins anew with that day, but
    lasts no longer than if nobody had told them.
    """
    if terms.from_last and known.to_deliver:
        return None
    own, last = known.delivered_on, known.last_delivered_on
    start = max(own, last) if terms.from_last and own and last else own
    if start is None:
        return None
    end = terms.add_period(start)
    if terms.uninformed_months and not was_informed(terms, known):
        latest = add_months(end, terms.uninformed_months)
        if known.informed_on:
            latest = min(latest, terms.add_period(known.informed_on))
        end = max(end, latest)
    return known.calendar.next_working(end) if terms.working_day else end


def find_freight_payer(terms, known):
    """Say who pays for sending goods back: consumers who withdraw, only if told so."""
    by_customer = terms.freight_payer == "customer"
    if terms.basis == WITHDRAWAL and by_customer and not was_informed(terms, known):
        return "company"
    return terms.freight_payer


def _find_obstacle(terms, known):
    """Say why a right cannot be used, None where it can."""
    if not known.sold:
        return "no_sale"
    if not terms.excluded.isdisjoint(known.traits):
        return "excluded"
    if terms.basis in DEFECT and not known.defective:
        return "no_defect"
    end = find_end(terms, known)
    if end is None:
        # A consumer may withdraw before; a guarantee begins with the goods.
        return None if terms.basis == WITHDRAWAL else "early"
    return None if known.stated_on <= end else "late"


def refund_due(stated_on, days, may_wait, shown_on):
    """Say when money has to be given back, and whether that may wait still.

    :param date stated_on: the day on which the customer withdrew
    :param int days: within which it has to be given back
    :param bool may_wait: it may wait for the goods, or for proof that they were sent
    :param shown_on: the first day on which the goods were here, or that was proven;
        None before
    :return: ``(day, whether it waits)``
    """
    due = stated_on + timedelta(days)
    if not may_wait:
        return due, False
    return max(due, shown_on or due), shown_on is None


def compile_legal(rules, terms):
    """Prepare legal rules for the customers and bases they are about.

    :param rules: of :class:`~.matching.Rule`
    :param terms: ``{rule id: LegalTerms}``
    :rtype: LegalRules
    """
    groups = {}
    for rule in rules:
        own = terms[rule.id]
        for consumer, audience in ((True, "consumer"), (False, "business")):
            if own.audience in (audience, "both"):
                groups.setdefault((own.basis, consumer), []).append(rule)
    return LegalRules(
        {key: compile_rules(group) for key, group in groups.items()}, terms
    )
