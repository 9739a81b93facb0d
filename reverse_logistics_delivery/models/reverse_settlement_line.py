from odoo import Command, api, models

from odoo.addons.reverse_logistics.engine import settlement as engine


class ReverseSettlementLine(models.Model):
    """Refund the outbound delivery once, when all of an order is withdrawn."""

    _inherit = "reverse.settlement.line"

    @api.model
    def _create_for(self, targets):
        failed = super()._create_for(targets)
        settlements = self.env["reverse.settlement"].concat(*targets.values())
        stated = settlements.filtered(lambda s: s.rma_id.basis == "withdrawal")
        if stated:
            self._guarded_create(stated._prepare_outbound())
        return failed

    @api.model
    def _prepare_delivery(self, origin, part):
        """Price a part of a billed delivery as it was paid.

        Its shares of discounts, of promotions and of what cards paid are those of the
        invoice, as they are for goods.

        :param origin: the invoice line that charges it
        :param float part: 0 to 1
        :return: ``(values, what the customer gets, in the terms of the price)``
        """
        billed = origin.move_id._get_reverse_parts()[origin.id]
        step = origin.currency_id.rounding
        due = {key: own.cut(part, step) for key, own in billed.items()}
        price = due[engine.GOODS][engine.PRICE]
        credit = engine.Credit(origin.id, 1.0, due, {})
        vals = {
            "kind": "value",
            "origin_line_id": origin.id,
            "credit_quantity": 1.0,
            "quantity": 0.0,
            "price_unit": price,
            "discount": 0.0,
            "tax_ids": [Command.set(origin.tax_ids.ids)],
            **self._prepare_amounts(credit, price, origin.currency_id),
        }
        return vals, price - vals["discount_share"] - vals["rounding"]


class ReverseSettlement(models.Model):
    """Add the price of the delivery to credits of withdrawals."""

    _inherit = "reverse.settlement"

    def _prepare_outbound(self):
        """Give values of lines that refund the delivery of fully withdrawn orders."""
        vals_list = []
        done = self.env["sale.order"]
        for settlement in self:
            lines = settlement.line_ids.rma_line_id
            terms = lines._get_withdrawal_terms()
            # sudo: whoever settles need not read orders and invoices
            for order in lines.sudo().sale_line_id.order_id - done:
                own = lines.filtered(
                    lambda line, order=order: line.sale_line_id.order_id == order
                )
                outbound = all(terms[line].outbound for line in own)
                if outbound and order._is_reverse_withdrawn():
                    vals_list += settlement._prepare_outbound_of(order, own[:1])
                    done |= order
        return vals_list

    def _prepare_outbound_of(self, order, line):
        self.ensure_one()
        order.order_line._forget_reverse_delivery()
        most = order._get_reverse_refund_limit()
        lines = self.env["reverse.settlement.line"]
        vals_list = []
        for origin in order._get_reverse_delivery_invoice_lines():
            part, currency = order._get_reverse_left(origin), origin.currency_id
            vals, given = lines._prepare_delivery(origin, part)
            if most is not None and currency.compare_amounts(given, most) > 0:
                vals, given = lines._prepare_delivery(origin, part * most / given)
            if currency.compare_amounts(given, 0) > 0:
                vals_list.append(
                    {**vals, "settlement_id": self.id, "rma_line_id": line.id}
                )
                # What several charges of one order cost is limited together.
                most = None if most is None else max(most - given, 0.0)
        return vals_list


