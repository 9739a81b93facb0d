from odoo import models


class ReverseEvent(models.Model):
    """Words for returns that did not end as they were announced."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ReturnClosedShort": self.env._("No longer expected"),
            "ReturnExpired": self.env._("Return expired"),
            "ReturnExtended": self.env._("Validity extended"),
            "ReturnReopened": self.env._("Return reopened"),
            "ReturnWithdrawn": self.env._("Return withdrawn"),
            "LateGoodsTaken": self.env._("Late goods taken in"),
            "ParcelCameBack": self.env._("Parcel came back"),
            "ReceiptCorrected": self.env._("Receipt corrected"),
            "UnclaimedNoticed": self.env._("Customer asked to collect the goods"),
            "StorageCharged": self.env._("Storage fee invoiced"),
            "UnclaimedDisposed": self.env._("Unclaimed goods disposed of"),
        }

    def _describe_goods(self, data):
        yield from super()._describe_goods(data)
        if data.get("short_reason"):
            field = self.env["reverse.rma.line"]._fields["short_reason"]
            labels = dict(field._description_selection(self.env))
            yield labels.get(data["short_reason"], data["short_reason"])
        if data.get("until"):
            yield self.env._("until %(day)s", day=data["until"])
