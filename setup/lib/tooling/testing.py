"""`setup/test [--core] [--part PART] [--changed] [PATH …] [pytest's options]`

Lint and all tests. They run where all addons are installed, each with the Odoo app it
joins, as users have them. A few of the core's tests run a second time where the core is
installed alone, in a process that `tests/alone` starts; `--core` runs everything named
there.

`--part` runs the tests of the addons, those that start servers and programs of their
own, or those that look at the files: `addons`, `server`, `lint`. `--changed` runs the
tests of what differs from the main branch.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import cache, databases, environment, node, system
from .report import Problem

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
NOTHING_COLLECTED = 5
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


def part_paths(part):
    """The tests of one part of the suite, see the top of this file."""
    tests = cache.CHECKOUT / "tests"
    lint = tests / "packaging"
    parts = {
        "addons": environment.addons(),
        "server": [f for f in sorted(tests.iterdir()) if f.is_dir() and f != lint],
        "lint": [lint],
    }
    if part not in parts:
        raise Problem(f"there is no part {part} of the tests: use {', '.join(parts)}")
    return [str(path) for path in parts[part] if path.name != "__pycache__"]


def changed_paths():
    """The tests of the files that differ from the main branch."""
    run = ["git", "-C", str(cache.CHECKOUT)]
    base = ["merge-base", "HEAD", "origin/main"]
    found = subprocess.run([*run, *base], capture_output=True, text=True)
    since = found.stdout.strip() or "HEAD"
    names = subprocess.run(
        [*run, "diff", "--name-only", "--no-renames", since],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    paths = sorted({*map(str, filter(None, map(tests_of, names)))})
    if not paths:
        raise Problem("nothing that has tests differs from the main branch")
    return [path for path in paths if not any(p != path and p in path for p in paths)]


def tests_of(name):
    """The folder, or file, with the tests of a file: the room it lies in."""
    path = Path(name)
    top, *inner = path.parts
    tests = cache.CHECKOUT / "tests"
    if top == "tests":
        found = cache.CHECKOUT / path
        return found if path.name.startswith("test_") else found.parent
    if top == "setup":
        library = inner[1] if len(inner) > 2 else "setup"
        return tests / (library if (tests / library).is_dir() else "setup")
    if not (cache.CHECKOUT / top / "__manifest__.py").exists():
        return None
    if inner[0] == "engine" and top == "reverse_logistics":
        return tests / "engine"
    room = cache.CHECKOUT / top / "tests" / (inner[1] if len(inner) > 2 else "")
    return room if room.is_dir() else cache.CHECKOUT / top / "tests"


def pytest_run(arguments):
    """The pytest run to make: (whether all addons are installed, arguments)."""
    chosen = [argument for argument in arguments if _is_path(argument)]
    options = [argument for argument in arguments if argument not in chosen]
    core = "--core" in options
    if core:
        options.remove("--core")
    if "--changed" in options:
        options.remove("--changed")
        chosen += changed_paths()
    if "--part" in options:
        place = options.index("--part")
        chosen += part_paths("".join(options[place + 1 : place + 2]))
        del options[place : place + 2]
    if chosen:
        return not core, [*options, *chosen]
    # Everything at once is worth a copy of the database for each processor.
    workers = [f"--numprocesses={min(os.cpu_count(), 4)}", "--dist=loadfile"]
    # What takes longest begins first (tooling.pace), not the file with most tests.
    workers.append("--no-loadscope-reorder")
    paths = alone_paths() if core else default_paths()
    return not core, [*workers, *options, *paths]


def _is_path(argument):
    return os.path.exists(argument.split("::")[0])


def run_beside(name, paths, *options):
    """Run tests on another database, beside those that share this process's.

    :return: the finished process, with its output
    """
    # It is not one of the processes that share the tests of everything.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", f"--rootdir={cache.CHECKOUT}"]
    command += [f"--odoo-database={name}", "--odoo-http", "-p", "no:cacheprovider"]
    command += ["-q", "--tb=short", *options, *paths]
    return subprocess.run(
        command, cwd=cache.CHECKOUT, env=variables, capture_output=True, text=True
    )


def run(suite, arguments):
    """Run pytest once, on a database of its own; returns its exit code."""
    with databases.temporary(suite=suite) as name:
        command = [sys.executable, "-m", "pytest", f"--rootdir={cache.CHECKOUT}"]
        command += [f"--odoo-database={name}", "--odoo-http", *arguments]
        return environment.supervise(command)


def main(arguments):
    """Make the pytest run; returns the exit code."""
    if not any(map(shutil.which, BROWSERS)):
        system.require_packages(["chromium"], "a browser for the tests")
    system.require_program("git", ["git"], "git, which lists the files to check,")
    node.folder()
    return run(*pytest_run(arguments))


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
