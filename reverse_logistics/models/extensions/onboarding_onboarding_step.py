from odoo import SUPERUSER_ID, api, models

SYSTEM_STEPS = (
    "action_open_step_reverse_settings",
    "action_open_step_reverse_roles",
)
ROLES = ("service", "receiver", "inspector", "approver", "releaser")


class OnboardingStep(models.Model):
    """Tell which of the first steps with returns are done."""

    _inherit = "onboarding.onboarding.step"

    def _is_reverse_for_system(self):
        """Whether only an administrator of the whole system can take this step."""
        self.ensure_one()
        return self.panel_step_open_action_name in SYSTEM_STEPS

    def _is_reverse_done(self):
        """Whether what a step asks for has been done, here or anywhere else."""
        self.ensure_one()
        checks = {
            "action_open_step_reverse_policy": self._has_reverse_policy,
            "action_open_step_reverse_reasons": self._has_reverse_reasons,
            "action_open_step_reverse_roles": self._has_reverse_roles,
            "action_open_step_reverse_first_return": self._has_reverse_return,
        }
        check = checks.get(self.panel_step_open_action_name)
        return bool(check and check())

    def _has_reverse_policy(self):
        return self._find_reverse(
            "reverse.policy.version",
            [
                ("company_id", "in", (False, self.env.company.id)),
                ("create_uid", "!=", SUPERUSER_ID),
            ],
        )

    def _has_reverse_reasons(self):
        return any(
            self._find_reverse(model, [("write_uid", "!=", SUPERUSER_ID)])
            for model in ("reverse.reason", "reverse.condition", "reverse.disposition")
        )

    def _has_reverse_roles(self):
        groups = [self.env.ref(f"reverse_logistics.group_{role}").id for role in ROLES]
        return self._find_reverse(
            "res.users",
            [
                ("all_group_ids", "in", groups),
                ("company_ids", "in", self.env.company.ids),
                # Whoever installed the app has every role already.
                ("id", "not in", (SUPERUSER_ID, self.env.ref("base.user_admin").id)),
            ],
        )

    def _has_reverse_return(self):
        return self._find_reverse(
            "reverse.rma",
            [("company_id", "=", self.env.company.id), ("state", "!=", "draft")],
        )

    def _find_reverse(self, model, domain):
        # sudo: only whether there is one
        return self.env[model].sudo().search_count(domain, limit=1)

    # ------------------------------------------------------------------
    # What the steps open
    # ------------------------------------------------------------------
    @api.model
    def _open_reverse(self, action):
        return self.env["ir.actions.act_window"]._for_xml_id(
            f"reverse_logistics.{action}"
        )

    @api.model
    def action_open_step_reverse_settings(self):
        return self._open_reverse("res_config_settings_action")

    @api.model
    def action_open_step_reverse_policy(self):
        return self._open_reverse("reverse_policy_action")

    @api.model
    def action_open_step_reverse_reasons(self):
        return self._open_reverse("reverse_reason_action")

    @api.model
    def action_open_step_reverse_roles(self):
        return self.env["ir.actions.act_window"]._for_xml_id("base.action_res_users")

    @api.model
    def action_open_step_reverse_first_return(self):
        action = self._open_reverse("reverse_rma_action")
        return {**action, "views": [(False, "form")], "view_mode": "form"}
