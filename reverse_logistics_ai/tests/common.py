"""What tests of suggestions share: a company whose task has learned a few examples."""

from unittest.mock import patch

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import classifier, measures

EXAMPLES = {
    "DEFECTIVE": ["it does not work", "it stopped working", "it leaks", "seam is torn"],
    "LATE": ["came too late", "arrived weeks late", "delivery took ages", "too late"],
    "UNWANTED": ["changed my mind", "do not like it", "not needed", "found it cheaper"],
}


class SuggestionCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Answers are given however unsure; the engine's tests are about that.
        patcher = patch.object(measures, "choose_threshold", return_value=(0.0, 1.0))
        cls.startClassPatcher(patcher)
        always = dict.fromkeys(classifier.FIRST_DAY, 0.0)
        cls.startClassPatcher(patch.dict(classifier.FIRST_DAY, always))
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "reason")]
        )
        cls.task.tier = "terms"
        cls.reasons = {
            reason.code: reason for reason in cls.env["reverse.reason"].search([])
        }
        examples = cls.env["reverse.ai.example"]
        examples.search([]).unlink()
        examples.create(
            [
                {"reason_id": cls.reasons[code].id, "phrase": phrase}
                for code, phrases in EXAMPLES.items()
                for phrase in phrases
            ]
        )
        cls.task.is_due = True
        cls.task._learn()
        cls.model = cls.task.active_model_id

    @classmethod
    def _noted(cls, note, **values):
        """A draft with a note of the customer; give its line."""
        return cls._draft(cls.product, note=note, **values).line_ids

    @classmethod
    def _suggested(cls, note, **values):
        """Such a line after the task has looked at it."""
        line = cls._noted(note, **values)
        cls.task._suggest(line, cls.model)
        line.invalidate_recordset()
        return line

    def _closed(self, note, code):
        """A closed case, which the tests do not take through its steps."""
        line = self._noted(note, reason_id=self.reasons[code].id)
        line.rma_id._guarded_write({"state": "done"})
        return line

    def _learn_candidate(self):
        """Close cases and learn from them; give the candidate."""
        for text in ("pump leaks badly", "leaks at the seal", "motor does not work"):
            self._closed(text, "DEFECTIVE")
        for text in ("weeks too late", "came too late for us", "arrived far too late"):
            self._closed(text, "LATE")
        self.task.is_due = True
        self.task._learn()
        return self.task.candidate_id
