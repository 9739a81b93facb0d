from odoo import Command, api, fields, models

_OWN = "reverse_logistics_supplier_claims"


class ReverseDemo(models.AbstractModel):
    """Defective lots of pumps: one supplier pays, one partly, one refuses.

    A carrier pays, too, but late; and two motors wait that nobody has claimed.
    """

    _inherit = "reverse.demo"

    def _as(self, role, records):
        if role in ("claims", "claims_approver"):
            user = self.env.ref(f"{_OWN}.demo_user_{role}")
            return records.with_user(user).with_context(
                allowed_company_ids=self._company.ids
            )
        return super()._as(role, records)

    def _product(self, name):
        own = self.env.ref(f"{_OWN}.demo_product_{name}", raise_if_not_found=False)
        return own or super()._product(name)

    @api.model
    def _load_claims(self):
        """Tell the stories in the order in which the goods came back."""
        self._pumps_paid(58)
        self._pumps_partly_paid(46)
        self._pumps_refused(40)
        self._carrier_pays_late(37)
        self._pumps_to_claim(9)

    # ------------------------------------------------------------------
    # Stories
    # ------------------------------------------------------------------
    def _pumps_paid(self, day):
        """The seals of the lot leak: sent back, credited in full, reconciled."""
        self._buy("cobalt", "booster", "BP-2607", 12, 210.0, day + 30)
        rma = self._sent_back("northfield", "booster", 4, day, "Seal leaks")
        self._settle(rma, day - 5)
        claim = self._claim(rma, day - 5)
        self._answer(claim, "acknowledge", day - 8, reference="CP-RMA-4471")
        self._send_to_supplier(claim, day - 9)
        text = "Seal ring out of tolerance, batch confirmed"
        self._answer(claim, "approve", day - 17, text=text)
        self._credit(claim, day - 18)
        self._close(claim, day - 18)

    def _pumps_partly_paid(self, day):
        """Two thirds are granted and set off; the rest is written off by another."""
        self._buy("meridian", "circulator", "MC-0826", 10, 150.0, day + 25)
        rma = self._sent_back("harbor", "circulator", 3, day, "Does not start")
        self._settle(rma, day - 5)
        claim = self._claim(rma, day - 5)
        self._answer(claim, "acknowledge", day - 7, reference="MD-20931")
        self._send_to_supplier(claim, day - 8)
        later = self._buy("meridian", "circulator", "MC-0931", 6, 150.0, day - 12)
        said = {
            line: (300.0, "One of three ran dry")
            if line.kind == "goods"
            else (line.amount_claimed, False)
            for line in claim.line_ids
        }
        self._answer(claim, "approve_part", day - 19, said)
        with self._at(day - 20, 10):
            memo = claim._set_off(later.invoice_ids)
            memo.with_env(self.env).action_post()
        self._write_off(claim, day - 24)
        self._close(claim, day - 24)

    def _pumps_refused(self, day):
        """Refused, disputed, refused again: another person writes it off."""
        self._buy("orchard", "sump", "OS-1190", 8, 95.0, day + 20)
        rma = self._sent_back("keller", "sump", 2, day, "Impeller blocked")
        self._settle(rma, day - 5)
        claim = self._claim(rma, day - 5)
        self._answer(claim, "refuse", day - 12, reason="Sand in the water: misuse")
        with self._at(day - 14, 10):
            self._as("claims", claim).action_resubmit()
        reason = "Misuse, as we said"
        self._answer(claim, "refuse", day - 26, reason=reason)
        self._write_off(claim, day - 29)
        self._close(claim, day - 29)

    def _carrier_pays_late(self, day):
        """A pallet was dropped: promised within two weeks, paid after a month."""
        rma = self._sent_back(
            "pines", "booster", 2, day, "Casing cracked", liability="carrier"
        )
        claim = self._claim(rma, day - 4)
        self._answer(claim, "acknowledge", day - 9, reference="NSF-88120")
        self._answer(claim, "approve", day - 33)
        self._credit(claim, day - 33)
        self._paid(claim, day - 34, "ACH 7741-09")

    def _pumps_to_claim(self, day):
        """Inspected, and nobody has claimed them yet."""
        self._sent_back("ironwood", "circulator", 1, day, "Bearing noise")

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    def _buy(self, supplier, name, lot, quantity, price, day):
        """Order, receive one lot and bill it; give the order."""
        product = self._product(name)
        with self._at(day, 10):
            order = self.env["purchase.order"].create(
                {
                    "partner_id": self.env.ref(f"{_OWN}.demo_supplier_{supplier}").id,
                    "company_id": self._company.id,
                    "picking_type_id": self._warehouse().in_type_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_qty": quantity,
                                "price_unit": price,
                            }
                        )
                    ],
                }
            )
            order.button_confirm()
            move = order.picking_ids.move_ids
            move.move_line_ids.lot_id = self.env["stock.lot"].create(
                {
                    "name": lot,
                    "product_id": product.id,
                    "company_id": self._company.id,
                }
            )
            self._send(order.picking_ids)
            order.action_create_invoice()
            order.invoice_ids.invoice_date = fields.Date.today()
            order.invoice_ids.action_post()
        return order

    def _sent_back(self, customer, name, quantity, day, note, liability="supplier"):
        """Sell pumps, and take some back that are found to be somebody's fault.

        What a carrier has broken is scrapped, the rest waits for its supplier.
        """
        place = f"{_OWN}.disposition_vendor"
        if liability == "carrier":
            place = "reverse_logistics.disposition_scrap"
        order = self._sell(customer, {name: quantity + 1}, day + 8)
        lot = order.order_line.move_ids.move_line_ids.lot_id
        line = self._line(order, name, quantity, "defective", lot_id=lot.id, note=note)
        rma = self._ask(customer, [line], day)
        if rma.state == "requested":
            self._authorize(rma, day - 1)
        self._receive(rma, day - 3)
        self._inspect(
            rma,
            day - 4,
            "d",
            liability=liability,
            note=note,
            disposition_id=self.env.ref(place).id,
            override_reason=note,
        )
        return rma

    def _claim(self, rma, day):
        with self._at(day, 17):
            self._as("claims", rma.inspection_ids).action_claim_supplier()
            claim = rma.inspection_ids.sudo().supplier_claim_line_ids.claim_id
            self._as("claims", claim).action_submit()
        return self._as("claims", claim)

    def _answer(self, claim, kind, day, said=None, reason=False, **values):
        """Note what the supplier answers.

        :param dict said: ``{line: (amount, reason)}``; else all, or nothing
        """
        if said is None:
            said = {
                line: (line.amount_claimed if kind == "approve" else 0.0, reason)
                for line in claim.line_ids
                if kind in ("approve", "refuse")
            }
        with self._at(day, 11):
            claim._answer(kind, said, day=fields.Date.today(), **values)

    def _send_to_supplier(self, claim, day):
        with self._at(day, 9):
            claim.action_send_goods()
            self._send(claim.sudo().line_ids.move_ids.picking_id)

    def _credit(self, claim, day):
        with self._at(day, 10):
            claim.action_credit_note()
            refunds = claim.sudo().line_ids.refund_line_ids.move_id
            refunds.with_env(self.env).action_post()

    def _paid(self, claim, day, reference):
        """The money of a debit memo comes in, and settles it."""
        memos = claim.sudo().line_ids.refund_line_ids.move_id
        with self._at(day, 11):
            payment = (
                self.env["account.payment.register"]
                .with_context(active_model=memos._name, active_ids=memos.ids)
                .create(
                    {"payment_date": fields.Date.today(), "communication": reference}
                )
            )
            payment._create_payments()

    def _write_off(self, claim, day):
        with self._at(day, 16):
            self._as("claims_approver", claim).action_write_off()

    def _close(self, claim, day):
        with self._at(day, 17):
            claim.action_close()
