from collections import defaultdict
from typing import Any, NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

#: Documents by which a partner may get something.
GIVING = ("out_refund", "in_invoice", "in_receipt", "entry")
#: Documents by which a partner may be billed, or what was given is taken back.
BILLING = ("out_invoice", "out_receipt", "in_refund", "entry")
#: Documents of sales, by which a customer is billed, or gets something back.
SALES = ("out_invoice", "out_refund", "out_receipt")
_DUE = ("asset_receivable", "liability_payable")
#: For how many lines, and for cash by how many of its currency's smallest units, a
#: document may be off that is cut by hand: whoever enters it enters these, too.
MOST_LINES, MOST_COINS = 50, 100
#: How many credit notes of a customer are looked at when a bill is taken back.
MOST_NOTES = 100


class Family(NamedTuple):
    """What belongs to a document that gives something.

    :param roots: the posted invoices that it credits, or once named
    :param orders: the orders that it or they are about
    :param documents: all posted ones of these invoices and orders, and those that are
        about to be posted together
    :param naming: of these, what names the invoices themselves
    :param billing: of these, what may raise the limit: the invoices, those of the
        orders, and what takes a credit back. A bill that merely remembers an invoice
        is about something else, and may be taken back any time.
    """

    roots: Any
    orders: Any
    documents: Any
    naming: Any
    billing: Any


