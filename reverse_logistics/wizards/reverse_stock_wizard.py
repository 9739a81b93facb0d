from odoo import fields, models
from odoo.exceptions import UserError


class ReverseStockWizard(models.TransientModel):
    """Dialog that asks of which day the stock in returns is shown."""

    _name = "reverse.stock.wizard"
    _description = "Stock in Returns at a Date"

    day = fields.Date(
        "At the End of",
        required=True,
        default=lambda self: self.env.company._get_reverse_today(),
    )

    def action_show(self):
        self.ensure_one()
        if self.day > self.env.company._get_reverse_today():
            raise UserError(
                self.env._(
                    "Nobody knows yet what will lie in returns: choose today, or an "
                    "earlier day."
                )
            )
        return self.env["reverse.stock"]._open(self.day)
