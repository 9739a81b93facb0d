from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ReverseDispositionStep(models.Model):
    """A server action that runs on each inspection completed with a disposition.

    Administrators choose it; it must not need more rights than the acting user has.
    """

    _name = "reverse.disposition.step"
    _inherit = ["reverse.governed.part.mixin"]
    _description = "Disposition Step"
    _governed_by = "disposition_id"
    _order = "sequence, id"
    _rec_name = "action_id"

    disposition_id = fields.Many2one(
        "reverse.disposition", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    action_id = fields.Many2one(
        "ir.actions.server",
        required=True,
        ondelete="restrict",
        domain=[("model_id.model", "=", "reverse.inspection")],
    )

    @api.constrains("action_id")
    def _check_action(self):
        for step in self.sudo():  # sudo: administrators of returns do not read groups
            action = step.action_id
            if action.model_id.model != "reverse.inspection":
                raise ValidationError(
                    self.env._(
                        "“%(action)s” does not work on return inspections.",
                        action=action.name,
                    )
                )
            # With groups, Odoo runs field writes as superuser for every member.
            if action.group_ids:
                raise ValidationError(
                    self.env._(
                        "“%(action)s” is limited to groups and would run with all "
                        "rights. Remove the groups from the action first.",
                        action=action.name,
                    )
                )
