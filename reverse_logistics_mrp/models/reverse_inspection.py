from collections import defaultdict

from odoo import fields, models


class ReverseInspection(models.Model):
    """Say what components are worth, and whether their kit is complete."""

    _inherit = "reverse.inspection"

    kit_id = fields.Many2one(related="line_id.kit_id")

    def _is_creditable(self):
        if not super()._is_creditable():
            return False
        return not self._waits_for_kit() or self._get_complete_kits() > 0

    def _waits_for_kit(self):
        """Tell whether this component is only credited together with all the others."""
        line = self.line_id
        return bool(
            not self.not_inspected
            and line._is_kit_component()
            and line.sale_line_id._get_reverse_kit_credit() == "complete"
        )

    def _get_complete_kits(self):
        """Count kits that came back complete and are not credited yet."""
        # sudo: all returns of the order line count, whatever the user may read
        order_line = self.sudo().line_id.sale_line_id
        returned = defaultdict(float)
        for part in order_line.reverse_line_ids.inspection_ids:
            if (
                part.state == "done"
                and part.disposed
                and not part.not_inspected
                and part.disposition_id.credit != "none"
            ):
                component = part.line_id.move_id._get_reverse_component()
                returned[component] += part.line_id._in_product_uom(part.quantity)
        credited = order_line.reverse_line_ids.settlement_line_ids.filtered(
            lambda line: (
                line.kind == "goods" and line.state not in ("reversed", "cancelled")
            )
        )
        return order_line._count_reverse_kits(returned) - sum(
            credited.mapped("kit_quantity")
        )

    def _get_kit_quantity(self):
        """Give the number of kits for which these goods are to be credited."""
        self.ensure_one()
        worth = self.line_id._to_order_quantity(self.quantity)
        if not self._waits_for_kit():
            return worth
        # Components that complete the kit together share its price.
        # sudo: as above
        peers = (
            self.sudo().line_id.sale_line_id.reverse_line_ids.inspection_ids.filtered(
                lambda part: (
                    part.state == "done"
                    and not part.denied
                    and part.disposition_id.credit != "none"
                    and not part._get_live_settlement_lines()
                )
            )
        )
        total = sum(part.line_id._to_order_quantity(part.quantity) for part in peers)
        return self._get_complete_kits() * worth / total if total else 0.0
