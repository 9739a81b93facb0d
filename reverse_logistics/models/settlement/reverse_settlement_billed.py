from odoo import api, models


class ReverseSettlement(models.Model):
    """Goods that were replaced in advance, billed because they stayed away, and came.

    The customer has paid for the replacement as for goods of its own: what comes back
    now is credited, and a person looks at it.
    """

    _inherit = "reverse.settlement"

    @api.model
    def _propose(self, inspections, by_person=False, kind=None):
        billed = inspections._get_billed_parts()
        settlements = super()._propose(
            # What is left over of those stays settled by its replacement.
            inspections.filtered(lambda part: not part._get_billed_parts()),
            by_person,
            kind,
        )
        if billed:
            settlements |= super()._propose(billed, by_person=True, kind="refund")
        return settlements


class ReverseSettlementLine(models.Model):
    _inherit = "reverse.settlement.line"

    @api.model
    def _prepare_for(self, part, ledger):
        """Goods that were replaced or credited in advance and billed when they stayed
        away: that charge is credited, which was invoiced last.
        """
        if part.line_id.qty_billed_again or part.line_id._get_advance():
            ledger.prefer_newest(part.line_id.sale_line_id.id)
        return super()._prepare_for(part, ledger)


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _get_billed_parts(self):
        """Parts whose replacement in advance was billed, as far as it was."""
        billed = self.browse()
        parts = self.filtered(
            lambda part: (
                part.state == "done"
                and part._is_creditable()
                and part.line_id._get_advance()
            )
        )
        for line, group in parts.grouped("line_id").items():
            surplus = line._get_billed_surplus()
            for part in group.sorted("id"):
                if line.uom_id.compare(part.quantity, surplus) <= 0:
                    surplus -= part.quantity
                    billed |= part
        return billed

    def _get_covering_advance(self):
        return (self - self._get_billed_parts()).line_id._get_advance()


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

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
