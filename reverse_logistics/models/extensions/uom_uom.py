from functools import cache

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.reverse_columns import differs

#: How many of another unit one is.
_SIZE = frozenset({"factor", "relative_factor", "relative_uom_id"})


class UomUom(models.Model):
    """Convert quantities quickly, say them in a sentence, and keep what they mean."""

    _inherit = "uom.uom"

    def write(self, vals):
        names = _SIZE & set(vals)
        # Clients never run as superuser.
        if names and not self.env.su:
            self.filtered(lambda unit: differs(unit, vals, names))._check_reverse_size()
        return super().write(vals)

    def _check_reverse_size(self):
        """Refuse to change what was sold, and by that what may come back, and for what.

        :raises UserError: naming a product that was sold in one of these units
        """
        for model, unit, domain in self._get_reverse_counted() if self else ():
            # sudo: what was sold by whomever, in whichever company
            counted = self.env[model].sudo()
            counted = counted.with_context(active_test=False)
            found = counted.search(
                Domain(unit, "child_of", self.ids)
                & Domain("product_id", "!=", False)
                & Domain(domain),
                limit=1,
            )
            if found:
                raise UserError(
                    self.env._(
                        "%(product)s was sold, bought or returned in %(unit)s: what "
                        "one of it contains stays, because returns count what comes "
                        "back, and what it cost, by it. Enter another unit, and use "
                        "that from now on.",
                        product=found.product_id.display_name,
                        unit=found[unit].name,
                    )
                )

    @api.model
    def _get_reverse_counted(self):
        """Give what counts goods in units that keep their size.

        Addons add what they count by.

        :return: ``[(model, its field with the unit, domain of the records)]``
        """
        outside = ["customer", "supplier"]
        return [
            ("sale.order.line", "product_uom_id", [("state", "=", "sale")]),
            (
                "stock.move",
                "product_uom",
                Domain("state", "=", "done")
                & (
                    Domain("location_dest_id.usage", "in", outside)
                    | Domain("location_id.usage", "in", outside)
                ),
            ),
            ("account.move.line", "product_uom_id", [("parent_state", "=", "posted")]),
            ("reverse.historic.sale", "uom_id", []),
            ("reverse.rma.line", "uom_id", [("state", "!=", "draft")]),
        ]

    def _get_reverse_converter(self):
        """Give a function that converts quantities and remembers what it has converted.

        It takes a quantity, the id of its unit and that of the wanted one, and rounds
        half up. The units of ``self`` are read together.
        """
        units = {unit._ids[0]: unit for unit in self}

        @cache
        def convert(quantity, unit, wanted):
            unit, wanted = (
                units.get(id_) or self.browse(id_ or ()) for id_ in (unit, wanted)
            )
            return unit._compute_quantity(quantity, wanted, rounding_method="HALF-UP")

        return convert

    def _say_reverse(self, quantity, sign=""):
        """Give a quantity as it stands in a sentence: “1 unit”, “3 units”, “2.5 kg”.

        Units are named in the plural where they are counted; others as they are.

        :param str sign: "+" for a sign before what is added as well
        """
        self.ensure_one()
        number = f"{quantity:{sign}.12g}"
        words = {
            "Units": (self.env._("%s unit", number), self.env._("%s units", number)),
            "Dozens": (self.env._("%s dozen", number),) * 2,
            "Hours": (self.env._("%s hour", number), self.env._("%s hours", number)),
            "Days": (self.env._("%s day", number), self.env._("%s days", number)),
        }
        # what a company has renamed is called as it likes, in every language
        name = self.with_context(lang="en_US").name
        one, many = words.get(name, (f"{number} {self.name}",) * 2)
        return one if number.lstrip("+-") == "1" else many
