"""What promotions fall on is known to an addon of its own now."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    # Odoo installs an addon by itself with what it joins, not where both are already.
    modules = api.Environment(cr, SUPERUSER_ID, {})["ir.module.module"]
    here = ("installed", "to upgrade", "to install")
    if modules.search_count([("name", "=", "sale_loyalty"), ("state", "in", here)]):
        modules.search(
            [
                ("name", "=", "reverse_logistics_loyalty"),
                ("state", "=", "uninstalled"),
            ]
        ).button_install()
