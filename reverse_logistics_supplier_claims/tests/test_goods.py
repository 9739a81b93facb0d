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

    def test_refused_and_sent_back(self):
        """They are received at the value they left with, and decided about anew."""
        part = self._broken(self.sold)
        claim = self._submitted(part)
        with self.assertRaisesRegex(UserError, "no goods are with the supplier"):
            claim.action_goods_back()
        self._send(claim)
        self.assertFalse(claim.is_resubmit_allowed)
        with self.assertRaisesRegex(UserError, "not answered yet is reminded of"):
            claim.action_resubmit()
        self.assertNumbers(3, 1, 3, 0)
        self.assertEqual(claim.line_ids.parts_state, "sent")
        self._answered(claim, "refuse", reason="Misuse")
        self.assertTrue(claim.is_back_allowed)
        self._call(claim, "action_goods_back")
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
