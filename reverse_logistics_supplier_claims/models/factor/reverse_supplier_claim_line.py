from odoo import api, fields, models


class ReverseSupplierClaimLine(models.Model):
    """The arithmetic of what is claimed."""

    _inherit = "reverse.supplier.claim.line"

    factor = fields.Float(
        "Technical Factor",
        digits=(5, 4),
        default=1.0,
        readonly=True,
        copy=False,
        guarded=True,
        help="The share of such parts that a sample found to be the supplier's fault.",
    )
    arithmetic = fields.Char(
        compute="_compute_arithmetic",
        compute_sudo=True,
        help="How the claimed amount came about; empty where it was entered by hand.",
    )

    @api.depends("quantity", "unit_cost", "factor", "amount_claimed", "kind")
    @api.depends_context("lang")
    def _compute_arithmetic(self):
        for line in self:
            factors = line._get_factors()
            product = 1.0
            for value, _text in factors:
                product *= value
            same = line.currency_id.compare_amounts(product, line.amount_claimed) == 0
            texts = [text for _value, text in factors]
            line.arithmetic = " × ".join(texts) if texts and same else False

    def _get_factors(self):
        """Give ``[(number, text)]`` whose product is claimed for goods."""
        self.ensure_one()
        if self.kind != "goods" or not self.inspection_id:
            return []

        quantity, unit = self.quantity, self.uom_id.name
        found = [
            (quantity, f"{quantity:g} {unit}"),
            (self.unit_cost, self.currency_id.format(self.unit_cost)),
        ]
        share = self.claim_id.agreement_id.share if self.claim_id.agreement_id else 100
        if share != 100:
            found.append((share / 100, f"{share:g}%"))
        if self.factor != 1:
            found.append((self.factor, f"{self.factor:.4g}"))
        return found
