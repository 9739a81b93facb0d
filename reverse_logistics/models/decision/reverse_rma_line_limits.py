from dataclasses import replace

from odoo import models

from ...engine import eligibility

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

    def _complete_facts(self, known, terms, rights):
        known = super()._complete_facts(known, terms, rights)
        by_right = {
            line: line._comes_by_right(
                rights.get(line),
                eligibility.find_warranty_end(known[line], terms[line]),
            )
            for line in self
        }
        asked = self._get_asked_by_product(by_right)
        completed = {}
        for line in self:
            quantity, value = asked[(*line._get_proof_key(), by_right[line])]
            completed[line] = replace(
                known[line], product_quantity=quantity, product_value=value
            )
        return completed

    def _get_asked_by_product(self, by_right):
        """Sum what the returns of these lines ask back of each product.

        What comes by right makes no pack with the rest. Lines of which only the books
        are wrong ask nothing back.

        :param by_right: ``{line: whether it comes by right}``
        :return: ``{(return, product, by right): (quantity in the product's unit, net
            value)}``
        """
        # sudo: limits count all of the return, whoever asks
        lines = self.sudo()
        others = lines.rma_id.line_ids - lines
        by_right = by_right | {
            line: line._comes_by_right(line.legal_basis_id, line.warranty_until)
            for line in others
        }
        lines |= others
        values = lines._get_values_at_stake()
        groups = lines.with_prefetch().grouped(
            lambda line: (*line._get_proof_key(), by_right[line])
        )
        return {key: group._sum_asked(values) for key, group in groups.items()}

    def _sum_asked(self, values):
        """Sum lines of one product of one return: quantity in its unit, and value."""
        coming = self.filtered(lambda line: not line.claim)
        quantity = sum(line._in_product_uom(line.quantity) for line in coming)
        value = sum(values[line] for line in coming)
        return (
            self.product_id.uom_id.round(quantity),
            self.company_id.currency_id.round(value),
        )

    def _get_life_days(self):
        """Tell how many days goods can still be used, where somebody knows.

        :return: ``{line: days}``; negative once that is over
        """
        return {}
