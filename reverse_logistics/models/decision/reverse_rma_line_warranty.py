from odoo import fields, models


class ReverseRmaLine(models.Model):
    """When the warranty on the goods of a line began.

    That is when they first left: what was sent in exchange names the first delivery, as
    every return of it does.
    """

    _inherit = "reverse.rma.line"

    def _get_more_facts(self, terms):
        facts = super()._get_more_facts(terms)
        # sudo: warranties of goods that the reader sees anyway
        own = dict(zip(self, self.sudo().with_prefetch(), strict=True))
        promised = {
            line: line_.product_id.reverse_warranty_months
            for line, line_ in own.items()
        }
        covered = self.filtered(
            lambda line: promised[line] or (terms[line] and terms[line].warranty_months)
        )
        groups = covered.grouped(
            lambda line: terms[line].warranty_from if terms[line] else "delivery"
        )
        for start, lines in groups.items():
            for line, days in lines._get_starts({start}).items():
                facts[line] |= {
                    "warranty_months": promised[line],
                    "warranty_from": own[line]._get_warranty_start(days.get(start)),
                }
        return facts

    def _get_warranty_start(self, sold_on):
        """Give the day on which the warranty began.

        :param sold_on: the day of the sale, None when it is not known
        """
        self.ensure_one()
        first_use = self.lot_id.reverse_warranty_from
        # What was registered for somebody who had it before says nothing any more.
        if first_use and (not sold_on or first_use > sold_on):
            return first_use
        return sold_on


class StockLot(models.Model):
    _inherit = "stock.lot"

    reverse_warranty_from = fields.Date(
        "Warranty Begins",
        help="When that is later than the sale, such as the day of the first use.",
    )
