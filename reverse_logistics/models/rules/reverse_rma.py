from odoo import models

from ...engine import matching


def _path(record):
    """Ids from the root of a tree to the record."""
    return [int(part) for part in (record.parent_path or "").split("/") if part]


class ReverseRma(models.Model):
    """What rules can ask of returns."""

    _inherit = "reverse.rma"

    def _get_rule_facts(self, dimensions=matching.DIMENSIONS, by_value=True):
        """Gather what rules look at, in a number of queries that is always the same.

        A return has what any of its lines has; its value is that of all lines.

        :param dimensions: those that any rule restricts; others need not be known
        :param bool by_value: some rule asks for the value
        :rtype: dict[reverse.rma, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        rmas = self.sudo().with_context(active_test=False).with_prefetch()
        values = rmas.line_ids._get_values_at_stake() if by_value else {}
        known = rmas.line_ids._get_batch_facts(dimensions)
        return {
            rma: own._get_facts(
                own.line_ids,
                sum(values.get(line, 0.0) for line in own.line_ids),
                dimensions,
                known,
            )
            for rma, own in zip(self, rmas, strict=True)
        }

    def _get_facts(self, lines, value, dimensions, known):
        """Give what rules can ask of some lines of one return.

        :param reverse.rma.line lines: some or all of its lines
        :param float value: of these lines, net in the company's currency
        :param dimensions: those that have to be known
        :param known: of ``_get_batch_facts``
        :rtype: engine.matching.Facts
        """
        values = {
            dimension: matching.plain(
                {id_ for line in lines for id_ in known[dimension][line].ids}
            )
            if dimension in known
            else getattr(self, f"_get_fact_{dimension}")(lines)
            for dimension in dimensions
        }
        return matching.Facts(self._get_fact_day(lines), value, values)

    def _get_fact_company(self, lines):
        return matching.nested(self.company_id.parent_ids.ids)

    def _get_fact_partner(self, lines):
        return matching.plain(self.commercial_partner_id.ids)

    def _get_fact_partner_tag(self, lines):
        return matching.plain(
            (self.commercial_partner_id | self.partner_id).category_id.ids
        )

    def _get_fact_country(self, lines):
        country = self.partner_id.country_id or self.commercial_partner_id.country_id
        return matching.plain(country.ids)

    def _get_fact_region(self, lines):
        """The narrower a region is, the nearer it is."""
        found = self._get_regions()
        return {id_: len(found) - place for place, id_ in enumerate(found)}

    def _get_fact_product(self, lines):
        return matching.plain(lines.product_id.ids)

    def _get_fact_product_tag(self, lines):
        return matching.plain(lines.product_id.all_product_tag_ids.ids)

    def _get_fact_category(self, lines):
        return matching.nested(*map(_path, lines.product_id.categ_id))

    def _get_fact_condition(self, lines):
        """What inspection found; before it, what was seen at the counter."""
        return matching.plain(
            {
                id_
                for line in lines
                for id_ in (
                    line.inspection_ids.condition_id or line.counter_condition_id
                ).ids
            }
        )

    def _get_fact_reason(self, lines):
        return matching.plain(lines.reason_id.ids)

    def _get_fact_channel(self, lines):
        return matching.plain(self.channel_id.ids)

    def _get_fact_facility(self, lines):
        return matching.plain(self.facility_id.ids)
