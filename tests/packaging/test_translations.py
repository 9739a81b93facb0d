"""The template of every addon's translations holds the texts of its code."""

import subprocess
import sys

import polib
import pytest

from tooling import environment

ADDONS = environment.addons()
# Fields that Odoo's own addons add to every mail thread, where they are installed.
INHERITED = {"SMS Delivery error"}
EXPORT = [sys.executable, "-m", "odoo", "i18n", "export", "--database"]


@pytest.fixture(scope="module")
def database(new_database):
    return new_database()


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_template_is_current(addon, database, tmp_path):
    name = f"{addon.name}.pot"
    exported = tmp_path / name
    command = [*EXPORT, database, addon.name, "--output", str(exported)]
    subprocess.run(command, check=True)
    in_code = {entry.msgid for entry in polib.pofile(str(exported))}
    in_file = {entry.msgid for entry in polib.pofile(str(addon / "i18n" / name))}
    hint = f"run setup/odoo i18n export -d DATABASE {addon.name} to update the template"
    assert in_code - in_file - INHERITED == set(), hint
    assert in_file - in_code - INHERITED == set(), hint
