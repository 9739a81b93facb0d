from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Goods that came in after their return had ended."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_late_goods(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=1,
            what=self.env._(
                "Goods came in that their return could no longer take: it was "
                "rejected or cancelled, or another return claims the quantity."
            ),
            todo=self.env._(
                "Authorize the return that was made of them, or have the goods sent "
                "back to the customer without any credit."
            ),
            resolutions=(
                Resolution(
                    "authorize",
                    self.env._("Authorize"),
                    stock=self.env._(
                        "The goods are inspected and go where their condition says."
                    ),
                    money=self.env._("They are credited as the inspection says."),
                    done=self.env._("Authorized"),
                    primary=True,
                ),
                Resolution(
                    "send_back",
                    self.env._("Send Back"),
                    stock=self.env._(
                        "The goods go back to the customer after inspection."
                    ),
                    money=self.env._("Nothing is credited."),
                    done=self.env._("Sent back to the customer"),
                ),
            ),
            holds=lambda e: e.rma_id.state == "requested",
            gone="authorize",
        )
