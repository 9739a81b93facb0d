from odoo import fields, models
from odoo.exceptions import UserError


class ReverseInspection(models.Model):
    """Parts that went straight to the supplier, so that nobody here has seen them."""

    _inherit = "reverse.inspection"

    supplier_move_id = fields.Many2one(
        "stock.move",
        "Sent to Supplier with",
        readonly=True,
        index="btree_not_null",
        guarded=True,
    )

    def _stays_with_customer(self):
        return super()._stays_with_customer() and not self.supplier_move_id

    def _prepare_again(self, findings):
        """What went to the supplier is there, however often it is corrected."""
        vals = super()._prepare_again(findings)
        return {**vals, "supplier_move_id": self.supplier_move_id.id}

    def _check_complete(self):
        direct = self.env.ref("reverse_logistics_dropshipping.disposition_direct")
        for part in self:
            sent = bool(part.supplier_move_id)
            if sent == (part.disposition_id == direct):
                continue
            if sent:
                problem = self.env._(
                    "%(part)s went to the supplier with %(transfer)s: choose "
                    "“%(disposition)s”.",
                    part=part.display_name,
                    # sudo: only the name of the transfer is read
                    transfer=part.sudo().supplier_move_id.picking_id.name,
                    disposition=direct.name,
                )
            else:
                problem = self.env._(
                    "%(part)s: “%(disposition)s” is for drop-shipped goods whose "
                    "transfer to the supplier is done. Choose another disposition.",
                    part=part.display_name,
                    disposition=direct.name,
                )
            raise UserError(problem)
        return super()._check_complete()

    def _split_off(self, quantity):
        for part in self:
            if part.supplier_move_id and part.uom_id.compare(quantity, part.quantity):
                raise UserError(
                    self.env._(
                        "%(part)s went to the supplier as a whole.",
                        part=part.display_name,
                    )
                )
        return super()._split_off(quantity)
