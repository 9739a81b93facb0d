"""Fixtures for the tests that no single addon can hold."""

import pytest

from odoo.modules.registry import Registry
from odoo.sql_db import close_db

from tooling import databases


@pytest.fixture(scope="session")
def new_database():
    """A function that makes databases with all addons: `new_database(demo=False)`.

    Each is a copy of the cached template, may be committed to and connected to at
    will, and is dropped at the end.
    """
    names = []

    def create(demo=False):
        names.append(databases.create(databases.temporary_name(), demo))
        return names[-1]

    yield create
    for name in names:
        Registry.delete(name)
        close_db(name)
        databases.drop(name)
