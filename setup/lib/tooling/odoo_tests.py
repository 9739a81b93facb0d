"""A pytest plugin: Odoo's own tests, chosen as its own runner chooses them.

Those that Odoo runs where everything is installed (`post_install`), and those that it
runs while an app is alone (`at_install`): here they all run where everything is
installed. pytest would also collect what a file only imports, what a class only
inherits, and what is tagged for other occasions.

`--names FILE` keeps the tests that the file lists, `--outcomes FILE` writes what became
of each: both are JSON, with the names of `docs/differences.md`, `addon.Class.test`.
"""

import json
from pathlib import Path

from .shared_files import kept_files  # noqa: F401

NAME = "odoo_test"


def pytest_addoption(parser):
    parser.addoption("--names")
    parser.addoption("--outcomes")


def pytest_configure(config):
    # Of tests side by side, the process that started the others hears of all.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(config.getoption("--outcomes")))


def pytest_collection_modifyitems(config, items):
    file = config.getoption("--names")
    names = json.loads(Path(file).read_text()) if file else None
    chosen = [
        item
        for item in items
        if is_own(item.cls, item.name, item.module.__name__)
        and (names is None or name(item.cls, item.name) in names)
    ]
    for item in chosen:
        # Travels from the process that runs the test to the one that reports.
        item.user_properties.append((NAME, name(item.cls, item.name)))
    left_out = [item for item in items if item not in set(chosen)]
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)


def is_own(cls, test, module):
    """Whether Odoo would run this test of this file, whenever it does."""
    tags = set(getattr(cls, "test_tags", ()))
    return (
        cls is not None
        and cls.__module__ == module
        and "standard" in tags
        and not tags.isdisjoint({"at_install", "post_install"})
        and (getattr(cls, "allow_inherited_tests_method", False) or test in vars(cls))
    )


def name(cls, test):
    """The name of a test of a class in `odoo.addons.<addon>.tests`."""
    return f"{cls.__module__.split('.')[2]}.{cls.__name__}.{test}"


class Outcomes:
    """What became of each test: the worst of its set-up, call and tear-down."""

    order = ("passed", "skipped", "failed")

    def __init__(self, file):
        self.file = file
        self.found = {}

    def pytest_runtest_logreport(self, report):
        test = dict(report.user_properties).get(NAME)
        if test:
            seen = self.found.get(test, report.outcome)
            self.found[test] = max(seen, report.outcome, key=self.order.index)

    def pytest_sessionfinish(self):
        if self.file:
            Path(self.file).write_text(json.dumps(self.found))
