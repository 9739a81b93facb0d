"""The demo company shows what the stories of every addon say.

The tests `test_demo.py` of the addons run beside the tests of everything, where no demo
data is installed and they only see that there is none. Here they run where it is.
"""

import re

from odoo.sql_db import close_db, db_connect

from tooling import cache, databases, testing

PASSED = re.compile(r"^PASSED (\S+?)::", re.MULTILINE)
WITHOUT_DEMO = """
    SELECT name FROM ir_module_module
    WHERE state = 'installed' AND demo IS NOT TRUE AND name = ANY(%s)
"""


def demo_tests():
    """The files with the tests of the stories: {path from the checkout: itself}."""
    found = sorted(cache.CHECKOUT.glob("reverse_logistics*/tests/**/test_demo.py"))
    return {path.relative_to(cache.CHECKOUT).as_posix(): path for path in found}


def test_stories_are_shown():
    files = demo_tests()
    with databases.temporary(demo=True, suite=True) as name:
        with db_connect(name).cursor() as cr:
            cr.execute(WITHOUT_DEMO, [[*databases.addons()]])
            assert cr.fetchall() == []
        close_db(name)
        result = testing.run_beside(name, map(str, files.values()), "-rA")
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    assert {*PASSED.findall(result.stdout)} == {*files}, output


def test_addons_with_stories_have_tests_of_them():
    told = {path.split("/")[0] for path in demo_tests()}
    stories = cache.CHECKOUT.glob("reverse_logistics*/demo/*.xml")
    assert {path.parts[-3] for path in stories} <= told
