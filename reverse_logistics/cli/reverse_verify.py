"""``odoo reverse_verify -d DATABASE``: do the events of all returns still hold?"""

import sys

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.cli.command import Command
from odoo.modules.registry import Registry
from odoo.tools import config


def say(line):
    sys.stdout.write(f"{line}\n")


class ReverseVerify(Command):
    """Verify the chains of events of all returns in a database.

    Prints, per company, how many chains were checked and which do not hold.
    Ends with status 1 when one does not, and with status 2 without the addon.
    """

    name = "reverse_verify"

    def run(self, cmdargs):
        self.parser.add_argument("-c", "--config", help="configuration file")
        self.parser.add_argument(
            "-d", "--database", dest="db_name", help="name of the database"
        )
        arguments = self.parser.parse_args(cmdargs)
        options = ["--no-http"]
        if arguments.config:
            options += ["-c", arguments.config]
        if arguments.db_name:
            options += ["-d", arguments.db_name]
        config.parse_config(options, setup_logging=True)
        databases = config["db_name"]
        if len(databases) != 1:
            self.parser.error("name one database with -d")
        with Registry(databases[0]).cursor(readonly=True) as cr:
            sys.exit(self.verify(Environment(cr, SUPERUSER_ID, {})))

    def verify(self, env):
        """Print what was found and give the exit status."""
        if "reverse.event" not in env:
            sys.stderr.write("reverse_logistics is not installed in this database.\n")
            return 2
        found = env["reverse.event"]._verify_companies()
        for company, (chains, breaks) in sorted(found.items(), key=lambda i: i[0].id):
            say(f"{company.name}: {chains} chains checked, {len(breaks)} broken")
            for rma, number in breaks.items():
                say(f"  {rma.name}: event {number} was changed or is missing")
        if not found:
            say("There are no returns.")
        return int(any(breaks for _chains, breaks in found.values()))
