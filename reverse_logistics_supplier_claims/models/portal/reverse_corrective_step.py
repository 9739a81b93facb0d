import re
from datetime import date

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import limits

#: What the supplier is asked for in each step, beside its answer.
ENTRIES = {
    "D2": ("place", "moment", "quantity", "is_text", "is_not_text"),
    "D3": ("stocks_searched", "verification"),
    "D4": ("escape_cause",),
    "D5": ("verification",),
    "D6": ("done_on", "effective_from"),
}


class ReverseCorrectiveStep(models.Model):
    """Steps of an 8D report as suppliers see and answer them."""

    _inherit = "reverse.corrective.step"

    def _is_supplier_turn(self):
        """Whether the supplier may answer now."""
        self.ensure_one()
        return self.action_id.state == "open" and self._may("answer")

    def _get_supplier_entries(self):
        """Give what is asked for: ``[(name, label, type, value)]``."""
        self.ensure_one()
        names = ("answer", *ENTRIES.get(self.step, ()))
        labels = self.fields_get(names, ["string", "type"])
        return [
            (name, labels[name]["string"], labels[name]["type"], self[name])
            for name in names
        ]

    def _get_supplier_badge(self):
        """Give the state in a word for a badge, and its look."""
        self.ensure_one()
        return {
            "open": (self.env._("To answer"), "text-bg-warning"),
            "refused": (self.env._("Please answer again"), "text-bg-danger"),
            "answered": (self.env._("Answered"), "text-bg-light border"),
        }.get(
            self.state,
            (self.env._("Accepted"), "bg-success-subtle text-success-emphasis"),
        )

    def _answer_by_supplier(self, claim, words, uploads=()):
        """Take what the supplier entered as its answer; sent again it changes nothing.

        :param claim: from whose page it is sent
        :param dict words: what was entered, by the name of its field
        :param uploads: ``[(name, bytes)]``
        :raises UserError: for what is no answer, or not possible any more
        """
        self.ensure_one()
        values = {
            name: self._read_entry(kind, label, words.get(name))
            for name, label, kind, _value in self._get_supplier_entries()
        }
        if self.state == "answered" and self.answered_by_id == self.env.user:
            if all(self[name] == value for name, value in values.items()):
                return
        if not self._is_supplier_turn():
            raise UserError(
                self.env._(
                    "%(step)s is answered already. The page shows what was said.",
                    step=self.display_name,
                )
            )
        self.write(values)
        # Only now: nobody would see the files of an answer that is not taken.
        if files := claim._keep_uploads(uploads):
            files.write({"res_model": self._name, "res_id": self.id})
            self.evidence_ids |= files
        self._answer()

    @api.model
    def _read_entry(self, kind, label, text):
        """Give what was entered as it is kept."""
        claims = self.env["reverse.supplier.claim"]
        if kind in ("text", "char"):
            many = "text" if kind == "text" else "line"
            return claims._clean_words(many, text) or False
        text = limits.clean_line(text)
        if kind == "date" and (day := _to_day(text)):
            return day
        if kind == "float" and re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
            return float(text)
        if text:
            raise UserError(
                self.env._(
                    "%(field)s: “%(text)s” cannot be read.", field=label, text=text[:20]
                )
            )
        return 0.0 if kind == "float" else False


def _to_day(text):
    """Give the day that a browser sends, None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
