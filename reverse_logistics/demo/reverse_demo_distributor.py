from odoo import models


class ReverseDemo(models.AbstractModel):
    """A distributor of pumps, valves and fittings with two branches."""

    _inherit = "reverse.demo"

    def _get_stock(self):
        serials = [f"CP150-{number:04}" for number in range(1, 17)]
        rows = [
            (None, "pump", serials[:12], 1),
            ("duluth", "pump", serials[12:], 1),
            (None, "seal", ["NBR-2603", "NBR-2607"], 60),
            (None, "motor", (), 40),
        ]
        for name in ("ball_valve", "gate_valve", "check_valve", "elbow", "gauge"):
            rows += [(place, name, (), 300) for place in (None, "duluth", "rochester")]
        return [*super()._get_stock(), *rows]

    def _get_stories(self):
        return [
            *super()._get_stories(),
            (88, self._fittings_settled),
            (80, self._two_orders_settled),
            (76, self._valves_expired),
            (72, self._fittings_rejected),
            (66, self._sale_of_the_past),
            (60, self._cores_refunded),
            (55, self._pump_replaced),
            (50, self._valves_cancelled),
            (47, self._unknown_goods_sent_back),
            (45, self._rejected_goods_came),
            (44, self._closed_short),
            (41, self._nobody_collects),
            (38, self._fee_withheld),
            (33, self._findings_corrected),
            (30, self._authorized_afterwards),
            (28, self._waits_for_credit),
            (15, self._end_customer_of_reseller),
            (13, self._partly_inspected),
            (12, self._seals_partly_received),
            (11, self._nobody_inspects),
            (9, self._eight_of_twenty),
            (9, self._waiting_for_approval),
            (8, self._allocated),
            (7, self._invoice_is_a_draft),
            (6, self._order_untouched),
            (6, self._waits_for_release),
            (4, self._to_decide),
            (2, self._without_authorization),
            (1, self._without_delivery),
            (1, self._entered_only),
        ]

    # ------------------------------------------------------------------
    # Finished
    # ------------------------------------------------------------------
    def _fittings_settled(self, day):
        """The usual case: policy authorizes, and credits what is as new."""
        order = self._sell("keller", {"elbow": 50, "ball_valve": 10}, day + 8)
        lines = [
            self._line(order, "elbow", 24, "unwanted"),
            self._line(order, "ball_valve", 2, "unwanted"),
        ]
        rma = self._ask("keller", lines, day, client_ref="PO 5513")
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4)

    def _two_orders_settled(self, day):
        """Valves of two orders in one box, one return, two credit notes."""
        first = self._sell("northfield", {"ball_valve": 40}, day + 20)
        second = self._sell("northfield", {"gate_valve": 12}, day + 6)
        lines = [
            self._line(first, "ball_valve", 6, "unwanted"),
            self._line(second, "gate_valve", 2, "ordered_wrong"),
        ]
        rma = self._ask("northfield", lines, day)
        self._receive(rma, day - 5)
        self._inspect(rma, day - 6, "b")

    def _valves_expired(self, day):
        """Authorized, and never sent: the authorization ends after 60 days."""
        order = self._sell("harbor", {"gate_valve": 5}, day + 5, warehouse="duluth")
        rma = self._ask("harbor", [self._line(order, "gate_valve", 1, "unwanted")], day)
        with self._at(day - 63):
            # sudo: a scheduled action does this, not a person
            rma.sudo()._expire()

    def _fittings_rejected(self, day):
        order = self._sell("keller", {"elbow": 60}, day + 44, warehouse="rochester")
        rma = self._ask("keller", [self._line(order, "elbow", 35, "unwanted")], day)
        message = "Delivered six weeks ago. We take fittings back for 30 days."
        self._reject(rma, day - 1, message)

    def _sale_of_the_past(self, day):
        """Sold before Odoo: a person authorizes, the old price is credited."""
        line = self._loose(
            "gate_valve",
            2,
            "defective",
            historic_sale_id=self._ref("demo_historic_ironwood").id,
            note="Spindle is stiff. Invoice R-2025-4471.",
        )
        rma = self._ask("ironwood", [line], day)
        self._authorize(rma, day - 1)
        self._receive(rma, day - 7)
        self._inspect(rma, day - 8, "b")

    def _cores_refunded(self, day):
        """Five motors with a core charge; three old ones came back, one burnt out."""
        goods = {"motor": 5, "core_charge": 5}
        self._sell("keller", goods, day + 14)
        line = {
            "deposit_type_id": self._ref("demo_deposit_motor").id,
            "quantity": 3,
            "reason_id": self._ref("reason_other").id,
            "note": "Old motors of the spring overhaul",
        }
        rma = self._ask("keller", [line], day)
        self._receive(rma, day - 2)
        self._inspect(rma, day - 3, "c", 2, disposition="restock")
        self._inspect(rma, day - 3, "e", note="Winding burnt out")
        self._settle(rma, day - 4)

    def _pump_replaced(self, day):
        """A defective pump is replaced by another one, the old one is kept aside."""
        order = self._sell("northfield", {"pump": 1}, day + 3)
        line = self._line(order, "pump", 1, "defective", note="Trips after 10 minutes")
        rma = self._ask("northfield", [line], day, settlement_type="replacement")
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4, "d", liability="supplier")
        self._settle(rma, day - 5)
        self._send_replacement(rma, day - 6)

    def _valves_cancelled(self, day):
        order = self._sell("harbor", {"check_valve": 10}, day + 4, warehouse="duluth")
        line = self._line(order, "check_valve", 4, "ordered_wrong")
        rma = self._ask("harbor", [line], day)
        self._cancel(rma, day - 2)

    # ------------------------------------------------------------------
    # Ended otherwise than announced
    # ------------------------------------------------------------------
    def _rejected_goods_came(self, day):
        """Rejected, and sent all the same: taken in as a return of its own."""
        order = self._sell("harbor", {"elbow": 120}, day + 40, warehouse="duluth")
        line = self._line(order, "elbow", 50, "unwanted")
        rma = self._ask("harbor", [line], day, client_ref="HM-2207")
        self._reject(
            rma, day - 1, "Delivered almost six weeks ago; the 30 days are over."
        )
        self._receive(rma, 10, {"elbow": 50})

    def _closed_short(self, day):
        """Seven of ten came; the customer found use for the other three."""
        order = self._sell("keller", {"gauge": 15}, day + 9, warehouse="rochester")
        rma = self._ask("keller", [self._line(order, "gauge", 10, "unwanted")], day)
        self._receive(rma, day - 4, {"gauge": 7})
        self._inspect(rma, day - 5)
        with self._at(day - 15):
            self._as("service", rma.line_ids).action_close_short(3, "not_sent")

    def _nobody_collects(self, day):
        """Damaged by the customer, to be sent back at his cost, and not collected."""
        order = self._sell("ironwood", {"gate_valve": 20}, day + 12)
        line = self._line(order, "gate_valve", 3, "damaged")
        rma = self._ask("ironwood", [line], day)
        self._receive(rma, day - 2)
        findings = {"liability": "customer", "note": "Flanges bent by a forklift"}
        self._inspect(rma, day - 3, "d", disposition="customer", **findings)
        exceptions = self.env["reverse.exception"]
        with self._at(day - 35):
            raised = exceptions._raise_unclaimed(rma.inspection_ids)
        with self._at(day - 36):
            self._as("service", raised).action_notify()
            # the mail is shown on the exception's return; nothing leaves a demo
            mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
            mails.filtered(lambda m: m.model == raised._name).cancel()

    def _fee_withheld(self, day):
        """Ordered by mistake: taken back at 15 %."""
        order = self._sell("northfield", {"check_valve": 30}, day + 10)
        line = self._line(order, "check_valve", 12, "ordered_wrong", fee=93.6)
        rma = self._ask("northfield", [line], day)
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4)

    def _findings_corrected(self, day):
        """Credited as new; the crack was seen later: the credit is reviewed."""
        order = self._sell("ironwood", {"gauge": 6}, day + 7)
        rma = self._ask("ironwood", [self._line(order, "gauge", 2, "unwanted")], day)
        self._receive(rma, day - 3)
        parts = self._inspect(rma, day - 4)
        with self._at(6, 12):
            parts.action_correct()
        self._inspect(rma, 6, "d", note="Hairline crack in the glass")

    # ------------------------------------------------------------------
    # Under way
    # ------------------------------------------------------------------
    def _waits_for_credit(self, day):
        """Put away in quarantine, and nobody decides about the credit."""
        order = self._sell("harbor", {"ball_valve": 60}, day + 6, warehouse="duluth")
        line = self._line(order, "ball_valve", 8, "not_as_described")
        rma = self._ask("harbor", [line], day)
        self._receive(rma, day - 4)
        self._inspect(rma, day - 6, "c", note="Installed and removed again")

    def _waiting_for_approval(self, day):
        """Two valves were credited by policy, the damaged one waits for a person."""
        order = self._sell("harbor", {"gate_valve": 8}, day + 3)
        line = self._line(order, "gate_valve", 3, "damaged")
        rma = self._ask("harbor", [line], day)
        self._receive(rma, day - 2)
        self._inspect(rma, day - 3, "b", 2)
        self._inspect(rma, day - 3, "e", liability="carrier")
        reason = {"deduction": 20.0, "deduction_reason": "Missing handwheel"}
        self._submit(rma, day - 4, **reason)

    def _waits_for_release(self, day):
        """An approver agreed to half of the price; nobody has posted it yet."""
        order = self._sell("pines", {"gauge": 8}, day + 5)
        line = self._line(order, "gauge", 2, "damaged", note="Scratched in transport")
        rma = self._ask("pines", [line], day)
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4, "d", liability="carrier")
        reason = {"deduction": 24.0, "deduction_reason": "Glass scratched"}
        self._approve(rma, day - 5, **reason)

    def _seals_partly_received(self, day):
        """Two lots: the first box is here, the second one is on its way."""
        order = self._sell("northfield", {"seal": 80}, day + 5)
        lots = order.order_line.move_ids.move_line_ids.lot_id
        lines = [
            self._line(order, "seal", 12, "not_as_described", lot_id=lot.id)
            for lot in lots
        ]
        rma = self._ask("northfield", lines, day)
        self._ship(rma, day - 2, "1Z 555 8823 91")
        with self._at(day - 5, 11):
            self._as("receiver", rma).action_receive({rma.line_ids[0].id: 12})

    def _end_customer_of_reseller(self, day):
        """The reseller bought the pump, its customer sends it."""
        order = self._sell("lakeland", {"pump": 3}, day + 11, warehouse="duluth")
        line = self._line(order, "pump", 1, "defective", note="Leaks at the shaft")
        end = self._ref("demo_customer_cedar").id
        reference = {"end_partner_id": end, "client_ref": "LPT-RMA-118"}
        rma = self._ask("lakeland", [line], day, **reference)
        self._ship(rma, day - 3, "1Z 555 9107 26")

    def _partly_inspected(self, day):
        """Three of five valves are fine; two of them and the pump wait for a look."""
        order = self._sell("northfield", {"pump": 1, "ball_valve": 25}, day + 4)
        lines = [
            self._line(order, "pump", 1, "defective"),
            self._line(order, "ball_valve", 5, "defective"),
        ]
        rma = self._ask("northfield", lines, day)
        self._receive(rma, day - 11)
        self._inspect(rma, day - 12, "a", 3, name="ball_valve")

    def _nobody_inspects(self, day):
        order = self._sell(
            "keller", {"check_valve": 16}, day + 3, warehouse="rochester"
        )
        line = self._line(order, "check_valve", 16, "defective")
        rma = self._ask("keller", [line], day)
        self._receive(rma, day - 2)

    def _eight_of_twenty(self, day):
        order = self._sell("ironwood", {"ball_valve": 80}, day + 12)
        rma = self._ask(
            "ironwood", [self._line(order, "ball_valve", 20, "unwanted")], day
        )
        self._receive(rma, day - 4, {"ball_valve": 8})

    def _allocated(self, day):
        """Only the product is known: the newest deliveries are taken from."""
        for ago in (24, 17, 12):
            self._sell("cedar", {"elbow": 15}, day + ago)
        line = self._loose("elbow", 35, "unwanted", note="Left over from the new line")
        self._ask("cedar", [line], day)

    # ------------------------------------------------------------------
    # Somebody has to look
    # ------------------------------------------------------------------
    def _unknown_goods_sent_back(self, day):
        """Nobody knows of a sale: taken in as the customer's, looked at, sent back."""
        line = self._loose("motor", 1, "defective", note="Bought some years ago")
        rma = self._ask("ironwood", [line], day)
        with self._at(day - 1, 15):
            self._as("approver", rma.exception_ids).action_take_in()
        self._receive(rma, day - 6)
        self._inspect(rma, day - 7, "d", disposition="customer", note="Not ours")
        with self._at(day - 8, 16):
            # sudo: the story only looks up which documents come next
            self._send(rma.inspection_ids.sudo().move_ids.picking_id)

    def _invoice_is_a_draft(self, day):
        """Here and inspected, but the invoice was never posted: nothing to credit."""
        order = self._sell("pines", {"gauge": 3}, day + 4, invoice="draft")
        rma = self._ask("pines", [self._line(order, "gauge", 1, "defective")], day)
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4)

    def _order_untouched(self, day):
        """Nobody has asked for anything back yet: this one is for the visitor."""
        goods = {"pump": 2, "ball_valve": 10, "elbow": 20}
        self._sell("northfield", goods, day, client_order_ref="NWW-8841")

    def _without_delivery(self, day):
        """The customer has never bought this here: customer service has to look."""
        line = self._loose("pump", 1, "defective", note="No invoice at hand.")
        self._ask("keller", [line], day)

    def _without_authorization(self, day):
        """Goods stood at the dock and were taken in with Odoo's own Return button."""
        order = self._sell("harbor", {"elbow": 40}, day + 8, warehouse="duluth")
        self._take_in_unasked(order, day, 10)

    def _take_in_unasked(self, order, day, quantity):
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking",
            active_id=order.picking_ids.id,
            active_ids=order.picking_ids.ids,
        )
        with self._at(day, 11):
            wizard = wizard.create({})
            wizard.product_return_moves.quantity = quantity
            back = wizard.action_create_returns()["res_id"]
            back = self._as("receiver", self.env["stock.picking"].browse(back))
            back.move_ids.picked = True
            back.with_context(skip_backorder=True).button_validate()
        # sudo: the story only looks up which documents come next
        return back.sudo().reverse_rma_id

    def _authorized_afterwards(self, day):
        """The same, decided: an approver let them in, they were credited."""
        order = self._sell("keller", {"gauge": 4}, day + 12, warehouse="rochester")
        rma = self._take_in_unasked(order, day, 1)
        with self._at(day - 1, 15):
            self._as("approver", rma.exception_ids).action_authorize()
        self._inspect(rma, day - 3)

    def _to_decide(self, day):
        """Outside the return window: a person decides."""
        order = self._sell("harbor", {"ball_valve": 12, "gauge": 4}, day + 42)
        line = self._line(order, "gauge", 4, "not_as_described")
        self._ask("harbor", [line], day, client_ref="HM-2291")

    def _entered_only(self, day):
        """On the phone with the customer: not requested yet."""
        order = self._sell("pines", {"pump": 1, "seal": 6}, day + 20)
        self._draft("pines", [self._line(order, "seal", 6, "ordered_wrong")], day)
