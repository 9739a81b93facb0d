from odoo import models


class StockMove(models.Model):
    """What goes to vendors that refurbish it, and comes back."""

    _inherit = "stock.move"

    def _is_to_vendor(self):
        self.ensure_one()
        return bool(self.location_dest_id.reverse_vendor_id)

    def _is_from_vendor(self):
        self.ensure_one()
        return bool(self.location_id.reverse_vendor_id)

    def _find_reverse_refused(self):
        """Goods of returns leave for a workshop as their inspection says, or by an
        approval: they are out of the house there.
        """
        return super()._find_reverse_refused() + [
            (source, target, "unsent")
            for source, target in self._get_reverse_routes()
            if source._is_reverse_stock()
            and (keeper := target._get_reverse_keeper()) - source._get_reverse_keeper()
            and not self._is_reverse_for(keeper)
        ]

    def _is_reverse_for(self, keeper):
        """Whether an inspection or an approval lets a vendor have these goods."""
        if self.env["reverse.rma"]._in_workflow() or self._is_reverse_approved():
            return True
        part = self.sudo().reverse_inspection_id  # sudo: the decision about the goods
        if part.state != "done" or part.refurbisher_id != keeper:
            return False
        sent = part._get_vendor_moves().filtered(
            lambda move: move.state != "cancel" and move._is_to_vendor()
        )
        # What Odoo reserved beside the picked lines is not moved.
        lines = sent.move_line_ids.filtered(
            lambda line: line.picked or line.state == "done"
        )
        moved = sum(lines.mapped("quantity_product_uom"))
        most = part.line_id._in_product_uom(part.quantity)
        return part._owns_lines(self.move_line_ids) and (
            part.product_id.uom_id.compare(moved, most) <= 0
        )

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._tell_refurbished()
        return done

    def _action_cancel(self):
        res = super()._action_cancel()
        self._tell_refurbished()
        return res

    def _tell_refurbished(self):
        """Tell the inspections of goods that went to a vendor, or came back."""
        if self.env["reverse.rma"]._in_workflow():
            return
        # sudo: whoever moves the goods need not be of returns
        moves = self.sudo().filtered(
            lambda m: (
                m.reverse_inspection_id and (m._is_to_vendor() or m._is_from_vendor())
            )
        )
        if moves:
            moves.reverse_inspection_id._on_vendor_moved()
