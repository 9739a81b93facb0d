from datetime import timedelta

from odoo import api, fields, models

#: What somebody has answered is not told again for so many days.
QUIET = 56


class ReverseAiWorker(models.AbstractModel):
    """How a task finds records, what it suggests of them, and how that reads.

    Each task is such a model, named in ``reverse.ai.task._get_workers``. Scheduled
    actions call it in batches, and the buttons of a form for one record. It only ever
    writes suggestions.
    """

    _name = "reverse.ai.worker"
    _description = "Task of Recommendations"
    #: The model of the records that it says something of.
    _subject = ""
    #: Whether what it says was learned from closed cases; else it is computed.
    _learns = False
    #: Whether records are compared with each other, once a day; else each is looked at.
    _compares = False
    #: So many records are looked at in one transaction: well within the time after
    #: which the server ends a scheduled action and takes back what was not committed.
    _batch = 200
    #: So many files of a backlog are read in one, some seconds of work.
    _read_batch = 50

    @api.model
    def _get_backlog(self, task):
        """Give what has to be read before anything is learned from it."""
        return self.env["ir.attachment"]

    @api.model
    def _read(self, records):
        """Read a batch of the backlog."""

    @api.model
    def _learn(self, task):
        """Learn from the cases of a company.

        :return: what a new ``reverse.ai.model`` says of itself
        :raises engine.classifier.CannotLearn: when there is nothing to learn from
        """
        raise NotImplementedError

    @api.model
    def _learn_listed(self, task):
        """Learn from what a company has listed, so that something is suggested from the
        first day on, whatever cases it has closed before.

        :return: as :meth:`_learn`; None where nothing is listed
        """
        return None

    @api.model
    def _restore(self, meta, arrays):
        """Give what was learned from what its file holds."""
        raise NotImplementedError

    @api.model
    def _name_inputs(self, schema):
        """Say what it looks at, for the model card."""
        raise NotImplementedError

    @api.model
    def _describe_limits(self):
        """Say what it does not see, for the model card."""
        raise NotImplementedError

    @api.model
    def _find_waiting(self, task):
        """Yield ``(version or empty, records that it has not looked at)``.

        Those that compare records have their task to look at, once a day.
        """
        if self._compares:
            today = task.company_id._get_reverse_today()
            if not task.looked_on or task.looked_on < today:
                yield self.env["reverse.ai.model"], task
            return
        used = task.active_model_id | task.candidate_id
        for model in used if self._learns else [task.active_model_id]:
            known = self.env["reverse.ai.suggestion"].search(
                [
                    ("task_id", "=", task.id),
                    ("model_id", "=", model.id),
                    ("state", "!=", "outdated"),
                ]
            )
            domain = [
                *self._get_waiting_domain(task),
                ("id", "not in", known.mapped("res_id")),
            ]
            yield model, self.env[self._subject].search(domain, order="id")

    @api.model
    def _renew(self, task, values):
        """Keep what comparing records tells today, instead of what nobody answered.

        What somebody answered lately is not told again.
        """
        suggestions = task.env["reverse.ai.suggestion"]
        own = suggestions.search([("task_id", "=", task.id)])
        own._outdate_open()
        since = fields.Datetime.now() - timedelta(days=QUIET)
        answered = own.filtered(lambda s: s.decided_at and s.decided_at >= since)
        quiet = {(s.res_model, s.res_id) for s in answered}
        told = [v for v in values if (v["res_model"], v["res_id"]) not in quiet]
        return suggestions._keep(task, self.env["reverse.ai.model"], told, False)

    @api.model
    def _get_week(self, day):
        """Give the Monday of a day's week, at which the last whole week has ended."""
        return day - timedelta(days=day.weekday())

    @api.model
    def _get_waiting_domain(self, task):
        """Give the domain of the records of a company that want a suggestion."""
        raise NotImplementedError

    @api.model
    def _work(self, task, model, records):
        """Keep what a version says of records; the one in use may fill in drafts."""
        silent = self._learns and model.state != "active"
        suggestions = task.env["reverse.ai.suggestion"]._keep(
            task, model, self._suggest(task, model, records), silent
        )
        if task.mode == "fill" and not silent:
            sure = suggestions.filtered(lambda s: s.state == "open")
            answers = {s.res_id: s.answer for s in sure}
            self._fill(records.filtered(lambda r: r.id in answers), answers)
        return suggestions

    @api.model
    def _suggest(self, task, model, records):
        """Give the values of a suggestion for each of these records.

        :param model: the version of ``reverse.ai.model`` that says so, or empty
        """
        raise NotImplementedError

    @api.model
    def _name_answer(self, answer):
        """Give an answer as people call it."""
        return answer or ""

    @api.model
    def _name_answers(self, answers):
        """Give answers as people call them: ``{answer: name}``."""
        return {answer: self._name_answer(answer) for answer in answers}

    @api.model
    def _explain(self, answer, details):
        """Give the reasons for an answer, a sentence each.

        :param dict details: what the task noted beside it
        """
        return []

    @api.model
    def _check_may_choose(self, record):
        """Refuse users who may not decide about a record."""
        record.check_access("write")

    @api.model
    def _apply(self, records, answer):
        """Write what a person chose where it may still be written, as that person."""

    @api.model
    def _fill(self, records, answers):
        """Fill in what is empty, where a company lets the task do that."""

    @api.model
    def _check_may_end(self, task):
        """Refuse to switch a task off that a control stands on."""

    @api.model
    def _clear(self, task):
        """Take back what is stored beside records when a company switches off."""
