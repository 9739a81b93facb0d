from odoo import api, models

#: Duties of claims, and the groups that have them.
CLAIM_DUTIES = {
    "claims": "reverse_logistics_supplier_claims.group_claims_user",
    "claims_approver": "reverse_logistics_supplier_claims.group_claims_approver",
}


class ReverseGuardedMixin(models.AbstractModel):
    """Duties of claims beside those of returns."""

    _inherit = "reverse.guarded.mixin"

    @api.model
    def _get_duty_group(self, duty):
        return CLAIM_DUTIES.get(duty) or super()._get_duty_group(duty)
