from odoo import api, fields, models


class StockLot(models.Model):
    """Serial numbers with the warranty with which they were bought."""

    _inherit = "stock.lot"

    reverse_supplier_warranty = fields.Date(
        "Supplier's Warranty Until",
        copy=False,
        help="Noted when the goods come in, from the agreement with the supplier. A "
        "replacement takes over what is left for the goods that it replaces.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        # Afterwards: a value may come from the context.
        if any(lots.mapped("reverse_supplier_warranty")):
            self._check_supplier_warranty_duty()
        return lots

    def write(self, vals):
        if "reverse_supplier_warranty" in vals:
            self._check_supplier_warranty_duty()
        return super().write(vals)

    @api.model
    def _check_supplier_warranty_duty(self):
        """What the supplier grants decides who may claim, so an approver says it."""
        # Clients never run as superuser; receipts note it by themselves.
        if not self.env.su:
            self.env["reverse.supplier.claim"]._check_duty("claims_approver")

    def _note_supplier_warranty(self, moves):
        """Note until when the supplier gives warranty, as agreed on the receipt.

        A serial number that has its day keeps it, and one that replaces another takes
        over that one's.

        :param moves: transfers that are done
        """
        new = self.filtered(
            lambda lot: (
                lot.product_id.tracking == "serial"
                and not lot.reverse_supplier_warranty
            )
        )
        # sudo: who receives goods need not read purchases and claims
        incoming = moves.sudo().filtered(
            lambda move: move.location_id.usage == "supplier"
        )
        ends, goods = {}, {}
        for move in incoming:
            replaced = move.reverse_replaced_line_id
            for lot in move.lot_ids & new:
                if replaced.lot_id:
                    # Also where it came before anybody noted its day.
                    ends[lot] = replaced.warranty_until
                elif move.purchase_line_id:
                    goods[lot] = move._get_bought_goods()
        if goods:
            ends |= self.env["reverse.supplier.agreement"]._find_warranties(goods)
        for day in set(filter(None, ends.values())):
            lots = self.browse(lot.id for lot, own in ends.items() if own == day)
            lots.reverse_supplier_warranty = day
