from odoo import api, fields, models


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    route_rule_ids = fields.One2many(
        "reverse.route.rule", "version_id", "Routes", copy=True
    )

    @api.model
    def _get_rule_fields(self):
        return {**super()._get_rule_fields(), "route": "route_rule_ids"}
