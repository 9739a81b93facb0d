"""Goods that will not come: the rest of the return goes on, and finishes."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCloseShort(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.awaited = cls._expected(cls._sell(5))

    @classmethod
    def _expected(cls, line, quantity=5, **values):
        """Return goods of an order line and wait for them."""
        rma = cls._requested(line, quantity, **values)
        return rma, cls._as("service", rma.line_ids)

    def _on_receipts(self, rma):
        open_moves = rma.picking_ids.move_ids.filtered(
            lambda m: m.state not in ("done", "cancel")
        )
        return sum(open_moves.mapped("product_uom_qty"))

    def test_all_of_it(self):
        rma, line = self.awaited
        self.assertTrue(line.action_close_short(5, "not_sent"))
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual((line.qty_closed_short, line.short_reason), (5, "not_sent"))
        self.assertEqual(rma.picking_ids.state, "cancel")
        self.assertFalse(rma.settlement_ids)

    def test_the_rest_of_a_partial_receipt(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.product.invoice_policy = policy
                sold = self._sell(5)
                rma, line = self._expected(sold)
                rma.picking_ids.move_ids.quantity = 2
                rma.picking_ids.move_ids.picked = True
                self._inspect(self._receive(rma))
                self.assertEqual((rma.stage, self._on_receipts(rma)), ("receiving", 3))
                line.action_close_short(3, "lost")
                self.assertEqual((rma.state, line.qty_settled), ("done", 2))
                self.assertEqual(self._on_receipts(rma), 0)
                self.assertLine(sold, 3 if policy == "delivery" else 3, 3, 0)
                self.assertAmounts(rma.credit_note_ids, 200)

    def test_in_parts_with_a_reason_for_each(self):
        rma, line = self.awaited
        line.action_close_short(1, "lost")
        self.assertEqual((rma.state, self._on_receipts(rma)), ("authorized", 4))
        line.action_close_short(2, "kept")
        self.assertEqual((self._on_receipts(rma), line.short_reason), (2, "kept"))
        events = self._events(rma).filtered(lambda e: e.name == "ReturnClosedShort")
        self.assertEqual(
            [(e.data["short_reason"], e.data["lines"][0]["quantity"]) for e in events],
            [("lost", 1), ("kept", 2)],
        )
        self.assertIn("Lost in transit", events[0].data_text)
        self._inspect(self._receive(rma))
        self.assertEqual((rma.state, line.qty_received), ("done", 2))

    def test_quantity_can_be_returned_again(self):
        sold = self._sell(5)
        rma, line = self._expected(sold)
        with self.assertRaisesRegex(
            UserError, "only 0 .* can be returned; .* rest was not"
        ):
            self._requested(sold, 2)
        line.action_close_short(2, "not_sent")
        again = self._requested(sold, 2)
        self.assertEqual(again.state, "authorized")
        with self.assertRaisesRegex(
            UserError, "only 0 .* can be returned; .* rest was not"
        ):
            self._requested(sold, 1)
        self.assertEqual(rma.line_ids.qty_closed_short, 2)

    def test_lines_in_another_unit(self):
        sold = self._sell(24)
        rma, line = self._expected(sold, 2, uom_id=self.dozen.id)
        line.action_close_short(1, "lost")
        self.assertEqual((line.qty_closed_short, self._on_receipts(rma)), (1, 1))
        self.assertEqual(rma.picking_ids.move_ids.product_uom, self.dozen)
        self._receive(rma)
        self.assertEqual((line.qty_received, rma.stage), (1, "received"))

    def test_several_lines_at_once(self):
        first, second = self._sell(2), self._sell(3)
        rma = self._draft(first, 2)
        rma.line_ids = [Command.create({"sale_line_id": second.id, "quantity": 3})]
        rma.action_request()
        lines = self._as("service", rma.line_ids)
        lines.action_close_short(None, "lost")
        self.assertEqual(lines.mapped("qty_closed_short"), [2, 3])
        self.assertEqual((rma.state, len(self._events(rma))), ("done", 4))

    def test_serial_numbers_stay_on_the_receipt(self):
        lots = self._create_lots(self.serial_product, "S1", "S2")
        sold = self._sell(2, product=self.serial_product, lots=dict.fromkeys(lots, 1))
        rma = self._draft(sold, 1, lot_id=lots[0].id)
        rma.line_ids = [
            Command.create(
                {"sale_line_id": sold.id, "quantity": 1, "lot_id": lots[1].id}
            )
        ]
        rma.action_request()
        self._as("service", rma.line_ids[0]).action_close_short(1, "lost")
        self._receive(rma)
        self.assertEqual(rma.inspection_ids.lot_id, lots[1])
        self.assertEqual(rma.line_ids.mapped("qty_received"), [0, 1])

    # ------------------------------------------------------------------
    # Refusals
    # ------------------------------------------------------------------
    def test_no_more_than_expected(self):
        _rma, line = self.awaited
        for quantity in (0, -1, 6):
            with self.assertRaisesRegex(UserError, "still expected: 5 units. Enter"):
                line.action_close_short(quantity, "lost")
        line.action_close_short(5, "lost")
        with self.assertRaisesRegex(UserError, "is Done, so nothing is being waited"):
            line.action_close_short(1, "lost")
        self.assertEqual(line.qty_closed_short, 5)

    def test_what_an_inspector_notes_as_kept_is_not_free(self):
        rma, line = self.awaited
        self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": line.id,
                "quantity": 2,
                "disposition_id": self.dispositions["KEEP"].id,
            }
        )
        with self.assertRaisesRegex(UserError, "still expected: 3 units"):
            line.action_close_short(4, "lost")
        line.action_close_short(None, "lost")
        self.assertEqual((line.qty_closed_short, rma.state), (3, "authorized"))
        self._as("inspector", rma.inspection_ids).action_complete()
        self.assertEqual((line.qty_kept, self._on_receipts(rma)), (2, 0))

    def test_role_reason_and_rpc(self):
        rma, line = self.awaited
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._as("receiver", line).action_close_short(1, "lost")
        for reason in ("withdrawn", "whatever", False):
            with self.assertRaisesRegex(UserError, "choose one of the reasons"):
                line.action_close_short(1, reason)
        service = self.users["service"]
        self._rpc(
            service, "reverse.rma.line", "action_close_short", line.ids, 1, "lost"
        )
        self.assertEqual(line.qty_closed_short, 1)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._rpc(
                service,
                "reverse.rma.line",
                "write",
                line.ids,
                {"short_reason": "kept"},
            )
        self.assertEqual(rma.line_ids.short_reason, "lost")

    def test_dialog_proposes_what_is_expected(self):
        rma, line = self.awaited
        wizard = (
            self._as("service", self.env["reverse.close.short.wizard"])
            .with_context(active_id=rma.id)
            .create({})
        )
        self.assertEqual(wizard.line_ids.line_id, line)
        self.assertEqual(wizard.line_ids.quantity, 5)
        wizard.line_ids.quantity = 0
        with self.assertRaisesRegex(UserError, "Enter on at least one line"):
            wizard.action_close_short()
        wizard.line_ids.write({"quantity": 4, "reason": "kept"})
        wizard.action_close_short()
        self.assertEqual((line.qty_closed_short, line.short_reason), (4, "kept"))

    def test_nightly_check_agrees(self):
        rma, line = self.awaited
        line.action_close_short(2, "lost")
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self._inspect(self._receive(rma))
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self.assertEqual((rma.state, line.qty_closed_short), ("done", 2))
