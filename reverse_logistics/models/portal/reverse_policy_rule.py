from odoo import models


class ReversePolicyRule(models.Model):
    """A rule as customers read it."""

    _inherit = "reverse.policy.rule"

    def _get_public_words(self):
        """Say what a rule means for customers, without how the company works."""
        self.ensure_one()
        return [*self._get_window_words(), *self._get_limit_words()]
