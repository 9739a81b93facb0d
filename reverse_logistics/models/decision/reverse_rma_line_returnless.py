from odoo import models

from ...engine import freight, sampling
from ...engine.recovery import Handling


class ReverseRmaLine(models.Model):
    """What decides whether goods are worth having back."""

    _inherit = "reverse.rma.line"

    def _get_more_facts(self, terms):
        facts = super()._get_more_facts(terms)
        modes = {line: own.returnless.mode for line, own in terms.items() if own}
        asked = self.filtered(lambda line: modes.get(line, "no") != "no")
        for line in asked._get_keepable():
            facts[line]["keepable"] = True
        costly = asked.filtered(lambda line: modes[line] == "recovery")
        for line, handling in costly._get_handling().items():
            facts[line]["handling"] = handling
        return facts

    def _get_keepable(self):
        """Give the lines whose goods may stay with the customer, if policy says so.

        They have to be there still, something has to be given for them, and nobody has
        to look at them.
        """
        kept = self.filtered(lambda line: line._is_there_and_paid())
        return kept - kept._get_always_inspected()

    def _is_there_and_paid(self):
        self.ensure_one()
        # sudo: whether goods came in, and who entered their sale
        own = self.sudo()
        settled = self.env["reverse.settlement"]._get_settled_types()
        sale = own.historic_sale_id
        return (
            self._get_settlement_type() in settled
            and not (self.claim or self.deposit_type_id or self.customer_owned)
            and not (own.undelivered or own.move_ids or own.rma_id.origin_rma_id)
            and (not sale or sale.confirmed)
        )

    def _get_always_inspected(self):
        """Give the lines of goods with serial numbers and high value."""
        serialized = self.filtered(lambda line: line.tracking == "serial")
        if not serialized:
            return serialized
        values = serialized._get_unit_values()
        return serialized.filtered(
            # sudo: a setting of the company
            lambda line: sampling.always(
                True, values[line], line.sudo().company_id.reverse_inspect_value
            )
        )

    def _get_handling(self):
        """Give what having goods back costs: ``{line: engine.recovery.Handling}``."""
        freights = self._get_freights()
        handling = {}
        for line in self:
            company = line.company_id.sudo()  # sudo: settings of the company
            handling[line] = Handling(
                company.reverse_handling_line,
                company.reverse_handling_unit,
                freights[line],
            )
        return handling

    def _get_freights(self):
        """Give each line its share of what freight of its return is estimated at.

        By weight; equally where nothing is weighed.
        """
        weights = self.rma_id.line_ids._get_weights()
        amounts = {
            rma: rma._estimate_freight(sum(weights[line] for line in rma.line_ids))
            for rma in self.rma_id
        }
        shares = self._get_freight_shares(weights)
        return {line: amounts[line.rma_id] * shares[line] for line in self}

    def _get_freight_shares(self, weights):
        """Give the share of each line in the weight of its return.

        :param weights: ``{line: weight}`` of all lines of these returns
        """
        shares = {}
        for rma, lines in self.grouped("rma_id").items():
            whole = sum(weights[line] for line in rma.line_ids)
            for line in lines:
                equal = 1 / len(rma.line_ids)
                shares[line] = weights[line] / whole if whole else equal
        return shares


class ReverseRma(models.Model):
    _inherit = "reverse.rma"

    def _estimate_freight(self, weight):
        """Estimate what bringing the goods where they would go usually costs.

        :param float weight: of all goods of the return
        :return: 0.0 where the facility has no table of freight
        """
        self.ensure_one()
        # sudo: tables of freight are configuration
        rates = self.sudo().facility_id.freight_ids
        if not rates:
            return 0.0
        rows = [rate._for_engine() for rate in rates]
        return freight.estimate(rows, self._get_regions(), weight) or 0.0
