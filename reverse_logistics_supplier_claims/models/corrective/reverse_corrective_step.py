from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import corrective

LABELS = [
    ("D0", "D0 Immediate action"),
    ("D1", "D1 Team"),
    ("D2", "D2 Problem"),
    ("D3", "D3 Containment"),
    ("D4", "D4 Root cause"),
    ("D5", "D5 Chosen action"),
    ("D6", "D6 Action done"),
    ("D7", "D7 Prevention"),
    ("D8", "D8 Closing"),
]


class ReverseCorrectiveStep(models.Model):
    """One step of an 8D report: what the supplier answers, and whether we accept it."""

    _name = "reverse.corrective.step"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Step of an 8D Report"
    _order = "action_id desc, step"
    _editable_states = ("open", "refused")
    _fixed_fields = frozenset({"action_id", "step"})
    _steps = corrective.STEP
    _step_once = models.Constraint(
        "UNIQUE (action_id, step)", "A report has each step once."
    )

    action_id = fields.Many2one(
        "reverse.corrective.action",
        "8D Report",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="action_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="action_id.partner_id", store=True, index=True)
    step = fields.Selection(LABELS, required=True)
    due_on = fields.Date("Due", required=True)
    state = fields.Selection(
        [
            ("open", "To Answer"),
            ("answered", "Answered"),
            ("accepted", "Accepted"),
            ("refused", "Answer Refused"),
        ],
        "Status",
        default="open",
        required=True,
        readonly=True,
        copy=False,
        guarded=True,
    )
    answer = fields.Text()
    is_text = fields.Text("Is", help="Where, when and how it happens.")
    is_not_text = fields.Text("Is Not", help="Where, when and how it does not happen.")
    place = fields.Char("Where")
    moment = fields.Char("When")
    quantity = fields.Float("How Many", digits="Product Unit")
    stocks_searched = fields.Text(
        help="Which stocks were searched, ours among them, and what was found."
    )
    verification = fields.Text(help="How it was shown that it works.")
    escape_cause = fields.Text(
        "Cause of Non-Detection", help="Why nobody noticed before it was delivered."
    )
    done_on = fields.Date()
    effective_from = fields.Date(help="From which delivery or lot date on it holds.")
    evidence_ids = fields.Many2many("ir.attachment")
    answered_by_id = fields.Many2one(
        "res.users", "Answered by", readonly=True, copy=False, guarded=True
    )
    answered_on = fields.Date(readonly=True, copy=False, guarded=True)
    accepted_by_id = fields.Many2one(
        "res.users", "Accepted by", readonly=True, copy=False, guarded=True
    )
    accepted_on = fields.Date(readonly=True, copy=False, guarded=True)
    refusal = fields.Char(
        "Why Refused", copy=False, help="Enter it here, then refuse the answer."
    )
    is_answer_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_accept_allowed = fields.Boolean(compute="_compute_steps_allowed")

    @api.depends("action_id.name", "step")
    def _compute_display_name(self):
        for step in self:
            step.display_name = f"{step.action_id.name}: {step.step}"

    @api.depends("state", "action_id.state")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        mine = self._has_duty("claims")
        for step in self:
            can = mine and step.action_id.state == "open"
            step.is_answer_allowed = can and step._may("answer")
            step.is_accept_allowed = can and step._may("accept")

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("The steps of a report are opened with it."))

    def _get_open_fields(self):
        """Why an answer is refused is entered while it waits."""
        names = super()._get_open_fields()
        waits = all(step.state == "answered" for step in self)
        return names | {"refusal"} if waits else names

    def write(self, vals):
        if not self._in_workflow():
            self.action_id._check_open()
        before = self.evidence_ids
        res = super().write(vals)
        if "evidence_ids" in vals and not self.env.su:
            # What is accepted is locked for everybody: nobody locks others' files.
            (self.evidence_ids - before).check_access("write")
            self._check_evidence()
        return res

    def _check_evidence(self):
        """Refuse files of other documents: they could not be changed there any more."""
        for step in self:
            # sudo: where files belong
            for file in step.sudo().evidence_ids:
                if file.res_id and (file.res_model, file.res_id) != (
                    step._name,
                    step.id,
                ):
                    raise UserError(
                        self.env._(
                            "“%(file)s” belongs to another document, so it is no "
                            "evidence of %(step)s. Upload it here instead.",
                            file=file.name,
                            step=step.display_name,
                        )
                    )

    def unlink(self):
        if not self._in_workflow():
            # Raised for everybody, so that users without the right to delete read
            # the same.
            # pylint: disable-next=no-raise-unlink
            raise UserError(self.env._("The steps of a report stay with it."))
        return super().unlink()

    # ------------------------------------------------------------------
    # Answering and accepting
    # ------------------------------------------------------------------
    def action_answer(self):
        """Note what the supplier answered, as its answer."""
        self._check_duty("claims")
        self._answer()
        return True

    def _answer(self):
        """Take what is entered as the supplier's answer, given by the acting user.

        Callers have checked that the user may answer for the supplier.
        """
        self.action_id._check_open()
        self._check_evidence()
        for step in self:
            step._check_answer()
        self._transition(
            corrective.STEP,
            "answer",
            {
                "answered_by_id": self.env.uid,
                "answered_on": fields.Date.context_today(self),
                "refusal": False,
            },
        )
        self._tell("answered")
        self.action_id._end_reminders()

    def _asks_for_evidence(self):
        """Whether the answer of this step needs a file, and there is none yet."""
        self.ensure_one()
        needed = corrective.NEEDED.get(self.step, ())
        # sudo: whether there is one, whoever answers
        return "evidence_ids" in needed and not self.sudo().evidence_ids

    def _check_answer(self):
        """An answer says what its step asks for."""
        self.ensure_one()
        needed = ("answer", *corrective.NEEDED.get(self.step, ()))
        missing = [name for name in needed if not self[name]]
        if missing:
            labels = self.fields_get(missing, ["string"])
            raise UserError(
                self.env._(
                    "%(step)s does not say everything yet: enter %(fields)s.",
                    step=self.display_name,
                    fields=", ".join(labels[name]["string"] for name in missing),
                )
            )

    def action_accept(self):
        """Accept answers, which freezes them; with the last one the report closes."""
        self._check_duty("claims")
        self.action_id._check_open()
        self._check_evidence()
        self._check_order()
        self._transition(
            corrective.STEP,
            "accept",
            {
                "accepted_by_id": self.env.uid,
                "accepted_on": fields.Date.context_today(self),
            },
        )
        self._tell("accepted")
        self.filtered(lambda step: step.step == "D8").action_id._close()
        return True

    def _check_order(self):
        """D8 closes the report: everything else is accepted before."""
        for step in self.filtered(lambda step: step.step == "D8"):
            others = step.action_id.step_ids - self
            missing = others.filtered(lambda other: other.state != "accepted")
            if missing:
                raise UserError(
                    self.env._(
                        "%(step)s closes the report, but %(missing)s are not accepted "
                        "yet: accept those first.",
                        step=step.display_name,
                        missing=", ".join(missing.mapped("step")),
                    )
                )

    def action_refuse(self):
        """Ask the supplier to answer again, saying why."""
        self._check_duty("claims")
        self.action_id._check_open()
        for step in self:
            if step.state == "answered" and not step.refusal:
                raise UserError(
                    self.env._(
                        "%(step)s: enter why its answer is refused.",
                        step=step.display_name,
                    )
                )
        self._transition(corrective.STEP, "refuse")
        self._tell("refused")
        self._tell_soon()
        return True

    def _tell(self, what):
        """Keep in the report's chatter who did what, with the words of the answer."""
        for step in self:
            values = {"step": step.step, "text": step.refusal or step.answer}
            words = {
                "answered": self.env._("%(step)s answered: %(text)s", **values),
                "accepted": self.env._("%(step)s accepted: %(text)s", **values),
                "refused": self.env._("%(step)s refused: %(text)s", **values),
            }
            # sudo: whoever answers need not have write access to the report
            step.action_id.sudo().message_post(body=words[what])

    def action_open(self):
        """Open the step as a form of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
