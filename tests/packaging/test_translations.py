"""The template of every addon's translations holds the texts of its code."""

import io

import polib
import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools.translate import trans_export

from tooling import environment

ADDONS = environment.addons()


@pytest.fixture(scope="module")
def database(new_database):
    return new_database()


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_template_is_current(addon, database):
    path = addon / "i18n" / f"{addon.name}.pot"
    exported = io.BytesIO()
    with Registry(database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        assert trans_export(False, [addon.name], exported, "po", env)
    in_code = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
    in_file = {entry.msgid for entry in polib.pofile(str(path))}
    message = f"setup/odoo i18n export -d DATABASE -l pot -o {path.name} {addon.name}"
    assert in_code - in_file == set(), f"missing, run: {message}"
    assert in_file - in_code == set(), f"no longer used, run: {message}"
