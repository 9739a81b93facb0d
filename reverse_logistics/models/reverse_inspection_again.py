from odoo import models
from odoo.exceptions import UserError

from ..engine import transitions


class ReverseInspection(models.Model):
    """A second look at goods that were only parked."""

    _inherit = "reverse.inspection"

    def action_reinspect(self):
        """Open a new inspection for goods whose disposition was not final."""
        self._check_duty("inspector")
        for part in self:
            if part.disposition_id.is_final or not part.disposed:
                raise UserError(
                    self.env._(
                        "%(part)s went to its final destination.",
                        part=part.display_name,
                    )
                )
        self._transition(transitions.INSPECTION, "supersede")
        self._set_denied(False)
        amounts = {}
        for part in self:
            changes = amounts.setdefault(
                part.line_id, {"inspected": 0.0, "put_away": 0.0}
            )
            changes["inspected"] -= part.quantity
            changes["put_away"] -= part.quantity
        self.line_id._add(amounts)
        parts = self._guarded_create(
            [
                {
                    "line_id": part.line_id.id,
                    "quantity": part.quantity,
                    "lot_id": part.lot_id.id,
                    "receipt_move_id": part.receipt_move_id.id,
                    "location_id": part.location_id.id,
                    "supersedes_id": part.id,
                }
                for part in self
            ]
        )
        self._log_parts("InspectionSuperseded")
        self.rma_id._update_progress()
        return self.rma_id._open(parts, self.env._("Inspections"))
