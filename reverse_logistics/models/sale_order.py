from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "reverse.origin.mixin"]

    reverse_can_return = fields.Boolean(compute="_compute_reverse_can_return")

    def _reverse_origin_path(self):
        return "sale_line_id.order_id"

    @api.depends("state", "order_line.qty_delivered")
    def _compute_reverse_can_return(self):
        for order in self:
            order.reverse_can_return = order.state == "sale" and any(
                line.qty_delivered > 0 and line.product_id.type == "consu"
                for line in order.order_line
            )

    def _create_rmas(self, quantities_by_line, **values):
        """Create draft returns, one per order.

        :param dict quantities_by_line: ``{sale.order.line: quantity}`` in the line's
            unit, or ``{line: [{"quantity": …, "lot_id": …, "reason_id": …}]}``
        :param values: further values of the returns (channel_id, settlement_type, …)
        :rtype: reverse.rma
        """
        vals_list = []
        for order in self:
            lines = []
            for line, wanted in quantities_by_line.items():
                if line.order_id != order:
                    continue
                parts = wanted if isinstance(wanted, list) else [{"quantity": wanted}]
                lines += [
                    Command.create(
                        {
                            "sale_line_id": line.id,
                            "uom_id": line.product_uom_id.id,
                            **part,
                        }
                    )
                    for part in parts
                ]
            if not lines:
                raise UserError(
                    self.env._(
                        "Nothing of %(order)s is to be returned.", order=order.name
                    )
                )
            vals_list.append(
                {
                    "partner_id": order.partner_id.id,
                    "company_id": order.company_id.id,
                    "line_ids": lines,
                    **values,
                }
            )
        return self.env["reverse.rma"].create(vals_list)

    def action_reverse_return(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_return_wizard_action"
        )
        action["context"] = {
            "default_order_id": self.id,
            "default_company_id": self.company_id.id,
            "dialog_size": "extra-large",
        }
        return action
