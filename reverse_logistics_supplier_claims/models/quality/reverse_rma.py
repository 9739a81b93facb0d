from odoo import api, fields, models

from ..reverse_inspection import READERS


class ReverseRma(models.Model):
    """What a return cost in the end: given to the customer, less what came back."""

    _inherit = "reverse.rma"

    given_value = fields.Monetary(
        "Given to the Customer",
        currency_field="company_currency_id",
        compute="_compute_net_result",
        compute_sudo=True,
        groups=READERS,
        help="Released settlements before tax.",
    )
    recovered_value = fields.Monetary(
        "Recovered",
        currency_field="company_currency_id",
        compute="_compute_net_result",
        compute_sudo=True,
        groups=READERS,
        help="What suppliers and carriers paid on claims about these goods.",
    )
    net_result = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_net_result",
        compute_sudo=True,
        groups=READERS,
        help="Recovered, less what the customer was given. What the goods themselves "
        "are still worth is in the stock.",
    )

    @api.depends("settlement_ids.state", "inspection_ids")
    def _compute_net_result(self):
        lines = self.env["reverse.supplier.claim.line"].search_fetch(
            [("rma_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["rma_id", "amount_recovered", "claim_id"],
        )
        by_rma = lines.grouped("rma_id")
        for rma in self:
            # At the rate of its day: the result of a return does not move afterwards.
            given = sum(
                line.currency_id._convert(
                    line._get_given()[0],
                    rma.company_currency_id,
                    rma.company_id,
                    rma.company_id._to_reverse_day(line.create_date),
                )
                for settlement in rma.settlement_ids
                if settlement.state == "released"
                for line in settlement.line_ids
            )
            recovered = sum(
                line.amount_recovered * line.claim_id.company_rate
                for line in by_rma.get(rma._origin, ())
            )
            rma.given_value = given
            rma.recovered_value = recovered
            rma.net_result = recovered - given
