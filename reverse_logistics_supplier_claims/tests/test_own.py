from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestOwn(ClaimCase):
    """Five plugs, bought at 3: claimed from stock, and from their receipt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.plug = cls._create_product("Plug", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.plug, 5, price=3.0)
        cls.stock = cls.warehouse.lot_stock_id

    def _here(self, location):
        return self.env["stock.quant"]._get_available_quantity(
            self.plug, location, strict=True
        )

    def _entry(self, records, role="claims_user", **values):
        """Open the form as somebody who also sees the stock; give it filled in."""
        self.users[role].group_ids += self.env.ref("stock.group_stock_user")
        action = self._call(self._as(role, records), "action_claim_supplier")
        entry = self.env[action["res_model"]].with_user(self.users[role])
        entry = entry.browse(action["res_id"])
        entry.line_ids = [
            Command.update(line.id, values) for line in entry.line_ids if values
        ]
        return entry

    def _confirmed(self, entry):
        action = self._call(entry, "action_confirm")
        return self.env["reverse.supplier.claim"].browse(action["res_id"])

    def _quants(self, place):
        return self.env["stock.quant"].search(
            [("product_id", "=", self.plug.id), ("location_id", "=", place.id)]
        )

    def test_own_stock(self):
        """Three are set aside, sent and credited at the price of their bill."""
        entry = self._entry(self._quants(self.stock), quantity=3)
        claim = self._as("claims_user", self._confirmed(entry))
        line = claim.line_ids
        self.assertEqual((claim.partner_id, claim.amount_claimed), (self.supplier, 9.0))
        self.assertEqual(
            (line.source_state, line.purchase_line_id, line.product_id, line.quantity),
            ("sure", self.bought, self.plug, 3),
        )
        self.assertEqual(
            (self._here(self.stock), self._here(self.vendor_place)), (2, 3)
        )
        self.assertEqual(self._compared(self.plug), {"vendor_return": (3, 3)})
        # neither what is set aside nor more than is here is claimed again
        for place in (self.vendor_place, self.stock):
            again = self._entry(self._quants(place), quantity=3)
            with self.assertRaisesRegex(
                UserError, r"only [02] units in .* as own stock"
            ):
                again.action_confirm()
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self.assertEqual(line.parts_state, "sent")
        self.assertEqual(self._compared(self.plug), {})
        self.assertEqual(
            (self._here(self.vendor_place), self.bought.qty_received), (0, 2)
        )
        # what went back is not missing, too
        receipt = self.bought.move_ids.picking_id - line.move_ids.picking_id
        missing = self._entry(receipt, quantity=1, found="short")
        with self.assertRaisesRegex(UserError, "0 units of Plug are billed, did not"):
            missing.action_confirm()
        self._answered(claim, "approve")
        refund = self._credited(claim)
        self.assertEqual((refund.amount_untaxed, refund.amount_total), (9.0, 9.9))
        self.assertEqual((claim.state, self.bought.qty_invoiced), ("recovered", 2))

    def test_factor_of_own_goods(self):
        """What a sample has shown of these goods holds for those in stock, too."""
        today = fields.Date.today()
        factors = self._as("claims_approver", self.env["reverse.supplier.factor"])
        factors.create(
            {
                "partner_id": self.supplier.id,
                "product_id": self.plug.id,
                "date_from": today,
                "date_to": today,
                "sample": 10,
                "analysed": 10,
                "at_fault": 8,
            }
        )
        claim = self._confirmed(self._entry(self._quants(self.stock), quantity=3))
        self.assertEqual((claim.line_ids.factor, claim.amount_claimed), (0.8, 7.2))
        receipt = self.bought.move_ids.picking_id - claim.line_ids.move_ids.picking_id
        broken = self._entry(receipt, quantity=1, found="damaged")
        self.assertEqual(self._confirmed(broken).amount_claimed, 2.4)

    def test_own_stock_is_that_of_its_company(self):
        """Neither is that of others claimed, nor said where it lies and how much."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["stock.location"].create(
            {"name": "Vault", "usage": "internal", "company_id": other.id}
        )
        lot = self.env["stock.lot"].create(
            {
                "name": "V1",
                "product_id": self.lot_product.id,
                "company_id": other.id,
            }
        )
        for found in ("defect", "short"):
            for vals in ({"location_id": theirs.id}, {"lot_id": lot.id}):
                entry = self._entry(self.bought.move_ids.picking_id, quantity=1)
                entry.sudo().line_ids.write({"found": found, **vals})
                with (
                    self.subTest(found=found, vals=vals),
                    self.assertRaisesRegex(UserError, "^Plug is claimed for .* choose"),
                ):
                    self._call(entry, "action_confirm")

    def test_what_was_agreed_counts_for_own_goods(self):
        """Neither without the agreement nor for less without an approver."""
        entry = self._entry(self._quants(self.stock), quantity=2)
        claim = self._as("claims_user", self._confirmed(entry))
        claim.agreement_id = False
        with self.assertRaisesRegex(UserError, "“Warranty” was agreed for these goods"):
            claim.action_submit()
        claim.agreement_id = self.agreement
        claim.line_ids.amount_claimed = 5.0
        with self.assertRaisesRegex(UserError, r"5\.00 is claimed, and .*6\.00 may be"):
            claim.action_submit()
        claim.line_ids.amount_claimed = 6.0
        # no customer has given a reason: terms with reasons are chosen by a person
        self.agreement.reason_ids = self.env["reverse.reason"].search([], limit=1)
        self.assertFalse(claim.sudo()._find_agreements())
        self._call(claim, "action_submit")
        self._answered(claim, "refuse", reason="Misuse")
        self._call(self._as("claims_approver", claim), "action_write_off")
        self._told(claim)

    def _told(self, claim):
        """It is about no return: its company keeps who did what with which money."""
        self.env.cr.precommit.run()
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("rma_id", "=", False)], order="id"
        )
        own = events.filtered(lambda event: event.data.get("claim") == claim.id)
        self.assertEqual(
            own.mapped("name"),
            [f"SupplierClaim{step}" for step in ("Opened", "Submitted", "Answered")]
            + ["SupplierClaimWrittenOff"],
        )
        self.assertEqual(own[-1].user_id, self.users["claims_approver"])
        self.assertEqual(own[-1].data["written_off"], 6.0)
        self.assertEqual(self.env["reverse.event"]._find_breaks(self.company), {})

    def test_what_stays_is_claimed_once(self):
        """Four of five are sold; the last one stays, and is not claimed again."""
        sold = self._sell(4, product=self.plug)
        sold.move_ids.date = "2026-01-01"
        kept = self._confirmed(
            self._entry(self._quants(self.stock), quantity=1, set_aside=False)
        )
        line = kept.line_ids
        self.assertEqual(line.kept_location_id, self.stock)
        # reserved, or elsewhere in the warehouse, it is still here
        quants = self.env["stock.quant"]
        quants._update_reserved_quantity(self.plug, self.stock, 1)
        self.assertTrue(line._is_kept_here())
        quants._update_reserved_quantity(self.plug, self.stock, -1)
        quality = self.warehouse.wh_qc_stock_loc_id
        quants._update_available_quantity(self.plug, self.stock, -1)
        self.assertFalse(line._is_kept_here())
        quants._update_available_quantity(self.plug, quality, 1)
        self.assertTrue(line._is_kept_here())
        quants._update_available_quantity(self.plug, quality, -1)
        quants._update_available_quantity(self.plug, self.stock, 1)
        for set_aside in (False, True):
            again = self._entry(
                self._quants(self.stock), quantity=1, set_aside=set_aside
            )
            with self.assertRaisesRegex(UserError, "only 0 units in .* as own stock"):
                again.action_confirm()
        # once it has left, another one can be claimed
        sold.move_ids.date = "2099-01-01"
        self._confirmed(again)
        self.assertEqual(self._here(self.vendor_place), 1)

    def test_own_stock_destroyed(self):
        self.agreement.goods = "destroy"
        entry = self._entry(self._quants(self.stock), quantity=2)
        claim = self._as("claims_user", self._confirmed(entry))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        claim = self._as("claims_approver", claim)
        file = self.env["ir.attachment"].with_user(claim.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        today = self.company._get_reverse_today()
        # what is not there is not written off, whatever a certificate says
        quants = self.env["stock.quant"]
        quants._update_available_quantity(self.plug, self.vendor_place, -1)
        with self.assertRaisesRegex(UserError, "2 units of .* do not lie in .*Vendor"):
            claim._destroy(claim.line_ids, today, file)
        self.assertFalse(claim.line_ids.destroyed_on)
        quants._update_available_quantity(self.plug, self.vendor_place, 1)
        claim._destroy(claim.line_ids, today, file)
        self.assertEqual(claim.line_ids.parts_state, "destroyed")
        self.assertEqual(
            (self._here(self.vendor_place), self._here(self.stock)), (0, 3)
        )

    def test_returned_goods_are_claimed_by_their_inspection(self):
        self._broken(self._sell(1, product=self.plug))
        entry = self._entry(self._quants(self.vendor_place), quantity=1)
        with self.assertRaisesRegex(UserError, "of returns, which are claimed with"):
            entry.action_confirm()
        waiting = self._received(self._sell(1, product=self.plug)).inspection_ids
        entry = self._entry(self._quants(waiting.location_id), quantity=1)
        with self.assertRaisesRegex(UserError, "where an inspection decides about it"):
            entry.action_confirm()

    def _refuse_here(self, place):
        """Goods of returns in a place are none of our own."""
        entry = self._entry(self._quants(place), quantity=1)
        with self.assertRaisesRegex(UserError, "only 0 units in .* as own stock"):
            self._call(entry, "action_confirm")

    def test_returned_goods_whose_transfer_was_cancelled(self):
        """What their claim was to send is theirs, sent or not."""
        parts = self._broken(self._sell(2, product=self.plug), 2)
        claim = self._claim(parts)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._call(claim, "action_send_goods")
        self._call(claim, "action_cancel")
        self.assertEqual(self._here(self.vendor_place), 2)
        self._refuse_here(self.vendor_place)

    def test_returned_goods_that_are_inspected_anew(self):
        parts = self._broken(self._sell(1, product=self.plug))
        self._call(self._as("inspector", parts), "action_correct")
        again = parts.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._refuse_here(again.location_id)

    def test_returned_goods_on_a_shelf(self):
        """Neither from the shelf where they lie, nor from the place around it."""
        self._broken(self._sell(1, product=self.plug))
        shelf = self.vendor_place.copy(
            {"name": "Shelf", "location_id": self.vendor_place.id}
        )
        move = self.env["stock.move"].create(
            {
                "product_id": self.plug.id,
                "product_uom_qty": 1,
                "location_id": self.vendor_place.id,
                "location_dest_id": shelf.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": 1, "picked": True})
        move._action_done()
        self.assertEqual(self._here(shelf), 1)
        self._refuse_here(shelf)
        entry = self._entry(self._quants(shelf), quantity=1)
        entry.sudo().line_ids.location_id = self.vendor_place
        with self.assertRaisesRegex(UserError, "only 0 units in .* as own stock"):
            self._call(entry, "action_confirm")

    def test_a_piece_without_its_number(self):
        """Goods with lots are claimed by their lot, and never any that lies there."""
        lots = self._create_lots(self.pump, "Y1", "Y2")
        self._purchase(self.pump, 2, lots)
        [part] = self._broken(self._sell_serials(self.pump, lots[:1]))
        for lot, place in ((part.lot_id, self.vendor_place), (lots[1], self.stock)):
            quant = self.env["stock.quant"].search(
                [("lot_id", "=", lot.id), ("location_id", "=", place.id)]
            )
            entry = self._entry(quant, quantity=1, set_aside=True)
            entry.sudo().line_ids.lot_id = False
            with self.assertRaisesRegex(UserError, "only 0 units in .* as own stock"):
                self._call(entry, "action_confirm")
        # the other one is ours, and is claimed as such
        self.assertTrue(self._confirmed(self._entry(quant, quantity=1)))

    def test_own_goods_beside_returned_ones(self):
        """They go back to stock alone, whatever is about to be sent beside them."""
        returned = self._claim(self._broken(self._sell(1, product=self.plug)))
        claim = self._confirmed(self._entry(self._quants(self.stock), quantity=2))
        self._call(returned, "action_submit")
        self._answered(returned, "acknowledge", reference="R1")
        self._call(returned, "action_send_goods")
        self.assertEqual(self._here(self.vendor_place), 2)
        self._call(self._as("claims_user", claim), "action_cancel")
        self.assertEqual(
            (self._here(self.vendor_place), self._here(self.stock)), (0, 4)
        )
        self.assertEqual(self._compared(self.plug), {"vendor_return": (1, 1)})

    def test_goods_that_lay_in_returns_before(self):
        """Added there with an approval, they can be claimed, but not sold then."""
        self.env["stock.quant"]._update_available_quantity(
            self.plug, self.vendor_place, 1
        )
        entry = self._entry(self._quants(self.vendor_place), quantity=1)
        claim = self._as("claims_user", self._confirmed(entry))
        self._call(claim, "action_cancel")
        self._call(claim, "action_keep_goods")
        inspection = self.facility._get_location("inspection")
        self.assertEqual((self._here(inspection), self._here(self.stock)), (1, 5))

    def test_wrong_on_arrival(self):
        """Damaged ones are kept or set aside; no more than came in is claimed."""
        receipt = self.bought.move_ids.picking_id
        self.assertTrue(self._as("claims_user", receipt).reverse_is_claim_allowed)
        kept = self._confirmed(self._entry(receipt, quantity=2, found="damaged"))
        self.assertEqual(
            (kept.amount_claimed, kept.line_ids.stock_location_id.id), (6.0, False)
        )
        self.assertFalse(kept.line_ids._goes_back())
        entry = self._entry(receipt, quantity=4, found="wrong", set_aside=True)
        with self.assertRaisesRegex(UserError, "3 units of Plug are left to claim"):
            entry.action_confirm()
        entry.line_ids.quantity = 3
        aside = self._confirmed(entry)
        self.assertEqual(
            (self._here(self.stock), self._here(self.vendor_place)), (2, 3)
        )
        self.assertTrue(aside.line_ids._goes_back())
        # what is cancelled can be claimed anew
        self._call(self._as("claims_user", kept), "action_cancel")
        self.assertTrue(self._confirmed(self._entry(receipt, quantity=2)))
        with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
            self._as("receiver", receipt).action_claim_supplier()

    def _carrier_entry(self, **values):
        """Open the form over the receipt of the plugs, for their carrier."""
        receipt = self.bought.move_ids.picking_id
        values = {"found": "damaged", **values}
        entry = self._entry(receipt, **values)
        entry.kind = "carrier"
        return entry

    def test_broken_by_the_carrier(self):
        """A receipt is claimed from the carrier: up to its limit, in its time, once."""
        carrier = self.env["res.partner"].create({"name": "Swift Parcels"})
        entry = self._carrier_entry(quantity=2)
        with self.assertRaisesRegex(UserError, "Plug: choose the carrier"):
            self._call(entry, "action_confirm")
        self.plug.weight = 0.5
        road = self.env["reverse.supplier.agreement"].create(
            {
                "name": "Parcels by road",
                "partner_id": carrier.id,
                "kind": "carrier",
                "liability": "carrier",
                "carriage": "road",
                "cap_unit_value": 0.5,
            }
        )
        came = fields.Datetime.now() - timedelta(3)
        self.bought.move_ids.reverse_done_at = came
        claim = self._as("claims_user", self._confirmed(entry))
        day = self.company._to_reverse_day(came)
        self.assertEqual(
            (claim.kind, claim.partner_id, claim.agreement_id),
            ("carrier", carrier, road),
        )
        self.assertEqual(
            (claim.delivered_on, claim.deadline), (day, day + timedelta(7))
        )
        line = claim.line_ids
        self.assertEqual((line.quantity, line.amount_claimed), (2, 6.0))
        self.assertFalse(line.purchase_line_id or line.sudo().bill_ids)
        self.assertEqual((claim.gross_weight, claim.amount_limit), (1.0, 4.17))
        self.assertEqual(line.kept_location_id, self.stock)
        with self.assertRaisesRegex(UserError, r"pays at most .*4\.17"):
            claim.action_submit()
        self._call(claim, "action_lower_to_limit")
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        refund = self._credited(claim)
        self.assertEqual((refund.partner_id, refund.amount_total), (carrier, 4.17))
        self.assertFalse(refund.reversed_entry_id)
        self.assertEqual(self.bought.qty_invoiced, 5)
        # neither the seller nor the carrier pays for them again
        for kind in ("supplier", "carrier"):
            entry = self._carrier_entry(quantity=4)
            entry.kind = kind
            with self.assertRaisesRegex(UserError, "3 units of Plug are left to claim"):
                entry.action_confirm()

    def test_what_no_carrier_pays(self):
        """Neither for what the seller sent, nor twice for what is missing."""
        for found in ("wrong", "defect"):
            entry = self._carrier_entry(quantity=1, found=found)
            entry.partner_id = self.stranger
            with self.assertRaisesRegex(
                UserError, "a carrier pays for what it damaged"
            ):
                self._call(entry, "action_confirm")
        bill = self.bought.order_id.invoice_ids.copy({"invoice_date": "2026-01-01"})
        bill.invoice_line_ids.write({"quantity": 1, "purchase_line_id": self.bought.id})
        self._call(bill, "action_post")
        lost = self._carrier_entry(quantity=1, found="short")
        lost.partner_id = self.stranger
        claim = self._confirmed(lost)
        self.assertEqual((claim.partner_id, claim.amount_claimed), (self.stranger, 3.0))
        again = self._entry(self.bought.move_ids.picking_id, quantity=1, found="short")
        with self.assertRaisesRegex(UserError, "0 units of Plug are billed, did not"):
            self._call(again, "action_confirm")

    def test_missing_on_arrival(self):
        """Seven are billed and five came: two are claimed as missing, once."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        bought = self._purchase(seal, 5, price=4.0, bill=False)
        order = bought.order_id
        entry = self._entry(order.picking_ids, quantity=1, found="short")
        with self.assertRaisesRegex(
            UserError, "0 units of Seal are billed, did not come"
        ):
            entry.action_confirm()
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.supplier.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": seal.id,
                            "quantity": 7,
                            "price_unit": 4.0,
                            "tax_ids": [Command.set(self.tax.ids)],
                            "purchase_line_id": bought.id,
                        }
                    )
                ],
            }
        )
        self._call(bill, "action_post")
        # nor twice in one form
        entry.line_ids.quantity = 2
        entry.line_ids.copy()
        with self.assertRaisesRegex(UserError, "2 units of Seal are billed, did not"):
            entry.action_confirm()
        entry.line_ids[1:].unlink()
        claim = self._confirmed(entry)
        self.assertEqual(claim.amount_claimed, 8.0)
        claim = self._as("claims_user", claim)
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self.assertEqual((bought.qty_received, bought.qty_invoiced), (5, 7))
        refund = self._credited(claim)
        # what came is worth what it cost, and no more of it is billed
        self.assertEqual(refund.invoice_line_ids.account_id, self.stock_account)
        self.assertEqual((refund.amount_untaxed, bill.amount_residual), (8.0, 22.0))
        self.assertEqual((bought.qty_received, bought.qty_invoiced), (5, 5))
        self.assertEqual(seal.total_value, 20.0)
        entry = self._entry(order.picking_ids, quantity=1, found="short")
        with self.assertRaisesRegex(
            UserError, "0 units of Seal are billed, did not come"
        ):
            entry.action_confirm()
        # five of those that came can be claimed as damaged all the same
        entry = self._entry(order.picking_ids, quantity=5, found="damaged")
        self.assertEqual(self._confirmed(entry).amount_claimed, 20.0)
