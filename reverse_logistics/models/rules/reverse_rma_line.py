from odoo import models

from ...engine import matching


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_rule_facts(self, dimensions=matching.DIMENSIONS, by_value=True):
        """Gather what rules look at, see the same of returns.

        :rtype: dict[reverse.rma.line, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        lines = self.sudo().with_context(active_test=False).with_prefetch()
        values = lines._get_values_at_stake() if by_value else {}
        known = lines._get_batch_facts(dimensions)
        return {
            line: own.rma_id._get_facts(own, values.get(own, 0.0), dimensions, known)
            for line, own in zip(self, lines, strict=True)
        }

    def _get_batch_facts(self, dimensions):
        """Look up for all lines at once what takes queries of its own.

        :return: ``{dimension: {line: records}}``
        """
        lookups = {"trait": self._get_traits, "agreement": self._get_agreements}
        return {name: lookups[name]() for name in lookups.keys() & set(dimensions)}
