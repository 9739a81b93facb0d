from odoo import models


class ReverseSupplierClaimLine(models.Model):
    """Duty of the same goods is claimed once, whoever is asked for it."""

    _inherit = "reverse.supplier.claim.line"

    _duty_once = models.UniqueIndex(
        "(inspection_id) WHERE kind = 'duty' AND state != 'cancelled' "
        "AND inspection_id IS NOT NULL",
        "The duty of these goods is claimed already: see the other claims of their "
        "return.",
    )
