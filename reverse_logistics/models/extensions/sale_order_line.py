from collections import defaultdict
from datetime import date, datetime
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import allocation, settlement, transitions
from ..base.reverse_columns import column, columns, differs
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_remembered import remembered
from ..settlement.reverse_limited_mixin import SALES

#: What kind of line it is, which says how it is credited.
_KINDS = frozenset({"is_downpayment"})
#: What the value of an order follows from.
_VALUES = frozenset({"product_uom_qty", "price_unit", "discount", "product_uom_id"})


# A context sent by a client cannot contain it: only steps of Odoo's own say what lines
# amount to beside their price, such as the cents of discounts and down payments.
_AMOUNTING = object()


class Bill(NamedTuple):
    """A posted line of an invoice or credit note, as plain values.

    :ivar int line: id of the line
    :ivar str kind: type of the invoice
    :ivar int invoice: id of the invoice
    :ivar origin: id of the invoice that is credited, if one is named
    :ivar date day: of the invoice
    :ivar float quantity: in the unit of the order line
    :ivar float amount: net in the company's currency, positive for what is charged
    :ivar bool settled: a return was credited with it
    """

    line: int
    kind: str
    invoice: int
    origin: int | None
    day: date
    quantity: float
    amount: float
    settled: bool


class Sent(NamedTuple):
    """What a transfer takes or took to a customer, as plain values.

    :ivar datetime moment: of the transfer
    :ivar int move: id of the transfer
    :ivar bool done: whether the goods have left
    :ivar float quantity: in the unit of the order line
    :ivar float whole: planned quantity in the unit of the product
    """

    moment: datetime
    move: int
    done: bool
    quantity: float
    whole: float


def _find_credited(bills):
    """Give the invoices of an order line, the oldest first.

    What was credited without goods coming back was a mistake of the invoice, which
    another one may have replaced.

    :param bills: of :class:`Bill`
    :rtype: list[engine.allocation.Billed]
    """
    invoices = [
        bill for bill in bills if bill.kind == "out_invoice" and not bill.origin
    ]
    credited = defaultdict(float)
    for bill in bills:
        if bill.kind == "out_refund" and not bill.settled:
            credited[bill.origin] += bill.quantity
    return [
        allocation.Billed(bill, bill.quantity, credited.get(bill.invoice, 0.0))
        for bill in sorted(invoices, key=lambda bill: (bill.day, bill.line))
    ]


def _list_delivered(sent, is_ordered, quantity):
    """Give what was delivered of a product, the oldest first.

    :param sent: of :class:`Sent`
    :param bool is_ordered: it is what was ordered, and no component of that
    :param float quantity: what was ordered
    :return: ``[(id of the transfer, quantity in the unit of the order line)]``
    """
    done = sorted(each for each in sent if each.done)
    if is_ordered:
        return [(each.move, each.quantity) for each in done]
    # Of a kit, all that is to leave of a component is all that was ordered.
    whole = sum(each.whole for each in sent)
    share = quantity / whole if whole else 0.0
    return [(each.move, each.whole * share) for each in done]


