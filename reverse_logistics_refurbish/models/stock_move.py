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
