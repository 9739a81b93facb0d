from odoo import api, models


class StockMoveLine(models.Model):
    """Whose the returned goods are."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Odoo takes the owner from what is reserved, or from the delivery.

        Goods that are not ours would be worth something to us.
        """
        moves = self.env["stock.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        # sudo: the owner of exactly these goods
        owners = {
            move.id: move.restrict_partner_id.id
            for move in moves.sudo()
            if move.reverse_rma_line_id and move.restrict_partner_id
        }
        return super().create(
            [
                {**vals, "owner_id": owners[vals["move_id"]]}
                if vals.get("move_id") in owners
                else vals
                for vals in vals_list
            ]
        )
