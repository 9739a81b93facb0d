from odoo import api, fields, models


class ReverseAiWaitingMixin(models.AbstractModel):
    """What waits, and what another day of that costs."""

    _name = "reverse.ai.waiting.mixin"
    _description = "Cost of Waiting"

    ai_waiting_currency_id = fields.Many2one(
        "res.currency", "Waiting In", compute="_compute_waiting_currency"
    )
    ai_waiting_cost = fields.Monetary(
        "Waiting Costs a Day",
        currency_field="ai_waiting_currency_id",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        help="Expected cost of another day, as of this morning. The list begins with "
        "what costs most; the form shows the sum.",
    )
    ai_waiting_parts = fields.Json(readonly=True, copy=False, guarded=True)
    ai_waited_on = fields.Date(readonly=True, copy=False, guarded=True)
    ai_waiting_text = fields.Char("Why It Costs That", compute="_compute_waiting_text")

    @api.model
    def _valid_field_parameter(self, field, name):
        """What inherits this is a guarded document, which knows the parameter."""
        return name == "guarded" or super()._valid_field_parameter(field, name)

    @api.depends(lambda self: ["company_id"] if "company_id" in self._fields else [])
    def _compute_waiting_currency(self):
        for record in self:
            record.ai_waiting_currency_id = record.company_id.currency_id

    @api.depends("ai_waiting_parts")
    @api.depends_context("lang")
    def _compute_waiting_text(self):
        """Say the sum, the largest part first."""
        labels = {
            "capital": self.env._("money tied up"),
            "decay": self.env._("goods losing value"),
            "deadline": self.env._("deadline"),
            "customer": self.env._("a waiting customer"),
        }
        for record in self:
            parts = record.ai_waiting_parts or {}
            format_ = record.ai_waiting_currency_id.format
            record.ai_waiting_text = " + ".join(
                f"{labels[part]} {format_(parts[part])}"
                for part in sorted(parts, key=lambda part: -parts[part])
            )
