from lxml import etree

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestGoods(ClaimCase):
    """Where claimed goods are, and how many of a purchase came, went and were paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.lots = cls._create_lots(cls.pump, "G1", "G2", "G3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _submitted(self, part):
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        return claim

    def assertNumbers(self, *numbers):
        self.bought.invalidate_recordset()
        self.assertEqual(
            (
                self.bought.reverse_qty_received,
                self.bought.reverse_qty_returned,
                self.bought.reverse_qty_billed,
                self.bought.reverse_qty_credited,
            ),
            numbers,
        )

    def _on_hand(self, location, lot):
        return self.env["stock.quant"]._get_available_quantity(
            self.pump, location, lot_id=lot, strict=True
        )

    def test_four_numbers(self):
        self.assertNumbers(3, 0, 3, 0)
        claim = self._submitted(self._broken(self.sold, 2))
        self.assertEqual(self._compared(self.pump), {"vendor_return": (1, 1)})
        self._send(claim)
        self.assertEqual(self._compared(self.pump), {})
        self.assertNumbers(3, 2, 3, 0)
        self._answered(claim, "approve")
        self._credited(claim)
        self.assertNumbers(3, 2, 3, 2)
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (1, 1))

    def test_four_numbers_are_shown(self):
        """Beside Odoo's two, which are what is left."""
        view = self.env["purchase.order"].get_view(view_type="form")
        names = ("received", "returned", "billed", "credited")
        for name in (f"reverse_qty_{name}" for name in names):
            [shown] = etree.fromstring(view["arch"]).xpath(
                f"//list/field[@name='{name}']"
            )
            self.assertEqual((name, shown.get("optional")), (name, "show"))

    def test_never_more_to_the_supplier_than_came(self):
        """By Odoo's own return, too: two pieces came with this purchase."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        bought = self._purchase(seal, 2, price=3.0)
        other = self._purchase(seal, 5, price=3.0)
        receipt = bought.move_ids
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": receipt.picking_id.id}
        )
        wizard.product_return_moves.quantity = 3
        picking = wizard._create_return()
        picking.move_ids.write({"quantity": 3, "picked": True})
        message = r"sends 3.* of Seal to the supplier, but of .* only 2.* can go back"
        with self.assertRaisesRegex(UserError, message):
            picking.button_validate()
        picking.move_ids.quantity = 2
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual((bought.qty_received, other.qty_received), (0, 5))

    def test_destroyed_here(self):
        """The certificate is asked for and kept; the goods are written off."""
        self.agreement.goods = "destroy"
        part = self._broken(self.sold)
        claim = self._submitted(part)
        lot = part.lot_id
        self.assertEqual(claim.line_ids.parts_state, "here")
        self.assertFalse(claim._get_destroyable(), "the supplier may want to see them")
        self._answered(claim, "approve")
        other = self._as("claims_approver", claim)
        self.assertEqual(
            (claim.is_destroy_allowed, other.is_destroy_allowed), (False, True)
        )
        own = self.env["reverse.supplier.destruction"].with_user(claim.env.user)
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            own.create({"claim_id": claim.id}).action_confirm()
        claim = other
        entry = own.with_user(claim.env.user).create({"claim_id": claim.id})
        self.assertEqual(entry.line_ids, claim.line_ids)
        entry.day = "2099-01-01"
        with self.assertRaisesRegex(UserError, "and until today"):
            entry.action_confirm()
        entry.day = fields.Date.today()
        with self.assertRaisesRegex(UserError, "attach the certificate of destruct"):
            entry.action_confirm()
        file = self.env["ir.attachment"].with_user(claim.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        entry.attachment_ids = [Command.set(file.ids)]
        self.assertEqual(self._on_hand(self.vendor_place, lot), 1)
        self._call(entry, "action_confirm")
        self.assertEqual(self._on_hand(self.vendor_place, lot), 0)
        self.assertEqual(part.location_id.usage, "inventory")
        self.assertEqual(claim.line_ids.parts_state, "destroyed")
        answer = claim.answer_ids[:1]
        self.assertEqual((answer.kind, answer.attachment_ids), ("destroy", file))
        with self.assertRaisesRegex(UserError, "lets us destroy, once"):
            entry.action_confirm()
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertTrue(again.goods_gone)
        self.assertFalse(self.env["reverse.event"]._find_breaks(part.rma_id))

    def _back(self, claim, **quantities):
        """Note that goods are back, all that were refused or as many as named."""
        action = self._call(claim, "action_goods_back")
        entry = self.env[action["res_model"]].browse(action["res_id"])
        entry = entry.with_user(claim.env.user)
        entry.line_ids.write(quantities)
        return self._call(entry, "action_confirm")

    def test_refused_and_sent_back(self):
        """They are received at the value they left with, and decided about anew."""
        part = self._broken(self.sold)
        claim = self._submitted(part)
        with self.assertRaisesRegex(UserError, "no goods are with the supplier"):
            claim.action_goods_back()
        self._send(claim)
        self.assertFalse(claim.is_resubmit_allowed)
        self.assertTrue(claim.is_awaited and claim.is_remind_allowed)
        with self.assertRaisesRegex(UserError, "not answered yet is reminded of"):
            claim.action_resubmit()
        self.assertNumbers(3, 1, 3, 0)
        self.assertEqual(claim.line_ids.parts_state, "sent")
        self._answered(claim, "refuse", reason="Misuse")
        self.assertFalse(claim.is_awaited or claim.is_remind_allowed)
        self.assertTrue(claim.is_back_allowed)
        self._back(claim)
        self.assertEqual(claim.line_ids.parts_state, "back")
        self.assertEqual(claim.line_ids.back_move_ids.value, 40.0)
        self.assertNumbers(3, 0, 3, 0)
        self.assertEqual((self.bought.qty_received, self.bought.qty_to_invoice), (3, 0))
        self.assertEqual(part.state, "superseded")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(
            (again.location_id, again.goods_gone), (self.vendor_place, False)
        )
        self._inspect(again, "E", "SCRAP")
        self.assertEqual(self._on_hand(self.vendor_place, part.lot_id), 0)
        with self.assertRaisesRegex(UserError, "no goods are with the supplier"):
            claim.action_goods_back()
        with self.assertRaisesRegex(UserError, "is claimed already|only inspected"):
            self._as("claims_user", again).action_claim_supplier()
        self.assertEqual(part.rma_id._check_quantities(), {})

    def _seals_sent(self):
        """Five seals of one purchase at 40, claimed together and with the supplier."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self.bought = self._purchase(seal, 5)
        part = self._broken(self._sell(5, product=seal), 5)
        claim = self._submitted(part)
        self._send(claim)
        return claim, part

    def _drafts(self, part):
        return part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")

    def assertSeals(self, part, here):
        """So many lie for the supplier, and documents say the same as the stock."""
        quants = self.env["stock.quant"]
        there = quants._get_available_quantity(part.product_id, self.vendor_place)
        self.assertEqual(there, here)
        self.assertEqual(part.rma_id._check_quantities(), {})
        self.assertFalse(self.env["reverse.event"]._find_breaks(part.rma_id))

    def test_three_of_five_approved(self):
        """Two are ours again and are decided about; three are paid and stay done."""
        claim, part = self._seals_sent()
        self._answered(claim, "approve_part", [(120.0, "Two are worn")])
        refund = self._credited(claim)
        self.assertEqual(
            refund.invoice_line_ids.mapped(lambda a: (a.quantity, a.price_unit)),
            [(3.0, 40.0)],
        )
        self.assertNumbers(5, 5, 5, 3)
        message = "2.* were not approved, so more than none and at most so many"
        with self.assertRaisesRegex(UserError, message):
            self._back(claim, quantity=3)
        self._back(claim)
        line = claim.line_ids
        self.assertEqual(
            (line.parts_state, line._count_with_supplier()), ("partly_back", 3)
        )
        self.assertEqual(line.back_move_ids.value, 80.0)
        self.assertNumbers(5, 3, 5, 3)
        self.assertEqual(
            (self.bought.qty_received, self.bought.qty_invoiced), (2.0, 2.0)
        )
        again = self._drafts(part)
        self.assertEqual(
            (again.quantity, again.location_id, again.disposition_id.code),
            (2.0, self.vendor_place, False),
        )
        kept = part.rma_id.inspection_ids.filtered(lambda p: p.state == "done")
        self.assertEqual(
            (kept.quantity, kept.disposition_id, kept.goods_gone),
            (3.0, part.disposition_id, True),
        )
        self.assertEqual(
            (kept.inspected_by_id, kept.inspected_at),
            (part.inspected_by_id, part.inspected_at),
        )
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )[-1:]
        self.assertEqual(
            (event.data["decider"], event.data["inspection"]), ("person", part.id)
        )
        self.assertSeals(part, 2)
        self._inspect(again, "E", "SCRAP")
        self.assertSeals(part, 0)
        self.assertEqual(
            (claim.amount_approved, claim.amount_recovered, claim.amount_open),
            (120.0, 120.0, 80.0),
        )
        bill = self.bought.order_id.invoice_ids.filtered(
            lambda move: move.move_type == "in_invoice"
        )
        self.assertEqual(bill.amount_residual, 88.0)
        with self.assertRaisesRegex(UserError, "no goods are with the supplier"):
            claim.action_goods_back()

    def test_goods_by_weight(self):
        """Approved in full, they are paid to the last gram, and none comes back."""
        pellets = self._create_product(
            "Pellets",
            categ_id=self.perpetual.id,
            uom_id=self.env.ref("uom.product_uom_kgm").id,
        )
        self.bought = self._purchase(pellets, 10, price=0.4)
        claim = self._submitted(self._broken(self._sell(10, product=pellets), 10))
        self._send(claim)
        self._answered(claim, "approve")
        self.assertEqual((claim.amount_approved, claim.is_back_allowed), (4.0, False))
        self.assertEqual(claim.line_ids.parts_state, "sent")
        self._credited(claim)
        self.assertNumbers(10, 10, 10, 10)

    def test_back_one_after_the_other(self):
        """What comes later is taken from what the supplier had kept until then."""
        claim, part = self._seals_sent()
        self._answered(claim, "approve_part", [(120.0, "Two are worn")])
        self._back(claim, quantity=1)
        self.assertSeals(part, 1)
        self._back(claim)
        self.assertEqual(self._drafts(part).mapped("quantity"), [1.0, 1.0])
        self.assertSeals(part, 2)
        self.assertNumbers(5, 3, 5, 0)
        self._inspect(self._drafts(part), "A", "RESTOCK")
        self.assertSeals(part, 0)
        self._call(claim, "action_resubmit")
        self._answered(claim, "approve", text="Paid for all in the end")
        refund = self._credited(claim)
        # two are ours again, whatever the supplier pays for them
        pieces = refund.invoice_line_ids.filtered("purchase_line_id")
        self.assertEqual(
            (refund.amount_untaxed, pieces.quantity, pieces.price_subtotal),
            (200.0, 3.0, 120.0),
        )
        self.assertNumbers(5, 3, 5, 3)

    def test_sent_in_two_transfers(self):
        """What comes back later is of the transfer of which some is still there."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self.bought = self._purchase(seal, 5)
        part = self._broken(self._sell(5, product=seal), 5)
        claim = self._submitted(part)
        self._call(claim, "action_send_goods")
        first = claim.sudo().line_ids.move_ids
        first.write({"quantity": 3, "picked": True})
        first.picking_id.with_context(skip_backorder=True).button_validate()
        second = claim.sudo().line_ids.move_ids - first
        self._validate(self._as("receiver", second.picking_id))
        self._answered(claim, "refuse", reason="Misuse")
        self._back(claim, quantity=2)
        self._back(claim)
        moves = claim.sudo().line_ids.back_move_ids.sorted("id")
        self.assertEqual(
            [(move.origin_returned_move_id, move.quantity) for move in moves],
            [(first, 2.0), (first, 1.0), (second, 2.0)],
        )
        self.assertNumbers(5, 0, 5, 0)
        self.assertSeals(part, 5)

    def test_parts_are_asked_for(self):
        """Goods that stay by agreement are sent once the supplier wants to see them."""
        self.agreement.goods = "keep"
        claim = self._submitted(self._broken(self.sold))
        line = claim.line_ids
        self._answered(claim, "approve")
        self.assertFalse(claim.is_send_allowed or claim.is_arrive_allowed)
        self.assertTrue(claim.is_request_allowed)
        with self.assertRaisesRegex(UserError, "goods that are on their way"):
            self._answered(claim, "arrive")
        answer = self._answered(claim, "request", text="To dock 4")
        self.assertEqual(
            (line.parts_state, line.requested_on), ("requested", fields.Date.today())
        )
        self.assertEqual(answer.direction, "in")
        self.assertRegex(answer.text, r"1.* Pump.*\nTo dock 4")
        with self.assertRaisesRegex(UserError, "still here and were not asked for"):
            self._answered(claim, "request")
        self._send(claim)
        self.assertEqual(line.parts_state, "sent")
        self.assertNumbers(3, 1, 3, 0)
        self._answered(claim, "arrive")
        self.assertEqual(
            (line.parts_state, claim.is_arrive_allowed), ("received", False)
        )
        refund = self._credited(claim)
        self.assertEqual(refund.invoice_line_ids.purchase_line_id, self.bought)
        self.assertNumbers(3, 1, 3, 1)

    def test_what_does_not_go_back_is_not_asked_for(self):
        """Neither what was put back to stock, nor what a refused claim is about."""
        self.agreement.goods = "keep"
        part = self._received(self.sold).inspection_ids
        self._call(self._as("inspector", part), "write", {"liability": "supplier"})
        self._inspect(part, "B", "RESTOCK")
        claim = self._submitted(part.with_env(self.env))
        self._answered(claim, "approve")
        self.assertEqual(claim.line_ids.parts_state, "here")
        self.assertFalse(claim.is_request_allowed)
        with self.assertRaisesRegex(
            UserError, "What went back to stock is not sent any more"
        ):
            self._answered(claim, "request")
        self.assertFalse(claim.line_ids.requested_on)
        other = self._submitted(self._broken(self.sold))
        self.assertTrue(other.is_request_allowed)
        self._answered(other, "refuse", reason="Misuse")
        self.assertFalse(other.is_request_allowed)
        with self.assertRaisesRegex(UserError, "nothing of a claim that is refused"):
            self._answered(other, "request")

    def test_what_is_asked_for_is_not_destroyed(self):
        self.agreement.goods = "destroy"
        claim = self._submitted(self._broken(self.sold, 2))
        self._answered(claim, "approve")
        first, second = claim.line_ids
        entry = (
            self.env["reverse.supplier.answer.entry"]
            .with_user(claim.env.user)
            .create({"claim_id": claim.id, "kind": "request"})
        )
        entry.line_ids[1].is_meant = False
        self._call(entry, "action_confirm")
        self.assertEqual(claim._get_destroyable(), second)
        self.assertEqual(claim._get_sendable(), first)
        states = claim.line_ids.mapped("parts_state")
        self.assertEqual(states, ["requested", "here"])

    def test_refused_goods_wait_to_come_back(self):
        claim = self._submitted(self._broken(self.sold))
        self._send(claim)
        self._answered(claim, "refuse", reason="Misuse")
        self.assertEqual(claim.line_ids.parts_state, "refused")

    def test_destroyed_in_the_field(self):
        """The customer destroys what is not sent: nothing of ours is written off."""
        self.agreement.goods = "destroy"
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self.bought = self._purchase(seal, 5)
        rma = self._requested(self._sell(5, product=seal), 2)
        part = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 2,
                "disposition_id": self.dispositions["KEEP"].id,
                "liability": "supplier",
            }
        )
        self._call(part, "action_complete")
        claim = self._submitted(part.with_env(self.env))
        line = claim.line_ids
        self.assertEqual((line.parts_state, claim.amount_claimed), ("gone", 80.0))
        self.assertFalse(claim.is_send_allowed)
        self._answered(claim, "approve")
        other = self._as("claims_approver", claim)
        file = self.env["ir.attachment"].with_user(other.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        entry = self.env["reverse.supplier.destruction"].with_user(other.env.user)
        entry = entry.create(
            {"claim_id": claim.id, "attachment_ids": [Command.set(file.ids)]}
        )
        self.assertEqual(entry.line_ids, line)
        self._call(entry, "action_confirm")
        self.assertEqual(line.parts_state, "destroyed")
        scraps = self.env["stock.scrap"].search([("product_id", "=", seal.id)])
        self.assertFalse(scraps)
        refund = self._credited(claim)
        expense = seal.product_tmpl_id.get_product_accounts()["expense"]
        self.assertEqual(
            refund.invoice_line_ids.mapped(lambda a: (a.price_subtotal, a.account_id)),
            [(80.0, expense)],
        )
        self.assertNumbers(5, 0, 5, 0)
        self.assertEqual(claim.state, "recovered")
