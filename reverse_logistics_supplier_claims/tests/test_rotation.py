from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import BaseCase, tagged

from ..engine import rotation
from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestRotationEngine(BaseCase):
    def test_right(self):
        right = rotation.Right(bought=400.0, share=25.0, used=80.0)
        self.assertEqual((right.allowed, right.left), (100.0, 20.0))
        # more was credited than billed
        self.assertEqual(rotation.Right(-50.0, 25.0, 0.0).allowed, 0.0)

    def test_what_came_in_last_is_unsold(self):
        late, early = rotation.Lot("late", 3.0), rotation.Lot("early", 5.0)
        self.assertEqual(
            rotation.place(4.0, [late, early], 0.01), [("late", 3.0), ("early", 1.0)]
        )
        # what the next place holds is of what is left
        self.assertEqual(rotation.place(6.0, [late, early], 0.01), [("early", 4.0)])


@tagged("post_install", "-at_install")
class TestRotation(ClaimCase):
    """Ten valves were bought at 40; a quarter may go back within half a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.valve = cls._create_product("Valve", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.valve, 10)
        cls.bill = cls.bought.order_id.invoice_ids
        cls.right = cls.env["reverse.supplier.agreement"].create(
            {
                "name": "Rotation",
                "partner_id": cls.supplier.id,
                "kind": "rotation",
                "rotation_share": 25.0,
                "rotation_months": 6,
                "rotation_fee": 10.0,
            }
        )

    def _rotate(self, quantity, role="claims_user"):
        """Choose unsold valves in the form for it; give their claim."""
        action = self._as(role, self.right).action_rotate()
        choice = self.env[action["res_model"]].browse(action["res_id"])
        choice = choice.with_user(self.users[role])
        choice.line_ids[:1].quantity = quantity
        action = choice.action_confirm()
        return self._as(role, self.env[action["res_model"]].browse(action["res_id"]))

    def test_its_receipt_is_chosen_in_its_form(self):
        """Chosen anew on the line, it would be claimed without the fee."""
        line = self._rotate(2).line_ids
        with self.assertRaisesRegex(
            UserError, "are claimed with “Return Unsold Goods”"
        ):
            line.receipt_move_id = self.bought.move_ids
        self.assertEqual(line.amount_claimed, 72.0)

    def assertRight(self, bought, used, left):
        self.right.invalidate_recordset()
        self.assertEqual(
            (
                self.right.rotation_bought,
                self.right.rotation_used,
                self.right.rotation_left,
            ),
            (bought, used, left),
        )

    def test_unsold_goods_go_back(self):
        self.assertRight(400.0, 0.0, 100.0)
        claim = self._rotate(2)
        line = claim.line_ids
        self.assertEqual((claim.kind, claim.state), ("rotation", "draft"))
        self.assertEqual(
            (line.product_id, line.quantity, line.unit_cost, line.amount_claimed),
            (self.valve, 2.0, 40.0, 72.0),
        )
        self.assertEqual(line.bill_ids.bill_line_id, self.bill.invoice_line_ids)
        self.assertRight(400.0, 80.0, 20.0)
        refused = (
            r"120.00 would be returned unsold, but only .*100.00 may be: 25% of "
            r".*400.00 billed since"
        )
        with self.assertRaisesRegex(UserError, refused):
            self._rotate(1)
        self.assertRight(400.0, 80.0, 20.0)
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        picking = self._send(claim)
        self.assertEqual(picking.location_id, self.warehouse.lot_stock_id)
        self.assertEqual(
            picking.move_ids.origin_returned_move_id, self.bought.move_ids[0]
        )
        refund = self._credited(claim)
        self.assertEqual((refund.amount_untaxed, refund.amount_total), (72.0, 79.2))
        self.assertEqual(
            (refund.reversed_entry_id, refund.payment_state), (self.bill, "paid")
        )
        self.assertAlmostEqual(self.bill.amount_residual, 360.8)
        self.bought.invalidate_recordset()
        self.assertEqual(
            (self.bought.qty_received, self.bought.qty_invoiced), (8.0, 8.0)
        )
        self.assertEqual(self._available(self.valve)[0], 8.0)
        self.assertEqual(claim.state, "recovered")
        # the credit note of the claim leaves the purchases as they were
        self.assertRight(400.0, 80.0, 20.0)

    def test_what_odoo_takes_back_came_once(self):
        """What the supplier refused comes back by the *Return* of its transfer."""
        claim = self._rotate(2)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        picking = self._send(claim)
        self.assertCame(10.0, 2.0)
        self._answered(claim, "refuse", reason="Too old")
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 2
        self._validate(wizard._create_return())
        self.assertCame(10.0, 0.0)

    def assertCame(self, came, went):
        self.bought.invalidate_recordset()
        self.env.flush_all()
        self.assertEqual(
            (self.bought.reverse_qty_received, self.bought.reverse_qty_returned),
            (came, went),
        )
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["rate"].received, card["receipts"]), (came, 1))
        report = self.env["reverse.defect.report"]
        mine = [("product_id", "=", self.valve.id)]
        self.assertEqual(report._read_group(mine, [], ["received:sum"]), [(came,)])

    def test_what_counts_no_more(self):
        claim = self._rotate(2)
        self._call(claim, "action_cancel")
        self.assertRight(400.0, 0.0, 100.0)
        claim = self._rotate(2)
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(36.0, "One is open")])
        self.assertRight(400.0, 40.0, 60.0)
        again = self._rotate(1)
        self._call(again, "action_submit")
        self._answered(again, "refuse", reason="Too old")
        self.assertRight(400.0, 40.0, 60.0)
        last = self._rotate(1)
        # a dispute wants what the last claim has taken
        with self.assertRaisesRegex(UserError, "would be returned unsold"):
            again.action_resubmit()
        self.right.rotation_share = 15.0
        with self.assertRaisesRegex(UserError, "would be returned unsold"):
            last.action_submit()

    def test_what_is_offered(self):
        found = self.right._find_rotatable()
        self.assertEqual([vals["available"] for vals in found], [10.0])
        self._rotate(1)
        self.assertEqual(self.right._find_rotatable()[0]["available"], 9.0)
        with self.assertRaisesRegex(UserError, "up to 9.* can go back that came in"):
            self._rotate(9.5)
        self.bought.move_ids.reverse_done_at = fields.Datetime.subtract(
            fields.Datetime.now(), months=7
        )
        self.assertFalse(self.right._find_rotatable())

    def test_what_is_claimed_goes_back_once(self):
        """Six of ten are sold: the four on hand are claimed, and no other four."""
        self._sell(6, product=self.valve)
        self.right.rotation_share = 100.0
        self._rotate(4)
        self.assertFalse(self.right._find_rotatable())

    def test_with_a_new_order(self):
        self.right.rotation_order_required = True
        claim = self._rotate(1)
        with self.assertRaisesRegex(
            UserError, "purchase order of Cobalt Works over at"
        ):
            claim.action_submit()
        order = self._purchase(self.valve, 1, bill=False).order_id
        order.date_approve = fields.Datetime.now()
        self._call(claim, "write", {"rotation_order_id": order.id})
        self._call(claim, "action_submit")
        self.assertEqual(claim.state, "submitted")

    def test_terms_and_lines_by_hand(self):
        with self.assertRaisesRegex(ValidationError, "say how many percent"):
            self.right.rotation_share = 0.0
        claim = self._rotate(1)
        with self.assertRaisesRegex(UserError, "with “Return Unsold Goods”"):
            claim.line_ids.create({"claim_id": claim.id, "kind": "other"})

    def test_claimed_as_something_else(self):
        """Without its agreement a claim would pass the limit by."""
        claim = self._rotate(1)
        self._call(claim, "write", {"kind": "supplier", "agreement_id": False})
        with self.assertRaisesRegex(UserError, "with the agreement that lets them go"):
            claim.action_submit()
