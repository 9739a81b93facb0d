"""Goods in which no trouble was found count for whoever sold them, also those that were
inspected before anybody noted who that was.
"""

from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 500


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    parts = env["reverse.inspection"].search(
        [
            ("state", "=", "done"),
            ("no_trouble_found", "=", True),
            ("no_trouble_seller_id", "=", False),
        ]
    )
    for batch in split_every(BATCH, parts.ids, parts.browse):
        sellers = batch._find_no_trouble_sellers()
        batch._guarded_write_each(
            {part: {"no_trouble_seller_id": id_} for part, id_ in sellers.items()}
        )
