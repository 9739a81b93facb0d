from odoo import Command, api, fields, models


class ReverseSupplierClaim(models.Model):
    """8D reports that were asked for because of a claim."""

    _inherit = "reverse.supplier.claim"

    corrective_ids = fields.Many2many(
        "reverse.corrective.action",
        string="8D Reports",
        check_company=True,
        unlocked=True,
    )
    corrective_count = fields.Integer(
        "8D", compute="_compute_corrective_count", compute_sudo=True
    )
    is_corrective_allowed = fields.Boolean(compute="_compute_is_corrective_allowed")

    @api.constrains("corrective_ids")
    def _check_corrective(self):
        self.corrective_ids._check_claims()

    @api.depends("corrective_ids")
    def _compute_corrective_count(self):
        for claim in self:
            claim.corrective_count = len(claim.corrective_ids)

    @api.depends("corrective_ids", "state")
    @api.depends_context("uid")
    def _compute_is_corrective_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            claim.is_corrective_allowed = (
                mine
                and not claim.corrective_ids
                and claim.state not in ("draft", "cancelled")
            )

    def action_ask_corrective(self):
        """Ask the supplier for an 8D report about the goods of this claim."""
        self._check_duty("claims")
        self.ensure_one()
        goods = self.line_ids.filtered(lambda line: line.kind == "goods")[:1]
        reports = self.env["reverse.corrective.action"]
        report = reports.create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "claim_ids": [Command.set(self.ids)],
                    "product_id": goods.product_id.id,
                    "reason_id": goods.inspection_id.reason_id.id,
                }
            ]
        )
        return self._open_records(report, self.env._("8D Reports"))

    def action_view_corrective(self):
        return self._open_records(self.corrective_ids, self.env._("8D Reports"))
