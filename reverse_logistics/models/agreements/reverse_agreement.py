from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import agreements


class ReverseAgreement(models.Model):
    """What was agreed with customers about their returns.

    What it allows is said by policy rules that name it. A stock rotation also has a
    quota, which live returns consume, see ``reverse_agreement_quota``.
    """

    _name = "reverse.agreement"
    _inherit = ["reverse.touch.mixin"]
    _description = "Return Agreement"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
        help="Also applies to its branches.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_ids = fields.Many2many(
        "res.partner",
        "reverse_agreement_partner_rel",
        "agreement_id",
        "partner_id",
        string="Customers",
        required=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
        check_company=True,
        context={"active_test": False},
        help="Several customers share the quota.",
    )
    date_from = fields.Date(
        "Valid From",
        required=True,
        default=fields.Date.context_today,
        help="Each year of the agreement begins on this day and month.",
    )
    date_to = fields.Date("Valid Until", help="The last day; empty for no end.")
    kind = fields.Selection(
        [("contract", "Agreement"), ("rotation", "Stock Rotation")],
        default="contract",
        required=True,
        help="A stock rotation lets the customer return goods up to a yearly quota.",
    )
    quota_type = fields.Selection(
        [("amount", "Amount"), ("percent", "Percentage of purchases")],
        "Yearly Quota",
        default="amount",
        required=True,
    )
    quota_amount = fields.Monetary(help="Net value that may come back in a year.")
    quota_percent = fields.Float(
        "Quota Percentage",
        help="Of the net purchases of the year before: posted invoices less credit "
        "notes.",
    )
    needs_order = fields.Boolean(
        "Only Against a New Order",
        help="The return has to name another confirmed order of at least the same "
        "value. An order counts once.",
    )
    order_days = fields.Integer(
        "Order up to (days before)",
        help="The new order may be so many days older than the return.",
    )
    note = fields.Text("Terms")

    _period = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "An agreement cannot end before it starts.",
    )
    _numbers_not_negative = models.Constraint(
        "CHECK (quota_amount >= 0 AND quota_percent >= 0 AND order_days >= 0)",
        "Quota and days of an agreement cannot be negative.",
    )

    @api.constrains("partner_ids")
    def _check_partners(self):
        # sudo: customers that the administrator of agreements need not read
        for agreement in self.sudo():
            partners = agreement.partner_ids
            if not partners:
                raise ValidationError(
                    self.env._(
                        "Say which customer “%(agreement)s” is with.",
                        agreement=agreement.name,
                    )
                )
            for contact in partners.filtered(lambda p: p.commercial_partner_id != p):
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(partner)s: name the customer "
                        "itself.",
                        contact=contact.display_name,
                        partner=contact.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("kind", "quota_type", "quota_amount", "quota_percent")
    def _check_quota(self):
        for agreement in self.filtered(lambda a: a.kind == "rotation"):
            if not agreement[f"quota_{agreement.quota_type}"]:
                raise ValidationError(
                    self.env._(
                        "Enter how much may come back in a year under “%(agreement)s”.",
                        agreement=agreement.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_kept(self):
        """Returns that were decided under it count in its company's currency."""
        # sudo: returns of every user count
        lines = self.env["reverse.rma.line"].sudo()
        for line in lines.search([("agreement_id", "in", self.ids)]):
            if line.agreement_id.company_id not in line.company_id.parent_ids:
                raise ValidationError(
                    self.env._(
                        "Returns of %(company)s were decided under “%(agreement)s”: "
                        "make an agreement of its own for another company.",
                        company=line.company_id.display_name,
                        agreement=line.agreement_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Terms
    # ------------------------------------------------------------------
    def _is_valid(self, company, day):
        """Whether it applies to a company and a day of it."""
        self.ensure_one()
        return (
            self.active
            and self.company_id in company.parent_ids
            and self.date_from <= day
            and (not self.date_to or day <= self.date_to)
        )

    def _get_quota_terms(self):
        self.ensure_one()
        if self.quota_type == "percent":
            return agreements.Quota(percent=self.quota_percent)
        return agreements.Quota(amount=self.quota_amount)
