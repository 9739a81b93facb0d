from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ReverseSupplierFactor(models.Model):
    """How much of a part's defects is the supplier's fault, as a sample has shown.

    Supplier and we analyse some of the returned parts together. The share found to be
    the supplier's fault multiplies what is claimed for every part of that kind that is
    inspected in the period.

    Approvers of claims write factors alone, and each change is an event.
    """

    _name = "reverse.supplier.factor"
    _inherit = ["mail.thread", "reverse.governed.mixin"]
    _description = "Technical Factor"
    _order = "date_from desc, id desc"
    _rec_name = "product_id"
    _check_company_auto = True
    _free_fields = frozenset({"note"})
    _waits_for_others = False
    _counts = models.Constraint(
        "CHECK (at_fault >= 0 AND at_fault <= analysed AND analysed > 0 "
        "AND analysed <= sample)",
        "Of the sample at least one part is analysed, and at most all of these are the "
        "supplier's fault.",
    )

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    product_id = fields.Many2one(
        "product.product",
        "Part",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date_from = fields.Date(
        "Valid From", required=True, help="Counted by the day of inspection."
    )
    date_to = fields.Date("Valid Until", required=True)
    sample = fields.Integer(
        required=True, tracking=True, help="Parts that were drawn from the returned."
    )
    analysed = fields.Integer(required=True, tracking=True)
    at_fault = fields.Integer(
        "Supplier's Fault", tracking=True, help="Of the analysed parts."
    )
    factor = fields.Float(
        compute="_compute_factor", store=True, digits=(5, 4), tracking=True
    )
    note = fields.Text()

    @api.depends("analysed", "at_fault")
    def _compute_factor(self):
        for one in self:
            one.factor = one.at_fault / one.analysed if one.analysed else 0.0

    @api.depends("product_id", "partner_id", "factor")
    def _compute_display_name(self):
        for one in self:
            one.display_name = (
                f"{one.product_id.display_name}, {one.partner_id.display_name}: "
                f"{one.factor:.4g}"
            )

    @api.constrains("date_from", "date_to", "product_id", "partner_id", "company_id")
    def _check_period(self):
        for one in self:
            if one.date_to < one.date_from:
                raise ValidationError(
                    self.env._("%s ends before it begins.", one.display_name)
                )
            other = self.search(
                [
                    ("id", "!=", one.id),
                    ("company_id", "=", one.company_id.id),
                    ("partner_id", "=", one.partner_id.id),
                    ("product_id", "=", one.product_id.id),
                    ("date_from", "<=", one.date_to),
                    ("date_to", ">=", one.date_from),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    self.env._(
                        "%(product)s of %(partner)s has a factor from %(start)s until "
                        "%(end)s already: choose another period.",
                        product=one.product_id.display_name,
                        partner=one.partner_id.display_name,
                        start=other.date_from,
                        end=other.date_to,
                    )
                )

    @api.model
    def _find_for(self, asked):
        """Find what each part is multiplied by.

        :param dict asked: ``{part: partner}``
        :return: ``{part: factor}``, 1 where none is agreed
        """
        return self._find_for_goods(
            {
                part: (
                    part.company_id,
                    partner,
                    part.product_id,
                    part._get_inspected_on(),
                )
                for part, partner in asked.items()
            }
        )

    @api.model
    def _find_for_goods(self, asked):
        """Find what goods are multiplied by, inspected or not.

        :param dict asked: ``{any key: (company, partner, product, day)}``
        :return: ``{key: factor}``, 1 where none is agreed
        """
        # sudo: what was agreed counts whoever claims
        known = self.sudo().search(
            Domain("company_id", "in", [company.id for company, *_ in asked.values()])
            & Domain(
                "product_id", "in", [goods.id for _, _, goods, _ in asked.values()]
            )
        )
        by_part = known.grouped(
            lambda one: (one.company_id, one.partner_id, one.product_id)
        )
        return {
            key: self._pick(by_part.get(tuple(goods), ()), day)
            for key, (*goods, day) in asked.items()
        }

    @api.model
    def _pick(self, factors, day):
        fitting = [one.factor for one in factors if one.date_from <= day <= one.date_to]
        return fitting[0] if fitting else 1.0
