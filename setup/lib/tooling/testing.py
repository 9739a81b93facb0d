"""`setup/test [PATH …] [pytest's options]`: lint and all tests.

The core's tests, and those that no single addon holds, run where the core is installed
alone; the other addons' tests in a second pytest run, where all addons are, each with
the Odoo app it joins. `--suite` runs everything named in the second database.
"""

import os
import shutil
import sys
from pathlib import Path

from . import cache, databases, environment, node, system

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
NOTHING_COLLECTED = 5
INTERRUPTED = 2


def default_paths():
    """All addons, and the tests that no single addon can hold."""
    return [*map(str, environment.addons()), str(cache.CHECKOUT / "tests")]


def pytest_runs(arguments):
    """The pytest runs to make: (whether all addons are installed, arguments)."""
    chosen = [argument for argument in arguments if _is_path(argument)]
    options = [argument for argument in arguments if argument not in chosen]
    everywhere = "--suite" in options
    if everywhere:
        options.remove("--suite")
    if not chosen:
        # Everything at once is worth a copy of the database for each processor.
        workers = [f"--numprocesses={min(os.cpu_count(), 4)}", "--dist=loadfile"]
        options = [*workers, *options]
    paths = chosen or default_paths()
    joined = [path for path in paths if everywhere or _needs_suite(path)]
    alone = [path for path in paths if path not in joined]
    runs = ((False, alone), (True, joined))
    return [(suite, [*options, *these]) for suite, these in runs if these]


def _is_path(argument):
    return os.path.exists(argument.split("::")[0])


def _needs_suite(path):
    """Whether a path lies in an addon that builds on another one of ours."""
    inside = Path(path.split("::")[0]).resolve()
    names = databases.addons().keys() - databases.addons(suite=False).keys()
    return any(inside.is_relative_to(cache.CHECKOUT / name) for name in names)


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
