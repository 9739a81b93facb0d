"""Start of every command: make the environment, run the command in it, clean up."""

import sys

from . import cache, environment, linters
from .report import Problem, cause

# Commands of this package, programs beside it, and Odoo and Python themselves.
PROGRAMS = {
    "run": ["-m", "tooling.demo"],
    "test": ["-m", "tooling.testing"],
    "suites": ["-m", "tooling.suites"],
    "database": ["-m", "tooling.databases"],
    "bench": [str(cache.SETUP / "lib" / "bench.py")],
    "replay": [str(cache.SETUP / "lib" / "replay.py")],
    "odoo": ["-m", "odoo"],
    "python": [],
}


def main(name, arguments):
    """Run the command `name`; returns its exit code."""
    if name == "tool":
        return linters.run(arguments)
    for_tests = name in ("test", "suites")
    with environment.prepared(for_tests) as (python, variables, files):
        command = [str(python), *PROGRAMS[name], *arguments]
        return environment.supervise(command, variables, files)


def guarded(action):
    """The exit code of `action()`; what the reader can mend becomes one line."""
    try:
        return action() or 0
    except Problem as problem:
        print(f"[setup] {problem}", file=sys.stderr)
    except OSError as error:
        reason = cause(str(error))
        print(f"[setup] {reason + ': ' if reason else ''}{error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\n[setup] stopped", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1], sys.argv[2:])))
