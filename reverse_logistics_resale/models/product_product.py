from odoo import models


class ProductProduct(models.Model):
    """Products that returned goods may become."""

    _inherit = "product.product"

    def _find_reverse_target_problem(self, goods, company, traits=None):
        """Say why goods cannot become this product, None where they can.

        :param goods: the product that they are; empty where that is still open
        :param company: whose goods they are
        :param traits: that these goods have; left out, those of their product
        """
        self.ensure_one()
        words = {
            "target": self.display_name,
            "goods": goods.display_name,
            "company": company.name,
        }
        if self == goods:
            return self.env._("%(goods)s cannot be regraded into itself.", **words)
        if not self.active:
            return self.env._(
                "%(target)s is archived, so nothing is regraded into it. Unarchive "
                "it, or choose another product.",
                **words,
            )
        if not self.is_storable:
            return self.env._(
                "%(target)s is not tracked in inventory, so nothing can be regraded "
                "into it. Choose a product that is.",
                **words,
            )
        if self.company_id and self.company_id not in company.parent_ids:
            return self.env._(
                "%(target)s is a product of another company than %(company)s. Choose "
                "one of %(company)s, or one that all companies share.",
                **words,
            )
        if goods and not goods.uom_id._has_common_reference(self.uom_id):
            return self.env._(
                "%(goods)s is counted in %(unit)s and %(target)s in %(other)s, which "
                "cannot be converted. Choose a product with a unit of the same kind.",
                unit=goods.uom_id.name,
                other=self.uom_id.name,
                **words,
            )
        traits = goods.reverse_trait_ids if traits is None else traits
        lacking = (company._get_reverse_kept_traits() & traits) - self.reverse_trait_ids
        if lacking:
            return self.env._(
                "%(target)s lacks the trait “%(trait)s”, which stays with %(goods)s, "
                "whatever it becomes. Have the trait given to %(target)s, or choose "
                "another product.",
                trait=lacking[0].name,
                **words,
            )
        return None
