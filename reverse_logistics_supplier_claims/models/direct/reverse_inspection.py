from odoo import models


class ReverseInspection(models.Model):
    """A claim about goods that a supplier has authorized bears its number."""

    _inherit = "reverse.inspection"

    def _get_supplier_number(self, partner):
        """Give the number with which a supplier authorized all these returns.

        What another supplier authorized of the same return bears the other's number.
        """
        numbers = {
            rma.supplier_number if rma._get_numbering_supplier() == partner else False
            for rma in self.rma_id
        }
        return numbers.pop() if len(numbers) == 1 else False
