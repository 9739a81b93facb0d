from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import allocation, settlement, transitions

#: What the value of an order follows from.
_VALUES = frozenset({"product_uom_qty", "price_unit", "discount", "product_uom_id"})


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "reverse.touch.mixin"]

    reverse_line_ids = fields.One2many(
        "reverse.rma.line", "sale_line_id", "Return Lines"
    )
    reverse_trait_ids = fields.Many2many(
        "reverse.trait",
        "reverse_trait_sale_line_rel",
        "sale_line_id",
        "trait_id",
        string="Return Traits",
        ondelete="restrict",
        domain="[('follows_from', 'not in', ['serial', 'lot'])]",
        help="In addition to those of the product, for example goods cut to size.",
    )

    def _get_reverse_components(self):
        """The lines of a combo's goods: they have the price, and they are delivered."""
        return self.linked_line_ids.filtered("combo_item_id")

    def _prepare_reverse_components(self, vals):
        """Lines for all goods of so many combos."""
        self.ensure_one()
        share = vals.get("quantity", 1.0) / (self.product_uom_qty or 1.0)
        return [
            Command.create(
                {
                    **vals,
                    "sale_line_id": line.id,
                    "product_id": line.product_id.id,
                    "uom_id": line.product_uom_id.id,
                    "quantity": share * line.product_uom_qty,
                }
            )
            for line in self._get_reverse_components()
        ]

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        before = orders._find_reverse_short()
        lines = super().create(vals_list)
        (orders._find_reverse_short() - before)._report_order_short()
        return lines

    def write(self, vals):
        if not _VALUES & set(vals):
            return super().write(vals)
        before = self.order_id._find_reverse_short()
        result = super().write(vals)
        (self.order_id._find_reverse_short() - before)._report_order_short()
        return result

    # ------------------------------------------------------------------
    # Quantities: what a return changes on its order line
    # ------------------------------------------------------------------
    def _get_reverse_returned(self):
        """Quantity that came back through returns, less what was sent back again.

        The moves are those that Odoo just summed for the delivered quantity.
        """
        self.ensure_one()
        return sum(
            sign * self._to_reverse_quantity(move)
            for move, sign in self._get_reverse_signed_moves()
        )

    def _get_reverse_signed_moves(self):
        """Give what came back through returns with 1, what went out again with -1."""
        self.ensure_one()
        # sudo: invoicing need not read the warehouse's documents
        moves = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.to_refund
        )
        signed = []
        for move in moves:
            if move.reverse_rma_line_id and move.location_id._is_outgoing():
                signed.append((move, 1))
            elif (
                move.reverse_settlement_line_id
                or move.origin_returned_move_id.reverse_rma_line_id
            ) and move.location_dest_id._is_outgoing():
                signed.append((move, -1))
        return signed

    def _get_reverse_undelivered(self):
        """What was ordered and has never left, in this line's unit."""
        self.ensure_one()
        if self.state != "sale" or self.qty_delivered_method != "stock_move":
            return 0.0
        left = self.qty_delivered + self._get_reverse_returned()
        return max(self.product_uom_id.round(self.product_uom_qty - left), 0.0)

    def _get_reverse_withdrawable(self):
        """What a customer may still withdraw from, in this line's unit."""
        self.ensure_one()
        return self._get_reverse_open() + self._get_reverse_returnable()

    def _get_reverse_open(self):
        """What is to be delivered, and nobody has withdrawn from yet."""
        # sudo: withdrawals of every user count
        lines = self.sudo().reverse_line_ids.filtered(
            lambda line: (
                line.undelivered
                and line.state in transitions.LIVE
                and not line.inspection_ids
            )
        )
        asked = sum(line._to_order_quantity(line.quantity) for line in lines)
        return max(self._get_reverse_undelivered() - asked, 0.0)

    def _get_reverse_returnable(self):
        """What was delivered and may still be asked back, in this line's unit."""
        moves = self.env["stock.move"]._search_reverse_deliveries(
            [("sale_line_id", "=", self.id), ("product_id", "=", self.product_id.id)]
        )
        free = sum(moves._get_returnable().values())
        return moves[:1]._from_reverse_uom(free)

    def _is_reverse_unbilled(self):
        """Whether some of what was never delivered was not invoiced, either."""
        self.ensure_one()
        ahead = self.qty_invoiced - self.qty_delivered - self._get_reverse_returned()
        return self.product_uom_id.compare(ahead, self._get_reverse_undelivered()) < 0

    def _withdraw_reverse(self, quantity):
        """Lower an order by what its customer withdrew from before it was delivered."""
        self.ensure_one()
        locked = self.order_id.filtered("locked")
        locked.action_unlock()
        self.product_uom_qty = self.product_uom_id.round(
            self.product_uom_qty - quantity
        )
        locked.action_lock()
        # Odoo counts goods on their way back as if they had to be delivered once more.
        moves = self._get_reverse_sendings().filtered(
            lambda m: (
                m.state != "done"
                and not m.origin_returned_move_id
                and not m.reverse_settlement_line_id
            )
        )
        for own, surplus in self._get_reverse_surplus(moves):
            own._take_off_reverse(surplus)

    def _get_reverse_sendings(self):
        """Give the transfers to the customer, done and to come."""
        return self._get_outgoing_incoming_moves()[0]

    def _get_reverse_surplus(self, moves):
        """Say what these open deliveries would send beyond what is ordered.

        :return: pairs of moves of one product, and a quantity in its unit
        """
        wanted = self.product_uom_id._compute_quantity(
            self._get_reverse_undelivered(),
            self.product_id.uom_id,
            rounding_method="HALF-UP",
        )
        return [(moves, sum(moves.mapped("product_qty")) - wanted)]

    def _to_reverse_quantity(self, move):
        """What a transfer moved, in this order line's unit."""
        self.ensure_one()
        return move.product_uom._compute_quantity(
            move.quantity, self.product_uom_id, rounding_method="HALF-UP"
        )

    def _get_reverse_owed(self, returned=None):
        """Quantity the customer is to be invoiced for in the end.

        By delivered quantity, Odoo has lowered it already; by ordered quantity it would
        bill again what came back. What was lent until goods come back is not billed.
        """
        self.ensure_one()
        lent = self._get_reverse_lent()
        if self.product_id.invoice_policy == "delivery":
            return self.qty_delivered - lent
        if returned is None:
            returned = self._get_reverse_returned()
        return self.product_uom_qty - returned - lent

    def _get_reverse_pending(self, returned):
        """Quantity that came back and waits for its settlement, was denied a credit,
        or was settled without anything being due: no document says so.
        """
        self.ensure_one()
        # sudo: invoicing need not read returns
        lines = self.sudo().reverse_line_ids
        settled = sum(
            line._to_order_quantity(line._get_credited_back()) for line in lines
        )
        nothing_due = lines.settlement_line_ids.filtered(
            lambda line: line.without_document and line.kind == "goods"
        )
        settled -= sum(line._get_order_quantity() for line in nothing_due)
        return max(returned - settled, 0.0)

    @api.depends(
        "reverse_line_ids.qty_settled",
        "move_ids.reverse_rma_line_id",
        "move_ids.reverse_settlement_line_id",
        "reverse_line_ids.qty_received",
        "reverse_line_ids.qty_closed_short",
        "reverse_line_ids.state",
        "reverse_line_ids.qty_early",
        "reverse_line_ids.qty_billed_again",
    )
    def _compute_qty_to_invoice(self):
        res = super()._compute_qty_to_invoice()
        for line in self:
            if line.state != "sale" or line.qty_delivered_method != "stock_move":
                continue
            returned = line._get_reverse_returned()
            if not (returned or line._get_reverse_lent()):
                continue
            to_invoice = line._get_reverse_owed(returned) - line.qty_invoiced
            if to_invoice < 0:
                # The settlement credits it: the order's own button must not.
                pending = line._get_reverse_pending(returned)
                to_invoice = min(to_invoice + pending, 0.0)
            line.qty_to_invoice = to_invoice
        return res

    def _compute_invoice_status(self):
        res = super()._compute_invoice_status()
        for line in self:
            if line.state != "sale" or line.invoice_status not in ("no", "invoiced"):
                continue
            if not line.qty_invoiced:
                # Odoo calls it invoiced as soon as nothing is to be delivered any more.
                billed = line.invoice_status == "no" or line.invoice_lines
                if not billed and line._get_reverse_returned():
                    line.invoice_status = "no"
                continue
            returned = line._get_reverse_returned()
            if (returned or line._get_reverse_lent()) and line.product_uom_id.compare(
                line.qty_invoiced, line._get_reverse_owed(returned)
            ) >= 0:
                line.invoice_status = "invoiced"
        # Nobody pays for a replacement, unless what it replaces does not come back.
        for line in self.filtered(lambda r: r.invoice_status == "upselling"):
            lent = line._get_reverse_lent()
            more = line.qty_delivered - lent - line.product_uom_qty
            if lent and line.product_uom_id.compare(more, 0) <= 0:
                line.invoice_status = "invoiced"
        return res

    @api.depends("move_ids.reverse_rma_line_id")
    def _compute_untaxed_amount_to_invoice(self):
        res = super()._compute_untaxed_amount_to_invoice()
        self._correct_reverse_amounts(
            "untaxed_amount_to_invoice", "price_reduce_taxexcl"
        )
        return res

    @api.depends("move_ids.reverse_rma_line_id")
    def _compute_amount_to_invoice(self):
        res = super()._compute_amount_to_invoice()
        self._correct_reverse_amounts("amount_to_invoice", "price_reduce_taxinc")
        return res

    def _correct_reverse_amounts(self, amount, price):
        """Nothing is to be billed again for goods that came back."""
        for line in self:
            if line.state != "sale" or line.qty_delivered_method != "stock_move":
                continue
            returned = line._get_reverse_returned()
            if returned or line._get_reverse_lent():
                to_invoice = line._get_reverse_owed(returned) - line.qty_invoiced_posted
                line[amount] = max(to_invoice, 0.0) * line[price]

    def _get_invoice_lines(self):
        """Credits for goods that stayed with the customer do not change what was
        sold.
        """
        return (
            super()
            ._get_invoice_lines()
            .filtered(lambda line: not line.reverse_no_goods)
        )

    # ------------------------------------------------------------------
    # What was released stays as it is
    # ------------------------------------------------------------------
    @api.constrains("price_unit", "product_uom_qty", "discount")
    def _check_reverse_fee(self):
        """A fee that a release put on the order is charged as it was released."""
        # sudo: settlements, for whoever changes the order
        charged = (
            self.env["reverse.settlement.line"]
            .sudo()
            .search(
                [
                    ("fee_order_line_id", "in", self.ids),
                    ("settlement_id.state", "=", "released"),
                    ("credit_gone", "=", False),
                ]
            )
        )
        for settled in charged:
            line = settled.fee_order_line_id
            now = line.product_uom_qty * line.price_unit * (1 - line.discount / 100)
            fee = settled._get_fee_price(settled.fee_billed)
            if line.currency_id.compare_amounts(now, fee):
                self.env["reverse.refusal"]._note("released", line.company_id)
                raise UserError(
                    self.env._(
                        "%(fee)s was released with %(rma)s. A credit releaser takes it "
                        "back by Reverse on the settlement.",
                        fee=line.name,
                        rma=settled.rma_id.name,
                    )
                )

    @api.constrains("invoice_lines")
    def _check_reverse_links(self):
        """Credit notes of returns stay with the order lines that they credit."""
        # sudo: credit notes, for whoever changes the order
        lines = self.sudo()
        notes = lines.env["account.move.line"].search(
            [
                ("reverse_origin_line_id.sale_line_ids", "in", lines.ids),
                ("parent_state", "=", "posted"),
            ]
        )
        (notes - lines.invoice_lines).move_id._check_reverse_edit()

    # ------------------------------------------------------------------
    # Money: what is left to credit
    # ------------------------------------------------------------------
    def _get_credit_ledger(self):
        """Gather what was invoiced and credited of these order lines.

        :rtype: engine.settlement.Ledger
        """
        self.env.flush_all()
        # sudo: the customer's own invoices, for whoever proposes the credit
        order_lines = self.sudo()
        order_lines._reverse_touch()  # two proposals at once must not share a remainder
        posted = order_lines.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted" and line.display_type == "product"
            )
        )
        invoices = posted.filtered(
            lambda line: (
                line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
            )
        ).move_id
        lines = {}
        for invoice in invoices.sorted(lambda m: (m.invoice_date or m.date, m.id)):
            lines.update(self._to_ledger_lines(invoice))
        self._book_credits(lines)
        proposed = self._book_proposals(lines)
        step = self._get_reverse_step()
        # Drafts count: what they bill has to be credited, once they are posted.
        surplus = {
            line.id: line.qty_invoiced - proposed[line.id] - line._get_reverse_owed()
            for line in order_lines
        }
        return settlement.Ledger(lines.values(), surplus, step)

    @api.model
    def _get_reverse_step(self):
        """Finest quantity that can be entered."""
        return 10 ** -self.env["decimal.precision"].precision_get("Product Unit")

    @api.model
    def _to_ledger_lines(self, invoice):
        """Give what an invoice charged for goods of orders, by invoice line id."""
        lines = {}
        for key, parts in invoice._get_reverse_parts().items():
            line = invoice.line_ids.browse(key)
            order_line = line.sale_line_ids[:1]
            if line.is_downpayment or line.quantity <= 0 or not order_line:
                continue
            lines[key] = settlement.InvoiceLine(
                key=key,
                order_line=order_line.id,
                document=invoice.id,
                quantity=line.product_uom_id._compute_quantity(
                    line.quantity, order_line.product_uom_id
                ),
                parts=parts,
                step=line.currency_id.rounding,
            )
        return lines

    @api.model
    def _book_credits(self, lines):
        """Note posted credit notes, of settlements and of anybody else, on the
        ledger.
        """
        if not lines:
            return
        # sudo: every credit counts, also for an inspector who reads no accounting
        refunds = (
            self.env["account.move.line"]
            .sudo()
            .browse(lines)
            .sale_line_ids.invoice_lines.filtered(
                lambda line: (
                    line.parent_state == "posted"
                    and line.display_type == "product"
                    and (line._is_reverse_credit() or line.move_id.reversed_entry_id)
                )
            )
        )
        step = self._get_reverse_step()
        posted = {}
        # what takes a credit note back comes after it
        for refund in refunds.sorted("id"):
            move, settled = refund.move_id, refund.reverse_settlement_line_id
            if refund._is_reverse_void():
                continue
            found = self._find_credited(lines, refund)
            if settled.kind in ("goods", "kept"):
                for line, part in found:
                    line.book(part, step, settled.credit_amounts)
                continue
            if move not in posted:
                posted[move] = move._get_reverse_parts()
            parts = posted[move].get(refund.id, {}).values()
            amounts = settlement.add(*(part.amounts for part in parts))
            if settled:
                line = lines.get(refund.reverse_origin_line_id.id)
                if line:
                    line.value = settlement.add(line.value, amounts)
                continue
            whole = refund._get_reverse_quantity(refund.sale_line_ids[:1])
            for line, part in found:
                line.book_foreign(part, step, settlement.scale(amounts, part / whole))

    @api.model
    def _find_credited(self, lines, refund):
        """Find the invoice lines that a credit note line takes back, with
        quantities; below zero for one that takes a credit back.
        """
        settled = refund.reverse_settlement_line_id
        if settled:
            line = lines.get(refund.reverse_origin_line_id.id)
            return [(line, settled._get_order_quantity())] if line else []
        order_line = refund.sale_line_ids[:1]
        sign = 1 if refund._is_reverse_credit() else -1
        left = abs(refund._get_reverse_quantity(order_line))
        own = [line for line in lines.values() if line.order_line == order_line.id]
        origin = refund.move_id.reversed_entry_id.id
        # the invoice it names first, then the newest
        own.sort(key=lambda line: (line.document == origin, line.key), reverse=True)
        found = []
        for line in own:
            free = line.quantity - line.credited if sign > 0 else line.credited
            part = min(left, free)
            if part > 0:
                found.append((line, sign * part))
                left -= part
        return found

    def _book_proposals(self, lines):
        """Note settlements without a document, not released yet or of which nothing was
        due; return their goods by order line.

        They lower what is owed as soon as the goods are back, not before.
        """
        proposed = defaultdict(float)
        # sudo: proposals of every user count
        pending = (
            self.env["reverse.settlement.line"]
            .sudo()
            .search(
                [
                    ("rma_line_id.sale_line_id", "in", self.ids),
                    "|",
                    ("without_document", "=", True),
                    ("settlement_id.state", "in", ("draft", "submitted", "approved")),
                    ("origin_line_id", "!=", False),
                    ("kind", "!=", "value"),
                ]
            )
        )
        for proposal in pending:
            line = lines.get(proposal.origin_line_id.id)
            quantity = proposal._get_order_quantity()
            if line:
                line.book(quantity, self._get_reverse_step(), proposal.credit_amounts)
            if proposal.kind == "goods":
                proposed[proposal.rma_line_id.sale_line_id.id] += quantity
        # sudo: proposals of every user count
        for line in self.sudo().reverse_line_ids:
            waiting = line._get_early_lines().filtered(
                lambda r: r.kind == "goods" and r.state != "released"
            )
            if waiting:
                whole = sum(waiting.mapped("quantity"))
                missing = max(whole - max(line._get_back_quantity(), 0.0), 0.0)
                order_line = line.sale_line_id
                proposed[order_line.id] -= line._to_order_quantity(missing)
        return proposed

    def _get_reverse_discounted(self):
        """Find the order lines that this line, if it is a discount, falls on.

        Empty where it is not known; then it falls on all that have its taxes.
        """
        self.ensure_one()
        return self.browse()

    def _get_reverse_posted(self):
        """Sum posted invoices and credit notes of these order lines.

        :return: two dicts of ``[quantity, untaxed amount, amount in the terms of the
            price]`` by ``(order line id, currency id)``
        """
        invoiced = defaultdict(lambda: [0.0, 0.0, 0.0])
        credited = defaultdict(lambda: [0.0, 0.0, 0.0])
        for line in self.invoice_lines:
            if line.parent_state != "posted" or line.display_type != "product":
                continue
            if line._is_reverse_void():
                continue
            target = credited if line.move_id.move_type == "out_refund" else invoiced
            for order_line in line.sale_line_ids & self:
                total = target[order_line.id, line.currency_id.id]
                untaxed, priced = line._get_reverse_amounts()
                total[0] += line._get_reverse_quantity(order_line)
                total[1] += untaxed
                total[2] += priced
        # sudo: what was settled without a document counts, whoever posts now
        settled = self.sudo().reverse_line_ids.settlement_line_ids
        for line in settled.filtered("without_document"):
            order_line = line.rma_line_id.sale_line_id
            total = credited[order_line.id, line.currency_id.id]
            if line.kind != "value":
                total[0] += line._get_order_quantity()
            total[1] += line._get_net_paid()
            total[2] += line._get_gross()
        return invoiced, credited

    def _has_same_reverse_taxes(self, lines):
        """Whether these lines are taxed as all posted ones of this order line are."""
        self.ensure_one()
        posted = self.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted" and line.display_type == "product"
            )
        )
        return len({line.tax_ids for line in posted | lines}) == 1

    def _get_reverse_claimed(self):
        """Those of these order lines that a live return touches."""
        return self.filtered(
            lambda line: any(r.state in transitions.LIVE for r in line.reverse_line_ids)
        )

    # What was ordered, where it differs from what the product is otherwise.
    # ------------------------------------------------------------------
    # What the customer paid, for those who ask which goods come back.
    # ------------------------------------------------------------------
    def _get_reverse_price(self):
        """Give price and currency of one unit, before tax and after discount.

        Of the newest posted invoice; what is not invoiced yet counts as ordered.
        """
        self.ensure_one()
        # sudo: the price of the customer's own goods
        line = self.sudo()
        invoiced = line._get_reverse_invoiced()
        if not invoiced:
            return line.price_reduce_taxexcl, line.currency_id
        quantity = invoiced.product_uom_id._compute_quantity(
            invoiced.quantity, line.product_uom_id, round=False
        )
        return invoiced.price_subtotal / quantity, invoiced.currency_id

    def _get_reverse_tax_factor(self):
        """Give what one of the price before tax is with tax, as last billed."""
        self.ensure_one()
        # sudo: as above
        line = self.sudo()
        billed = line._get_reverse_invoiced() or line
        return billed.price_total / (billed.price_subtotal or 1.0)

    def _get_reverse_invoiced(self):
        """Give the newest posted invoice line of this order line."""
        return self.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and line.quantity > 0
            )
        ).sorted("id")[-1:]

    # ------------------------------------------------------------------
    # Nobody pays for a replacement, unless what it replaces does not come back.
    # ------------------------------------------------------------------

    def _get_reverse_lent(self):
        """Quantity sent or credited in advance of goods that are still to come back."""
        self.ensure_one()
        lent = defaultdict(float)
        # sudo: invoicing need not read the warehouse's documents
        for move in self.sudo().move_ids:
            source = move.reverse_settlement_line_id
            if source and move.state == "done" and source._is_in_advance():
                lent[source.rma_line_id] += self._to_reverse_quantity(move)
        replaced = sum(
            max(quantity - line._to_order_quantity(line._get_ended_quantity()), 0.0)
            for line, quantity in lent.items()
            if line.state in transitions.LIVE
        )
        # sudo: invoicing need not read returns
        lines = self.sudo().reverse_line_ids.filtered("qty_early")
        return replaced + sum(
            line._to_order_quantity(line._get_lent_quantity()) for line in lines
        )

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
