from odoo import models

from ...engine import matching
from .facts import FACTS


class ReverseRma(models.Model):
    """Gather what rules can ask about a return."""

    _inherit = "reverse.rma"

    def _get_rule_facts(self, dimensions=matching.DIMENSIONS, by_value=True):
        """Gather what rules look at, in a fixed number of queries.

        A return has the values of all its lines together; its value is their sum.

        :param dimensions: those that any rule restricts; the others need not be known
        :param bool by_value: some rule restricts the value
        :rtype: dict[reverse.rma, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        rmas = self.sudo().with_context(active_test=False).with_prefetch()
        values = rmas.line_ids._get_values_at_stake() if by_value else {}
        known = rmas._get_batch_facts(dimensions)
        return {
            rma: own._get_facts(
                own.line_ids,
                sum(values.get(line, 0.0) for line in own.line_ids),
                dimensions,
                known,
            )
            for rma, own in zip(self, rmas, strict=True)
        }

    def _get_batch_facts(self, dimensions):
        """Look up for all returns at once what would need queries for each of them.

        :return: ``{dimension: {return or line: {id: level}}}``
        """
        batch = {}
        for name in dimensions:
            if FACTS[name].of_lines:
                batch[name] = FACTS[name].of_lines(self.line_ids)
            elif FACTS[name].of_returns:
                batch[name] = FACTS[name].of_returns(self)
        return batch

    def _get_facts(self, lines, value, dimensions, known):
        """Give what rules can ask about some lines of one return.

        :param reverse.rma.line lines: some or all of its lines
        :param float value: of these lines, net in the company's currency
        :param dimensions: those that have to be known
        :param known: what ``_get_batch_facts`` gave for this return and others
        :rtype: engine.matching.Facts
        """
        values = {}
        for name in dimensions:
            if FACTS[name].of_lines:
                values[name] = dict(
                    each for line in lines for each in known[name][line].items()
                )
            elif FACTS[name].of_returns:
                values[name] = known[name][self]
            else:
                values[name] = FACTS[name].find(self, lines)
        return matching.Facts(self._get_fact_day(lines), value, values)
