from odoo import models

from ..engine import matching


def _path(record):
    """Ids from the root of a tree to the record."""
    return [int(part) for part in (record.parent_path or "").split("/") if part]


class ReverseRma(models.Model):
    """What rules can ask of returns."""

    _inherit = "reverse.rma"

    def _get_rule_facts(self):
        """Gather what rules look at, in a number of queries that is always the same.

        A return has what any of its lines has; its value is that of all lines.

        :rtype: dict[reverse.rma, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        rmas = self.sudo().with_context(active_test=False).with_prefetch()
        values = rmas.line_ids._get_values_at_stake()
        traits = rmas.line_ids._get_traits()
        return {
            rma: own._get_facts(
                own.line_ids, sum(values[line] for line in own.line_ids), traits
            )
            for rma, own in zip(self, rmas, strict=True)
        }

    def _get_facts(self, lines, value, traits):
        """Give what rules can ask of some lines of one return.

        :param reverse.rma.line lines: some or all of its lines
        :param float value: of these lines, net in the company's currency
        :param traits: ``{line: reverse.trait}``
        :rtype: engine.matching.Facts
        """
        partner = self.commercial_partner_id
        products = lines.product_id
        country = self.partner_id.country_id or partner.country_id
        return matching.Facts(
            day=self.company_id._get_reverse_today(),
            value=value,
            values={
                "company": matching.nested(self.company_id.parent_ids.ids),
                "partner": matching.plain(partner.ids),
                "partner_tag": matching.plain(
                    (partner | self.partner_id).category_id.ids
                ),
                "country": matching.plain(country.ids),
                "product": matching.plain(products.ids),
                "product_tag": matching.plain(products.all_product_tag_ids.ids),
                "trait": matching.plain(
                    {id_ for line in lines for id_ in traits[line].ids}
                ),
                "category": matching.nested(*map(_path, products.categ_id)),
                "condition": matching.plain(lines.inspection_ids.condition_id.ids),
                "reason": matching.plain(lines.reason_id.ids),
                "channel": matching.plain(self.channel_id.ids),
                "facility": matching.plain(self.facility_id.ids),
            },
        )


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_rule_facts(self):
        """Gather what rules look at, in a number of queries that is always the same.

        :rtype: dict[reverse.rma.line, engine.matching.Facts]
        """
        # sudo: rules look at the whole return, whatever the user may read
        lines = self.sudo().with_context(active_test=False).with_prefetch()
        values = lines._get_values_at_stake()
        traits = lines._get_traits()
        return {
            line: own.rma_id._get_facts(own, values[own], traits)
            for line, own in zip(self, lines, strict=True)
        }
