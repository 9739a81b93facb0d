from markupsafe import Markup

from odoo import api, fields, models


class ReverseRmaLine(models.Model):
    """What is suggested of a line, where people decide about it."""

    _inherit = "reverse.rma.line"

    ai_suggestion_id = fields.Many2one(
        "reverse.ai.suggestion", compute="_compute_ai_suggestion"
    )
    ai_state = fields.Char(compute="_compute_ai_suggestion")
    ai_reason = fields.Char("Suggested Reason", compute="_compute_ai_suggestion")
    ai_chosen = fields.Char("Reason Chosen", compute="_compute_ai_suggestion")
    ai_reasons = fields.Html(
        "Why Suggested", compute="_compute_ai_suggestion", sanitize=False
    )
    ai_confidence = fields.Float(compute="_compute_ai_suggestion")
    is_ai_asked = fields.Boolean(
        compute="_compute_ai_suggestion",
        help="Whether a suggestion can be asked for at once.",
    )

    ai_outcome = fields.Html(
        "What May Become of It",
        compute="_compute_ai_outcome",
        sanitize=False,
        help="From what such goods became; their condition is not known yet.",
    )

    @api.depends("reason_id", "product_id")
    @api.depends_context("uid", "lang")
    def _compute_ai_outcome(self):
        worker = self.env["reverse.ai.disposition"]
        may_read = self.env["reverse.ai.suggestion"].has_access("read")
        for line in self:
            waits = line.state in ("draft", "requested", "authorized")
            asked = may_read and waits and line._origin and not line.qty_inspected
            sentences = (
                worker.with_company(line.company_id)._foresee(line) if asked else []
            )
            line.ai_outcome = Markup("<br/>").join(sentences)

    @api.depends("note", "reason_id")
    @api.depends_context("uid", "lang")
    def _compute_ai_suggestion(self):
        suggestions = self.env["reverse.ai.suggestion"]
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "reason")
        shown = suggestions._get_shown(tasks, self)
        may_read = suggestions.has_access("read")
        for line in self:
            own = shown.get(line._origin.id, suggestions)
            line.ai_suggestion_id = own
            line.ai_state = own.state
            line.ai_reason = own.answer_text
            line.ai_chosen = own.chosen_text
            line.ai_reasons = own.reasons
            line.ai_confidence = own.confidence
            line.is_ai_asked = (
                may_read
                and not own
                and line.company_id in tasks.company_id
                and bool(line.note or line.rma_id.customer_comment)
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("note")._ask_ai()
        return lines

    def write(self, vals):
        res = super().write(vals)
        if "note" in vals:
            self.env["reverse.ai.suggestion"]._outdate("reason", self)
            self.filtered("note")._ask_ai()
        return res

    def _add_customer_files(self, code, uploads):
        """What a photo says of itself is read before it is taken out of the file."""
        files = self._get_customer_files()
        res = super()._add_customer_files(code, uploads)
        # sudo: what is read is kept for the task, whoever adds the file
        photos = self.env["reverse.ai.photo"].sudo()
        if photos._is_wanted(self.company_id):
            added = (self._get_customer_files() - files).sorted("id").sudo()
            photos._keep_notes(self.rma_id, added, [raw for _name, raw in uploads])
        return res

    def _get_ai_hints(self):
        """Say to whoever adds photos of these goods which to take again."""
        # The page has read them for all lines.
        if not self.photo_ids:
            return []
        if not self.env["reverse.ai.task"]._get_of(self.company_id, "photo"):
            return []
        # sudo: the customer who added a photo reads how sharp it is
        photos = self.env["reverse.ai.photo"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        return photos.search(domain, order="id")._get_hints()

    def _ask_ai(self):
        """Have these lines looked at soon, in the background."""
        if self and self.env["reverse.ai.task"]._get_of(self.company_id, "reason"):
            # sudo: starting the scheduled action is part of entering a line
            self.env.ref("reverse_logistics_ai.cron_suggest").sudo()._trigger()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def action_ai_suggest(self):
        """Look at this line at once."""
        self.ensure_one()
        self.check_access("read")
        task = self.env["reverse.ai.task"]._get_of(self.company_id, "reason")
        model = task.active_model_id
        if task and model:
            # sudo: the task writes what it suggests; the user reads the line
            suggestion = task._suggest(self.sudo(), model)
            if suggestion.state == "open":
                return True
        return self.env["reverse.ai.suggestion"]._tell_nothing(
            self.env._(
                "The text does not say enough for a suggestion. Choose the reason "
                "yourself, or ask the customer."
            )
        )

    def action_ai_accept(self):
        """Choose the reason that is suggested."""
        return self.ai_suggestion_id.action_right()

    def action_ai_override(self):
        """Choose another reason, and say why."""
        return self.ai_suggestion_id.action_wrong()
