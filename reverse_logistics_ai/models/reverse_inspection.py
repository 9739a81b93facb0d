from odoo import api, fields, models

#: So many parts are looked at anew as soon as their condition is known; more wait for
#: the scheduled action.
AT_ONCE = 20


class ReverseInspection(models.Model):
    """Parts to inspect say what waiting costs and what such goods became, and take what
    the scales say.
    """

    _name = "reverse.inspection"
    _inherit = ["reverse.inspection", "reverse.ai.waiting.mixin"]
    _ai_weight_positive = models.Constraint(
        "CHECK (ai_weight >= 0)", "Goods cannot weigh less than nothing."
    )

    ai_weight = fields.Float(
        "Weighed (kg)",
        digits="Stock Weight",
        copy=False,
        help="What all goods of this part weigh, without the parcel. It is compared "
        "with the weight of the product.",
    )

    ai_suggestion_id = fields.Many2one(
        "reverse.ai.suggestion", compute="_compute_ai_suggestion"
    )
    ai_state = fields.Char(compute="_compute_ai_suggestion")
    ai_disposition = fields.Char(
        "Suggested Disposition", compute="_compute_ai_suggestion"
    )
    ai_chosen = fields.Char("Disposition Chosen", compute="_compute_ai_suggestion")
    ai_reasons = fields.Html(
        "Why Suggested", compute="_compute_ai_suggestion", sanitize=False
    )
    ai_confidence = fields.Float(compute="_compute_ai_suggestion")
    is_ai_asked = fields.Boolean(
        compute="_compute_ai_suggestion",
        help="Whether a suggestion can be asked for at once.",
    )

    @api.depends("condition_id", "state")
    @api.depends_context("uid", "lang")
    def _compute_ai_suggestion(self):
        """What was said of another condition than is entered now is not shown."""
        suggestions = self.env["reverse.ai.suggestion"]
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "disposition")
        shown = suggestions._get_shown(tasks, self)
        for part in self:
            own = shown.get(part._origin.id, suggestions)
            about = (own.details or {}).get("condition") or False
            if own.state == "open" and about != part.condition_id.code:
                own = suggestions
            part.ai_suggestion_id = own
            part.ai_state = own.state
            part.ai_disposition = own.answer_text
            part.ai_chosen = own.chosen_text
            part.ai_reasons = own.reasons
            part.ai_confidence = own.confidence
            part.is_ai_asked = (
                part.state == "draft"
                and not own
                and bool(
                    tasks.filtered(
                        lambda task, part=part: task.company_id == part.company_id
                    ).active_model_id
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        if self.env["reverse.ai.task"]._get_of(parts.company_id, "disposition"):
            # sudo: starting the scheduled action is part of a receipt
            self.env.ref("reverse_logistics_ai.cron_suggest").sudo()._trigger()
        return parts

    def write(self, vals):
        found = vals.get("condition_id")
        changed = self.filtered(
            lambda part: "condition_id" in vals and part.condition_id.id != found
        )
        res = super().write(vals)
        if changed:
            self.env["reverse.ai.suggestion"]._outdate("disposition", changed)
            changed.filtered(lambda part: part.state == "draft")._ask_ai()
        return res

    def _ask_ai(self):
        """Have these parts looked at now that more is known of them."""
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "disposition")
        for task in tasks if len(self) <= AT_ONCE else ():
            own = self.filtered(
                lambda part, task=task: part.company_id == task.company_id
            )
            for model in task.active_model_id | task.candidate_id:
                # sudo: the task writes what it suggests; the user writes the parts
                task._suggest(own.sudo(), model)

    def _complete(self, vals):
        """What an inspector completed says whether the suggestion was right."""
        res = super()._complete(vals)
        if self.env["reverse.ai.task"]._get_of(self.company_id, "disposition"):
            self.env["reverse.ai.suggestion"]._note_steps(
                "disposition",
                {
                    part: (part.disposition_id.code, part.override_reason)
                    for part in self
                    if part.inspected_by_id and part.disposition_id.code
                },
            )
        return res

    def action_ai_suggest(self):
        """Look at these goods at once."""
        self.ensure_one()
        self.check_access("read")
        self._ask_ai()
        self.invalidate_recordset(["ai_state"])
        if self.ai_state == "open":
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Too little is known of such goods for a suggestion. Choose the "
                    "disposition yourself."
                ),
            },
        }

    def action_ai_accept(self):
        """Choose the disposition that is suggested."""
        return self.ai_suggestion_id.action_right()

    def action_ai_override(self):
        """Choose another disposition, and say why."""
        return self.ai_suggestion_id.action_wrong()
