from odoo import models


class OnboardingOnboarding(models.Model):
    """Steps of the returns' panel tick themselves off by what has been done."""

    _inherit = "onboarding.onboarding"

    def _prepare_rendering_values(self):
        panel = self.env.ref("reverse_logistics.onboarding_returns", False)
        if panel and panel in self:
            for step in panel.step_ids:
                if step.current_step_state == "not_done" and step._is_reverse_done():
                    step.action_set_just_done()
        return super()._prepare_rendering_values()
