import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_batch

from ..engine import encoders
from ..engine.classifier import CannotLearn

_logger = logging.getLogger(__name__)
#: A task learns anew after so many days.
LEARN_EVERY = 7


class ReverseAiTask(models.Model):
    """One kind of suggestion in one company: whether it is made, and by what.

    Switched off, nothing is computed or shown, and everything goes on by rules. What a
    task says is a suggestion in every mode; the last one also fills in what is empty in
    a draft, which a person still has to request.
    """

    _name = "reverse.ai.task"
    _inherit = [
        "reverse.touch.mixin",
        "reverse.guarded.mixin",
        "reverse.noted.mixin",
    ]
    _description = "Kind of Suggestion"
    _order = "company_id, sequence, id"
    _fixed_fields = frozenset({"code", "company_id"})
    # A switch is an event of its own; learning is started by its button.
    _free_fields = frozenset({"sequence", "mode", "is_due", "reverse_guard"})
    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "A company switches each kind of suggestion once."
    )

    sequence = fields.Integer(default=10)
    code = fields.Selection(
        [
            ("reason", "Reason from text"),
            ("queue", "Order of work"),
            ("warning", "Early warning"),
            ("forecast", "Forecast"),
            ("credit", "Unusual credits"),
            ("review", "Enhanced review"),
            ("document", "Papers of purchase"),
            ("disposition", "Disposition"),
            ("photo", "Damage on photos"),
        ],
        "Kind",
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    mode = fields.Selection(
        [
            ("off", "Off"),
            ("suggest", "Suggest only"),
            ("fill", "Fill in drafts"),
        ],
        default="suggest",
        required=True,
        help="Off: nothing is computed or shown, and everything goes on by rules. "
        "Suggest only: people see suggestions and choose. Fill in drafts: what is "
        "empty in a draft is filled in as well; nothing is ever authorized, refused, "
        "posted or paid.",
    )
    learns = fields.Boolean(compute="_compute_learns")
    tier = fields.Selection(
        [
            ("terms", "Words and parts of words"),
            ("static", "Words and their meaning"),
            ("english", "Words, their meaning, and texts as a whole (English)"),
            ("sentence", "Words and the meaning of sentences"),
        ],
        "Texts Are Read By",
        default="static",
        required=True,
        help="The first needs nothing else and is used where the libraries of another "
        "are not installed on the server.",
    )
    tier_note = fields.Char(compute="_compute_tier_note")
    precision = fields.Float(
        default=90.0,
        digits=(5, 1),
        required=True,
        help="The share of suggestions that should be right. The higher it is, the "
        "more often the task says nothing.",
    )
    least_cases = fields.Integer(
        "Closed Cases at Least",
        default=200,
        required=True,
        help="Before the model in use has learned from so many, it only suggests.",
    )
    model_ids = fields.One2many("reverse.ai.model", "task_id", "Versions")
    active_model_id = fields.Many2one(
        "reverse.ai.model", "Version in Use", compute="_compute_model_ids"
    )
    candidate_id = fields.Many2one(
        "reverse.ai.model",
        compute="_compute_model_ids",
        help="Answers silently beside the version in use, until somebody else approves "
        "it.",
    )
    capital_percent = fields.Float(
        "Money Tied Up (% a Year)",
        default=8.0,
        digits=(5, 1),
        help="What the value of waiting goods and claims costs.",
    )
    decay_percent = fields.Float(
        "Loses Value (% a Month)",
        default=3.0,
        digits=(5, 1),
        help="Of goods whose category does not say otherwise.",
    )
    late_percent = fields.Float(
        "Missed Deadline (% of the Value)",
        default=10.0,
        digits=(5, 1),
        help="Once, in full on the last day before it and after; the further away, "
        "the less.",
    )
    customer_percent = fields.Float(
        "Waiting Customer (% of a Year's Sales, a Month)",
        default=0.5,
        digits=(5, 2),
        help="What a customer who waits may buy less.",
    )
    has_drifted = fields.Boolean(
        "Cases Have Changed",
        compute="_compute_has_drifted",
        help="What came in this month is not like what the version in use has learned "
        "from.",
    )
    is_due = fields.Boolean("Learns Next", readonly=True, copy=False, default=True)
    backlog_count = fields.Integer(
        "Files to Read",
        compute="_compute_backlog_count",
        help="They are read in the background before the task learns from them.",
    )
    learned_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    problem = fields.Char(readonly=True, copy=False, guarded=True)
    # Approval rules stand on what is compared each day: nobody says it was done.
    looked_on = fields.Date(readonly=True, copy=False, guarded=True)

    _percent = models.Constraint(
        "CHECK (precision >= 50 AND precision < 100)",
        "Enter a precision of at least 50 and less than 100 percent.",
    )

    # ------------------------------------------------------------------
    # What it is
    # ------------------------------------------------------------------
    @api.depends("code", "company_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for task in self:
            task.display_name = labels.get(task.code, "")

    @api.depends("code")
    def _compute_learns(self):
        for task in self:
            task.learns = bool(task.code) and task._get_worker()._learns

    @api.depends("code", "mode")
    def _compute_backlog_count(self):
        for task in self:
            read = task.code and task.mode != "off"
            worker = read and task._get_worker()
            task.backlog_count = read and len(worker._get_backlog(task))

    @api.depends("active_model_id")
    def _compute_has_drifted(self):
        months = self.env["reverse.ai.month"].search(
            [
                ("model_id", "in", self.active_model_id.ids),
                ("month", "=", fields.Date.today().replace(day=1)),
            ]
        )
        drifted = months.filtered("has_drifted").task_id
        for task in self:
            task.has_drifted = task in drifted

    @api.depends("tier")
    @api.depends_context("lang")
    def _compute_tier_note(self):
        for task in self:
            missing = encoders.missing(task.tier) if task.tier else []
            task.tier_note = bool(missing) and self.env._(
                "Words alone are used until the server has these libraries: "
                "pip install %(packages)s",
                packages=" ".join(missing),
            )

    @api.depends("model_ids.state")
    def _compute_model_ids(self):
        for task in self:
            newest = task.model_ids.sorted("version", reverse=True)
            task.active_model_id = newest.filtered(lambda m: m.state == "active")[:1]
            task.candidate_id = newest.filtered(lambda m: m.state == "candidate")[:1]

    @api.model
    def _get_workers(self):
        """Give the model that does the work of each task."""
        return {
            "reason": "reverse.ai.reason",
            "queue": "reverse.ai.queue",
            "warning": "reverse.ai.warning",
            "forecast": "reverse.ai.forecaster",
            "credit": "reverse.ai.credit",
            "review": "reverse.ai.review",
            "document": "reverse.ai.document",
            "disposition": "reverse.ai.disposition",
            "photo": "reverse.ai.damage",
        }

    def _get_worker(self):
        """Give the worker, who sees the records of this company only."""
        worker = self.env[self._get_workers()[self.code]]
        return worker.with_company(self.company_id).with_context(
            allowed_company_ids=self.company_id.ids
        )

    @api.model
    def _create_missing(self):
        """Give each company a switch for each task."""
        # sudo: switches of all companies, made by the system
        tasks, codes = self.sudo(), list(self._get_workers())
        companies = self.env["res.company"].sudo().search([("id", ">", 0)])
        known = {
            (task.company_id, task.code) for task in tasks.search([("id", ">", 0)])
        }
        tasks.create(
            [
                {"company_id": company.id, "code": code, "sequence": 10 * number}
                for company in companies
                for number, code in enumerate(codes, 1)
                if (company, code) not in known
            ]
        )

    def _get_tier(self):
        """Give how texts are read: as chosen, where the server can do that."""
        return "terms" if encoders.missing(self.tier) else self.tier

    @api.model
    def _get_of(self, companies, code):
        """Give the tasks of a kind that these companies have not switched off."""
        # sudo: whether a task is on is no secret, and says nothing of other records
        return self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                ("code", "=", code),
                ("mode", "!=", "off"),
            ]
        )

    # ------------------------------------------------------------------
    # Switching
    # ------------------------------------------------------------------
    @api.constrains("mode", "least_cases")
    def _check_mode(self):
        for task in self.filtered(lambda task: task.mode == "off"):
            task._get_worker()._check_may_end(task)
        for task in self.filtered(lambda task: task.mode == "fill"):
            if not task.learns:
                raise ValidationError(
                    self.env._(
                        "%(task)s fills nothing in: leave it at “Suggest only”.",
                        task=task.display_name,
                    )
                )
            known = task.active_model_id.case_count
            if known < max(task.least_cases, 1):
                raise ValidationError(
                    self.env._(
                        "%(task)s only suggests as yet: the version in use has learned "
                        "from %(known)s closed cases, and %(least)s are needed before "
                        "it fills anything in.",
                        task=task.display_name,
                        known=known,
                        least=task.least_cases,
                    )
                )

    def write(self, vals):
        settings = self._get_deciding_fields() & set(vals)
        before = self._get_control_values(settings)
        res = super().write(vals)
        if settings:
            self._log_control("ControlChanged", before)
        if "mode" in vals:
            for task in self:
                if task.mode == "off":
                    task._get_worker()._clear(task)
                self.env["reverse.event"]._log(
                    task.company_id,
                    "TaskSwitched",
                    {"task": task.code, "mode": task.mode},
                )
        return res

    def _get_deciding_fields(self):
        """What people set; what the task notes of its own work is none."""
        return super()._get_deciding_fields() - self._get_guarded_fields()

    def _get_control_companies(self):
        return self.company_id

    def _get_own_company(self):
        return self.company_id

    def action_learn(self):
        """Have the tasks learn anew, in the background."""
        self.check_access("write")
        self.filtered("learns").write({"is_due": True})
        # sudo: starting the scheduled action is part of what was just checked
        self.env.ref("reverse_logistics_ai.cron_learn").sudo()._trigger()
        return True

    def action_view_versions(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics_ai.reverse_ai_model_action"
        )
        return {**action, "domain": [("task_id", "in", self.ids)], "context": {}}

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @api.model
    def _cron_learn(self):
        """Have the tasks learn that are due, one in a transaction.

        What they have to read first comes in batches: where the time is over, the next
        run goes on with the rest.
        """
        before = fields.Datetime.now() - timedelta(days=LEARN_EVERY)
        tasks = self.search(
            [
                ("mode", "!=", "off"),
                "|",
                ("is_due", "=", True),
                ("learned_at", "<", before),
            ]
        ).filtered("learns")
        tasks.filtered(lambda task: not task.is_due).is_due = True
        backlogs = {task: task._get_worker()._get_backlog(task) for task in tasks}
        self.env["ir.cron"]._commit_progress(
            remaining=len(tasks) + sum(map(len, backlogs.values()))
        )
        for task, backlog in backlogs.items():
            if not (task._read(backlog) and run_batch(self.env, task._learn, 1)):
                return

    def _read(self, backlog):
        """Read files in batches; tell whether all of them were read."""
        worker = self._get_worker()
        return all(
            run_batch(self.env, partial(worker._read, backlog.browse(ids)), len(ids))
            for ids in split_every(worker._read_batch, backlog.ids, list)
        )

    def _learn(self):
        """Learn, unless somebody else has done so since this task was found.

        Touched first: of two workers that learn at once, the second starts again when
        the first has finished, and then sees that nothing is due any more.
        """
        self._reverse_touch()
        self.invalidate_recordset(["is_due"])
        if not self.is_due:
            return
        vals = {"is_due": False, "learned_at": fields.Datetime.now(), "problem": False}
        worker = self._get_worker()
        try:
            if not self.model_ids:
                # What is listed is used at once; what cases tell is approved first.
                self._keep(worker._learn_listed(self))
            self._keep(worker._learn(self))
        except CannotLearn as error:
            vals["problem"] = self._explain_problem(error.code)
        self._guarded_write(vals)

    def _keep(self, found):
        if found:
            self.env["reverse.ai.model"]._keep(self, found)

    def _explain_problem(self, code):
        texts = {
            "few": self.env._("There is too little to learn from: list examples."),
            "few_photos": self.env._(
                "No category of products has enough photos of inspected goods as yet: "
                "40, of which 15 of each kind, damaged and sound."
            ),
            "one_class": self.env._(
                "All cases and examples are of one kind, so there is nothing to tell "
                "apart: list examples of another."
            ),
        }
        return texts[code]

    # ------------------------------------------------------------------
    # Suggesting
    # ------------------------------------------------------------------
    @api.model
    def _cron_suggest(self):
        """Suggest something of each record that waits for it, in batches.

        What takes long comes last, so that nothing else waits for it.
        """
        tasks = self.search([("mode", "!=", "off")])
        work = [
            (task, model, records.browse(ids))
            for task in tasks.sorted(lambda t: t._get_worker()._batch, reverse=True)
            for model, records in task._get_worker()._find_waiting(task)
            for ids in split_every(task._get_worker()._batch, records.ids, list)
        ]
        self.env["ir.cron"]._commit_progress(remaining=sum(len(w[2]) for w in work))
        for task, model, records in work:

            def suggest(task=task, model=model, records=records):
                task._suggest(records.exists(), model)

            if not run_batch(self.env, suggest, len(records)):
                return

    def _note_looked(self):
        """Note that what is compared once a day was compared today."""
        for task in self:
            today = task.company_id._get_reverse_today()
            task._guarded_write({"looked_on": today})

    def _suggest(self, records, model):
        """Have a version, or none where nothing is learned, look at records."""
        self.ensure_one()
        return self._get_worker()._work(self, model, records)
