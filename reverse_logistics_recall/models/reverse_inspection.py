from odoo import models


class ReverseInspection(models.Model):
    """Keep recalled goods off sale, and credit them whatever became of them."""

    _inherit = "reverse.inspection"

    def _get_dangers(self):
        found = super()._get_dangers()
        phrase = self.env._("this was recalled")
        # A form that is being filled in has no line yet.
        here = self.filtered(lambda part: part.line_id and not part.not_inspected)
        return found | {
            part: phrase
            for part in here - self.browse(part.id for part in found)
            if part.line_id._find_stopping(part.lot_id)
        }

    def _is_safe_with(self, disposition):
        """Let goods go to our workshop whose customer chose a repair, and then back."""
        safe = super()._is_safe_with(disposition)
        # What is dangerous besides stays in quarantine.
        return safe or (
            self._is_recall_remedy(disposition) and not self._filter_damaged()
        )

    def _is_recall_remedy(self, disposition):
        state = disposition.location_state
        to_workshop = state == "refurbish" and disposition.code == "REPAIR"
        return self.line_id._is_recall_repair(self.lot_id) and (
            (to_workshop and not self._get_keeper())
            or (state == "customer" and self._is_repaired())
        )

    def _get_credit_decider(self):
        """Policy gives back what was paid for recalled goods, in whatever condition.

        That they do not come is the word of one person, and as anywhere.
        """
        decider = super()._get_credit_decider()
        recalled = self.line_id.decision_code == "recall" and not self.not_inspected
        taken_back = self.line_id._has_taken_back()
        return "policy" if recalled and not taken_back else decider
