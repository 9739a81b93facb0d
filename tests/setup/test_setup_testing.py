"""Which tests run where."""

from pathlib import Path

import pytest

from tooling import cache, environment, testing
from tooling.report import Problem


def test_everything_runs_where_all_addons_are():
    suite, arguments = testing.pytest_run(["-k", "credit"])
    assert suite
    assert {"--dist=loadfile", "-k", "credit"} <= {*arguments}
    paths = [argument for argument in arguments if argument[:1] == "/"]
    assert paths == testing.default_paths()
    assert {*map(str, environment.addons())} < {*paths}
    assert paths[-1].endswith("/tests")


def test_core_runs_a_few_of_its_tests_alone():
    suite, arguments = testing.pytest_run(["--core", "-k", "credit"])
    assert not suite
    assert "--core" not in arguments
    paths = [argument for argument in arguments if argument[:1] == "/"]
    assert paths == testing.alone_paths()
    assert all(map(Path.is_file, map(Path, paths)))


def test_tests_of_the_user_replace_ours(tmp_path):
    arguments = ["-x", f"{tmp_path}::test_it"]
    assert testing.pytest_run(arguments) == (True, arguments)
    assert testing.pytest_run([*arguments, "--core"]) == (False, arguments)


def test_parts_are_the_whole():
    parts = [testing.part_paths(part) for part in ("addons", "server", "lint")]
    tests = Path(cache.CHECKOUT / "tests")
    folders = {str(f.parent) for f in tests.rglob("test_*.py")}
    assert {*map(str, environment.addons())} == {*parts[0]}
    assert folders == {*parts[1], *parts[2]}
    assert testing.pytest_run(["--part", "lint", "-x"]) == (True, ["-x", *parts[2]])


def test_a_part_that_does_not_exist_is_refused():
    with pytest.raises(Problem, match="no part half of the tests: use addons, server"):
        testing.pytest_run(["--part", "half"])


@pytest.mark.parametrize(
    ("name", "tests"),
    [
        ("reverse_logistics/models/routing/reverse_rma.py", "routing"),
        ("reverse_logistics/views/policy/reverse_policy_views.xml", "policy"),
        ("reverse_logistics/tests/fees/test_fees.py", "fees"),
        ("reverse_logistics/wizards/reverse_hold_wizard.py", ""),
    ],
)
def test_a_file_is_tested_in_its_room(name, tests):
    core = cache.CHECKOUT / "reverse_logistics" / "tests"
    assert testing.tests_of(name) == core / tests


@pytest.mark.parametrize(
    ("name", "tests"),
    [
        ("reverse_logistics/engine/fees.py", "tests/engine"),
        ("reverse_logistics_mrp/engine/kits.py", "reverse_logistics_mrp/tests"),
        ("setup/lib/tooling/cache.py", "tests/setup"),
        ("setup/lib/bench/cases.py", "tests/bench"),
        ("setup/test", "tests/setup"),
        ("tests/engine/test_fees.py", "tests/engine/test_fees.py"),
        ("tests/concurrency/shop.py", "tests/concurrency"),
        ("docs/architecture.md", None),
    ],
)
def test_other_files_have_their_tests(name, tests):
    assert testing.tests_of(name) == (tests and cache.CHECKOUT / tests)
