from odoo import models


class ReverseSupplierHold(models.Model):
    """Provisions end with the hold."""

    _inherit = "reverse.supplier.hold"

    def _find_provided(self):
        """Find the claims that are provided for because of these holds."""
        # sudo: what is booked, whoever lifts the hold
        claims = self.env["reverse.supplier.claim"].sudo()
        provided = claims.search(
            [
                ("provision_loss_id.hold_id", "in", self.ids),
                ("amount_provided", ">", 0),
            ]
        )
        return provided.with_env(self.env)