class SaleOrderLine(models.Model):
    """What returns change on an order line: quantities, billing, what was agreed."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "reverse.computed.mixin", "reverse.touch.mixin"]
    _reverse_computed = frozenset(
        {
            "company_id",
            "currency_id",
            "invoice_status",
            "order_partner_id",
            "price_reduce_taxexcl",
            "price_reduce_taxinc",
            "price_subtotal",
            "price_tax",
            "price_total",
            "qty_delivered_method",
            "qty_invoiced",
            "qty_to_invoice",
            "state",
            "untaxed_amount_invoiced",
            "untaxed_amount_to_invoice",
        }
    )

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
        help="In addition to those of the product, for example goods cut to size. "
        "What is agreed when the order is confirmed stays.",
    )
    # Product, months of warranty, path of categories, tags and traits, as they were
    # when the order was confirmed; empty where nobody knows.
    reverse_agreed = fields.Json(copy=False, groups=fields.NO_ACCESS)

    @unless_uninstalling
    def _unlink_except_returned(self):
        self._find_reverse_fees()._refuse_fee_change()
        # sudo: whether returns name it, whoever deletes it
        for line in self.sudo().filtered("reverse_line_ids"):
            raise UserError(
                self.env._(
                    "%(order)s stays: %(rma)s takes goods of it back.",
                    order=line.order_id.name,
                    rma=", ".join(line.reverse_line_ids.rma_id.mapped("name")),
                )
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

    def _amounting(self, records):
        """Give records with which Odoo's own steps say what order lines amount to."""
        return records.with_context(reverse_amounting=_AMOUNTING)

    def _is_reverse_amounting(self):
        """Whether a step of Odoo's own says what lines amount to."""
        return self.env.context.get("reverse_amounting") is _AMOUNTING

    def _check_reverse_amounting(self):
        """Refuse amounts beside price, quantity and discount: nobody sees these.

        They are what is billed, while limits, fees and lots are told by the price.
        """
        # Clients never run as superuser.
        if self.env.su or self._is_reverse_amounting():
            return
        for line in self:
            raise UserError(
                self.env._(
                    "%(order)s: what a line amounts to follows from its quantity, "
                    "price, discount and taxes. Enter these, or press Discount.",
                    order=line.order_id.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        before = orders._find_reverse_short()
        lines = super().create(vals_list)
        # Afterwards: it may come from the context.
        lines.filtered("extra_tax_data")._check_reverse_amounting()
        # Clients never run as superuser.
        for line in () if self.env.su else lines:
            # Afterwards: a link may come from the context.
            # sudo: it is empty unless a client forges it
            bills = line.sudo().invoice_lines.with_env(self.env)
            bills._check_reverse_relinked(line, new=True)
        agreed = lines.filtered(lambda line: line.state == "sale")
        agreed._agree_reverse_goods()
        agreed.order_id._agree_reverse_quantities()
        (orders._find_reverse_short() - before)._report_order_short()
        return lines

    def _agree_reverse_goods(self):
        """Keep what the goods are as it is agreed: the product may change later.

        What was delivered keeps the warranty with which it was sold.
        """
        # sudo: traits of the product, for whoever confirms the order
        for line in self.sudo().with_context(active_test=False):
            missing = line.product_id.reverse_trait_ids - line.reverse_trait_ids
            if missing:
                line.reverse_trait_ids |= missing
        # sudo: as above
        new = self.sudo().filtered(
            lambda line: "done" not in line.move_ids.mapped("state")
        )
        for line, agreed in new._get_reverse_agreements().items():
            line.reverse_agreed = agreed

    def _get_reverse_agreements(self):
        """Give what is kept of the goods of each line, as ``reverse_agreed``."""
        to_order = self._find_reverse_to_order()
        return {
            line: {
                **self._describe_reverse_goods(line.product_id),
                "made_to_order": line.id in to_order,
            }
            for line in self
        }

    def _agree_reverse_routes(self):
        """Keep of goods that have not left that they are made to order from now on."""
        # sudo: what is agreed, whoever enters it
        for line in self.sudo():
            agreed = line.reverse_agreed
            if (
                agreed
                and line.id in line._find_reverse_to_order()
                and "done" not in line.move_ids.mapped("state")
            ):
                line.reverse_agreed = {**agreed, "made_to_order": True}

    def _find_reverse_to_order(self):
        """Give the ids of those that have the route *Replenish on Order* now."""
        rows = [*column(self, "route_ids")]
        # Few sellers choose routes on order lines: others need not read of warehouses.
        if not any(rows):
            return frozenset()
        to_order = column(self, "order_id.warehouse_id.mto_pull_id.route_id")
        return {
            id_
            for id_, routes, route in zip(self._ids, rows, to_order, strict=True)
            if route in routes
        }

    @api.model
    def _describe_reverse_goods(self, product):
        """Give what policy asks about goods, as their product says now."""
        return {
            "product": product.id,
            "warranty_months": product.reverse_warranty_months,
            "categories": product.categ_id.parent_path,
            "tags": product.all_product_tag_ids.ids,
            "traits": product.reverse_trait_ids.ids,
        }

    def _check_reverse_traits(self):
        """Refuse other traits of goods that were ordered with those that there are."""
        # Clients never run as superuser.
        if self.env.su:
            return
        # sudo: whether it was delivered, in whichever state its order is now
        for line in self.filtered(
            lambda line: (
                line.state == "sale" or "done" in line.sudo().move_ids.mapped("state")
            )
        ):
            raise UserError(
                self.env._(
                    "%(order)s is confirmed. What is agreed about returns of "
                    "%(product)s can no longer be changed.",
                    order=line.order_id.name,
                    product=line.product_id.display_name,
                )
            )

    def _get_reverse_entered(self, vals):
        """Let Odoo say what is to be billed now, as of an order that is paid, or of the
        hours of a month.

        What is to be credited follows from what came back, and fees are billed whole.
        """
        names = super()._get_reverse_entered(vals)
        billed = (vals.get("qty_to_invoice") or 0) > 0
        if "qty_to_invoice" in names and billed and not self._find_reverse_fees():
            names -= {"qty_to_invoice"}
        return names

    def write(self, vals):
        if "reverse_trait_ids" in vals:
            self._check_reverse_traits()
        self._check_reverse_kind(vals)
        self._check_reverse_sold(vals)
        self._check_reverse_delivered(vals)
        self._check_reverse_fee_kept(vals)
        if "extra_tax_data" in vals:
            names = {"extra_tax_data"}
            changed = self.filtered(lambda line: differs(line, vals, names))
            changed._check_reverse_amounting()
        relinked = "invoice_lines" in vals
        # sudo: whoever changes the order need not read accounting
        linked = {line: line.invoice_lines for line in self.sudo() if relinked}
        if not _VALUES & set(vals):
            result = super().write(vals)
        else:
            before = self.order_id._find_reverse_short()
            result = super().write(vals)
            (self.order_id._find_reverse_short() - before)._report_order_short()
        agreed = self.filtered(lambda line: line.state == "sale")
        if "product_id" in vals:
            agreed._agree_reverse_goods()
        if "route_ids" in vals:
            agreed._agree_reverse_routes()
        if "product_uom_qty" in vals:
            agreed.order_id._agree_reverse_quantities()
        for line, before in linked.items():
            gone, new = before - line.invoice_lines, line.invoice_lines - before
            gone._check_reverse_relinked(line)
            new.with_env(self.env)._check_reverse_relinked(line, new=True)
        return result

    def _check_reverse_delivered(self, vals):
        """Refuse a delivered quantity of no transfer: a lower one is credited."""
        # Clients never run as superuser.
        if self.env.su or "qty_delivered" not in vals:
            return
        # sudo: whether it was delivered, however it says that this is counted
        for line in self.filtered(
            lambda own: own.qty_delivered_method == "stock_move" or own.sudo().move_ids
        ):
            unit = line.product_uom_id
            if unit.compare(line.qty_delivered, vals["qty_delivered"] or 0.0):
                raise UserError(
                    self.env._(
                        "How much of %(product)s of %(order)s was delivered is what "
                        "its transfers say. What comes back is entered as a return.",
                        product=line.product_id.display_name,
                        order=line.order_id.name,
                    )
                )

    @api.model
    def _get_reverse_kinds(self):
        """Give the names of the fields that say what kind of line it is."""
        return _KINDS

    def _check_reverse_kind(self, vals):
        """Refuse another kind of line once it is ordered: it is credited by it."""
        names = self._get_reverse_kinds() & vals.keys()
        # Clients never run as superuser.
        if self.env.su or not names:
            return
        for line in self:
            # sudo: what was billed, in whichever state its order is now
            agreed = line.state == "sale" or line.sudo().invoice_lines
            if agreed and differs(line, vals, names):
                raise UserError(
                    self.env._(
                        "%(order)s is confirmed: %(line)s stays the kind of line that "
                        "it is, because returns are credited by it. Add another line.",
                        order=line.order_id.name,
                        line=line.display_name,
                    )
                )

    def _check_reverse_sold(self, vals):
        """Refuse another order or unit of what was delivered or billed: returns are
        credited by them.
        """
        names = {"order_id", "product_uom_id"} & set(vals)
        # Clients never run as superuser.
        if self.env.su or not names:
            return
        # sudo: whoever changes the order need not see transfers and invoices
        for line in self.sudo():
            if any(line[name].id != vals[name] for name in names) and (
                "done" in line.move_ids.mapped("state")
                or "posted" in line.invoice_lines.mapped("parent_state")
            ):
                raise UserError(
                    self.env._(
                        "%(product)s of %(order)s was delivered or billed: order and "
                        "unit stay, because returns are credited by them.",
                        product=line.product_id.display_name,
                        order=line.order_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Quantities: what a return changes on its order line
    # ------------------------------------------------------------------
    def _filter_reverse(self):
        """Give the lines that a return may have to do with: mostly none.

        What came back and what was lent is asked for these only. For every order line
        it took as long as all that Odoo computes of it.
        """

        def concerned(line):
            return line.reverse_line_ids or any(
                move.reverse_rma_line_id
                or move.reverse_settlement_line_id
                or move.origin_returned_move_id
                for move in line.move_ids
            )

        # sudo: invoicing need not read returns or the warehouse's documents
        return self.sudo().filtered(concerned).with_env(self.env)

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
        """Give the quantity that came back and no document says anything of.

        It waits for its settlement, was denied a credit, or was settled without
        anything being due.
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
        for line in self._filter_reverse():
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
        concerned = self._filter_reverse()
        for line in concerned:
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
        for line in concerned.filtered(lambda r: r.invoice_status == "upselling"):
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
        for line in self._filter_reverse():
            if line.state != "sale" or line.qty_delivered_method != "stock_move":
                continue
            returned = line._get_reverse_returned()
            if returned or line._get_reverse_lent():
                to_invoice = line._get_reverse_owed(returned) - line.qty_invoiced_posted
                line[amount] = max(to_invoice, 0.0) * line[price]

    def _get_invoice_lines(self):
        """Leave credits out for goods that stayed: they do not change what was sold."""
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
        for settled in self._find_reverse_fees():
            line = settled.fee_order_line_id
            now = line.product_uom_qty * line.price_unit * (1 - line.discount / 100)
            fee = settled._get_fee_price(settled.fee_billed)
            if line.currency_id.compare_amounts(now, fee):
                settled._refuse_fee_change()

    def _find_reverse_fees(self):
        """Find what releases charge by these lines, and has not been taken back."""
        # sudo: settlements, for whoever changes the order
        settled = self.env["reverse.settlement.line"].sudo()
        return settled.search(
            [
                ("fee_order_line_id", "in", self.ids),
                ("settlement_id.state", "=", "released"),
                ("credit_gone", "=", False),
            ]
        )

    def _check_reverse_fee_kept(self, vals):
        """Refuse to charge a released fee to another order, or as something else.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su or not {"order_id", "product_id", "tax_ids"} & set(vals):
            return
        changed = self.filtered(
            lambda line: differs(line, vals, {"order_id", "product_id"} & set(vals))
        )
        if "tax_ids" in vals:
            # Odoo writes the taxes of an order anew, mostly those that it has.
            changed |= self.filtered(
                lambda line: line.new(vals, origin=line).tax_ids._origin != line.tax_ids
            )
        changed._find_reverse_fees()._refuse_fee_change()

    # ------------------------------------------------------------------
    # Money: what is left to credit
    # ------------------------------------------------------------------
    def _get_credit_ledger(self):
        """Gather what was invoiced and credited of these order lines, to credit more.

        :rtype: engine.settlement.Ledger
        """
        self.env.flush_all()
        # Two proposals at once must not share a remainder.
        self.sudo()._reverse_touch()  # sudo: as in _read_credit_ledger
        return self._read_credit_ledger()

    def _read_credit_ledger(self):
        """Gather the same only to look at it: nobody else has to wait."""
        # sudo: the customer's own invoices, for whoever proposes the credit
        order_lines = self.sudo()
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
        """Note posted credit notes, of settlements and of others, on the ledger."""
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
            whole = refund._get_reverse_quantity(refund._get_reverse_order_line())
            for line, part in found:
                line.book_foreign(part, step, settlement.scale(amounts, part / whole))

    @api.model
    def _find_credited(self, lines, refund):
        """Find the invoice lines that a credit note line takes back, with quantities.

        These are below zero for one that takes a credit back.
        """
        settled = refund.reverse_settlement_line_id
        if settled:
            line = lines.get(refund.reverse_origin_line_id.id)
            return [(line, settled._get_order_quantity())] if line else []
        order_line = refund._get_reverse_order_line()
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
        """Note settlements that no document says anything of.

        They are not released yet, or nothing was due. Their goods are returned by order
        line.

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

    def _get_reverse_posted(self, new):
        """Sum posted invoices and credit notes of these order lines.

        :param new: lines that are compared with it, and do not count
        :return: two dicts of ``[quantity, untaxed amount, amount in the terms of the
            price]`` by ``(order line id, currency id)``
        """
        invoiced = defaultdict(lambda: [0.0, 0.0, 0.0])
        credited = defaultdict(lambda: [0.0, 0.0, 0.0])
        for line in self.invoice_lines - new:
            if line.parent_state != "posted" or line.display_type != "product":
                continue
            # what a vendor billed, or somebody booked, says nothing of an order
            if line.move_id.move_type not in SALES or line._is_reverse_void():
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

    def _get_reverse_paid(self):
        """Give what one unit was sold for in the company's currency, net.

        What invoices say counts, each at its own rate; the order can still be changed,
        so that it says it only as long as there are none.

        :return: ``{order line: amount per unit of it, not rounded}``
        """
        billed = self._get_reverse_billed()
        paid = {}
        for line, bills in billed.items():
            bills = [bill for bill in bills if bill.kind == "out_invoice"]
            quantity = sum(bill.quantity for bill in bills)
            if quantity:
                paid[line] = sum(bill.amount for bill in bills) / quantity
        ordered = self.filtered(lambda line: line not in paid)
        rates = ordered.order_id._get_reverse_rates()
        rows = columns(ordered, "price_reduce_taxexcl", "order_id")
        for line, (price, order) in zip(ordered, rows, strict=True):
            paid[line] = price / rates[order]
        return paid

    def _get_reverse_tax_factor(self):
        """Give what one of the price before tax is with tax, as last billed."""
        self.ensure_one()
        # sudo: as above
        line = self.sudo()
        billed = line._get_reverse_invoiced() or line
        return billed.price_total / (billed.price_subtotal or 1.0)

    def _is_reverse_ordered_below(self):
        """Whether this was ordered below zero, and never billed above it."""
        self.ensure_one()
        ordered = self.price_unit * (self.product_uom_qty or 1.0)
        return ordered < 0 and not self._is_reverse_billed()

    def _is_reverse_billed(self):
        """Whether a posted invoice has billed something for this, above zero."""
        self.ensure_one()
        # sudo: what was billed, whoever asks
        return any(
            line.parent_state == "posted"
            and line.move_id.move_type in ("out_invoice", "out_receipt")
            and line._get_reverse_gross() > 0
            for line in self.sudo().invoice_lines
        )

    def _get_reverse_invoiced(self):
        """Give the newest posted invoice line of this order line."""
        return self._get_reverse_all_invoiced().sorted("id")[-1:]

    def _get_reverse_all_invoiced(self):
        """Give the posted invoice lines of this order line."""
        return self.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and line.quantity > 0
            )
        )

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

    def _find_reverse_invoices(self, products):
        """Give the days on which deliveries of these order lines were invoiced.

        Deliveries and invoices are told by their quantities, in the order of their
        days. Goods of which no delivery is known count as the newest ones.

        :param products: ``{(id of an order line, id of a product)}``: what was
            delivered; a component of what was ordered, also
        :return: ``{(order line, product): {id of a delivery, None for unknown: day}}``,
            without what is not invoiced yet
        """
        billed, sent = self._get_reverse_billed(), self._get_reverse_sent()
        billed = dict(zip(self._ids, billed.values(), strict=True))
        rows = columns(self, "product_id", "product_uom_qty")
        ordered = dict(zip(self._ids, rows, strict=True))
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        days = {}
        for line, product in products:
            bills = _find_credited(billed[line])
            if not bills:
                continue
            whole, quantity = ordered[line]
            own = _list_delivered(sent[line, product], product == whole, quantity)
            found = allocation.cover(own, bills, step)
            found.setdefault(None, bills[-1].key)
            days[line, product] = {move: bill.day for move, bill in found.items()}
        return days

    def _get_reverse_sent(self):
        """Give what transfers of these order lines take or took to customers.

        :return: ``{(id of an order line, id of a product): [Sent]}``
        """
        moves = self.move_ids._find_reverse_sendings()
        convert = (self.product_uom_id | moves.product_uom)._get_reverse_converter()
        rows = columns(
            moves,
            "sale_line_id",
            "product_id",
            "reverse_done_at",
            "date",
            "state",
            "product_qty",
            "quantity",
            "product_uom",
            "sale_line_id.product_uom_id",
        )
        sent = defaultdict(list)
        for move, row in zip(moves._ids, rows, strict=True):
            line, product, done_at, planned, state, whole, *moved = row
            done = state == "done"
            moment = done_at or planned
            sent[line, product].append(Sent(moment, move, done, convert(*moved), whole))
        return sent

    def _get_reverse_agreed_traits(self):
        """Give what an order line says of its goods' traits.

        Routes may change once they have done their work: what was ordered stays.

        :return: ``{id: (ids of traits, whether the goods are made to order)}``
        """
        now = self._find_reverse_to_order()
        rows = columns(self, "reverse_trait_ids", "reverse_agreed")
        return {
            id_: (traits, (agreed or {}).get("made_to_order", id_ in now))
            for id_, (traits, agreed) in zip(self._ids, rows, strict=True)
        }

    @remembered
    def _get_reverse_billed(self):
        """Give the posted lines of invoices and credit notes of these order lines.

        :return: ``{order line: [Bill]}``
        """
        lines = self.invoice_lines
        units = self.product_uom_id | lines.product_uom_id
        convert = units._get_reverse_converter()
        rows = columns(
            lines,
            "parent_state",
            "move_id.move_type",
            "move_id",
            "move_id.reversed_entry_id",
            "move_id.invoice_date",
            "balance",
            "reverse_settlement_line_id",
            "reverse_settlement_line_id.kind",
            "quantity",
            "product_uom_id",
        )
        posted = {
            id_: row
            for id_, (state, *row) in zip(lines._ids, rows, strict=True)
            if state == "posted" and row[-2] > 0
        }
        billed = {}
        named = columns(self, "invoice_lines", "product_uom_id")
        for order_line, (ids, unit) in zip(self, named, strict=True):
            billed[order_line] = []
            for id_ in filter(posted.__contains__, ids):
                *row, balance, settled, kind, quantity, own = posted[id_]
                # credits of value only are none of goods
                quantity = 0.0 if kind == "value" else convert(quantity, own, unit)
                bill = Bill(id_, *row, quantity, -balance, bool(settled))
                billed[order_line].append(bill)
        return billed
