from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "reverse.touch.mixin"]

    reverse_settlement_id = fields.Many2one(
        "reverse.settlement",
        "Return Settlement",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )
    reverse_rma_id = fields.Many2one(
        related="reverse_settlement_id.rma_id", string="Return"
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # Afterwards: a link may come from the context.
        self._check_reverse_link(moves.reverse_settlement_id)
        return moves

    def write(self, vals):
        self._check_reverse_link("reverse_settlement_id" in vals)
        return super().write(vals)

    @api.model
    def _check_reverse_link(self, linked):
        # Clients never run as superuser; whatever does was checked before.
        if linked and not self.env.su:
            raise UserError(
                self.env._(
                    "The return of a credit note is set by its settlement only. Make "
                    "the settlement on the return and release it."
                )
            )

    def _post(self, soft=True):
        self.filtered(
            lambda m: m.move_type in ("out_refund", "out_invoice")
        )._check_reverse_over_credit()
        posted = super()._post(soft)
        # A counter-document takes the credit back, whoever made it.
        posted.reversed_entry_id.reverse_settlement_id._on_credit_notes_gone()
        return posted

    def _is_reverse_credit_gone(self):
        """Cancelled, or taken back in full by counter-documents."""
        self.ensure_one()
        counter = self.reversal_move_ids.filtered(lambda m: m.state == "posted")
        back = sum(counter.mapped("amount_total"))
        # A fee may have used up the credit: a total of nothing is no counter-document.
        return self.state == "cancel" or bool(
            counter and self.currency_id.compare_amounts(back, self.amount_total) >= 0
        )

    def button_cancel(self):
        res = super().button_cancel()
        self.reverse_settlement_id._on_credit_notes_gone()
        return res

    def unlink(self):
        settlements = self.reverse_settlement_id
        res = super().unlink()
        settlements._on_credit_notes_gone()
        return res

    def action_view_reverse_rma(self):
        self.ensure_one()
        return self.reverse_rma_id.get_formview_action()

    # ------------------------------------------------------------------
    # Over-credit
    # ------------------------------------------------------------------
    def _check_reverse_over_credit(self):
        """Refuse documents by which an order line is credited beyond its invoices.

        Credit notes, and invoices with lines of negative quantity, credit order lines.

        Lines of settlements are limited in quantity and amount. What others credit is
        limited in amount: always where a return claims the order line, otherwise as the
        company says.

        :raises UserError: naming order line and amounts
        """
        self.env["reverse.settlement.line"]._check_credit_notes(
            self.filtered(lambda m: m.move_type == "out_refund")
        )
        lines = self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.sale_line_ids
                and line._is_reverse_credit()
                and not any(line.sale_line_ids.mapped("is_downpayment"))
            )
        )
        if not lines:
            return
        self.env.flush_all()
        self.reversed_entry_id._reverse_touch()
        # sudo: the limit counts every credit, whoever made it
        order_lines = lines.sale_line_ids.sudo()
        order_lines._reverse_touch()
        invoiced, credited = order_lines._get_reverse_posted()
        claimed = order_lines._get_reverse_claimed()
        for (order_line, currency), new in lines._group_reverse_credits().items():
            key = (order_line.id, currency.id)
            quantity, amount = (
                before - after
                for before, after in zip(invoiced[key], credited[key], strict=True)
            )
            own = new.reverse_settlement_line_id
            # Each posted line may have been rounded by half a cent against the others.
            tolerance = currency.rounding * len(new)
            credit = sum(line._get_reverse_credit() for line in new)
            returned = sum(line._get_reverse_quantity(order_line) for line in new)
            too_much = credit > 0 and credit - amount > tolerance
            too_many = own and order_line.product_uom_id.compare(returned, quantity) > 0
            if too_much or too_many:
                self._refuse_over_credit(
                    order_line, currency, credit, amount, own or order_line in claimed
                )
        self.env["reverse.settlement.line"]._check_value_credits(self)

    def _refuse_over_credit(self, order_line, currency, amount, left, always):
        message = self.env._(
            "%(order)s, %(product)s: %(amount)s would be credited, but only %(left)s "
            "of "
            "what was invoiced is left. Lower the credit note; if it is meant as "
            "goodwill, "
            "use a line without the order.",
            order=order_line.order_id.name,
            product=order_line.product_id.display_name or order_line.name,
            amount=currency.format(amount),
            left=currency.format(max(left, 0.0)),
        )
        policy = order_line.company_id.reverse_foreign_credit
        if always or policy == "block":
            self.env["reverse.refusal"]._note("over_credit", order_line.company_id)
            raise UserError(message)
        if policy == "warn":
            for move in self.filtered(
                lambda m: order_line in m.invoice_line_ids.sale_line_ids
            ):
                move.message_post(body=message)
