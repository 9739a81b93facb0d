from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...engine import agreements, transitions


class ReverseAgreement(models.Model):
    """What was agreed with some customers about their returns.

    Administrators write agreements; the policy rules that name one say what it allows.
    A stock rotation also has a yearly quota, which live returns use up.
    """

    _name = "reverse.agreement"
    _inherit = [
        "reverse.governed.mixin",
        "reverse.touch.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Return Agreement"
    _free_fields = frozenset({"name", "note"})
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _period = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "An agreement cannot end before it starts.",
    )
    _numbers_not_negative = models.Constraint(
        "CHECK (quota_amount >= 0 AND quota_percent >= 0 AND order_days >= 0)",
        "Quota and days of an agreement cannot be negative.",
    )

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
    year_from = fields.Date("This Year From", compute="_compute_quota")
    year_to = fields.Date("This Year Until", compute="_compute_quota")
    purchases = fields.Monetary(
        "Purchases of the Year Before",
        compute="_compute_quota",
        help="Posted invoices less credit notes, net.",
    )
    quota = fields.Monetary("Quota This Year", compute="_compute_quota")
    consumed = fields.Monetary(
        "Used",
        compute="_compute_quota",
        help="Value of requested, authorized and closed returns under the agreement.",
    )
    left = fields.Monetary(compute="_compute_quota")
    return_count = fields.Integer("Returns", compute="_compute_return_count")

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
        """Keep the company, in whose currency returns decided under it count."""
        # sudo: returns of all users count
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
        """Tell whether the agreement applies to a company on a day."""
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

    # ------------------------------------------------------------------
    # The quota of a stock rotation in the running year
    # ------------------------------------------------------------------
    @api.depends(
        "kind",
        "date_from",
        "partner_ids",
        "company_id",
        "quota_type",
        "quota_amount",
        "quota_percent",
    )
    def _compute_quota(self):
        today = self._get_today()
        for agreement in self:
            day = today[agreement.company_id]
            first, last = (
                agreement.date_from
                and agreements.year_of(agreement.date_from, day)
                or (False, False)
            )
            agreement.update({"year_from": first, "year_to": last})
        rotations = self.filtered(lambda a: a.kind == "rotation" and a.date_from)
        (self - rotations).update(
            {"purchases": 0.0, "quota": 0.0, "consumed": 0.0, "left": 0.0}
        )
        purchases = rotations._get_purchases()
        consumed = rotations._get_consumed()
        for agreement in rotations:
            bought = purchases.get(agreement._origin, 0.0)
            quota = agreement._get_quota(bought)
            used = consumed.get(agreement._origin, 0.0)
            agreement.update(
                {
                    "purchases": bought,
                    "quota": quota,
                    "consumed": used,
                    "left": quota - used,
                }
            )

    def _compute_return_count(self):
        lines = self.env["reverse.rma.line"]
        counts = {}
        if lines.has_access("read"):
            counts = dict(
                lines._read_group(
                    [("agreement_id", "in", self.ids)],
                    ["agreement_id"],
                    ["rma_id:count_distinct"],
                )
            )
        for agreement in self:
            agreement.return_count = counts.get(agreement._origin, 0)

    def action_view_returns(self):
        """Open the returns that were decided under these agreements."""
        rmas = self.env["reverse.rma"].search(
            [("line_ids.agreement_id", "in", self.ids)]
        )
        return rmas._open(rmas, self.env._("Returns"))

    # ------------------------------------------------------------------
    # What is left
    # ------------------------------------------------------------------
    def _get_left(self, without=None):
        """Give what is left today of the quotas of these agreements.

        :param without: return lines that are decided again and do not count
        :return: ``{agreement: amount}`` in the currency of its company; negative when
            live returns exceed the quota, None without a quota
        """
        # sudo: the quota counts for everybody, also where the user reads no invoices
        own = self.sudo()
        rotations = own.filtered(lambda a: a.kind == "rotation")
        purchases = rotations._get_purchases()
        consumed = rotations._get_consumed(without)
        left = {
            agreement: agreement._get_quota(purchases.get(agreement, 0.0))
            - consumed.get(agreement, 0.0)
            for agreement in rotations
        }
        return {agreement: left.get(agreement) for agreement in self}

    def _get_quota(self, purchases):
        return self._get_quota_terms().of_year(purchases, self.currency_id.rounding)

    def _get_today(self):
        """Give today in each company of these agreements."""
        return {
            # sudo: only the time zone of the company is read
            company: (company or self.env.company).sudo()._get_reverse_today()
            for company in self.grouped("company_id")
        }

    def _get_consumed(self, without=None):
        """Give what live returns use of the running year's quotas, in one query.

        :param without: return lines that do not count
        :return: ``{agreement: net value in the company's currency}``
        """
        today = self._get_today()
        years = {
            agreement._origin: agreements.year_of(
                agreement.date_from, today[agreement.company_id]
            )
            for agreement in self
            if agreement._origin
        }
        if not years:
            return {}
        # sudo: returns of all users count
        lines = self.env["reverse.rma.line"].sudo()
        found = lines.search_fetch(
            Domain("agreement_id", "in", [agreement.id for agreement in years])
            & Domain("agreement_day", ">=", min(first for first, _ in years.values()))
            & Domain("rma_id.state", "in", transitions.LIVE)
            & Domain("id", "not in", without.ids if without else [])
        )
        consumed = defaultdict(float)
        for line in found:
            first, last = years[line.agreement_id]
            if first <= line.agreement_day <= last:
                consumed[line.agreement_id] += line._get_claimed_value()
        return consumed

    def _get_purchases(self):
        """Give what customers bought in the agreement year before, in one query.

        :return: ``{agreement: net value in the company's currency}``
        """
        today = self._get_today()
        years = {
            agreement: agreements.year_before(
                agreement.date_from, today[agreement.company_id]
            )
            for agreement in self
            if agreement.quota_type == "percent"
        }
        if not years:
            return {}
        of_partner = defaultdict(list)
        for agreement, (first, last) in years.items():
            for partner in agreement.partner_ids._origin:
                of_partner[partner].append((agreement, first, last))
        purchases = defaultdict(float)
        for partner, company, day, amount in self._read_purchases(years):
            for agreement, first, last in of_partner[partner]:
                if first <= day <= last and agreement.company_id in company.parent_ids:
                    purchases[agreement._origin] += amount
        return purchases

    def _read_purchases(self, years):
        """Give ``(customer, company, day, net amount)`` of what was invoiced.

        :param years: ``{agreement: (first day, last day)}``
        """
        # sudo: only sums of invoices are read
        moves = self.env["account.move"].sudo()
        partners = self.env["res.partner"].union(*(a.partner_ids for a in years))
        companies = self.env["res.company"].union(*(a.company_id for a in years))
        return moves._read_group(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("company_id", "child_of", companies.ids),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("invoice_date", ">=", min(first for first, _ in years.values())),
                ("invoice_date", "<=", max(last for _, last in years.values())),
            ],
            ["commercial_partner_id", "company_id", "invoice_date:day"],
            ["amount_untaxed_signed:sum"],
        )
