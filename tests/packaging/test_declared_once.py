"""Who looks for a member of a model finds one definition of it in an addon.

Addons extend each other's models with ``super()``. Inside one addon the steps of an
action stand in one place, so that no order of imports decides what happens first.
"""

import ast
from collections import defaultdict

import pytest

from tooling import environment

#: Members that are defined more than once on purpose: {(addon, model, member): why}.
EXCEPTIONS = {}

# What every class of a model says of itself.
OWN = {"_name", "_inherit", "_inherits", "_description"}


def _value(cls, name):
    for node in cls.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    return None


def _model(cls):
    """The model that a class declares or extends, None for other classes."""
    names = {
        node.targets[0].id
        for node in cls.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    if not names & {"_name", "_inherit"}:
        return None
    inherited = _value(cls, "_inherit") or []
    inherited = [inherited] if isinstance(inherited, str) else inherited
    return _value(cls, "_name") or inherited[0]


def _members(cls):
    for node in cls.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets)


def _classes(addon):
    """Yield ``(model, file, class)`` of everything an addon says of models."""
    for folder in ("models", "wizards"):
        for path in sorted((addon / folder).rglob("*.py")):
            for cls in ast.parse(path.read_text()).body:
                if isinstance(cls, ast.ClassDef) and (model := _model(cls)):
                    yield model, path.relative_to(addon), cls


ADDONS = sorted(environment.addons())


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_each_member_is_defined_once(addon):
    places = defaultdict(list)
    for model, path, cls in _classes(addon):
        for member in set(_members(cls)) - OWN:
            places[addon.name, model, member].append(str(path))
    twice = {key: found for key, found in places.items() if len(found) > 1}
    assert {key: twice[key] for key in twice.keys() - EXCEPTIONS.keys()} == {}
    known = {key for key in EXCEPTIONS if key[0] == addon.name}
    assert known <= twice.keys(), "an exception that is none any more"


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_each_room_has_one_class_of_a_model(addon):
    rooms = defaultdict(list)
    for model, path, _cls in _classes(addon):
        rooms[model, str(path.parent)].append(path.name)
    several = {key: found for key, found in rooms.items() if len(found) > 1}
    assert several == {}


def _portal_methods():
    """Yield ``(method, class, whether it goes on with what others do)``.

    Odoo makes one class of all that extend its portal, in whatever addon they are.
    """
    portal = {"CustomerPortal"}
    paths = [
        path for addon in ADDONS for path in sorted(addon.glob("controllers/*.py"))
    ]
    classes = [
        node
        for path in paths
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    ]
    bases = {
        cls.name: {getattr(base, "id", "") for base in cls.bases} for cls in classes
    }
    while more := {name for name in bases if bases[name] & portal} - portal:
        portal |= more
    for cls in classes:
        for node in cls.body if cls.name in portal else ():
            if isinstance(node, ast.FunctionDef):
                goes_on = f"super().{node.name}(" in ast.unparse(node)
                yield node.name, cls.name, goes_on


def test_portals_take_no_method_from_each_other():
    own = defaultdict(list)
    for method, cls, goes_on in _portal_methods():
        if not goes_on:
            own[method].append(cls)
    assert len(own) > 20
    assert not {name: classes for name, classes in own.items() if len(classes) > 1}


def test_models_take_no_method_from_each_other():
    """Of a method that two addons give a model, all but the first go on with it."""
    own = defaultdict(set)
    for addon in ADDONS:
        for model, _path, cls in _classes(addon):
            for node in cls.body:
                if isinstance(node, ast.FunctionDef) and "super(" not in ast.unparse(
                    node
                ):
                    own[model, node.name].add(addon.name)
    assert len(own) > 1000
    assert not {key: names for key, names in own.items() if len(names) > 1}
