"""Lots say who noted when their warranty begins: of those before, who changed them."""

from odoo import SUPERUSER_ID


def migrate(cr, version):
    cr.execute(
        """
        UPDATE stock_lot
           SET reverse_word_by_id = write_uid
         WHERE reverse_warranty_from IS NOT NULL
           AND reverse_word_by_id IS NULL
           AND write_uid != %s
        """,
        (SUPERUSER_ID,),
    )
