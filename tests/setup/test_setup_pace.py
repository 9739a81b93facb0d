"""In which order tests run, and how long their parts took."""

from types import SimpleNamespace

from tooling import pace


def test_long_files_begin_first():
    short = "reverse_logistics/tests/rma/test_rma.py::TestRma::test_it"
    more = [f"reverse_logistics/tests/rma/test_views.py::test_{n}" for n in (1, 2)]
    long = ["tests/packaging/test_lint.py::t", "tests/lifecycle/test_x.py::t"]
    items = [SimpleNamespace(nodeid=nodeid) for nodeid in (short, *more, *long)]
    pace.pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == [*long[::-1], *more, short]


def test_time_is_told_by_part():
    lines = []
    reporter = SimpleNamespace(
        stats={
            "passed": [
                SimpleNamespace(nodeid="a/tests/fees/test_a.py::t", duration=40.0),
                SimpleNamespace(nodeid="a/tests/fees/test_b.py::t", duration=35.0),
                SimpleNamespace(
                    nodeid="tests/packaging/test_lint.py::t", duration=90.0
                ),
            ],
            "warnings": [SimpleNamespace(message="no test")],
        },
        section=lines.append,
        write_line=lines.append,
    )
    pace.pytest_terminal_summary(reporter)
    assert lines == [
        "165 seconds of tests, by part",
        "     90  tests/packaging/test_lint.py",
        "     75  a/tests/fees",
    ]


def test_of_a_short_run_nothing_is_told():
    lines = []
    stats = {"passed": [SimpleNamespace(nodeid="a/test_b.py::t", duration=4.0)]}
    reporter = SimpleNamespace(
        stats=stats, section=lines.append, write_line=lines.append
    )
    pace.pytest_terminal_summary(reporter)
    assert lines == []
