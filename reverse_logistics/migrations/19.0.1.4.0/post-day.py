"""All that was done keeps a day, also what Odoo wrote as done when nothing kept it."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE stock_move
           SET reverse_done_at = date
         WHERE state = 'done'
           AND reverse_done_at IS NULL
        """
    )
