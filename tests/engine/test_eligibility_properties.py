"""What holds of decisions whatever a rule says and whatever is known."""

from dataclasses import replace
from datetime import date, timedelta

from engine.eligibility import STARTS, Doubt, Facts, Legal, Terms, better, decide
from engine.recovery import Returnless
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2030, 6, 15)
#: The better for the customer, the lower.
RANK = {"authorize": 0, "review": 1, "exception": 2, "refuse": 3}
PROOFS = ("hazard", "photo", "purchase", "serial")
DAYS = st.integers(0, 900).map(lambda days: TODAY - timedelta(days=days))
SMALL = st.integers(0, 5).map(float)
SETS = st.frozensets(st.sampled_from(PROOFS))
TERMS = st.builds(
    Terms,
    returnable=st.booleans(),
    window_days=st.none() | st.integers(0, 900),
    window_from=st.sampled_from(STARTS),
    proofs=SETS,
    withheld=st.frozensets(st.sampled_from(["refund", "replacement"])),
    max_quantity=SMALL,
    max_value=SMALL,
    by_policy=st.booleans(),
    warranty_months=st.integers(0, 36),
)
FACTS = st.builds(
    Facts,
    requested_on=st.just(TODAY),
    starts=st.dictionaries(st.sampled_from(STARTS), DAYS),
    sourced=st.booleans(),
    never_arrived=st.booleans(),
    defective=st.booleans(),
    warranty_from=st.none() | DAYS,
    warranty_months=st.integers(0, 36),
    proofs=SETS,
    settlement=st.sampled_from(["refund", "replacement"]),
    quantity=SMALL,
    value=SMALL,
    product_quantity=SMALL,
    product_value=SMALL,
    pack=st.sampled_from([0.0, 1.0, 2.0]),
    min_value=SMALL,
    life_days=st.none() | st.integers(0, 90),
    min_life_days=st.sampled_from([0, 30]),
    excluded=st.booleans(),
    quota_left=st.none() | SMALL,
    order_missing=st.booleans(),
)
RIGHTS = st.builds(
    Legal,
    basis=st.just("withdrawal"),
    until=st.integers(-30, 30).map(lambda days: TODAY + timedelta(days=days)),
)


def rank(facts, terms, legal=None):
    return RANK[decide(facts, terms, legal).outcome]


@given(FACTS, TERMS, RIGHTS)
def test_a_right_never_makes_it_worse(facts, terms, right):
    assert rank(facts, terms, right) <= rank(facts, terms)
    expired = Legal(right.basis, TODAY - timedelta(days=1))
    assert decide(facts, terms, expired) == decide(facts, terms)


@given(FACTS, TERMS, st.sampled_from(PROOFS))
def test_one_more_proof_never_makes_it_worse(facts, terms, proof):
    shown = replace(facts, proofs=facts.proofs | {proof})
    assert rank(shown, terms) <= rank(facts, terms)
    asked = replace(terms, proofs=terms.proofs | {proof})
    assert rank(facts, asked) >= rank(facts, terms)


@given(FACTS, TERMS, st.none() | RIGHTS, st.integers(1, 400))
def test_waiting_never_makes_it_better(facts, terms, right, days):
    later = replace(facts, requested_on=TODAY + timedelta(days=days))
    assert rank(later, terms, right) >= rank(facts, terms, right)


@given(FACTS, TERMS, st.none() | RIGHTS)
def test_policy_authorizes_only_what_it_may(facts, terms, right):
    found = decide(facts, terms, right)
    if found.outcome != "authorize":
        return
    assert terms.by_policy
    if found.code == "carrier":
        assert facts.never_arrived
        return
    assert terms.proofs <= facts.proofs
    assert facts.sourced
    if found.code == "in_window":
        assert terms.returnable and not facts.excluded
        assert terms.window_days is None or found.days <= terms.window_days
    else:
        assert facts.requested_on <= found.until
    if found.code != "withdrawal":
        assert facts.settlement not in terms.withheld
        assert not facts.order_missing or found.code == "warranty"


@given(FACTS, TERMS, st.none() | RIGHTS)
def test_only_a_missing_proof_refuses_and_it_is_named(facts, terms, right):
    found = decide(facts, terms, right)
    assert (found.outcome == "refuse") == (found.code == "proof")
    assert bool(found.missing) == (found.code in ("proof", "proof_lawful"))
    if found.missing:
        assert set(found.missing) == terms.proofs - facts.proofs


@given(FACTS, RIGHTS)
def test_what_no_rule_covers_goes_to_a_person(facts, right):
    assert decide(facts, None, right).outcome == "review"


