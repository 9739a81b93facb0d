from odoo import fields, models


class ReverseSupplierAgreement(models.Model):
    """Who is reminded when, and how much time a supplier has for its 8D reports."""

    _inherit = "reverse.supplier.agreement"

    remind_days = fields.Integer(
        "Remind Before",
        default=7,
        help="Days before the deadline of a claim that nobody has submitted.",
    )
    escalate_days = fields.Integer(
        "Escalate After",
        default=3,
        help="Days that an answer of the supplier is overdue. A claim that nobody has "
        "submitted is escalated on the day before its deadline.",
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        "Escalate To",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Empty: the activity is for anybody.",
    )
    reminds_partner = fields.Boolean(
        "Remind by Mail",
        help="Whoever has to answer a claim gets a mail when the answer is overdue, "
        "and again when somebody else is told. Of the steps of 8D reports a supplier "
        "is told in one mail: the day before they are due, when they are overdue, and "
        "when an answer was refused.",
    )
    containment_days = fields.Integer(
        "8D: Contained (D3)",
        default=2,
        help="Working days after the supplier is asked.",
    )
    cause_days = fields.Integer(
        "8D: Root Cause (D4)", default=14, help="Days after the supplier is asked."
    )
    closing_days = fields.Integer(
        "8D: Closed (D8)", default=60, help="Days after the supplier is asked."
    )

    _days_not_negative = models.Constraint(
        "CHECK (remind_days >= 0 AND escalate_days >= 0 AND containment_days >= 0 "
        "AND cause_days >= 0 AND closing_days >= 0)",
        "Days of an agreement cannot be negative.",
    )
