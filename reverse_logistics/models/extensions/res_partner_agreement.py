from odoo import fields, models


class ResPartner(models.Model):
    """What was agreed with a customer about its returns."""

    _inherit = "res.partner"

    reverse_agreement_count = fields.Integer(
        "Number of Return Agreements", compute="_compute_reverse_agreement_count"
    )

    def _compute_reverse_agreement_count(self):
        agreements = self.env["reverse.agreement"]
        counts = {}
        if self.ids and agreements.has_access("read"):
            counts = dict(
                agreements._read_group(
                    [("partner_ids", "in", self.commercial_partner_id.ids)],
                    ["partner_ids"],
                    ["__count"],
                )
            )
        for partner in self:
            owner = partner.commercial_partner_id._origin
            partner.reverse_agreement_count = counts.get(owner, 0)

    def action_view_reverse_agreements(self):
        """Open the agreements of these customers."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_agreement_action"
        )
        customers = self.commercial_partner_id
        return {**action, "domain": [("partner_ids", "in", customers.ids)]}
