from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseReturnWizard(models.TransientModel):
    """Goods handed over at the counter: every step at once, in one transaction.

    Each step is the return's own action, taken by the acting user, so that duties and
    segregation hold as everywhere. What policy does not decide waits for a person.
    """

    _inherit = "reverse.return.wizard"

    condition_id = fields.Many2one("reverse.condition", "Condition for All")
    rma_id = fields.Many2one("reverse.rma", "Return", readonly=True)
    outcome = fields.Selection(
        [("done", "Done"), ("waiting", "Something is left to do")], readonly=True
    )
    result = fields.Text(readonly=True)
    can_settle = fields.Boolean(compute="_compute_can_settle")
    can_receive = fields.Boolean(compute="_compute_can_receive")

    @api.depends_context("uid")
    def _compute_can_receive(self):
        """The counter takes more roles than the desk: say so before all is entered."""
        user = self.env.user
        roles = ("service", "receiver", "inspector")
        self.can_receive = all(
            user.has_group(f"reverse_logistics.group_{role}") for role in roles
        )

    @api.depends("rma_id")
    def _compute_can_settle(self):
        user = self.env.user
        roles = ("service", "approver", "releaser")
        allowed = all(user.has_group(f"reverse_logistics.group_{r}") for r in roles)
        for wizard in self:
            wizard.can_settle = allowed and bool(wizard._get_waiting_credits())

    def action_counter(self):
        """Request, receive, inspect and settle what was handed over.

        :raises AccessError: without the roles customer service, receiver and inspector
        :raises UserError: when any step is refused; nothing is kept then
        """
        self.ensure_one()
        if self.rma_id:
            return self._show_result()
        self.mode = "counter"
        self._check_conditions()
        rma = self._create_return()
        rma.action_request()
        if rma.state == "authorized":
            rma.action_receive()
            # each part has the condition and destination of its line
            rma.inspection_ids.action_complete()
            # what policy left to a person is on the approvers' list at once
            rma.settlement_ids.filtered(lambda s: s.state == "draft").action_submit()
        return self._show_result()

    def action_settle(self):
        """Approve and release what policy left to a person, as this user.

        What others have to approve as well is handed over to them.
        """
        self.ensure_one()
        settlements = self._get_waiting_credits()
        ready = settlements.filtered(lambda s: not s._is_asked_by_rule())
        ready.action_approve()
        ready.action_release()
        return self._show_result()

    def action_open_return(self):
        return self.rma_id.get_formview_action()

    def action_next(self):
        """Start with the next customer."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_counter_wizard_action"
        )
        return action

    def _check_conditions(self):
        for line in self.line_ids.filtered("quantity"):
            if not (line._get_condition() and line._get_disposition()):
                raise UserError(
                    self.env._(
                        "%(product)s: enter the condition, and where the goods go.",
                        product=line.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Result
    # ------------------------------------------------------------------
    def _show_result(self):
        left = self._get_left()
        self.outcome = "waiting" if left else "done"
        self.result = "\n".join([self._get_done(), *left])
        return self._reopen()

    def _get_waiting_credits(self):
        return self.rma_id.settlement_ids.filtered(lambda s: s.state == "submitted")

    def _get_done(self):
        """Say what has happened, as one tells it to the customer."""
        rma = self.rma_id
        if rma.state == "requested":
            return self.env._("%(rma)s is saved.", rma=rma.name)
        # sudo: number and amount for the customer; no accounting is shown
        notes = rma.sudo().credit_note_ids.filtered(lambda m: m.state == "posted")
        if not notes and rma.stage == "settled":
            return self.env._(
                "%(rma)s: received and inspected; there is nothing to credit.",
                rma=rma.name,
            )
        if not notes:
            return self.env._("%(rma)s: received and inspected.", rma=rma.name)
        return self.env._(
            "%(rma)s: received, inspected and credited with %(credit_notes)s.",
            rma=rma.name,
            credit_notes=", ".join(
                f"{note.name} ({note.currency_id.format(note.amount_total)})"
                for note in notes
            ),
        )

    def _get_left(self):
        """Say what is left to do, and who does it."""
        rma = self.rma_id
        left = []
        if rma.state == "requested":
            left.append(
                self.env._(
                    "An approver decides first. %(reasons)s",
                    reasons=rma.decision_summary,
                )
            )
        left += [
            self.env._(
                "A credit of %(amount)s, tax included, waits for an approver: policy "
                "leaves these goods to a person.",
                amount=credit.currency_id.format(credit.amount_total),
            )
            for credit in self._get_waiting_credits()
            if not credit._is_asked_by_rule()
        ]
        left += [
            credit._get_waiting_text()
            for credit in rma.settlement_ids
            if credit.approval_state == "waiting" and credit._is_asked_by_rule()
        ]
        left += [
            ": ".join(filter(None, (exception.display_name, exception.message)))
            for exception in rma._get_open_exceptions()
        ]
        return left


class ReverseReturnWizardLine(models.TransientModel):
    _inherit = "reverse.return.wizard.line"

    def _get_condition(self):
        return self.condition_id or self.wizard_id.condition_id

    def _get_disposition(self):
        return self.disposition_id or self._get_condition().disposition_id

    def _prepare_return_line(self, number):
        """Keep what was seen of the goods, also while somebody has to decide first."""
        values = super()._prepare_return_line(number)
        if self.wizard_id.mode == "counter":
            values["counter_condition_id"] = self._get_condition().id
            values["counter_disposition_id"] = self._get_disposition().id
        return values
