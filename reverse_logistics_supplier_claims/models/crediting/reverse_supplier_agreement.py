from odoo import fields, models


class ReverseSupplierAgreement(models.Model):
    """Whether customers get their money before the supplier has answered."""

    _inherit = "reverse.supplier.agreement"

    crediting = fields.Selection(
        [
            ("pre", "Before the supplier answers"),
            ("post", "After the supplier has answered"),
        ],
        "Customers Are Credited",
        default="pre",
        required=True,
        help="After: the credit waits until the supplier has decided about the claim, "
        "or an approver releases it with a reason. A consumer's withdrawal and what "
        "the law grants are never held back.",
    )
    grants_at_most = fields.Boolean(
        "At Most What Was Approved",
        help="The customer gets no more for the goods than the supplier approved.",
    )
