from odoo import fields, models

from ...engine import approvals, transitions


class ReverseSettlement(models.Model):
    """Credits that somebody else has to approve, whatever policy says."""

    _inherit = "reverse.settlement"

    _gate_actors = ("inspected_by_ids", "submitted_by_id")
    _gates = ("credit", "goodwill", "no_receipt")

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        asked = self.filtered(lambda settlement: settlement.state == "submitted")
        # sudo: rules look at the whole credit, whatever the user may read
        known = asked.sudo().with_context(active_test=False).with_prefetch()
        amounts = asked._get_duty_amounts()
        rules = self.env["reverse.approval.rule"]
        dimensions = rules._get_dimensions(known.company_id, self._gates)
        batch = known.line_ids.rma_line_id._get_batch_facts(dimensions)
        facts = {settlement: {} for settlement in self}
        for settlement, own in zip(asked, known, strict=True):
            lines = own.line_ids.rma_line_id
            found = own.rma_id._get_facts(lines, amounts[settlement], dimensions, batch)
            facts[settlement] = {"credit": found}
            if any(line._is_goodwill() for line in own.line_ids):
                facts[settlement]["goodwill"] = found
            if own._lacks_confirmed_sale():
                facts[settlement]["no_receipt"] = found
        return facts

    def _get_default_rules(self, found):
        """An approver decides on what persons submit."""
        why = self.env._("A person submitted it.")
        asked = self.filtered(
            lambda s: s.state == "submitted" and s.submitted_by_id and not found[s]
        )
        return {settlement: {"credit": why} for settlement in asked}

    def _lacks_confirmed_sale(self):
        lines = self.line_ids
        return bool(
            lines.inspection_id.title_by_id
            or lines.rma_line_id.filtered(lambda line: line._lacks_confirmed_sale())
        )

    def _get_duty_amounts(self):
        """What the customer gets, in the company's currency of today."""
        # sudo: the amount of what the acting user decides about
        known = self.sudo().with_prefetch()
        replaced = known.filtered(lambda s: s.type == "replacement")
        values = replaced.line_ids.rma_line_id._get_values_at_stake()
        amounts = {}
        for settlement, own in zip(self, known, strict=True):
            company = own.company_id
            amounts[settlement] = (own.currency_id or company.currency_id)._convert(
                own.amount_untaxed,
                company.currency_id,
                company,
                fields.Date.context_today(self),
            )
            if own in replaced:
                # Goods for goods: worth what the customer paid for them.
                amounts[settlement] = sum(
                    values[line.rma_line_id] * line.quantity / line.rma_line_id.quantity
                    for line in own.line_ids
                )
        return amounts

    def _get_subjects(self):
        amounts = self._get_duty_amounts()
        subjects = {}
        for settlement in self:
            quantities = {}
            for line in settlement.line_ids:
                product = line.rma_line_id.product_id.id
                quantities[product] = quantities.get(product, 0.0) + line.quantity
            subjects[settlement] = approvals.Subject(amounts[settlement], quantities)
        return subjects

    def _get_approval_details(self):
        self.ensure_one()
        return "\n".join(line._summarize() for line in self.line_ids)

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve as a person who neither inspected nor submitted.

        What others have to approve as well waits for them, with this approval kept.

        :raises AccessError: without the role approver
        :raises UserError: for what one has inspected or submitted
        """
        bypassed = self._check_duty(
            "approver", excluded=("inspected_by_ids", "submitted_by_id")
        )
        ready = self._collect_approvals(bypassed)
        ready._approve(bypassed)
        return (self - ready)._tell_waiting()

    def _approve(self, bypassed):
        self._transition(
            transitions.SETTLEMENT, "approve", {"approved_by_id": self.env.uid}
        )
        self._log_step("CreditApproved", bypassed)

    def _go_on_approved(self):
        """Approve as the last approver; what policy was to credit is credited."""
        submitted = self.filtered(lambda s: s.state == "submitted")
        votes = submitted.sudo().approval_ids.vote_ids  # sudo: who decided how
        combined = votes.filtered("combined_duties").approval_id.mapped("res_id")
        submitted._approve(submitted.filtered(lambda s: s.id in combined))
        submitted.filtered("policy_id")._work("_release")
        submitted.rma_id._update_progress()

    def _go_on_refused(self, reason):
        self.filtered(lambda s: s.state == "submitted")._deny()

    def _get_decider(self):
        """Policy proposed it, but a person approved."""
        return "person" if self.approved_by_id else super()._get_decider()

    def _transition(self, table, action, vals=None):
        if action == "approve":
            self._check_approved()
        res = super()._transition(table, action, vals)
        if action == "cancel":
            self._withdraw_approvals()
            self._close_activities(self.env._("Cancelled"))
        # sudo: whose turn it is on the return, for whoever has just acted
        self.sudo().rma_id._pass_breaches_on()
        return res
