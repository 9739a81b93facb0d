from odoo import api, fields, models


class ReverseSettlement(models.Model):
    """What a releaser has to see: where the amount comes from, who decided, and its
    documents.
    """

    _inherit = "reverse.settlement"

    explanation = fields.Text(
        "Why This Amount", compute="_compute_explanation", compute_sudo=True
    )
    decided_by = fields.Char(
        "Decided by",
        compute="_compute_decided_by",
        help="The policy where it decided by itself, else whoever approved.",
    )
    invoice_count = fields.Integer(compute="_compute_invoice_count", compute_sudo=True)

    @api.depends_context("lang")
    @api.depends("line_ids.amount", "line_ids.quantity", "line_ids.deduction_reason")
    def _compute_explanation(self):
        for settlement in self:
            texts = [line._explain() for line in settlement.line_ids]
            texts += [
                settlement._explain_invoice(invoice)
                for invoice in settlement.line_ids.invoice_id
            ]
            settlement.explanation = "\n".join(texts)

    @api.depends("state", "approved_by_id", "policy_id", "policy_version")
    def _compute_decided_by(self):
        for settlement in self:
            known = settlement.sudo()  # sudo: names of a colleague or the policy
            by_policy = bool(known.policy_id) and settlement.state not in (
                "draft",
                "submitted",
                "cancelled",
            )
            settlement.decided_by = known.approved_by_id.name or (
                by_policy
                and self.env._(
                    "Policy “%(policy)s”, version %(version)s",
                    policy=known.policy_id.name,
                    version=known.policy_version,
                )
            )

    def _explain_invoice(self, invoice):
        """Say what was billed and what others have credited of it, with tax."""
        notes = invoice.reversal_move_ids.filtered(lambda m: m.state == "posted")
        taken_back = notes.reversal_move_ids.filtered(lambda m: m.state == "posted")
        others = notes.filtered(lambda m: m.reverse_settlement_id != self)
        credited = sum(others.mapped("amount_total"))
        credited -= sum(
            move.amount_total for move in taken_back if move.reversed_entry_id in others
        )
        return self.env._(
            "%(invoice)s billed %(billed)s with tax; other credit notes gave "
            "%(credited)s of it.",
            invoice=invoice.name,
            billed=invoice.currency_id.format(invoice.amount_total),
            credited=invoice.currency_id.format(credited),
        )

    def _compute_invoice_count(self):
        for settlement in self:
            settlement.invoice_count = len(settlement.line_ids.invoice_id)

    def action_view_invoices(self):
        return self.rma_id._open(self.line_ids.invoice_id, self.env._("Invoices"))

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()


class ReverseSettlementLine(models.Model):
    _inherit = "reverse.settlement.line"

    condition_id = fields.Many2one(related="inspection_id.condition_id")

    def _summarize(self):
        """Say in a few words what the customer gets."""
        self.ensure_one()
        values = {
            "product": self.rma_line_id.product_id.display_name,
            "quantity": f"{self.quantity:.12g}",
            "amount": (self.currency_id or self.settlement_id.currency_id).format(
                self.amount
            ),
        }
        if self.kind == "value":
            return self.env._("%(product)s: %(amount)s without goods", **values)
        if self.kind == "replacement":
            return self.env._("%(quantity)s × %(product)s, sent once more", **values)
        return self.env._("%(quantity)s × %(product)s: %(amount)s", **values)

    def _explain(self):
        """Say how the amount of this line comes about."""
        self.ensure_one()
        texts = [self._explain_source()]
        if self.condition_id:
            texts.append(
                self.env._("Condition: %(name)s.", name=self.condition_id.name)
            )
        if self.kind == "kept":
            texts.append(self.env._("The goods stay with the customer."))
        texts += [
            self.env._(
                "Less %(amount)s: %(label)s.",
                amount=self.currency_id.format(amount),
                label=label,
            )
            for label, amount in self._get_explained()
            if not self.currency_id.is_zero(amount)
        ]
        if self.rma_line_id.explanation:
            texts.append(
                self.env._("Decision: %(text)s", text=self.rma_line_id.explanation)
            )
        return " ".join(texts)

    def _explain_source(self):
        """Say what is credited, at which price, and where that price is from."""
        values = {
            "product": self.product_id.display_name,
            "quantity": self.uom_id._say_reverse(self.quantity),
            # sudo: the number of an old invoice
            "invoice": self.invoice_id.name or self.historic_sale_id.invoice_name or "",
            "price": self.currency_id.format(self.price_unit),
            "discount": f"{self.discount:.12g}",
        }
        if self.kind == "value" and self.rma_line_id.claim == "price_error":
            text = self.env._(
                "%(product)s: %(price)s too much billed with %(invoice)s.", **values
            )
        elif self.kind == "value" and not values["invoice"]:
            text = self.env._("%(product)s: %(price)s without goods.", **values)
        elif self.kind == "value":
            text = self.env._(
                "%(product)s: %(price)s without goods, credited from %(invoice)s.",
                **values,
            )
        elif self.kind == "replacement":
            text = self.env._("%(product)s is sent once more: %(quantity)s.", **values)
        elif not self._is_credited():
            text = self.env._(
                "%(product)s: nothing is credited for %(quantity)s, because no "
                "invoice billed that.",
                **values,
            )
        elif self.discount:
            text = self.env._(
                "%(product)s: %(quantity)s at %(price)s less %(discount)s %%, "
                "as billed with %(invoice)s.",
                **values,
            )
        else:
            text = self.env._(
                "%(product)s: %(quantity)s at %(price)s, as billed with %(invoice)s.",
                **values,
            )
        return text

    def _get_explained(self):
        """Give what lowers the credit, with its reason."""
        fee = self.fee_rule_id.display_name or self.env._("restocking fee")
        if self.fee_explanation:
            fee = f"{fee}. {self.fee_explanation}".rstrip(".")
        return [
            (self.env._("share of the order's discount"), self.discount_share),
            (self.env._("rounding and earlier credits"), self.rounding),
            (self.deduction_reason or self.env._("deduction"), self.deduction),
            (fee, self.fee),
        ]
