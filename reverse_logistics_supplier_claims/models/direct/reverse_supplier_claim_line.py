from odoo import models


class ReverseSupplierClaimLine(models.Model):
    """Goods that a customer sent straight to the supplier."""

    _inherit = "reverse.supplier.claim.line"

    def _went_straight(self):
        """Whether the supplier has these goods, which never came to us."""
        self.ensure_one()
        part = self.inspection_id
        return bool(
            self.kind == "goods"
            and self.claim_id._is_on_seller()
            and part
            and part._went_straight()
        )

    def _send_straight(self):
        """Count goods as sent back that the supplier has from the customer.

        They go from the customer to the supplier against purchase and receipt, so that
        the purchase is right, and stay out of our stock.
        """
        # sudo: duty and state are checked before; exactly the goods of these lines
        lines = self.sudo().filtered(
            lambda line: (
                line._went_straight()
                and line.receipt_move_id
                and (line.claim_id.agreement_id.goods or "return") == "return"
                and not line.move_ids.filtered(lambda m: m.state != "cancel")
                and (line.lot_id or line.product_id.tracking == "none")
            )
        )
        moves = lines._workflow()._sudo_clean(self.env["stock.move"])
        moves = moves.create([line._prepare_straight_move() for line in lines])
        for move in moves:
            line = move.reverse_claim_line_id
            line.inspection_id._do_counter_move(move, line.lot_id)

    def _prepare_straight_move(self):
        self.ensure_one()
        part, receipt = self.inspection_id, self.receipt_move_id
        delivery = part.line_id.move_id
        customer = part.rma_id.partner_id.property_stock_customer
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": (delivery.location_dest_id or customer).id,
            "location_dest_id": receipt.location_id.id,
            "location_final_id": False,
            "company_id": self.company_id.id,
            "origin": self.claim_id.name,
            "procure_method": "make_to_stock",
            "purchase_line_id": self.purchase_line_id.id,
            "origin_returned_move_id": receipt.id,
            "to_refund": True,
            "reverse_inspection_id": part.id,
            "reverse_claim_line_id": self.id,
        }
