import hashlib
import math

import pytest
from engine.chain import ROOT, canonical, first_break, link
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
PAYLOADS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


def build(payloads):
    links, previous = [], ROOT
    for payload in payloads:
        digest = link(previous, payload)
        links.append((previous, digest, payload))
        previous = digest
    return links, previous


def test_the_hash_is_sha_256_of_the_one_spelling():
    payload = {"b": 1, "a": ["é", None, 1.5]}
    assert canonical(payload) == '{"a":["é",null,1.5],"b":1}'
    expected = hashlib.sha256((ROOT + canonical(payload)).encode()).hexdigest()
    assert link(ROOT, payload) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        canonical({"value": value})
    with pytest.raises(TypeError, match="not JSON serializable"):
        canonical({"value": object()})


def test_what_the_database_gives_back_is_hashed():
    """It knows no point of large whole numbers, and no sign of nothing."""
    assert canonical({"value": 1e16}) == '{"value":10000000000000000}'
    assert canonical({"value": [-0.0, 0]}) == '{"value":[0.0,0]}'


@given(PAYLOADS)
def test_the_spelling_ignores_the_order_of_keys(payload):
    backwards = dict(reversed(payload.items()))
    assert canonical(backwards) == canonical(payload)
    assert link(ROOT, backwards) == link(ROOT, payload)


@given(st.lists(PAYLOADS, max_size=6))
def test_a_chain_holds(payloads):
    links, head = build(payloads)
    assert first_break(links) is None
    assert first_break(links, head, len(links)) is None


@given(st.lists(PAYLOADS, min_size=1, max_size=6), st.data())
def test_a_changed_link_is_found(payloads, data):
    links, head = build(payloads)
    position = data.draw(st.integers(0, len(links) - 1))
    previous, digest, payload = links[position]
    links[position] = (previous, digest, {**payload, "changed": "yes, it was"})
    assert first_break(links, head, len(links)) == position
    # hashed again to hide the change, the next link or the head shows it
    links[position] = (previous, link(previous, links[position][2]), links[position][2])
    assert first_break(links, head) == position + 1


@given(st.lists(PAYLOADS, min_size=2, max_size=6), st.data())
def test_a_dropped_or_swapped_link_is_found(payloads, data):
    links, head = build(payloads)
    position = data.draw(st.integers(0, len(links) - 2))
    dropped = links[:position] + links[position + 1 :]
    assert first_break(dropped, head, len(links)) == position
    swapped = links[:]
    swapped[position], swapped[position + 1] = swapped[position + 1], swapped[position]
    assert first_break(swapped, head, len(links)) == position


@given(st.lists(PAYLOADS, min_size=1, max_size=6))
def test_missing_links_at_the_end_are_found(payloads):
    links, head = build(payloads)
    assert first_break(links[:-1]) is None
    assert first_break(links[:-1], head=head) == len(links) - 1
    assert first_break(links[:-1], count=len(links)) == len(links) - 1
