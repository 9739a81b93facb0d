from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..base.reverse_guarded_mixin import DUTIES
from ..base.reverse_retry import run_batch
from ..rma.reverse_rma import WAITING

BATCH = 100
_PLANNED = ("sla_rule_id", "sla_explanation", "sla_deadline", "sla_escalation")


class ReverseRma(models.Model):
    """How long a return has been in its stage, and how long it may stay there."""

    _inherit = "reverse.rma"

    stage_since = fields.Datetime(
        "In Stage Since", readonly=True, copy=False, guarded=True
    )
    sla_rule_id = fields.Many2one(
        "reverse.sla.rule",
        "Deadline Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that applied as the return entered its stage.",
        guarded=True,
    )
    sla_explanation = fields.Char(
        "Why This Rule", readonly=True, copy=False, guarded=True
    )
    sla_deadline = fields.Datetime(
        "Stage Deadline",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
    )
    sla_escalation = fields.Datetime(
        "Escalated At", readonly=True, copy=False, guarded=True
    )
    sla_breached = fields.Boolean(
        "Deadline Missed",
        readonly=True,
        copy=False,
        help="An exception was opened because the return waits too long.",
        guarded=True,
    )
    sla_overdue = fields.Boolean(
        "Waits Too Long", compute="_compute_sla_overdue", search="_search_sla_overdue"
    )

    @api.depends("sla_deadline")
    def _compute_sla_overdue(self):
        now = fields.Datetime.now()
        for rma in self:
            rma.sla_overdue = bool(rma.sla_deadline and rma.sla_deadline < now)

    @api.model
    def _search_sla_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("sla_deadline", "<", fields.Datetime.now())
        on_time = Domain("sla_deadline", "=", False) | ~late
        return Domain.OR(late if wanted else on_time for wanted in value)

    # ------------------------------------------------------------------
    # Entering a stage
    # ------------------------------------------------------------------
    def _enter_stage(self, stage):
        """Start the clock of a stage for returns that have just entered it.

        :param str stage: which stage
        """
        now = fields.Datetime.now()
        vals = {"stage": stage, "stage_since": now, "sla_breached": False}
        for rmas, more in self._plan_stage(stage, now):
            rmas._guarded_write({**vals, **more})

    def _plan_stage(self, stage, now):
        """Give ``(returns, values)`` with rule and deadline, for groups of returns."""
        nothing = dict.fromkeys(_PLANNED, False)
        sla = self.env["reverse.sla.rule"]
        with_rules = self.filtered(
            lambda rma: sla._compile_rules(rma.company_id.id).get(stage)
        )
        if self - with_rules:
            yield self - with_rules, nothing
        if not with_rules:
            return
        found = sla._match(with_rules._get_rule_facts(), stage)
        for (rule, why, company), rmas in with_rules.grouped(
            lambda rma: (*found[rma], rma.company_id)
        ).items():
            if not rule:
                yield rmas, nothing
                continue
            # sudo: rules apply to everybody
            deadline, escalation = rule.sudo()._plan(company, now)
            yield (
                rmas,
                {
                    "sla_rule_id": rule.id,
                    "sla_explanation": why,
                    "sla_deadline": deadline,
                    "sla_escalation": escalation,
                },
            )

    def _extend_stage(self, deadline):
        """Let these returns stay longer; their escalation moves along."""
        for rma in self:
            # sudo: rules apply to everybody
            escalation = rma.sudo().sla_rule_id._plan_escalation(
                rma.company_id, deadline
            )
            rma._guarded_write(
                {
                    "sla_deadline": deadline,
                    "sla_escalation": escalation,
                    "sla_breached": False,
                }
            )

    # ------------------------------------------------------------------
    # Staying too long
    # ------------------------------------------------------------------
    def _pass_breaches_on(self):
        """Pass late returns to the role that has to act now.

        What was escalated stays with the role it was escalated to.
        """
        # sudo: whoever has just acted need not have the role that is next
        late = self.sudo().filtered("sla_breached")
        for exception in late._get_open_exceptions():
            if exception.type != "sla_breach" or exception.escalated_at:
                continue
            group = self.env.ref(DUTIES[exception.rma_id._get_acting_duty()])
            if exception.owner_group_id != group:
                exception._pass_to(group, self.env["res.users"])

    @api.model
    def _cron_check_sla(self):
        """Open exceptions for late returns, then escalate those that nobody handled.

        Each batch has its own transaction; what is left waits for the next run.
        """
        now = fields.Datetime.now()
        late = self.search(
            [
                ("sla_deadline", "<", now),
                ("sla_breached", "=", False),
                ("stage", "in", list(WAITING)),
            ],
            order="sla_deadline, id",
        )
        exceptions = self.env["reverse.exception"].search(
            [("state", "=", "open"), ("escalate_at", "<", now)], order="escalate_at, id"
        )
        self.env["ir.cron"]._commit_progress(remaining=len(late) + len(exceptions))
        for records, method in (
            (late, "_raise_sla_breach"),
            (exceptions, "_escalate"),
        ):
            for batch in split_every(BATCH, records.ids, records.browse):
                work = getattr(batch.exists(), method)
                if not run_batch(self.env, work, len(batch)):
                    return

    def _raise_sla_breach(self):
        """Open an exception for each of these returns that is still late."""
        now = fields.Datetime.now()
        late = self.filtered(
            lambda rma: (
                rma.stage in WAITING
                and not rma.sla_breached
                and rma.sla_deadline
                and rma.sla_deadline < now
            )
        )
        late._guarded_write({"sla_breached": True})
        for (stage, duty, rule), rmas in late.grouped(
            lambda rma: (rma.stage, rma._get_acting_duty(), rma.sla_rule_id)
        ).items():
            exceptions = self.env["reverse.exception"]._raise_for(
                rmas,
                "sla_breach",
                owner_group_id=self.env.ref(DUTIES[duty]).id,
                sla_stage=stage,
                sla_rule_id=rule.id,
            )
            for exception in exceptions:
                exception._guarded_write(
                    {"escalate_at": exception.rma_id.sla_escalation}
                )
