import itertools

from odoo import models

from ...engine import matching
from .facts import FACTS


class ReverseRmaLine(models.Model):
    """Gather what rules can ask about a single line."""

    _inherit = "reverse.rma.line"

    def _get_rule_facts(self, dimensions=matching.DIMENSIONS, by_value=True):
        """Gather what rules look at; parameters as for the same method of returns.

        The value is that of all that is asked back of the same sale.

        :rtype: dict[reverse.rma.line, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        lines = self.sudo().with_context(active_test=False).with_prefetch()
        values = lines._get_values_of_sales() if by_value else {}
        days = lines._get_decision_days()
        found = [FACTS[name].find_each(lines) for name in dimensions]
        found = zip(*found, strict=True) if found else itertools.repeat(())
        return {
            line: matching.Facts(
                days[own], values.get(own, 0.0), dict(zip(dimensions, row, strict=True))
            )
            for line, own, row in zip(self, lines, found, strict=False)
        }
