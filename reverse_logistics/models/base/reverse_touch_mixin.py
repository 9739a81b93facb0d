from odoo import fields, models
from odoo.tools import SQL


class ReverseTouchMixin(models.AbstractModel):
    """Records whose sums only one transaction may decide on at a time.

    Odoo runs REPEATABLE READ: locking a row and then summing lets two users each see
    the old sum. Writing to the row first makes PostgreSQL abort the second one; Odoo
    reruns it, and the rerun sees what the first one did.
    """

    _name = "reverse.touch.mixin"
    _description = "Anchor of a Return Guard"

    reverse_guard = fields.Integer("Return Guard", readonly=True, copy=False)

    def _reverse_touch(self):
        """Touch these rows in id order. Always before reading what is summed."""
        if self.ids:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE %(table)s SET reverse_guard = COALESCE(reverse_guard, 0) + 1
                     WHERE id IN (
                           SELECT id FROM %(table)s WHERE id IN %(ids)s
                            ORDER BY id FOR NO KEY UPDATE
                           ) RETURNING id
                    """,
                    table=SQL.identifier(self._table),
                    ids=tuple(self.ids),
                )
            )
