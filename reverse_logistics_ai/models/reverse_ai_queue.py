from collections import defaultdict

from odoo import api, fields, models

from ..engine import waiting


class ReverseAiQueue(models.AbstractModel):
    """What another day of waiting costs, of parts to inspect and open exceptions.

    Nothing is learned: it is a sum of money, each part of which is shown. The lists are
    ordered by it, and people still take what they like.
    """

    _name = "reverse.ai.queue"
    _inherit = ["reverse.ai.worker"]
    _description = "Order of Work"

    @api.model
    def _find_waiting(self, task):
        """Yield what has not been looked at today, and what waits no longer."""
        none = self.env["reverse.ai.model"]
        today = task.company_id._get_reverse_today()
        own = [("company_id", "=", task.company_id.id)]
        for name, state in (
            ("reverse.inspection", "draft"),
            ("reverse.exception", "open"),
        ):
            stale = ["|", ("ai_waited_on", "=", False), ("ai_waited_on", "<", today)]
            yield (
                none,
                self.env[name].search(
                    [*own, ("state", "=", state), *stale], order="id"
                ),
            )

    @api.model
    def _work(self, task, model, records):
        today = task.company_id._get_reverse_today()
        rates = waiting.Rates(
            task.capital_percent,
            task.decay_percent,
            task.late_percent,
            task.customer_percent,
        )
        facts = self._gather(records, today)
        for record, fact in facts.items():
            parts = waiting.get_parts(fact, rates)
            record._guarded_write(
                {
                    "ai_waiting_cost": sum(parts.values()),
                    "ai_waiting_parts": parts,
                    "ai_waited_on": today,
                }
            )

    @api.model
    def _gather(self, records, today):
        """Give what the engine asks of each record, in a fixed number of queries."""
        sales = self._get_sales(
            records.rma_id.commercial_partner_id, records.company_id
        )
        inspected = records._name == "reverse.inspection"
        stakes = records.line_id._get_values_at_stake() if inspected else {}
        facts = {}
        for record in records:
            rma = record.rma_id
            if inspected:
                line = record.line_id
                share = record.quantity / line.quantity if line.quantity else 0.0
                value, due = stakes.get(line, 0.0) * share, rma.refund_due_on
            else:
                value, due = record.value, record.deadline or rma.refund_due_on
            product = record.line_id.product_id
            facts[record] = waiting.Waiting(
                value,
                product.categ_id._get_reverse_decay() if product else 0.0,
                (due - today).days if due else None,
                sales.get(rma.commercial_partner_id.id, 0.0),
            )
        return facts

    @api.model
    def _get_sales(self, partners, companies):
        """Give what customers bought in a year, by id, in the company's currency."""
        since = fields.Datetime.subtract(fields.Datetime.now(), years=1)
        found = defaultdict(float)
        for partner, rate, amount in self.env["sale.order"]._read_group(
            [
                ("partner_id", "child_of", partners.ids),
                ("company_id", "in", companies.ids),
                ("state", "=", "sale"),
                ("date_order", ">=", since),
            ],
            ["partner_id", "currency_rate"],
            ["amount_untaxed:sum"],
        ):
            found[partner.commercial_partner_id.id] += amount / (rate or 1.0)
        return found

    @api.model
    def _clear(self, task):
        for name in ("reverse.inspection", "reverse.exception"):
            known = self.env[name].search(
                [
                    ("company_id", "=", task.company_id.id),
                    ("ai_waited_on", "!=", False),
                ]
            )
            known._guarded_write(
                {
                    "ai_waiting_cost": 0.0,
                    "ai_waiting_parts": False,
                    "ai_waited_on": False,
                }
            )
