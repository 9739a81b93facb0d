"""`setup/bench [--json] [--quick] [--goods] [--ai FOLDER]`"""

import argparse
import contextlib
import json

from . import output, profile
from .cases import CASES, DECISIONS, LEVELS, QUICK_LEVELS


def main(arguments):
    """Run the command; returns 1 when a budget is exceeded."""
    options = _options(arguments)
    if options.ai:
        return _suggest(options)
    if options.goods:
        return _dispose(options)
    levels = QUICK_LEVELS if options.quick else LEVELS
    rounds = options.rounds or (1 if options.quick else None)
    with contextlib.ExitStack() as stack:
        names = {
            "floor": stack.enter_context(database(plain=True)),
            "ours": stack.enter_context(database(plain=False)),
        }
        _prepare_odoo()
        from .runner import Bench

        bench = Bench(names, CASES)
        if options.profile:
            print(profile.as_text(**bench.profile(options.profile)))
            return 0
        measured = bench.run(levels, rounds)
        # Before 200 rules are in force, of which no seller has as many. Selling what
        # the form shows takes longer than a quick look may.
        pages = () if options.quick else bench.show()
        decisions = bench.decide()
        claims = _claim(stack, options.quick)
        goods = () if options.quick else _measure_goods(stack)
        found = measured, CASES, decisions, pages, claims, goods
    write = output.as_json if options.json else output.as_text
    print(write(*found))
    return 0 if all(each["passed"] for each in output.verdicts(*found)) else 1


def _suggest(options):
    """Measure suggestions, which needs no database."""
    from . import suggesting

    found = suggesting.measure(options.ai, options.quick)
    print(json.dumps(found) if options.json else suggesting.as_text(found))
    return 0 if all(each.get("passed", True) for each in found) else 1


def _claim(stack, quick):
    """Measure claims on suppliers, in a database with all addons."""
    from . import claiming
    from .runner import say
    from .session import Session

    lots = claiming.FEW if quick else claiming.LOTS
    say(f"claims of {lots} lots")
    session = Session(stack.enter_context(database(plain=False, suite=True)))
    with session.environment() as env:
        user, parts, supplier = claiming.prepare(env, lots)
    with session.environment(user) as env:
        claims = claiming.measure(env, parts)
    with session.environment(supplier) as env:
        return claiming.visit(env, claims)


def _dispose(options):
    """Measure only what becomes of goods."""
    with contextlib.ExitStack() as stack:
        goods = _measure_goods(stack)
    found = output.of_goods(goods)
    write = output.goods_as_json if options.json else output.goods_as_text
    print(write(goods))
    return 0 if all(each["passed"] for each in found) else 1


def _measure_goods(stack):
    """Measure each disposition, with all addons and with Odoo's apps alone."""
    from . import disposing

    names = {
        side: stack.enter_context(database(plain=side == "floor", suite=True))
        for side in ("floor", "ours")
    }
    _prepare_odoo()
    from .runner import say
    from .session import Session

    say(f"dispositions of {disposing.PIECES} pieces")
    return disposing.measure({side: Session(name) for side, name in names.items()})


def _options(arguments):
    parser = argparse.ArgumentParser(
        "setup/bench",
        description="Measures what returns cost beyond Odoo's own documents; "
        "docs/performance.md explains the figures.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument(
        "--quick", action="store_true", help="one round, with few returns there"
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="how often to measure each case"
    )
    parser.add_argument(
        "--ai",
        metavar="FOLDER",
        help="measure suggestions instead, on the data sets in a folder",
    )
    parser.add_argument(
        "--goods", action="store_true", help="measure only what becomes of goods"
    )
    parser.add_argument(
        "--profile",
        choices=[*(case.key for case in CASES), DECISIONS],
        help="list the statements of a case beyond the floor, and where they come from",
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def database(plain, suite=False):
    """Yield the name of a database for one run; its registry goes with it."""
    from tooling import databases

    with databases.temporary(plain=plain, suite=suite) as name:
        try:
            yield name
        finally:
            from odoo.modules.registry import Registry
            from odoo.sql_db import close_db

            Registry.delete(name)
            close_db(name)


def _prepare_odoo():
    from odoo import netsvc
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--no-http", "--max-cron-threads=0"])
    netsvc.init_logger()


def guarded(arguments):
    """`main`, with what the reader can mend as one line instead of a traceback."""
    from tooling.__main__ import guarded as by_tooling

    return by_tooling(lambda: main(arguments))
