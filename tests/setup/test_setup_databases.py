"""Databases from templates."""

import re
import subprocess
import sys

import psycopg2
import pytest

from odoo.modules.registry import Registry

from tooling import databases, demo, environment
from tooling.report import Problem


@pytest.mark.parametrize("name", ["postgres", "template1", "rl_template_full_plain_1"])
def test_templates_are_not_replaced(name):
    with pytest.raises(Problem, match="is a template, choose another name"):
        databases.create(name)


def tables(name):
    connection = psycopg2.connect(dbname=name)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r'")
            return {table for (table,) in cursor}
    finally:
        connection.close()


def test_database_is_whole_and_goes_away():
    with databases.temporary() as name:
        assert "ir_module_module" in tables(name)
        connection = psycopg2.connect(dbname=name)
        connection.cursor().execute("CREATE TABLE mark ()")
        connection.commit()
        connection.close()
        databases.create(name)
        assert "mark" not in tables(name)
    assert not databases.exists(name)


def test_database_goes_away_when_its_user_fails():
    with pytest.raises(ZeroDivisionError), databases.temporary() as name:
        raise ZeroDivisionError
    assert not databases.exists(name)


def test_database_of_a_killed_run_goes_away():
    program = """
import os, signal
from tooling import databases
with databases.temporary() as name:
    print(name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", program]
    name = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    databases.execute(f'CREATE DATABASE "{name}-gw0"')
    assert databases.exists(name)
    with databases.temporary() as other:
        assert not databases.exists(name)
        assert not databases.exists(f"{name}-gw0")
        with databases.temporary():
            assert databases.exists(other)


def test_shared_fixture_gives_a_registry(new_database):
    with Registry(new_database()).cursor() as cursor:
        cursor.execute("SELECT count(*) FROM res_users")
        assert cursor.fetchone()[0] > 0


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("models/rma.py", True),
        ("static/description/icon.png", True),
        ("tests/test_rma.py", False),
        ("static/src/scan.js", False),
        ("i18n/de.po", False),
        ("readme/USAGE.md", False),
        ("README.rst", False),
    ],
)
def test_what_builds_the_template_again(tmp_path, monkeypatch, path, changes):
    addon = tmp_path / "addon"
    file = addon / path
    file.parent.mkdir(parents=True)
    file.write_text("before")
    monkeypatch.setattr(environment, "addons", lambda: [addon])
    before = databases.content_key()
    file.write_text("after")
    assert (databases.content_key() != before) == changes


def test_unreadable_manifest_is_named(tmp_path, monkeypatch):
    addon = tmp_path / "addon"
    addon.mkdir()
    (addon / "__manifest__.py").write_text("{'name': ")
    monkeypatch.setattr(environment, "addons", lambda: [addon])
    with pytest.raises(Problem, match="addon/__manifest__.py is not readable"):
        databases.addons()


def addon(folder, name, depends):
    (folder / name).mkdir()
    manifest = {"name": name, "depends": depends}
    (folder / name / "__manifest__.py").write_text(repr(manifest))
    return folder / name


def test_core_is_what_needs_no_other_addon(tmp_path, monkeypatch):
    core = addon(tmp_path, "returns", ["sale_stock"])
    glue = addon(tmp_path, "returns_repair", ["returns", "repair"])
    monkeypatch.setattr(environment, "addons", lambda: [core, glue])
    assert list(databases.addons()) == ["returns", "returns_repair"]
    assert databases.addons(suite=False) == {"returns": ["sale_stock"]}
    assert databases._needed(suite=False) == ["sale_stock"]
    assert databases._needed(suite=True) == ["repair", "sale_stock"]
    alone = list(databases._content({"returns"}))
    (glue / "hooks.py").write_text("changed")
    assert list(databases._content({"returns"})) == alone


LOG = """\
2026-01-01 10:00:00,000 12 INFO db odoo.modules: loading
2026-01-01 10:00:01,000 12 CRITICAL db odoo.service.server: Failed to load
Traceback (most recent call last):
  File "registry.py", line 1, in new
    load_modules(
  File "convert.py", line 2, in parse
    raise ParseError(msg)
    ^^^^^^^^^^^^^^^^^^^^^
odoo.tools.convert.ParseError: while parsing views.xml:3

action_x is not a valid action on reverse.rma
2026-01-01 10:00:02,000 12 INFO db odoo.service.server: stopping
"""


def test_error_of_an_installation_is_quoted():
    assert databases.odoo_error(LOG) == (
        "odoo.tools.convert.ParseError: while parsing views.xml:3\n"
        "  action_x is not a valid action on reverse.rma"
    )


def test_demo_data_that_is_left_out_is_an_error():
    warning = (
        "2026-01-01 10:00:01,000 12 WARNING db odoo.modules.loading: Module returns "
        "demo data failed to install, installed without demo data\n"
    )
    assert "demo data failed to install" in databases.odoo_error(warning)
    assert re.search(databases.PROBLEM, warning)
    other = warning.replace("demo data failed", "is old")
    assert not re.search(databases.PROBLEM, other)


def test_error_without_a_log_is_the_end_of_the_output():
    assert databases.odoo_error("usage: odoo\nno such option: -x\n").endswith("-x")


def test_failed_build_leaves_no_template():
    def fail(name):
        databases.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        raise Problem("no")

    name = f"{databases.PREFIX}of_this_test"
    with pytest.raises(Problem, match="no"), databases._kept(name, fail):
        pass
    assert not databases.exists(name)
    assert not databases.exists(f"{name}_part")


def test_taken_port_is_told(monkeypatch):
    with demo.socket.socket() as other:
        other.bind((demo.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} is taken .* --port"):
            demo.check_port(port)
    assert demo.check_port(port) is None
