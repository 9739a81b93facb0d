"""What the programs we start get, and how they end."""

import configparser
import subprocess
import sys

import pytest

from tooling import environment
from tooling.source import Source

RUN = """
import sys
from tooling.environment import supervise
sys.exit(supervise([sys.executable, "-c", sys.argv[1]]))
"""
ENDS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
# Ends the one that waits for it, and ends in its own way when it is told.
ENDS_PARENT = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *arguments: sys.exit(7))
os.kill(os.getppid(), signal.SIGTERM)
signal.pause()
"""


@pytest.mark.parametrize(
    ("program", "code"),
    [("", 0), ("raise SystemExit(3)", 3), (ENDS_ITSELF, 143), (ENDS_PARENT, 7)],
)
def test_end_of_a_program(program, code):
    result = subprocess.run([sys.executable, "-c", RUN, program], timeout=60)
    assert result.returncode == code


def test_configuration_of_odoo(cache_folder):
    server = {"PGHOST": "/run/here", "PGPORT": "5432", "PGUSER": "odoo"}
    odoo = Source("19.0", path="/odoo", addons=("/odoo/addons",))
    path = environment.configuration(odoo, server)
    parser = configparser.RawConfigParser()
    parser.read(path)
    options = dict(parser["options"])
    assert options["http_interface"] == "127.0.0.1"
    assert options["db_host"] == "/run/here"
    assert options["addons_path"].endswith("/odoo/addons")
    assert options["data_dir"].startswith(f"{cache_folder}/data/")
    assert "db_password" not in options
    assert path.stat().st_mode & 0o077 == 0
    assert environment.configuration(odoo, server) == path
    assert environment.configuration(odoo, {**server, "PGUSER": "me"}) != path


def test_attachments_of_two_servers_stay_apart():
    here = environment.data_folder({"PGHOST": "here"})
    assert here != environment.data_folder({"PGHOST": "there"})
    assert here == environment.data_folder({"PGHOST": "here"})