@given(FACTS, TERMS, st.none() | RIGHTS)
def test_a_person_instead_of_policy_sees_what_policy_would_have_authorized(
    facts, terms, right
):
    by_policy = decide(facts, replace(terms, by_policy=True), right)
    by_person = decide(facts, replace(terms, by_policy=False), right)
    assert by_person.outcome != "authorize"
    if by_policy.code == "carrier_doubt":
        # what comes back unasked is told apart only where policy may decide
        assert by_policy.outcome == "review"
    elif by_policy.outcome != "authorize":
        assert by_person == by_policy
    elif by_policy.code != "carrier":
        assert by_person.outcome == "review"


@given(FACTS, st.none() | TERMS, RIGHTS, st.sampled_from(["late", "excluded"]))
def test_nothing_refuses_a_withdrawal(facts, terms, right, code):
    stated = replace(facts, withdrawn=True, doubt=Doubt(code))
    found = decide(stated, terms, right)
    if not facts.sourced:
        assert (found.outcome, found.code) == ("review", "no_source")
    elif right.until >= TODAY:
        # neither a rule nor a proof nor a person stands in its way
        assert (found.outcome, found.code) == ("authorize", "withdrawal")
    else:
        ordinary = decide(facts, terms)
        assert found.outcome in ("authorize", "review")
        assert (found.outcome == "authorize") == (ordinary.outcome == "authorize")
        assert found.outcome == "authorize" or found.code == code
    begun = decide(stated, terms, replace(right, until=None))
    assert begun.outcome == "authorize" or not facts.sourced


# ----------------------------------------------------------------------
# Splitting a wish
# ----------------------------------------------------------------------
RETURNLESS = st.builds(
    Returnless,
    mode=st.sampled_from(["no", "below", "recovery"]),
    value=SMALL,
    percent=st.sampled_from([0.0, 50.0]),
)
#: Goods that come back but for the limits of their rule.
PLAIN = st.builds(
    Facts,
    requested_on=st.just(TODAY),
    starts=st.just(dict.fromkeys(STARTS, TODAY)),
    defective=st.booleans(),
    warranty_from=st.just(TODAY),
    min_value=SMALL,
)
LIMITED = st.builds(
    Terms,
    max_quantity=st.integers(0, 15).map(float),
    max_value=st.integers(0, 15).map(float),
    warranty_months=st.sampled_from([0, 12]),
)
#: What is asked back of one sale: quantity and value of each part of it.
PARTS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1, max_size=5
)


def add(parts):
    """Sum up the quantity and the value of parts; whole numbers sum up exactly."""
    return tuple(float(sum(column)) for column in zip(*parts, (0, 0), strict=True))


def ask(facts, line, rest, elsewhere):
    """Give the facts of one line, beside others of its return and other returns.

    A quota and packs are what is left for the line, and what lies in the return.
    """
    quantity, value = add([line])
    product_quantity, product_value = add([line, *rest])
    elsewhere_quantity, elsewhere_value = add(elsewhere)
    return replace(
        facts,
        quantity=quantity,
        value=value,
        product_quantity=product_quantity,
        product_value=product_value,
        whole_quantity=product_quantity,
        whole_value=product_value,
        elsewhere_quantity=elsewhere_quantity,
        elsewhere_value=elsewhere_value,
        keepable=True,
        quota_left=None,
    )


@given(FACTS | PLAIN, TERMS | LIMITED, RETURNLESS, st.none() | RIGHTS, PARTS)
def test_lines_of_a_return_are_answered_as_one(facts, terms, returnless, right, parts):
    terms = replace(terms, returnless=returnless)
    whole = decide(ask(facts, add(parts), [], []), terms, right)
    for number, line in enumerate(parts):
        rest = parts[:number] + parts[number + 1 :]
        assert decide(ask(facts, line, rest, []), terms, right) == whole


@given(PLAIN, LIMITED, st.none() | RIGHTS, PARTS)
def test_several_returns_get_no_more_than_one(facts, terms, right, parts):
    """The rest waits elsewhere; only a return of full packs is one for itself."""
    whole = decide(ask(facts, add(parts), [], []), terms, right)
    for number, line in enumerate(parts):
        rest = parts[:number] + parts[number + 1 :]
        part = decide(ask(facts, line, [], rest), terms, right)
        assert RANK[part.outcome] >= RANK[whole.outcome]
        if not facts.min_value:
            assert (part.outcome, part.code) == (whole.outcome, whole.code)


SAID = st.tuples(st.sampled_from(list(RANK)), SMALL, st.booleans())


@given(SAID, SAID, SAID)
def test_the_better_terms_are_told_apart(one, two, three):
    assert not better(one, one)
    assert not (better(one, two) and better(two, one))
    if better(one, two) and better(two, three):
        assert better(one, three)
    if RANK[two[0]] < RANK[one[0]]:
        assert better(one, two)
