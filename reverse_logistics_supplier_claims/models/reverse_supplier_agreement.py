from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import agreements, amounts


class ReverseSupplierAgreement(models.Model):
    """What a supplier or carrier pays for returned goods, and on which terms.

    An empty condition fits everything. Of several agreements that fit, the most
    specific one counts, then the first in the list.

    Approvers of claims write agreements alone, and each change is an event.
    """

    _name = "reverse.supplier.agreement"
    _inherit = ["reverse.governed.mixin"]
    _description = "Claim Agreement"
    _order = "partner_id, sequence, id"
    _check_company_auto = True
    #: What a company has agreed holds for its branches, as its rules of returns do.
    _check_company_domain = models.check_company_domain_parent_of
    _waits_for_others = False
    _terms_positive = models.Constraint(
        "CHECK (share >= 0 AND share <= 100 AND labour_amount >= 0 "
        "AND handling_amount >= 0 AND freight_share >= 0 AND minimum >= 0 "
        "AND no_trouble_share >= 0 AND no_trouble_share <= 100 "
        "AND deadline_days >= 0 AND response_days >= 0 AND allowance >= 0)",
        "Amounts, days and percentages of an agreement cannot be negative, and at most "
        "100% of the cost is claimed.",
    )

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of the flat amounts and the smallest value.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier or Carrier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("supplier", "Supplier"),
            ("carrier", "Carrier"),
            ("duty", "Customs (duty drawback)"),
            ("rotation", "Stock rotation (unsold goods)"),
        ],
        default="supplier",
        required=True,
        help="A supplier pays for what was bought there, a carrier for its own faults, "
        "customs gives duty back. With stock rotation a supplier takes unsold goods "
        "back.",
    )
    date_from = fields.Date("In Force From", help="Counted by the day of inspection.")
    date_to = fields.Date("In Force Until")
    liability = fields.Selection(
        lambda self: self.env["reverse.inspection"]._fields["liability"].selection,
        default="supplier",
        help="Whose fault inspection has to find. Empty: anybody's.",
    )
    reason_ids = fields.Many2many(
        "reverse.reason",
        string="Reasons",
        ondelete="restrict",
        context={"active_test": False},
        help="Why customers sent the goods back, with the sub-reasons of each. Own "
        "goods have no such reason: an agreement with reasons is not found for them, "
        "and has to be chosen on the claim.",
    )
    condition_ids = fields.Many2many(
        "reverse.condition",
        string="Conditions",
        ondelete="restrict",
        context={"active_test": False},
        help="In which inspection has to find the goods. Own goods have none: an "
        "agreement with conditions has to be chosen on their claim.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        check_company=True,
        ondelete="restrict",
        context={"active_test": False},
        help="Products and categories are one condition: either may name the goods.",
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Categories",
        ondelete="restrict",
        help="With those below them.",
    )
    opens_itself = fields.Boolean(
        "Claims Open by Themselves",
        help="As soon as the goods are inspected. A person submits them.",
    )
    deadline_days = fields.Integer(
        "Deadline in Days", help="Until when a claim has to be made. 0: at any time."
    )
    deadline_from = fields.Selection(
        [
            ("receipt", "Receipt of the goods from the supplier"),
            ("return", "Receipt of the return"),
            ("delivery", "Delivery to the customer"),
        ],
        "Counted From",
        default="return",
        required=True,
    )
    minimum = fields.Monetary(
        "Smallest Claim", help="Smaller claims are submitted by an approver only."
    )
    basis = fields.Selection(
        [
            ("purchase", "Price of the purchase"),
            ("bill", "Price of the bill; without one, of the purchase"),
            ("cost", "Cost of the product today"),
        ],
        default="bill",
        required=True,
        help="What is claimed for the goods, without taxes.",
    )
    share = fields.Float("Share (%)", default=100.0, help="Of that price or cost.")
    labour_amount = fields.Monetary(
        "Labour", help="Claimed for each inspected part, whatever its quantity."
    )
    handling_amount = fields.Monetary(
        "Handling", help="Claimed for each inspected part, whatever its quantity."
    )
    freight_share = fields.Float(
        "Freight (%)", help="Of what is claimed for the goods."
    )
    no_trouble_share = fields.Float(
        "Share without Trouble Found (%)",
        help="Of labour, handling and freight, what the supplier bears of goods in "
        "which no trouble is found; the rest is ours, and of the goods nothing is "
        "claimed. 0: nothing was agreed.",
    )
    proof_required = fields.Boolean(
        help="A claim needs a file: on it, or on the inspection of each part."
    )
    goods = fields.Selection(
        [
            ("return", "Go back to the supplier"),
            ("destroy", "Are destroyed where they are"),
            ("keep", "Stay with us"),
        ],
        default="return",
        required=True,
    )
    authorization_required = fields.Boolean(
        "Supplier Authorizes First",
        help="Goods are sent only when the supplier has named a number for it.",
    )
    settlement = fields.Selection(
        [
            ("credit", "Credit note"),
            ("set_off", "Set off against our payments"),
            ("replacement", "Replacement"),
            ("cash", "Payment"),
        ],
        "Paid By",
        default="credit",
        required=True,
    )
    response_days = fields.Integer(
        "Answer in Days", help="Promised by the supplier. 0: nothing was promised."
    )
    is_allowance = fields.Boolean(
        "Standing Allowance",
        help="A percentage off all purchases instead: single claims are not opened.",
    )
    allowance = fields.Float("Allowance (%)")

    @api.constrains("partner_id")
    def _check_partner(self):
        for agreement in self:
            partner = agreement.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Agreements are made with companies: choose "
                        "%(company)s instead of %(contact)s.",
                        company=partner.commercial_partner_id.display_name,
                        contact=partner.display_name,
                    )
                )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for agreement in self:
            start, end = agreement.date_from, agreement.date_to
            if start and end and end < start:
                raise ValidationError(
                    self.env._("“%s” ends before it begins.", agreement.name)
                )

    # ------------------------------------------------------------------
    # Which one counts
    # ------------------------------------------------------------------
    @api.model
    def _find_for(self, goods):
        """Find the agreement for each of these goods.

        :param list goods: of ``engine.agreements.Goods``
        :return: a list of agreements, empty ones where none fits, or several partners'
        """
        found = self._find_each_for(goods)
        return [each if len(each) == 1 else self.browse() for each in found]

    @api.model
    def _find_each_for(self, goods):
        """Find the agreement with each partner who may have to pay for these goods.

        :return: a list with the agreements for each of the goods
        """
        companies = self._get_companies(goods)
        # sudo: what was agreed counts whoever inspects the goods
        known = self.sudo().search([("company_id", "in", companies)])
        choices = [agreement._for_engine() for agreement in known]
        return [
            self.browse(found.id for found in agreements.find_each(choices, one))
            for one in goods
        ]

    @api.model
    def _get_companies(self, goods):
        """Give the ids of the companies whose agreements can hold for these goods."""
        return list({company for one in goods for company in one.companies})

    def _for_engine(self):
        self.ensure_one()
        # What is archived is still meant: without it, the agreement fits all goods.
        named = self.with_context(active_test=False)
        return agreements.Agreement(
            id=self.id,
            partner=self.partner_id.id,
            kind=self.kind,
            company=self.company_id.id,
            sequence=self.sequence,
            start=self.date_from or None,
            end=self.date_to or None,
            liability=self.liability or "",
            warranty=self.warranty_months,
            allowance=self.is_allowance,
            reasons=frozenset(named.reason_ids.ids),
            conditions=frozenset(named.condition_ids.ids),
            products=frozenset(named.product_ids.ids),
            categories=frozenset(named.categ_ids.ids),
        )

    def _get_terms(self, currency, day, factor=1.0, faultless=False):
        """Give what may be claimed, in the currency of a claim.

        Without an agreement that is the cost of the goods.

        :param float factor: see ``reverse.supplier.factor``
        :param bool faultless: whether the goods are as they should be
        """
        if not self:
            return amounts.Terms(factor=factor)
        flat = {
            name: self.currency_id._convert(value, currency, self.company_id, day)
            for name, value in (
                ("labour", self.labour_amount),
                ("handling", self.handling_amount),
            )
        }
        return amounts.Terms(
            share=self.share,
            freight=self.freight_share,
            factor=factor,
            faultless=self.no_trouble_share if faultless else 0.0,
            **flat,
        )
