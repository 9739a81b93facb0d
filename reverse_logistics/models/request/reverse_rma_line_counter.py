from odoo import api, fields, models


class ReverseRmaLine(models.Model):
    """What was seen of the goods at the counter, before somebody decided about them."""

    _inherit = "reverse.rma.line"

    counter_condition_id = fields.Many2one(
        "reverse.condition",
        "Condition at the Counter",
        ondelete="restrict",
        help="Entered when the goods were handed over; proposed to the inspector.",
    )
    counter_disposition_id = fields.Many2one(
        "reverse.disposition",
        "Destination at the Counter",
        ondelete="restrict",
    )

    def copy_data(self, default=None):
        """A line that is split over deliveries keeps it, a copied return does not."""
        vals_list = super().copy_data(default)
        if "rma_id" not in (default or {}):
            for vals in vals_list:
                vals.pop("counter_condition_id", None)
                vals.pop("counter_disposition_id", None)
        return vals_list


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    @api.model
    def _create_for(self, moves):
        """Propose what was entered when the goods were handed over."""
        parts = super()._create_for(moves)
        for line, group in parts.grouped("line_id").items():
            if line.counter_condition_id:
                group._guarded_write(
                    {
                        "condition_id": line.counter_condition_id.id,
                        "disposition_id": line.counter_disposition_id.id,
                    }
                )
        return parts
