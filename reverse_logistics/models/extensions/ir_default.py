from odoo import SUPERUSER_ID, api, models


class IrDefault(models.Model):
    """What users want their forms to start with says nothing in the workflow.

    Documents that it makes as superuser would take such values for decided ones: lists
    among them write on whatever records they name.
    """

    _inherit = "ir.default"

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        # Clients never run as superuser.
        ours = model_name.startswith("reverse.") or self.env.context.get(
            "reverse_impersonal"
        )
        if not (self.env.su and ours) or self.env.uid == SUPERUSER_ID:
            return super()._get_model_defaults(model_name, condition)
        # Those of the company, and none of the acting user.
        nobody = self.with_user(SUPERUSER_ID).with_company(self.env.company)
        return super(IrDefault, nobody)._get_model_defaults(model_name, condition)
