from contextlib import contextmanager
from datetime import timedelta

from odoo import Command, api, fields, models

from ..hooks import post_init_hook
from .clock import happening_at

# When the stock was counted: before the first sale.
FIRST_DAY = 130


class ReverseDemo(models.AbstractModel):
    """Demo stories of two sellers, told through the same methods that users call.

    Each story is a method that starts so many days ago, see ``_get_stories``. What is
    common to them is here: the calendar, sales, and the steps of a return.
    """

    _name = "reverse.demo"
    _description = "Returns Demo Data"

    @api.model
    def _prepare(self):
        """Warehouses with their facilities, accounting with a chart."""
        # Demo data is loaded before the hook that gives warehouses their facilities.
        post_init_hook(self.env)
        company = self._company
        # Accounting without demo data of its own may have no chart to invoice with.
        if not company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", company, install_demo=False
            )
        for name in ("requested", "received", "put_away"):
            self._ref(f"sla_{name}").active = True

    @api.model
    def _load(self):
        """Tell all stories in the order in which they began."""
        with self._at(FIRST_DAY):
            self._fill_stock()
        stories = sorted(self._get_stories(), key=lambda story: -story[0])
        for day, story in stories:
            story(day)
        self._watch_deadlines()

    @api.model
    def _begin_inspections(self):
        """Ask about what waits since before there was a template for it."""
        self.env["reverse.inspection"].search([("state", "=", "draft")])._ask()

    def _get_stories(self):
        """Give ``(day, method)``: how many days ago a return was asked for, and how."""
        return []

    def _get_stock(self):
        """Give ``(warehouse, product, lots, quantity)`` of what lies on the shelves."""
        return []

    # ------------------------------------------------------------------
    # Calendar
    # ------------------------------------------------------------------
    @contextmanager
    def _at(self, day, hour=14):
        """Let something happen so many days ago, on a working day.

        What would fall on a weekend is done on Friday evening, in the same order.
        """
        moment = fields.Datetime.now() - timedelta(days=day)
        weekend = max(moment.weekday() - 4, 0)
        if weekend:
            moment -= timedelta(days=weekend)
            moment = moment.replace(hour=17 + weekend, minute=hour * 3, second=0)
        else:
            moment = moment.replace(hour=hour, minute=10 + day % 40, second=0)
        moment = min(moment, fields.Datetime.now())
        with self._at_moment(moment):
            yield

    @contextmanager
    def _at_moment(self, moment):
        messages = self.env["mail.message"]
        last = messages.search([], order="id desc", limit=1).id
        with happening_at(self.env.cr, moment):
            yield
            self.env.flush_all()
            self.env.cr.flush()
        told = messages.search([("id", ">", last)])
        # Their date is a default that was fixed when the server started.
        told.date = moment
        # Customers and suppliers of stories had their mails then, and get none now.
        mails = self.env["mail.mail"].search([("mail_message_id", "in", told.ids)])
        mails.filtered(lambda mail: mail.state == "outgoing").state = "sent"

    # ------------------------------------------------------------------
    # Masters
    # ------------------------------------------------------------------
    @property
    def _company(self):
        return self.env.ref("base.main_company")

    def _ref(self, name):
        return self.env.ref(f"reverse_logistics.{name}")

    def _as(self, role, records):
        """These records as the demo user of a role sees them."""
        return records.with_user(self._ref(f"demo_user_{role}")).with_context(
            allowed_company_ids=self._company.ids
        )

    def _product(self, name):
        """A product by its name; a variant by product and size, as in ``jeans-32``."""
        name, _dash, size = name.partition("-")
        if not size:
            return self._ref(f"demo_product_{name}")
        return self._ref(f"demo_template_{name}").product_variant_ids.filtered(
            lambda variant: (
                variant.product_template_attribute_value_ids.name == size.upper()
            )
        )

    def _warehouse(self, name=None):
        """A branch, store or hub; without a name the company's first warehouse."""
        if name:
            return self._ref(f"demo_warehouse_{name}")
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self._company.id)], order="id", limit=1
        )

    def _fill_stock(self):
        vals_list = []
        for warehouse, name, lot_names, quantity in self._get_stock():
            product = self._product(name)
            lots = self.env["stock.lot"].create(
                [
                    {
                        "name": lot_name,
                        "product_id": product.id,
                        "company_id": self._company.id,
                    }
                    for lot_name in lot_names
                ]
            )
            vals_list += [
                {
                    "product_id": product.id,
                    "lot_id": lot.id,
                    "location_id": self._warehouse(warehouse).lot_stock_id.id,
                    "inventory_quantity": quantity,
                }
                for lot in (lots or [lots])
            ]
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(vals_list).action_apply_inventory()

    # ------------------------------------------------------------------
    # Orders, deliveries, invoices
    # ------------------------------------------------------------------
    def _sell(self, customer, wanted, day, invoice="posted", **values):
        """Sell, deliver and invoice.

        :param dict wanted: ``{product: quantity}``
        :param int day: days ago of the delivery
        :param str invoice: ``posted``, ``draft``, or empty for none
        :param values: of the order; ``warehouse`` by name
        """
        with self._at(day, 8):
            order = self._new_order(customer, wanted, **values)
            order.action_confirm()
            order.date_order = fields.Datetime.now() - timedelta(days=2)
            self._send(order.picking_ids)
            if invoice and self._company.chart_template:
                bill = order._create_invoices()
                bill.invoice_date = fields.Date.today()
                if invoice == "posted":
                    bill.action_post()
        return order

    def _new_order(self, customer, wanted, warehouse=None, **values):
        orders = self.env["sale.order"].with_company(self._company)
        return orders.create(
            {
                "partner_id": self._ref(f"demo_customer_{customer}").id,
                "company_id": self._company.id,
                "warehouse_id": self._warehouse(warehouse).id,
                "user_id": self._ref("demo_user_service").id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self._product(name).id,
                            "product_uom_qty": quantity,
                        }
                    )
                    for name, quantity in wanted.items()
                ],
                **values,
            }
        )

    def _send(self, pickings):
        """The warehouse delivers what is on these transfers."""
        pickings.action_assign()
        pickings.move_ids.picked = True
        pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()

    # ------------------------------------------------------------------
    # Request and decision
    # ------------------------------------------------------------------
    def _line(self, order, name, quantity, reason, **values):
        """Values of a return line out of an order, with the lot that was delivered."""
        product = self._product(name)
        line = order.order_line.filtered(lambda r: r.product_id == product)
        if product.tracking == "serial":
            delivered = line.move_ids.move_line_ids.lot_id
            values.setdefault("lot_id", delivered[:1].id)
        return {
            "sale_line_id": line.id,
            "uom_id": line.product_uom_id.id,
            "quantity": quantity,
            "reason_id": self._ref(f"reason_{reason}").id,
            **values,
        }

    def _loose(self, name, quantity, reason, **values):
        """Values of a return line of which only the product is known."""
        return {
            "product_id": self._product(name).id,
            "quantity": quantity,
            "reason_id": self._ref(f"reason_{reason}").id,
            **values,
        }

    def _draft(self, customer, lines, day, channel="b2b", **values):
        """Customer service enters a return."""
        with self._at(day, 9):
            return self._as("service", self.env["reverse.rma"]).create(
                {
                    "partner_id": self._ref(f"demo_customer_{customer}").id,
                    "company_id": self._company.id,
                    "channel_id": self._ref(f"channel_{channel}").id,
                    "line_ids": [Command.create(line) for line in lines],
                    **values,
                }
            )

    def _ask(self, customer, lines, day, channel="b2b", **values):
        """Customer service enters and requests a return; policy answers."""
        rma = self._draft(customer, lines, day, channel, **values)
        with self._at(day, 9):
            rma.action_request()
        return rma

    def _authorize(self, rma, day):
        with self._at(day, 12):
            self._as("approver", rma).action_authorize_exception(
                "A customer of many years."
            )

    def _reject(self, rma, day, message):
        with self._at(day, 15):
            self._as("approver", rma).action_reject(message)

    def _cancel(self, rma, day):
        with self._at(day, 10):
            self._as("service", rma).action_cancel()

    def _ship(self, rma, day, tracking):
        """The customer hands the goods to a carrier."""
        with self._at(day, 12):
            self._as("service", rma).write(
                {
                    "carrier_tracking_ref": tracking,
                    "shipped_at": fields.Datetime.now(),
                }
            )

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    def _receive(self, rma, day, quantities=None):
        """Take in all that is announced, or ``{product: quantity}`` of it."""
        by_line = quantities and {
            line.id: quantity
            for name, quantity in quantities.items()
            for line in rma.line_ids.filtered(
                lambda line, name=name: line.product_id == self._product(name)
            )
        }
        with self._at(day, 11):
            self._as("receiver", rma).action_receive(by_line)

    def _inspect(self, rma, day, grade="a", quantity=None, name=None, **findings):
        """Grade what waits for inspection: all of it, a product, or some pieces.

        :param findings: ``disposition`` by name, and fields of the inspection
        """
        parts = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        if name:
            product = self._product(name)
            parts = parts.filtered(lambda part: part.product_id == product)
        parts = self._as("inspector", parts)
        with self._at(day, 13):
            if quantity:
                parts = parts[:1]
                parts.quantity = quantity
            parts.condition_id = self._ref(f"condition_{grade}")
            disposition = findings.pop("disposition", None)
            if disposition:
                parts.disposition_id = self._ref(f"disposition_{disposition}")
            parts.write(findings)
            parts.action_complete()
        return parts

    # ------------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------------
    def _submit(self, rma, day, **deduction):
        """Customer service hands in what policy left to a person."""
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        waiting = self._as("service", waiting)
        with self._at(day, 14):
            if deduction:
                waiting.line_ids[:1].write(deduction)
            waiting.filtered("line_ids").action_submit()

    def _approve(self, rma, day, **deduction):
        """Submit what waits, and let an approver agree: a releaser posts it."""
        self._submit(rma, day, **deduction)
        submitted = rma.settlement_ids.filtered(lambda s: s.state == "submitted")
        with self._at(day, 15):
            self._as("approver", submitted).action_approve()
        return submitted

    def _settle(self, rma, day, **deduction):
        """Three persons settle what policy left to a person."""
        approved = self._approve(rma, day, **deduction)
        with self._at(day, 16):
            self._as("releaser", approved).action_release()

    def _send_replacement(self, rma, day):
        with self._at(day, 17):
            # sudo: the story only looks up which documents come next
            moves = rma.settlement_ids.sudo().replacement_move_ids
            self._send(moves.picking_id)

    # ------------------------------------------------------------------
    # Scheduled
    # ------------------------------------------------------------------
    def _watch_deadlines(self):
        """What the hourly check would have found, when it would have found it."""
        late = self.env["reverse.rma"].search(
            [("sla_deadline", "<", fields.Datetime.now()), ("sla_breached", "=", False)]
        )
        for rma in late.sorted("sla_deadline"):
            with self._at_moment(rma.sla_deadline + timedelta(minutes=40)):
                rma._raise_sla_breach()
        due = self.env["reverse.exception"].search(
            [("state", "=", "open"), ("escalate_at", "<", fields.Datetime.now())]
        )
        for exception in due.sorted("escalate_at"):
            with self._at_moment(exception.escalate_at + timedelta(minutes=40)):
                exception._escalate()
