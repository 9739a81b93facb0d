from collections import ChainMap
from dataclasses import replace

from odoo import fields, models

from ...engine import matching
from ..base.reverse_columns import columns
from .facts import CUSTOMER, FACTS


class ReverseRma(models.Model):
    """Gather what rules can ask about a return."""

    _inherit = "reverse.rma"

    # The company of the customer and its tags, as they were at the request: whoever
    # keeps contacts could change later which rules hold for the return.
    customer_facts = fields.Json(copy=False, groups=fields.NO_ACCESS, guarded=True)

    def _keep_customers(self):
        """Keep for whom rules decide, as long as these returns last."""
        for rma, customer in zip(self, self._describe_customers(), strict=True):
            rma._guarded_write({"customer_facts": customer})

    def _describe_customers(self):
        """Give ``customer_facts`` of each return, as they are now."""
        # sudo: for whom rules decide, whoever asks
        known = self.sudo().with_context(active_test=False)
        names = "commercial_partner_id", "commercial_partner_id.category_id"
        return [
            {"owner": owner, "tags": [*(tags or ())]}
            for owner, tags in columns(known, *names)
        ]

    def _get_owner_ids(self):
        """Give the ids of the companies whose rules and agreements hold, in order."""
        # sudo: for whom rules decide, whoever asks
        rows = columns(self.sudo(), "customer_facts", "commercial_partner_id")
        return [(kept or {}).get("owner", owner) for kept, owner in rows]

    def _get_tag_ids(self):
        """Give the ids of the tags of these companies, in the order of returns."""
        # sudo: as above
        known = self.sudo().with_context(active_test=False)
        rows = columns(known, "customer_facts", "commercial_partner_id.category_id")
        return [(kept or {}).get("tags", tags) or () for kept, tags in rows]

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

    def _get_control_facts(self, lines, value, dimensions, known):
        """Give what rules of approvals can ask; parameters as of ``_get_facts``.

        Whoever keeps contacts takes no approval away by it: the strictest rule holds,
        of those for who bought, for who asked, and for who that is now.
        """
        facts = self._get_facts(lines, value, dimensions, known)
        names = CUSTOMER & {*dimensions}
        if not names:
            return facts
        [now] = self._describe_customers()
        times = [facts.values] + [
            {
                "partner": matching.plain([customer["owner"]]),
                "partner_tag": matching.plain(customer.get("tags", now["tags"])),
            }
            for customer in (now, *lines._get_buyers())
        ]
        times = [{name: each[name] for name in names} for each in times]
        if all(each == times[0] for each in times):
            return facts
        together = {name: ChainMap(*(each[name] for each in times)) for name in names}
        return replace(
            facts,
            values={**facts.values, **together},
            others=tuple(
                replace(facts, values={**facts.values, **each}) for each in times
            ),
        )
