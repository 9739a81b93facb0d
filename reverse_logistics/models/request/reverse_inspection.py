from odoo import api, models


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

    def _is_creditable(self):
        return super()._is_creditable() and self.line_id.gives_credit
