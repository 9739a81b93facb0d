from odoo import models


class ReverseInspection(models.Model):
    """What events say of inspected goods: codes, quantities and references."""

    _inherit = "reverse.inspection"

    def _log_parts(self, name):
        by_rma = self.grouped("rma_id")
        files = self._get_evidence()
        line_files = self.line_id._get_evidence()
        self.env["reverse.event"]._log(
            self.rma_id,
            name,
            lambda rma: {
                **by_rma[rma]._get_decider_data(),
                "parts": [
                    {
                        **({"files": files[part.id]} if files[part.id] else {}),
                        **part._get_event_data(),
                    }
                    for part in by_rma[rma]
                ],
                # What the customer sent, as it was when the goods were inspected.
                "line_files": {
                    str(line.id): line_files[line.id]
                    for line in by_rma[rma].line_id
                    if line_files[line.id]
                },
            },
        )

    def _get_event_data(self):
        """What an event says of one part: codes, quantities and references."""
        self.ensure_one()
        return {
            "inspection": self.id,
            "line": self.line_id.id,
            "quantity": self.quantity,
            "lot": self.lot_id.id,
            "condition": self.condition_id.code or "",
            "disposition": self.disposition_id.code,
            "recommended": self.recommended_disposition_id.code or "",
            "liability": self.liability or "",
            "location": self.location_id.id,
        }

    def _get_decider_data(self):
        """What an event says of who decided, where that is not the acting user."""
        return {}
