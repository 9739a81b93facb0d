from odoo import fields, models

from odoo.addons.reverse_logistics.engine import custody


class StockMove(models.Model):
    """Own goods that are set aside for their supplier, and put back to stock."""

    _inherit = "stock.move"

    reverse_aside_line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        "Set Aside on Claim",
        index="btree_not_null",
        readonly=True,
        copy=False,
        # What was set aside for a line that is deleted was put back before.
        ondelete="set null",
    )

    def _is_reverse_decided(self, kind):
        """No inspection decides about own goods: the step of their claim does."""
        line = self.sudo().reverse_aside_line_id  # sudo: which goods they are
        if line and kind == custody.STOCK and line._in_workflow():
            return self.product_id == line.product_id
        return super()._is_reverse_decided(kind)
