from odoo import models


class ReverseEvent(models.Model):
    """Words for fees."""

    _inherit = "reverse.event"

    def _titles(self):
        return {**super()._titles(), "FeeCharged": self.env._("Fee set by policy")}

    def _describe_money(self, data):
        yield from super()._describe_money(data)
        for fee in data.get("fees") or ():
            yield self._format(fee["fee"], fee["currency"])
