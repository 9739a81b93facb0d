from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class ReverseDepositType(models.Model):
    """Which product comes back for a deposit that an invoice charges.

    Administrators write it, for one company or for all. Posting an invoice that charges
    the deposit creates an entitlement (``reverse.deposit``).
    """

    _name = "reverse.deposit.type"
    _inherit = ["reverse.governed.mixin", "reverse.cached.mixin"]
    _description = "Deposit Type"
    _free_fields = frozenset({"name", "sequence"})
    _order = "sequence, name, id"
    _check_company_auto = True
    _one_type = models.UniqueIndex(
        "(product_id, COALESCE(company_id, 0)) WHERE active",
        "This deposit has a type already.",
    )
    _validity_not_negative = models.Constraint(
        "CHECK (validity_days >= 0)", "The validity cannot be negative."
    )

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True)
    product_id = fields.Many2one(
        "product.product",
        "Deposit",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'service')]",
        help="The charge on order and invoice, e.g. a core charge. Invoicing it "
        "entitles the customer to a refund.",
    )
    core_product_id = fields.Many2one(
        "product.product",
        "What Comes Back",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'consu')]",
        help="A product of its own with a cost of its own: the used part, the crate.",
    )
    validity_days = fields.Integer(
        "Valid for (days)", help="Counted from the invoice; 0 means for ever."
    )
    over_balance = fields.Selection(
        [
            ("refuse", "Refuse it"),
            ("person", "Let a person decide"),
        ],
        "More Than Entitled to",
        default="refuse",
        required=True,
        help="A person can accept what exceeds the balance without a refund.",
    )
    rate_ids = fields.One2many(
        "reverse.deposit.rate",
        "type_id",
        "Value by Condition",
        help="Conditions that are not listed give back all of the deposit.",
        copy=True,
    )

    @api.constrains("product_id", "core_product_id")
    def _check_products(self):
        for kind in self:
            deposit, core = kind.product_id, kind.core_product_id
            if deposit.type != "service":
                raise ValidationError(
                    self.env._(
                        "%(product)s is a physical product; the deposit on the "
                        "invoice has to be a service.",
                        product=deposit.display_name,
                    )
                )
            if core.type != "consu":
                raise ValidationError(
                    self.env._(
                        "%(product)s is not a physical product: it cannot come back.",
                        product=core.display_name,
                    )
                )
            if not deposit.uom_id._has_common_reference(core.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(deposit)s and %(core)s have to be counted in units that can "
                        "be converted.",
                        deposit=deposit.display_name,
                        core=core.display_name,
                    )
                )

    @api.model
    @tools.ormcache()
    def _get_product_types(self):
        """Give ids of types by ``(product id, company id or False)``.

        They are cached because every posting of an invoice asks for them.
        """
        # sudo: what a deposit is does not depend on who posts the invoice, nor on the
        # context of whoever does so first
        kinds = self.sudo().search([("active", "=", True)])
        return {(kind.product_id.id, kind.company_id.id): kind.id for kind in kinds}

    @api.model
    def _get_for_line(self, line):
        """Give the deposit type that an invoice line charges, if any."""
        types = self._get_product_types()
        found = types and (
            types.get((line.product_id.id, line.company_id.id))
            or types.get((line.product_id.id, False))
        )
        return self.sudo().browse(found or ())  # sudo: as in _get_product_types

    def _get_percent(self, condition):
        """Give how much of the deposit goods in a condition give back, in percent."""
        self.ensure_one()
        # sudo: configuration, which applies to everybody
        rate = self.sudo().rate_ids.filtered(lambda r: r.condition_id == condition)
        return rate.percent if rate else 100.0
