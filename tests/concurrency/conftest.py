import shutil
from contextlib import closing, contextmanager

import pytest

from odoo import sql_db
from odoo.tools import SQL, config

from .shop import Shop


@pytest.fixture(scope="session")
def database():
    """A copy of the tested database, which these tests commit to."""
    source = config["db_name"][0]
    name = f"{source}_concurrency"
    with copied(source, name):
        yield name


@contextmanager
def copied(source, name):
    sql_db.close_db(source)
    on_server("DROP DATABASE IF EXISTS %s", name)
    on_server("CREATE DATABASE %s TEMPLATE %s", name, source)
    shutil.copytree(
        config.filestore(source), config.filestore(name), dirs_exist_ok=True
    )
    try:
        yield
    finally:
        sql_db.close_db(name)
        on_server("DROP DATABASE %s WITH (FORCE)", name)
        shutil.rmtree(config.filestore(name), ignore_errors=True)


def on_server(statement, *names):
    with closing(sql_db.db_connect("postgres").cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(SQL(statement, *map(SQL.identifier, names)))


@pytest.fixture(scope="session")
def shop(database):
    return Shop(database)
