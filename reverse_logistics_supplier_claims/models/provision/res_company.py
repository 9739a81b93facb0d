from odoo import fields, models


class ResCompany(models.Model):
    """Where provisions for claims are booked."""

    _inherit = "res.company"

    reverse_provision_expense_account_id = fields.Many2one(
        "account.account",
        "Expense of Provisions for Claims",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', "
        "'expense_direct_cost'))]",
        help="What suppliers owe and will not pay is expensed here once a provision is "
        "approved. Without both accounts, provisions are noted and not booked.",
    )
    reverse_provision_account_id = fields.Many2one(
        "account.account",
        "Provisions for Claims",
        check_company=True,
        domain="[('account_type', 'in', ('liability_current', "
        "'liability_non_current', 'asset_current'))]",
        help="Holds the provisions until they are released: when the supplier pays "
        "after all, when the hold is lifted, or when the claim is written off.",
    )
