from dataclasses import replace

from odoo import models
from odoo.exceptions import UserError


class ReverseSupplierClaimLine(models.Model):
    """Goods that a standing allowance pays for are not claimed beside it."""

    _inherit = "reverse.supplier.claim.line"

    def _check_not_allowed_for(self):
        """Refuse goods that a standing allowance covers.

        :raises UserError: naming the agreement
        """
        # sudo: terms count whoever enters the line
        lines = self.sudo().filtered("inspection_id")
        found = lines.inspection_id._find_supplier_sources()
        asked = [
            replace(
                line.inspection_id._get_claimed_goods(found[line.inspection_id][0]),
                partner=line.partner_id.id,
            )
            for line in lines
        ]
        agreements = self.env["reverse.supplier.agreement"]._find_for(asked)
        for line, agreement in zip(lines, agreements, strict=True):
            # sudo: what was agreed counts, also for users who cannot read it
            if agreement.sudo().is_allowance:
                name = line.inspection_id.display_name
                raise UserError(agreement.sudo()._explain_allowance(name))
