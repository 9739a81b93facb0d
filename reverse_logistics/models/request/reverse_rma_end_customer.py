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
        """Where the goods are, as far as that is one place for all of them."""
        self.ensure_one()
        partners = {line._get_goods_partner() for line in self.line_ids}
        return partners.pop() if len(partners) == 1 else self.partner_id


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_goods_partner(self):
        """Who hands the goods over, and gets them back if need be."""
        self.ensure_one()
        return self.rma_id.end_partner_id or self._get_shipped_partner()

    def _get_shipped_partner(self):
        """The address to which the goods were delivered, else the customer's."""
        self.ensure_one()
        # sudo: an address of the customer's own delivery
        line = self.sudo()
        picking = line.move_id.picking_id
        # Other transfers name whoever sent the goods.
        shipped = picking.picking_type_code == "outgoing" and picking.partner_id
        partner = shipped or line.sale_line_id.order_id.partner_shipping_id
        return partner.with_env(self.env) or self.rma_id.partner_id
