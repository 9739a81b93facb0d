"""`setup/test [PATH …] [pytest's options]`: lint and all tests, in one pytest run."""

import os
import shutil
import sys

from . import cache, databases, environment, node, system

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def default_paths():
    """All addons, and the tests that no single addon can hold."""
    return [*map(str, environment.addons()), str(cache.CHECKOUT / "tests")]


def pytest_arguments(arguments, database):
    """The arguments of the pytest run; paths of the user replace all of ours."""
    named = [a for a in arguments if os.path.exists(a.split("::")[0])]
    paths = [] if named else default_paths()
    odoo = [f"--odoo-database={database}", "--odoo-http"]
    return [f"--rootdir={cache.CHECKOUT}", *odoo, *arguments, *paths]


def main(arguments):
    """Run pytest on a database of its own; returns pytest's exit code."""
    if not any(map(shutil.which, BROWSERS)):
        system.require_packages(["chromium"], "a browser for the tests")
    system.require_program("git", ["git"], "git, which lists the files to check,")
    node.folder()
    with databases.temporary() as name:
        command = [sys.executable, "-m", "pytest", *pytest_arguments(arguments, name)]
        return environment.supervise(command)


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
