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
        asked = self._get_asked_by_product()
        # sudo: limits of goods that the reader sees anyway
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            product = own.product_id
            quantity, value = asked[own._get_proof_key()]
            facts[line] |= {
                "product_quantity": quantity,
                "product_value": value,
                "excluded": NON_RETURNABLE in traits[line].mapped("code"),
                "pack": product.reverse_min_pack,
                "min_value": minimums[line],
                "life_days": life.get(line),
                "min_life_days": product.reverse_min_life_days,
            }
        return facts

    def _get_asked_by_product(self):
        """Sum what the returns of these lines ask back of each product.

        Lines of which only the books are wrong ask nothing back.

        :return: ``{key: (quantity in the product's unit, net value)}``, see
            ``_get_proof_key``
        """
        # sudo: limits count all of the return, whoever asks
        lines = self.sudo()
        lines |= lines.rma_id.line_ids
        values = lines._get_values_at_stake()
        asked = {}
        groups = lines.with_prefetch().grouped(lambda line: line._get_proof_key())
        for (rma, product), group in groups.items():
            coming = group.filtered(lambda line: not line.claim)
            quantity = sum(line._in_product_uom(line.quantity) for line in coming)
            value = sum(values[line] for line in coming)
            asked[rma, product] = (
                product.uom_id.round(quantity),
                rma.company_id.currency_id.round(value),
            )
        return asked

    def _get_life_days(self):
        """Tell how many days goods can still be used, where somebody knows.

        :return: ``{line: days}``; negative once that is over
        """
        return {}
