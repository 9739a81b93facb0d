from odoo import models


class ReverseEvent(models.Model):
    """Words for the events about goods that are destroyed or given away."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "DisposalOpened": self.env._("Disposal paper opened"),
            "DisposalCertified": self.env._("Disposal certified"),
            "DisposalReopened": self.env._("Certificate of the disposal taken back"),
            "DisposalCancelled": self.env._("Taken off the disposal paper"),
            "DonationPrepared": self.env._("Donation prepared"),
            "GoodsDonated": self.env._("Goods handed over to a charity"),
            "DonationOffered": self.env._("Offered to a charity"),
            "DonationAccepted": self.env._("A charity takes the goods"),
            "DonationDeclined": self.env._("A charity declined the goods"),
        }

    def _describe_goods(self, data):
        yield from super()._describe_goods(data)
        if data.get("disposal_disposition"):
            yield self._name_of("reverse.disposition", data["disposal_disposition"])
            yield self.env._("%(weight).12g kg", weight=data.get("weight", 0.0))
        if data.get("waste_code"):
            yield self.env._("waste code %(code)s", code=data["waste_code"])
