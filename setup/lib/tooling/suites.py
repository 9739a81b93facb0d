"""`setup/suites [ADDON …] [-k NAME]`: Odoo's own tests where our addons are installed.

Runs the tests of Odoo's addons that returns touch where all of this project's are
installed. What does not pass there is run again where only Odoo's are: what passes
without ours and not with them is a difference. `docs/differences.md` lists those that
are meant, with the reason. Any other one fails the run, and so does a listed one that
is none any more.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import cache, databases, environment, source, system, testing
from .report import Problem, say

ADDONS = (
    *("sale", "sale_stock", "stock", "stock_account"),
    *("repair", "purchase_stock", "sale_mrp", "stock_dropshipping", "sale_loyalty"),
)
DIFFERENCES = cache.CHECKOUT / "docs" / "differences.md"
ROW = re.compile(r"^\| *`(\w+\.\w+\.\w+)` *\| *(\S.*?) *\|$", re.MULTILINE)
# pytest ends so when it ran to its end, whatever became of the tests.
FINISHED = (0, 1, testing.NOTHING_COLLECTED)


def listed(text):
    """The differences that are meant: ``{name of the test: reason}``."""
    return dict(ROW.findall(text))


def judge(with_ours, without, meant, everything):
    """What is wrong, one line for each test.

    :param with_ours: ``{test: outcome}`` where our addons are installed
    :param without: the same without them, of those that did not pass
    :param meant: names of the differences that are listed
    :param everything: addons of which all tests were run
    """
    faults = []
    for test, outcome in sorted(with_ours.items()):
        alone = without.get(test, "not run")
        if outcome == "passed":
            if test in meant:
                faults.append(f"{test}: listed as a difference, and passes")
        elif alone == "not run" or (alone == "passed" and test not in meant):
            faults.append(f"{test}: {outcome} with our addons, {alone} without them")
        elif test in meant and alone != "passed":
            faults.append(f"{test}: listed as a difference, and {alone} without ours")
    gone = {test for test in meant if test.split(".")[0] in everything}
    for test in sorted(gone - with_ours.keys()):
        faults.append(f"{test}: listed as a difference, and is no test")
    return faults


def folders(addons):
    """Where the tests of these addons of Odoo's lie."""
    odoo = source.find()
    roots = [Path(odoo.path, "odoo", "addons"), *map(Path, odoo.addons)]
    roots += [Path(site, "odoo", "addons") for site in odoo.sites]
    found = []
    for addon in addons:
        places = [root / addon / "tests" for root in roots]
        place = next(filter(Path.is_dir, places), None)
        if not place:
            raise Problem(f"the Odoo here comes without the tests of {addon}")
        found.append(str(place))
    return found


def run(name, paths, options, names=None):
    """Run tests on a database; returns ``{test: outcome}``.

    :param names: only these tests
    """
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        command = [sys.executable, "-m", "pytest", "-p", "tooling.odoo_tests"]
        # Neither the settings nor the cache of this checkout, nor of Odoo's.
        command += ["-c", os.devnull, f"--rootdir={folder}", "-p", "no:cacheprovider"]
        command += ["-W", "ignore", "-q", "--tb=short", f"--outcomes={outcomes}"]
        command += [f"--odoo-database={name}", "--odoo-http"]
        if names is not None:
            wanted = Path(folder, "names.json")
            wanted.write_text(json.dumps(sorted(names)))
            command.append(f"--names={wanted}")
        code = environment.supervise([*command, *options, *paths])
        if code not in FINISHED or not outcomes.exists():
            raise Problem(f"pytest ended with {code}")
        return json.loads(outcomes.read_text())


def compare(addons, options, processes):
    """Run the tests with and without our addons: both outcomes, as `judge` takes them.

    Many tests were written for an app alone and fail where others are installed beside
    it: they are compared again where there are few, those that our core needs.
    """
    paths = folders(addons)
    workers = [f"--numprocesses={processes}", "--dist=loadscope"]
    with_ours, without = _compare(True, paths, [*workers, *options])
    alike = {test for test, outcome in without.items() if outcome == "failed"}
    if alike:
        say(f"{len(alike)} of them fail without as well: once more with fewer apps")
        paths = folders(sorted({test.split(".")[0] for test in alike}))
        ours, theirs = _compare(False, paths, [], alike)
        with_ours |= ours
        without |= theirs
    return with_ours, without


def _compare(suite, paths, options, names=None):
    """Compare tests, or these, where all addons are installed or only the core.

    What seems to differ is run a second time by itself: a test that a busy machine or
    another test has disturbed is no difference.
    """
    with databases.temporary(suite=suite) as name:
        with_ours = run(name, paths, options, names)
        rest = {test for test, outcome in with_ours.items() if outcome != "passed"}
        if not rest:
            return with_ours, {}
        say(f"{len(rest)} of {len(with_ours)} tests did not pass: without our addons")
        with databases.temporary(plain=True, suite=suite) as plain:
            without = run(plain, paths, [], rest)
        differing = {test for test in rest if without.get(test) == "passed"}
        if differing:
            say(f"{len(differing)} of them differ: once more with our addons")
            with_ours |= run(name, paths, [], differing)
    return with_ours, without


def main(arguments):
    """Run, and print what differs; returns 1 when it is not what is listed."""
    options = _options(arguments)
    if not any(map(shutil.which, testing.BROWSERS)):
        system.require_packages(["chromium"], "a browser for the tests")
    started = time.monotonic()
    meant = listed(DIFFERENCES.read_text())
    chosen = ["-k", options.k] if options.k else []
    with_ours, without = compare(options.addons, chosen, options.n)
    faults = judge(with_ours, without, meant, () if chosen else options.addons)
    passed = sum(outcome == "passed" for outcome in with_ours.values())
    print(f"tests of Odoo's: {len(with_ours)}, passed: {passed}", end=", ")
    print(f"{(time.monotonic() - started) / 60:.0f} min")
    rest = [test for test, outcome in with_ours.items() if outcome != "passed"]
    alike = [without.get(test) for test in rest]
    print(f"fail without ours as well: {alike.count('failed')}", end=", ")
    print(f"skipped as well: {alike.count('skipped')}")
    as_listed = [t for t in meant if with_ours.get(t, "passed") != "passed"]
    print(f"differ as listed: {len(as_listed)}")
    print("\n".join([*faults, f"differ otherwise: {len(faults)}"]))
    return 1 if faults else 0


def _options(arguments):
    parser = argparse.ArgumentParser(
        "setup/suites",
        description="Runs Odoo's own tests with our addons installed; what passes only "
        "without them has to be listed in docs/differences.md.",
    )
    addons = "addons of Odoo's; by default " + ", ".join(ADDONS)
    parser.add_argument("addons", nargs="*", metavar="ADDON", help=addons)
    parser.add_argument("-k", metavar="NAME", help="only tests of that name, as pytest")
    several = min(os.cpu_count(), 4)
    text = f"how many tests run at a time; by default {several}, a processor each"
    parser.add_argument("-n", type=int, default=several, metavar="COUNT", help=text)
    options = parser.parse_args(arguments)
    options.addons = options.addons or ADDONS
    return options


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
