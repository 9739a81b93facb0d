from odoo import fields, models


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    route_rule_ids = fields.One2many(
        "reverse.route.rule", "version_id", "Routes", copy=True
    )
