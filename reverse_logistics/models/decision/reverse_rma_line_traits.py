from odoo import models


class ReverseRmaLine(models.Model):
    """What the goods of a line are: read from product and order line."""

    _inherit = "reverse.rma.line"

    def _get_traits(self):
        """Give the traits of each line, in a number of queries that is always the same.

        Archived traits count, so that a rule about one of them does not lose its goods.

        :rtype: dict[reverse.rma.line, reverse.trait]
        """
        # sudo: what goods are, for whoever handles their return
        lines = self.sudo().with_context(active_test=False).with_prefetch()
        lines._fetch_order_lines()
        traits = lines.env["reverse.trait"]
        derived = traits._get_derived()
        return {
            line: (
                own.product_id.reverse_trait_ids
                | own._get_order_line().reverse_trait_ids
                | traits.concat(
                    *(derived[fact] for fact in own._get_trait_facts() & set(derived))
                )
            ).with_env(self.env)
            for line, own in zip(self, lines, strict=True)
        }

    def _get_trait_facts(self):
        """Name what traits can follow from and is true of these goods."""
        self.ensure_one()
        facts = {self.product_id.tracking} & {"serial", "lot"}
        order_line = self._get_order_line()
        to_order = order_line.order_id.warehouse_id.mto_pull_id.route_id
        if to_order & order_line.route_ids:
            facts.add("made_to_order")
        return facts

    def _fetch_order_lines(self):
        """Read the order lines of very many lines at once, not thousand by thousand."""
        lines = self.filtered("id")
        lines.fetch(["product_id", "sale_line_id", "move_id"])
        lines.move_id.fetch(["sale_line_id"])
        order_lines = lines.sale_line_id | lines.move_id.sale_line_id
        order_lines.fetch(["order_id", "route_ids", "reverse_trait_ids"])

    def _get_order_line(self):
        return self.sale_line_id or self.move_id.sale_line_id

    def _get_minimum_values(self):
        """Give the net value below which a line is not taken back.

        :return: ``{line: amount in the currency of its company, 0.0 for any}``
        """
        # sudo: limits of goods that the reader sees anyway
        lines = self.sudo().with_prefetch()
        rates = {}
        return {
            line: own._get_minimum_value(rates)
            for line, own in zip(self, lines, strict=True)
        }

    def _get_minimum_value(self, rates):
        company, product = self.company_id, self.product_id
        if not product.reverse_min_value:
            return 0.0
        pair = (product.currency_id, company)
        if pair[0] == company.currency_id:
            return product.reverse_min_value
        if pair not in rates:
            rates[pair] = self.env["res.currency"]._get_conversion_rate(
                pair[0], company.currency_id, company, company._get_reverse_today()
            )
        return company.currency_id.round(product.reverse_min_value * rates[pair])
