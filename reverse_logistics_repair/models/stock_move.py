from odoo import api, models


class StockMove(models.Model):
    """Keep the owner of repaired goods."""

    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._name_repaired_owner(vals) for vals in vals_list])

    def _is_reverse_made(self):
        self.ensure_one()
        return bool(self.repair_id) or super()._is_reverse_made()

    @api.model
    def _name_repaired_owner(self, vals):
        """Name the owner of the goods on the move that ends their repair.

        Odoo looks for the owner where the spare parts are, and finds none there.
        """
        if vals.get("repair_line_type") or not vals.get("move_line_ids"):
            return vals
        # sudo: whoever repairs need not read the return, which knows the owner
        repair = self.env["repair.order"].sudo().browse(vals.get("repair_id") or ())
        part = repair.reverse_inspection_id
        if not part:
            return vals
        owner = part._get_stock_owner().id
        lines = [
            (command, line_id, {**line, "owner_id": owner})
            for command, line_id, line in vals["move_line_ids"]
        ]
        return {**vals, "move_line_ids": lines, "restrict_partner_id": owner}
