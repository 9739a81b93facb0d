from odoo import fields, models
from odoo.tools import sql


class SaleOrder(models.Model):
    """Orders keep who sold them, and from which branch, as they were confirmed: what is
    compared of credits does not move with what is written there later.
    """

    _inherit = "sale.order"

    reverse_seller_id = fields.Many2one(
        "res.users", copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )
    reverse_branch_id = fields.Many2one(
        "stock.warehouse", copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )

    def _auto_init(self):
        """Orders of before were sold by whom they name now."""
        cr = self.env.cr
        is_new = not sql.column_exists(cr, "sale_order", "reverse_seller_id")
        res = super()._auto_init()
        if is_new:
            cr.execute(
                "UPDATE sale_order SET reverse_seller_id = user_id,"
                " reverse_branch_id = warehouse_id WHERE state = 'sale'"
            )
        return res

    def _agree_reverse(self):
        res = super()._agree_reverse()
        new = self - self._filter_reverse_delivered()
        new = new.sudo()  # sudo: who sells, whoever confirms it
        for (seller, branch), orders in new.grouped(
            lambda order: (order.user_id, order.warehouse_id)
        ).items():
            orders.write(
                {"reverse_seller_id": seller.id, "reverse_branch_id": branch.id}
            )
        return res
