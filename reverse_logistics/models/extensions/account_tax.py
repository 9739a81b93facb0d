from odoo import Command, api, models

from ...engine import settlement


class AccountTax(models.Model):
    """Compute taxes of returns as Odoo would post them."""

    _inherit = "account.tax"

    def _get_reverse_discountable(self):
        """Those of these taxes that a lower price lowers: none by the piece."""
        taxes = self.flatten_taxes_hierarchy()
        return taxes.filtered(lambda tax: tax._can_be_discounted()).sorted("id")

    def _without_fixed(self):
        """These taxes, without those that are a fixed amount a piece."""
        if all(tax._can_be_discounted() for tax in self.flatten_taxes_hierarchy()):
            return self
        return self._get_reverse_discountable()

    def _with_reverse_members(self, amounts):
        """These taxes, and those that amounts name but no group of theirs holds now.

        Members of a group that were archived since the sale have to be named.

        :param dict amounts: by component, as the engine has them
        """
        known = self.flatten_taxes_hierarchy().ids
        names = set(amounts) - {settlement.PRICE, settlement.NET}
        return self | self.browse(int(tax) for tax in names if int(tax) not in known)

    @api.model
    def _get_reverse_amounts(self, company, **values):
        """Compute a line as Odoo would post it.

        :param values: of a base line: price, quantity, discount, taxes and currency
        :return: its amounts by component, as the engine has them, and the taxes that
            its price includes
        """
        base = self._prepare_base_line_for_taxes_computation(None, **values)
        self._add_tax_details_in_base_line(base, company)
        self._round_base_lines_tax_details([base], company)
        details = base["tax_details"]
        amounts, included = {}, set()
        for data in details["taxes_data"]:
            tax = str(data["tax"].id)
            if not data["is_reverse_charge"]:
                amounts[tax] = data["tax_amount_currency"]
            if data["price_include"]:
                included.add(tax)
        net = details["total_excluded_currency"]
        net += details["delta_total_excluded_currency"]
        price = net + sum(amounts[tax] for tax in included)
        amounts |= {settlement.PRICE: price, settlement.NET: net}
        step = base["currency_id"].rounding
        return settlement.round_all(amounts, step), frozenset(included)

    @api.model
    def _pin_reverse_amounts(self, vals, amounts, currency, company):
        """Have Odoo take these amounts for a new invoice line, instead of its own.

        Changing quantity, price or taxes by hand gives its own again.

        :param dict vals: values of the line, with recordsets of taxes and product; the
            taxes become a command
        :param dict amounts: by component, as the engine has them
        """
        taxes = vals["tax_ids"]._with_reverse_members(amounts)
        terms = {
            "price_unit": vals["price_unit"],
            "quantity": vals["quantity"],
            "discount": vals.get("discount", 0.0),
        }
        base = self._prepare_base_line_for_taxes_computation(
            None, **terms, tax_ids=taxes, currency_id=currency
        )
        self._add_tax_details_in_base_line(
            base, company, rounding_method="round_globally"
        )
        net, details = amounts[settlement.NET], base["tax_details"]
        manual = {
            str(tax.id): {"tax_amount_currency": amounts.get(str(tax.id), 0.0)}
            for tax in taxes.flatten_taxes_hierarchy()
        }
        for data in details["taxes_data"]:
            # the base of a tax may hold other taxes
            more = data["raw_base_amount_currency"]
            more -= details["raw_total_excluded_currency"]
            manual[str(data["tax"].id)]["base_amount_currency"] = currency.round(
                net + more
            )
        vals["extra_tax_data"] = {
            **terms,
            # Apart from the others, to which cents of rounding would spread.
            "computation_key": "reverse_settlement",
            "currency_id": currency.id,
            "manual_total_excluded_currency": net,
            # Odoo reads none of it where no tax is named.
            "manual_tax_amounts": manual or {"0": {}},
        }
        vals["tax_ids"] = [Command.set(taxes.ids)]
        return vals
