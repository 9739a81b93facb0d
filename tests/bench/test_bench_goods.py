"""Each disposition of many pieces costs little more than Odoo's documents for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.disposing import FLOORS

COMMAND = Path(__file__).resolve().parents[2] / "setup" / "lib" / "bench.py"


@pytest.fixture(scope="module")
def run():
    """The finished process."""
    assert "ODOO_RC" in os.environ, "needs the environment of setup/test"
    command = [sys.executable, str(COMMAND), "--goods", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_disposition_keeps_its_budget(run):
    found = json.loads(run.stdout)
    assert [each["code"] for each in found["goods"]] == list(FLOORS)
    assert [each for each in found["budgets"] if not each["passed"]] == []
    assert run.returncode == 0, run.stderr


def test_both_sides_are_measured(run):
    for each in json.loads(run.stdout)["goods"]:
        assert 0 < each["floor"], each["code"]
        assert 0 < each["ours"], each["code"]
