from odoo import api, fields, models

from odoo.addons.reverse_logistics.engine.exceptions import ExceptionType, Resolution

from .reverse_ai_review import KIND


class ReverseException(models.Model):
    """Exceptions say what waiting costs, and ask for a second look."""

    _name = "reverse.exception"
    _inherit = ["reverse.exception", "reverse.ai.waiting.mixin"]

    type = fields.Selection(
        selection_add=[(KIND, "Something is unusual: look at it twice")],
        ondelete={KIND: "cascade"},
    )
    ai_reasons = fields.Html(
        "What Is Unusual", compute="_compute_ai_reasons", sanitize=False
    )

    @api.depends("type", "rma_id")
    @api.depends_context("uid", "lang")
    def _compute_ai_reasons(self):
        for exception in self:
            asked = exception.type == KIND
            exception.ai_reasons = asked and exception.rma_id.ai_review_reasons

    @api.model
    def _get_types(self):
        return {**super()._get_types(), KIND: self._get_type_enhanced_review()}

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "review_over": self.env._("No longer unusual"),
        }

    @api.model
    def _get_type_enhanced_review(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=2,
            what=self.env._("Something about this return is unusual."),
            todo=self.env._(
                "Read what is unusual, and look at goods, photos and earlier returns. "
                "The return goes its way meanwhile: nothing is refused by this. What "
                "you find is decided by the usual steps; here you only say whether the "
                "second look was worth it."
            ),
            resolutions=(
                Resolution(
                    "review_right",
                    self.env._("This Is Right"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Nothing changes: decide by the usual steps."),
                    done=self.env._("Rightly asked"),
                    primary=True,
                ),
                Resolution(
                    "review_wrong",
                    self.env._("This Is Wrong"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Nothing changes."),
                    done=self.env._("Nothing unusual"),
                    dialog=True,
                ),
            ),
            holds=lambda e: e._is_return_open() and bool(e._get_review()),
            gone="review_over",
        )

    def _get_review(self):
        """Give the open suggestion that asks for the look."""
        # sudo: whether there is one, for whoever takes a step of the return
        return self.env["reverse.ai.suggestion"].sudo()._find_review(self.rma_id)

    def action_review_right(self):
        """Say that it was right to ask for a second look."""
        self._check_resolution("review_right")
        for exception in self:
            exception._get_review().sudo(False).action_right()
        return True

    def action_review_wrong(self):
        """Say that it was wrong to ask, and why."""
        self.ensure_one()
        self._check_resolution("review_wrong")
        return self._get_review().sudo(False).action_wrong()
