from odoo import models

from ..settlement.reverse_settlement import Expected


class ReverseRmaLine(models.Model):
    """Goods that may stay with the customer for a part of their price."""

    _inherit = "reverse.rma.line"

    def _get_offerable(self):
        """Give the lines whose goods the customer has, and may be paid to keep."""
        return self.filtered(
            lambda line: (
                line.state == "authorized"
                and not (line.qty_received or line.inspection_ids)
                and not (line.undelivered or line.customer_owned)
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
                and line._get_settlement_type() == "refund"
                and line._get_source().may_be_early
                and line._get_source().may_be_kept
                and not line.rma_id.origin_rma_id
                and not line._get_live_settlement_lines()
                and not line._has_taken_back()
            )
        )

    def _prepare_kept(self):
        """Price these goods as if the customer kept them and got all of their price.

        :return: ``{line: values of its settlement lines}``, without what no posted
            invoice covers
        """
        wanted = [
            Expected(line, line._get_expected_quantity(), kept=True) for line in self
        ]
        priced = self.env["reverse.settlement.line"]._prepare_early(wanted)
        return {goods.line_id: vals_list for goods, vals_list in priced.items()}

    def _get_keep_percents(self):
        """Give the share that policy offers to customers who keep goods; 0 for none."""
        percents = {}
        for line in self:
            # sudo: what policy says binds everybody
            version = line.sudo().policy_version_id
            rules = version and version._get_rules("policy").terms
            terms = rules and rules.get(line.policy_rule_id.id)
            asked = self.env["reverse.policy.rule"]
            terms = terms and asked._complete_terms(terms)
            percents[line] = terms["keep_percent"] if terms else 0.0
        return percents
