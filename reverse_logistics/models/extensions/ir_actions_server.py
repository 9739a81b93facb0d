from odoo import api, models
from odoo.exceptions import ValidationError


class IrActionsServer(models.Model):
    """Keep steps of dispositions from running with all rights."""

    _inherit = "ir.actions.server"

    @api.constrains("group_ids")
    def _check_reverse_steps_without_groups(self):
        # sudo: the check must see all steps, whoever edits the action
        steps = self.env["reverse.disposition.step"].sudo()
        limited = self.filtered("group_ids")
        if limited and steps.search_count([("action_id", "in", limited.ids)], limit=1):
            raise ValidationError(
                self.env._(
                    "This action is a step of a return disposition and cannot be "
                    "limited to groups: it would run with all rights."
                )
            )
