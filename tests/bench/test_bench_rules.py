"""The rules that decisions are measured with are as different as those of a company."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from bench.rules import RULES, THINGS, mixed, per_second

CORE = Path(__file__).resolve().parents[2] / "reverse_logistics"


@pytest.fixture(scope="module")
def engine():
    """The engine as a package of its own."""
    sys.path.insert(0, str(CORE))
    try:
        from engine import eligibility, matching

        yield matching, eligibility
    finally:
        sys.path.remove(str(CORE))


def test_every_kind_of_condition_decides_something(engine):
    matching, _eligibility = engine
    rules, things = mixed(matching)
    assert (len(rules), len(things)) == (RULES, THINGS)
    compiled = matching.compile_rules(rules)
    assert set(compiled.dimensions) == set(matching.DIMENSIONS)
    found = [compiled.match(facts) for facts in things]
    assert all(found), "there is a rule for everything"
    decided = Counter(each.decided_by for each in found)
    assert len(decided) > 10
    assert decided.most_common(1)[0][1] < THINGS / 2
    assert len({each.rule.id for each in found}) > RULES / 4


def test_the_mixture_is_always_the_same(engine):
    matching, _eligibility = engine
    assert mixed(matching) == mixed(matching)


def test_a_round_is_measured(engine):
    assert per_second(*engine, rounds=2) > 0
