"""Which tests run where."""

import pytest

from tooling import cache, databases, environment, testing

GLUE = sorted(databases.addons().keys() - databases.addons(suite=False).keys())


def test_everything_runs_where_it_belongs():
    (alone, first), (suite, second) = testing.pytest_runs(["-k", "credit"])
    assert (alone, suite) == (False, True)
    assert first[-1].endswith("/tests")
    assert str(cache.CHECKOUT / "reverse_logistics") in first
    assert [str(cache.CHECKOUT / name) for name in GLUE] == second[-len(GLUE) :]
    for arguments in (first, second):
        assert {"--dist=loadfile", "-k", "credit"} <= {*arguments}
    everything = {argument for argument in (*first, *second) if argument[:1] == "/"}
    assert everything == {*testing.default_paths()}


def test_tests_of_the_user_replace_ours(tmp_path):
    ((suite, part),) = testing.pytest_runs([f"{tmp_path}::test_it", "-x"])
    assert (suite, part) == (False, ["-x", f"{tmp_path}::test_it"])


def test_paths_go_to_their_database(tmp_path):
    addon = next(path for path in environment.addons() if path.name in GLUE)
    arguments = [str(tmp_path), f"{addon}/__manifest__.py::It", "-x"]
    runs = testing.pytest_runs(arguments)
    assert runs == [(False, ["-x", arguments[0]]), (True, ["-x", arguments[1]])]
    together = testing.pytest_runs(["--suite", *arguments])
    assert together == [(True, ["-x", *arguments[:2]])]


@pytest.mark.parametrize(
    ("codes", "together"),
    [([0, 0], 0), ([5, 0], 0), ([0, 5], 0), ([5, 5], 5), ([1, 0], 1), ([0, 2], 2)],
)
def test_exit_code_of_two_runs(codes, together):
    assert testing.exit_code(codes) == together
    assert testing.exit_code(codes[::-1]) == together
