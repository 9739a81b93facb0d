from odoo import fields, models


class ResPartner(models.Model):
    """What customers are entitled to for deposits."""

    _inherit = "res.partner"

    reverse_deposit_left = fields.Float(
        "Deposits", compute="_compute_reverse_deposit_left", digits="Product Unit"
    )

    def _compute_reverse_deposit_left(self):
        deposits = self.env["reverse.deposit"]
        if not deposits.has_access("read"):
            self.reverse_deposit_left = 0.0
            return
        left = dict(
            deposits._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["qty_left:sum"],
            )
        )
        for partner in self:
            partner.reverse_deposit_left = left.get(partner.commercial_partner_id, 0.0)

    def action_view_reverse_deposits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_deposit_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action
