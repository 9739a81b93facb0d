from odoo import api, fields, models
from odoo.exceptions import UserError


class StockLot(models.Model):
    """Know the recall that stops a lot."""

    _inherit = "stock.lot"

    reverse_recall_id = fields.Many2one(
        "reverse.recall",
        "Recall",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The lot is stopped: nothing of it is delivered or put back on sale.",
    )

    def write(self, vals):
        if "reverse_recall_id" in vals:
            self._refuse_reverse_recall()
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        # also one that a client puts into the context
        if lots.reverse_recall_id:
            self._refuse_reverse_recall()
        return lots

    def _refuse_reverse_recall(self):
        """Only a recall stops lots and lets them go again."""
        if not self.env["reverse.recall"]._in_workflow():
            raise UserError(
                self.env._(
                    "A lot is stopped by starting a recall, and let go by taking it "
                    "back."
                )
            )
