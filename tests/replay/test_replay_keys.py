from hypothesis import given
from hypothesis import strategies as st
from replay import keys

KEYS = st.text(st.characters(exclude_categories=["Cs"]))


def test_plain_keys_are_written_as_they_are():
    assert keys.identifier("product", "85048A") == "product_85048A"
    assert keys.identifier("product", "GIFT_0001_20") == "product_GIFT_0001_20"


def test_other_characters_are_written_as_their_bytes():
    assert keys.identifier("product", "BANK CHARGES") == "product_BANK%20CHARGES"
    assert keys.identifier("product", "A/É") == "product_A%2F%C3%89"


def test_a_key_that_looks_like_a_written_one_stays_apart():
    assert keys.identifier("product", "BANK%20CHARGES") == "product_BANK%2520CHARGES"


@given(key=KEYS)
def test_every_key_can_be_read_back_from_an_identifier_without_spaces(key):
    name = keys.identifier("order", key)
    assert keys.key("order", name) == key
    assert name.isascii()
    assert not set(name) & set(" \t\n/'\"")
