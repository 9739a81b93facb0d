"""A return is cancelled at each stage: what is not settled is undone or sent back."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCancelStages(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = cls._sell(5)

    def _cancel(self, rma):
        self._as("service", rma).action_cancel()

    def _outgoing(self, rma):
        return rma.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing" and p.state != "cancel"
        )

    def _assert_gone(self, rma):
        """Nothing is left of the return, and its goods may be returned again."""
        self.assertEqual((rma.state, rma.stage), ("cancelled", "cancelled"))
        self.assertEqual(set(rma.picking_ids.mapped("state")) - {"cancel"}, set())
        self.assertEqual(self._requested(self.sold, 5).state, "authorized")
        self.assertLine(self.sold, 5, 5, 0)

    def _assert_sent_back(self, rma, quantity):
        """The warehouse sends back what is here; then the return is finished."""
        parts = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        self.assertEqual(set(parts.mapped("disposition_id.code")), {"CUSTOMER"})
        self.assertEqual(sum(parts.mapped("quantity")), quantity)
        self._inspect(parts, "A", "CUSTOMER")
        self._validate(self._outgoing(rma))
        self.assertEqual((rma.state, rma.settlement_type), ("done", "none"))
        self.assertEqual(rma.sudo()._check_quantities(), {})

    # ------------------------------------------------------------------
    # Before goods are here
    # ------------------------------------------------------------------
    def test_draft(self):
        rma = self._draft(self.sold, 5)
        self._cancel(rma)
        self._assert_gone(rma)

    def test_requested(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.sold, 5)
        self._cancel(rma)
        self._set_policy(authorize=True)
        self._assert_gone(rma)

    def test_authorized(self):
        rma = self._requested(self.sold, 5)
        self._cancel(rma)
        self._assert_gone(rma)
        with self.assertRaisesRegex(UserError, "is Cancelled: this step is not"):
            self._cancel(rma)

    def test_in_transit(self):
        rma = self._requested(self.sold, 5)
        self._as("service", rma).shipped_at = fields.Datetime.now()
        self.assertEqual(rma.stage, "in_transit")
        self._cancel(rma)
        self.assertEqual(rma.state, "cancelled")
        self._receive(rma)
        follow_up = rma.follow_up_ids
        self.assertEqual((follow_up.state, rma.state), ("requested", "cancelled"))
        self.assertEqual(follow_up.line_ids.qty_received, 5)
        self.assertEqual(self._open_exceptions(follow_up), ["late_goods"])

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------
    def test_partly_received(self):
        rma = self._requested(self.sold, 5)
        rma.picking_ids.move_ids.quantity = 2
        rma.picking_ids.move_ids.picked = True
        self._receive(rma)
        self._cancel(rma)
        line = rma.line_ids
        self.assertEqual((rma.state, rma.stage), ("authorized", "received"))
        self.assertEqual((line.qty_closed_short, line.short_reason), (3, "withdrawn"))
        self.assertEqual(self._requested(self.sold, 3).state, "authorized")
        self._assert_sent_back(rma, 2)
        self.assertLine(self.sold, 5, 5, 0)

    def test_received(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.product.invoice_policy = policy
                self.sold = self._sell(5)
                rma = self._receive_line(self.sold, 5)
                self._cancel(rma)
                self._assert_sent_back(rma, 5)
                self.assertLine(self.sold, 5, 5, 0)
                self.assertFalse(rma.settlement_ids)

    def test_inspected_and_parked(self):
        rma = self._receive_line(self.sold, 5)
        self._inspect(rma.inspection_ids, "C")
        self.assertEqual(rma.settlement_ids.state, "draft")
        self._cancel(rma)
        self.assertEqual(rma.settlement_ids.state, "cancelled")
        self.assertEqual(rma.line_ids.qty_denied, 0)
        self._assert_sent_back(rma, 5)
        self.assertLine(self.sold, 5, 5, 0)

    def test_put_away_and_not_settled(self):
        rma = self._receive_line(self.sold, 5)
        self.dispositions["RESTOCK"].credit = "person"
        self._inspect(rma.inspection_ids)
        stock = self._available()[0]
        self.assertEqual(rma.stage, "put_away")
        self._cancel(rma)
        self.assertEqual(self._available()[0], stock - 5)
        self._assert_sent_back(rma, 5)
        self.assertLine(self.sold, 5, 5, 0)

    def test_settled_stays(self):
        rma = self._receive_line(self.sold, 5)
        first = self._as("inspector", rma.inspection_ids)
        first.quantity = 2
        self._inspect(first)
        self.assertEqual(rma.line_ids.qty_settled, 2)
        self._cancel(rma)
        self._assert_sent_back(rma, 3)
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertLine(self.sold, 3, 3, 0)

    def test_all_settled(self):
        rma = self._return(self.sold, 5)
        with self.assertRaisesRegex(UserError, "is Done: this step is not possible"):
            self._cancel(rma)
        self.assertEqual(rma.settlement_type, "refund")

    def test_nothing_left_to_withdraw(self):
        rma = self._receive_line(self.sold, 5)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        with self.assertRaisesRegex(
            UserError, "Nothing of RMA/.* can be cancelled any more: all that came in"
        ):
            self._cancel(rma)
        self.assertEqual(rma.state, "authorized")

    def test_scrapped_goods_cannot_go_back(self):
        rma = self._receive_line(self.sold, 5)
        self._inspect(rma.inspection_ids, "E")
        self._cancel(rma)
        self.assertEqual(rma.settlement_ids.state, "cancelled")
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("done", 5))
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_noted_as_kept(self):
        rma = self._requested(self.sold, 5)
        self._kept(rma, 2)
        note = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 1,
                "disposition_id": self.dispositions["KEEP"].id,
            }
        )
        self._cancel(rma)
        self.assertEqual((note.state, rma.line_ids.qty_closed_short), ("cancelled", 3))
        self.assertEqual(rma.settlement_ids.state, "cancelled")
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("done", 2))

    def test_role_and_event(self):
        rma = self._receive_line(self.sold, 5)
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._as("receiver", rma).action_cancel()
        self._cancel(rma)
        self.assertEqual(self._events(rma)[-1].name, "ReturnWithdrawn")
