"""Budgets, statistics and what is printed, without any database."""

import json
from dataclasses import replace

import pytest
from bench.cases import CASES, Case, Decisions
from bench.claiming import Claims
from bench.output import as_json, as_text, verdicts
from bench.pages import Page
from bench.profile import Profile, beyond, normalise
from bench.runner import Stats, summary

LINE = Case("line", "1 line", 1, 1, rounds=1, extra=110)
LINES = Case("lines", "20 lines", 1, 20, rounds=1, share=1.2)
FAST = Decisions(per_second=20_000.0, queries=40, milliseconds=9000.0)


def measured(floor, ours):
    """What a case that takes so many queries looks like."""
    return {"floor": Stats([(floor, 200.0)]), "ours": Stats([(ours, 300.0)])}


def results(line, lines=(1000, 1100)):
    return [(100, {"line": measured(*line), "lines": measured(*lines)})]


def test_the_budgets_are_those_of_the_design():
    line, lines, returns = CASES
    assert line.limit(283) == 393
    assert lines.limit(837) == pytest.approx(1004.4)
    assert returns.limit(73) == pytest.approx(91.25)
    assert [case.explain() for case in CASES] == [
        "floor + 110",
        "1.2 × floor",
        "1.25 × floor",
    ]


@pytest.mark.parametrize(("queries", "passed"), [(510, True), (511, False)])
def test_a_budget_is_kept_up_to_its_limit(queries, passed):
    found = verdicts(results((400, queries)), [LINE, LINES], FAST)
    assert [each["passed"] for each in found] == [passed, True, True, True]
    assert found[0]["limit"] == 510


def test_the_number_of_returns_must_not_cost_more():
    few = {"line": measured(400, 450)}
    grown = [(100, few), (20000, {"line": measured(400, 480)})]
    found = [each["passed"] for each in verdicts(grown, [LINE], FAST)]
    assert found[:3] == [True, True, False]
    with_odoo = [(100, few), (20000, {"line": measured(430, 480)})]
    assert all(each["passed"] for each in verdicts(with_odoo, [LINE], FAST))


@pytest.mark.parametrize(
    ("decisions", "passed"),
    [
        (FAST, [True, True]),
        (replace(FAST, queries=55), [False, True]),
        (replace(FAST, per_second=19_999.0), [True, False]),
    ],
)
def test_decisions_are_held_to_queries_and_to_speed(decisions, passed):
    found = verdicts(results((400, 450)), [LINE, LINES], decisions)[-2:]
    assert [each["passed"] for each in found] == passed
    assert [each["least"] for each in found] == [False, True]


def test_the_table_names_what_failed():
    text = as_text(results((400, 600)), [LINE, LINES], FAST)
    assert "FAIL     600.0 ≤    510.0  1 line, at 100: floor + 110" in text
    assert "pass   1,100.0 ≤  1,200.0  20 lines, at 100: 1.2 × floor" in text
    assert "pass      40.0 ≤     54.0  deciding 10,000 lines by 200 rules" in text
    assert "pass  20,000.0 ≥ 20,000.0  decisions of the engine a second" in text
    assert "Deciding 10,000 lines: 9,000 ms" in text


def test_json_holds_the_same():
    found = json.loads(as_json(results((400, 600)), [LINE, LINES], FAST))
    passed = [each["passed"] for each in found["budgets"]]
    assert passed == [False, True, True, True]
    assert found["decisions"] == {
        "per_second": 20000.0,
        "queries": 40,
        "milliseconds": 9000.0,
    }
    ours = [each for each in found["measured"] if each["way"] == "ours"]
    assert ours[0]["queries"] == {"min": 600, "median": 600, "p95": 600}
    assert ours[0]["milliseconds"]["median"] == 300.0


def test_summary_takes_the_nearest_rank():
    assert summary(range(1, 101)) == {"min": 1, "median": 50.5, "p95": 95}
    assert summary([7.0]) == {"min": 7.0, "median": 7.0, "p95": 7.0}


def test_statements_are_grouped_whatever_their_values():
    first = normalise('SELECT "id" FROM "a" WHERE "id" IN (%s, %s)  LIMIT 1')
    second = normalise('SELECT "id"\nFROM "a" WHERE "id" IN (%s, %s, %s) LIMIT 80')
    assert first == second
    assert normalise('SAVEPOINT "0af1"') == normalise('SAVEPOINT "9be2"')


def test_only_what_is_beyond_the_floor_is_listed():
    ours, floor = Profile(), Profile()
    ours.statements.update(
        {("a", "here", ""): 3, ("a", "there", ""): 1, ("b", "", ""): 1}
    )
    floor.statements.update({("a", "", "odoo"): 1, ("b", "", "odoo"): 2})
    assert beyond(ours, floor) == [(3, "a", {("here", ""): 3, ("there", ""): 1})]
    assert beyond(floor, floor) == []


@pytest.mark.parametrize(
    "queries, milliseconds, kept",
    [(30, 150, [True, True]), (31, 150, [False, True]), (30, 151, [True, False])],
)
def test_pages_are_held_to_the_list_of_orders(queries, milliseconds, kept):
    page = Page("form", (1.5, 1.5), queries, milliseconds, 20, 100)
    found = results((400, 450)), [LINE, LINES], FAST, [page]
    assert [each["passed"] for each in verdicts(*found)[-2:]] == kept
    assert json.loads(as_json(*found))["pages"][0]["queries"] == queries
    assert "form: 1.5 × ms of Odoo's list of orders" in as_text(*found)


def test_claims_are_held_to_their_budgets():
    shown = {"list": (30, 20), "form": (45, 30), "unclaimed": (36, 24)}
    good = Claims(lots=1000, source=60, opening=5.0, portal=(30, 20), **shown)
    found = verdicts(results((400, 450)), [LINE, LINES], FAST, (), good)[-6:]
    assert found[0]["budget"] == "finding the purchases of 1,000 lots"
    assert [each["passed"] for each in found] == [True] * 6
    shown = {name: (ours + 1, theirs) for name, (ours, theirs) in shown.items()}
    dear = Claims(lots=100, source=61, opening=5.1, portal=(31, 20), **shown)
    found = verdicts(results((400, 450)), [LINE, LINES], FAST, (), dear)[-6:]
    assert [each["passed"] for each in found] == [False] * 6
    assert found[0]["budget"] == "finding the purchases of 100 lots"
    title = "a supplier's list of claims: 1.5 × Odoo's of its orders (1.55 ×)"
    assert found[-1]["budget"] == title
