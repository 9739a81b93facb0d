"""`setup/tool NAME ARGS…`: one of the pinned linters and formatters.

`setup/tool fix [PATH …]` formats the code; `setup/tool pre-commit install` makes git
check each commit.
"""

import os

from . import cache, environment, interpreter, node, source
from .report import Problem


def run(arguments):
    """Run one tool; returns its exit code."""
    if not arguments:
        raise Problem("setup/tool NAME ARGS…, such as: setup/tool ruff check")
    interpreter.check_version()
    programs = interpreter.environment(True, source.find().sites).parent
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    home = str(cache.root() / "pre-commit")
    variables = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": home}
    codes = [environment.supervise(line, variables) for line in commands(arguments)]
    return max(codes)


def commands(arguments):
    """The command lines behind the name of a tool."""
    name, *rest = arguments
    if name == "prettier":
        return [[*node.prettier(), *rest]]
    if name == "fix":
        return fixes(rest or [str(cache.CHECKOUT)])
    return [arguments]


def fixes(paths):
    """What formats these paths."""
    return [
        ["ruff", "check", "--fix", *paths],
        ["ruff", "format", *paths],
        [*node.prettier(), "--write", "--ignore-unknown", *paths],
    ]
