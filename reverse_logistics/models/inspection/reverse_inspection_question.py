from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import grading
from ..base.reverse_labels import in_all_languages

KINDS = [
    ("yes_no", "Yes or no"),
    ("test", "Functional test"),
    ("choice", "Choice"),
    ("number", "Number"),
    ("accessories", "Count of accessories"),
    ("serial", "Serial number"),
    ("photo", "Photo"),
    ("text", "Text"),
]


class ReverseInspectionQuestion(models.Model):
    """A question of an inspection template.

    What its answers mean for the grade: *yes* and *no* here, where passed, matching and
    complete are a *yes*; else each choice or range of numbers (``choice_ids``).
    """

    _name = "reverse.inspection.question"
    _inherit = ["reverse.governed.part.mixin"]
    _description = "Inspection Question"
    _governed_by = "template_id"
    _order = "template_id, sequence, id"
    _limits = models.Constraint(
        "CHECK (lowest = 0 AND highest = 0 OR lowest < highest)",
        "The highest number of a question must be above its lowest one.",
    )
    _expected_positive = models.Constraint(
        "CHECK (expected >= 0)", "The number of accessories cannot be negative."
    )

    template_id = fields.Many2one(
        "reverse.inspection.template", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Question", required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="yes_no")
    required = fields.Boolean(
        default=True, help="The inspection cannot be completed without an answer."
    )
    yes_condition_id = fields.Many2one(
        "reverse.condition",
        "Grade if Yes",
        ondelete="restrict",
        help="Yes, passed, the serial number matches, all accessories are there. "
        "Empty: it says nothing about the grade.",
    )
    no_condition_id = fields.Many2one(
        "reverse.condition",
        "Grade if No",
        ondelete="restrict",
        help="No, failed, another serial number, accessories are missing. Empty: it "
        "says nothing about the grade.",
    )
    lowest = fields.Float(help="Lower numbers are refused; 0 in both for any.")
    highest = fields.Float(help="Higher numbers are refused; 0 in both for any.")
    expected = fields.Integer(
        "Accessories per Piece", help="0: as many as the product comes with."
    )
    choice_ids = fields.One2many(
        "reverse.inspection.choice", "question_id", "Answers", copy=True
    )
    after_id = fields.Many2one(
        "reverse.inspection.question",
        "Only After",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('template_id', '=', template_id), ('id', '!=', id),"
        " ('kind', 'not in', ('text', 'photo'))]",
        help="Asked only with certain answers to this question. Empty: always asked.",
    )
    after_kind = fields.Selection(related="after_id.kind", string="Kind Before")
    after_answer = fields.Selection(
        [("yes", "Yes"), ("no", "No")], "If Answered", copy=False
    )
    after_choice_ids = fields.Many2many(
        "reverse.inspection.choice",
        "reverse_inspection_question_after_rel",
        string="If One Of",
        copy=False,
        ondelete="restrict",
        domain="[('question_id', '=', after_id)]",
    )

    # ------------------------------------------------------------------
    # What makes sense
    # ------------------------------------------------------------------
    @api.constrains("after_id", "after_answer", "after_choice_ids", "template_id")
    def _check_after(self):
        for question in self.filtered("after_id"):
            before = question.after_id
            if before.template_id != question.template_id:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” can only depend on a question of its own "
                        "template.",
                        question=question.name,
                    )
                )
            if not question._get_outcomes_before():
                raise ValidationError(
                    self.env._(
                        "Say with which answers to “%(before)s” “%(question)s” is "
                        "asked.",
                        before=before.name,
                        question=question.name,
                    )
                )

    @api.constrains("after_id")
    def _check_loop(self):
        for template in self.template_id:
            questions = template.question_ids
            loop = grading.find_loop({q: q.after_id or None for q in questions})
            if loop:
                raise ValidationError(
                    self.env._(
                        "%(questions)s wait for each other, so that none of them would "
                        "ever be asked. Let one of them depend on nothing.",
                        questions=", ".join(f"“{question.name}”" for question in loop),
                    )
                )

    @api.constrains("kind", "choice_ids")
    def _check_choices(self):
        for question in self:
            if question.kind == "choice" and not question.choice_ids:
                raise ValidationError(
                    self.env._(
                        "Enter the answers to choose from for “%(question)s”.",
                        question=question.name,
                    )
                )
            question.choice_ids._check_ranges()
            # Whether others can still depend on it.
            self.search([("after_id", "=", question.id)])._check_after()

    def _get_outcomes_before(self):
        """Give the outcomes of the question before with which this one is asked."""
        self.ensure_one()
        before = self.after_id
        if before.kind in grading.TWO_WAY:
            return [self.after_answer] if self.after_answer else []
        if before.kind in grading.LISTED:
            return [str(id_) for id_ in (self.after_choice_ids & before.choice_ids).ids]
        return []

    # ------------------------------------------------------------------
    # Frozen, as engine.grading reads it
    # ------------------------------------------------------------------
    def _get_grades(self):
        """Give all grades that answers can mean."""
        return (
            self.yes_condition_id | self.no_condition_id | self.choice_ids.condition_id
        )

    def _freeze(self):
        self.ensure_one()
        limited = self.kind == "number" and (self.lowest or self.highest)
        return {
            "key": str(self.id),
            "kind": self.kind,
            "text": in_all_languages(self, "name"),
            "required": self.required,
            "lowest": self.lowest if limited else None,
            "highest": self.highest if limited else None,
            "expected": self.expected if self.kind == "accessories" else 0,
            "after": str(self.after_id.id) if self.after_id else None,
            "only_if": sorted(self._get_outcomes_before()),
            "outcomes": self._freeze_outcomes(),
        }

    def _freeze_outcomes(self):
        if self.kind in grading.TWO_WAY:
            return [
                {
                    "key": key,
                    "name": {},
                    "grade": grade.id or None,
                    "lowest": 0.0,
                    "below": 0.0,
                }
                for key, grade in (
                    ("yes", self.yes_condition_id),
                    ("no", self.no_condition_id),
                )
            ]
        listed = self.kind in grading.LISTED
        return [choice._freeze() for choice in self.choice_ids] if listed else []

    @api.model
    def _say_outcome(self, kind, key):
        """Give the word for *yes* or *no* with a kind of question."""
        words = {
            "yes_no": (self.env._("Yes"), self.env._("No")),
            "test": (self.env._("Passed"), self.env._("Failed")),
            "serial": (self.env._("Matches"), self.env._("Another one")),
            "accessories": (self.env._("Complete"), self.env._("Incomplete")),
        }
        return words[kind][key == "no"]
