from odoo import Command, api, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_reverse_components(self):
        """The lines of a combo's goods: they have the price, and they are delivered."""
        return self.linked_line_ids.filtered("combo_item_id")

    def _prepare_reverse_components(self, vals):
        """Lines for all goods of so many combos."""
        self.ensure_one()
        share = vals.get("quantity", 1.0) / (self.product_uom_qty or 1.0)
        return [
            Command.create(
                {
                    **vals,
                    "sale_line_id": line.id,
                    "product_id": line.product_id.id,
                    "uom_id": line.product_uom_id.id,
                    "quantity": share * line.product_uom_qty,
                }
            )
            for line in self._get_reverse_components()
        ]


class ReverseRma(models.Model):
    """Combos: the line of the combo itself stands for all its components."""

    _inherit = "reverse.rma"

    @api.model
    def _complete_create(self, vals_list):
        return super()._complete_create(
            [
                {**vals, "line_ids": self._split_combos(vals["line_ids"])}
                if vals.get("line_ids")
                else vals
                for vals in vals_list
            ]
        )

    @api.model
    def _split_combos(self, commands):
        """Replace lines of whole combos by lines of all their components."""
        result = []
        for command in commands:
            vals = command[2] if command[0] == Command.CREATE else {}
            combo = self.env["sale.order.line"].browse(vals.get("sale_line_id"))
            if combo.product_type == "combo":
                result += combo._prepare_reverse_components(vals)
            else:
                result.append(command)
        return result
