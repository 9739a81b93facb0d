from odoo import fields, models


class ReverseSupplierSourceLine(models.TransientModel):
    """One receipt that claimed goods can be of."""

    _name = "reverse.supplier.source.line"
    _description = "Receipt of Claimed Goods"
    _order = "rank, id"

    source_id = fields.Many2one(
        "reverse.supplier.source", required=True, ondelete="cascade"
    )
    rank = fields.Integer(readonly=True)
    receipt_move_id = fields.Many2one("stock.move", readonly=True)
    receipt = fields.Char(readonly=True)
    purchase = fields.Char(readonly=True)
    supplier = fields.Char(readonly=True)
    received_on = fields.Date(readonly=True)
    quantity_left = fields.Float(
        "Left to Claim",
        digits="Product Unit",
        readonly=True,
        help="What neither went back to the supplier nor is claimed.",
    )
    unit_cost = fields.Monetary("Price", readonly=True, help="Claimed for one unit.")
    currency_id = fields.Many2one(related="source_id.currency_id")
    why = fields.Char(readonly=True)

    def action_choose(self):
        """Claim the goods as received with this receipt."""
        self.ensure_one()
        # The line itself refuses what is no candidate any more.
        self.source_id.claim_line_id.receipt_move_id = self.receipt_move_id
        return {"type": "ir.actions.act_window_close"}
