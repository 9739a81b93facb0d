from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import settlement
from ..base.reverse_guarded_mixin import unless_uninstalling

# A context sent by a client cannot contain it: only button_cancel() may go this way.
_CANCELLING = object()


class _Checked(frozenset):
    """Ids of what is about to be posted, and within its limits; as little sent so."""


#: What a credit note says, beside the amounts: as released, once it is posted.
_RELEASED = frozenset(
    {
        "company_id",
        "commercial_partner_id",
        "currency_id",
        "date",
        "fiscal_position_id",
        "invoice_cash_rounding_id",
        "invoice_date",
        "journal_id",
        "move_type",
        "partner_id",
        "partner_shipping_id",
        "posted_before",
        "reversed_entry_id",
    }
)
_LINKS = frozenset({"reverse_settlement_id", "reverse_cost_settlement_id"})


def find_amounts(model, names):
    """Give those of these fields of a document that are amounts, and stored."""
    known = (model._fields[name] for name in names if name in model._fields)
    return {
        field.name
        for field in known
        if field.store and field.type in ("float", "monetary")
    }


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "reverse.touch.mixin", "reverse.origin.mixin"]

    reverse_settlement_id = fields.Many2one(
        "reverse.settlement",
        "Return Settlement",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )
    reverse_cost_settlement_id = fields.Many2one(
        "reverse.settlement",
        "Settlement of the Goods",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="Whose goods came back without anything being due.",
    )
    reverse_rma_id = fields.Many2one(
        related="reverse_settlement_id.rma_id", string="Return"
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # Afterwards: a link may come from the context.
        self._check_reverse_link(any(moves[name] for name in _LINKS))
        return moves

    def write(self, vals):
        self._check_reverse_link(not _LINKS.isdisjoint(vals))
        self._check_reverse_edit(vals)
        state = vals.get("state")
        if not state:
            return super().write(vals)
        # Here, not in the buttons' methods: whoever writes a state comes by.
        moves = self.filtered(lambda move: move.state != state)
        moves._check_reverse_state(state)
        if state == "posted":
            moves._check_reverse_limits()
        deposits = moves._get_reverse_deposits()
        res = super().write(vals)
        if state == "posted":
            moves._sync_reverse_deposits()
            # A counter-document takes the credit back, whoever made it.
            moves.reversed_entry_id.reverse_settlement_id._on_credit_notes_gone()
        else:
            deposits._update_amounts()
        if state == "cancel":
            moves.reverse_settlement_id._on_credit_notes_gone()
        return res

    @api.model
    def _check_reverse_link(self, linked):
        # Clients never run as superuser; whatever does was checked before.
        if linked and not self.env.su:
            raise UserError(
                self.env._(
                    "The return of a credit note cannot be set by hand. Make the "
                    "settlement on the return and release it."
                )
            )

    def _is_reverse_credit_gone(self):
        """Cancelled, or taken back in full by counter-documents."""
        self.ensure_one()
        counter = self.reversal_move_ids.filtered(lambda m: m.state == "posted")
        back = sum(counter.mapped("amount_total"))
        # A fee may have used up the credit: a total of nothing is no counter-document.
        return self.state == "cancel" or bool(
            counter and self.currency_id.compare_amounts(back, self.amount_total) >= 0
        )

    def _post(self, soft=True):
        # Here as well: before Odoo begins to write, the check costs least.
        self._check_reverse_limits()
        checked = self.with_context(reverse_checked=_Checked(self.ids))
        return super(AccountMove, checked)._post(soft).with_env(self.env)

    def _check_reverse_limits(self):
        """Refuse credits beyond what was billed, unless that was checked just now."""
        checked = self.env.context.get("reverse_checked")
        if isinstance(checked, _Checked) and checked.issuperset(self.ids):
            return
        self.filtered(
            lambda m: m.move_type in ("out_refund", "out_invoice")
        )._check_reverse_over_credit()
        self._check_reverse_deposits()

    # ------------------------------------------------------------------
    # What was released is posted, and nothing else
    # ------------------------------------------------------------------
    def button_cancel(self):
        """Take the credit of returns back with their credit notes."""
        cancelling = self.with_context(reverse_cancelling=_CANCELLING)
        return super(AccountMove, cancelling).button_cancel()

    def copy(self, default=None):
        """Credit notes of returns are not duplicated; counter-documents are copies."""
        for note in self.filtered("reverse_settlement_id"):
            default = default or {}
            counter = default.get("move_type") == "out_invoice"
            if not counter or default.get("reversed_entry_id") != note.id:
                note._refuse_released(
                    self.env._(
                        "%(note)s is the credit note of a return and cannot be "
                        "duplicated. Credit more with Credit an Amount on %(rma)s.",
                        note=note.display_name,
                        rma=note.sudo().reverse_rma_id.name,  # sudo: its number
                    )
                )
        return super().copy(default)

    @unless_uninstalling
    def _unlink_except_released(self):
        self._check_reverse_edit()

    def _compute_show_reset_to_draft_button(self):
        res = super()._compute_show_reset_to_draft_button()
        self._get_reverse_closed().show_reset_to_draft_button = False
        return res

    def _is_reverse_cancelling(self):
        return self.env.context.get("reverse_cancelling") is _CANCELLING

    def _get_reverse_closed(self):
        """Documents that were posted by a release, or take such a one back."""
        return self.filtered(
            lambda move: (
                move.posted_before
                and (
                    move.reverse_settlement_id
                    or move.reverse_cost_settlement_id
                    or move.reversed_entry_id.reverse_settlement_id
                )
            )
        )

    @api.model
    def _get_reverse_released_fields(self, names):
        """Give those of these fields that say what was released."""
        return _RELEASED.intersection(names) | find_amounts(self, names)

    def _check_reverse_edit(self, vals=None):
        """Refuse to change what was released, or with no values to delete it.

        :raises UserError: saying how a credit is taken back
        """
        if self._is_reverse_cancelling():
            return
        names = self._get_reverse_released_fields(vals or ())
        for move in self._get_reverse_closed() if names or vals is None else ():
            if vals is None or any(
                self._field_will_change(move, vals, name) for name in names
            ):
                move._refuse_reverse_edit()

    def _refuse_reverse_edit(self):
        self.ensure_one()
        # sudo: names only, for whoever keeps the books
        move = self.sudo()
        if move.reverse_cost_settlement_id:
            move._refuse_released(
                self.env._(
                    "%(move)s books the cost of goods that came back with %(rma)s, for "
                    "which nothing was due, and stays as it was released. A credit "
                    "releaser takes it back by Reverse on the settlement.",
                    move=move.display_name,
                    rma=move.reverse_cost_settlement_id.rma_id.name,
                )
            )
        if not move.reverse_settlement_id:
            move._refuse_released(
                self.env._(
                    "%(move)s took back the credit of %(note)s and stays as it is. "
                    "If the customer is to get that credit after all, propose it "
                    "again on %(rma)s.",
                    move=move.display_name,
                    note=move.reversed_entry_id.display_name,
                    rma=move.reversed_entry_id.reverse_rma_id.name,
                )
            )
        move._refuse_released(
            self.env._(
                "%(note)s stays as it was released. To take the credit back, a credit "
                "releaser presses Reverse on the settlement of %(rma)s; then it can be "
                "proposed again.",
                note=move.display_name,
                rma=move.reverse_rma_id.name,
            )
        )

    def _refuse_released(self, message):
        self.env["reverse.refusal"]._note("released", self.company_id)
        raise UserError(message)

    def _check_reverse_state(self, state):
        """Refuse states in which a document would not be what was released.

        ============  =======================  =====================================
        to            credit note of a return  document that takes one back
        ============  =======================  =====================================
        posted        once, by its release     all that is left of the credit, once
        draft         on the way to cancelled  never
        cancelled     takes the credit back    as long as it was never posted
        ============  =======================  =====================================

        What booked the cost of goods for which nothing was due stays posted.
        """
        cancelling = self._is_reverse_cancelling()
        # sudo: settlements, for whoever keeps the books
        for move in self.sudo():
            note, origin = move.reverse_settlement_id, move.reversed_entry_id
            if note and state == "posted":
                move._check_reverse_release()
            elif move.reverse_cost_settlement_id and move.posted_before:
                move._refuse_reverse_edit()
            elif note and not (cancelling and move._may_reverse_cancel()):
                move._refuse_reverse_edit()
            elif origin.reverse_settlement_id and state == "posted":
                move._check_reverse_whole()
            elif origin.reverse_settlement_id and move.posted_before:
                move._refuse_reverse_edit()
            elif origin.reversed_entry_id.reverse_settlement_id and state == "posted":
                origin._refuse_reverse_edit()

    def _check_reverse_release(self):
        """A credit note is posted while its settlement is released, and never again."""
        self.ensure_one()
        if self.posted_before or self.reverse_settlement_id.state != "released":
            self._refuse_released(
                self.env._(
                    "%(note)s is posted by releasing its settlement, and only then. "
                    "Cancel it, and propose the credit again on %(rma)s.",
                    note=self.display_name,
                    rma=self.reverse_rma_id.name,
                )
            )

    def _may_reverse_cancel(self):
        """Whether cancelling takes a credit back that no counter-document has taken."""
        self.ensure_one()
        return self.state in ("draft", "posted") and not any(
            move.state == "posted" for move in self.reversal_move_ids
        )

    def _check_reverse_whole(self):
        """What a settlement gave is taken back whole, never lowered."""
        self.ensure_one()
        note = self.reversed_entry_id
        earlier = note.reversal_move_ids.filtered(lambda m: m.state == "posted")
        left = note.amount_total - sum(earlier.mapped("amount_total"))
        net = note.amount_untaxed - sum(earlier.mapped("amount_untaxed"))
        if self.posted_before or (
            (self.currency_id, self.partner_id) != (note.currency_id, note.partner_id)
            or note.currency_id.compare_amounts(self.amount_total, left)
            or note.currency_id.compare_amounts(self.amount_untaxed, net)
        ):
            self._refuse_released(
                self.env._(
                    "%(note)s is the credit note of a return: it is taken back whole, "
                    "by %(amount)s, or not at all. Then propose the right credit on "
                    "%(rma)s.",
                    note=note.display_name,
                    amount=note.currency_id.format(left),
                    rma=note.reverse_rma_id.name,
                )
            )

    # ------------------------------------------------------------------
    # Credits of nothing
    # ------------------------------------------------------------------
    def _drop_reverse_nil(self):
        """Make no document over 0.00 of these drafts, but book the cost of the goods.

        :return: what was dropped
        """
        nil = self.filtered(
            lambda move: (
                move.currency_id.is_zero(move.amount_untaxed)
                and move.currency_id.is_zero(move.amount_tax)
            )
        )
        for move in nil:
            move._create_reverse_cost()
        nil.unlink()
        return nil

    def _create_reverse_cost(self):
        """Book what the goods of this draft cost, as its posting would have done."""
        self.ensure_one()
        vals_list = self._stock_account_prepare_realtime_out_lines_vals()
        if not vals_list:
            return self.browse()
        names = ("name", "partner_id", "product_id", "quantity", "account_id")
        names += ("amount_currency", "analytic_distribution")
        rate = self.invoice_currency_rate or 1.0
        entry = self.create(
            {
                "move_type": "entry",
                "reverse_cost_settlement_id": self.reverse_settlement_id.id,
                "company_id": self.company_id.id,
                "journal_id": self.company_id.account_stock_journal_id.id
                or self.journal_id.id,
                "date": self.invoice_date,
                "ref": self.ref,
                "line_ids": [
                    Command.create(
                        {
                            **{name: vals[name] for name in names if name in vals},
                            "currency_id": self.currency_id.id,
                            "balance": self.company_currency_id.round(
                                vals["amount_currency"] / rate
                            ),
                        }
                    )
                    for vals in vals_list
                ],
            }
        )
        entry._post(soft=False)
        return entry

    def action_view_reverse_rma(self):
        self.ensure_one()
        return self.reverse_rma_id.get_formview_action()

    # ------------------------------------------------------------------
    # What was posted
    # ------------------------------------------------------------------
    def _get_reverse_parts(self):
        """Give what this document posted for each line of goods.

        Its own amount and taxes, and its shares of discounts, promotions and cash
        rounding. What the books say counts, whatever of it was archived or changed
        since; how much of a tax falls on which line is computed as Odoo does it.

        :rtype: dict[int, dict[str, engine.settlement.Part]]
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: (
                line.display_type in ("product", "rounding")
                and not line.tax_repartition_line_id
            )
        )
        goods = lines.filtered(lambda line: not line._is_reverse_reduction())
        taxes = defaultdict(float)
        for line in self.line_ids.filtered("tax_repartition_line_id"):
            # A tax that the customer owes has a counterpart below zero.
            if line.tax_repartition_line_id.factor >= 0:
                amount = self.direction_sign * line.amount_currency
                taxes[str(line.tax_line_id.id)] += amount
        return settlement.break_down(
            [
                line._to_reverse_posted(goods)
                for line in lines.sorted(lambda r: (r.display_type == "rounding", r.id))
            ],
            taxes,
            self.currency_id.rounding,
        )

    # ------------------------------------------------------------------
    # Over-credit
    # ------------------------------------------------------------------
    def _check_reverse_over_credit(self):
        """Refuse documents by which an order line is credited beyond its invoices.

        Credit notes, and invoices with lines of negative quantity, credit order lines.

        Lines of settlements are limited in quantity and amount. What others credit is
        limited in amount: always where a return claims the order line, otherwise as the
        company says.

        :raises UserError: naming order line and amounts
        """
        credit_notes = self.filtered(lambda m: m.move_type == "out_refund")
        self.env["reverse.settlement.line"]._check_credit_notes(credit_notes)
        self.env["reverse.settlement.line"]._check_value_credits(self)
        self._check_reverse_order_credits()
        # sudo: the limit counts every credit, whoever made it
        settled = credit_notes.invoice_line_ids.sudo().reverse_settlement_line_id
        settled.historic_sale_id._check_over_credit(credit_notes)

    def _check_reverse_order_credits(self):
        """Refuse credits of goods beyond what their order lines were invoiced."""
        lines = self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.sale_line_ids
                and line._is_reverse_credit()
                # an amount without goods has a limit of its own
                and line.sudo().reverse_settlement_line_id.kind != "value"  # sudo: kind
                and not any(line.sale_line_ids.mapped("is_downpayment"))
            )
        )
        if not lines:
            return
        self.env.flush_all()
        self.reversed_entry_id._reverse_touch()
        # sudo: the limit counts every credit, whoever made it
        order_lines = lines.sale_line_ids.sudo()
        order_lines._reverse_touch()
        invoiced, credited = order_lines._get_reverse_posted()
        claimed = order_lines._get_reverse_claimed()
        for (order_line, currency), new in lines._group_reverse_credits().items():
            key = (order_line.id, currency.id)
            left = [
                before - after
                for before, after in zip(invoiced[key], credited[key], strict=True)
            ]
            self._check_reverse_left(
                order_line, currency, new, left, order_line in claimed
            )
        self._check_reverse_order_limit(lines, claimed)

    def _check_reverse_left(self, order_line, currency, new, left, claimed):
        """Refuse credits of an order line that exceed what is left of it.

        Settlements are exact. Whoever cuts by hand has Odoo round each document anew:
        that is compared as it was priced, if it has the same taxes.

        :param new: the credit notes' lines about this order line
        :param left: invoiced and not credited: quantity, net, and as it was priced
        :param bool claimed: whether a live return is about the order line
        :raises UserError: naming order line and amounts
        """
        own = new.reverse_settlement_line_id
        foreign = new.filtered(lambda line: not line.reverse_settlement_line_id)
        by_price = foreign == new and order_line._has_same_reverse_taxes(new)
        credit = new._sum_reverse_credits()[1 if by_price else 0]
        quantity, amount = left[0], left[2 if by_price else 1]
        tolerance = currency.rounding * len(foreign)
        returned = sum(line._get_reverse_quantity(order_line) for line in new)
        too_much = credit > 0 and (
            currency.compare_amounts(credit - amount, tolerance) > 0
        )
        too_many = own and order_line.product_uom_id.compare(returned, quantity) > 0
        if too_much or too_many:
            self._refuse_over_credit(
                order_line, currency, credit, amount, own or claimed
            )

    def _get_reverse_billing(self):
        """Give the invoices of which a credit of value may be: that which it credits,
        and those of the same orders.
        """
        self.ensure_one()
        invoice = self.reversed_entry_id
        orders = self.invoice_line_ids.reverse_origin_line_id.sale_line_ids.order_id
        return (invoice | orders.invoice_ids).filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and not move.reversed_entry_id
            )
        )

    def _get_reverse_balance_documents(self):
        """Give these invoices, all that credits them, and what took such credits
        back.
        """
        orders = self.invoice_line_ids.sale_line_ids.order_id
        notes = self.reversal_move_ids | orders.invoice_ids.filtered(
            lambda move: move.move_type == "out_refund"
        )
        documents = self | notes | notes.reversal_move_ids
        return documents.filtered(lambda move: move.state == "posted")

    def _get_reverse_billed(self, currency):
        """Net amount that this document bills, below zero for a credit note."""
        self.ensure_one()
        if self.currency_id != currency:
            return 0.0
        lines = self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and not line.is_downpayment
        )
        return -self.direction_sign * sum(lines.mapped("price_subtotal"))

    def _check_reverse_order_limit(self, lines, claimed):
        """Refuse to credit more than an order was billed, with its discounts.

        Order lines were billed before discounts of the order, which are lines of their
        own. Credits of value have a limit of their own.

        :param lines: credits among the lines of these documents
        :param claimed: order lines that live returns touch
        """
        orders = lines.sale_line_ids.sudo().order_id  # sudo: as above
        ours = self.invoice_line_ids.filtered("sale_line_ids").sudo()  # sudo: as above
        billed, credited = defaultdict(float), defaultdict(float)
        # Odoo rounds what somebody cuts by hand; settlements are exact.
        tolerance = defaultdict(float)
        counted = (orders.order_line.invoice_lines | ours).filtered(
            lambda line: (
                (line.parent_state == "posted" or line in ours)
                and line.reverse_settlement_line_id.kind != "value"
                and not line._is_reverse_void()
            )
        )
        for line, net in counted._get_reverse_limited().items():
            key = (line.sale_line_ids.order_id[:1], line.currency_id)
            if line.move_id.move_type == "out_refund":
                credited[key] += net
                if not line.reverse_settlement_line_id:
                    tolerance[key] += line.currency_id.rounding
            else:
                billed[key] += net
        goods = lines.filtered(lambda r: r.reverse_settlement_line_id.kind != "value")
        for order, currency in {**billed, **credited}:
            new = goods.filtered(
                lambda r, key=(order, currency): (
                    (r.sale_line_ids.order_id[:1], r.currency_id) == key
                )
            )
            own = new.reverse_settlement_line_id
            over = credited[order, currency] - billed[order, currency]
            most = tolerance[order, currency]
            if new and currency.compare_amounts(over, most) > 0:
                credit, _priced = new._sum_reverse_credits()
                self._refuse_over_credit(
                    new.sale_line_ids[:1],
                    currency,
                    credit,
                    credit - over,
                    own or order.order_line & claimed,
                )

    def _refuse_over_credit(self, order_line, currency, amount, left, always):
        message = self.env._(
            "%(order)s, %(product)s: %(amount)s would be credited, but only %(left)s "
            "of what was invoiced is left. Lower the credit note; if it is meant as "
            "goodwill, use a line without the order.",
            order=order_line.order_id.name,
            product=order_line.product_id.display_name or order_line.name,
            amount=currency.format(amount),
            left=currency.format(max(left, 0.0)),
        )
        policy = order_line.company_id.reverse_foreign_credit
        if always or policy == "block":
            self.env["reverse.refusal"]._note("over_credit", order_line.company_id)
            raise UserError(message)
        if policy == "warn":
            for move in self.filtered(
                lambda m: order_line in m.invoice_line_ids.sale_line_ids
            ):
                move.message_post(body=message)

    # ------------------------------------------------------------------
    # From an invoice to the returns of what it charged, from every other entry to the
    # returns that it was made for.
    # ------------------------------------------------------------------
    def _get_reverse_line_domain(self):
        # sudo: which order lines were invoiced, and which goods an entry values
        moves = self.sudo()
        credits = moves.filtered("reverse_rma_id")
        charged = (moves - credits).invoice_line_ids.sale_line_ids
        valued = moves.stock_move_ids.reverse_rma_line_id
        return Domain.OR(
            [
                Domain("sale_line_id", "in", charged.ids),
                Domain("rma_id", "in", credits.reverse_rma_id.ids),
                Domain("id", "in", valued.ids),
            ]
        )

    def _compute_reverse_rma_count(self):
        lines = self.env["reverse.rma.line"]
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        (self - invoices).reverse_rma_count = 0
        rmas = {}
        if invoices and lines.has_access("read"):
            rmas = dict(
                lines._read_group(
                    invoices._get_reverse_line_domain(),
                    ["sale_line_id"],
                    ["rma_id:array_agg"],
                )
            )
        for invoice in invoices:
            # sudo: as above
            sale_lines = invoice.sudo().invoice_line_ids.sale_line_ids
            invoice.reverse_rma_count = len(
                {rma for line in sale_lines for rma in rmas.get(line, ())}
            )

    # ------------------------------------------------------------------
    # Invoices entitle to the deposits they charge; credit notes take that back.
    # ------------------------------------------------------------------
    def _get_reverse_deposit_lines(self):
        """Lines of sales documents that charge a deposit or take one back."""
        types = self.env["reverse.deposit.type"]
        if not types._get_product_types():
            return self.env["account.move.line"]
        return self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.move_id.move_type in ("out_invoice", "out_refund")
                and types._get_for_line(line)
            )
        )

    def _get_reverse_deposits(self):
        """Entitlements that these documents charge or take back."""
        # sudo: the balance does not depend on who keeps the books
        deposits = self.env["reverse.deposit"].sudo()
        lines = self._get_reverse_deposit_lines().sudo()
        if not lines:
            return deposits
        # a counter-document takes back what a credit note took
        moves = lines.move_id | lines.move_id.reversed_entry_id
        moves |= moves.reversed_entry_id
        return deposits.search(
            [
                "|",
                ("invoice_id", "in", moves.ids),
                ("invoice_line_id.sale_line_ids", "in", lines.sale_line_ids.ids),
            ]
        )

    def _sync_reverse_deposits(self):
        lines = self._get_reverse_deposit_lines().filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
                and line.quantity > 0
            )
        )
        # sudo: entitlements follow from the posted invoice
        deposits = self.env["reverse.deposit"].sudo()
        if lines:
            deposits |= deposits._create_for(lines.sudo())  # sudo: as above
        (deposits | self._get_reverse_deposits())._update_amounts()

    def _check_reverse_deposits(self):
        """Refuse to credit by hand what returns have refunded.

        :raises UserError: naming invoice and quantities
        """
        # sudo: every credit of a deposit counts, whoever posts it
        lines = (
            self._get_reverse_deposit_lines()
            .sudo()
            .filtered(
                lambda line: (
                    line._is_reverse_credit() and not line.reverse_settlement_line_id
                )
            )
        )
        if not lines:
            return
        self._get_reverse_deposits()._update_amounts()
        left = {}
        for line in lines:
            deposits = line.move_id._get_reverse_deposits()._find_credited(line)
            wanted = line._get_deposit_units()
            free = sum(left.setdefault(d, d.qty_left) for d in deposits)
            if deposits and line.product_id.uom_id.compare(wanted, free) > 0:
                raise UserError(
                    self.env._(
                        "%(deposits)s: %(wanted).12g would be credited, but the "
                        "balance is %(left).12g; returns have refunded the rest. "
                        "Lower the quantity.",
                        deposits=", ".join(deposits.mapped("display_name")),
                        wanted=wanted,
                        left=free,
                    )
                )
            for deposit in deposits:
                taken = min(wanted, left[deposit])
                left[deposit] -= taken
                wanted -= taken
