"""Completed steps are corrected by new records: receipts, inspections, credits."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReceiptCorrection(ReturnsCommon):
    def _correct(self, parts, quantity):
        self._as("receiver", parts).action_correct_receipt(quantity)

    def _quants(self, product=None):
        return sum(
            self.env["stock.quant"]
            .search(
                [
                    ("product_id", "=", (product or self.product).id),
                    ("location_id", "=", self.inspection_location.id),
                ]
            )
            .mapped("quantity")
        )

    def test_one_too_many(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.product.invoice_policy = policy
                sold = self._sell(5)
                rma = self._receive_line(sold, 5)
                before = self._quants()
                self._correct(rma.inspection_ids, 4)
                line = rma.line_ids
                self.assertEqual((line.qty_received, rma.stage), (4, "receiving"))
                self.assertEqual(rma.inspection_ids.quantity, 4)
                self.assertEqual(self._quants(), before - 1)
                self.assertLine(sold, 1, 5, 0)
                self.assertEqual(rma.sudo()._check_quantities(), {})
                self._receive(rma)
                self._inspect(rma.inspection_ids)
                self.assertEqual((rma.state, line.qty_settled), ("done", 5))
                self.assertLine(sold, 0, 0, 0)

    def test_what_never_came_may_come_once(self):
        sold = self._sell(5)
        rma = self._receive_line(sold, 5)
        self._correct(rma.inspection_ids, 4)
        with self.assertRaisesRegex(
            UserError, "only 0 .* can be returned; .* rest was not"
        ):
            self._requested(sold, 1)
        self._as("service", rma.line_ids).action_close_short(1, "not_sent")
        self.assertEqual(self._requested(sold, 1).state, "authorized")
        with self.assertRaisesRegex(
            UserError, "only 0 .* can be returned; .* rest was not"
        ):
            self._requested(sold, 1)

    def test_wrong_lot(self):
        lots = self._create_lots(self.lot_product, "L1", "L2")
        sold = self._sell(4, product=self.lot_product, lots=dict.fromkeys(lots, 2))
        rma = self._requested(sold, 2)
        rma.picking_ids.move_ids.move_line_ids.lot_id = lots[0]
        self._receive(rma)
        wrong = rma.inspection_ids
        self._correct(wrong, 0)
        self.assertEqual((wrong.state, rma.line_ids.qty_received), ("cancelled", 0))
        self.assertEqual(self._quants(self.lot_product), 0)
        picking = rma.picking_ids.filtered(lambda p: p.state == "assigned")
        picking.move_ids.move_line_ids.lot_id = lots[1]
        right = self._receive(rma)
        self.assertEqual((right.lot_id, right.quantity), (lots[1], 2))
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_after_inspection_of_a_part(self):
        rma = self._receive_line(self._sell(5), 5)
        first = self._as("inspector", rma.inspection_ids)
        first.quantity = 2
        self._inspect(first)
        rest = rma.inspection_ids - first
        with self.assertRaisesRegex(UserError, "is Inspected: correct the inspection"):
            self._correct(first, 1)
        self._correct(rest, 1)
        self.assertEqual((rma.line_ids.qty_received, rest.quantity), (3, 1))
        self.assertEqual(rma.line_ids.qty_inspected, 2)

    def test_refusals(self):
        rma = self._receive_line(self._sell(5), 5)
        part = rma.inspection_ids
        for quantity in (-1, 5, 6):
            with self.assertRaisesRegex(UserError, "enter less than 5. What arrived"):
                self._correct(part, quantity)
        with self.assertRaisesRegex(AccessError, "for the role “Receiver”"):
            self._as("inspector", part).action_correct_receipt(1)
        self.assertEqual(part.quantity, 5)

    def test_dialog(self):
        rma = self._receive_line(self._sell(5), 5)
        wizard = (
            self._as("receiver", self.env["reverse.receipt.wizard"])
            .with_context(active_id=rma.id)
            .create({})
        )
        self.assertEqual(wizard.line_ids.quantity, 5)
        with self.assertRaisesRegex(UserError, "Correct at least one line"):
            wizard.action_correct()
        wizard.line_ids.quantity = 3
        wizard.action_correct()
        self.assertEqual(rma.line_ids.qty_received, 3)
        self.assertIn("ReceiptCorrected", self._events(rma).mapped("name"))

    def test_sent_back_with_the_return_button(self):
        sold = self._sell(5)
        rma = self._receive_line(sold, 5)
        self._validate(self._return_button(rma.picking_ids, 2))
        self.assertEqual((rma.line_ids.qty_received, rma.stage), (3, "receiving"))
        self.assertEqual(rma.inspection_ids.quantity, 3)
        self.assertLine(sold, 2, 5, 0)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_return_button_takes_what_lies_there(self):
        """Not the goods of another return, and not to another place in returns."""
        rma = self._receive_line(self._sell(4), 2)
        stock = self.warehouse.lot_stock_id
        hold = self.facility._get_location("hold")
        self._stock(self.product, 2, location=hold)
        undo = self._return_button(rma.picking_ids, 2)
        line = undo.move_ids.move_line_ids
        own = {
            name: line[name].id
            for name in ("location_id", "location_dest_id", "owner_id")
        }
        for vals, regex in (
            ({"location_id": stock.id}, ", 0 units can from where they are taken"),
            ({"location_id": hold.id}, ", 0 units can from where they are taken"),
            ({"owner_id": self.customer.id}, ", 0 units can from where they are"),
            ({"location_dest_id": hold.id}, "so all of it goes to .*Customers"),
        ):
            line.write({**own, **vals})
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, regex):
                self._validate(undo)
        line.write(own)
        self._validate(undo)
        self.assertEqual((undo.state, rma.line_ids.qty_received), ("done", 0))

    def test_return_button_after_inspection(self):
        rma = self._receive_line(self._sell(5), 5)
        receipt = rma.picking_ids
        first = self._as("inspector", rma.inspection_ids)
        first.quantity = 4
        self._inspect(first, "C")
        picking = self._return_button(receipt, 2)
        with self.assertRaisesRegex(
            UserError, "2 units of Kettle cannot leave again: .*, 1 unit can"
        ):
            self._validate(picking, 2)
        self._validate(picking, 1)
        self.assertEqual((rma.line_ids.qty_received, rma.stage), (4, "receiving"))


@tagged("post_install", "-at_install")
class TestInspectionCorrection(ReturnsCommon):
    def _corrected(self, part):
        """Correct an inspection; give the new parts."""
        before = part.rma_id.inspection_ids
        self._as("inspector", part).action_correct()
        return part.rma_id.inspection_ids - before

    def test_restocked_by_mistake(self):
        sold = self._sell(3)
        rma = self._return(sold, 2)
        self.assertEqual(rma.state, "done")
        part = rma.inspection_ids
        stock = self._available()[0]
        again = self._corrected(part)
        self.assertEqual((part.state, again.supersedes_id), ("superseded", part))
        self.assertEqual((again.condition_id.code, again.quantity), ("A", 2))
        self.assertFalse(again.goods_gone)
        self.assertEqual(self._available()[0], stock - 2)
        self.assertEqual(again.location_id, self.inspection_location)
        self.assertEqual((rma.state, rma.line_ids.qty_put_away), ("authorized", 0))
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self._inspect(again, "D", "QUARANTINE")
        self.assertEqual(again.location_id.reverse_state, "quarantine")
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_credit_is_settled_anew(self):
        sold = self._sell(3)
        rma = self._return(sold, 2)
        self._inspect(self._corrected(rma.inspection_ids), "D")
        exception = self._as("releaser", rma.exception_ids)
        exception.action_settle_anew()
        first, second = rma.settlement_ids.sorted("id")
        self.assertEqual((first.state, second.state), ("reversed", "draft"))
        self.assertLine(sold, 1, 3, 0)
        second.line_ids.deduction = 50
        self._settle(second)
        self.assertAmounts(second.credit_note_ids, 150)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 2))
        self.assertLine(sold, 1, 1, 0)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_credit_is_left(self):
        rma = self._return(self._sell(3), 2)
        self._inspect(self._corrected(rma.inspection_ids), "D")
        with self.assertRaisesRegex(UserError, "belongs to the role “Credit releaser”"):
            self._as("service", rma.exception_ids).action_leave_credit()
        self._as("releaser", rma.exception_ids).action_leave_credit()
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 2))
        self.assertEqual(rma.exception_ids.resolution, "leave_credit")

    def test_sold_again_meanwhile(self):
        product = self._create_product("Lamp")
        product.categ_id = self.perpetual
        self._buy(product, 3, 40.0)
        sold = self._sell(3, product=product)
        rma = self._return(sold, 2)
        self._sell(2, product=product)
        self.assertEqual(self._available(product)[0], 0)
        again = self._corrected(rma.inspection_ids)
        self.assertTrue(again.goods_gone)
        self.assertEqual(again.quantity, 2)
        value = product.total_value
        self._inspect(again, "D")
        self.assertEqual((again.disposed, again.move_ids.ids), (True, []))
        self.assertEqual(rma.line_ids.qty_put_away, 2)
        self.assertEqual((self._available(product)[0], product.total_value), (0, value))
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self._as("releaser", rma.exception_ids).action_settle_anew()
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertEqual(rma.state, "done")
        self.assertLine(sold, 1, 1, 0)

    def test_one_sold_again_and_one_promised(self):
        product = self._create_product("Lamp")
        self._buy(product, 3, 40.0)
        rma = self._return(self._sell(3, product=product), 3)
        self._sell(1, product=product)
        self._new_order((product, 1))
        again = self._corrected(rma.inspection_ids).sorted("goods_gone")
        self.assertEqual(again.mapped("goods_gone"), [False, True])
        self.assertEqual(again.mapped("quantity"), [1, 2])
        self.assertEqual(self._available(product)[:2], (1, 0))
        self._inspect(again, "A")
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self.assertEqual((rma.state, self._available(product)[0]), ("done", 2))

    def test_serial_number_sold_again(self):
        lots = self._create_lots(self.serial_product, "S1", "S2")
        sold = self._sell(2, product=self.serial_product, lots=dict.fromkeys(lots, 1))
        rma = self._draft(sold, 1, lot_id=lots[0].id)
        rma.action_request()
        self._inspect(self._receive(rma))
        self._stock(
            self.serial_product, 1, self._create_lots(self.serial_product, "S9")
        )
        again = self._corrected(rma.inspection_ids)
        self.assertEqual((again.lot_id, again.goods_gone), (lots[0], False))
        self._inspect(again)
        out = self._new_order((self.serial_product, 1))
        line = out.picking_ids.move_ids.move_line_ids
        line.lot_id = lots[0]
        self._validate(out.picking_ids)
        gone = self._corrected(again)
        self.assertEqual((gone.lot_id, gone.goods_gone), (lots[0], True))

    def test_scrapped_by_mistake(self):
        rma = self._receive_line(self._sell(3), 2)
        location = self.company._ensure_reverse_scrap()
        account = location.valuation_account_id
        before = self._balance(account), self._balance(self.stock_account)
        value = self.product.total_value
        self._inspect(rma.inspection_ids, "E")
        self.assertEqual(self._balance(account), before[0] + 80)
        again = self._corrected(rma.inspection_ids)
        self.assertEqual(
            (self._balance(account), self._balance(self.stock_account)), before
        )
        self.assertEqual(self.product.total_value, value)
        self.assertEqual(again.location_id, self.inspection_location)
        self._inspect(again, "A", "RESTOCK")
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self.assertEqual(rma.line_ids.qty_put_away, 2)

    def test_delivery_back_is_stopped(self):
        sold = self._sell(3)
        rma = self._receive_line(sold, 2)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        out = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        again = self._corrected(rma.inspection_ids)
        self.assertEqual((out.state, again.goods_gone), ("cancel", False))
        self.assertEqual(rma.line_ids.qty_denied, 0)
        self._inspect(again, "A", "RESTOCK")
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 2))
        self.assertLine(sold, 1, 1, 0)

    def test_goods_sent_back_already(self):
        sold = self._sell(3)
        rma = self._receive_line(sold, 2)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        self._validate(
            rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        )
        self.assertEqual(rma.state, "done")
        again = self._corrected(rma.inspection_ids)
        self.assertTrue(again.goods_gone)
        self._inspect(again, "D", "CUSTOMER")
        self.assertEqual((rma.state, rma.line_ids.qty_put_away), ("done", 2))
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_kept_by_mistake(self):
        rma = self._requested(self._sell(3), 2)
        part = self._kept(rma)
        again = self._corrected(part)
        self.assertTrue(again.not_inspected)
        self.assertEqual((rma.line_ids.qty_kept, rma.line_ids.qty_put_away), (0, 0))
        self.assertEqual(again.disposition_id.code, "KEEP")
        self._as("inspector", again).action_complete()
        self.assertEqual(rma.line_ids.qty_kept, 2)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_kept_goods_that_come_after_all_are_credited_once(self):
        """What was credited of them is the credit of what came."""
        rma = self._requested(self._sell(3), 2)
        part = self._kept(rma)
        self._settle(rma.settlement_ids)
        self.assertAmounts(rma.credit_note_ids, 200)
        again = self._corrected(part)
        line = rma.line_ids
        self._call(self._as("receiver", rma), "action_receive", {line.id: 1})
        here = rma.inspection_ids.filtered(
            lambda one: one.state == "draft" and not one.not_inspected
        )
        self.assertEqual((here.quantity, here.supersedes_id), (1, part))
        self.assertEqual((again.state, again.quantity), ("draft", 1))
        self._inspect(here)
        self._call(self._as("receiver", rma), "action_receive", {line.id: 1})
        self.assertEqual(again.state, "cancelled")
        self._inspect(rma.inspection_ids.filtered(lambda one: one.state == "draft"))
        self.assertEqual(len(rma.credit_note_ids), 1)
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_what_was_credited_as_kept_is_not_forgotten(self):
        """Taken back and cancelled, it is neither asked for again nor credited anew."""
        sold = self._sell(3)
        rma = self._requested(sold, 3)
        part = self._kept(rma)
        self._settle(rma.settlement_ids)
        self.assertAmounts(rma.credit_note_ids, 300)
        again = self._corrected(part)
        self._as("service", rma).action_cancel()
        self.assertEqual((rma.state, again.state), ("authorized", "cancelled"))
        self.assertEqual(rma.line_ids.qty_closed_short, 3)
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        rma._check_quantities()
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        with self.assertRaisesRegex(UserError, "another return asks for"):
            self._requested(sold, 1)
        rma.exception_ids.with_user(self.users["releaser"]).action_settle_anew()
        self.assertEqual(rma.settlement_ids.state, "reversed")
        self.assertEqual(self._requested(sold, 1).state, "authorized")

    def test_what_stays_covers_no_other_pieces(self):
        """What came is credited, although what stays is just said anew."""
        rma = self._requested(self._sell(10), 10)
        part = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 4,
                "disposition_id": self.dispositions["KEEP"].id,
            }
        )
        self._call(part, "action_complete")
        self._settle(rma.settlement_ids)
        again = self._corrected(part)
        coming = rma.picking_ids.move_ids.filtered(
            lambda move: move.state == "assigned" and move.product_uom_qty == 6
        )
        self._validate(self._as("receiver", coming.picking_id))
        self.assertEqual(rma.line_ids.qty_received, 6)
        self._inspect(rma.inspection_ids.filtered("receipt_move_id"))
        self._call(self._as("inspector", again), "action_complete")
        self.assertEqual(
            sum(rma.credit_note_ids.mapped("amount_untaxed")), 1000, "4 kept, 6 here"
        )
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 10))

    def test_no_lot_makes_of_what_came_another_piece(self):
        """Credited as kept, it is not credited once more when it comes after all."""
        rma = self._requested(self._sell(3), 1)
        part = self._kept(rma)
        self._settle(rma.settlement_ids)
        again = self._corrected(part)
        lot = self._create_lots(self._create_product("Other", tracking="lot"), "X1")
        self._call(self._as("inspector", again), "write", {"lot_id": lot.id})
        self._receive(rma)
        here = rma.inspection_ids.filtered("receipt_move_id")
        self.assertFalse(here.supersedes_id)
        self._inspect(here)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(len(rma.settlement_ids), 1)

    def test_twice(self):
        rma = self._return(self._sell(3), 2)
        second = self._corrected(rma.inspection_ids)
        self._inspect(second, "A", "SCRAP")
        third = self._corrected(second)
        self._inspect(third, "A", "RESTOCK")
        self.assertEqual(third.supersedes_id.supersedes_id.state, "superseded")
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self.assertEqual(rma.line_ids.qty_settled, 2)

    def test_a_credit_is_reviewed_however_often_its_goods_are_inspected(self):
        """Who inspects them does not end what the releaser is asked."""
        rma = self._return(self._sell(3), 2)
        again = self._corrected(rma.inspection_ids)
        self._inspect(again, "D", "SCRAP")
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        third = self._corrected(again)
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        self._inspect(third, "D", "SCRAP")
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])
        rma.exception_ids.with_user(self.users["releaser"]).action_leave_credit()
        self.assertFalse(self._open_exceptions(rma))
        # what is found otherwise than it was credited is asked again
        fourth = self._corrected(third)
        self._inspect(fourth, "D", "SCRAP")
        self.assertEqual(self._open_exceptions(rma), ["credit_review"])

    def test_nothing_credited_any_more(self):
        rma = self._return(self._sell(3), 2)
        again = self._corrected(rma.inspection_ids)
        with self.assertRaisesRegex(
            UserError, "gives no credit, but there is .* Cancel or reverse that first"
        ):
            self._inspect(again, "D", "CUSTOMER")
        self._as("releaser", rma.settlement_ids).action_reverse()
        self._inspect(again, "D", "CUSTOMER")
        self.assertEqual(rma.line_ids.qty_denied, 2)

    def test_refusals(self):
        rma = self._receive_line(self._sell(3), 2)
        part = rma.inspection_ids
        with self.assertRaisesRegex(UserError, "is To Inspect: this step is not"):
            self._as("inspector", part).action_correct()
        self._inspect(part)
        with self.assertRaisesRegex(AccessError, "for the role “Inspector”"):
            self._as("receiver", part).action_correct()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("inspector", part).goods_gone = True
        self.assertEqual(part.state, "done")


@tagged("post_install", "-at_install")
class TestCreditNoteGone(ReturnsCommon):
    def _two_credit_notes(self):
        """Return goods of two invoices by one settlement."""
        order = self._new_order((self.product, 4, {"price_unit": 100.0}))
        for _invoice in range(2):
            self._deliver(order, 2)
            self._invoice(order)
        rma = self._receive_line(order.order_line, 4)
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, len(rma.credit_note_ids)), ("done", 2))
        return order.order_line, rma

    def test_one_of_two_is_cancelled(self):
        sold, rma = self._two_credit_notes()
        first = rma.credit_note_ids.sorted("id")[0]
        self._books(first).button_cancel()
        self.assertEqual(sum(rma.line_ids.mapped("qty_settled")), 2)
        self.assertEqual(
            (rma.state, rma.settlement_ids.state), ("authorized", "released")
        )
        self.assertEqual(self._open_exceptions(rma), ["credit_gone"])
        self.assertEqual(rma.sudo()._check_quantities(), {})
        self._as("releaser", rma.exception_ids).action_settle_anew()
        old, new = rma.settlement_ids.sorted("id")
        self.assertEqual((old.state, new.state), ("reversed", "draft"))
        self.assertEqual(sum(rma.line_ids.mapped("qty_settled")), 0)
        self._settle(new)
        self.assertAmounts(new.credit_note_ids, 200, 200)
        self.assertEqual((rma.state, rma.sudo()._check_quantities()), ("done", {}))
        self.assertLine(sold, 0, 0, 0)

    def test_both_are_cancelled_one_after_the_other(self):
        _sold, rma = self._two_credit_notes()
        for move in rma.credit_note_ids.sorted("id"):
            self._books(move).button_cancel()
        self.assertEqual(rma.settlement_ids.state, "reversed")
        self.assertEqual(rma.line_ids.mapped("qty_settled"), [0, 0])
        self.assertEqual(rma.sudo()._check_quantities(), {})
        # Nothing of the settlement holds any more, so there is nothing to take back.
        self.assertEqual(
            rma.exception_ids.mapped(lambda e: (e.type, e.state, e.resolution)),
            [("credit_gone", "resolved", "reversed")],
        )
        self._as("service", rma).action_propose_settlement()
