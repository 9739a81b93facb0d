from odoo import models


class ReverseInspection(models.Model):
    """What inspected goods mean for the credit."""

    _inherit = "reverse.inspection"

    def _get_credit_decider(self):
        """Say who decides on the credit: ``policy``, ``person``, or ``none`` is
        given.
        """
        self.ensure_one()
        return self.disposition_id.credit

    def _get_live_settlement_lines(self):
        """Settlement lines of these goods, also from an inspection before this one."""
        parts = self
        while earlier := parts.supersedes_id - parts:
            parts |= earlier
        lines = parts.settlement_line_ids
        return lines.filtered(lambda line: line.state not in ("reversed", "cancelled"))

    def _set_denied(self, denied):
        """Note for which parts the customer gets nothing, or after all something."""
        amounts = {}
        changed = self.filtered(lambda part: part.denied != denied)
        for part in changed:
            changes = amounts.setdefault(part.line_id, {"denied": 0.0})
            changes["denied"] += part.quantity if denied else -part.quantity
        changed._guarded_write({"denied": denied})
        self.line_id._add(amounts)
