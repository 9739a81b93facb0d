"""Random checks are drawn with a secret; new databases get theirs when installed."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["reverse.inspection"]._get_sample_secret()
