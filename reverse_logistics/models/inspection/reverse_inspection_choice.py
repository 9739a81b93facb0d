from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import grading
from ..base.reverse_labels import in_all_languages


class ReverseInspectionChoice(models.Model):
    """An answer to choose from, or a range of numbers, and the grade that it means."""

    _name = "reverse.inspection.choice"
    _inherit = ["reverse.governed.part.mixin"]
    _description = "Answer to an Inspection Question"
    _governed_by = "template_id"
    _order = "question_id, sequence, id"

    question_id = fields.Many2one(
        "reverse.inspection.question", required=True, index=True, ondelete="cascade"
    )
    # The control that it is a part of is the template; a question is one itself.
    template_id = fields.Many2one(
        related="question_id.template_id", store=True, index=True
    )
    kind = fields.Selection(related="question_id.kind")
    sequence = fields.Integer(default=10)
    name = fields.Char("Answer", required=True, translate=True)
    number_from = fields.Float("From", help="The range begins with this number.")
    number_below = fields.Float(
        "Below", help="The range ends before this number, which is no part of it."
    )
    condition_id = fields.Many2one(
        "reverse.condition",
        "Grade",
        ondelete="restrict",
        help="Empty: this answer says nothing about the grade.",
    )

    @api.constrains("number_from", "number_below", "question_id")
    def _check_ranges(self):
        for question in self.question_id.filtered(lambda q: q.kind == "number"):
            for choice in question.choice_ids:
                if choice.number_from >= choice.number_below:
                    raise ValidationError(
                        self.env._(
                            "“%(choice)s”: enter a number below which the range ends, "
                            "above the one from which it begins.",
                            choice=choice.name,
                        )
                    )
            overlap = grading.find_overlap(
                [(c.name, c.number_from, c.number_below) for c in question.choice_ids]
            )
            if overlap:
                raise ValidationError(
                    self.env._(
                        "“%(first)s” and “%(second)s” have numbers in common, so that "
                        "their grade would be open.",
                        first=overlap[0],
                        second=overlap[1],
                    )
                )

    def _freeze(self):
        """Give what an inspection keeps of this answer, see ``engine.grading``."""
        self.ensure_one()
        return {
            "key": str(self.id),
            "name": in_all_languages(self, "name"),
            "grade": self.condition_id.id or None,
            "lowest": self.number_from,
            "below": self.number_below,
        }
