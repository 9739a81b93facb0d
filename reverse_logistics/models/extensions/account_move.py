from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import credit_notes, settlement
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..settlement.reverse_limited_mixin import GIVING, MOST_LINES, SALES

#: By how much a payment in another currency may differ.
RATES = 0.02
#: Lines of a document that book nothing.
NON_ACCOUNTED = ("line_section", "line_subsection", "line_note")

# A context sent by a client cannot contain it: only button_cancel() may go this way.
_CANCELLING = object()


class _Checked(frozenset):
    """Ids of documents about to be posted whose limits were checked.

    Being of a class of its own, no context that a client sends can contain it.

    :ivar dict authors: who wrote them until now, by document
    """

    authors = None


_LINKS = frozenset(
    {"reverse_settlement_id", "reverse_cost_settlement_id", "reverse_named_ids"}
)


class AccountMove(models.Model):
    """Guard the credit notes of returns, and limit credits to what was billed."""

    _name = "account.move"
    _inherit = [
        "account.move",
        "reverse.computed.mixin",
        "reverse.touch.mixin",
        "reverse.origin.mixin",
        "reverse.released.mixin",
        "reverse.limited.mixin",
    ]
    _reverse_computed = frozenset(
        {
            "amount_residual",
            "amount_residual_signed",
            "amount_tax",
            "amount_tax_signed",
            "amount_total",
            "amount_total_in_currency_signed",
            "amount_total_signed",
            "amount_untaxed",
            "amount_untaxed_in_currency_signed",
            "amount_untaxed_signed",
            "commercial_partner_id",
        }
    )

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
        if "reversed_entry_id" in vals:
            self._check_reverse_renamed(vals["reversed_entry_id"])
        state = vals.get("state")
        if not state:
            bills = self._filter_reverse_billing()._find_reverse_changed(vals)
            customers = {bill: bill.commercial_partner_id for bill in bills}
            res = super().write(vals)
            bills._check_reverse_gone(customers)
            if "matched_payment_ids" in vals:
                self._check_reverse_paid()
            return res
        # Here, not in the buttons' methods: whoever writes a state comes by.
        moves = self.filtered(lambda move: move.state != state)
        moves._check_reverse_state(state)
        if state == "posted":
            moves._check_reverse_limits()
        deposits = moves._get_reverse_deposits()
        gone = moves._filter_reverse_billing()
        authors = moves._get_reverse_authors() if state == "posted" else None
        res = super().write(vals)
        if state == "posted":
            moves._sync_reverse_deposits()
            # A counter-document takes the credit back, whoever made it.
            moves.reversed_entry_id.reverse_settlement_id._on_credit_notes_gone()
            moves.reversed_entry_id._close_reverse_loose()
            moves._watch_reverse_loose(authors)
        else:
            deposits._update_amounts()
            moves._close_reverse_loose()
            gone._check_reverse_gone()
        if state == "cancel":
            moves.reverse_settlement_id._on_credit_notes_gone()
        if "matched_payment_ids" in vals:
            self._check_reverse_paid()
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
        mark = _Checked(self.ids)
        mark.authors = self._get_reverse_authors()
        checked = self.with_context(reverse_checked=mark)
        return super(AccountMove, checked)._post(soft).with_env(self.env)

    def _get_reverse_authors(self):
        """Give who wrote these credit notes, before posting writes on them as well.

        A schedule, or a colleague who confirms what waits, may post what they wrote.

        :return: ``{document: users}``
        """
        checked = self.env.context.get("reverse_checked")
        if isinstance(checked, _Checked):
            return checked.authors
        # sudo: users only, whoever posts it
        notes = self.sudo().filtered(
            lambda move: (
                move.move_type == "out_refund" and not move.reverse_settlement_id
            )
        )
        return {
            note: note._get_reverse_creators()
            | note.write_uid
            | note.line_ids.write_uid
            for note in notes
        }

    def _check_reverse_limits(self):
        """Refuse credits beyond what was billed, unless that was checked just now."""
        checked = self.env.context.get("reverse_checked")
        if isinstance(checked, _Checked) and checked.issuperset(self.ids):
            return
        self._check_reverse_over_credit()
        self._check_reverse_deposits()
        # The most specific limit comes first: its message names the product.
        self._check_reverse_documents()

    # ------------------------------------------------------------------
    # What was released is posted, and nothing else: engine.credit_notes has the tables
    # ------------------------------------------------------------------
    def button_cancel(self):
        """Take the credit of returns back with their credit notes."""
        cancelling = self.with_context(reverse_cancelling=_CANCELLING)
        return super(AccountMove, cancelling).button_cancel()

    def copy(self, default=None):
        """Credit notes of returns are not duplicated; counter-documents are copies.

        A copy of any other document of sales remembers what that one named.
        """
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
        copies = super().copy(default)
        for move, copied in zip(self, copies, strict=True):
            if move.move_type in SALES and not copied.reversed_entry_id:
                copied._remember_reverse(move._get_reverse_invoices())
        return copies

    def _get_reverse_invoices(self):
        """Give the invoices that this document is, or is about."""
        self.ensure_one()
        move = self.sudo()  # sudo: what counts for a limit
        if move._is_reverse_bill():
            return move
        roots = move._get_reverse_roots()
        return roots | move._get_reverse_family_orders(roots)._get_reverse_bills()

    def _is_reverse_bill(self):
        """Whether this document bills a customer, and takes no credit back."""
        self.ensure_one()
        return (
            self.move_type in ("out_invoice", "out_receipt")
            and not self.reversed_entry_id
        )

    @unless_uninstalling
    def _unlink_except_released(self):
        self._check_reverse_edit()
        self._check_reverse_bills_kept()

    def _check_reverse_bills_kept(self):
        """Refuse to delete what is posted, which a context of the client opens."""
        bills = self._filter_reverse_billing()
        # Clients never run as superuser.
        if bills and not self.env.su:
            raise UserError(
                self.env._(
                    "%(documents)s is posted, and what was credited may count on it. "
                    "Reset it to draft first.",
                    documents=", ".join(bills.mapped("display_name")),
                )
            )

    def _compute_show_reset_to_draft_button(self):
        res = super()._compute_show_reset_to_draft_button()
        for move in self.filtered("posted_before"):
            condition = credit_notes.get_condition(move._get_reverse_kind(), "draft")
            if condition:
                move.show_reset_to_draft_button = False
        return res

    def _is_reverse_cancelling(self):
        return self.env.context.get("reverse_cancelling") is _CANCELLING

    def _get_reverse_kind(self):
        """Tell as which kind of engine.credit_notes a document is guarded, if any."""
        self.ensure_one()
        kind = self._get_reverse_closed_kind()
        # sudo: credits, for whoever keeps the books
        if not kind and self.state == "posted" and self.sudo()._is_reverse_credited():
            return "invoice"
        return kind

    def _get_reverse_closed_kind(self):
        """Tell it of documents that a release made, or that take those back."""
        self.ensure_one()
        move = self.sudo()  # sudo: as above
        origin = move.reversed_entry_id
        if move.reverse_settlement_id:
            return "note"
        if move.reverse_cost_settlement_id:
            return "cost"
        if origin.reverse_settlement_id:
            return "counter"
        return "renewal" if origin.reversed_entry_id.reverse_settlement_id else None

    def _is_reverse_credited(self):
        """Whether a return has given something of this invoice, and still does."""
        self.ensure_one()
        return self.move_type in SALES and any(
            note.state == "posted"
            and note.reverse_settlement_id.state == "released"
            and not note._is_reverse_credit_gone()
            for note in self.reversal_move_ids
        )

    def _is_reverse_foreign(self):
        """Whether this posted document gives something of what returns are about."""
        self.ensure_one()
        if self.move_type not in GIVING or self.state != "posted":
            return False
        families = self._find_reverse_families()
        return any(self._is_reverse_claimed(family) for family in families.values())

    def _find_reverse_guarded(self, basis=True):
        """Tell which of these documents are guarded, and as which kind.

        :param bool basis: something is to change that credits are cut from, or limited
            by; only then it matters whether returns are about a document
        :return: ``{document: kind}``
        """
        guarded = {}
        for move in self.filtered("posted_before"):
            kind = move._get_reverse_closed_kind()
            if not kind and basis:
                # sudo: as above
                foreign = move.sudo()._is_reverse_foreign() and "foreign"
                kind = move._get_reverse_kind() or foreign
            if kind:
                guarded[move] = kind
        return guarded

    def _check_reverse_edit(self, vals=None):
        """Refuse to change what was released, or with no values to delete it.

        :raises UserError: saying how a credit is taken back
        """
        names = self._get_reverse_frozen("note")
        if self._is_reverse_cancelling() or (
            vals is not None and names.isdisjoint(vals)
        ):
            return
        basis = vals is None or not self._get_reverse_frozen("invoice").isdisjoint(vals)
        for move, kind in self._find_reverse_guarded(basis).items():
            frozen = self._get_reverse_frozen(kind)
            if vals is None or move._is_reverse_changed(vals, frozen):
                move._refuse_reverse_edit(kind)

    def _check_reverse_renamed(self, origin_id):
        """Refuse to make a posted document the counter-document of a credit note.

        What others named is remembered.

        :param int origin_id: what these documents are to reverse from now on
        """
        origin = self.sudo().browse(origin_id or None)  # sudo: whether it is a return's
        released = origin | origin.reversed_entry_id
        for move in self.filtered(lambda m: m.reversed_entry_id != origin):
            if move.posted_before and released.reverse_settlement_id:
                origin._refuse_reverse_edit(origin._get_reverse_kind())
            if move.reversed_entry_id:
                move._remember_reverse(move.reversed_entry_id)

    def _refuse_reverse_edit(self, kind):
        """Say why a document stays as it is, and what to do.

        :param str kind: see engine.credit_notes
        """
        self.ensure_one()
        # sudo: names only, for whoever keeps the books
        move = self.sudo()
        if kind == "renewal":
            move.reversed_entry_id._refuse_reverse_edit("counter")
        explain = {
            "note": move._explain_reverse_note,
            "cost": move._explain_reverse_cost,
            "counter": move._explain_reverse_counter,
            "invoice": move._explain_reverse_invoice,
            "foreign": move._explain_reverse_foreign,
        }
        move._refuse_released(explain[kind]())

    def _explain_reverse_note(self):
        return self.env._(
            "%(note)s stays as it was released. To take the credit back, a credit "
            "releaser presses Reverse on the settlement of %(rma)s; then it can be "
            "proposed again.",
            note=self.display_name,
            rma=self.reverse_rma_id.name,
        )

    def _explain_reverse_cost(self):
        return self.env._(
            "%(move)s books the cost of goods that came back with %(rma)s, for "
            "which nothing was due, and stays as it was released. A credit "
            "releaser takes it back by Reverse on the settlement.",
            move=self.display_name,
            rma=self.reverse_cost_settlement_id.rma_id.name,
        )

    def _explain_reverse_counter(self):
        return self.env._(
            "%(move)s took back the credit of %(note)s and stays as it is. If the "
            "customer is to get that credit after all, propose it again on %(rma)s.",
            move=self.display_name,
            note=self.reversed_entry_id.display_name,
            rma=self.reversed_entry_id.reverse_rma_id.name,
        )

    def _explain_reverse_invoice(self):
        notes = self.reversal_move_ids.filtered("reverse_settlement_id")
        return self.env._(
            "%(invoice)s stays as it is: %(notes)s of %(rmas)s credited what it says. "
            "Bill or credit the difference by another document, or have a credit "
            "releaser press Reverse on the settlement first.",
            invoice=self.display_name,
            notes=", ".join(notes.mapped("name")),
            rmas=", ".join(notes.reverse_rma_id.mapped("name")),
        )

    def _explain_reverse_foreign(self):
        return self.env._(
            "%(document)s gives something of what returns credit as well. Reset it to "
            "draft before you change it; it is compared with what is left when you "
            "confirm it.",
            document=self.display_name,
        )

    def _refuse_released(self, message):
        self.env["reverse.refusal"]._note("released", self.company_id)
        raise UserError(message)

    def _check_reverse_state(self, state):
        """Refuse states in which a document would not be what was released."""
        for move in self:
            kind = move._get_reverse_kind()
            condition = credit_notes.get_condition(kind, state)
            own = move.sudo()  # sudo: settlements, for whoever keeps the books
            checks = {
                "released": own._check_reverse_released,
                "cancelling": own._check_reverse_cancelling,
                "whole": own._check_reverse_whole,
                "first": own._check_reverse_first,
                "never": own._check_reverse_never,
            }
            if condition:
                checks[condition](kind)

    def _check_reverse_never(self, kind):
        self._refuse_reverse_edit(kind)

    def _check_reverse_first(self, kind):
        if self.posted_before:
            self._refuse_reverse_edit(kind)

    def _check_reverse_cancelling(self, kind):
        """Cancelling takes a credit back that no counter-document has taken."""
        self.ensure_one()
        if (
            not self._is_reverse_cancelling()
            or self.state not in ("draft", "posted")
            or any(move.state == "posted" for move in self.reversal_move_ids)
        ):
            self._refuse_reverse_edit(kind)

    def _check_reverse_released(self, _kind):
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

    def _check_reverse_whole(self, _kind):
        """What a settlement gave is taken back whole, never lowered: each account and
        tax of the credit note has to come to zero.
        """
        self.ensure_one()
        note = self.reversed_entry_id
        earlier = note.reversal_move_ids.filtered(lambda m: m.state == "posted") - self
        rates = (note.invoice_currency_rate, self.expected_currency_rate)
        if (
            self.posted_before
            or (self.move_type, self.partner_id) != ("out_invoice", note.partner_id)
            or self.currency_id != note.currency_id
            or self.invoice_currency_rate not in rates
            or any((note | earlier | self)._sum_reverse_books().values())
        ):
            left = note.amount_total - sum(earlier.mapped("amount_total"))
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

    def _sum_reverse_books(self):
        """Sum what these documents of one currency say together.

        By account and taxes, and of each tax, without the cost of goods, which
        documents and those that take them back book on accounts of their own.
        """
        sums = defaultdict(float)
        for line in self.line_ids.filtered(
            lambda line: line.display_type not in (*NON_ACCOUNTED, "cogs")
        ):
            tax = line.tax_line_id
            key = tax or (line.account_id, line.tax_ids)
            sums[key] += line.amount_currency
        return {key: self.currency_id.round(amount) for key, amount in sums.items()}

    # ------------------------------------------------------------------
    # Paid once: of what payments name, which bank and journal items do not know yet
    # ------------------------------------------------------------------
    def _check_reverse_paid(self):
        """Refuse payments of credit notes of returns of more than these say.

        A payment belongs to all documents that it names, and they to all of theirs.
        """
        # sudo: what was paid, whoever pays
        notes = self.sudo().filtered("reverse_settlement_id")
        notes._reverse_touch()
        for note in notes:
            family, payments = note, note.matched_payment_ids
            while more := payments.invoice_ids - family:
                family |= more
                payments |= more.matched_payment_ids
            paying = payments._filter_reverse_paying()
            owner = note.commercial_partner_id
            # A contact may have become a company of its own since.
            owners = owner | note.partner_id.commercial_partner_id
            if paying._filter_reverse_strange(owners):
                note._refuse_released(
                    self.env._(
                        "%(note)s is due to %(customer)s, and is paid to nobody else.",
                        note=note.name,
                        customer=owner.display_name,
                    )
                )
            currency = note.currency_id
            paid = paying._sum_reverse_paid(currency)
            due = sum(own._get_reverse_payable(payments, currency) for own in family)
            # Without an entry of its own, a payment is what the bank settled.
            direct = paying.filtered(lambda p: not p.move_id and p.state == "paid")
            due += min(
                sum(own._get_reverse_banked(currency) for own in family),
                direct._sum_reverse_paid(currency),
            )
            # Rates differ from day to day, and by the bank.
            slack = 0.0 if paying.currency_id <= currency else due * RATES
            if currency.compare_amounts(paid, due + slack) > 0:
                note._refuse_released(
                    self.env._(
                        "Payments of %(notes)s would come to %(paid)s, of which "
                        "%(due)s is due. Pay what is left; what else the customer is "
                        "to get has to be credited first.",
                        notes=", ".join(family.mapped("name")),
                        paid=currency.format(paid),
                        due=currency.format(due),
                    )
                )

    def _get_reverse_payable(self, payments, currency):
        """Give what payments may give for this document: all that nothing else settled.

        :param payments: those of the document, and of others beside it
        """
        self.ensure_one()
        if self.state != "posted" or not self.is_outbound():
            return 0.0
        settled = sum(
            partial.credit_amount_currency
            for partial in self._get_reverse_settled()
            if partial.debit_move_id.move_id.origin_payment_id not in payments
        )
        return self.currency_id._convert(
            self.amount_total - settled, currency, self.company_id, self.date
        )

    def _get_reverse_banked(self, currency):
        """Give what lines of bank statements have settled of this document."""
        self.ensure_one()
        banked = sum(
            partial.credit_amount_currency
            for partial in self._get_reverse_settled()
            if partial.debit_move_id.move_id.statement_line_id
        )
        return self.currency_id._convert(banked, currency, self.company_id, self.date)

    def _get_reverse_settled(self):
        lines = self.line_ids.filtered(
            lambda line: line.account_type in ("asset_receivable", "liability_payable")
        )
        return lines.matched_debit_ids

    def _find_reverse_written_off(self):
        """Find the invoices of which something was never paid, nor credited.

        An early payment discount, a payment difference or a write-off settled it. Gains
        and losses by the rate of a currency do not count.
        """
        found = self.browse()
        for invoice in self:
            lines = invoice.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            settled_by = lines.matched_credit_ids.credit_move_id.move_id
            if any(move._is_reverse_write_off() for move in settled_by):
                found |= invoice
        return found

    def _is_reverse_write_off(self):
        """Whether an entry that settles an invoice is no plain payment of money."""
        self.ensure_one()
        if self.is_invoice(include_receipts=True) or self.exchange_diff_partial_ids:
            return False
        groups = self.line_ids.account_id.mapped("internal_group")
        return bool({"income", "expense", "equity"} & {*groups})

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
        self.env["reverse.settlement.line"]._check_credit_notes(nil)
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
        """Refuse documents by which more is credited than was billed.

        Of an order line: credit notes, and lines of invoices that are below zero. Lines
        of settlements are limited in quantity and amount, what others credit in amount:
        always where a return claims the order line, otherwise as the company says.

        :raises UserError: naming what is credited, and the amounts
        """
        # invoices first, then order lines: in the order in which everybody touches
        roots = self._filter_reverse_giving()._get_reverse_roots()
        (roots | self.reversed_entry_id)._reverse_touch()
        sales = self.filtered(lambda m: m.move_type in SALES)
        notes = sales.filtered(lambda m: m.move_type == "out_refund")
        self.env["reverse.settlement.line"]._check_credit_notes(notes)
        self.env["reverse.settlement.line"]._check_value_credits(sales)
        sales._check_reverse_order_credits()
        # sudo: the limit counts every credit, whoever made it
        settled = notes.invoice_line_ids.sudo().reverse_settlement_line_id
        settled.historic_sale_id._check_over_credit(notes)

    def _check_reverse_order_credits(self):
        """Refuse credits of goods beyond what their order lines were invoiced."""
        self._check_reverse_order_lines(self._find_reverse_order_credits())

    def _find_reverse_order_credits(self):
        """Find the lines of these documents that credit goods of orders."""
        return self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line._get_reverse_order_line()
                and line._is_reverse_credit()
                # an amount without goods has a limit of its own
                and line.sudo().reverse_settlement_line_id.kind != "value"  # sudo: kind
            )
        )

    def _check_reverse_order_lines(self, lines, posted=False):
        """Refuse these credits beyond what their order lines were invoiced.

        :param lines: credits of goods on these documents
        :param bool posted: they are posted, and looked at as if they were not
        """
        if not lines:
            return
        self.env.flush_all()
        # sudo: the limit counts every credit, whoever made it
        order_lines = lines._get_reverse_order_lines().sudo()
        order_lines._reverse_touch()
        counted = lines if posted else lines.browse()
        invoiced, credited = order_lines._get_reverse_posted(counted)
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
        tolerance = currency.rounding * min(len(foreign), MOST_LINES)
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
        """Give the invoices that a credit of value may be of.

        They are the one that it credits, and those of the same orders.
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
        """Give these invoices, their credits, and what took such credits back."""
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
                and line.move_id.move_type in SALES
                and line.reverse_settlement_line_id.kind != "value"
                and not line._is_reverse_void()
            )
        )
        for line, net in counted._get_reverse_limited().items():
            key = (line._get_reverse_order(), line.currency_id)
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
                    (r._get_reverse_order(), r.currency_id) == key
                )
            )
            own = new.reverse_settlement_line_id
            over = credited[order, currency] - billed[order, currency]
            most = min(tolerance[order, currency], MOST_LINES * currency.rounding)
            if new and currency.compare_amounts(over, most) > 0:
                credit, _priced = new._sum_reverse_credits()
                self._refuse_over_credit(
                    new._get_reverse_order_lines()[:1],
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
        moves = self.filtered(lambda m: order_line in m.invoice_line_ids.sale_line_ids)
        moves._refuse_reverse_credit(message, order_line.company_id, always)

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
