"""Databases whose set of addons changes."""

import os
import secrets
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

from odoo.addons.base.models.ir_module import IrModuleModule

from tooling import databases

ADDON = "reverse_logistics"


@contextmanager
def without_tests():
    """Odoo would otherwise run the tests of what it loads."""
    enabled = config["test_enable"]
    config["test_enable"] = False
    try:
        yield
    finally:
        config["test_enable"] = enabled


class Database:
    """A database that addons are installed in, upgraded in and removed from."""

    def __init__(self, name):
        self.name = name
        self.is_listed = False

    def run(self, function):
        """Call ``function`` with an environment, commit, and give its result."""
        with without_tests(), Registry(self.name).cursor() as cr:
            return function(Environment(cr, SUPERUSER_ID, {}))

    def update(self, **modules):
        with without_tests(), ExitStack() as stack:
            if self.is_listed:
                # Odoo reads each time anew which hundreds of modules there are; while
                # a test goes on there are no others.
                known = patch.object(
                    IrModuleModule, "update_list", lambda _self: (0, 0)
                )
                stack.enter_context(known)
            Registry.new(self.name, update_module=True, **modules)
        self.is_listed = True

    def install(self, *names):
        self.update(install_modules=list(names or [ADDON]))

    def upgrade(self):
        self.update(upgrade_modules=[ADDON])

    def uninstall(self, name=ADDON):
        self.run(lambda env: env.ref(f"base.module_{name}").button_uninstall())
        self.update()

    def drop(self):
        Registry.delete(self.name)
        close_db(self.name)
        databases.drop(self.name)


@pytest.fixture
def plain():
    """A database with Odoo's own modules only."""
    name = f"{databases.TEMPORARY}{os.getpid()}_{secrets.token_hex(3)}"
    database = Database(databases.create(name, plain=True))
    yield database
    database.drop()


@pytest.fixture
def installed(new_database):
    """A database with the addons installed."""
    return Database(new_database())


@pytest.fixture
def joined(new_database):
    """A database with the addons that join the core to other apps as well."""
    return Database(new_database(suite=True))
