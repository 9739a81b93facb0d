"""The template of every addon's translations holds the texts of its code.

What Odoo exports is kept in the cache as long as neither the addons nor Odoo change.
"""

import polib
import pytest

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools.translate import trans_export

from tooling import cache, databases, environment, source

ADDONS = environment.addons()
# Fields that Odoo's own addons add to every mail thread, where they are installed.
INHERITED = {"SMS Delivery error"}


@pytest.fixture(scope="module")
def exported(new_database):
    """A function that gives the template of an addon as Odoo exports it now.

    The core's texts come from a database without the others, which add fields to its
    models.
    """
    # Texts come from code, data and scripts, and from what the addons depend on.
    content = [part for addon in ADDONS for part in cache.contents(addon)]
    key = cache.digest(source.find().version, *content)
    names = {}

    def holding(suite):
        if suite not in names:
            names[suite] = new_database(suite=suite)
        return names[suite]

    def get(addon):
        def build(folder):
            suite = addon.name not in databases.addons(suite=False)
            with (folder / "template.pot").open("wb") as file:
                export(holding(suite), addon.name, file)

        folder = cache.built(f"translations/{addon.name}-{key}", build)
        return folder / "template.pot"

    return get


def export(name, addon, file):
    """Write the template of an addon's texts as `odoo i18n export` does."""
    with Registry(name).cursor(readonly=True) as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        assert trans_export(None, [addon], file, "po", env)


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_template_is_current(addon, exported):
    name = f"{addon.name}.pot"
    in_code = {entry.msgid for entry in polib.pofile(str(exported(addon)))}
    in_file = {entry.msgid for entry in polib.pofile(str(addon / "i18n" / name))}
    hint = f"run setup/odoo i18n export -d DATABASE {addon.name} to update the template"
    assert in_code - in_file - INHERITED == set(), hint
    assert in_file - in_code - INHERITED == set(), hint
