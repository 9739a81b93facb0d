from odoo import models
from odoo.exceptions import UserError


class ReverseRmaLine(models.Model):
    """Take lines in although no sale is known."""

    _inherit = "reverse.rma.line"

    def _take_in_without_source(self):
        for line in self:
            if line._is_sourced():
                raise UserError(
                    self.env._(
                        "%(line)s has a sale: authorize the return instead.",
                        line=line.display_name,
                    )
                )
            line._guarded_write(
                {
                    "customer_owned": True,
                    "decision_code": "taken_in",
                    "explanation": self.env._(
                        "We could not find the sale. We inspect the goods; they "
                        "remain yours until we agree otherwise."
                    ),
                }
            )
