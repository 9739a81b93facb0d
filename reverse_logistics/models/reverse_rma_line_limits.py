from odoo import models

NON_RETURNABLE = "NON_RETURNABLE"


class ReverseRmaLine(models.Model):
    """What product and order line say about the return of goods, for the decision."""

    _inherit = "reverse.rma.line"

    def _get_more_facts(self, terms):
        facts = super()._get_more_facts(terms)
        traits = self._get_traits()
        minimums = self._get_minimum_values()
        life = self._get_life_days()
        # sudo: limits of goods that the reader sees anyway
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            product = own.product_id
            facts[line] |= {
                "excluded": NON_RETURNABLE in traits[line].mapped("code"),
                "pack": product.reverse_min_pack,
                "min_value": minimums[line],
                "life_days": life.get(line),
                "min_life_days": product.reverse_min_life_days,
            }
        return facts

    def _get_life_days(self):
        """Tell how many days goods can still be used, where somebody knows.

        :return: ``{line: days}``; negative once that is over
        """
        return {}
