from typing import Any, NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import settlement
from .reverse_settlement_line import WITHHELD


class Beside(NamedTuple):
    """What a credit note says beside the goods themselves.

    :param str label: its words
    :param dict amounts: by component, as the engine has them; below zero if withheld
    :param taxes: of its line
    :param account: where it is booked
    :param str kind: ``discount``, ``coins``, ``earlier`` or ``deduction``
    """

    label: str
    amounts: dict
    taxes: Any
    account: Any
    kind: str


class ReverseSettlementLine(models.Model):
    """What a settlement line becomes on the credit note, and its limit there."""

    _inherit = "reverse.settlement.line"

    amount_net = fields.Monetary(
        "Before Tax", compute="_compute_credit_amounts", store=True
    )
    amount_tax = fields.Monetary("Tax", compute="_compute_credit_amounts", store=True)
    amount_total = fields.Monetary(
        "Total", compute="_compute_credit_amounts", store=True
    )

    @api.depends(
        "amount",
        "tax_ids",
        "credit_amounts",
        "deduction",
        "fee",
        "fee_billed",
        "fee_rule_id",
    )
    def _compute_credit_amounts(self):
        """What the credit note says: before tax, tax and total."""
        for line in self:
            parts = line._get_credit_parts() if line._is_credited() else []
            amounts = settlement.add(*parts)
            net = amounts.get(settlement.NET, 0.0)
            total = settlement.total(amounts)
            line.amount_net, line.amount_total = net, total
            line.amount_tax = total - net

    def _get_credit_parts(self):
        """Give what the credit note is made of, by component.

        :rtype: list[dict]
        """
        self.ensure_one()
        parts = self._get_parts_before_fee()
        withheld = self._get_fee_withheld()
        if withheld:
            line = self.sudo()  # sudo: taxes are configuration
            price = line._get_fee_price(withheld)
            parts.append(line._compute_amounts(line._get_fee_taxes(), -price))
        return parts

    def _get_parts_before_fee(self):
        self.ensure_one()
        line = self.sudo()  # sudo: taxes, accounts and the invoice being credited
        return [line._get_goods(), *(each.amounts for each in line._get_beside())]

    def _get_goods(self):
        """What is credited at the price, before what is said beside it."""
        self.ensure_one()
        if self.credit_amounts:
            return self.credit_amounts[settlement.GOODS]
        return self._compute_amounts(
            self.tax_ids, self.price_unit, self.credit_quantity, self.discount
        )

    def _get_due(self):
        """What is credited for the quantity, before any deduction, by component."""
        self.ensure_one()
        parts = dict(self.credit_amounts)
        withheld = parts.pop(WITHHELD)
        return settlement.add(*parts.values(), settlement.scale(withheld, -1))

    def _get_deductible(self):
        """What a deduction is a part of, with its taxes, by component."""
        return self._get_due()

    def _get_beside(self):
        """Give discounts, cash rounding, earlier credits and deduction.

        :rtype: list[Beside]
        """
        self.ensure_one()
        found = [self._get_deduction()]
        for key, amounts in (self.credit_amounts or {}).items():
            if key == WITHHELD:
                found.append(self._get_earlier(amounts))
            elif key != settlement.GOODS:
                # sudo: the invoice being credited
                origin = self.env["account.move.line"].sudo().browse(int(key))
                coins = origin.display_type == "rounding"
                found.append(
                    Beside(
                        origin._get_reverse_share_label(),
                        amounts,
                        origin.tax_ids,
                        origin.account_id,
                        "coins" if coins else "discount",
                    )
                )
        if not self.credit_amounts:
            # proposed before amounts were kept
            discount = self.env._("Share of the order's discount")
            rounding = self.env._("Rounding and earlier credits")
            found.append(self._lower(discount, self.discount_share, "discount"))
            found.append(self._lower(rounding, self.rounding, "earlier"))
        return [each for each in found if any(each.amounts.values())]

    def _get_earlier(self, amounts):
        return Beside(
            self.env._("Earlier credits"),
            settlement.scale(amounts, -1),
            self.tax_ids,
            self._get_credit_account(),
            "earlier",
        )

    def _get_deduction(self):
        """A deduction lowers the price and the taxes on it, not those of a piece."""
        label = self.deduction_reason or self.env._("Deduction")
        result = self._lower(label, self.deduction, "deduction")
        if not self.credit_amounts or self.tax_ids._without_fixed() != self.tax_ids:
            return result
        # the taxes that were posted, so that all of the price leaves none of them
        included = self.tax_ids.flatten_taxes_hierarchy().filtered("price_include")
        amounts = settlement.part_of(
            self._get_deductible(),
            self.deduction,
            {str(tax.id) for tax in included},
            self.currency_id.rounding,
        )
        return result._replace(amounts=settlement.scale(amounts, -1))

    def _lower(self, label, price, kind):
        """Lower the price of what is credited, with the taxes on it."""
        taxes = self.tax_ids._without_fixed()
        amounts = settlement.scale(self._compute_amounts(taxes, price), -1)
        return Beside(label, amounts, taxes, self._get_credit_account(), kind)

    def _compute_amounts(self, taxes, price, quantity=1.0, discount=0.0):
        """Give a line of this credit as Odoo would post it, by component."""
        amounts, _included = taxes.env["account.tax"]._get_reverse_amounts(
            self.company_id,
            tax_ids=taxes,
            price_unit=price,
            quantity=quantity,
            discount=discount,
            currency_id=self.currency_id or self.company_id.currency_id,
        )
        return amounts

    def _get_beside_amounts(self, *kinds):
        """What is said beside the goods, by component; below zero if withheld."""
        self.ensure_one()
        line = self.sudo()  # sudo: taxes, accounts and the invoice being credited
        return settlement.add(
            *(each.amounts for each in line._get_beside() if each.kind in kinds)
        )

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _prepare_credit_lines(self):
        """Values of the credit note's lines: the goods at their price, then discounts,
        cash rounding and what is withheld."""
        vals_list = [line._prepare_credit_line() for line in self]
        beside = {}
        for each in (each for line in self for each in line._get_beside()):
            key = (each.label, each.taxes, each.account)
            beside[key] = settlement.add(beside.get(key, {}), each.amounts)
        for (label, taxes, account), amounts in beside.items():
            step = self.currency_id.rounding
            amounts = settlement.round_all(amounts, step)
            vals = {
                "name": label,
                "quantity": 1.0,
                "price_unit": amounts[settlement.PRICE],
                "tax_ids": taxes,
                "account_id": account.id,
            }
            vals_list.append(self._pin(vals, amounts))
        return vals_list

    def _pin(self, vals, amounts):
        """Have Odoo take these amounts for a line of the credit note."""
        return self.env["account.tax"]._pin_reverse_amounts(
            vals, amounts, self.currency_id, self.company_id
        )

    def _prepare_credit_line(self):
        self.ensure_one()
        origin = self.sudo().origin_line_id  # sudo: the invoice being credited
        vals = {
            "name": origin.name,
            "product_id": origin.product_id.id,
            "quantity": self.credit_quantity,
            "product_uom_id": origin.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": self.tax_ids,
            "account_id": origin.account_id.id,
            "analytic_distribution": origin.analytic_distribution,
            "sale_line_ids": [Command.set(origin.sale_line_ids.ids)],
            "reverse_settlement_line_id": self.id,
            "reverse_origin_line_id": origin.id,
            "reverse_no_goods": self.kind != "goods",
        }
        return self._pin(vals, self._get_goods())

    @api.model
    def _check_credit_notes(self, credit_notes):
        """What a release posts is what was settled, or lower: nothing that happened to
        the credit note while it was made, by whichever addon, gives the customer more.
        """
        # sudo: compare only
        for move in credit_notes.sudo().filtered("reverse_settlement_id"):
            credit_lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            )
            settled = self._get_settled(move)
            total = sum(
                move.direction_sign * line.amount_currency for line in credit_lines
            )
            limit = sum(settled.mapped("amount_net"))
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
                        "%(settlement)s settles %(amount)s, but its credit note would "
                        "say more. Cancel the settlement and propose it again.",
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
