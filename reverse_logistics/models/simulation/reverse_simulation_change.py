from odoo import fields, models
from odoo.tools import SQL

from .reverse_simulation_line import AMOUNTS


class ReverseSimulationChange(models.Model):
    """How many lines of a simulation changed from one decision to another, with sums.

    A view of the database over ``reverse.simulation.line``; nobody writes it.
    """

    _name = "reverse.simulation.change"
    _description = "Change of Decisions"
    _auto = False
    _order = "changed desc, count desc, id"
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
        """Show the lines that are counted here."""
        self.ensure_one()
        action = self.simulation_id.action_view_lines()
        domain = [
            ("simulation_id", "=", self.simulation_id.id),
            ("before_decision", "=", self.before_decision),
            ("after_decision", "=", self.after_decision),
        ]
        return {**action, "domain": domain, "context": {}}
