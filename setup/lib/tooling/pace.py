"""For all pytest runs: what takes longest begins first, and what took how long is said.

Of tests side by side, each process takes the next file as soon as it is done with one.
A long file that begins last would let the other processes wait for it: first come those
that are known to be long, then those with many tests.
"""

from collections import Counter

#: Parts of the paths of files that take a minute or more, the longest first.
LONGEST = (
    "tests/lifecycle/",
    "tests/demo/",
    "test_bench_quick",
    "test_lint",
    "test_replay_end_to_end",
    "tests/alone/",
    "tests/browser/",
    "test_splitting",
    "/test_tour",
    "test_list_budget",
    "tests/concurrency/",
    "test_simulation",
    "test_duty_matrix",
    "test_scenario",
)
#: So many parts are named at the end, those that took most of the time.
SHOWN = 12


def pytest_collection_modifyitems(items):
    sizes = Counter(_file(item.nodeid) for item in items)
    items.sort(key=lambda item: (_rank(item.nodeid), -sizes[_file(item.nodeid)]))


def _file(nodeid):
    return nodeid.split("::")[0]


def _rank(nodeid):
    return next(
        (rank for rank, part in enumerate(LONGEST) if part in nodeid), len(LONGEST)
    )


def pytest_terminal_summary(terminalreporter):
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                seconds[_part(report.nodeid)] += report.duration
    whole = sum(seconds.values())
    if whole < 60:
        return
    terminalreporter.section(f"{whole:.0f} seconds of tests, by part")
    for part, took in seconds.most_common(SHOWN):
        terminalreporter.write_line(f"{took:7.0f}  {part}")


def _part(nodeid):
    """The folder a test lies in; of long files, the file."""
    path = _file(nodeid)
    return path if _rank(nodeid) < len(LONGEST) else path.rpartition("/")[0]
