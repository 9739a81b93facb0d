from odoo import api, fields, models


class ReverseStandingRuleMixin(models.AbstractModel):
    """Rules that are in force as soon as they are saved, without a version."""

    _name = "reverse.standing.rule.mixin"
    _inherit = ["reverse.rule.mixin"]
    _description = "Return Rule in Force When Saved"

    conflict_note = fields.Text(compute="_compute_conflict_note")

    @api.depends_context("lang")
    def _compute_conflict_note(self):
        """Tell of the other rules in force with which each one gets into conflict."""
        rivals = self.search([("active", "=", True)])
        found = rivals._find_conflicts()
        for rule in self:
            own = rule._origin
            rule.conflict_note = self._explain_conflicts(
                [one for one in found if own and own in (one[1], one[2])]
            )
