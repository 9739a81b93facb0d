from odoo import fields, models


class ReverseRma(models.Model):
    """Returns of goods that are repaired for their owner."""

    _inherit = "reverse.rma"

    settlement_type = fields.Selection(
        selection_add=[
            ("refund",),
            ("replacement",),
            ("repair", "Repair"),
            ("none",),
        ],
        ondelete={"repair": "set default"},
    )
    repair_ids = fields.Many2many(
        "repair.order",
        string="Repair Orders",
        compute="_compute_repair_ids",
        compute_sudo=True,
    )
    repair_count = fields.Integer(compute="_compute_repair_ids", compute_sudo=True)

    def _compute_repair_ids(self):
        for rma in self:
            rma.repair_ids = rma.inspection_ids.repair_ids
            rma.repair_count = len(rma.repair_ids)

    def action_view_repairs(self):
        return self._open(self.repair_ids, self.env._("Repair Orders"))
