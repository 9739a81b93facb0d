"""What of Odoo's caches goes from one test to the next."""

import pytest

from odoo.orm.registry import TriggerTree
from odoo.tools.lru import LRU

from tooling import warm


def theirs(model):
    """A method of Odoo's with a cache."""


def ours(model):
    """One of this project's."""


theirs.__module__ = "odoo.addons.base.models.ir_rule"
ours.__module__ = "odoo.addons.reverse_logistics.models.rules.reverse_rule_mixin"
BEFORE, MEANWHILE = ("ir.rule", theirs, 1), ("ir.rule", theirs, 2)


@pytest.fixture
def cache():
    return LRU(8, [(BEFORE, "before")])


@pytest.fixture
def around(cache):
    """A function that lets a test use the cache, and gives what is in it afterwards."""

    def run(test):
        kept = warm.Kept({"default": cache})
        kept.begin()
        test(kept)
        kept.note()
        cache.clear()  # as Odoo does
        kept.put_back()
        return cache.snapshot

    return run


def test_what_a_test_looks_up_stays(cache, around):
    found = around(lambda kept: cache.__setitem__(MEANWHILE, "meanwhile"))
    assert found == {BEFORE: "before", MEANWHILE: "meanwhile"}


def test_what_a_test_finds_after_a_change_goes_with_it(cache, around):
    def change(kept):
        for value in ("meanwhile", "changed"):
            cache[MEANWHILE] = value
            kept.note()  # as before it is emptied
            cache.clear()
        cache[BEFORE] = "changed"

    assert around(change) == {BEFORE: "before", MEANWHILE: "meanwhile"}


def test_what_this_project_keeps_is_found_empty(cache, around):
    cache["reverse.fee.rule", ours] = "before"
    assert around(lambda kept: cache.__setitem__(("x", ours), 1)) == {BEFORE: "before"}


def test_an_entry_of_another_form_does_not_stay(cache, around):
    assert around(lambda kept: cache.__setitem__(("alone",), 1)) == {BEFORE: "before"}


@pytest.mark.parametrize("fields", ["", "a", "d", "bc", "abcde"])
def test_what_follows_from_a_change_is_what_odoo_selects(fields):
    trees = [
        TriggerTree(["a", "b"], {"x": TriggerTree(["c"]), "y": TriggerTree()}),
        TriggerTree(["b"], {"y": TriggerTree([], {"z": TriggerTree(["d", "e"])})}),
    ]
    whole = TriggerTree.merge(trees)
    found = warm.selected(whole, fields.__contains__)
    meant = TriggerTree.merge(trees, fields.__contains__)
    assert _branches(found) == _branches(meant)
    assert list(whole) == ["x", "y"], "what is kept stays whole"


def _branches(tree):
    return list(tree.root), [(label, _branches(tree[label])) for label in tree]
