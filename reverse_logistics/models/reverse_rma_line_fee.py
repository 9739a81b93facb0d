from odoo import api, fields, models


class ReverseRmaLine(models.Model):
    """What the customer is charged for taking a line back."""

    _inherit = "reverse.rma.line"

    fee = fields.Monetary(
        "Restocking Fee",
        currency_field="fee_currency_id",
        copy=False,
        help="Before tax, for the whole quantity; shared out over what is settled.",
    )
    fee_currency_id = fields.Many2one(
        "res.currency", compute="_compute_fee_currency_id", compute_sudo=True
    )

    _fee_not_negative = models.Constraint(
        "CHECK (fee >= 0)", "A fee cannot be negative."
    )

    @api.depends("sale_line_id", "move_id", "historic_sale_id", "company_id")
    def _compute_fee_currency_id(self):
        for line in self:
            line.fee_currency_id = (
                line._get_credit_currency()
                or line.move_id.sale_line_id.currency_id
                or line.company_id.currency_id
            )

    def _get_live_credits(self):
        """Settlement lines of these goods, neither reversed nor cancelled."""
        lines = self.inspection_ids.settlement_line_ids
        return lines.filtered(lambda line: line.state not in ("reversed", "cancelled"))
