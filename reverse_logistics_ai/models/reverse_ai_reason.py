from odoo import api, fields, models

from ..engine import classifier

#: Cases that are not closed may still turn out otherwise.
CLOSED = ("done",)
#: Returns of which somebody may still want to know the reason.
OPEN = ("draft", "requested", "authorized")


class ReverseAiReason(models.AbstractModel):
    """The reason of a return, from what the customer wrote.

    It works from the examples that are listed on each reason, and learns from closed
    returns what they were: the reason that a person chose, else the line's own.
    """

    _name = "reverse.ai.reason"
    _inherit = ["reverse.ai.worker"]
    _description = "Reason from Text"
    _subject = "reverse.rma.line"
    _learns = True

    # ------------------------------------------------------------------
    # Texts
    # ------------------------------------------------------------------
    @api.model
    def _get_texts(self, lines):
        """Give what the customer said of each line: ``{line: text}``.

        The note of the line, else the comment on the return, else the first mail.
        """
        rest = lines.filtered(lambda line: not line.note).rma_id
        mails = {}
        silent = rest.filtered(lambda rma: not rma.customer_comment)
        for message in self.env["mail.message"].search(
            [
                ("model", "=", "reverse.rma"),
                ("res_id", "in", silent.ids),
                ("message_type", "=", "email"),
            ],
            order="id",
        ):
            mails.setdefault(message.res_id, message.preview)
        return {
            line: line.note
            or line.rma_id.customer_comment
            or mails.get(line.rma_id.id, "")
            for line in lines
        }

    @api.model
    def _get_labels(self):
        """Give the reasons that can be suggested by their code."""
        return {reason.code: reason for reason in self.env["reverse.reason"].search([])}

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @api.model
    def _learn(self, task):
        return self._learn_from(task, self._get_cases(task))

    @api.model
    def _learn_listed(self, task):
        cases = self._get_cases(task)
        try:
            # Without cases, this is what is learned anyway.
            return self._learn_from(task, []) if cases else None
        except classifier.CannotLearn:
            return None

    @api.model
    def _learn_from(self, task, cases):
        """Learn from the company's examples, and from cases: ``[(row, day)]``."""
        labels = self._get_labels()
        examples = self.env["reverse.ai.example"].search(
            [("company_id", "in", (False, task.company_id.id))]
        )
        rows = [
            classifier.Row(e.phrase, e.reason_id.code, e.lang_id.code or "", True)
            for e in examples
            if e.reason_id.code in labels
        ]
        rows += [row for row, _day in cases if row.label in labels]
        found, metrics = classifier.Classifier.learn(
            rows, task._get_tier(), task.precision / 100
        )
        days = [day for _row, day in cases if day]
        return {
            "found": found.to_data(),
            "metrics": metrics,
            "case_count": len(cases),
            "example_count": len(examples),
            "date_from": min(days, default=False),
            "date_to": max(days, default=False),
        }

    @api.model
    def _get_cases(self, task):
        """Give ``(row, day)`` of the closed lines of the company, the newest last."""
        lines = self.env["reverse.rma.line"].search(
            [
                ("company_id", "=", task.company_id.id),
                ("state", "in", CLOSED),
                ("rma_id.erased_at", "=", False),
                "|",
                ("note", "!=", False),
                ("rma_id.customer_comment", "!=", False),
            ],
            order="id desc",
            limit=classifier.MOST_ROWS,
        )
        chosen = {
            suggestion.res_id: suggestion.chosen
            for suggestion in self.env["reverse.ai.suggestion"].search(
                [
                    ("task_id", "=", task.id),
                    ("res_id", "in", lines.ids),
                    ("chosen", "!=", False),
                ],
                order="id",
            )
        }
        texts = self._get_texts(lines)
        return [
            (
                classifier.Row(
                    texts[line],
                    chosen.get(line.id) or line.reason_id.code,
                    line.partner_id.lang or "",
                ),
                line.requested_at and fields.Date.to_date(line.requested_at),
            )
            for line in lines[::-1]
            if chosen.get(line.id) or line.reason_id
        ]

    @api.model
    def _restore(self, meta, arrays):
        return classifier.Classifier.from_data(meta, arrays)

    @api.model
    def _name_inputs(self, schema):
        tiers = self.env["reverse.ai.task"]._fields["tier"]
        return dict(tiers._description_selection(self.env)).get(schema.get("tier"), "–")

    @api.model
    def _describe_limits(self):
        return self.env._(
            "It suggests; people decide. It sees the customer's words only, no photos, "
            "and takes them as data."
        )

    # ------------------------------------------------------------------
    # Suggesting
    # ------------------------------------------------------------------
    @api.model
    def _get_waiting_domain(self, task):
        return [
            ("company_id", "=", task.company_id.id),
            ("state", "in", OPEN),
            "|",
            ("note", "!=", False),
            ("rma_id.customer_comment", "!=", False),
        ]

    @api.model
    def _suggest(self, task, model, records):
        found = model._get_classifier()
        if found is None:
            return []
        texts = self._get_texts(records)
        answers = found.answer(
            [texts[line] for line in records], frozenset(self._get_labels())
        )
        return [
            {
                "res_id": line.id,
                "answer": answer.label,
                "confidence": answer.confidence,
                "state": "open" if answer.sure else "abstained",
                "details": {"words": answer.terms, "example": answer.example},
                "lang": line.partner_id.lang,
            }
            for line, answer in zip(records, answers, strict=True)
        ]

    @api.model
    def _name_answer(self, answer):
        return self._find_reason(answer).display_name or answer or ""

    @api.model
    def _name_answers(self, answers):
        reasons = self.env["reverse.reason"].with_context(active_test=False)
        found = reasons.search([("code", "in", list(answers))])
        names = {reason.code: reason.display_name for reason in found}
        return {answer: names.get(answer, answer) for answer in answers}

    @api.model
    def _find_reason(self, code):
        reasons = self.env["reverse.reason"].with_context(active_test=False)
        return reasons.search([("code", "=", code)], limit=1) if code else reasons

    @api.model
    def _explain(self, answer, details):
        sentences = []
        if details.get("words"):
            sentences.append(
                self.env._(
                    "The customer wrote %(words)s.",
                    words=", ".join(f"“{word}”" for word in details["words"]),
                )
            )
        if details.get("example"):
            sentences.append(
                self.env._(
                    "It resembles the example “%(example)s”.",
                    example=details["example"],
                )
            )
        if not answer:
            sentences.append(self.env._("The text says too little."))
        return sentences

    @api.model
    def _apply(self, records, answer):
        """A draft takes the reason; later policy has decided by the one it had."""
        reason = self._find_reason(answer)
        drafts = records.filtered(
            lambda line: line.state == "draft" and line.reason_id != reason
        )
        if drafts and reason:
            drafts.write({"reason_id": reason.id})

    @api.model
    def _fill(self, records, answers):
        for line in records.filtered(lambda r: r.state == "draft" and not r.reason_id):
            self._apply(line, answers[line.id])
