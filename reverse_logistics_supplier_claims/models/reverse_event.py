from odoo import models


class ReverseEvent(models.Model):
    """Events about claims in words."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "SupplierClaimOpened": self.env._("Supplier claim opened"),
            "SupplierClaimExtended": self.env._("Added to a supplier claim"),
            "SupplierClaimSubmitted": self.env._("Supplier claim submitted"),
            "SupplierClaimAnswered": self.env._("Supplier claim answered"),
            "SupplierClaimSent": self.env._("Goods sent to the supplier"),
            "SupplierClaimDestroyed": self.env._("Claimed goods destroyed"),
            "SupplierClaimGoodsBack": self.env._("Goods back from the supplier"),
            "SupplierClaimGoodsKept": self.env._("Own goods put back to stock"),
            "SupplierClaimRecovered": self.env._("Supplier claim recovered"),
            "SupplierClaimUnmatched": self.env._("Match of a credit note undone"),
            "SupplierNotAwaited": self.env._("Supplier's answer not waited for"),
            "SupplierClaimReopened": self.env._("Supplier claim reopened"),
            "SupplierClaimProvided": self.env._("Supplier claim provided for"),
            "SupplierClaimProvisionReleased": self.env._(
                "Provision for a claim released"
            ),
            "SupplierClaimWrittenOff": self.env._("Supplier claim written off"),
            "SupplierClaimClosed": self.env._("Supplier claim closed"),
            "SupplierClaimCancelled": self.env._("Supplier claim cancelled"),
            "ConsignedGoodsTaken": self.env._("Consigned goods became ours"),
            "ConsignedGoodsCredited": self.env._("Bill of consigned goods credited"),
        }

    def _describe_money(self, data):
        """Name the claim; what is claimed is not for all who read returns."""
        yield from super()._describe_money(data)
        if data.get("claim"):
            # sudo: only the number of the claim is read
            claims = self.env["reverse.supplier.claim"].sudo().browse(data["claim"])
            yield self._recall((claims._name, claims.id), lambda: claims.exists().name)
        if data.get("answer"):
            field = self.env["reverse.supplier.answer"]._fields["kind"]
            labels = dict(field._description_selection(self.env))
            yield labels.get(data["answer"], data["answer"])
