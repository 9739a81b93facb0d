from odoo import api, fields, models
from odoo.tools import SQL

from .reverse_simulation_line import AMOUNTS


class ReverseSimulationChange(models.Model):
    """How many lines went from one decision to another, and what that means."""

    _name = "reverse.simulation.change"
    _description = "Change of Decisions"
    _auto = False
    _order = "changed desc, count desc, id"

    simulation_id = fields.Many2one("reverse.simulation", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    before_decision = fields.Selection("_selection_decision", "Before", readonly=True)
    after_decision = fields.Selection("_selection_decision", "After", readonly=True)
    changed = fields.Boolean(readonly=True)
    count = fields.Integer("Lines", readonly=True)
    value = fields.Monetary(readonly=True)
    credit_difference = fields.Monetary("Credit ±", readonly=True)
    waiting_difference = fields.Monetary("For a Person ±", readonly=True)
    fee_difference = fields.Monetary("Fee ±", readonly=True)
    freight_difference = fields.Monetary("Freight ±", readonly=True)
    cost_difference = fields.Monetary("Cost ±", readonly=True)

    _depends = {
        "reverse.simulation.line": [
            "simulation_id",
            "company_id",
            "before_decision",
            "after_decision",
            "changed",
            "value",
            *(f"{name}_difference" for name in AMOUNTS),
        ]
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(id) AS id, simulation_id, company_id, before_decision,
                   after_decision, changed, COUNT(*) AS count, SUM(value) AS value,
                   SUM(credit_difference) AS credit_difference,
                   SUM(waiting_difference) AS waiting_difference,
                   SUM(fee_difference) AS fee_difference,
                   SUM(freight_difference) AS freight_difference,
                   SUM(cost_difference) AS cost_difference
              FROM reverse_simulation_line
             GROUP BY simulation_id, company_id, before_decision, after_decision,
                      changed
            """
        )

    def _selection_decision(self):
        return self.env["reverse.simulation.line"]._selection_decision()

    def action_view_lines(self):
        """Show the lines of which this is the sum."""
        self.ensure_one()
        action = self.simulation_id.action_view_lines()
        domain = [
            ("simulation_id", "=", self.simulation_id.id),
            ("before_decision", "=", self.before_decision),
            ("after_decision", "=", self.after_decision),
        ]
        return {**action, "domain": domain, "context": {}}


class ReverseSimulation(models.Model):
    """What came out of a simulation, in sums."""

    _inherit = "reverse.simulation"

    change_ids = fields.One2many(
        "reverse.simulation.change", "simulation_id", "Decisions", readonly=True
    )
    changed_count = fields.Integer("Changed Decisions", compute="_compute_sums")
    credit_difference = fields.Monetary("Credit ±", compute="_compute_sums")
    waiting_difference = fields.Monetary("For a Person ±", compute="_compute_sums")
    fee_difference = fields.Monetary("Fee ±", compute="_compute_sums")
    freight_difference = fields.Monetary("Freight ±", compute="_compute_sums")
    cost_difference = fields.Monetary("Cost ±", compute="_compute_sums")

    @api.depends("done")
    def _compute_sums(self):
        names = [f"{name}_difference" for name in AMOUNTS]
        sums = {
            simulation: amounts
            for simulation, *amounts in self.env[
                "reverse.simulation.change"
            ]._read_group(
                [("simulation_id", "in", self.ids)],
                ["simulation_id"],
                [f"{name}:sum" for name in names],
            )
        }
        counts = dict(
            self.env["reverse.simulation.change"]._read_group(
                [("simulation_id", "in", self.ids), ("changed", "=", True)],
                ["simulation_id"],
                ["count:sum"],
            )
        )
        for simulation in self:
            amounts = sums.get(simulation._origin, [0.0] * len(names))
            simulation.update(dict(zip(names, amounts, strict=True)))
            simulation.changed_count = counts.get(simulation._origin, 0)
