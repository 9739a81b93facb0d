from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Deliver nothing that was recalled, and build it into nothing."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        self._check_reverse_recalled()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _check_reverse_recalled(self):
        """Refuse recalled lots on their way to customers, or into other products.

        Back to the supplier they may go, and be written off; what is delivered to a
        place of loss is given away.
        """
        leaving = ("customer", "transit", "production")
        lines = self.move_line_ids.filtered(
            lambda line: (
                line.quantity
                and (line.state == "done" or line.picked or not line.move_id.picked)
                and (
                    line.location_dest_id.usage in leaving
                    or line.location_dest_id.usage == "inventory"
                    and line.move_id.picking_type_id.code == "outgoing"
                )
            )
        )
        for line, lot in lines._find_recalled().items():
            raise UserError(
                self.env._(
                    "%(transfer)s cannot take %(product)s of lot %(lot)s: it was "
                    "recalled with %(recall)s. Take another lot.",
                    transfer=line.picking_id.name or line.move_id.reference,
                    product=line.product_id.display_name,
                    lot=lot.name,
                    recall=lot.reverse_recall_id.name,
                )
            )
