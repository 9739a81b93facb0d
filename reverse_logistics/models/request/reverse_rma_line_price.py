from odoo import models
from odoo.exceptions import UserError

from ...engine import claims


class ReverseRmaLine(models.Model):
    """A wrong price: the difference is credited, goods and quantities stay."""

    _inherit = "reverse.rma.line"

    def _get_priced(self):
        """Gather the invoice lines whose price may be wrong, in this line's unit.

        :rtype: list[engine.claims.Priced]
        """
        self.ensure_one()
        # Touches the order line: two corrections at once see each other.
        ledger = self.sale_line_id._get_credit_ledger()
        order_uom = self.sale_line_id.product_uom_id
        priced = []
        for invoice_line in self._get_invoice_lines():
            known = ledger.lines.get(invoice_line.id)
            if not known:
                continue
            priced.append(
                claims.Priced(
                    key=invoice_line.id,
                    quantity=order_uom._compute_quantity(
                        known.quantity - known.credited, self.uom_id
                    ),
                    price=invoice_line.price_unit,
                    factor=self.uom_id._compute_quantity(
                        1.0, invoice_line.product_uom_id, round=False
                    ),
                    discount=invoice_line.discount,
                    share=ledger.discounted_share(known),
                    step=invoice_line.currency_id.rounding,
                )
            )
        return priced

    def _get_price_difference(self):
        """Give what is to be credited, ``[(invoice line id, amount)]``.

        :raises UserError: when less was invoiced at a higher price, or corrected before
        """
        self.ensure_one()
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        priced = self._get_priced()
        amounts, rest = claims.price_difference(
            self.quantity, self.claimed_price, priced, step
        )
        # sudo: other returns of the same order line, whoever looks after them
        others = self.sudo().sale_line_id.reverse_line_ids.filtered(
            lambda line: (
                line.claim == "price_error"
                and line.state in ("authorized", "done")
                and line != self
            )
        )
        claimed = sum(
            line.uom_id._compute_quantity(line.quantity, self.uom_id) for line in others
        )
        invoiced = sum(one.quantity for one in priced)
        if rest or claims.is_repeated(self.quantity, claimed, invoiced, step):
            raise UserError(
                self.env._(
                    "%(line)s: the price of %(quantity)s is to be corrected, but only "
                    "of %(left).12g it is invoiced too high and was not corrected "
                    "before.",
                    line=self.display_name,
                    quantity=self.uom_id._say_reverse(self.quantity),
                    left=max(min(self.quantity - rest, invoiced - claimed), 0.0),
                )
            )
        return amounts

    def _propose_price_corrections(self):
        """Propose the differences as credits of value, one settlement per currency."""
        lines = self.filtered(
            lambda line: line.claim == "price_error" and line._wants_settlement()
        )
        groups = lines.grouped(
            # sudo: currency only
            lambda line: (line.rma_id, line.sudo().sale_line_id.currency_id)
        )
        for (rma, _currency), group in groups.items():
            settlement = self.env["reverse.settlement"]._guarded_create(
                [{"rma_id": rma.id, "type": "refund"}]
            )
            self.env["reverse.settlement.line"]._guarded_create(
                [
                    {
                        "settlement_id": settlement.id,
                        "rma_line_id": line.id,
                        "kind": "value",
                        "origin_line_id": invoice_line_id,
                        "price_unit": amount,
                    }
                    for line in group
                    for invoice_line_id, amount in line._get_price_difference()
                ]
            )

    def _get_stage_amounts(self):
        """Nothing moves: it is settled once the difference was credited, or refused."""
        if self.claim != "price_error":
            return super()._get_stage_amounts()
        credits = self.settlement_line_ids.filtered(lambda line: line.kind == "value")
        waiting = self._wants_settlement() and (
            not credits
            or any(line.state in ("draft", "submitted", "approved") for line in credits)
        )
        names = super()._get_stage_amounts()
        amounts = dict.fromkeys(names, self.quantity)
        amounts.update(
            kept=0.0,
            denied=0.0,
            closed_short=0.0,
            settled=0.0 if waiting else self.quantity,
        )
        return amounts
