from odoo import models


class ReverseEvent(models.Model):
    """Events of ways and of goods that were not looked at, in words."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnRouted": self.env._("Facility chosen"),
            "ReturnCalled": self.env._("Goods called for"),
        }

    def _describe_goods(self, data):
        yield from super()._describe_goods(data)
        if data.get("facility"):
            yield self._name_facility(data["facility"])
        if data.get("route_rule"):
            # sudo: the name of the rule that decided
            rules = self.env["reverse.route.rule"].sudo().browse(data["route_rule"])
            name = self._recall(
                ("reverse.route.rule", data["route_rule"]),
                lambda: rules.exists().name,
            )
            yield self.env._("by rule “%(rule)s”", rule=name or data["route_rule"])

    def _describe_quantity(self, line):
        levels = {
            "assumed": self.env._("not inspected"),
            "sample": self.env._("random check"),
        }
        level = levels.get(line.get("level"))
        return ", ".join(filter(None, [super()._describe_quantity(line), level]))

    def _name_facility(self, id_):
        # sudo: names of facilities that events refer to
        facilities = self.env["reverse.facility"].sudo()
        facilities = facilities.with_context(active_test=False)
        names = self._recall(
            "reverse.facility",
            lambda: {record.id: record.name for record in facilities.search([])},
        )
        return names.get(id_)
