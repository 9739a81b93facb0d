"""Fixtures for the tests that no single addon can hold."""

import contextlib

import pytest
from hypothesis import HealthCheck, settings

from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

from tooling import databases

# How fast examples come says how busy the machine is, not whether the code is right.
# They are the same ones each time: what fails here fails everywhere.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def new_database():
    """A function that makes databases: `new_database(demo=False, suite=False)`.

    Each is a copy of the cached template with the core, or with all addons, may be
    committed to and connected to at will, and is dropped at the end.
    """
    with contextlib.ExitStack() as stack:

        def create(demo=False, suite=False):
            name = stack.enter_context(databases.temporary(demo, suite=suite))
            stack.callback(close_db, name)
            stack.callback(Registry.delete, name)
            load_registry(name)
            return name

        yield create


def load_registry(name):
    """Load the models; while testing, Odoo would run its own tests at the end of it."""
    testing = config["test_enable"]
    config["test_enable"] = False
    try:
        Registry(name)
    finally:
        config["test_enable"] = testing
