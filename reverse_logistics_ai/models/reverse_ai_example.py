import csv

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open

from ..engine import words


class ReverseAiExample(models.Model):
    """How customers say a reason: what suggestions start from on the first day."""

    _name = "reverse.ai.example"
    _description = "Example of a Reason"
    _order = "reason_id, lang_id, id"
    _rec_name = "phrase"

    reason_id = fields.Many2one(
        "reverse.reason", required=True, index=True, ondelete="cascade"
    )
    phrase = fields.Char(
        required=True, help="As a customer would write it, without names."
    )
    lang_id = fields.Many2one("res.lang", "Language", ondelete="set null")
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )

    @api.constrains("phrase")
    def _check_phrase(self):
        for example in self:
            text = words.clean(example.phrase)
            if not words.is_telling(text) or len(example.phrase) > 500:
                raise ValidationError(
                    self.env._(
                        "Enter words as a customer would write them, at most 500 "
                        "characters."
                    )
                )

    @api.model
    def _load(self):
        """List the examples that come with the addon, of the reasons that there are."""
        reasons = self.env["reverse.reason"].search([("code", "!=", False)])
        by_code = {reason.code: reason.id for reason in reasons}
        langs = self.env["res.lang"].with_context(active_test=False)
        langs = langs.search([("code", "!=", False)])
        by_lang = {lang.code: lang.id for lang in langs}
        with file_open("reverse_logistics_ai/data/examples.csv") as file:
            rows = list(csv.DictReader(file))
        self.create(
            [
                {
                    "reason_id": by_code[row["reason"]],
                    "lang_id": by_lang.get(row["language"]),
                    "phrase": row["phrase"],
                }
                for row in rows
                if row["reason"] in by_code
            ]
        )
