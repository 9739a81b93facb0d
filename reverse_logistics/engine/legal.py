"""What the law grants a customer, whatever policy says.

Of each basis the most specific rule counts, as for every kind of rule. A right is only
granted while it can be used: on time, for defective goods where the law asks for a
defect, and for goods that are not excluded from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .eligibility import Legal, warranty_end
from .matching import compile_rules

#: The bases, the one that gives the customer most first.
BASES = ("statutory_warranty", "withdrawal", "commercial")
#: Bases that are about goods that are not as they should be.
DEFECT = frozenset({"statutory_warranty"})


@dataclass(frozen=True)
class LegalTerms:
    """What one legal rule says.

    :param int rule: its id
    :param str basis: one of ``BASES``
    :param str audience: ``consumer``, ``business`` or ``both``
    :param int period: how long the right lasts from the delivery
    :param str unit: ``days`` or ``months``
    :param frozenset excluded: ids of traits of goods it does not hold for
    :param str freight_payer: ``company`` or ``customer``, empty where it is silent
    """

    rule: int
    basis: str
    audience: str = "both"
    period: int = 0
    unit: str = "days"
    excluded: frozenset = frozenset()
    freight_payer: str = ""

    def until(self, delivered_on):
        """Give the last day of the right."""
        if self.unit == "months":
            return warranty_end(delivered_on, self.period)
        return delivered_on + timedelta(days=self.period)


@dataclass(frozen=True)
class LegalFacts:
    """What the law asks about one line.

    :param date requested_on: day of the request
    :param delivered_on: day of the delivery, None when unknown: no right has begun
    :param bool consumer: the customer is no business
    :param bool defective: the goods are not as they should be
    :param frozenset traits: ids of the traits of the goods
    """

    requested_on: date
    delivered_on: date | None = None
    consumer: bool = False
    defective: bool = False
    traits: frozenset = frozenset()


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
        if known.delivered_on is None:
            return None
        for basis in BASES:
            group = self.groups.get((basis, known.consumer))
            rule = group and group.winner(matched)
            terms = rule and self.terms[rule.id]
            if terms and _holds(terms, known):
                until = terms.until(known.delivered_on)
                return Legal(basis, until, terms.rule, terms.freight_payer)
        return None


def _holds(terms, known):
    return (
        (known.defective or terms.basis not in DEFECT)
        and terms.excluded.isdisjoint(known.traits)
        and known.requested_on <= terms.until(known.delivered_on)
    )


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
