from odoo import fields, models


class ReverseAiOverride(models.TransientModel):
    """Choose something else than what is suggested, and say why."""

    _name = "reverse.ai.override"
    _description = "Choose Something Else"

    suggestion_id = fields.Many2one(
        "reverse.ai.suggestion",
        "About",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    answer_text = fields.Char(related="suggestion_id.answer_text")
    code = fields.Selection(related="suggestion_id.code")
    reason_id = fields.Many2one(
        "reverse.reason", help="Asked for where a reason was suggested."
    )
    disposition_id = fields.Many2one(
        "reverse.disposition", help="Asked for where a disposition was suggested."
    )
    why = fields.Text(
        "Why Something Else",
        required=True,
        help="In a few words. The task learns from your choice.",
    )

    def action_choose(self):
        self.ensure_one()
        chosen = self.reason_id or self.disposition_id
        self.suggestion_id._choose(chosen.code or "wrong", self.why)
        return {"type": "ir.actions.act_window_close"}
