from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "reverse.origin.mixin", "reverse.rate.mixin"]

    reverse_invoiced = fields.Monetary(
        "Invoiced",
        currency_field="reverse_currency_id",
        compute="_compute_reverse_value",
        compute_sudo=True,
    )
    reverse_credited = fields.Monetary(
        "Credited for Returns",
        currency_field="reverse_currency_id",
        compute="_compute_reverse_value",
        compute_sudo=True,
    )
    reverse_value_rate = fields.Float(
        "Return Rate by Value", compute="_compute_reverse_value", compute_sudo=True
    )
    reverse_currency_id = fields.Many2one(
        "res.currency", compute="_compute_reverse_currency_id"
    )

    reverse_audience = fields.Selection(
        [("consumer", "Consumer"), ("business", "Business")],
        "Buys as",
        tracking=True,
        help="What the law grants consumers is taken from a customer only where this "
        "says Business; empty, it is not known, and counts as a consumer. Contacts are "
        "what their company is.",
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "reverse_audience"]

    def _reverse_origin_path(self):
        return "partner_id"

    def _get_reverse_line_domain(self):
        return [("partner_id", "child_of", self.ids)]

    def _compute_reverse_rma_count(self):
        """A company counts the returns of its contacts."""
        lines = self.env["reverse.rma.line"]
        if self.ids and lines.has_access("read"):
            groups = lines._read_group(
                self._get_reverse_line_domain(),
                ["partner_id"],
                ["rma_id:count_distinct"],
            )
        else:
            groups = []
        counts = dict.fromkeys(self, 0)
        for partner, count in groups:
            while partner:
                if partner in counts:
                    counts[partner] += count
                partner = partner.parent_id
        for partner, count in counts.items():
            partner.reverse_rma_count = count

    # ------------------------------------------------------------------
    # Rate: what came back of what was delivered, and credited of what was invoiced
    # ------------------------------------------------------------------
    def _reverse_rate_path(self):
        return "picking_id.partner_id.commercial_partner_id"

    def _get_reverse_rate_owner(self):
        return self.commercial_partner_id

    @api.depends_context("company")
    def _compute_reverse_currency_id(self):
        self.reverse_currency_id = self.env.company.currency_id

    @api.depends_context("company", "allowed_company_ids")
    def _compute_reverse_value(self):
        domain = [
            ("commercial_partner_id", "in", self.commercial_partner_id.ids),
            ("company_id", "=", self.env.company.id),
            ("state", "=", "posted"),
            ("invoice_date", ">=", self._get_reverse_rate_start()),
        ]
        invoiced = self._sum_reverse_value([*domain, ("move_type", "=", "out_invoice")])
        credited = self._sum_reverse_value(
            [
                *domain,
                ("move_type", "=", "out_refund"),
                ("reverse_settlement_id", "!=", False),
            ]
        )
        for partner in self:
            owner = partner.commercial_partner_id
            partner.reverse_invoiced = invoiced.get(owner, 0.0)
            partner.reverse_credited = -credited.get(owner, 0.0)
            partner.reverse_value_rate = partner.reverse_invoiced and (
                partner.reverse_credited / partner.reverse_invoiced
            )

    def _sum_reverse_value(self, domain):
        return dict(
            self.env["account.move"]._read_group(
                domain, ["commercial_partner_id"], ["amount_untaxed_signed:sum"]
            )
        )
