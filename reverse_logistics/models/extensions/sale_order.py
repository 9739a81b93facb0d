from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, sql

from ...engine import transitions
from ..base.reverse_columns import column, columns
from ..base.reverse_guarded_mixin import unless_uninstalling

# A context sent by a client cannot contain it: only _action_cancel() may go this way.
_CANCELLING = object()


class SaleOrder(models.Model):
    """Keep what was agreed with an order, and begin returns from it."""

    _name = "sale.order"
    _inherit = [
        "sale.order",
        "reverse.computed.mixin",
        "reverse.origin.mixin",
        "reverse.sold.mixin",
        "reverse.word.mixin",
    ]
    _reverse_computed = frozenset(
        {
            "amount_tax",
            "amount_total",
            "amount_untaxed",
            "currency_id",
            "currency_rate",
            "invoice_status",
        }
    )
    _reverse_origin_path = "sale_line_id.order_id"
    _reverse_place = "partner_shipping_id"
    _reverse_words = ("reverse_informed", "reverse_informed_on")
    _reverse_informed_later = models.Constraint(
        "CHECK (reverse_informed IS DISTINCT FROM 'later' OR reverse_informed_on IS "
        "NOT NULL)",
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
    # Who sold it, and from which branch, when it was confirmed: who gives too much
    # could write another name there later.
    reverse_seller_id = fields.Many2one(
        "res.users", copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )
    reverse_branch_id = fields.Many2one(
        "stock.warehouse", copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )
    # Searched for as often as the order's own number, which has this index.
    client_order_ref = fields.Char(index="trigram")

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

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._agree_reverse()
        return orders

    def copy(self, default=None):
        """Copied lines amount to what the first ones do, unless others are named."""
        orders = self
        if "order_line" not in (default or {}):
            orders = self.env["sale.order.line"]._amounting(self)
        return super(SaleOrder, orders).copy(default).with_env(self.env)

    def _create_down_payment_lines_from_base_lines(self, down_payment_base_lines):
        """Let them amount to what Odoo has computed of the order."""
        order = self.env["sale.order.line"]._amounting(self)
        return (
            super(SaleOrder, order)
            ._create_down_payment_lines_from_base_lines(down_payment_base_lines)
            .with_env(self.env)
        )

    def write(self, vals):
        self._check_reverse_state(vals)
        self._check_reverse_day(vals)
        self._check_reverse_address(vals)
        again = new = self.browse()
        if vals.get("state") == "sale":
            # Here, not in the buttons' methods: whoever writes a state comes by.
            new = self.filtered(lambda order: order.state != "sale")
        if {"date_order", "state"} <= vals.keys() and not self.env.su:
            # Confirmed anew after a delivery, they were ordered when they were.
            again = self._filter_reverse_delivered()
            rest = {name: vals[name] for name in vals if name != "date_order"}
            super(SaleOrder, again).write(rest)
        res = super(SaleOrder, self - again).write(vals)
        if {"partner_id", "partner_shipping_id"} & vals.keys():
            self.filtered(lambda order: order.state == "sale")._agree_reverse_customer()
        new._agree_reverse()
        return res

    @unless_uninstalling
    def _unlink_except_returned(self):
        self.order_line._unlink_except_returned()

    def _check_reverse_state(self, vals):
        """Refuse to make quotations of orders past their cancellation, or to cancel
        those past their button with which returns are under way.

        Confirmed orders keep what was agreed; quotations do not.
        """
        # Clients never run as superuser; Odoo cancels orders first.
        if vals.get("state") not in ("draft", "sent", "cancel") or self.env.su:
            return
        confirmed = self.filtered(lambda order: order.state == "sale")
        if vals["state"] == "cancel":
            confirmed._check_reverse_cancelling()
            return
        for order in confirmed:
            raise UserError(
                self.env._(
                    "%(order)s is confirmed: cancel it before it becomes a quotation.",
                    order=order.name,
                )
            )

    def _check_reverse_cancelling(self):
        """Refuse to cancel in name only: transfers and returns have to be told."""
        if self.env.context.get("reverse_cancelling") is _CANCELLING:
            return
        # sudo: whoever changes an order need not see its returns
        lines = self.sudo().order_line._get_reverse_claimed()
        against = self._find_reverse_against()
        for order in lines.order_id | against.agreement_order_id:
            rmas = order.order_line.reverse_line_ids.rma_id.filtered(
                lambda rma: rma.state in transitions.LIVE
            ) | against.filtered(lambda rma, own=order: rma.agreement_order_id == own)
            raise UserError(
                self.env._(
                    "%(rmas)s depends on %(order)s. Cancel it with its button, which "
                    "tells the warehouse and who looks after the return.",
                    rmas=", ".join(rmas.mapped("name")),
                    order=order.name,
                )
            )

    def _check_reverse_day(self, vals):
        """Refuse another day for confirmed orders: windows of returns count from it.

        :raises UserError: for users; of what was delivered it stays in every state
        """
        # Clients never run as superuser.
        if "date_order" not in vals or self.env.su:
            return
        for order in self.filtered(lambda order: order.state == "sale"):
            raise UserError(
                self.env._(
                    "%(order)s is confirmed. Its day cannot be changed, because times "
                    "for returns count from it. Cancel the order and confirm it anew.",
                    order=order.name,
                )
            )
        for order in self._filter_reverse_delivered() if "state" not in vals else ():
            raise UserError(
                self.env._(
                    "Goods of %(order)s were delivered. Its day stays, because times "
                    "for returns count from it.",
                    order=order.name,
                )
            )

    def _filter_reverse_delivered(self):
        """Give those of these orders of which goods have left."""
        # sudo: whoever changes an order need not see transfers
        return self.filtered(
            lambda order: "done" in order.sudo().order_line.move_ids.mapped("state")
        )

    def _agree_reverse(self):
        """Keep what rules ask of these orders, as it is agreed by confirming them."""
        self.order_line._agree_reverse_goods()
        self._agree_reverse_customer()
        self._agree_reverse_seller()
        self._agree_reverse_quantities()
        self._agree_reverse_day()

    def _agree_reverse_customer(self):
        """Keep who buys, as it is agreed: contacts may change later."""
        new = self - self._filter_reverse_delivered()
        new = new.sudo()  # sudo: what is agreed, whoever confirms it
        for order in new:
            order.reverse_agreed = {
                **(order.reverse_agreed or {}),
                **order._describe_reverse_sale(),
            }

    def _agree_reverse_seller(self):
        """Keep who sells, and from which branch, as these orders are confirmed."""
        new = self - self._filter_reverse_delivered()
        new = new.sudo()  # sudo: who sells, whoever confirms it
        for (seller, branch), orders in new.grouped(
            lambda order: (order.user_id, order.warehouse_id)
        ).items():
            orders.write(
                {"reverse_seller_id": seller.id, "reverse_branch_id": branch.id}
            )

    def _agree_reverse_day(self):
        """Keep on which day these were confirmed, whatever day they bear.

        What a program confirms, such as an import, is of the day that it says.
        """
        new = self - self._filter_reverse_delivered()
        # Clients never run as superuser.
        by_program = self.env.su
        for order in new.sudo():  # sudo: what is agreed, whoever confirms it
            day = False if by_program else str(order.company_id._get_reverse_today())
            order.reverse_agreed = {**(order.reverse_agreed or {}), "day": day}

    def _agree_reverse_quantities(self):
        """Keep how much is ordered until any of it leaves: what is added afterwards is
        another agreement, with times of its own.
        """
        begun = self._filter_reverse_delivered()
        for order in self.sudo():  # sudo: what is agreed, whoever enters it
            lines, agreed = order.order_line, order.reverse_agreed or {}
            ordered = dict(
                zip(map(str, lines._ids), column(lines, "product_uom_qty"), strict=True)
            )
            if order in begun:
                kept = agreed.get("quantities", ordered)
                ordered = {id_: min(kept[id_], ordered.get(id_, 0.0)) for id_ in kept}
            order.reverse_agreed = {**agreed, "quantities": ordered}

    def _is_reverse_address(self, partner):
        """Whether this is where it was agreed to deliver, as it was then."""
        self.ensure_one()
        agreed = self.reverse_agreed or {}
        place = agreed.get("place", partner._get_reverse_place())
        return (
            partner == self.partner_shipping_id
            and partner._get_reverse_place() == place
        )

    def _get_reverse_rates(self):
        """Give units of each order's currency for one of its company's, on its day.

        What the order keeps as its rate can be written.

        :return: ``{id of an order: rate}``
        """
        names = "currency_id", "company_id.currency_id", "company_id", "date_order"
        today, companies = fields.Date.today(), self.env["res.company"]
        asked = {}
        for id_, (currency, own, company, at) in zip(
            self._ids, columns(self, *names), strict=True
        ):
            if currency != own:
                root = companies.browse(company).root_id.id
                day = fields.Date.to_date(at) or today
                asked[id_] = (currency, root, day), (own, root, day)
        known = self._find_reverse_rates(
            {key for keys in asked.values() for key in keys}
        )
        return dict.fromkeys(self._ids, 1.0) | {
            id_: known[foreign] / known[own] for id_, (foreign, own) in asked.items()
        }

    def _find_reverse_rates(self, keys):
        """Look up rates of many days at once, each as Odoo does for one day.

        :param set keys: of currency, root company and day
        :return: ``{(currency, root company, day): rate}``
        """
        if not keys:
            return {}
        self.env["res.currency.rate"].flush_model()
        currencies, roots, days = zip(*keys, strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT asked.currency, asked.root, asked.day,
                       COALESCE(before.rate, after.rate, 1.0)
                  FROM unnest(%s::int[], %s::int[], %s::date[])
                       AS asked (currency, root, day)
                  LEFT JOIN LATERAL (
                           SELECT rate
                             FROM res_currency_rate
                            WHERE currency_id = asked.currency
                              AND (company_id IS NULL OR company_id = asked.root)
                              AND name <= asked.day
                            ORDER BY company_id, name DESC
                            LIMIT 1
                       ) AS before ON TRUE
                  LEFT JOIN LATERAL (
                           SELECT rate
                             FROM res_currency_rate
                            WHERE currency_id = asked.currency
                              AND (company_id IS NULL OR company_id = asked.root)
                            ORDER BY company_id, name
                            LIMIT 1
                       ) AS after ON TRUE
                """,
                list(currencies),
                list(roots),
                list(days),
            )
        )
        return {tuple(key): float(rate) for *key, rate in rows}

    @api.depends("state", "order_line.qty_delivered")
    def _compute_reverse_can_return(self):
        for order in self:
            order.reverse_can_return = order.state == "sale" and any(
                line.qty_delivered > 0 and line.product_id.type == "consu"
                for line in order.order_line
            )

    @api.model
    def _find_reverse_order(self, number, email):
        """Find the one order of this number whose customer has this address.

        Number and address together are what a stranger does not know; a wrong one of
        either finds nothing.

        :param str number: as somebody wrote it
        :param str email: normalized address
        """
        name = number.lstrip("#")
        orders = self.search(
            [("name", "in", [name, name.upper()]), ("state", "=", "sale")], limit=20
        )
        mine = orders.filtered(lambda order: order._is_reverse_of_address(email))
        return mine if len(mine) == 1 else self.browse()

    def _is_reverse_of_address(self, email):
        """Whether a normalized address is that of the customer."""
        partner = self.partner_id
        owners = partner | partner.commercial_partner_id
        return email in owners.mapped("email_normalized")

    def _is_reverse_open_to_guests(self):
        """Whether its customer may return something of it without logging in."""
        return self.state == "sale" and self.company_id.reverse_portal == "request"

    def _is_reverse_paid_ahead(self):
        """Tell whether more was paid than what was not returned of the order costs."""
        self.ensure_one()
        costs = sum(
            line.price_total * (1 - line._get_reverse_returned() / line.product_uom_qty)
            for line in self.order_line - self._find_reverse_payments()
            if line.product_uom_qty
        )
        paid = self._get_reverse_paid_ahead()
        return self.currency_id.compare_amounts(paid, max(costs, 0.0)) > 0

    def _find_reverse_payments(self):
        """Give the lines that pay for others, and cost nothing.

        reverse_logistics_loyalty adds what gift cards and eWallets pay.
        """
        return self.order_line.filtered("is_downpayment")

    def _get_reverse_paid_ahead(self):
        """Give what was paid and is no part of an invoice of goods.

        By down payments that were invoiced, or by payments of the order itself.
        """
        self.ensure_one()
        ahead = self.order_line.filtered("is_downpayment")
        billed = ahead.invoice_lines.filtered(lambda r: r.parent_state == "posted")
        paid = -sum(line.move_id.direction_sign * line.price_total for line in billed)
        # Down payments are paid by payments of the order, too.
        return max(paid, self.amount_paid)

    def _get_reverse_bills(self):
        """Give the documents by which these orders were billed."""
        # sudo: what was billed, for the limit of what is credited
        documents = self.sudo().order_line.invoice_lines.move_id
        return documents.filtered(lambda move: move._is_reverse_bill())

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
        """Open a withdrawal from the whole order, as far as it still stands.

        Customer service takes out what the customer keeps, enters the day, and requests
        it.
        """
        return self._begin_reverse_withdrawal().get_formview_action()

    def _begin_reverse_withdrawal(self, **values):
        """Make the draft of a withdrawal from the whole order, as far as it stands.

        :param values: further values of the return
        :raises UserError: when nothing of it is left to withdraw from
        :rtype: reverse.rma
        """
        self.ensure_one()
        quantities = {
            line: quantity
            for line in self.order_line
            if line.product_id.type == "consu"
            and (quantity := line._get_reverse_withdrawable()) > 0
        }
        return self._create_rmas(quantities, basis="withdrawal", **values)

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
        """Refuse what would leave a released fee unbilled; tell returns of the rest."""
        # Clients never run as superuser.
        if not self.env.su:
            fees = self.order_line._find_reverse_fees()
            fees.filtered(
                lambda settled: settled.fee_order_line_id.qty_to_invoice
            )._refuse_fee_change()
        cancelling = self.with_context(reverse_cancelling=_CANCELLING)
        result = super(SaleOrder, cancelling)._action_cancel()
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

    def _check_reverse_address(self, vals):
        """Refuse other addresses once goods were delivered: rules of returns ask them.

        :raises UserError: for users, as clients never run as superuser
        """
        names = {"partner_id", "partner_shipping_id"} & vals.keys()
        if not names or self.env.su:
            return
        for order in self._filter_reverse_delivered():
            if any(order[name].id != vals[name] for name in names):
                raise UserError(
                    self.env._(
                        "Goods of %(order)s were delivered: its customer and its "
                        "delivery address stay, because rules of returns go by them. "
                        "For what is still to come, make another order.",
                        order=order.name,
                    )
                )

    def _find_reverse_short(self):
        """Find the live returns for which their new order does not suffice."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        found = confirmed._find_reverse_against()
        return found.filtered(lambda rma: rma._is_order_short())

    def _get_reverse_deliveries(self, by_word=True):
        """Tell when customers had the last goods of orders, and if more is to come.

        What was added after some of it had left makes no old right new.

        :param bool by_word: whether days count that users noted by hand
        :return: ``{id of an order: (day or None, whether something is to be
            delivered)}``
        """
        moves = self.order_line.move_ids._find_reverse_sendings()
        moves -= self._find_reverse_added(moves)
        paths = "sale_line_id.order_id", "state", "reverse_settlement_line_id"
        sent = [
            (id_, order, state == "done")
            for id_, (order, state, replaces) in zip(
                moves._ids, columns(moves, *paths), strict=True
            )
            if not replaces
        ]
        done = moves.browse(id_ for id_, _order, is_done in sent if is_done)
        possessed = done._get_reverse_possessed_on(by_word)
        days = dict(zip(done._ids, possessed.values(), strict=True))
        found = {}
        for id_, order, is_done in sent:
            last, to_deliver = found.get(order, (None, False))
            if is_done:
                last = max(last or days[id_], days[id_])
            found[order] = last, to_deliver or not is_done
        return found

    def _find_reverse_added(self, moves):
        """Find those of deliveries that bring more than was agreed with these orders.

        :param moves: what brings or brought goods of them to customers
        """
        agreed = {
            id_: (kept or {}).get("quantities")
            for id_, kept in zip(self._ids, column(self, "reverse_agreed"), strict=True)
        }
        names = "sale_line_id", "sale_line_id.order_id", "sale_line_id.product_uom_qty"
        shares, raised = {}, defaultdict(list)
        for id_, (line, order, ordered) in zip(
            moves._ids, columns(moves, *names), strict=True
        ):
            kept = agreed.get(order)
            if kept is None or not ordered:
                continue
            shares[line] = kept.get(str(line), 0.0) / ordered
            if shares[line] < 1.0:
                raised[line].append(id_)
        return moves.browse().concat(
            *(
                moves.browse(ids)._find_reverse_beyond(shares[line])
                for line, ids in raised.items()
            )
        )
