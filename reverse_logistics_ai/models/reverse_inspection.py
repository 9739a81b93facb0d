from odoo import api, fields, models

from ..engine.damage import DAMAGED, SOUND

#: So many parts are looked at anew as soon as their condition is known; more wait for
#: the scheduled action.
AT_ONCE = 20
#: So many photos are read as they are added; more wait for the scheduled action.
READ_AT_ONCE = 5


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

    # ------------------------------------------------------------------
    # Photos
    # ------------------------------------------------------------------
    ai_damage_id = fields.Many2one(
        "reverse.ai.suggestion", "Damage on Photos", compute="_compute_ai_damage"
    )
    ai_damage = fields.Char("Photos", compute="_compute_ai_damage")
    ai_damage_reasons = fields.Html(
        "Why the Photos Say So", compute="_compute_ai_damage", sanitize=False
    )
    ai_reference = fields.Image(
        "As It Should Look", related="product_id.image_256", related_sudo=True
    )
    ai_photo_hint = fields.Char("Take Again", compute="_compute_ai_photo_hint")

    @api.depends("state")
    @api.depends_context("uid", "lang")
    def _compute_ai_damage(self):
        suggestions = self.env["reverse.ai.suggestion"]
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "photo")
        of_task = suggestions._get_shown(tasks, self)
        for part in self:
            own = of_task.get(part._origin.id, suggestions)
            said = own if own.state == "open" and part.state == "draft" else suggestions
            part.ai_damage_id = said
            part.ai_damage = said.answer_text
            part.ai_damage_reasons = said.reasons

    @api.depends_context("lang")
    def _compute_ai_photo_hint(self):
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "photo")
        photos = (
            self.env["reverse.ai.photo"]
            .search(
                [
                    ("company_id", "in", tasks.company_id.ids),
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("problem", "!=", False),
                ],
                order="id",
            )
            .grouped("res_id")
        )
        for part in self:
            own = photos.get(part._origin.id)
            part.ai_photo_hint = bool(own) and " ".join(own._get_hints())

    def _get_ai_photos(self):
        """Give the photos that were read of each part, and of its line."""
        photos = self.env["reverse.ai.photo"].search(
            [("rma_id", "in", self.rma_id.ids), ("features", "!=", False)], order="id"
        )
        by_record = photos.grouped(lambda photo: (photo.res_model, photo.res_id))
        return {
            part: by_record.get((part._name, part.id), photos.browse())
            | by_record.get((part.line_id._name, part.line_id.id), photos.browse())
            for part in self
        }

    def _own(self, attachments, proof=False):
        """What was said of fewer photos is said anew; which to take again, at once."""
        res = super()._own(attachments, proof)
        # sudo: what is read is kept for the task, whoever adds the file
        photos = self.env["reverse.ai.photo"].sudo()
        if attachments and photos._is_wanted(self.company_id):
            photos._keep_notes(self.rma_id, attachments.sudo()[:READ_AT_ONCE])
            self.env["reverse.ai.suggestion"]._outdate("photo", self)
        return res

    def action_ai_damage_right(self):
        """Say that the photos were told rightly."""
        return self.ai_damage_id.action_right()

    def action_ai_damage_wrong(self):
        """Say that they were not, and why."""
        return self.ai_damage_id.action_wrong()

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
        """What an inspector completed says whether the suggestions were right."""
        res = super()._complete(vals)
        judged = self.filtered("inspected_by_id")
        suggestions, tasks = (
            self.env["reverse.ai.suggestion"],
            self.env["reverse.ai.task"],
        )
        if tasks._get_of(self.company_id, "disposition"):
            suggestions._note_steps(
                "disposition",
                {
                    part: (part.disposition_id.code, part.override_reason)
                    for part in judged
                    if part.disposition_id.code
                },
            )
        if tasks._get_of(self.company_id, "photo"):
            is_damaged = self.env["reverse.ai.damage"]._is_damaged
            suggestions._note_steps(
                "photo",
                {
                    part: (DAMAGED if is_damaged(part) else SOUND, part.note)
                    for part in judged
                    if is_damaged(part) is not None
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
        return self.env["reverse.ai.suggestion"]._tell_nothing(
            self.env._(
                "Too little is known of such goods for a suggestion. Choose the "
                "disposition yourself."
            )
        )

    def action_ai_accept(self):
        """Choose the disposition that is suggested."""
        return self.ai_suggestion_id.action_right()

    def action_ai_override(self):
        """Choose another disposition, and say why."""
        return self.ai_suggestion_id.action_wrong()
