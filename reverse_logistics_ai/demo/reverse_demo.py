from odoo import api, models


class ReverseDemo(models.AbstractModel):
    """Suggestions for the returns of the demo stories, and one to choose about."""

    _inherit = "reverse.demo"

    @api.model
    def _load_suggestions(self):
        """Learn from the examples, and look at what customers wrote."""
        tasks = self.env["reverse.ai.task"].search(
            [("company_id", "=", self._company.id)]
        )
        for task in tasks:
            if task.learns:
                task._learn()
            if task.code == "disposition" and task.candidate_id:
                # A colleague has approved it, so that people see what it suggests.
                task.candidate_id._activate()
            for model, records in task._get_worker()._find_waiting(task):
                task._suggest(records, model)
