from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Money that was paid before any invoice, and goes back without one."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_paid_ahead(self):
        paid = Resolution(
            "paid_back",
            self.env._("Paid Back"),
            stock=self.env._("Goods stay where they are."),
            money=self.env._(
                "Note that the customer has the money back, by the payment or the down "
                "payment it came with."
            ),
            done=self.env._("Paid back"),
            primary=True,
        )
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "The customer paid for %(product)s before it was invoiced, and it "
                "came back, or was withdrawn from before it was delivered."
            ),
            todo=self.env._(
                "Refund the payment of the order, or credit its down payment, as far "
                "as it pays for nothing else of the order: after a withdrawal, by the "
                "day the return names."
            ),
            resolutions=(paid,),
        )

    def action_paid_back(self):
        """Note that the customer has got back what was paid ahead."""
        self._check_resolution("paid_back")
        self._resolve("paid_back")
        return True
