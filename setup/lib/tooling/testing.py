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
    common = [f"--rootdir={cache.CHECKOUT}", f"--odoo-database={database}"]
    common.append("--odoo-http")
    if any(os.path.exists(argument.split("::")[0]) for argument in arguments):
        return [*common, *arguments]
    # Everything at once is worth a copy of the database for each processor.
    workers = [f"--numprocesses={min(os.cpu_count(), 4)}", "--dist=loadfile"]
    return [*common, *workers, *arguments, *default_paths()]


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
