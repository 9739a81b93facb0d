from odoo import fields, models

from ...engine import approvals, transitions
from ..base.reverse_authored_mixin import AUTHORS


class ReverseSettlement(models.Model):
    """Ask others to approve credits, and release them when they have."""

    _inherit = "reverse.settlement"
    _gate_actors = (
        "inspected_by_ids",
        "submitted_by_id",
        "customer_user_ids",
        *AUTHORS,
    )
    _gates = ("credit", "goodwill", "no_receipt")

    customer_user_ids = fields.Many2many(related="rma_id.customer_user_ids")

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        asked = self.filtered(lambda settlement: settlement.state == "submitted")
        # sudo: rules look at the whole credit, whatever the user may read
        known = asked.sudo().with_context(active_test=False).with_prefetch()
        amounts = asked._get_limited_amounts(same_sale=True)
        rules = self.env["reverse.approval.rule"]
        dimensions = rules._get_dimensions(known.company_id, self._gates)
        batch = known.rma_id._get_batch_facts(dimensions)
        facts = {settlement: {} for settlement in self}
        for settlement, own in zip(asked, known, strict=True):
            lines = own.line_ids.rma_line_id
            found = own.rma_id._get_control_facts(
                lines, amounts[settlement], dimensions, batch
            )
            facts[settlement] = {"credit": found}
            if any(line._is_goodwill() for line in own.line_ids):
                facts[settlement]["goodwill"] = found
            if own._lacks_confirmed_sale():
                facts[settlement]["no_receipt"] = found
        return facts

    def _get_default_rules(self, found):
        """Let an approver decide on what people submit."""
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
        """Give what the customer gets, in the company's currency."""
        # sudo: only the amount of what the user decides about is read
        known = self.sudo().with_prefetch()
        replaced = known.filtered(lambda s: s.type == "replacement")
        values = replaced.line_ids.rma_line_id._get_values_at_stake()
        amounts = {}
        for settlement, own in zip(self, known, strict=True):
            amounts[settlement] = sum(
                line._value_for_limits(line._get_given()[0]) for line in own.line_ids
            )
            if own in replaced:
                # A replacement is worth what the customer paid for the goods.
                amounts[settlement] = sum(
                    values[line.rma_line_id] * line.quantity / line.rma_line_id.quantity
                    for line in own.line_ids
                )
        return amounts

    def _get_duty_uses(self):
        """Count the credits of one return as one use, however goods were split."""
        amounts = self._get_limited_amounts()
        return {
            settlement: {**use, "amount": amounts[settlement]}
            for settlement, use in super()._get_duty_uses().items()
        }

    def _get_limited_amounts(self, same_sale=False):
        """Give the amount that limits count for each credit: all of its return.

        :param bool same_sale: credits of other returns of the same orders, old invoices
            or deliveries count as well
        :return: ``{settlement: net amount in the company's currency}``
        """
        # sudo: limits count all credits, whatever the user may read
        known = self.sudo()
        lines = known.rma_id.line_ids
        siblings = lines._find_siblings_by_document() if same_sale else {}
        related = {
            rma: rma | siblings.get(rma, lines.browse()).rma_id for rma in known.rma_id
        }
        rmas = known.rma_id.union(*related.values())
        live = known | known.search(
            [
                ("rma_id", "in", rmas.ids),
                ("state", "in", ("submitted", "approved", "released")),
            ]
        )
        amounts = live._get_duty_amounts()
        by_rma = live.grouped("rma_id")
        return {
            settlement: sum(
                amounts[other]
                for rma in related[own.rma_id]
                for other in by_rma.get(rma, ())
            )
            for settlement, own in zip(self, known, strict=True)
        }

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
        elsewhere = self.line_ids.filtered(lambda line: line._goes_elsewhere())
        parts = [line._summarize() for line in self.line_ids]
        parts += [
            self.env._(
                "To %(address)s: not where the goods were sold to, as far as is known.",
                address=partner._display_address(without_company=True).strip(),
            )
            # sudo: where the replacement would go
            for partner in {
                line.sudo()._get_replacement_partner() for line in elsewhere
            }
        ]
        return "\n".join(parts)

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve as a person who neither inspected nor entered nor submitted.

        Credits that others have to approve as well wait for them; this approval is
        kept.

        :raises AccessError: without the role approver
        :raises UserError: for credits that the user inspected, entered, changed or
            submitted
        """
        bypassed = self._check_duty("approver", excluded=self._gate_actors)
        ready = self._collect_approvals(bypassed)
        ready._approve(bypassed)
        return (self - ready)._tell_waiting()

    def _approve(self, bypassed):
        self._transition(
            transitions.SETTLEMENT, "approve", {"approved_by_id": self.env.uid}
        )
        self._log_step("CreditApproved", bypassed)

    def _go_on_approved(self):
        """Approve after the last approval; release what policy was to credit."""
        submitted = self.filtered(lambda s: s.state == "submitted")
        votes = submitted.sudo().approval_ids.vote_ids  # sudo: only combined duties
        combined = votes.filtered("combined_duties").approval_id.mapped("res_id")
        submitted._approve(submitted.filtered(lambda s: s.id in combined))
        by_policy = submitted.filtered("policy_version_id")
        by_policy._filter_agreed()._work("_release")
        submitted.rma_id._update_progress()

    def _go_on_refused(self, reason):
        self.filtered(lambda s: s.state == "submitted")._deny()

    def _transition(self, table, action, vals=None):
        """Check approvals before approving, and cancel them along with the credit.

        What is offered to the customer is sent once it is approved, released once the
        customer has accepted, and offered no longer when it is cancelled or changed.
        """
        if action == "approve":
            self._check_approved()
        if action == "release":
            self._check_accepted()
        res = super()._transition(table, action, vals)
        if action == "approve":
            self.offer_id._send()
        if action in ("cancel", "send_back"):
            self._leave_offers()
        if action == "cancel":
            self._withdraw_approvals()
            self._close_activities(self.env._("Cancelled"))
        # sudo: whose turn it is on the return, for whoever has just acted
        self.sudo().rma_id._pass_breaches_on()
        return res
