"""Decide whether goods may come back, and whether policy or a person says so.

Days are those of the company, so that a window does not depend on who asks from where.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from .days import add_months
from .recovery import Handling, Returnless, stays

#: What a policy may count its window from.
STARTS = ("delivery", "invoice", "order")

#: When the credit is released: as soon as the return is authorized, shipped by the
#: customer, received or inspected, or only when a person releases it.
RELEASES = ("authorization", "shipped", "receipt", "inspection", "person")

#: What can be decided, the best for the customer first.
OUTCOMES = ("authorize", "review", "exception", "refuse")


@dataclass(frozen=True)
class Terms:
    """What a policy rule says of the goods it is about.

    :param bool returnable: False for a final sale
    :param window_days: days within which goods may come back, None for any time
    :param str window_from: one of ``STARTS``: the day from which they count
    :param frozenset proofs: codes of the proofs that a request has to come with
    :param frozenset withheld: what customers may not choose as settlement
    :param float max_quantity: largest quantity of a product in a return, its unit; 0
        for any
    :param float max_value: largest net value of a product in a return, company
        currency; 0 for any
    :param bool by_policy: policy authorizes by itself what its terms allow
    :param int warranty_months: how long defective goods may come back; 0 for no
        warranty
    :param str warranty_from: one of ``STARTS``: the day on which warranties begin
    :param frozenset agreements: ids of the customers' agreements the rule is about
    :param str release: one of ``RELEASES``
    :param Returnless returnless: when goods need not come back
    """

    returnable: bool = True
    window_days: int | None = None
    window_from: str = "delivery"
    proofs: frozenset = frozenset()
    withheld: frozenset = frozenset()
    max_quantity: float = 0.0
    max_value: float = 0.0
    by_policy: bool = True
    warranty_months: int = 0
    warranty_from: str = "delivery"
    agreements: frozenset = frozenset()
    release: str = "inspection"
    returnless: Returnless = Returnless()


@dataclass(frozen=True)
class Legal:
    """A right that the law gives the customer, whatever policy says.

    :param str basis: which right; also the code of a decision that rests on it
    :param until: the last day on which it can be used, None before its period begins
    :param rule: id of the legal rule that grants it
    :param str freight_payer: ``company`` or ``customer``, empty where the law is silent
    :param bool by_word: only what somebody has noted by hand makes it hold
    :param bool unconditional: it holds without a rule of policy, and without proofs
    """

    basis: str
    until: date | None
    rule: int | None = None
    freight_payer: str = ""
    by_word: bool = False
    unconditional: bool = False


@dataclass(frozen=True)
class Doubt:
    """Why it is not clear that a customer may withdraw as they stated.

    :param str code: key of the sentence that says so
    :param until: the last day of the right, when the doubt is that it has passed
    """

    code: str
    until: date | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of one requested line.

    :param date requested_on: day of the request
    :param starts: ``{one of STARTS: day}``; what is not known is left out
    :param bool sourced: it is known by which delivery or sale the goods left
    :param bool never_arrived: the carrier brought the parcel back
    :param bool defective: the reason says that the goods are not as they should be
    :param warranty_from: the day on which the warranty began, None when unknown
    :param int warranty_months: warranty of the product itself; 0 for none
    :param frozenset proofs: codes of the proofs that are there
    :param str settlement: what the customer wants
    :param float quantity: in the product's unit
    :param float value: net, company currency
    :param float product_quantity: of the product in all of the return, over however
        many lines it was split
    :param float product_value: net value of ``product_quantity``
    :param float elsewhere_quantity: of the product in other returns of the same sale
    :param float elsewhere_value: net value of ``elsewhere_quantity``
    :param float whole_quantity: what the return asks back of the same sale, over
        however many lines it was split, in the product's unit
    :param float whole_value: net value of ``whole_quantity``
    :param float stayed_value: net value of goods of the same sale that the customer
        keeps because of other returns
    :param float pack: the product comes back in multiples of this; 0 for any quantity
    :param float min_value: least net value of the product in a return; 0 for any
    :param life_days: days for which the goods can still be used, None when unknown
    :param int min_life_days: least number of such days; 0 for any
    :param bool excluded: the product, or the sale, is marked as not returnable
    :param quota_left: value that the customer's agreement still allows, None when no
        agreement is about these goods
    :param bool order_missing: the agreement requires a new order, and none is named
    :param bool keepable: goods like these, settled like this, may stay with the
        customer
    :param Handling handling: what it costs to have ``whole_quantity`` back
    :param bool withdrawn: the customer has stated a withdrawal
    :param doubt: a :class:`Doubt` unless the withdrawal is clearly their right
    """

    requested_on: date
    starts: Mapping[str, date] = field(default_factory=dict)
    sourced: bool = True
    never_arrived: bool = False
    defective: bool = False
    warranty_from: date | None = None
    warranty_months: int = 0
    proofs: frozenset = frozenset()
    settlement: str = ""
    quantity: float = 0.0
    value: float = 0.0
    product_quantity: float = 0.0
    product_value: float = 0.0
    elsewhere_quantity: float = 0.0
    elsewhere_value: float = 0.0
    whole_quantity: float = 0.0
    whole_value: float = 0.0
    stayed_value: float = 0.0
    pack: float = 0.0
    min_value: float = 0.0
    life_days: int | None = None
    min_life_days: int = 0
    excluded: bool = False
    quota_left: float | None = None
    order_missing: bool = False
    keepable: bool = False
    handling: Handling = Handling()
    withdrawn: bool = False
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Decision:
    """What is decided about one line, and why.

    :param str outcome: ``authorize``; ``review``: a person decides; ``exception``: it
        is outside of policy, so that only an approver may allow it; ``refuse``: it
        cannot be asked for like this
    :param str code: why; key of the sentence that says so
    :param days: days between the start of the window and the request, None if unknown
    :param missing: codes of missing proofs, in the order of their names
    :param until: the last day of the right that decides, None for windows
    :param warranty_until: the last day of the warranty, None without one
    :param str release: one of ``RELEASES``
    :param bool returnless: the goods need not come back
    :param str freight_payer: of the right that the customer has, see :class:`Legal`
    """

    outcome: str
    code: str
    days: int | None = None
    missing: tuple = ()
    until: date | None = None
    warranty_until: date | None = None
    release: str = "inspection"
    returnless: bool = False
    freight_payer: str = ""


