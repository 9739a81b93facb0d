"""Odoo's own tests: which ones are run, and what counts as a difference."""

import pytest

from tooling import odoo_tests, source, suites
from tooling.report import Problem

TEST = "sale_stock.TestSale.test_return"


def faults(with_ours, without=None, meant=(), everything=()):
    ours = {TEST: with_ours} if with_ours else {}
    theirs = {TEST: without} if without else {}
    return suites.judge(ours, theirs, set(meant), everything)


def test_what_passes_is_no_difference():
    assert faults("passed") == []


def test_what_fails_without_our_addons_as_well_is_no_difference():
    assert faults("failed", "failed") == []
    assert faults("skipped", "skipped") == []
    assert faults("failed", "skipped") == []


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_what_passes_without_our_addons_only_is_a_difference(outcome):
    text = f"{TEST}: {outcome} with our addons, passed without them"
    assert faults(outcome, "passed") == [text]
    assert faults(outcome, "passed", [TEST]) == []


def test_what_fails_has_to_be_run_without_our_addons():
    text = f"{TEST}: failed with our addons, not run without them"
    assert faults("failed") == [text]
    assert faults("failed", None, [TEST]) == [text]


def test_a_listed_difference_has_to_be_one():
    assert faults("passed", None, [TEST]) == [
        f"{TEST}: listed as a difference, and passes"
    ]
    assert faults("failed", "failed", [TEST]) == [
        f"{TEST}: listed as a difference, and failed without ours"
    ]


def test_a_listed_difference_has_to_exist_where_all_tests_were_run():
    text = f"{TEST}: listed as a difference, and is no test"
    assert faults(None, None, [TEST], ["sale_stock"]) == [text]
    assert faults(None, None, [TEST], ["sale"]) == []
    assert faults(None, None, [TEST]) == []


def test_what_fails_beside_other_apps_is_compared_with_fewer(monkeypatch):
    calm, busy, other = (f"stock.TestStock.test_{name}" for name in "abc")
    asked = []

    def compare(suite, paths, options, names=None):
        asked.append((suite, paths, names))
        if suite:
            results = {calm: "passed", busy: "failed", other: "skipped"}
            return results, {busy: "failed", other: "skipped"}
        return {busy: "failed"}, {busy: "passed"}

    monkeypatch.setattr(suites, "folders", lambda addons: list(addons))
    monkeypatch.setattr(suites, "_compare", compare)
    with_ours, without = suites.compare(["sale", "stock"], [], 1)
    assert asked == [
        (True, ["sale", "stock"], None),
        (False, ["stock"], {busy}),
    ]
    assert with_ours == {calm: "passed", busy: "failed", other: "skipped"}
    assert suites.judge(with_ours, without, (), ["stock"]) == [
        f"{busy}: failed with our addons, passed without them"
    ]


def test_the_list_is_a_table_with_reasons():
    text = f"# Title\n\n| Test | Why |\n|---|---|\n| `{TEST}` | It goes there. |\n"
    assert suites.listed(text) == {TEST: "It goes there."}


def test_every_row_of_our_list_is_read_and_names_an_addon_that_is_run():
    text = suites.DIFFERENCES.read_text()
    found = suites.listed(text)
    assert len(found) == text.count("\n| `")
    assert {test.split(".")[0] for test in found} <= {*suites.ADDONS}


def test_tests_that_odoo_lacks_are_named(tmp_path, monkeypatch):
    (tmp_path / "odoo" / "addons" / "sale" / "tests").mkdir(parents=True)
    monkeypatch.setattr(suites.source, "find", lambda: source.Source("", str(tmp_path)))
    assert suites.folders(["sale"]) == [str(tmp_path / "odoo/addons/sale/tests")]
    with pytest.raises(Problem, match="without the tests of stock"):
        suites.folders(["sale", "stock"])


class Parent:
    test_tags = {"standard", "post_install"}

    def method(self):
        """Stands for a test."""


class Child(Parent):
    pass


class Nightly(Parent):
    test_tags = {"nightly", "post_install"}

    def method(self):
        """Stands for a test of another occasion."""


class Alone(Parent):
    test_tags = {"standard", "at_install"}

    def method(self):
        """Stands for a test of an app before other addons are installed."""


class Never(Parent):
    test_tags = {"standard"}

    def method(self):
        """Stands for a test that only the command line asks for."""


class Everything(Child):
    allow_inherited_tests_method = True


def test_tests_are_chosen_as_odoo_chooses_them():
    chosen = {
        cls.__name__: odoo_tests.is_own(cls, "method", __name__)
        for cls in (Parent, Child, Nightly, Alone, Never, Everything)
    }
    assert chosen == {
        "Parent": True,
        "Child": False,
        "Nightly": False,
        "Alone": True,
        "Never": False,
        "Everything": True,
    }
    assert not odoo_tests.is_own(Parent, "method", "odoo.addons.sale.tests.common")
    assert not odoo_tests.is_own(None, "function", __name__)


def test_the_worst_outcome_of_a_test_counts(tmp_path):
    class Report:
        user_properties = [(odoo_tests.NAME, TEST)]

    outcomes = odoo_tests.Outcomes(None)
    for outcome in ("passed", "failed", "passed"):
        report = Report()
        report.outcome = outcome
        outcomes.pytest_runtest_logreport(report)
    assert outcomes.found == {TEST: "failed"}
