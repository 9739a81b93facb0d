from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "reverse.origin.mixin"]
    _reverse_informed_later = models.Constraint(
        "CHECK (reverse_informed IS DISTINCT FROM 'later' "
        "OR reverse_informed_on IS NOT NULL)",
        "Enter on which day the customer was told of the right to withdraw.",
    )

    reverse_can_return = fields.Boolean(compute="_compute_reverse_can_return")
    reverse_informed = fields.Selection(
        [
            ("order", "With the order"),
            ("later", "Later"),
            ("no", "Not at all"),
        ],
        "Told of Withdrawal",
        copy=False,
        help="Whether the customer was told of the right to withdraw. Empty: as the "
        "legal rule of the day of the order says.",
    )
    reverse_informed_on = fields.Date(
        "Told on",
        copy=False,
        help="Where the customer was told later: the time to withdraw begins anew.",
    )
    # Searched for as often as the order's own number, which has this index.
    client_order_ref = fields.Char(index="trigram")

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

    def action_reverse_withdraw(self):
        """Open a withdrawal from the whole order, as far as it still stands; customer
        service takes out what the customer keeps, enters the day, and requests it.
        """
        self.ensure_one()
        quantities = {
            line: quantity
            for line in self.order_line
            if line.product_id.type == "consu"
            and (quantity := line._get_reverse_withdrawable()) > 0
        }
        rma = self._create_rmas(quantities, basis="withdrawal")
        return rma.get_formview_action()

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

    # ------------------------------------------------------------------
    # A new order has to stay worth what comes back against it.
    # ------------------------------------------------------------------
    def _action_cancel(self):
        result = super()._action_cancel()
        self._find_reverse_against()._report_order_cancelled()
        return result

    def _find_reverse_against(self):
        """Find the live returns whose new order is among these.

        :rtype: reverse.rma
        """
        # sudo: whoever changes an order need not see the returns that it stands for
        rmas = self.env["reverse.rma"].sudo()
        if not self:
            return rmas
        return rmas.search(
            [
                ("agreement_order_id", "in", self.ids),
                ("state", "in", transitions.LIVE),
            ]
        )

    def _find_reverse_short(self):
        """Find the live returns for which their new order does not suffice."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        found = confirmed._find_reverse_against()
        return found.filtered(lambda rma: rma._is_order_short())

    def _get_reverse_deliveries(self):
        """Tell when customers had the last goods of these orders, and whether there is
        more to come.

        :return: ``{order: (day or None, whether something is to be delivered)}``
        """
        moves = self.order_line.move_ids.filtered(
            lambda m: (
                m.state != "cancel"
                and not m.origin_returned_move_id
                and not m.reverse_settlement_line_id
                and m.location_dest_id._is_outgoing()
            )
        )
        done = moves.filtered(lambda m: m.state == "done")
        days = done._get_reverse_possessed_on()
        by_order = {
            order: own.grouped("state")
            for order, own in moves.grouped(lambda m: m.sale_line_id.order_id).items()
        }
        return {
            order: (
                max((days[move] for move in states.get("done", ())), default=None),
                bool(states.keys() - {"done"}),
            )
            for order, states in by_order.items()
        }