def decide(facts, terms, legal=None):
    """Decide on one line.

    :param Facts facts: the line
    :param terms: :class:`Terms` of the rule that applies, None when none does
    :param legal: a :class:`Legal` right of the customer, None without one
    :rtype: Decision
    """
    if legal and not legal.by_word and legal.until and facts.requested_on > legal.until:
        legal = None
    if facts.withdrawn:
        decision = _decide_withdrawal(facts, terms, legal)
    else:
        decision = _decide(facts, terms, legal)
    follows = {}
    if until := _find_warranty_end(facts, terms):
        follows["warranty_until"] = until
    if terms and terms.release != decision.release:
        follows["release"] = terms.release
    if _is_returnless(facts, terms, decision):
        follows["returnless"] = True
    elif legal and legal.freight_payer and not facts.never_arrived:
        follows["freight_payer"] = legal.freight_payer
    return replace(decision, **follows) if follows else decision


def better(first, second):
    """Tell whether a second edition of the terms gives the customer more for a line.

    :param first: ``(outcome, fee, by right)`` by the terms in force
    :param second: the same by the terms under which the customer bought
    :rtype: bool
    """

    def rank(said):
        outcome, fee, by_right = said
        return OUTCOMES.index(outcome), fee, not by_right

    return rank(second) < rank(first)


def find_missing(facts, terms):
    """Give the codes of the missing proofs, in alphabetical order.

    :param Facts facts: the line
    :param Terms terms: the rule that applies
    :rtype: tuple[str, ...]
    """
    return tuple(sorted(terms.proofs - facts.proofs))


def _decide_withdrawal(facts, terms, legal):
    """Decide on a line of a stated withdrawal.

    A withdrawal takes effect when it arrives: no rule, proof or approval stops a clear
    one. On an unclear one, and on one that rests on somebody's word, a person decides,
    unless policy takes the goods back anyway.
    """
    days = _days(facts, terms) if terms else None
    if not facts.sourced:
        return Decision("review", "no_source")
    if legal and not legal.by_word:
        return Decision("authorize", legal.basis, days, until=legal.until)
    decision = _decide(facts, terms, None)
    if decision.outcome == "authorize":
        return decision
    by_word = legal and Doubt("withdrawal_word", legal.until)
    doubt = by_word or facts.doubt or Doubt(decision.code)
    return replace(decision, outcome="review", code=doubt.code, until=doubt.until)


