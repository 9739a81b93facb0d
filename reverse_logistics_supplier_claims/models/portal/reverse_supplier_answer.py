from odoo import models


class ReverseSupplierAnswer(models.Model):
    """Messages as suppliers see them."""

    _inherit = "reverse.supplier.answer"

    def _filter_shown(self):
        """Leave out what we noted for ourselves, and nobody has written."""
        return self.filtered(lambda one: one.kind not in ("match", "unmatch"))

    def _get_supplier_text(self):
        """Give what was written; beside a payment it is what we say of it ourselves."""
        self.ensure_one()
        return self.kind != "pay" and self.text

    def _get_supplier_files(self):
        """Give the files that suppliers read, as :meth:`_get_supplier_text`."""
        shown = self._filter_shown().filtered(lambda one: one.kind != "pay")
        return shown.attachment_ids

    def _get_supplier_title(self):
        """Say who wrote what, to the supplier."""
        self.ensure_one()
        if self.direction == "out":
            return {
                "submit": self.env._("We claimed"),
            }.get(self.kind, self.env._("We wrote"))
        return {
            "acknowledge": self.env._("You acknowledged the claim"),
            "authorize": self.env._("You authorized the return"),
            "approve": self.env._("You accepted the claim"),
            "approve_part": self.env._("You accepted a part"),
            "refuse": self.env._("You refused the claim"),
            "pay": self.env._("You paid"),
            "request": self.env._("You asked for the parts"),
            "arrive": self.env._("You have received the parts"),
        }.get(self.kind, self.env._("You wrote"))
