from datetime import timedelta

from odoo import Command, api, fields, models

from ..hooks import post_init_hook


class ReverseDemo(models.AbstractModel):
    """Demo story of a distributor, told through the same methods that users call."""

    _name = "reverse.demo"
    _description = "Returns Demo Data"

    @api.model
    def _load(self):
        """Deliver, invoice and take back: one return for each stage worth seeing."""
        # Demo data is loaded before the hook that gives warehouses their facilities.
        post_init_hook(self.env)
        self._ensure_chart()
        self._fill_stock()
        self._order_untouched()
        self._return_to_decide()
        self._return_rejected()
        self._return_in_transit()
        self._return_partly_inspected()
        self._return_waiting_for_approval()
        self._return_settled()
        self._return_without_delivery()
        self._return_without_authorization()

    # ------------------------------------------------------------------
    # Stock, orders, deliveries, invoices
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

    def _ensure_chart(self):
        """Accounting without demo data of its own may have no chart to invoice with."""
        if not self._company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", self._company, install_demo=False
            )

    def _warehouse(self):
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self._company.id)], order="id", limit=1
        )

    def _fill_stock(self):
        location = self._warehouse().lot_stock_id
        pump = self._ref("demo_product_pump")
        serials = self.env["stock.lot"].create(
            [
                {
                    "name": f"CP150-{number:04}",
                    "product_id": pump.id,
                    "company_id": self._company.id,
                }
                for number in range(1, 11)
            ]
        )
        vals_list = [(pump, serial, 1) for serial in serials]
        for name in ("ball_valve", "gate_valve", "elbow", "gauge"):
            product = self._ref(f"demo_product_{name}")
            vals_list.append((product, serials.browse(), 200))
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": product.id,
                    "lot_id": lot.id,
                    "location_id": location.id,
                    "inventory_quantity": quantity,
                }
                for product, lot, quantity in vals_list
            ]
        ).action_apply_inventory()

    def _sell(self, customer, quantities, days_ago):
        """Sell, deliver and invoice.

        :param dict quantities: ``{product name: quantity}``
        """
        order = (
            self.env["sale.order"]
            .with_company(self._company)
            .create(
                {
                    "partner_id": self._ref(f"demo_customer_{customer}").id,
                    "company_id": self._company.id,
                    "user_id": self._ref("demo_user_service").id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self._ref(f"demo_product_{name}").id,
                                "product_uom_qty": quantity,
                            }
                        )
                        for name, quantity in quantities.items()
                    ],
                }
            )
        )
        order.action_confirm()
        self._deliver(order, days_ago)
        self._invoice(order, days_ago)
        return order

    def _deliver(self, order, days_ago):
        date = fields.Datetime.now() - timedelta(days=days_ago)
        pickings = order.picking_ids
        pickings.action_assign()
        pickings.move_ids.picked = True
        pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
        order.date_order = date - timedelta(days=2)
        pickings.date_done = date
        pickings.move_ids.date = date
        pickings.move_line_ids.date = date

    def _invoice(self, order, days_ago):
        if not self._company.chart_template:
            return
        invoices = order._create_invoices()
        invoices.invoice_date = fields.Date.today() - timedelta(days=days_ago)
        invoices.action_post()

    # ------------------------------------------------------------------
    # Steps of a return
    # ------------------------------------------------------------------
    def _request(self, order, quantities, reason, channel="b2b", **values):
        wanted = {
            order.order_line.filtered(
                lambda line, name=name: (
                    line.product_id == self._ref(f"demo_product_{name}")
                )
            ): [{"quantity": quantity, "reason_id": self._ref(f"reason_{reason}").id}]
            for name, quantity in quantities.items()
        }
        rma = self._as("service", order)._create_rmas(
            {self._as("service", line): parts for line, parts in wanted.items()},
            channel_id=self._ref(f"channel_{channel}").id,
            **values,
        )
        rma.action_request()
        return rma

    def _receive(self, rma):
        self._as("receiver", rma).action_receive()

    def _grade(self, part, condition, disposition=None):
        part = self._as("inspector", part)
        part.condition_id = self._ref(f"condition_{condition}")
        if disposition:
            part.disposition_id = self._ref(f"disposition_{disposition}")
        return part

    # ------------------------------------------------------------------
    # The story
    # ------------------------------------------------------------------
    def _order_untouched(self):
        """Nobody has asked for anything back yet: this one is for the visitor."""
        self._sell("northfield", {"pump": 2, "ball_valve": 10, "elbow": 20}, 6)

    def _return_to_decide(self):
        """Outside the return window: a person decides."""
        order = self._sell("harbor", {"ball_valve": 12, "gauge": 4}, 45)
        self._request(order, {"gauge": 4}, "not_as_described", client_ref="HM-2291")

    def _return_rejected(self):
        order = self._sell("keller", {"elbow": 60}, 75)
        rma = self._request(order, {"elbow": 35}, "unwanted")
        self._as("approver", rma).action_reject(
            "Delivered 75 days ago. We take fittings back for 30 days."
        )

    def _return_in_transit(self):
        order = self._sell("keller", {"gate_valve": 6}, 9)
        rma = self._request(order, {"gate_valve": 2}, "ordered_wrong")
        rma.write(
            {
                "carrier_tracking_ref": "1Z 555 8823 91",
                "shipped_at": fields.Datetime.now() - timedelta(days=1),
            }
        )
        rma._update_progress()

    def _return_partly_inspected(self):
        """Three of five valves are fine; two of them and the pump wait for a look."""
        order = self._sell("northfield", {"pump": 1, "ball_valve": 25}, 12)
        rma = self._request(order, {"pump": 1, "ball_valve": 5}, "defective")
        self._receive(rma)
        part = rma.inspection_ids.filtered(lambda p: p.quantity == 5)
        self._as("inspector", part).quantity = 3
        self._grade(part, "a").action_complete()

    def _return_waiting_for_approval(self):
        """Two valves were credited by policy, the damaged one waits for a person."""
        order = self._sell("harbor", {"gate_valve": 8}, 15)
        rma = self._request(order, {"gate_valve": 3}, "damaged", "marketplace")
        self._receive(rma)
        part = rma.inspection_ids
        self._as("inspector", part).quantity = 2
        rest = rma.inspection_ids - part
        rest = self._grade(rest, "e")
        rest.liability = "carrier"
        (self._grade(part, "b") | rest).action_complete()
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        if waiting.line_ids:
            waiting.line_ids[:1].write(
                {"deduction": 20.0, "deduction_reason": "Missing handwheel"}
            )
            self._as("service", waiting).action_submit()

    def _return_settled(self):
        order = self._sell("keller", {"elbow": 50, "ball_valve": 10}, 20)
        rma = self._request(order, {"elbow": 24, "ball_valve": 2}, "unwanted", "shop")
        self._receive(rma)
        for part in rma.inspection_ids:
            self._grade(part, "a")
        self._as("inspector", rma.inspection_ids).action_complete()

    def _return_without_delivery(self):
        """The customer has never bought this here: customer service has to look."""
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self._ref("demo_customer_keller").id,
                "channel_id": self._ref("channel_store").id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self._ref("demo_product_gauge").id,
                            "quantity": 1,
                            "reason_id": self._ref("reason_defective").id,
                            "note": "No invoice at hand.",
                        }
                    )
                ],
            }
        )
        rma.action_request()

    def _return_without_authorization(self):
        """Goods stood at the dock and were taken in with Odoo's own Return button."""
        order = self._sell("harbor", {"elbow": 40}, 4)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(
                active_model="stock.picking",
                active_id=order.picking_ids.id,
                active_ids=order.picking_ids.ids,
            )
            .create({})
        )
        wizard.product_return_moves.quantity = 10
        picking = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        picking = self._as("receiver", picking)
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
