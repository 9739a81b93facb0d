from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import transitions

#: Longest reason that people give for choosing something else.
LONGEST_WHY = 1000


class ReverseAiSuggestion(models.Model):
    """What a task suggested of a record, why, and what a person chose instead.

    Only tasks write suggestions, and only the buttons note what people choose. A
    candidate's are silent: nobody sees them beside the record, and they are compared
    with what people choose all the same.
    """

    _name = "reverse.ai.suggestion"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Suggestion"
    _order = "id desc"
    _editable_states = ()
    _steps = transitions.SUGGESTION
    _record_index = models.Index("(res_model, res_id)")

    task_id = fields.Many2one(
        "reverse.ai.task", required=True, readonly=True, ondelete="cascade", index=True
    )
    code = fields.Selection(related="task_id.code", store=True, string="Kind")
    company_id = fields.Many2one(related="task_id.company_id", store=True, index=True)
    model_id = fields.Many2one(
        "reverse.ai.model",
        "Version",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty for what is computed and not learned.",
    )
    res_model = fields.Char("Kind of Record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True
    )
    document = fields.Char(compute="_compute_document")
    answer = fields.Char(readonly=True)
    answer_text = fields.Char("Suggestion", compute="_compute_texts")
    confidence = fields.Float(digits=(4, 3), readonly=True, aggregator="avg")
    details = fields.Json(readonly=True)
    reasons = fields.Html("Why", compute="_compute_texts", sanitize=False)
    lang = fields.Char("Language", readonly=True)
    is_silent = fields.Boolean(
        "Silent",
        readonly=True,
        help="Said by a candidate, and not shown beside the record.",
    )
    state = fields.Selection(
        [
            ("open", "To Choose"),
            ("accepted", "Accepted"),
            ("overruled", "Something Else"),
            ("abstained", "Not Sure"),
            ("outdated", "Outdated"),
        ],
        "Status",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    chosen = fields.Char(readonly=True, guarded=True)
    chosen_text = fields.Char("What the Person Chose", compute="_compute_texts")
    override_reason = fields.Text("Why Something Else", readonly=True, guarded=True)
    decided_by_id = fields.Many2one(
        "res.users", "Chosen by", readonly=True, guarded=True, ondelete="restrict"
    )
    decided_at = fields.Datetime("Chosen On", readonly=True, guarded=True)
    is_right = fields.Boolean(
        "As Chosen",
        compute="_compute_is_right",
        store=True,
        help="What was suggested is what a person chose.",
    )

    is_judge_allowed = fields.Boolean(compute="_compute_is_judge_allowed")
    cohort_table = fields.Html(
        "By Month of Delivery", compute="_compute_followed", sanitize=False
    )
    is_recall_offered = fields.Boolean(compute="_compute_followed")
    is_claim_offered = fields.Boolean(compute="_compute_followed")

    def _get_guarded_fields(self):
        """All of it: tasks write it, and people choose by the buttons."""
        return super()._get_guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        }

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Suggestions are made by their task, not entered."))

    @api.depends("answer", "chosen", "details", "code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for suggestion in self:
            worker = suggestion.task_id._get_worker()
            suggestion.answer_text = worker._name_answer(suggestion.answer)
            suggestion.chosen_text = worker._name_answer(suggestion.chosen)
            sentences = worker._explain(suggestion.answer, suggestion.details or {})
            suggestion.reasons = Markup("<br/>").join(sentences)

    @api.depends("state", "code")
    def _compute_is_judge_allowed(self):
        """What is chosen from a list is chosen there, where the others can be seen."""
        for suggestion in self:
            judged = suggestion.code not in ("reason", "disposition")
            suggestion.is_judge_allowed = judged and suggestion._may("accept")

    @api.depends("code", "state", "details")
    @api.depends_context("uid", "lang")
    def _compute_followed(self):
        """Early warnings lead to recalls and claims where their addons are installed
        and the user may enter one.
        """
        worker = self.env["reverse.ai.warning"]
        recalls, claims = map(
            self.env.get, ("reverse.recall", "reverse.supplier.claim")
        )
        may_recall, may_claim = (
            model is not None and model.has_access("create")
            for model in (recalls, claims)
        )
        for suggestion in self:
            warned = suggestion.code == "warning"
            lives = warned and suggestion.state in ("open", "accepted")
            suggestion.is_recall_offered = lives and may_recall
            suggestion.is_claim_offered = lives and may_claim
            suggestion.cohort_table = warned and worker._make_cohort(
                suggestion.details or {}
            )

    @api.depends("answer", "chosen")
    def _compute_is_right(self):
        for suggestion in self:
            suggestion.is_right = bool(suggestion.chosen) and (
                suggestion.chosen == suggestion.answer
            )

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_document(self):
        for suggestion in self:
            record = suggestion._get_record()
            suggestion.document = (
                record.display_name if record and record.has_access("read") else ""
            )

    @api.depends("document", "answer_text")
    def _compute_display_name(self):
        for suggestion in self:
            suggestion.display_name = ": ".join(
                filter(None, [suggestion.document, suggestion.answer_text])
            )

    def _get_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def action_view_document(self):
        self.ensure_one()
        return self._get_record().get_formview_action()

    def action_recall(self):
        """Begin a recall of the goods that an early warning is about."""
        return self._follow_up("_recall", self.is_recall_offered)

    def action_claim(self):
        """Show what came back of them and can be claimed from their supplier."""
        return self._follow_up("_claim", self.is_claim_offered)

    def _follow_up(self, name, offered):
        """Have the user go on from an early warning, with rights of their own."""
        self.ensure_one()
        if not offered:
            raise UserError(
                self.env._(
                    "%(warning)s: this is not open to you, or not any more. Reload the "
                    "page, or ask who enters recalls and claims.",
                    warning=self.display_name,
                )
            )
        worker = self.env["reverse.ai.warning"]
        return getattr(worker, name)(self._get_record(), self.details or {})

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------
    @api.model
    def _keep(self, task, model, values, silent):
        """Keep what a task says of records, instead of what it said before."""
        subject = task._get_worker()._subject
        former = self.search(
            [
                ("task_id", "=", task.id),
                ("model_id", "=", model.id),
                ("res_id", "in", [each["res_id"] for each in values]),
                ("state", "in", ("open", "abstained")),
            ]
        )
        former._transition(transitions.SUGGESTION, "outdate")
        return self._guarded_create(
            [
                {
                    "task_id": task.id,
                    "model_id": model.id,
                    "res_model": subject,
                    "is_silent": silent,
                    **each,
                }
                for each in values
            ]
        )

    @api.model
    def _get_shown(self, tasks, records):
        """Give the newest suggestion that is shown of each record, by id of the record.

        Nothing that a task was not sure of, and nothing for users who read returns only
        in other ways (salespeople, say).

        :param tasks: those that are not switched off
        """
        if not tasks or not records.ids or not self.has_access("read"):
            return {}
        shown = self.search(
            [
                ("task_id", "in", tasks.ids),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("is_silent", "=", False),
                ("state", "in", ("open", "accepted", "overruled")),
            ],
            order="id",
        )
        return {suggestion.res_id: suggestion for suggestion in shown}

    @api.model
    def _find_review(self, rmas):
        """Give what asks somebody to look at these returns twice, still unanswered."""
        return self.search(
            [
                ("code", "=", "review"),
                ("res_model", "=", rmas._name),
                ("res_id", "in", rmas.ids),
                ("state", "=", "open"),
            ]
        )

    @api.model
    def _outdate(self, code, records):
        """What was said of these records was about something that has changed."""
        # sudo: whoever changes a record need not read what was said of it
        stale = self.sudo().search(
            [
                ("code", "=", code),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
            ]
        )
        stale._outdate_open()

    def _outdate_open(self):
        """Nobody has chosen about these, and nobody should any more."""
        stale = self.filtered(lambda s: s.state in ("open", "abstained"))
        stale._transition(transitions.SUGGESTION, "outdate")

    @api.model
    def _succeed(self, model):
        """A version comes into use: what former ones said and nobody chose is outdated,
        and what it said silently is shown.
        """
        waiting = self.search(
            [
                ("task_id", "=", model.task_id.id),
                ("state", "in", ("open", "abstained")),
            ]
        )
        own = waiting.filtered(lambda s: s.model_id == model)
        (waiting - own)._transition(transitions.SUGGESTION, "outdate")
        own._guarded_write({"is_silent": False})

    # ------------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------------
    @api.model
    def _tell_nothing(self, message):
        """Tell whoever asked for a suggestion why there is none."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": message},
        }

    def action_right(self):
        """Say that it is as suggested."""
        for suggestion in self:
            suggestion._choose(suggestion.answer)
        return True

    def action_wrong(self):
        """Say that it is not as suggested, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics_ai.reverse_ai_override_action"
        )
        return {**action, "context": {"default_suggestion_id": self.id}}

    def _choose(self, answer, why=False):
        """Note what the acting user chose, and do so where it may still be done.

        Which is the user's own step, with the rights and guards of the record.

        :param str answer: what they chose
        :param str why: needed where it is not what was suggested
        """
        self._check_person()
        for suggestion in self:
            record = suggestion._get_record()
            worker = self.env[suggestion.task_id._get_workers()[suggestion.code]]
            worker._check_may_choose(record)
            why = (why or "").strip()[:LONGEST_WHY]
            if answer != suggestion.answer and not why:
                raise UserError(
                    self.env._(
                        "Say in a few words why you choose something else than "
                        "“%(answer)s”: it is what the task learns from.",
                        answer=suggestion.answer_text,
                    )
                )
            suggestion._note_choice(answer, why)
            suggestion._compare_silent(answer)
            worker._apply(record, answer)

    @api.model
    def _note_steps(self, code, chosen):
        """Note what the acting user chose by taking a step on records themselves.

        :param dict chosen: ``{record: (answer, why or False)}``
        """
        if not chosen:
            return
        # sudo: whoever takes the step need not read what was said of the record
        said = self.sudo().search(
            [
                ("code", "=", code),
                ("res_model", "=", next(iter(chosen))._name),
                ("res_id", "in", [record.id for record in chosen]),
                ("state", "in", ("open", "abstained")),
            ]
        )
        by_id = {record.id: choice for record, choice in chosen.items()}
        for (answer, why), own in said.grouped(lambda s: by_id[s.res_id]).items():
            own.filtered("is_silent")._guarded_write({"chosen": answer})
            shown = own.filtered(lambda s: s.state == "open" and not s.is_silent)
            shown._note_choice(answer, why or "")

    def _note_choice(self, answer, why):
        """Note what the acting user chose, of these suggestions alike."""
        right = self.filtered(lambda s: s.answer == answer)
        values = {
            "chosen": answer,
            "decided_by_id": self.env.uid,
            "decided_at": fields.Datetime.now(),
        }
        if right:
            right._transition(transitions.SUGGESTION, "accept", values)
        if wrong := self - right:
            values["override_reason"] = why
            wrong._transition(transitions.SUGGESTION, "overrule", values)

    def _compare_silent(self, answer):
        """Note the choice at what candidates said of the same record, too."""
        silent = self.search(
            [
                ("task_id", "=", self.task_id.id),
                ("res_model", "=", self.res_model),
                ("res_id", "=", self.res_id),
                ("is_silent", "=", True),
                ("state", "in", ("open", "abstained")),
            ]
        )
        silent._guarded_write({"chosen": answer})
