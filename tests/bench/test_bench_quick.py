"""The whole command in its quick mode.

Queries, and how fast the engine decides, which leaves a busy machine much room; other
times depend on the machine.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.cases import CASES, LEAST_PER_SECOND, MOST_QUERIES
from bench.claiming import FEW, MOST_OPENING, MOST_SOURCE, SHARE

COMMAND = Path(__file__).resolve().parents[2] / "setup" / "lib" / "bench.py"


@pytest.fixture(scope="module")
def run():
    """The finished process."""
    assert "ODOO_RC" in os.environ, "needs the environment of setup/test"
    command = [sys.executable, str(COMMAND), "--quick", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_budget_is_kept(run):
    budgets = json.loads(run.stdout)["budgets"]
    assert len(budgets) == len(CASES) + 2 + 6, "two for decisions, six for claims"
    assert [each for each in budgets if not each["passed"]] == []
    assert run.returncode == 0, run.stderr


def test_each_case_is_measured_in_three_ways(run):
    measured = json.loads(run.stdout)["measured"]
    ways = {(each["case"], each["way"]) for each in measured}
    assert ways == {
        (case.key, way) for case in CASES for way in ("floor", "wizards", "ours")
    }
    queries = {
        (each["case"], each["way"]): each["queries"]["median"] for each in measured
    }
    for case in CASES:
        assert 0 < queries[case.key, "floor"]
        assert 0 < queries[case.key, "ours"]


def test_returns_together_cost_less_than_alone(run):
    measured = json.loads(run.stdout)["measured"]
    ours = {each["case"]: each for each in measured if each["way"] == "ours"}
    assert ours["returns"]["queries"]["median"] < ours["line"]["queries"]["median"] / 3
    assert ours["returns"]["returns"] == 20


def test_claims_are_opened_with_few_queries(run):
    claims = json.loads(run.stdout)["claims"]
    assert claims["lots"] == FEW
    assert 0 < claims["source"] <= MOST_SOURCE
    assert 0 < claims["opening"] <= MOST_OPENING


@pytest.mark.parametrize("name", ["list", "form", "unclaimed", "portal"])
def test_claims_are_shown_as_purchases_are(run, name):
    ours, theirs = json.loads(run.stdout)["claims"][name]
    assert 0 < ours <= SHARE * theirs


def test_many_lines_are_decided_with_few_queries_and_fast(run):
    decisions = json.loads(run.stdout)["decisions"]
    assert 0 < decisions["queries"] <= MOST_QUERIES
    assert decisions["per_second"] >= LEAST_PER_SECOND
