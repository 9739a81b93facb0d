from odoo import fields, models


class ReverseRma(models.Model):
    """Returns on behalf of somebody else: a reseller's customer has the goods."""

    _inherit = "reverse.rma"

    end_partner_id = fields.Many2one(
        "res.partner",
        "End Customer",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Who has the goods, when that is not who bought them: they come from "
        "there and go back there. The customer who bought them is credited.",
    )

    def _get_goods_partner(self):
        """Who hands the goods over, and gets them back if need be."""
        self.ensure_one()
        return self.end_partner_id or self.partner_id

    def _prepare_receipt(self, location, lines):
        return {
            **super()._prepare_receipt(location, lines),
            "partner_id": self._get_goods_partner().id,
        }


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _prepare_receipt_move(self, location, destination):
        return {
            **super()._prepare_receipt_move(location, destination),
            "partner_id": self.rma_id._get_goods_partner().id,
        }


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _prepare_transfer(self, picking_type, source, destination):
        vals = super()._prepare_transfer(picking_type, source, destination)
        if vals["partner_id"]:
            vals["partner_id"] = self.rma_id._get_goods_partner().id
        return vals