def _decide(facts, terms, legal):
    if legal and legal.unconditional and facts.sourced:
        return Decision("authorize", legal.basis, until=legal.until)
    if terms and facts.never_arrived and terms.by_policy:
        return _decide_parcel(facts, terms)
    # Customers cannot prove anything about goods that they never had in their hands.
    asked = terms and not facts.never_arrived
    missing = find_missing(facts, terms) if asked else ()
    if missing and not legal:
        return Decision("refuse", "proof", _days(facts, terms), missing)
    if not facts.sourced:
        return Decision("review", "no_source")
    if terms is None:
        return Decision("review", "no_rule")
    days = _days(facts, terms)
    right, until = _find_right(facts, terms, legal)
    outside = None if right else _find_deadline(facts, terms, days)
    if not (legal and right == legal.basis):
        outside = outside or _find_limit(facts, terms, right)
    if outside:
        return Decision("exception", outside, days)
    if missing:
        # A missing proof takes no right away: a person asks the customer for it.
        return Decision("review", "proof_lawful", days, missing)
    if not terms.by_policy:
        return Decision("review", "manual", days)
    return Decision("authorize", right or "in_window", days, until=until)


def _decide_parcel(facts, terms):
    """Decide on goods that the carrier brought back.

    That a parcel was never handed over is the word of one person. Goods that could not
    come back otherwise, or not so many of them, are looked at by a second one.
    """
    days = _days(facts, terms)
    outside = _find_deadline(facts, terms, days)
    too_much = _find_limit(facts, terms, "warranty")
    if outside in ("late", "final_sale") or too_much in ("max_quantity", "max_value"):
        return Decision("review", "carrier_doubt", days)
    return Decision("authorize", "carrier", days)


def warranty_end(start, months):
    """Give the last day of a warranty.

    :param date start: the day on which it begins
    :param int months: how long it lasts; see :func:`~.days.add_months`
    :rtype: date
    """
    return add_months(start, months)


def find_warranty_end(start, months, terms):
    """Give the last day of the warranty on the goods of a line.

    :param start: the day on which it began, None when that is not known
    :param int months: the warranty of the product itself; 0 for none
    :param terms: :class:`Terms` of the rule that applies, None when none does
    :return: a date, None without a warranty or when its first day is not known
    """
    months = (terms and terms.warranty_months) or months
    return warranty_end(start, months) if months and start else None


def _find_warranty_end(facts, terms):
    return find_warranty_end(facts.warranty_from, facts.warranty_months, terms)


def _days(facts, terms):
    start = facts.starts.get(terms.window_from)
    return (facts.requested_on - start).days if start else None


def _find_right(facts, terms, legal):
    """Give the right that stands above window and final sale, and its last day."""
    if legal:
        return legal.basis, legal.until
    until = _find_warranty_end(facts, terms) if facts.defective else None
    if until and facts.requested_on <= until:
        return "warranty", until
    return None, None


def _find_deadline(facts, terms, days):
    """Say why the goods may not come back at all, or no longer."""
    if facts.excluded or not terms.returnable:
        return "final_sale"
    if terms.window_days is None:
        return None
    if days is None:
        return f"no_{terms.window_from}"
    return "late" if days > terms.window_days else None


def _find_limit(facts, terms, right):
    """Give the code of the policy's limit that the line exceeds; the law knows none.

    Limits on the goods themselves (packs, remaining life, quota and the like) do not
    bind a warranty: defects do not come in packs. Then only the limits of the rule
    count.
    """
    limits = {
        "settlement": facts.settlement in terms.withheld,
        "max_quantity": terms.max_quantity
        and facts.product_quantity + facts.elsewhere_quantity > terms.max_quantity,
        "max_value": terms.max_value
        and facts.product_value + facts.elsewhere_value > terms.max_value,
    }
    of_goods = {
        "min_value": facts.min_value and facts.product_value < facts.min_value,
        "pack": facts.pack and not _is_multiple(facts.product_quantity, facts.pack),
        "life": facts.min_life_days
        and facts.life_days is not None
        and facts.life_days < facts.min_life_days,
        "order": facts.order_missing,
        "quota": facts.quota_left is not None and facts.value > facts.quota_left,
    }
    if right != "warranty":
        limits |= of_goods
    return next((code for code, exceeded in limits.items() if exceeded), None)


def _is_returnless(facts, terms, decision):
    """Tell whether the goods stay with the customer, which no refused goods do."""
    return bool(
        terms
        and terms.returnless.mode != "no"
        and facts.keepable
        and facts.sourced
        and not facts.never_arrived
        and decision.outcome != "refuse"
        and stays(
            terms.returnless,
            max(facts.value, facts.whole_value),
            max(facts.quantity, facts.whole_quantity),
            facts.handling,
            facts.stayed_value,
        )
    )


def _is_multiple(quantity, pack):
    packs = quantity / pack
    return abs(packs - round(packs)) < 1e-6