class ReverseLimitedMixin(models.AbstractModel):
    """No document gives more than is left of the invoices and orders that it names.

    However its lines are typed, linked or not, and whatever kind of document it is:
    what counts is what the partner owes by it, or gets. Lines of order lines have a
    limit of their own beside this one (``_check_reverse_order_credits``).
    """

    _name = "reverse.limited.mixin"
    _description = "Limit of Credits"

    reverse_named_ids = fields.Many2many(
        "account.move",
        "reverse_named_move_rel",
        "move_id",
        "named_id",
        "Invoices Named Before",
        copy=False,
        readonly=True,
        help="What this document, or the one that it was copied from, named or had "
        "order lines of. What it gives counts for their limit, whatever it names now.",
    )

    # ------------------------------------------------------------------
    # What a document names
    # ------------------------------------------------------------------
    def _remember_reverse(self, invoices):
        """Keep that these documents named these invoices."""
        missing = invoices - self.sudo().reverse_named_ids  # sudo: kept for the limit
        for move in self:
            links = [Command.link(invoice.id) for invoice in missing - move]
            if links:
                # sudo: as above, nobody writes it by hand; it changes no amount
                move.sudo().with_context(
                    skip_invoice_sync=True, skip_is_manually_modified=True
                ).write({"reverse_named_ids": links})

    def _get_reverse_roots(self):
        """Give the invoices that all these documents go back to.

        Invoices that a document credits or reverses count, also if it once did so. For
        documents that returns made, the link cannot change.
        """
        foreign = self.filtered(lambda move: not move.reverse_settlement_id)
        roots = self.reversed_entry_id | foreign.reverse_named_ids
        seen = self.browse()
        while lower := roots.filtered("reversed_entry_id") - seen:
            seen |= lower
            roots = (roots - lower) | lower.reversed_entry_id
        return roots - self

    def _get_reverse_family_orders(self, roots):
        return (self | roots).invoice_line_ids.sale_line_ids.order_id

    def _find_reverse_families(self):
        """Find what these documents name, and all that is posted about that.

        :return: ``{document: Family}``, without documents that name nothing
        """
        named = {}
        for move in self:
            roots = move._get_reverse_roots()
            orders = move._get_reverse_family_orders(roots)
            if roots or orders:
                named[move] = (roots, orders)
        known = {
            move: roots | orders.order_line.invoice_lines.move_id
            for move, (roots, orders) in named.items()
        }
        every = self.browse({id_ for moves in known.values() for id_ in moves.ids})
        below = self._index_reverse(every._find_reverse_children(), named)
        families = {}
        for move, (roots, orders) in named.items():
            naming = self._pick_reverse(below, roots)
            mates = self._pick_reverse(below, orders) | move
            related = self._pick_reverse(below, known[move])
            posted = (known[move] | related).filtered(lambda m: m.state == "posted")
            documents = posted | mates | naming
            given = documents.filtered(lambda m: m.move_type in GIVING)
            families[move] = Family(
                roots.filtered(lambda m: m.state == "posted"),
                orders,
                documents,
                naming,
                known[move]
                | documents.filtered(lambda m, g=given: m.reversed_entry_id in g),
            )
        return families

    @api.model
    def _index_reverse(self, children, named):
        """Tell what is below each invoice and order, posted or about to be.

        :param children: posted documents that credit, take back or once named others
        :param dict named: invoices and orders of the documents that are looked at
        :return: ``{invoice or order: set of ids}``
        """
        below = defaultdict(set)
        for child in children:
            for above in child._get_reverse_roots() | child.reversed_entry_id:
                below[above].add(child.id)
        for move, (roots, orders) in named.items():
            for above in (*roots, *orders):
                below[above].add(move.id)
        return below

    @api.model
    def _pick_reverse(self, below, records):
        return self.browse(
            sorted({id_ for record in records for id_ in below.get(record, ())})
        )

    def _find_reverse_children(self):
        """Find what credits these documents, what takes that back, and so on.

        What once named them is found as well.
        """
        found, above = self.browse(), self
        while above:
            children = self.search_fetch(
                [
                    ("state", "=", "posted"),
                    "|",
                    "|",
                    ("reversed_entry_id", "in", above.ids),
                    ("reversed_entry_id.reversed_entry_id", "in", above.ids),
                    ("reverse_named_ids", "in", above.ids),
                ],
                ["reversed_entry_id", "partner_id", "state", "reverse_settlement_id"],
            )
            # two generations at once: most have no third one
            above = children.filtered(
                lambda m, above=above: m.reversed_entry_id not in above
            )
            above -= found
            found |= children
        return found

    # ------------------------------------------------------------------
    # What a document gives
    # ------------------------------------------------------------------
    def _get_reverse_balances(self):
        """Sum what partners owe by these documents, below zero for what they get.

        :return: ``{document: {currency: amount}}``
        """
        balances = defaultdict(lambda: defaultdict(float))
        rows = self.env["account.move.line"]._read_group(
            [("move_id", "in", self.ids), ("account_id.account_type", "in", _DUE)],
            ["move_id", "currency_id"],
            ["amount_currency:sum"],
        )
        for move, currency, amount in rows:
            balances[move][currency] += amount
        return balances

    def _is_reverse_of_party(self, move):
        """Whether these documents are with the same partner; entries may name none."""
        self.ensure_one()
        party = move.partner_id
        return (
            not (self.partner_id and party)
            or self.partner_id == party
            or self.partner_id.commercial_partner_id == party.commercial_partner_id
        )

    def _get_reverse_deducted(self, currency):
        """Sum the down payments that these deduct; other invoices billed them."""
        lines = self.invoice_line_ids.filtered(
            lambda line: (
                line.currency_id == currency
                and line.is_downpayment
                and line.price_total < 0
            )
        )
        return -sum(lines.mapped("price_total"))

    def _get_reverse_tolerance(self, currency):
        """Give how far the cents of a document cut by hand may be off.

        Each of its lines and their taxes were rounded anew, and so was its cash.
        """
        self.ensure_one()
        if self.reverse_settlement_id:
            return 0.0
        priced = self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.price_total
        )
        cash = min(
            self.invoice_cash_rounding_id.rounding, MOST_COINS * currency.rounding
        )
        return 2 * currency.rounding * min(len(priced), MOST_LINES) + cash

    # ------------------------------------------------------------------
    # The limit
    # ------------------------------------------------------------------
    def _check_reverse_documents(self):
        """Refuse documents that give more than is left of what they name.

        Credits of settlements are always refused then, and others where returns are
        about the same invoices or orders; else as the company says.

        :raises UserError: naming the document and the amounts
        """
        families = self._filter_reverse_giving()._find_reverse_families()
        if not families:
            return
        every = {id_ for family in families.values() for id_ in family.documents.ids}
        # sudo: every document counts, whoever posts this one
        balances = self.sudo().browse(every)._get_reverse_balances()
        for move, family in families.items():
            for currency, amount in balances[move].items():
                if currency.compare_amounts(amount, 0) < 0:
                    move._check_reverse_family(family, balances, currency)

    def _filter_reverse_giving(self):
        """Those of these documents by which a partner may get something."""
        # sudo: as above
        return self.sudo().filtered(
            lambda move: (
                move.move_type in GIVING
                and not move.reversed_entry_id.reverse_settlement_id
                # of the many entries that modules make, few are about an invoice
                and (move.move_type != "entry" or move.reversed_entry_id)
            )
        )

    def _check_reverse_family(self, family, balances, currency):
        """Refuse this document where it gives more than its family leaves.

        :param dict balances: see ``_get_reverse_balances``
        """
        self.ensure_one()

        def total(moves):
            own = moves.filtered(lambda m: m._is_reverse_of_party(self))
            amounts = {m: balances[m][currency] for m in own}
            return sum(
                amount if m in family.billing else min(amount, 0.0)
                for m, amount in amounts.items()
            )

        left = total(family.documents)
        if not self.reverse_settlement_id and family.roots:
            named = total(family.roots | family.naming)
            named += family.roots._get_reverse_deducted(currency)
            left = min(left, named)
        tolerance = self._get_reverse_tolerance(currency)
        if currency.compare_amounts(left, -tolerance) < 0:
            self._refuse_reverse_beyond(
                family, currency, -balances[self][currency], left
            )

    def _refuse_reverse_beyond(self, family, currency, amount, left):
        named = [*family.roots.mapped("name"), *family.orders.mapped("name")]
        message = self.env._(
            "%(document)s: %(amount)s with tax would be credited, but only %(left)s of "
            "%(named)s is left. Credit less, or propose the credit on the return.",
            document=self.reverse_settlement_id.display_name or self.display_name,
            amount=currency.format(amount),
            left=currency.format(max(left + amount, 0.0)),
            named=", ".join(named),
        )
        always = self.reverse_settlement_id or self._is_reverse_claimed(family)
        self._refuse_reverse_credit(message, self.company_id, always)

    # ------------------------------------------------------------------
    # Bills that are taken back: what was credited counted on them
    # ------------------------------------------------------------------
    def _filter_reverse_billing(self):
        """Those of these posted documents that a limit of credits may count on."""
        return self.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in BILLING
                # as in _filter_reverse_giving
                and (move.move_type != "entry" or move.reversed_entry_id)
            )
        )

    def _check_reverse_gone(self, customers=None):
        """Look at posted credits as if they were posted now, without these documents.

        Otherwise a bill that nobody means to collect would let a credit pass, and go.

        :param dict customers: whom they billed until now, where that is written
        :raises UserError: naming these documents, and the credit
        """
        if not self:
            return
        # sudo: every credit counts, whoever takes a bill back
        bills = self.sudo()
        try:
            bills._check_reverse_without(customers or {})
        except UserError as error:
            raise UserError(
                self.env._(
                    "%(documents)s stays as it is: without what it bills, more is "
                    "credited than was billed. %(reason)s",
                    documents=", ".join(
                        bill.name or bill.display_name for bill in bills
                    ),
                    reason=error.args[0],
                )
            ) from error

    def _check_reverse_without(self, customers):
        counters = self.filtered("reversed_entry_id")
        roots = counters._get_reverse_roots()
        roots |= roots._get_reverse_roots()
        orders = self._get_reverse_family_orders(roots)
        (self | roots)._reverse_touch()
        orders.order_line._reverse_touch()
        known = self | roots | orders.order_line.invoice_lines.move_id
        credits = (known | known._find_reverse_children())._filter_reverse_giving()
        credits = credits.filtered(lambda move: move.state == "posted") - self
        billed = self.invoice_line_ids.sale_line_ids
        lines = credits._find_reverse_order_credits().filtered(
            lambda line: line.sale_line_ids & billed and not line._is_reverse_void()
        )
        credits._check_reverse_order_lines(lines, posted=True)
        credits._check_reverse_documents()
        for bill in self.filtered(lambda move: move.move_type in SALES):
            customer = customers.get(bill, bill.commercial_partner_id)
            if bill._owes_reverse_below_zero(customer):
                credits |= bill._find_reverse_loose(customer)
        credits._filter_reverse_unseen()._watch_reverse_loose()

    def _find_reverse_loose(self, customer):
        """Find the newest credit note of a customer that names nothing."""
        self.ensure_one()
        notes = self.search(
            [
                *self._get_reverse_entity_domain(),
                ("commercial_partner_id", "=", customer.id),
                ("move_type", "=", "out_refund"),
                ("reverse_settlement_id", "=", False),
                ("state", "=", "posted"),
            ],
            order="id desc",
            limit=MOST_NOTES,
        )
        return notes._filter_reverse_unseen()._filter_reverse_loose()[:1]

    def _filter_reverse_unseen(self):
        """Leave out those that somebody looks at, or has decided to leave."""
        seen = self.env["reverse.exception"].search(
            [
                ("type", "=", "loose_credit"),
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                "|",
                ("state", "=", "open"),
                ("resolution", "=", "leave_credit"),
            ]
        )
        return self - self.browse(seen.mapped("res_id"))

    def _is_reverse_claimed(self, family):
        """Whether returns are about what a document names."""
        return bool(
            family.documents.reverse_settlement_id
            or family.orders.order_line._get_reverse_claimed()
        )

    def _refuse_reverse_credit(self, message, company, always):
        """Refuse a credit or warn about it, as the settings of the company say.

        :param always: refuse it whatever the setting says
        """
        companies = company | self.company_id
        policy = companies._get_reverse_strictest("reverse_foreign_credit")
        if always or policy == "block":
            self.env["reverse.refusal"]._note("over_credit", company)
            raise UserError(message)
        if policy == "warn":
            for move in self:
                move.message_post(body=message)

    # ------------------------------------------------------------------
    # Credits that name nothing
    # ------------------------------------------------------------------
    def _filter_reverse_loose(self):
        """Those of these credit notes that name no invoice and no billed order.

        An order that was never billed can be made up to be named, and so can an invoice
        that is not posted.
        """
        return self.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and not move.reverse_settlement_id
                and "posted" not in move._get_reverse_roots().mapped("state")
                and not move._get_reverse_orders_billed()
            )
        )

    def _watch_reverse_loose(self, authors=None):
        """Have somebody look at credit notes without an invoice or a billed order.

        They may give once more what returns gave; where the company says so, they are
        refused.

        Nobody can tell from the books what such a credit is for. It looks like a second
        one where a return gave the same customer the same amount, or where all credit
        notes of the customer give more than all invoices bill.

        :param dict authors: who wrote them until they were posted, by document
        """
        # sudo: returns and balance of the customer, whoever posts it
        for move in self.sudo()._filter_reverse_loose():
            released = move._find_reverse_released()
            if not released or move._get_reverse_loose_policy(released) == "off":
                continue
            twin = released.filtered(
                lambda note, move=move: (
                    note.currency_id == move.currency_id
                    and not note.currency_id.compare_amounts(
                        note.amount_total, move.amount_total
                    )
                )
            )[:1]
            if twin:
                reason = move._explain_reverse_twin(twin)
            elif move._owes_reverse_below_zero(move.commercial_partner_id):
                reason = move._explain_reverse_below_zero()
            else:
                continue
            written = (authors or {}).get(move) or move._get_reverse_creators()
            move._report_reverse_loose(released, twin or released[:1], reason, written)

    def _get_reverse_creators(self):
        """Give who entered this document, or what a schedule copies it from."""
        self.ensure_one()
        moves = self | self.auto_post_origin_id
        return moves.create_uid | moves.line_ids.create_uid

    def _get_reverse_loose_policy(self, released):
        """Give what is said about credits that name nothing.

        By the company, and by those whose returns gave the same customer money: a
        credit by the company above these may be the same one again.
        """
        companies = self.company_id | released.company_id
        return companies._get_reverse_strictest("reverse_loose_credit")

    def _get_reverse_entity_domain(self):
        """Give the domain of the company with all branches, who share their books.

        What one of them credits is not credited once more by another.
        """
        return [("company_id", "child_of", self.company_id.root_id.id)]

    def _get_reverse_orders_billed(self):
        """Give the posted documents by which the orders of these lines were billed."""
        bills = self.invoice_line_ids.sale_line_ids.order_id._get_reverse_bills()
        return bills.filtered(lambda move: move.state == "posted")

    def _find_reverse_released(self):
        """Find the credit notes that returns gave the customer of this one."""
        self.ensure_one()
        return self.search(
            [
                *self._get_reverse_entity_domain(),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("reverse_settlement_id.state", "=", "released"),
                ("state", "=", "posted"),
            ],
            order="id desc",
        )

    def _owes_reverse_below_zero(self, customer):
        """Whether sales documents gave a customer more than they billed."""
        self.ensure_one()
        [[balance]] = self.env["account.move.line"]._read_group(
            [
                *self._get_reverse_entity_domain(),
                ("partner_id", "=", customer.id),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "in", SALES),
                ("account_id.account_type", "in", _DUE),
            ],
            aggregates=["balance:sum"],
        )
        return self.company_currency_id.compare_amounts(balance, 0) < 0

    def _explain_reverse_twin(self, twin):
        return self.env._(
            "%(document)s gives %(customer)s %(amount)s and names neither a posted "
            "invoice nor an order that was billed. %(twin)s of %(rma)s gave the same "
            "amount.",
            document=self.name,
            customer=self.commercial_partner_id.display_name,
            amount=self.currency_id.format(self.amount_total),
            twin=twin.name,
            rma=twin.reverse_rma_id.name,
        )

    def _explain_reverse_below_zero(self):
        return self.env._(
            "%(document)s gives %(customer)s %(amount)s and names neither a posted "
            "invoice nor an order that was billed. All credit notes of this customer "
            "now give more than all invoices bill.",
            document=self.name,
            customer=self.commercial_partner_id.display_name,
            amount=self.currency_id.format(self.amount_total),
        )

    def _report_reverse_loose(self, released, twin, reason, authors):
        """Refuse this credit note, or open an exception of the return that gave.

        :param released: the credit notes of returns of this customer
        :param twin: the one of them that this seems to be again
        :param str reason: why it has to be looked at
        :param authors: who wrote it, whoever posts it
        """
        self.ensure_one()
        if self._get_reverse_loose_policy(released) == "block":
            self.env["reverse.refusal"]._note("over_credit", self.company_id)
            raise UserError(
                self.env._(
                    "%(reason)s Create it with “Credit Note” on the invoice, or use "
                    "“Credit an Amount” on the return.",
                    reason=reason,
                )
            )
        rma = twin.reverse_rma_id
        self.env["reverse.event"]._log(
            rma,
            "CreditOutside",
            {
                "credit_notes": [
                    {
                        "id": self.id,
                        "number": self.name,
                        "total": self.amount_total,
                        "currency": self.currency_id.name,
                    }
                ]
            },
        )
        self.env["reverse.exception"]._raise_for(
            rma,
            "loose_credit",
            message=reason,
            res_model=self._name,
            res_id=self.id,
            caused_by_id=self.env.uid,
            caused_by_ids=[Command.set(authors.ids)],
        )

    def _close_reverse_loose(self):
        """Close the exceptions about credit notes that no longer count."""
        refunds = self.filtered(
            lambda m: m.move_type == "out_refund" and not m.reverse_settlement_id
        )
        if refunds:
            # sudo: exceptions, for whoever keeps the books
            self.env["reverse.exception"].sudo().search(
                [
                    ("state", "=", "open"),
                    ("type", "=", "loose_credit"),
                    ("res_model", "=", self._name),
                    ("res_id", "in", refunds.ids),
                ]
            )._close_gone()
