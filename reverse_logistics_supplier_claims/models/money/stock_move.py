from odoo import fields, models


class StockMove(models.Model):
    """Goods that a supplier sends in place of those that we claimed."""

    _inherit = "stock.move"

    reverse_replaced_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Replaces Claimed Goods",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    def _get_reverse_taken_back(self):
        """A supplier sends other pieces in place of those that returns sent to it."""
        others = self.filtered("reverse_replaced_line_id")
        return super(StockMove, self - others)._get_reverse_taken_back()

    def _get_reverse_parts_sum(self):
        """Give ``{move: quantity}`` in the product's unit, see there."""
        return {
            move: sum(quantity for _lot, quantity in move._get_reverse_parts())
            for move in self
        }

    reverse_kept_credit_ids = fields.One2many(
        "account.move.line", "reverse_kept_move_id", groups=fields.NO_ACCESS
    )

    def _get_value_from_extra(self, quantity, at_date=None):
        """Goods that stay cost less by what their supplier paid of a claim."""
        extra = super()._get_value_from_extra(quantity, at_date)
        # sudo: the books, whoever looks at the value
        credits = self.sudo().reverse_kept_credit_ids.filtered(
            lambda aml: (
                aml.parent_state == "posted"
                and (not at_date or aml.date <= fields.Date.to_date(at_date))
            )
        )
        if not credits:
            return extra
        paid = self.env._(
            "Paid by the supplier: %(documents)s",
            documents=", ".join(credits.move_id.mapped("name")),
        )
        return {
            **extra,
            # A credit is negative in the books.
            "value": extra["value"] + sum(credits.mapped("balance")),
            "description": "\n".join(filter(None, [extra.get("description"), paid])),
        }

    def _get_value_from_account_move(self, quantity, at_date=None):
        """What comes for goods that were sent back is worth what these were.

        Nobody bills it, so bill and order of the purchase say nothing of it.
        """
        back = self.reverse_replaced_line_id or self.reverse_back_line_id
        if back and self.origin_returned_move_id.is_out:
            return self._get_value_from_returns(quantity, at_date)
        return super()._get_value_from_account_move(quantity, at_date)
