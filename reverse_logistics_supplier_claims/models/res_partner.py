from odoo import fields, models


class ResPartner(models.Model):
    """Claims against suppliers and carriers."""

    _inherit = "res.partner"

    reverse_claim_count = fields.Integer(
        compute="_compute_reverse_claim_count",
        groups="reverse_logistics_supplier_claims.group_claims_reader",
    )

    def _compute_reverse_claim_count(self):
        found = self.env["reverse.supplier.claim"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids)],
            ["partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in found}
        for partner in self:
            partner.reverse_claim_count = counts.get(
                partner.commercial_partner_id.id, 0
            )

    def action_view_reverse_claims(self):
        return self.env["reverse.supplier.claim"]._open(
            [("partner_id", "in", self.commercial_partner_id.ids)]
        )

    def _get_reverse_contacts(self):
        """Give whom we write to: the supplier, and its people who use the portal."""
        self.ensure_one()
        company = self.commercial_partner_id
        # sudo: who of the supplier logs in, whoever writes
        users = self.env["res.users"].sudo()
        people = users.search(
            [("share", "=", True), ("partner_id", "child_of", company.ids)]
        ).partner_id
        contacts = (self.sudo() | people).filtered("email")
        return contacts.with_env(self.env)
