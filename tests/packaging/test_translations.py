"""The template of every addon's translations holds the texts of its code."""

import functools
import subprocess
import sys

import polib
import pytest

from tooling import databases, environment

ADDONS = environment.addons()
# Fields that Odoo's own addons add to every mail thread, where they are installed.
INHERITED = {"SMS Delivery error"}
EXPORT = [sys.executable, "-m", "odoo", "i18n", "export", "--database"]


@pytest.fixture(scope="module")
def database(new_database):
    """A function that gives the database to export an addon from.

    The core's texts come from one without the others, which add fields to its models.
    """

    @functools.cache
    def holding(suite):
        return new_database(suite=suite)

    return lambda addon: holding(addon.name not in databases.addons(suite=False))


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_template_is_current(addon, database, tmp_path):
    name = f"{addon.name}.pot"
    exported = tmp_path / name
    command = [*EXPORT, database(addon), addon.name, "--output", str(exported)]
    subprocess.run(command, check=True)
    in_code = {entry.msgid for entry in polib.pofile(str(exported))}
    in_file = {entry.msgid for entry in polib.pofile(str(addon / "i18n" / name))}
    hint = f"run setup/odoo i18n export -d DATABASE {addon.name} to update the template"
    assert in_code - in_file - INHERITED == set(), hint
    assert in_file - in_code - INHERITED == set(), hint
