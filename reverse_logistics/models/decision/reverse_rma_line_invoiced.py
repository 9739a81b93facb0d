from odoo import models

from ...engine import allocation


class ReverseRmaLine(models.Model):
    """When the goods of a line were invoiced: those of its delivery, not the first."""

    _inherit = "reverse.rma.line"

    def _get_invoiced_days(self):
        """Give the day of the invoice of these goods, None before it is posted.

        :rtype: dict[reverse.rma.line, date]
        """
        # sudo: the customer's own deliveries and invoices, whoever asks
        lines = self.sudo().with_prefetch()
        invoiced = {}
        days = {}
        for line, own in zip(self, lines, strict=True):
            key = own.sale_line_id, own.move_id.product_id
            if key not in invoiced:
                invoiced[key] = key[0]._find_reverse_invoices(key[1])
            day = invoiced[key].get(own.move_id)
            if day and line._is_in_memory() and day > line._get_decision_day():
                day = None
            days[line] = day
        return days


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _find_reverse_invoices(self, product):
        """Give the day on which each delivery of a product was invoiced.

        Deliveries and invoices are told by their quantities, in the order of their
        days. Goods of which no delivery is known count as the newest ones.

        :param product: what was delivered; a component of what was ordered, also
        :return: ``{delivery, empty for none: day}``, without what is not invoiced yet
        """
        billed = self._get_reverse_billed()
        if not billed:
            return {}
        deliveries = self._get_reverse_delivered(product)
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        found = allocation.cover(list(deliveries.items()), billed, step)
        found.setdefault(self.env["stock.move"], billed[-1].key)
        return {move: line.move_id.invoice_date for move, line in found.items()}

    def _get_reverse_delivered(self, product):
        """Give what was delivered of a product, the oldest first.

        :return: ``{delivery: quantity in the unit of the order line}``
        """
        moves = self.move_ids.filtered(
            lambda m: (
                m.product_id == product
                and m.state != "cancel"
                and not m.origin_returned_move_id
                and m.location_dest_id._is_outgoing()
            )
        )
        done = moves.filtered(lambda m: m.state == "done").sorted(
            lambda m: (m.date, m.id)
        )
        if product == self.product_id:
            return {move: self._to_reverse_quantity(move) for move in done}
        # Of a kit, all that is to leave of a component is all that was ordered.
        whole = sum(moves.mapped("product_qty"))
        each = self.product_uom_qty / whole if whole else 0.0
        return {move: move.product_qty * each for move in done}

    def _get_reverse_billed(self):
        """Gather the posted invoices of an order line, the oldest first.

        What was credited without goods coming back was a mistake of the invoice, which
        another one may have replaced.

        :rtype: list[engine.allocation.Billed]
        """
        posted = self.invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.quantity > 0
        )
        invoices = posted.filtered(
            lambda line: (
                line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
            )
        ).sorted(lambda line: (line.move_id.invoice_date, line.id))
        credited = posted.filtered(
            lambda line: (
                line.move_id.move_type == "out_refund"
                and not line.reverse_settlement_line_id
            )
        ).grouped(lambda line: line.move_id.reversed_entry_id)
        return [
            allocation.Billed(
                line,
                line._get_reverse_quantity(self),
                sum(
                    refund._get_reverse_quantity(self)
                    for refund in credited.get(line.move_id, ())
                ),
            )
            for line in invoices
        ]