class SaleOrder(models.Model):
    """Know whether all of an order is withdrawn, and what its delivery cost."""

    _inherit = "sale.order"

    def _is_reverse_withdrawn(self):
        """Tell whether all goods of the order were withdrawn from, and are settled."""
        self.ensure_one()
        goods = self.order_line.filtered(lambda line: line.product_id.type == "consu")
        return all(line._is_reverse_withdrawn() for line in goods)

    def _get_reverse_refund_limit(self):
        """Give the most that is refunded of the delivery, None for any.

        As agreed with the order; of orders of before that was kept, as methods say now.
        Methods say it in the company's currency, and what is refunded is in that of the
        order, at the rate of its day.
        """
        lines = self.order_line._get_reverse_deliveries()
        agreed = {line._get_reverse_agreed_limit() for line in lines} - {None}
        if agreed:
            limit = min(agreed - {0.0}, default=0.0)
        else:
            limit = self._find_reverse_refund_limit()
        if not limit:
            return None
        return self.company_id.currency_id._convert(
            limit, self.currency_id, self.company_id, self.date_order
        )

    def _find_reverse_refund_limit(self):
        """Give the most that is refunded of the delivery by its methods of now.

        Another method can be written on the order after it was delivered.
        """
        done = self.picking_ids.filtered(lambda picking: picking.state == "done")
        limits = (self.carrier_id | done.carrier_id).mapped("reverse_refund_limit")
        return min(filter(None, limits), default=0.0)

    def _get_reverse_delivery_invoice_lines(self):
        """Give invoice lines for the delivery that were not refunded yet."""
        lines = self.order_line._get_reverse_deliveries().invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
            )
        )
        credited = self.env["reverse.settlement.line"].search(
            [
                ("origin_line_id", "in", lines.ids),
                ("state", "not in", ("cancelled", "reversed")),
                ("credit_gone", "=", False),
            ]
        )
        return lines - credited.origin_line_id

    @api.model
    def _get_reverse_left(self, origin):
        """Give the part of a billed delivery that nobody has credited by hand.

        :param origin: the invoice line that charges it
        :return: 0 to 1
        """
        posted = origin.sale_line_ids.invoice_lines.filtered(
            lambda line: line.parent_state == "posted"
        )
        credited = posted.filtered(lambda line: line.move_id.move_type == "out_refund")
        by_hand = credited.filtered(lambda line: not line.move_id.reverse_settlement_id)
        billed = sum((posted - credited).mapped("price_subtotal"))
        given = sum(by_hand.mapped("price_subtotal"))
        return max(1.0 - given / billed, 0.0) if billed else 0.0


class SaleOrderLine(models.Model):
    """Know whether all of a line is withdrawn, and stop charging its delivery."""

    _inherit = "sale.order.line"

    def _is_reverse_withdrawn(self):
        """Tell whether all was withdrawn, and came back or is known to be on its way.

        What was only stated gives nothing back: the rest may never be sent.
        """
        self.ensure_one()
        stated = self.reverse_line_ids.filtered(
            lambda line: (
                line.rma_id.basis == "withdrawal"
                and line.state in ("authorized", "done")
                and not line.undelivered
            )
        )
        quantity = sum(
            line._to_order_quantity(
                sum(line._get_live_settlement_lines().mapped("quantity"))
                + line.qty_denied
            )
            for line in stated
        )
        # Goods withdrawn before their delivery are no longer on the order.
        return self.product_uom_id.compare(quantity, self.product_uom_qty) >= 0

    @api.model
    def _get_reverse_kinds(self):
        return super()._get_reverse_kinds() | {"is_delivery"}

    def _get_reverse_agreements(self):
        """Keep the most that is refunded of a delivery: its method may change later."""
        agreed = super()._get_reverse_agreements()
        for line in self._get_reverse_deliveries():
            limit = line._get_reverse_agreed_limit()
            if limit is None:
                limit = line.order_id._find_reverse_refund_limit()
            agreed[line]["refund_limit"] = limit
        return agreed

    def _get_reverse_agreed_limit(self):
        """Give the most that is refunded of this delivery, None where nobody knows."""
        # sudo: what was agreed counts whoever asks
        return (self.sudo().reverse_agreed or {}).get("refund_limit")

    def _get_reverse_deliveries(self):
        """Give the lines that charge the delivery: never goods, whatever they say."""
        return self.filtered(
            lambda line: line.is_delivery and line.product_id.type == "service"
        )

    def _forget_reverse_delivery(self):
        """Keep a delivery that is to be refunded from being invoiced afterwards."""
        waiting = self._get_reverse_deliveries().filtered(
            lambda line: not line.qty_invoiced and line.product_uom_qty
        )
        locked = waiting.order_id.filtered("locked")
        locked.action_unlock()
        waiting.product_uom_qty = 0.0
        locked.action_lock()
