"""`setup/replay FILE [--limit N]`"""

import argparse
import logging
import sys
from pathlib import Path

import psycopg2

from . import rows
from .clock import Clock

DATABASE = "replay"


def main(arguments):
    """Run the command; returns 0 when every difference has an explanation."""
    options = _options(arguments)
    usable, bad = rows.read(options.file)
    clock = _prepare_odoo(options)
    from . import selection
    from .runner import Replay
    from .session import Session

    session = Session(options.database)
    session.require("reverse.rma")
    replay = Replay(session, clock, usable, options.limit, options.given_back)
    described = selection.describe(options.file.name, options.limit, options.given_back)
    session.run(selection.claim, replay.documents, described)
    replay.run()
    lines, unexplained = replay.report(bad)
    print("\n".join(lines))
    return 1 if unexplained else 0


def _options(arguments):
    parser = argparse.ArgumentParser(
        "setup/replay",
        description="Replays a file in the format of the data set “Online Retail II”: "
        "its invoices as orders, its credits as returns; explains every difference.",
    )
    parser.add_argument("file", type=Path, help="CSV file, or .gz of one")
    parser.add_argument(
        "--limit",
        type=_positive,
        metavar="N",
        help="only the first N credits for goods whose customer had bought before, "
        "with everything else those customers bought or gave back until then",
    )
    parser.add_argument(
        "--given-back",
        action="store_true",
        help="of the orders only the lines of goods that their customer gives back: "
        "the same returns in a fraction of the time",
    )
    parser.add_argument(
        "--database",
        default=DATABASE,
        help=f"database to replay into, made when missing (default: {DATABASE})",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="start with a new database"
    )
    parser.add_argument("--verbose", action="store_true", help="with tracebacks")
    return parser.parse_args(arguments)


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _prepare_odoo(options):
    """A database to replay into, and Odoo with the clock of the file."""
    from tooling import databases

    if options.fresh or not databases.exists(options.database):
        databases.create(options.database)
    from odoo import netsvc
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--no-http", "--max-cron-threads=0"])
    netsvc.init_logger()
    if options.verbose:
        logging.getLogger("replay").setLevel(logging.DEBUG)
    return Clock().install()


def guarded(arguments):
    """`main`, with what the reader can mend as one line instead of a traceback."""
    from tooling.__main__ import guarded as by_tooling

    try:
        return by_tooling(lambda: main(arguments))
    except rows.FileProblem as problem:
        print(f"[replay] {problem}", file=sys.stderr)
        return 2
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        print(f"[replay] the database: {reason}; start again to go on", file=sys.stderr)
        return 1
