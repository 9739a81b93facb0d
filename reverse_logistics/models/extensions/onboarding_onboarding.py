from odoo import api, models

from ..base.reverse_guarded_mixin import DUTIES


class OnboardingOnboarding(models.Model):
    """The returns' panel, whose steps tick themselves off by what has been done."""

    _inherit = "onboarding.onboarding"

    def _prepare_rendering_values(self):
        panel = self.env.ref("reverse_logistics.onboarding_returns", False)
        if panel and panel in self:
            for step in panel.step_ids:
                if step.current_step_state == "not_done" and step._is_reverse_done():
                    step.action_set_just_done()
        return super()._prepare_rendering_values()

    # ------------------------------------------------------------------
    # What the client asks to show the panel above the list of returns
    # ------------------------------------------------------------------
    @api.model
    def _get_reverse_panel(self):
        """Give the panel, as far as there is one for the acting user."""
        panel = self.env.ref("reverse_logistics.onboarding_returns", False)
        if not panel or not self.env.user.has_group(DUTIES["administrator"]):
            return self.browse()
        # sudo: progress belongs to no user, and the role is checked
        return panel.sudo()

    @api.model
    def get_reverse_panel(self):
        """Give what the panel shows; nothing once it was closed or is done."""
        panel = self._get_reverse_panel()
        if not panel:
            return False
        panel._search_or_create_progress()
        values = panel._prepare_rendering_values()
        state = values["state"].get("onboarding_state")
        if state in ("closed", "done"):
            return False
        system = self.env.user.has_group("base.group_system")
        return {
            "completed": state == "just_done" and values["text_completed"],
            "steps": [
                {
                    "id": step.id,
                    "title": step.title,
                    "description": step.description,
                    "done": values["state"][step.id] != "not_done",
                    "method": (system or not step._is_reverse_for_system())
                    and step.panel_step_open_action_name,
                }
                for step in values["steps"]
            ],
        }

    @api.model
    def close_reverse_panel(self):
        """Hide the panel for the company."""
        self._get_reverse_panel().action_close()
        return True
