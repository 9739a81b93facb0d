from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import corrective, reminders
from .reverse_corrective_step import LABELS

#: Days in which the same defect of the same part is a repetition.
YEAR = 365


class ReverseCorrectiveAction(models.Model):
    """What a supplier does so that a defect does not come again: an 8D report.

    It has nine steps, D0 to D8, each with the day on which it is due. The supplier's
    answers are noted, or entered by the supplier itself, and accepted or refused by us;
    what was accepted stays as it is. Accepting D8 closes the report.
    """

    _name = "reverse.corrective.action"
    _inherit = [
        "reverse.guarded.mixin",
        "mail.thread",
        "reverse.claim.reminder.mixin",
    ]
    _description = "8D Report"
    _order = "id desc"
    _check_company_auto = True
    _editable_states = ("open",)
    _fixed_fields = frozenset({"company_id", "partner_id"})
    _steps = corrective.REPORT

    name = fields.Char(readonly=True, copy=False, guarded=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        check_company=True,
        unlocked=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        "Part",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason_id = fields.Many2one(
        "reverse.reason", "Defect", index="btree_not_null", ondelete="restrict"
    )
    description = fields.Text(help="What went wrong, as the supplier is told.")
    claim_ids = fields.Many2many(
        "reverse.supplier.claim",
        string="Claims",
        check_company=True,
        unlocked=True,
        domain="[('partner_id', '=', partner_id)]",
    )
    opened_on = fields.Date(readonly=True, copy=False, guarded=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed"), ("cancelled", "Cancelled")],
        "Status",
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    step_ids = fields.One2many("reverse.corrective.step", "action_id", "Answers")
    step = fields.Selection(
        LABELS,
        "At Step",
        compute="_compute_step",
        store=True,
        index=True,
        group_expand=True,
        help="The first one that is not accepted.",
    )
    due_on = fields.Date(
        "Answer Due",
        compute="_compute_step",
        store=True,
        index="btree_not_null",
        help="Of the most urgent step that the supplier has not answered.",
    )
    to_accept = fields.Integer("Answers to Check", compute="_compute_step", store=True)
    repeat_of_id = fields.Many2one(
        "reverse.corrective.action",
        "Repeats",
        compute="_compute_repeat_of_id",
        store=True,
        help="The same part of this supplier failed in the same way within a year.",
    )
    closed_by_id = fields.Many2one(
        "res.users", "Closed by", readonly=True, copy=False, guarded=True
    )
    closed_on = fields.Date(readonly=True, copy=False, guarded=True)
    is_cancel_allowed = fields.Boolean(compute="_compute_is_cancel_allowed")

    @api.depends("step_ids.state", "step_ids.due_on")
    def _compute_step(self):
        for report in self:
            steps = report.step_ids
            states = {step.step: step.state for step in steps}
            waiting = steps.filtered(lambda step: step.state in ("open", "refused"))
            report.step = corrective.current(states)
            report.due_on = min(filter(None, waiting.mapped("due_on")), default=False)
            report.to_accept = list(states.values()).count("answered")

    @api.depends("partner_id", "product_id", "reason_id", "opened_on")
    def _compute_repeat_of_id(self):
        """Look for all of them at once."""
        dated = self.filtered(lambda r: r.opened_on and r.product_id and r.reason_id)
        known = self.browse()
        if dated:
            known = self.search(
                [
                    ("partner_id", "in", dated.partner_id.ids),
                    ("product_id", "in", dated.product_id.ids),
                    ("reason_id", "in", dated.reason_id.ids),
                    ("state", "!=", "cancelled"),
                    (
                        "opened_on",
                        ">=",
                        min(dated.mapped("opened_on")) - timedelta(YEAR),
                    ),
                ]
            )
        failures = [report._get_failure() for report in known]
        for report in self:
            found = report in dated and corrective.find_repeated(
                report._get_failure(), failures, YEAR
            )
            report.repeat_of_id = found and found.key

    def _get_failure(self):
        self.ensure_one()
        return corrective.Failure(
            key=self._origin.id or 0,
            day=self.opened_on,
            supplier=self.partner_id.id,
            part=self.product_id.id or None,
            defect=self.reason_id.id or None,
        )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_is_cancel_allowed(self):
        mine = self._has_duty("claims")
        for report in self:
            report.is_cancel_allowed = mine and report._may("cancel")

    @api.constrains("partner_id", "claim_ids")
    def _check_claims(self):
        """A supplier reads its report on the pages of its claims, and of no others."""
        for report in self:
            # sudo: claims of every company count
            for claim in report.sudo().claim_ids:
                if claim.partner_id != report.partner_id:
                    raise ValidationError(
                        self.env._(
                            "%(report)s asks %(partner)s, but %(claim)s is a claim on "
                            "%(other)s. Ask each supplier by a report of its own.",
                            report=report.name,
                            partner=report.partner_id.display_name,
                            claim=claim.name,
                            other=claim.partner_id.display_name,
                        )
                    )

    # ------------------------------------------------------------------
    # Asking a supplier
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        self._check_duty("claims")

    @api.model
    def _complete_create(self, vals_list):
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        return [
            {
                **vals,
                "name": sequence.with_company(vals["company_id"]).next_by_code(
                    self._name
                ),
                "opened_on": fields.Date.context_today(self),
            }
            for vals in vals_list
        ]

    @api.model_create_multi
    def create(self, vals_list):
        reports = super().create(vals_list)
        reports._add_steps()
        return reports

    def _add_steps(self):
        """Open the nine steps of each report, with the days on which they are due."""
        agreements = self._get_agreements()
        plans = {report: report._plan_steps(agreements[report]) for report in self}
        self.env["reverse.corrective.step"]._guarded_create(
            [
                {"action_id": report.id, "step": step, "due_on": day}
                for report, days in plans.items()
                for step, day in days.items()
            ]
        )

    def _get_agreements(self):
        """Give what was agreed with each supplier: by its claims, else with it at all.

        :return: ``{report: reverse.supplier.agreement}``, empty ones where nothing was
        """
        # sudo: what was agreed counts whoever asks
        reports = self.sudo()
        agreements = self.env["reverse.supplier.agreement"].sudo()  # sudo: as above
        others = agreements.search(
            [
                ("partner_id", "in", reports.partner_id.ids),
                ("company_id", "in", reports.company_id.ids),
            ]
        ).grouped(lambda one: (one.partner_id, one.company_id))
        return {
            report: report.sudo().claim_ids.agreement_id[:1]  # sudo: as above
            or others.get((report.partner_id, report.company_id), agreements)[:1]
            for report in self
        }

    def _plan_steps(self, agreement):
        self.ensure_one()
        terms = corrective.Terms()
        if agreement:
            terms = corrective.Terms(
                agreement.containment_days,
                agreement.cause_days,
                agreement.closing_days,
            )
        return corrective.plan(
            self.opened_on,
            terms,
            lambda days: self.company_id._plan_reverse_deadline(days, self.opened_on),
        )

    def action_cancel(self):
        """Cancel reports that were asked for by mistake."""
        self._check_duty("claims")
        self._transition(corrective.REPORT, "cancel")
        self._end_reminders()
        return True

    def _close(self):
        """Close reports whose last step was accepted by the acting user."""
        self._transition(
            corrective.REPORT,
            "close",
            {
                "closed_by_id": self.env.uid,
                "closed_on": fields.Date.context_today(self),
            },
        )

    def _check_open(self):
        for report in self:
            if report.state != "open":
                raise UserError(
                    self.env._(
                        "%(report)s is %(state)s: its answers stay as they are.",
                        report=report.name,
                        state=report._state_label(),
                    )
                )

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------
    @api.model
    def _get_reminder_domain(self, today):
        return [("state", "=", "open"), ("due_on", "<=", today + timedelta(1))]

    def _get_reminder_due(self):
        self.ensure_one()
        return self.due_on

    def _get_reminder_plan(self):
        self.ensure_one()
        agreement = self.claim_ids.agreement_id[:1]
        return reminders.Plan(-1, agreement.escalate_days if agreement else 3)

    def _get_reminder_text(self, day):
        self.ensure_one()
        late = self.step_ids.filtered(
            lambda step: (
                step.state in ("open", "refused") and step.due_on == self.due_on
            )
        )
        return self.env._(
            "%(report)s: %(partner)s answers %(steps)s by %(day)s",
            report=self.name,
            partner=self.partner_id.display_name,
            steps=", ".join(late.mapped("step")),
            day=day,
        )

    def _get_reminder_users(self):
        self.ensure_one()
        return self.user_id, self.claim_ids.agreement_id[:1].escalation_user_id
