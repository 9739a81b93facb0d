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

    Prints, per company, how many chains were checked and which do not hold, which
    evidence was changed, and which returns the nightly seals miss.
    Ends with status 1 when one does not, and with status 2 without the addon.
    """

    name = "reverse_verify"
    seal = None

    def run(self, cmdargs):
        self.parser.add_argument("-c", "--config", help="configuration file")
        self.parser.add_argument(
            "-d", "--database", dest="db_name", help="name of the database"
        )
        self.parser.add_argument(
            "--seal", help="hash of a seal noted earlier, which must still be there"
        )
        arguments = self.parser.parse_args(cmdargs)
        self.seal = arguments.seal
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
        failed = any(breaks for _chains, breaks in found.values())
        for company, (chains, breaks) in sorted(found.items(), key=lambda i: i[0].id):
            say(f"{company.name}: {chains} chains checked, {len(breaks)} broken")
            for owner, number in breaks.items():
                say(f"  {owner.name}: event {number} was changed or is missing")
        failed |= self.verify_evidence(env)
        failed |= self.verify_seals(env)
        if not found:
            say("There are no returns.")
        return int(failed)

    def verify_evidence(self, env):
        """Print which files are not what the events say; tell whether there are any."""
        breaks = env["reverse.event"]._verify_evidence()
        for rma, files in breaks.items():
            for what, number in files:
                if what == "answers":
                    say(f"  {rma.name}: answers of inspection {number} were changed")
                else:
                    say(f"  {rma.name}: evidence with id {number} was {what}")
        return bool(breaks)

    def verify_seals(self, env):
        """Print what the seals miss, and their newest hash to be kept elsewhere."""
        failed = False
        seals = env["reverse.event.seal"]._verify_companies()
        for company, (count, digest, problems) in seals.items():
            say(f"{company.name}: {count} seals checked, newest {digest}")
            for problem in problems:
                say(f"  {problem}")
            failed |= bool(problems)
        wanted = self.seal
        if wanted and not env["reverse.event.seal"].search([("hash", "=", wanted)]):
            say(f"  the seal {wanted} is missing")
            failed = True
        return failed
