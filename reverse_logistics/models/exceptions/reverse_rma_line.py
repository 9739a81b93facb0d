from odoo import models
from odoo.exceptions import UserError


class ReverseRmaLine(models.Model):
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
                        "We know of no sale. The goods are looked at and stay yours "
                        "until something else is agreed."
                    ),
                }
            )
