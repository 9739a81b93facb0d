"""Customers read of the shipped conditions in words of their own."""

from odoo import SUPERUSER_ID, api

WORDS = {
    "condition_a": "As new",
    "condition_b": "Opened, as new",
    "condition_c": "Used",
    "condition_d": "Damaged",
    "condition_e": "Beyond use",
    "condition_x": "Another item than announced",
}


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, words in WORDS.items():
        condition = env.ref(f"reverse_logistics.{name}", raise_if_not_found=False)
        if condition and not condition.customer_name:
            condition.customer_name = words
