from odoo import fields, models


class PurchaseOrder(models.Model):
    """Claims about what was bought with an order."""

    _name = "purchase.order"
    _inherit = ["purchase.order", "reverse.computed.mixin"]
    _reverse_computed = frozenset(
        {"amount_tax", "amount_total", "amount_total_cc", "amount_untaxed"}
    )

    reverse_claim_count = fields.Integer(
        compute="_compute_reverse_claim_count", compute_sudo=True
    )

    def _compute_reverse_claim_count(self):
        lines = self.env["reverse.supplier.claim.line"].search_fetch(
            [("purchase_line_id.order_id", "in", self.ids)],
            ["claim_id", "purchase_line_id"],
        )
        by_order = lines.grouped(lambda line: line.purchase_line_id.order_id)
        for order in self:
            own = by_order.get(order._origin, lines.browse())
            order.reverse_claim_count = len(own.claim_id)

    def action_view_reverse_claims(self):
        return self.env["reverse.supplier.claim"]._open(
            [("line_ids.purchase_line_id.order_id", "in", self.ids)]
        )
