from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    reverse_fee_product_id = fields.Many2one(
        "product.product",
        "Restocking Fee Product",
        domain="[('type', '=', 'service')]",
        help="Its account and taxes are those of fees for returned goods.",
    )

    def _find_reverse_fee_product(self):
        """The product that fees of this company are charged with, if there is one."""
        self.ensure_one()
        # sudo: configuration
        product = self.sudo().reverse_fee_product_id or self.env.ref(
            "reverse_logistics.product_restocking_fee", raise_if_not_found=False
        )
        return (product or self.env["product.product"]).sudo()  # sudo: as above

    def _get_reverse_fee_product(self):
        """The product that fees of this company are charged with.

        :raises UserError: when none is set
        """
        product = self._find_reverse_fee_product()
        if not product:
            raise UserError(
                self.env._(
                    "No product for restocking fees is set for %(company)s. Choose one "
                    "in the settings of returns.",
                    company=self.name,
                )
            )
        return product
