from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import release
from ..base.reverse_columns import columns
from .reverse_settlement import Expected


class ReverseRmaLine(models.Model):
    """What the customer gets for a line, and from which documents it is credited."""

    _inherit = "reverse.rma.line"

    qty_replaced = fields.Float(
        "Replaced",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="The part of what is settled that was replaced instead of credited.",
        guarded=True,
    )
    settlement_line_ids = fields.One2many(
        "reverse.settlement.line", "rma_line_id", "Settlement Lines"
    )
    qty_early = fields.Float(
        "Credited before Inspection",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="As goods that come back.",
        guarded=True,
    )
    qty_billed_again = fields.Float(
        "Billed Again",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help=(
            "The part of what was credited before the inspection that stays "
            "with the customer after all, and is invoiced with the order."
        ),
        guarded=True,
    )

    def _get_credit_ledger(self):
        """What was invoiced of these lines' sources, and what is left to credit of it.

        :rtype: engine.settlement.Ledger
        """
        ledger = self.sale_line_id._get_credit_ledger()
        for source, lines in self._by_source():
            source.add_to_ledger(lines, ledger)
        return ledger

    def _get_value_origins(self):
        """Give the invoice lines that an amount without goods may be credited from.

        Those of these goods come first, then whatever was billed with them, such as
        freight.
        """
        own = self._get_invoice_lines()
        invoices = own.move_id | own.sale_line_ids.order_id.invoice_ids
        more = invoices.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
                and not line.is_downpayment
                and line.price_subtotal > 0
            )
        )
        return own | more

    def _find_value_origin(self):
        """Give the invoice line that an amount without goods is credited from.

        That is the line of the goods while anything of it is left, else the one with
        most left.
        """
        own, origins = self._get_invoice_lines(), self._get_value_origins()
        left = origins._get_reverse_uncredited()
        first = own.filtered(
            lambda line: line.currency_id.compare_amounts(left[line], 0) > 0
        )
        most = max(origins, key=lambda line: left[line], default=origins)
        return first[:1] or most

    def _lacks_invoice(self):
        """Whether inspected goods of this line wait for an invoice to be credited."""
        self.ensure_one()
        # sudo: what was proposed, for whoever takes the step
        parts = self.sudo().inspection_ids.filtered(
            lambda part: (
                part.state == "done" and part._is_creditable() and not part.denied
            )
        )
        return any(
            part.uom_id.compare(
                part.quantity,
                sum(part._get_live_settlement_lines().mapped("quantity")),
            )
            > 0
            for part in parts
        )

    def _get_credit_currency(self):
        return self._get_source().get_currency(self)

    def _to_order_quantity(self, quantity):
        """Give a quantity of this line in its order line's unit, as fine as it is.

        What is sold as a part of something else counts as that part of it.
        """
        return self._get_source().to_order_quantity(self, quantity)

    def _is_credited_unlinked(self):
        """Whether a credit of value names no invoice: there is none in Odoo.

        Goods in repair have one (reverse_logistics_repair).
        """
        return self.customer_owned or not self._get_source().has_invoice

    def _get_fiscal_position(self):
        self.ensure_one()
        return (
            self.env["account.fiscal.position"]
            .with_company(self.company_id)
            ._get_fiscal_position(self.partner_id)
        )

    def _get_sale_taxes(self):
        self.ensure_one()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        return self._get_fiscal_position().map_tax(taxes)

    def _get_settlement_type(self):
        """What the customer is to get for this line."""
        return self._get_settlement_types()[self]

    def _get_settlement_types(self):
        """Give what the customer is to get for each line.

        :rtype: dict[reverse.rma.line, str]
        """
        sources = self._get_sources()
        rows = columns(self, "gives_credit", "rma_id.settlement_type")
        return {
            line: sources[line].get_settlement_type(line, wanted or False)
            if gives_credit
            else "none"
            for line, (gives_credit, wanted) in zip(self, rows, strict=True)
        }

    def _wants_settlement(self):
        """Whether anything is settled; a repair is not (reverse_logistics_repair)."""
        return self._get_settlement_type() != "none"

    def _get_live_settlement_lines(self):
        """Quantities of this line that are settled, or about to be."""
        return self.settlement_line_ids.filtered(
            lambda line: (
                line.kind != "value" and line.state not in ("reversed", "cancelled")
            )
        )

    def _get_credited_back(self):
        """What came back and was credited: neither replaced nor kept.

        The addon reverse_logistics_dropshipping counts what a supplier got.
        """
        self.ensure_one()
        if not self.qty_early:
            credited = self.qty_settled - self.qty_replaced
            return max(credited - min(credited, self.qty_kept), 0.0)
        credited = self.settlement_line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.state == "released"
                and not line.credit_gone
            )
        )
        amount = sum(credited.mapped("quantity")) - self.qty_billed_again
        return max(min(amount, self._get_back_quantity()), 0.0)

    def _get_advance(self):
        return self.settlement_line_ids.filtered(
            lambda line: (
                line._is_in_advance() and line.state not in ("reversed", "cancelled")
            )
        )

    def _get_billed_surplus(self):
        """What is billed of goods that are here, less what is about to be credited."""
        self.ensure_one()
        # sudo: inspectors read neither orders nor settlements
        line = self.sudo()
        order_line = line.sale_line_id
        surplus = order_line.product_uom_id._compute_quantity(
            order_line.qty_invoiced - order_line._get_reverse_owed(),
            line.uom_id,
            rounding_method="HALF-UP",
        )
        proposed = line._get_live_settlement_lines().filtered(
            lambda settled: settled.kind == "goods" and settled.state != "released"
        )
        return surplus - sum(proposed.mapped("quantity"))

    def _get_ended_quantity(self):
        """What came in, or is not waited for any more."""
        self.ensure_one()
        return self.qty_received + self.qty_closed_short

    def _count_uncredited(self):
        """What was released and is credited no longer: its credit note is gone."""
        self.ensure_one()
        # sudo: documents of every department count
        gone = self.sudo().settlement_line_ids.filtered(
            lambda r: (
                r.credit_gone
                and r.settlement_id.state == "released"
                and r.kind in ("goods", "kept")
            )
        )
        return sum(gone.mapped("quantity"))

    # ------------------------------------------------------------------
    # What was credited before anybody saw the goods
    # ------------------------------------------------------------------
    def _get_step(self):
        return 10 ** -self.env["decimal.precision"].precision_get("Product Unit")

    def _get_early_lines(self):
        """Settlement lines that no inspection stands behind, as far as they hold.

        What was only offered to the customer covers nothing.
        """
        # sudo: who moves the goods need not read credits
        return self.sudo().settlement_line_ids.filtered(
            lambda line: (
                line._is_early()
                and line.state not in ("reversed", "cancelled")
                and not line.credit_gone
                and not line.settlement_id._is_only_offered()
            )
        )

    def _has_taken_back(self):
        """Tell whether a person undid a credit of these goods.

        They sent it back, denied it, took it back or billed it again: from then on
        persons decide, whatever is found or received anew.
        """
        lines = self.sudo().settlement_line_ids  # sudo: as above
        return bool(self.qty_billed_again) or any(
            line.kind != "value"
            and (line.settlement_id._is_overruled() or line.credit_gone)
            for line in lines
        )

    def _count_early(self):
        """What of it is released, as goods that come back."""
        self.ensure_one()
        lines = self._get_early_lines().filtered(
            lambda line: line.kind == "goods" and line.state == "released"
        )
        return sum(lines.mapped("quantity"))

    def _update_early(self):
        counted = {line: line.uom_id.round(line._count_early()) for line in self}
        self._guarded_write_each(
            {
                line: {"qty_early": early}
                for line, early in counted.items()
                if line.uom_id.compare(early, line.qty_early)
            }
        )

    def _get_back_quantity(self):
        """What came in, less what went to the customer again."""
        self.ensure_one()
        # sudo: the transfers of these very goods
        moves = self.sudo().inspection_ids.move_ids
        sent = moves.filtered(lambda m: m.location_dest_id._is_outgoing())
        return self.qty_received - self._sum_moves(sent)

    def _get_lent_quantity(self):
        """For how much the customer has both the credit and the goods."""
        self.ensure_one()
        if not self.qty_early:
            return 0.0
        return release.outstanding(
            self.qty_early,
            self._get_back_quantity(),
            self.qty_billed_again,
            self._get_step(),
        )

    def _get_away_quantity(self):
        """What was credited before the inspection and will not be ours again."""
        self.ensure_one()
        here = self.qty_received - sum(
            part.quantity
            for part in self.inspection_ids
            if part.state == "done" and part._goes_to_customer()
        )
        coming = self._get_expected_quantity() if self.state == "authorized" else 0.0
        return release.outstanding(
            self.qty_early,
            here + max(coming, 0.0),
            self.qty_billed_again,
            self._get_step(),
        )

    def _cover_parts(self):
        """Tell which parts are credited already, those that stay with us first.

        :return: ``(parts, what is left for others)``
        """
        self.ensure_one()
        early = self._get_early_lines()
        if not early:
            return self.env["reverse.inspection"], 0.0
        parts = self.inspection_ids.filtered(
            lambda part: part.state in ("draft", "done") and not part._has_own_credit()
        ).sorted(lambda part: (part._goes_to_customer(), part.id))
        covered, left = release.cover(
            [(part, part.quantity) for part in parts],
            sum(early.mapped("quantity")) - self.qty_billed_again,
            self._get_step(),
        )
        return parts.browse().concat(*covered), left

    def _may_release_early(self):
        """Whether policy credits these goods in money, and nobody has to look first."""
        source = self._get_source()
        return bool(
            self.credit_release in release.MOMENTS
            and self.policy_rule_id
            and self.decision in ("authorize", "review")
            and self._get_settlement_type() == "refund"
            and source.is_known(self)
            and source.may_be_early
            and not self.customer_owned
            and not self._has_taken_back()
        )

    def _get_early(self, moment):
        """What is to be credited now, before it is inspected.

        :rtype: Expected
        """
        self.ensure_one()
        covered, ahead = self._cover_parts()
        parts = self.inspection_ids.filtered(
            lambda part: part.state == "draft" and not part.not_inspected
        )
        unseen = sum((parts - covered).mapped("quantity"))
        quantity = release.quantity(
            moment,
            max(self._get_expected_quantity(), 0.0),
            unseen,
            ahead,
            self._get_step(),
        )
        return Expected(self, quantity, min(quantity, unseen))

    def _release_early(self, moment):
        """Credit what policy releases at a moment.

        :param str moment: one of ``engine.release.MOMENTS``
        """
        lines = self.filtered(
            lambda line: (
                line._may_release_early()
                and release.is_due(line.credit_release, moment)
            )
        )
        wanted = [line._get_early(moment) for line in lines]
        wanted = [
            goods
            for goods in wanted
            if goods.line_id.uom_id.compare(goods.quantity, 0) > 0
        ]
        if wanted:
            self.env["reverse.settlement"]._release_early(wanted, moment)

    def _bill_again(self):
        """What was credited and stays with the customer is sold once more."""
        self.ensure_one()
        away = self._get_away_quantity()
        if self.uom_id.compare(away, 0) <= 0:
            raise UserError(
                self.env._(
                    "Everything that was credited of %(line)s is here or still "
                    "expected, so there is nothing to bill. Take the credit back or "
                    "leave it.",
                    line=self.display_name,
                )
            )
        # sudo: whether an order could invoice it
        if not self.sudo().sale_line_id:
            raise UserError(
                self.env._(
                    "%(line)s was sold before Odoo: there is no order that could "
                    "invoice it. Take the credit back instead.",
                    line=self.display_name,
                )
            )
        self._guarded_write({"qty_billed_again": self.qty_billed_again + away})
        self.env["reverse.event"]._log(
            self.rma_id,
            "GoodsBilledAgain",
            {"lines": [{"line": self.id, "quantity": away}]},
        )

    def _get_released_lines(self):
        """Give the settlement lines by which goods of these are credited now."""
        # sudo: whoever ends or moves the goods need not read credits
        return self.sudo().settlement_line_ids.filtered(
            lambda line: (
                line.kind in ("goods", "kept")
                and line.state == "released"
                and not line.credit_gone
            )
        )

    def _get_kept_quantity(self):
        """Give what was credited as goods that stay where they are, and which no
        inspection says any more.

        It is neither expected nor here, and was paid for: nobody returns it again.
        """
        self.ensure_one()
        if self.uom_id.is_zero(self.qty_settled):
            return 0.0
        kept = self._get_early_lines().filtered(lambda line: line.kind == "kept")
        if not kept:
            return 0.0
        _covered, left = self._cover_parts()
        return min(sum(kept.mapped("quantity")), left)

    def _review_shortfall(self, quantity):
        """Goods that will not come may have been credited."""
        self.ensure_one()
        # What a releaser has left with the customer is decided.
        undecided = self._get_early_lines().inspection_id
        if undecided and self.uom_id.compare(self._get_kept_quantity(), 0) > 0:
            waiting = self.rma_id._get_open_exceptions().filtered(
                lambda e: e.type == "credit_review" and e.line_id == self
            )
            self.env["reverse.exception"]._raise_for(
                self - waiting.line_id, "credit_review"
            )
        due = self.qty_authorized - self.qty_closed_short - quantity
        credited = self.qty_early - self.qty_billed_again
        if self.uom_id.compare(credited, due) > 0:
            self._review_early(
                self.env._(
                    "Not expected any more: %(quantity)s.",
                    quantity=self.uom_id._say_reverse(quantity),
                )
            )

    def _review_early(self, message):
        """Let a person look at what was credited too early, once for each line."""
        waiting = self.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "early_credit"
        )
        self.env["reverse.exception"]._raise_for(
            self - waiting.line_id, "early_credit", message=message
        )
