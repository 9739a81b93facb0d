from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierBack(models.TransientModel):
    """Goods that the supplier did not keep, and that are here again."""

    _name = "reverse.supplier.back"
    _description = "Goods Back from the Supplier"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    line_ids = fields.One2many("reverse.supplier.back.line", "back_id", "Goods")

    def action_confirm(self):
        """Take in what was entered.

        :return: action that shows the inspections which decide about it; none does
            about own goods
        """
        self.ensure_one()
        came = self.line_ids.filtered("quantity")
        if not came:
            raise UserError(self.env._("Enter how many are back."))
        claim = self.claim_id
        parts = claim._take_goods_back(
            {line.claim_line_id: line.quantity for line in came}
        )
        if not parts:
            return True
        return claim._open_records(parts, self.env._("Inspections"))
