"""Recalls that were started before stop no stock by its products.

What was made of their lots is stopped, and recipients are told, with their next run.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    started = env["reverse.recall"].search([("started_at", "!=", False)])
    started._guarded_write({"stops_stock": False})
