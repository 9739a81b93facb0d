"""What seals say about chains that are there, changed or gone."""

from engine.chain import changed_chains, missing_chains, sealed_state
from hypothesis import given
from hypothesis import strategies as st

HEADS = st.text("0123456789abcdef", min_size=4, max_size=4)
CHAINS = st.dictionaries(
    st.integers(1, 50), st.tuples(st.integers(1, 9), HEADS), max_size=8
)


@given(CHAINS)
def test_what_is_sealed_is_not_sealed_again(chains):
    entries = changed_chains(chains, {})
    assert [number for number, _count, _head in entries] == sorted(chains)
    assert sealed_state([entries]) == chains
    assert changed_chains(chains, sealed_state([entries])) == []


@given(CHAINS, CHAINS)
def test_later_seals_add_to_earlier_ones(first, growth):
    later = {
        number: (first.get(number, (0, ""))[0] + count, head)
        for number, (count, head) in growth.items()
    }
    state = sealed_state([changed_chains(first, {}), changed_chains(later, first)])
    assert state == {**first, **later}


def test_a_shorter_chain_does_not_replace_a_longer_one():
    assert sealed_state([[[7, 3, "c"]], [[7, 2, "b"]]]) == {7: (3, "c")}
    assert sealed_state([[[7, 2, "b"]], [[7, 3, "c"]]]) == {7: (3, "c")}


@given(CHAINS, st.data())
def test_gone_and_changed_chains_are_found(chains, data):
    found = {number: head for number, (_count, head) in chains.items()}
    assert missing_chains(chains, found) == []
    for number in chains:
        what = data.draw(st.sampled_from(["there", "gone", "changed"]))
        if what == "gone":
            del found[number]
        elif what == "changed":
            found[number] = "other"
    wrong = {number for number in chains if found.get(number) != chains[number][1]}
    assert missing_chains(chains, found) == sorted(wrong)
