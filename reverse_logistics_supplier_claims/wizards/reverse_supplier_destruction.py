from odoo import api, fields, models


class ReverseSupplierDestruction(models.TransientModel):
    """That goods were destroyed as the agreement says, with the certificate of it."""

    _name = "reverse.supplier.destruction"
    _description = "Note a Destruction"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    line_ids = fields.Many2many(
        "reverse.supplier.claim.line",
        string="Goods",
        required=True,
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        domain="[('claim_id', '=', claim_id), ('kind', '=', 'goods'), "
        "('destroyed_on', '=', False)]",
    )
    day = fields.Date("Destroyed on", required=True, default=fields.Date.context_today)
    attachment_ids = fields.Many2many("ir.attachment", string="Certificate")
    text = fields.Text("Note")

    @api.depends("claim_id")
    def _compute_line_ids(self):
        for entry in self:
            entry.line_ids = entry.claim_id and entry.claim_id._get_destroyable()

    def action_confirm(self):
        """Note it; what lay here is written off."""
        self.ensure_one()
        self.claim_id._destroy(self.line_ids, self.day, self.attachment_ids, self.text)
        return {"type": "ir.actions.act_window_close"}

    def action_prepare(self):
        """Make the scrap orders before the goods are destroyed."""
        self.ensure_one()
        return self.claim_id._prepare_destruction(self.line_ids)
