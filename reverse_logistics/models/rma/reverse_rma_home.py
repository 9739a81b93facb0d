from odoo import api, models

#: what the app opens with: the first that the user has the role for
HOMES = (
    ("service", "reverse_rma_action"),
    ("approver", "reverse_approval_action_mine"),
    ("receiver", "reverse_receipt_action"),
    ("inspector", "reverse_inspection_action"),
    ("releaser", "reverse_settlement_action_to_release"),
    ("auditor", "reverse_event_action"),
    ("user", "reverse_rma_action"),
)


class ReverseRma(models.Model):
    """What the app shows first, by role."""

    _inherit = "reverse.rma"

    @api.model
    def action_open_home(self):
        user = self.env.user
        action = next(
            action
            for role, action in HOMES
            if role == "user" or user.has_group(f"reverse_logistics.group_{role}")
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            f"reverse_logistics.{action}"
        )

    # ------------------------------------------------------------------
    # The panel with the steps to the first return
    # ------------------------------------------------------------------
    @api.model
    def _get_onboarding(self):
        # sudo: progress belongs to no user; whoever sees it is checked below
        return self.env.ref("reverse_logistics.onboarding_returns", False).sudo()

    @api.model
    def get_onboarding(self):
        """Give what the panel shows; nothing once it was closed or is done."""
        panel = self._get_onboarding()
        if not panel or not self.env.user.has_group(
            "reverse_logistics.group_administrator"
        ):
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
                    "method": (system or step not in self._get_system_steps())
                    and step.panel_step_open_action_name,
                }
                for step in values["steps"]
            ],
        }

    @api.model
    def _get_system_steps(self):
        """Steps that only an administrator of the whole system can take."""
        steps = self.env["onboarding.onboarding.step"].sudo()  # sudo: as above
        for name in ("settings", "roles"):
            steps |= self.env.ref(f"reverse_logistics.onboarding_step_{name}").sudo()
        return steps

    @api.model
    def close_onboarding(self):
        """Hide the panel for the company."""
        if self.env.user.has_group("reverse_logistics.group_administrator"):
            self._get_onboarding().action_close()
        return True
