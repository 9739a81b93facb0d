"""Fixtures for all pytest runs: what one class of tests has prepared serves the next.

Odoo empties all its caches after each test. What a test looks up of rights, defaults
and names is then looked up again by the next one of its class, though its database is
again the one from before. Here a cache is put back instead, as it was when it was
emptied for the first time in the test, or at its end: until then Odoo holds what is in
it for true in every state of the database that the test went through, the one at its
beginning too.

It goes no further than a class, so that no test depends on what ran before its class.
It leaves out what this project keeps, whose tests have to find it empty, and tests with
a browser, whose requests come when they please.
"""

import functools
import threading
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from unittest.mock import patch
from weakref import WeakValueDictionary

import pytest

# Stands in each cache from the beginning of a test; gone means it was emptied.
MARK = ("", pytest)
OURS = "odoo.addons.reverse_logistics"


@pytest.fixture(scope="session", autouse=True)
def warm_caches():
    """Put Odoo's caches back after each test, see above."""
    from odoo.modules.registry import Registry
    from odoo.tests.common import HttpCase, TransactionCase

    running = []

    def set_up(self):
        if isinstance(self, HttpCase):
            original(self)
            return
        kept = Kept(self.registry._Registry__caches)
        self.addCleanup(kept.put_back)  # the last one, after Odoo has emptied them
        original(self)
        kept.begin()
        running.append(kept)
        self.addCleanup(running.remove, kept)
        self.addCleanup(kept.note)

    def noting(clear):
        def clear_after_note(self, *names):
            for kept in running:
                kept.note()
            clear(self, *names)

        return clear_after_note

    original = TransactionCase.setUp
    with ExitStack() as stack:
        stack.enter_context(patch.object(TransactionCase, "setUp", set_up))
        for name in ("clear_cache", "clear_all_caches"):
            noted = noting(getattr(Registry, name))
            stack.enter_context(patch.object(Registry, name, noted))
        stack.enter_context(remembered_environments())
        stack.enter_context(remembered_triggers())
        stack.enter_context(remembered_charts())
        stack.enter_context(users_without_pictures())
        yield


@pytest.fixture(scope="session", autouse=True)
def committed_company(request):
    """Commit the company in which most tests happen, for all classes of a run.

    It has a chart of accounts and a warehouse; each class would take some two seconds
    to make them anew. Where no test of the run needs it, there is none.
    """
    classes = {item.cls for item in request.session.items if item.cls}
    if not any(hasattr(each, "create_company") for each in classes):
        return
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    from odoo.addons.reverse_logistics.tests.common import OwnCompany

    with Registry(get_db_name()).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if not OwnCompany.find_company(env):
            OwnCompany.create_company(env)


class Kept:
    """What is in the caches around one test.

    :param caches: ``{name: cache}`` of a registry
    """

    def __init__(self, caches):
        self.caches = caches
        self.contents = {}

    def begin(self):
        """Note what is there when the test begins."""
        for name, cache in self.caches.items():
            self.contents[name] = _lasting(cache)
            cache[MARK] = True

    def note(self):
        """Note what the test has added to those that were not emptied since."""
        for name, cache in self.caches.items():
            if MARK in cache:
                self.contents[name] = _lasting(cache)

    def put_back(self):
        """Fill the caches with what was noted."""
        for name, content in self.contents.items():
            for key, value in content.items():
                self.caches[name][key] = value


def _lasting(cache):
    """What of a cache may be put back: the results of Odoo's own methods."""
    return {
        key: value
        for key, value in cache.snapshot.items()
        if not _module(key).startswith(OURS)
    }


def _module(key):
    """Where the method is defined whose result has this key; ours if nobody knows."""
    return getattr(key[1], "__module__", OURS) if len(key) > 1 else OURS


def remembered_environments():
    """Patch for `Environment`: the one asked for again is found without a search.

    Odoo compares with every environment of a transaction. That of a request has few;
    that of a class of tests has all that its tests went through as a user.
    """
    from odoo.api import Environment

    original = Environment.__new__
    recent = WeakValueDictionary()

    def new(cls, cr, uid, context, su=False):
        key = (uid, su, tuple(context))
        env = recent.get(key)
        if (
            env is None
            or env.cr is not cr
            or env.context != context
            or env.transaction is not cr.transaction
            or env not in env.transaction.envs
        ):
            env = recent[key] = original(cls, cr, uid, context, su)
        return env

    return patch.object(Environment, "__new__", staticmethod(new))


def remembered_triggers():
    """Patch for `Registry`: what follows from a change of fields is merged once.

    Odoo merges it anew for each change, since it leaves out what is in no cache at that
    moment. Here it is merged once for the same fields, and left out from the whole.
    It lies with what Odoo itself keeps, which goes when a model changes.
    """
    from odoo.orm.registry import Registry

    original = Registry.get_trigger_tree

    def get(self, fields, select=bool):
        key = tuple(fields)
        kept = self._field_trigger_trees
        whole = kept.get(key)
        if whole is None:
            whole = kept[key] = original(self, fields)
        return selected(whole, functools.cache(select))

    return patch.object(Registry, "get_trigger_tree", get)


def selected(tree, select):
    """What of a tree is selected: fields, and branches in which there are some."""
    found = type(tree)([field for field in tree.root if select(field)])
    for label, branch in tree.items():
        if part := selected(branch, select):
            found[label] = part
    return found


def remembered_charts():
    """Patch for charts of accounts: which there are is found out once.

    They come with the modules, and no test installs one. Each company of a test asks.
    """
    from odoo.addons.account.models.chart_template import AccountChartTemplate

    found = {}

    def get(self, get_all=False):
        key = (self.env.cr.dbname, get_all)
        if key not in found:
            found[key] = original(self, get_all)
        return deepcopy(found[key])

    method = "_get_chart_template_mapping"
    original = getattr(AccountChartTemplate, method)
    return patch.object(AccountChartTemplate, method, get)


@contextmanager
def users_without_pictures():
    """Patch for `res.users`: a new user has no picture, like a person who has none.

    Odoo draws one of the initials whenever it is shown. Of a new user it also stores
    it, in five sizes, which takes half of the time of creating the users of a test.
    """
    from odoo.addons.base.models.avatar_mixin import AvatarMixin
    from odoo.addons.base.models.res_users import ResUsers

    drawing, creating = AvatarMixin._avatar_generate_svg, ResUsers.create
    here = threading.local()

    def draw(self):
        return False if getattr(here, "creates", False) else drawing(self)

    @functools.wraps(creating)
    def create(self, vals_list):
        here.creates = True
        try:
            return creating(self, vals_list)
        finally:
            here.creates = False

    with (
        patch.object(AvatarMixin, "_avatar_generate_svg", draw),
        patch.object(ResUsers, "create", create),
    ):
        yield
