from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...engine.exceptions import ExceptionType, Resolution
from ..rma.reverse_rma import STAGES


class ReverseException(models.Model):
    """Returns that wait too long, and what happens when nobody looks."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("sla_breach", "Waits too long")],
        ondelete={"sla_breach": "cascade"},
    )
    sla_stage = fields.Selection(STAGES, "Waits in Stage", readonly=True, guarded=True)
    sla_rule_id = fields.Many2one(
        "reverse.sla.rule",
        "Deadline Rule",
        readonly=True,
        ondelete="set null",
        guarded=True,
    )
    escalate_at = fields.Datetime(
        readonly=True,
        index="btree_not_null",
        help="When it passes to the next role, if it is still open then.",
        guarded=True,
    )
    escalated_at = fields.Datetime(readonly=True, guarded=True)

    @api.model
    def _get_types(self):
        types = super()._get_types()
        types["sla_breach"] = ExceptionType(
            owner="",
            days=0,
            what=self.env._("The return has been “%(stage)s” for longer than agreed."),
            todo=self.env._(
                "Take the step that the return waits for: this closes by itself then. "
                "If it has to wait, say why and until when."
            ),
            resolutions=(
                Resolution(
                    "extend",
                    self.env._("Extend the Deadline"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Nothing is credited by this."),
                    done=self.env._("Deadline extended"),
                    method="action_open_extension",
                    dialog=True,
                ),
            ),
            holds=lambda e: e.rma_id.sla_breached and e.rma_id.stage == e.sla_stage,
            gone="moved_on",
        )
        return types

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "moved_on": self.env._("The return moved on"),
        }

    def _get_explanation_values(self):
        labels = dict(self._fields["sla_stage"]._description_selection(self.env))
        return {
            **super()._get_explanation_values(),
            "stage": labels.get(self.sla_stage),
        }

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    def _escalate(self):
        """Pass what is still open to the role and person that the rule names."""
        now = fields.Datetime.now()
        due = self.filtered(
            lambda e: e.state == "open" and e.escalate_at and e.escalate_at < now
        )
        for rule, exceptions in due.grouped("sla_rule_id").items():
            rule = rule.sudo()  # sudo: rules apply to everybody
            if rule.escalation_group_id:
                exceptions._escalate_to(
                    rule.escalation_group_id, rule.escalation_user_id
                )
        due._guarded_write({"escalate_at": False})

    def _pass_to(self, group, user):
        """Make another role, and perhaps somebody of it, responsible."""
        self._close_activities(self.env._("passed to “%(role)s”", role=group.name))
        self._guarded_write({"owner_group_id": group.id, "user_id": user.id})
        self._schedule_activities()

    def _escalate_to(self, group, user):
        """Make another role responsible, with an activity of its own."""
        self._guarded_write({"escalated_at": fields.Datetime.now()})
        self._pass_to(group, user)
        (code,) = group.get_external_id().values()
        self.env["reverse.event"]._log(
            self,
            "ExceptionEscalated",
            lambda e: {"exception": e.id, "type": e.type, "role": code},
        )

    # ------------------------------------------------------------------
    # Extension
    # ------------------------------------------------------------------
    def action_open_extension(self):
        """Ask until when the return may wait, and why."""
        self._check_resolution("extend")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Extend the Deadline"),
            "res_model": "reverse.sla.extend.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_ids": self.ids},
        }

    def action_extend(self, deadline, reason):
        """Let the returns wait longer.

        :param deadline: until when
        :param str reason: why; kept on the return
        """
        self._check_resolution("extend")
        deadline = fields.Datetime.to_datetime(deadline)
        if not deadline or deadline <= fields.Datetime.now():
            raise UserError(self.env._("The new deadline must be in the future."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the return has to wait longer."))
        self.rma_id._extend_stage(deadline)
        until = format_datetime(self.env, deadline, dt_format="short")
        for rma in self.rma_id:
            # sudo: whoever may extend need not write on the return's chatter
            rma.sudo().message_post(
                body=self.env._(
                    "%(rma)s may stay “%(stage)s” until %(moment)s: %(reason)s",
                    rma=rma.display_name,
                    stage=dict(rma._fields["stage"]._description_selection(self.env))[
                        rma.stage
                    ],
                    moment=until,
                    reason=reason.strip(),
                )
            )
        self.env["reverse.event"]._log(
            self,
            "DeadlineExtended",
            lambda e: {
                "exception": e.id,
                "until": fields.Datetime.to_string(deadline),
            },
        )
        self._resolve("extend")
        return True


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ExceptionEscalated": self.env._("Exception escalated"),
            "DeadlineExtended": self.env._("Deadline extended"),
        }
