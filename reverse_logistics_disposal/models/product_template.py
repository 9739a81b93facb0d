from odoo import models


class ProductTemplate(models.Model):
    """Note who says that goods are, or are not, what the law protects."""

    _name = "product.template"
    _inherit = ["product.template", "reverse.noted.mixin"]

    def write(self, vals):
        deciding = self._get_deciding_fields() & vals.keys()
        before = deciding and self._get_control_values(deciding)
        res = super().write(vals)
        if deciding:
            self._log_control("ControlChanged", before)
        return res

    def _get_deciding_fields(self):
        return {"reverse_trait_ids"}

    def _get_own_company(self):
        return self.sudo().company_id  # sudo: whose it is, whoever writes

    def _get_control_companies(self):
        """Give the companies that keep to the ban on destroying goods."""
        controls = self.env["reverse.governed.mixin"]
        companies = controls._get_governed(self._get_own_company())
        return companies.filtered("reverse_espr")

    def _log_control(self, name, before=None):
        keeping = self.filtered(lambda product: product._get_control_companies())
        return super(ProductTemplate, keeping)._log_control(name, before)
