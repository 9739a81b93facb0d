from odoo import models


class ReverseInspection(models.Model):
    """A claim about goods that a supplier has authorized bears its number."""

    _inherit = "reverse.inspection"

    def _went_straight(self):
        """Whether the customer sent these goods to the supplier, which has them."""
        self.ensure_one()
        straight = self.env.ref("reverse_logistics.disposition_supplier")
        return self.not_inspected and self.disposition_id == straight

    def _fetch_straight(self):
        """What the supplier sends back is expected of the customer again."""
        # sudo: exactly the transfers of these goods
        lines = self.sudo()._get_lineage().supplier_claim_line_ids
        there = self.line_id._from_product_uom(
            sum(line._count_with_supplier() for line in lines)
        )
        pieces = [
            {"quantity": self.uom_id.round(self.quantity - there)},
            {"quantity": there, "goods_gone": True},
        ]
        return [one for one in pieces if not self.uom_id.is_zero(one["quantity"])]

    def _get_supplier_number(self, partner):
        """Give the number with which a supplier authorized all these returns.

        What another supplier authorized of the same return bears the other's number.
        """
        numbers = {
            rma.supplier_number if rma._get_numbering_supplier() == partner else False
            for rma in self.rma_id
        }
        return numbers.pop() if len(numbers) == 1 else False
