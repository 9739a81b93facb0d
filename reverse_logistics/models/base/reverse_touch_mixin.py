from odoo import fields, models
from odoo.tools import SQL


class ReverseTouchMixin(models.AbstractModel):
    """A record whose sums only one transaction at a time may decide on.

    Odoo runs at REPEATABLE READ: if two users lock a row and then sum, each still sees
    the old sum. Writing to the row first makes PostgreSQL abort the second transaction.
    Odoo repeats it, and then it sees what the first one did. What is written says
    nothing: it only changes, and whatever a client has put there does not overflow.
    """

    _name = "reverse.touch.mixin"
    _description = "Anchor of a Return Guard"

    reverse_guard = fields.Integer("Return Guard", readonly=True, copy=False)

    def _reverse_touch(self):
        """Write to these rows, in id order; call it before reading what is summed."""
        if self.ids:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE %(table)s
                       SET reverse_guard = (COALESCE(reverse_guard, 0) + 1::bigint)
                           %% 1000000
                     WHERE id IN (
                           SELECT id FROM %(table)s WHERE id IN %(ids)s
                            ORDER BY id FOR NO KEY UPDATE
                           ) RETURNING id
                    """,
                    table=SQL.identifier(self._table),
                    ids=tuple(self.ids),
                )
            )
