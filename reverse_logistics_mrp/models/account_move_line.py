from odoo import models


class AccountMoveLine(models.Model):
    """Value components of kits that are credited."""

    _inherit = "account.move.line"

    def _get_cogs_value(self):
        """Value a component at the cost of its receipt.

        Odoo would take its share of the kit's cost.
        """
        # sudo: whoever posts the credit need not read returns
        settled = self.sudo().reverse_settlement_line_id
        if not self.quantity or not settled.rma_line_id._is_kit_component():
            return super()._get_cogs_value()
        receipt = settled.inspection_id.receipt_move_id
        if settled.inspection_id._waits_for_kit():
            # The component that completes a kit brings the credit of the whole kit.
            origin = self.sudo().reverse_origin_line_id
            cost = origin.move_id.line_ids.filtered(
                lambda line: line.cogs_origin_id == origin and line.price_unit >= 0
            )
            return cost[:1].price_unit
        received = sum(part[1] for part in receipt._get_reverse_parts())
        returned = settled.rma_line_id._in_product_uom(settled.quantity)
        cost = abs(receipt.value) * returned / received if received else 0.0
        return cost / self.quantity
