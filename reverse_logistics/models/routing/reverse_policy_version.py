from odoo import fields, models


class ReversePolicyVersion(models.Model):
    """The route rules of a version."""

    _inherit = "reverse.policy.version"

    route_rule_ids = fields.One2many(
        "reverse.route.rule", "version_id", "Routes", copy=True
    )
