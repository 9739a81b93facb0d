from odoo import models


class IrEmbeddedActions(models.Model):
    """Tabs above a list, whose click calls a step with the rights of who clicks."""

    _name = "ir.embedded.actions"
    _inherit = ["ir.embedded.actions", "reverse.offered.mixin"]

    def _filter_reverse_offered(self):
        return self.filtered(
            lambda own: (
                own.user_id != self.env.user
                and any(
                    (model or "").startswith("reverse.")
                    for model in (own.parent_res_model, own.parent_action_id.res_model)
                )
            )
        )
