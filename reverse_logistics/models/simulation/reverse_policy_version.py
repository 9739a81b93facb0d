from odoo import fields, models


class ReversePolicyVersion(models.Model):
    """Try a version on past returns or deliveries."""

    _inherit = "reverse.policy.version"

    simulation_count = fields.Integer(compute="_compute_simulation_count")

    def _compute_simulation_count(self):
        counts = {}
        if self.env["reverse.simulation"].has_access("read"):
            counts = dict(
                self.env["reverse.simulation"]._read_group(
                    [("version_id", "in", self.ids)], ["version_id"], ["__count"]
                )
            )
        for version in self:
            version.simulation_count = counts.get(version._origin, 0)

    def action_simulate(self):
        """Open a form in which the user enters what to try this version on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate"),
            "res_model": "reverse.simulation",
            "view_mode": "form",
            "context": {
                "default_version_id": self.id,
                "default_company_id": (self.company_id or self.env.company).id,
            },
        }

    def action_view_simulations(self):
        """Show the simulations of this version."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_simulation_action"
        )
        return {**action, "domain": [("version_id", "=", self.id)]}
