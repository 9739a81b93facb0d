from odoo import api, fields, models


class ReversePolicyRule(models.Model):
    """Say whether customers may choose to have their goods repaired."""

    _inherit = "reverse.policy.rule"

    offer_repair = fields.Boolean("Repair", default=True)

    @property
    def _term_fields(self):
        return (*super()._term_fields, "offer_repair")

    @api.depends("offer_repair")
    def _compute_says(self):
        return super()._compute_says()
