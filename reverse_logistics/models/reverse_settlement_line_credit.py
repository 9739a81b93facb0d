from collections import defaultdict

from odoo import Command, api, fields, models
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

    def _is_goodwill(self):
        """An amount that somebody entered, for no quantity and no wrong price."""
        self.ensure_one()
        return self.kind == "value" and self.rma_line_id.claim != "price_error"

    @api.model
    def _check_value_credits(self, credit_notes):
        """Refuse amounts without goods beyond what was billed, and beyond the company's
        limit of goodwill.
        """
        # sudo: compare only
        notes = credit_notes.sudo().filtered(
            lambda move: (
                "value"
                in move.invoice_line_ids.reverse_settlement_line_id.mapped("kind")
            )
        )
        if not notes:
            return
        self.env.flush_all()
        groups = notes.filtered("reversed_entry_id").grouped(
            lambda move: (move._get_reverse_billing(), move.currency_id)
        )
        for (billing, currency), group in groups.items():
            self._check_value_credit(group, billing, currency)
        settled = notes.invoice_line_ids.reverse_settlement_line_id
        settled.filtered(lambda line: line._is_goodwill())._check_goodwill()

    @api.model
    def _check_value_credit(self, credit_notes, billing, currency):
        """What was billed of an order, freight and discounts included, less what was
        credited of it, limits what is credited without goods.
        """
        billing._reverse_touch()
        documents = billing._get_reverse_balance_documents()
        left = sum(move._get_reverse_billed(currency) for move in documents)
        wanted = sum(credit_notes.mapped("amount_untaxed"))
        if currency.compare_amounts(wanted, left) > 0:
            self.env["reverse.refusal"]._note("over_credit", billing.company_id[:1])
            raise UserError(
                self.env._(
                    "%(settlement)s would credit %(amount)s before tax, but only "
                    "%(left)s of %(invoices)s is left. Credit less.",
                    settlement=credit_notes.reverse_settlement_id[:1].display_name,
                    amount=currency.format(wanted),
                    left=currency.format(max(left, 0.0)),
                    invoices=", ".join(billing.mapped("name")),
                )
            )

    def _check_goodwill(self):
        """The company's limit holds for all goodwill of a return together."""
        for rma in self.rma_id:
            limit = rma.company_id.reverse_goodwill_limit
            earlier = rma.settlement_ids.filtered(lambda s: s.state == "released")
            lines = (earlier.line_ids | self).filtered(
                lambda line, rma=rma: line.rma_id == rma and line._is_goodwill()
            )
            currency = rma.company_id.currency_id
            today = fields.Date.context_today(self)
            amount = sum(
                line.currency_id._convert(
                    line._get_net_paid(), currency, rma.company_id, today
                )
                for line in lines
            )
            if limit and currency.compare_amounts(amount, limit) > 0:
                self.env["reverse.refusal"]._note("over_credit", rma.company_id)
                raise UserError(
                    self.env._(
                        "%(rma)s would give %(amount)s of goodwill before tax; your "
                        "company allows %(limit)s for one return. Credit less.",
                        rma=rma.name,
                        amount=currency.format(amount),
                        limit=currency.format(limit),
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
