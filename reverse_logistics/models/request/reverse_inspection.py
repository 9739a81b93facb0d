from odoo import models


class ReverseInspection(models.Model):
    """What was found at the counter, as a proposal for the inspection."""

    _inherit = "reverse.inspection"

    def _propose_counter_findings(self):
        """Propose what was entered when the goods were handed over."""
        for line, parts in self.grouped("line_id").items():
            if line.counter_condition_id:
                parts._guarded_write(
                    {
                        "condition_id": line.counter_condition_id.id,
                        "disposition_id": line.counter_disposition_id.id,
                    }
                )
