"""`setup/test [--core] [PATH …] [pytest's options]`: lint and all tests.

Tests run where all addons are installed, each with the Odoo app it joins, as users have
them. A few of the core's tests run a second time where the core is installed alone;
`--core` runs everything named there.
"""

import os
import shutil
import sys

from . import cache, databases, environment, node, system

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
NOTHING_COLLECTED = 5
INTERRUPTED = 2
# What shows that the core needs none of the other addons: every step by its role, what
# returns change on an order, and all views.
ALONE = (
    "control/test_roles.py",
    "settlement/test_state_table.py",
    "rma/test_views.py",
)


def default_paths():
    """All addons, and the tests that no single addon can hold."""
    return [*map(str, environment.addons()), str(cache.CHECKOUT / "tests")]


def alone_paths():
    """The tests that also run without the addons that join the core to an app."""
    tests = cache.CHECKOUT / "reverse_logistics" / "tests"
    return [str(tests / name) for name in ALONE]


def pytest_runs(arguments):
    """The pytest runs to make: (whether all addons are installed, arguments)."""
    chosen = [argument for argument in arguments if _is_path(argument)]
    options = [argument for argument in arguments if argument not in chosen]
    core = "--core" in options
    if core:
        options.remove("--core")
    if chosen:
        return [(not core, [*options, *chosen])]
    # Everything at once is worth a copy of the database for each processor.
    workers = [f"--numprocesses={min(os.cpu_count(), 4)}", "--dist=loadfile"]
    options = [*workers, *options]
    runs = [(False, [*options, *alone_paths()])]
    if not core:
        runs.append((True, [*options, *default_paths()]))
    return runs


def _is_path(argument):
    return os.path.exists(argument.split("::")[0])


def run(suite, arguments):
    """Run pytest once, on a database of its own; returns its exit code."""
    with databases.temporary(suite=suite) as name:
        command = [sys.executable, "-m", "pytest", f"--rootdir={cache.CHECKOUT}"]
        command += [f"--odoo-database={name}", "--odoo-http", *arguments]
        return environment.supervise(command)


def exit_code(codes):
    """What several runs mean together; one of them may have had nothing to do."""
    failed = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    return max(failed) if failed else min(codes)


def main(arguments):
    """Make the pytest runs; returns the exit code."""
    if not any(map(shutil.which, BROWSERS)):
        system.require_packages(["chromium"], "a browser for the tests")
    system.require_program("git", ["git"], "git, which lists the files to check,")
    node.folder()
    codes = []
    for suite, these in pytest_runs(arguments):
        codes.append(run(suite, these))
        if codes[-1] == INTERRUPTED or codes[-1] > 128:
            break
    return exit_code(codes)


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
