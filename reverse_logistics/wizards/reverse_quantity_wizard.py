from odoo import fields, models


class ReverseQuantityWizard(models.TransientModel):
    """Dialog in which a user says why returned goods are counted, scrapped or moved."""

    _name = "reverse.quantity.wizard"
    _description = "Ask for a Quantity Change in Returns"

    quant_ids = fields.Many2many("stock.quant", string="Counted")
    scrap_id = fields.Many2one("stock.scrap")
    picking_id = fields.Many2one("stock.picking", "Transfer")
    difference_id = fields.Many2one("reverse.stock.difference")
    reason = fields.Char(
        required=True, help="Whoever approves reads it: what was found, and why."
    )

    def action_ask(self):
        self.ensure_one()
        if self.quant_ids:
            return self.quant_ids.action_reverse_ask_count(self.reason)
        if self.difference_id:
            return self.difference_id._ask(self.reason)
        if self.scrap_id:
            return self.scrap_id.action_reverse_ask_scrap(self.reason)
        return self.picking_id.action_reverse_ask_quantity(self.reason)
