from odoo import models


class ReverseRmaLine(models.Model):
    """Goods for repair, which stay sold and the customer's property."""

    _inherit = "reverse.rma.line"

    def _wants_settlement(self):
        return super()._wants_settlement() and self._get_settlement_type() != "repair"

    def _authorize(self):
        res = super()._authorize()
        self.filtered(
            lambda line: line._get_settlement_type() == "repair"
        )._guarded_write({"customer_owned": True})
        return res

    def _name_receipt_owner(self):
        """Let the open receipts bring the goods as whose they are now."""
        for line in self:
            owner = line._get_goods_owner()
            moves = line._get_open_receipts()
            moves.write(
                {
                    "restrict_partner_id": owner.id,
                    # as in _prepare_receipt_move
                    "to_refund": bool(line.move_id) and not line.customer_owned,
                }
            )
            moves.move_line_ids.owner_id = owner

    def _prepare_receipt_move(self, location, destination):
        vals = super()._prepare_receipt_move(location, destination)
        if self.customer_owned:
            # The goods stay delivered, so the order does not change.
            vals["to_refund"] = False
        return vals

    def _is_credited_unlinked(self):
        """Let goodwill for goods in repair name the invoice of these goods."""
        return super()._is_credited_unlinked() and not (
            self.sale_line_id and self._get_settlement_type() == "repair"
        )
