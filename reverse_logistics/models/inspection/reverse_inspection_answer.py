from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import grading
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_labels import in_language
from .reverse_inspection_question import KINDS


class ReverseInspectionAnswer(models.Model):
    """An inspector's answer to one question of the template, as it was frozen.

    Answers are made with their inspection, empty (``reverse.inspection._ask``), and
    change while it is open. With its completion they are evidence. Photos that answer a
    question belong to the inspection, like its others.
    """

    _name = "reverse.inspection.answer"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Inspection Answer"
    _order = "inspection_id desc, sequence, id"
    _rec_name = "question"
    _fixed_fields = frozenset({"inspection_id"})
    _key_unique = models.UniqueIndex(
        "(inspection_id, key)", "A question is answered once in each inspection."
    )

    inspection_id = fields.Many2one(
        "reverse.inspection", required=True, index=True, ondelete="cascade"
    )
    rma_id = fields.Many2one(related="inspection_id.rma_id")
    state = fields.Selection(related="inspection_id.state")
    key = fields.Char(required=True, readonly=True, guarded=True)
    sequence = fields.Integer(readonly=True, guarded=True)
    kind = fields.Selection(KINDS, required=True, readonly=True, guarded=True)
    value = fields.Char(
        "Answer",
        help="For other programs: yes or no, the key of a choice, a number with a "
        "point, or words.",
    )
    photo_ids = fields.Many2many(
        "ir.attachment",
        "reverse_inspection_answer_photo_rel",
        string="Photos",
        copy=False,
        bypass_search_access=True,
    )
    question = fields.Char(compute="_compute_question")
    options = fields.Json(
        compute="_compute_question", help="The answers to choose from, with their keys."
    )
    required = fields.Boolean(compute="_compute_question")
    applies = fields.Boolean("Asked", compute="_compute_meaning")
    condition_id = fields.Many2one(
        "reverse.condition", "Grade", compute="_compute_meaning"
    )
    remark = fields.Char(compute="_compute_meaning")

    # ------------------------------------------------------------------
    # What is asked
    # ------------------------------------------------------------------
    @api.depends("key", "inspection_id.questions")
    @api.depends_context("lang")
    def _compute_question(self):
        rows = self.inspection_id._get_question_rows()
        for answer in self:
            row = rows.get(answer.inspection_id, {}).get(answer.key)
            answer.question = row and in_language(row["text"], self.env.lang)
            answer.options = row and answer._get_options(row)
            answer.required = bool(row and row["required"])

    def _get_options(self, row):
        if self.kind == "choice":
            return [
                [each["key"], in_language(each["name"], self.env.lang)]
                for each in row["outcomes"]
            ]
        if self.kind in ("yes_no", "test"):
            questions = self.env["reverse.inspection.question"]
            return [
                [key, questions._say_outcome(self.kind, key)] for key in ("yes", "no")
            ]
        return []

    # ------------------------------------------------------------------
    # What it means
    # ------------------------------------------------------------------
    @api.depends(
        "key",
        "inspection_id.questions",
        "inspection_id.quantity",
        "inspection_id.lot_id",
        "inspection_id.answer_ids.value",
        "inspection_id.answer_ids.photo_ids",
    )
    @api.depends_context("lang")
    def _compute_meaning(self):
        sheets = self.inspection_id._get_sheets()
        for part, answers in self.grouped("inspection_id").items():
            sheet, goods = sheets.get(part), part._get_graded_goods()
            asked = sheet.applying(part._get_answers(), goods) if sheet else []
            for answer in answers:
                question = sheet and sheet.get(answer.key)
                answer.applies = question in asked
                answer.condition_id = answer._get_grade(question, goods)
                answer.remark = answer._get_remark(question, goods)

    def _get_grade(self, question, goods):
        if not question or not self.applies:
            return False
        found = grading.outcome(question, self._get_text(), goods)
        return grading.meaning(question, found) or False

    def _get_remark(self, question, goods):
        """Say what an inspector should know of this answer, if anything."""
        text = self._get_text()
        if not question or not self.applies or not text:
            return False
        problem = grading.problem(question, text)
        if problem:
            return self._say_problem(question, problem)
        if self.kind == "accessories":
            return self._say_accessories(question, goods, text)
        if grading.outcome(question, text, goods) == "no" and self.kind == "serial":
            return self.env._("%(serial)s should have come.", serial=goods.serial)
        return False

    def _say_accessories(self, question, goods, text):
        missing = grading.lacking(question, text, goods)
        return missing and self.env._(
            "%(missing)d of %(due)d accessories are missing.",
            missing=missing,
            due=grading.due(question, goods),
        )

    def _say_problem(self, question, problem):
        """Say what is wrong with an answer, see ``engine.grading.problem``."""
        sentences = {
            "choice": self.env._("Choose one of the answers that are listed."),
            "number": self.env._("Enter a number, such as 12.5."),
            "count": self.env._("Enter how many there are, as a whole number."),
        }
        return sentences.get(problem) or self.env._(
            "Enter a number from %(lowest).12g to %(highest).12g.",
            lowest=question.lowest,
            highest=question.highest,
        )

    def _get_text(self):
        """Give the answer as the engine reads it: a photo is one, whatever it shows."""
        if self.kind == "photo":
            return "yes" if self.photo_ids else ""
        return self.value or ""

    def _say(self):
        """Give the answer in words."""
        self.ensure_one()
        return dict(self.options or []).get(self.value, self.value or "")

    def _get_words(self):
        """Give those that were answered in words, which may speak of persons."""
        return self.filtered(lambda answer: answer.kind == "text")

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------
    def write(self, vals):
        if self._in_workflow():
            return super().write(vals)
        if vals.get("value") not in (None, False, ""):
            self._check_value(str(vals["value"]))
        res = super().write(vals)
        if "photo_ids" in vals:
            for answer in self:
                answer._keep_photos()
        return res

    def _note_by_hand(self):
        self.inspection_id._note_by_hand()

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "What is asked comes from the template that applied when the goods "
                "came in: nobody adds questions to an inspection."
            )
        )

    @unless_uninstalling
    def _unlink_never(self):
        if not self._in_workflow():
            raise UserError(
                self.env._(
                    "“%(question)s” belongs to its inspection and cannot be deleted. "
                    "Clear the answer instead.",
                    question=self[:1].question,
                )
            )

    def _check_editable(self):
        """What was answered is evidence once the goods are inspected."""
        # Of one who completes and one who answers at the same moment, the second is
        # repeated and sees what the first has done.
        parts = self.inspection_id
        parts.flush_recordset()
        parts._reverse_touch()
        parts.invalidate_recordset(["state"])
        parts._check_editable()

    def _check_value(self, value):
        sheets = self.inspection_id._get_sheets()
        for answer in self:
            question = sheets[answer.inspection_id].get(answer.key)
            problem = grading.problem(question, value)
            if answer.kind == "photo":
                raise UserError(
                    self.env._(
                        "“%(question)s” is answered by photos.",
                        question=answer.question,
                    )
                )
            if problem:
                raise UserError(
                    self.env._(
                        "“%(question)s”: %(problem)s",
                        question=answer.question,
                        problem=answer._say_problem(question, problem),
                    )
                )

    def _keep_photos(self):
        """Give photos to the inspection, so that they are evidence like its others."""
        self.ensure_one()
        part = self.inspection_id
        if self.photo_ids and self.kind != "photo":
            raise UserError(
                self.env._(
                    "“%(question)s” does not ask for photos.", question=self.question
                )
            )
        own = self.photo_ids.filtered(
            lambda file: file.res_model == self._name and file.res_id in (0, self.id)
        )
        own.write({"res_model": part._name, "res_id": part.id})
        # What an inspection before this one has shown, it shows as well.
        parts = part._get_lineage()
        part._own(
            self.photo_ids.filtered(
                lambda file: (
                    file.res_model != part._name or file.res_id not in parts.ids
                )
            )
        )
