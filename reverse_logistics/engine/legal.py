"""What the law grants a customer, whatever policy says.

On each legal basis the most specific rule counts, as for every kind of rule. A right is
only granted while it can be used: on time, for defective goods where the law asks for a
defect, and for goods that are not excluded from it. All doubt is in favour of the
customer: a period whose first day is not known has not begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .days import add_months
from .eligibility import Doubt, Legal
from .holidays import Calendar
from .matching import compile_rules

#: The legal bases of rights, the one that gives the customer most first.
BASES = ("statutory_warranty", "withdrawal", "commercial")
#: Bases that only hold for defective goods.
DEFECT = frozenset({"statutory_warranty"})
#: Consumers withdraw from the purchase itself, so they can do so before delivery.
WITHDRAWAL = "withdrawal"


@dataclass(frozen=True)
class LegalTerms:
    """What one legal rule says.

    :param int rule: its id
    :param str basis: one of ``BASES``
    :param str audience: ``consumer``, ``business`` or ``both``
    :param int period: how long the right lasts once the customer has the goods
    :param str unit: ``days`` or ``months``
    :param frozenset excluded: ids of the traits of goods for which it does not hold
    :param str freight_payer: ``company`` or ``customer``, empty where it is silent
    :param bool from_last: the period begins with the last delivery of the order
    :param bool working_day: a last day that is no working day moves to the next one
    :param bool informed: customers are told of the right with their order
    :param int uninformed_months: how much longer it lasts if they were not told
    :param int refund_days: within how many days of the statement money is given back
    :param bool may_wait: the refund may wait for the goods, or for proof that they were
        sent
    :param bool outbound: the price of standard delivery is refunded, too
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
        """Give the last day of the period that begins with a day.

        :param date day: the first day
        :rtype: date
        """
        if self.unit == "months":
            return add_months(day, self.period)
        return day + timedelta(days=self.period)


@dataclass(frozen=True)
class LegalFacts:
    """What the law asks about one line.

    :param date stated_on: the day on which the customer asks, or withdraws
    :param delivered_on: the day on which these goods were delivered, None while they
        were not, or when unknown
    :param last_delivered_on: the latest such day of all goods of the order
    :param bool to_deliver: something of the order is still to be delivered
    :param bool sold: it is known that we sold these goods
    :param bool stated: the customer has stated a withdrawal, so no other right is
        looked for
    :param bool consumer: the customer is no business
    :param bool defective: the goods are not as they should be
    :param frozenset traits: ids of the traits of the goods
    :param informed: whether the customer was told of the right with the order, None
        where only the rule knows
    :param informed_on: the day on which they were told later than that, None without
        one
    :param Calendar calendar: the working days where the customer is
    :param LegalFacts proved: the same without what is only somebody's word, None where
        nothing is
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
    proved: "LegalFacts | None" = None


@dataclass(frozen=True)
class LegalRules:
    """The legal rules of a version, ready to be matched.

    :param groups: ``{(basis, consumer): engine.matching.Ruleset}``
    :param terms: ``{rule id: LegalTerms}``
    """

    groups: Mapping
    terms: Mapping

    def find(self, known, matched):
        """Find the legal right that a line has.

        A stated withdrawal is granted even if only a statement that nobody has proved
        supports it; the right is then marked so. For other rights, such a statement
        does not count.

        :param LegalFacts known: what the law asks
        :param engine.matching.Facts matched: the facts by which rules are matched
        :return: :class:`~.eligibility.Legal`, None without a right
        """
        for basis in (WITHDRAWAL,) if known.stated else BASES:
            terms = self._find_terms(basis, known.consumer, matched)
            obstacle = terms and _find_obstacle(terms, known)
            by_word = known.stated and obstacle == "word"
            if terms and (by_word or not obstacle):
                end = (
                    find_end(terms, known) if by_word else _find_last_day(terms, known)
                )
                payer = find_freight_payer(terms, known)
                return Legal(basis, end, terms.rule, payer, by_word)
        return None

    def doubt(self, known, matched):
        """Say why a stated withdrawal is not clear, so that a person looks at it.

        :param LegalFacts known: what the law asks
        :param engine.matching.Facts matched: the facts by which rules are matched
        :rtype: Doubt
        """
        terms = self._find_terms(WITHDRAWAL, known.consumer, matched)
        if not terms:
            # The sentence differs when they would have the right as a consumer.
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
    """Tell whether the customer was told of the right with the order, not later.

    :param LegalTerms terms: the rule
    :param LegalFacts known: the line
    :rtype: bool
    """
    if known.informed_on:
        return False
    return terms.informed if known.informed is None else known.informed


def find_end(terms, known):
    """Give the last day of a right, None before its period has begun.

    Where the customer was told too late, the period begins anew on that day, but lasts
    no longer than if nobody had told them.

    :param LegalTerms terms: the rule
    :param LegalFacts known: the line
    :rtype: date | None
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


def _find_last_day(terms, known):
    """Give the last day of a right.

    If that day came before the withdrawal only because of what somebody stated without
    proof, the day that follows from the proved facts counts.

    :rtype: date | None
    """
    end, proved = find_end(terms, known), known.proved
    if end and proved and end < proved.stated_on:
        return find_end(terms, proved) or end
    return end


def find_freight_payer(terms, known):
    """Say who pays for sending the goods back.

    Consumers who withdraw only pay if they were told so with their order.

    :param LegalTerms terms: the rule
    :param LegalFacts known: the line
    :return: ``company``, ``customer`` or empty where the law is silent
    """
    by_customer = terms.freight_payer == "customer"
    if terms.basis == WITHDRAWAL and by_customer and not was_informed(terms, known):
        return "company"
    return terms.freight_payer


def _find_obstacle(terms, known):
    """Say why a right cannot be used, None where it can.

    It is ``word`` where only somebody's word makes it hold.
    """
    if not known.sold:
        return "no_sale"
    if not terms.excluded.isdisjoint(known.traits):
        return "excluded"
    if terms.basis in DEFECT and not known.defective:
        return "no_defect"
    end = find_end(terms, known)
    if end is None:
        # One can withdraw before the period begins; a guarantee needs the goods.
        return None if terms.basis == WITHDRAWAL else "early"
    if known.stated_on > end:
        return "late"
    return "word" if known.proved and _find_obstacle(terms, known.proved) else None


def refund_due(stated_on, days, may_wait, shown_on):
    """Say by when money has to be given back, and whether that may still be put off.

    :param date stated_on: the day on which the customer withdrew
    :param int days: within how many days it has to be given back
    :param bool may_wait: it may wait for the goods, or for proof that they were sent
    :param shown_on: the first day on which the goods or the proof of sending had
        arrived; None while neither has
    :return: ``(last day, whether it still waits)``
    :rtype: tuple[date, bool]
    """
    due = stated_on + timedelta(days)
    if not may_wait:
        return due, False
    return max(due, shown_on or due), shown_on is None


def compile_legal(rules, terms):
    """Sort legal rules by basis and customer, and prepare them for matching.

    :param rules: iterable of :class:`~.matching.Rule`
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
