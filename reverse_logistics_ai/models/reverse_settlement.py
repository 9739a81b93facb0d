from odoo import api, fields, models

from .reverse_ai_credit import GATE


class ReverseSettlement(models.Model):
    """Credits of which the customer, branch, category or salesperson is told to be
    credited more than others; a rule may ask somebody about them.
    """

    _inherit = "reverse.settlement"
    _gates = ("credit", "goodwill", "no_receipt", GATE)

    ai_credit_note = fields.Text("Unusual Credits", compute="_compute_ai_credit_note")

    def _get_gate_facts(self):
        facts = super()._get_gate_facts()
        rules = self.env["reverse.approval.rule"]
        # sudo: only the companies of documents that the caller already holds
        if not rules._is_in_use(self.sudo().company_id, (GATE,)):
            return facts
        asked = self.filtered(lambda settlement: "credit" in facts[settlement])
        for settlement, rows in asked._find_unusual().items():
            if rows:
                facts[settlement][GATE] = facts[settlement]["credit"]
        return facts

    def _find_unusual(self):
        """Give the comparisons that tell of these credits: ``{settlement: rows}``."""
        # sudo: what is told counts, whoever may read it
        known = self.sudo()
        return known.env["reverse.ai.credit"]._find_unusual(
            {
                settlement: own.line_ids.rma_line_id
                for settlement, own in zip(self, known, strict=True)
            }
        )

    @api.depends("state", "line_ids")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_ai_credit_note(self):
        """Say it to those who may read it while something is still to be decided."""
        waiting = self.filtered(lambda s: s.state in ("draft", "submitted", "approved"))
        self.ai_credit_note = False
        if not self.env["reverse.ai.peer"].has_access("read"):
            return
        for settlement, rows in waiting._find_unusual().items():
            readable = rows.with_env(self.env)._filtered_access("read")
            settlement.ai_credit_note = "\n".join(readable.mapped("explanation"))

    def _get_approval_details(self):
        """Name the kinds only: approvers who may not read more are told no more."""
        details = super()._get_approval_details()
        rows = self._find_unusual()[self]
        if not rows:
            return details
        labels = dict(rows._fields["kind"]._description_selection(self.env))
        return "\n".join(
            [
                details,
                self.env._(
                    "More is credited than to others, by: %(kinds)s.",
                    kinds=", ".join(labels[kind] for kind in rows.mapped("kind")),
                ),
            ]
        )
