"""What components are worth of their kit."""

import importlib.util
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

_PATH = Path(__file__).resolve().parents[2] / "reverse_logistics_mrp/engine/kits.py"
_SPEC = importlib.util.spec_from_file_location("reverse_kits", _PATH)
kits = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(kits)

PER_KIT = {"frame": 1.0, "wheel": 2.0}
AMOUNTS = st.integers(0, 10_000).map(lambda cents: cents / 100)


def test_shares_by_the_first_weights_that_say_something():
    assert kits.shares({}, {"a": 60.0, "b": 40.0}) == {"a": 0.6, "b": 0.4}
    assert kits.shares({"a": 0.0}, {"a": 0.0, "b": 0.0}) == {"a": 0.5, "b": 0.5}


def test_components_are_worth_their_share():
    share = {"frame": 0.6, "wheel": 0.4}
    assert abs(kits.worth({"wheel": 1.0}, PER_KIT, share) - 0.2) < 1e-9
    assert kits.worth({"unknown": 1.0}, PER_KIT, share) == 0


def test_a_kit_is_complete_with_its_last_component():
    assert kits.complete({"wheel": 4.0}, PER_KIT) == 0
    assert kits.complete({"wheel": 3.0, "frame": 5.0}, PER_KIT) == 1
    assert kits.complete({"wheel": 4.0, "frame": 2.0}, PER_KIT) == 2
    assert kits.complete({"wheel": -2.0, "frame": 2.0}, PER_KIT) == 0
    assert kits.complete({}, {}) == 0


@given(st.dictionaries(st.sampled_from("abcdef"), AMOUNTS, min_size=1))
def test_all_components_are_one_kit(weights):
    share = kits.shares(weights)
    per_kit = dict.fromkeys(weights, 3.0)
    assert abs(sum(share.values()) - 1.0) < 1e-9
    assert abs(kits.worth(per_kit, per_kit, share) - 1.0) < 1e-9


def test_kits_of_two_bills_hold_the_mean_of_both():
    assert kits.need([(4.0, 2.0)]) == 2.0
    # two kits of 2 and one of 3
    assert abs(kits.need([(4.0, 2.0), (3.0, 3.0)]) - 7 / 3) < 1e-9
    assert kits.need([(0.0, 2.0)]) == 2.0


def test_exchanged():
    back = {"wheel": 2.0, "frame": 1.0, "unknown": 1.0}
    sent = {"wheel": 7.0, "frame": 3.0}
    assert kits.exchanged(sent, back, PER_KIT, 3) == {"wheel": 1.0, "frame": 0.0}
    assert kits.exchanged(sent, back, PER_KIT, 2) == {"wheel": 2.0, "frame": 1.0}
    assert kits.exchanged(sent, {}, PER_KIT, 2) == {"wheel": 0.0, "frame": 0.0}


def test_lines_of_a_bill_with_the_same_product_count_together():
    rows = [{"share": 10.0, "cost": 2.0}, {"share": 5.0, "cost": 2.0}]
    assert kits.join(rows) == {"share": 15.0, "cost": 2.0}
    assert kits.join([*rows, {"share": None, "cost": 2.0}])["share"] is None
