from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import UserError


class ReverseSettlementLine(models.Model):
    """What a settlement line becomes on the credit note, and its limit there."""

    _inherit = "reverse.settlement.line"

    def _prepare_credit_lines(self):
        """Values of the credit note's lines: the goods at their price, then what is
        withheld, at the same taxes."""
        vals_list = [line._prepare_credit_line() for line in self]
        withheld = defaultdict(float)
        for line in self:
            for label, amount in line._get_withheld():
                if not line.currency_id.is_zero(amount):
                    account = line._get_credit_account()
                    withheld[label, line.tax_ids, account] += amount
        for (label, taxes, account), amount in withheld.items():
            vals_list.append(
                {
                    "name": label,
                    "quantity": 1.0,
                    "price_unit": -amount,
                    "tax_ids": [Command.set(taxes.ids)],
                    "account_id": account.id,
                }
            )
        return vals_list

    @api.model
    def _check_credit_notes(self, credit_notes):
        """A credit note that was reset to draft is posted as it was settled, or
        lower.
        """
        # sudo: compare only
        for move in credit_notes.sudo().filtered("reverse_settlement_id"):
            credit_lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            )
            settled = self._get_settled(move)
            total = sum(
                move.currency_id.round(line._get_reverse_gross())
                for line in credit_lines
            )
            limit = sum(settled.mapped("amount"))
            enlarged = any(
                line.product_uom_id.compare(
                    line.quantity, line.reverse_settlement_line_id.credit_quantity
                )
                > 0
                for line in credit_lines.filtered("reverse_settlement_line_id")
            )
            if enlarged or move.currency_id.compare_amounts(total, limit) > 0:
                self.env["reverse.refusal"]._note("over_credit", move.company_id)
                raise UserError(
                    self.env._(
                        "%(settlement)s settles %(amount)s. Cancel this credit note "
                        "and "
                        "settle the return again to credit more.",
                        settlement=move.reverse_settlement_id.display_name,
                        amount=move.currency_id.format(limit),
                    )
                )

    @api.model
    def _check_value_credits(self, credit_notes):
        # sudo: compare only
        for move in credit_notes.sudo().filtered(
            "invoice_line_ids.reverse_origin_line_id"
        ):
            settled = move.invoice_line_ids.reverse_settlement_line_id
            if "value" in settled.mapped("kind"):
                self._check_value_credit(move)

    @api.model
    def _check_value_credit(self, credit_note):
        """Value is credited up to what was billed, discounts on the order included."""
        invoice = credit_note.reversed_entry_id
        billed = sum(
            line.price_subtotal
            for line in invoice.invoice_line_ids
            if line.display_type == "product"
            and line.quantity > 0
            and not line.is_downpayment
        )
        earlier = invoice.reversal_move_ids.filtered(
            lambda m: (
                m.state == "posted" and m.reverse_settlement_id.state != "reversed"
            )
        )
        left = billed - sum(earlier.mapped("amount_untaxed"))
        if invoice.currency_id.compare_amounts(credit_note.amount_untaxed, left) > 0:
            self.env["reverse.refusal"]._note("over_credit", credit_note.company_id)
            raise UserError(
                self.env._(
                    "%(settlement)s would credit %(amount)s before tax, but only "
                    "%(left)s of %(invoice)s is left. Cancel it and settle less.",
                    settlement=credit_note.reverse_settlement_id.display_name,
                    amount=invoice.currency_id.format(credit_note.amount_untaxed),
                    left=invoice.currency_id.format(max(left, 0.0)),
                    invoice=invoice.name,
                )
            )

    @api.model
    def _get_settled(self, credit_note):
        """The lines of its settlement that a credit note is for."""
        return credit_note.reverse_settlement_id.line_ids.filtered(
            lambda line: line.invoice_id == credit_note.reversed_entry_id
        )

    def _is_credited(self):
        """Whether it is known at what price, so that a credit note says it."""
        self.ensure_one()
        return bool(self.origin_line_id)

    def _get_credit_account(self):
        self.ensure_one()
        return self.sudo().origin_line_id.account_id  # sudo: account of the invoice

    def _get_withheld(self):
        self.ensure_one()
        return [
            (self.env._("Share of the order's discount"), self.discount_share),
            (self.env._("Rounding and earlier credits"), self.rounding),
            (self.deduction_reason or self.env._("Deduction"), self.deduction),
        ]

    def _prepare_credit_line(self):
        self.ensure_one()
        origin = self.sudo().origin_line_id  # sudo: the invoice being credited
        return {
            "name": origin.name,
            "product_id": origin.product_id.id,
            "quantity": self.credit_quantity,
            "product_uom_id": origin.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "account_id": origin.account_id.id,
            "analytic_distribution": origin.analytic_distribution,
            "sale_line_ids": [Command.set(origin.sale_line_ids.ids)],
            "reverse_settlement_line_id": self.id,
            "reverse_origin_line_id": origin.id,
            "reverse_no_goods": self.kind != "goods",
        }
