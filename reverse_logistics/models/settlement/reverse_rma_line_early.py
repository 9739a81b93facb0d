from odoo import fields, models

from ...engine import release


class ReverseRmaLine(models.Model):
    """What was credited before anybody saw the goods, and what came of it."""

    _inherit = "reverse.rma.line"

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

    def _get_step(self):
        return 10 ** -self.env["decimal.precision"].precision_get("Product Unit")

    # ------------------------------------------------------------------
    # What was credited
    # ------------------------------------------------------------------
    def _get_early_lines(self):
        """Settlement lines that no inspection stands behind, as far as they hold."""
        # sudo: who moves the goods need not read credits
        return self.sudo().settlement_line_ids.filtered(
            lambda line: (
                line._is_early()
                and line.state not in ("reversed", "cancelled")
                and not line.credit_gone
            )
        )

    def _has_taken_back(self):
        """Whether a person took back what policy had credited, or billed it again: from
        then on persons decide.
        """
        lines = self.sudo().settlement_line_ids  # sudo: as above
        return bool(self.qty_billed_again) or any(
            line._is_early()
            and (line.state in ("reversed", "cancelled") or line.credit_gone)
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
        for line in self:
            early = line.uom_id.round(line._count_early())
            if line.uom_id.compare(early, line.qty_early):
                line._guarded_write({"qty_early": early})

    # ------------------------------------------------------------------
    # Where the goods are
    # ------------------------------------------------------------------
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

    def _get_credited_back(self):
        if not self.qty_early:
            return super()._get_credited_back()
        credited = self.settlement_line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.state == "released"
                and not line.credit_gone
            )
        )
        amount = sum(credited.mapped("quantity")) - self.qty_billed_again
        return max(min(amount, self._get_back_quantity()), 0.0)

    def _get_document_quantities(self):
        result = super()._get_document_quantities()
        for line, amounts in result.items():
            amounts["early"] = line._count_early()
        return result

    # ------------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------------
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


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _goes_to_customer(self):
        """Whether the goods stay with the customer, or are sent there."""
        self.ensure_one()
        return self.not_inspected or (
            self.state == "done" and self.disposition_id.location_state == "customer"
        )

    def _has_own_credit(self):
        """Whether a settlement names these goods, and not only their line."""
        self.ensure_one()
        # sudo: who moves the goods need not read credits
        lines = self.sudo()._get_lineage().settlement_line_ids
        return any(line.state not in ("reversed", "cancelled") for line in lines)

    def _get_covering_early(self):
        """Settlement lines by which these goods were credited before they were seen."""
        found = self.env["reverse.settlement.line"]
        for line, parts in self.grouped("line_id").items():
            covered, _left = line._cover_parts()
            if parts & covered:
                found |= line._get_early_lines().with_env(self.env)
        return found

    def _get_live_settlement_lines(self):
        return super()._get_live_settlement_lines() | self._get_covering_early()
