"""Walks through pages that no single addon knows: they are registered on the page."""

import json
import re

REGISTER = """
(() => {
    const module = odoo.loader.modules.get("@web/core/registry");
    if (!module || !odoo.isTourReady) {
        return false;
    }
    const tours = module.registry.category("web_tour.tours");
    if (!tours.contains("NAME")) {
        tours.add("NAME", {steps: () => STEPS});
    }
    return odoo.isTourReady("NAME");
})()
"""


def step(content, trigger, run=None, **more):
    """One step of a walk: see that something is there, or do something with it."""
    return {
        "content": content,
        "trigger": trigger,
        **({"run": run} if run else {}),
        **more,
    }


def enter(field, text, tag="input"):
    return step(f"Enter {text}", f".o_field_widget[name={field}] {tag}", f"edit {text}")


def choose(field, text):
    """Look for a record by what a field is typed into, and take it."""
    item = f".o-autocomplete--dropdown-item > a:contains({text})"
    return [enter(field, text), step(f"Choose {text}", item, "click")]


def add(field, text):
    """Add a record to those that a field has, and see that it is there."""
    tag = f".o_field_widget[name={field}] .o_tag:contains({text})"
    return [*choose(field, text), step(f"{text} is there", tag)]


def press(name, where=".o_statusbar_buttons"):
    return step(f"Press {name}", f"{where} button[name={name}]", "click")


def is_state(label):
    current = f".o_arrow_button_current:contains({label})"
    return step(f"It is {label}", current, timeout=60000)


def walk(test, url, name, steps, user):
    """Walk the steps as this user.

    :param test: an HttpCase
    """
    code = REGISTER.replace("NAME", name).replace("STEPS", json.dumps(steps))
    test.env.flush_all()
    test.start_tour(
        url, name, login=user.login, ready=re.sub(r"\n\s*", " ", code), timeout=180
    )
    test.env.invalidate_all()
