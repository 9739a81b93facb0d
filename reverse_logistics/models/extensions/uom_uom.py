from functools import cache

from odoo import models


class UomUom(models.Model):
    """Convert quantities quickly, and say them in a sentence."""

    _inherit = "uom.uom"

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
