from odoo import models


class ReverseSupplierClaimLine(models.Model):
    """What is claimed, as suppliers see it."""

    _inherit = "reverse.supplier.claim.line"

    def _get_supplier_parts(self):
        """Say to the supplier where the goods are, nothing where that is not known."""
        self.ensure_one()
        return {
            "here": self.env._("With us"),
            "requested": self.env._("You have asked for them"),
            "announced": self.env._("About to be sent to you"),
            "sent": self.env._("Sent to you"),
            "received": self.env._("You have received them"),
            "refused": self.env._("With you, refused"),
            "partly_back": self.env._("Some are back with us"),
            "back": self.env._("Back with us"),
            "destroyed": self.env._("Destroyed"),
            "replaced": self.env._("Replaced by you"),
        }.get(self.parts_state, "")
