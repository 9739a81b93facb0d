"""Which tests run where."""

from pathlib import Path

import pytest

from tooling import environment, testing


def test_everything_runs_where_all_addons_are():
    (alone, few), (suite, everything) = testing.pytest_runs(["-k", "credit"])
    assert (alone, suite) == (False, True)
    for arguments in (few, everything):
        assert {"--dist=loadfile", "-k", "credit"} <= {*arguments}
    paths = [argument for argument in everything if argument[:1] == "/"]
    assert paths == testing.default_paths()
    assert {*map(str, environment.addons())} < {*paths}
    assert paths[-1].endswith("/tests")


def test_core_runs_a_few_of_its_tests_alone():
    ((suite, arguments),) = testing.pytest_runs(["--core", "-k", "credit"])
    assert not suite
    assert "--core" not in arguments
    paths = [argument for argument in arguments if argument[:1] == "/"]
    assert paths == testing.alone_paths()
    assert all(map(Path.is_file, map(Path, paths)))


def test_tests_of_the_user_replace_ours(tmp_path):
    arguments = ["-x", f"{tmp_path}::test_it"]
    assert testing.pytest_runs(arguments) == [(True, arguments)]
    assert testing.pytest_runs([*arguments, "--core"]) == [(False, arguments)]


@pytest.mark.parametrize(
    ("codes", "together"),
    [([0, 0], 0), ([5, 0], 0), ([0, 5], 0), ([5, 5], 5), ([1, 0], 1), ([0, 2], 2)],
)
def test_exit_code_of_two_runs(codes, together):
    assert testing.exit_code(codes) == together
    assert testing.exit_code(codes[::-1]) == together
