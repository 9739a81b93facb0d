"""Credit that policy releases before the goods are inspected, and what comes of it."""

from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


class EarlyCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordered_product = cls._create_product(
            "Lamp", invoice_policy="order", categ_id=cls.perpetual.id
        )
        cls._buy(cls.ordered_product, 100, 40.0)
        cls.both = (cls.product, cls.ordered_product)
        cls._set_policy(credit_release="authorization")

    def _early_exception(self, rma):
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(exception.type, "early_credit")
        return self._as("releaser", exception)

    def assertNothingToInvoice(self, order_line):
        with self.assertRaisesRegex(UserError, NOTHING):
            order_line.order_id._create_invoices(final=True)

    def assertChecked(self, rma):
        """The stored quantities are those of the documents."""
        self.assertEqual(rma._check_quantities(), {})

    def _ship(self, rma):
        """Note that a parcel is on its way, as somebody who did not ask for it."""
        self._as("receiver", rma).write(
            {"shipped_at": fields.Datetime.now(), "carrier_tracking_ref": "1Z"}
        )


@tagged("post_install", "-at_install")
class TestEarlyCredit(EarlyCommon):
    # ------------------------------------------------------------------
    # With the authorization
    # ------------------------------------------------------------------
    def test_credited_when_authorized_and_goods_come_back(self):
        for product in self.both:
            line = self._sell(3, product=product)
            rma = self._requested(line)
            settlement = rma.settlement_ids
            self.assertEqual(
                (settlement.state, settlement.early_moment),
                ("released", "authorization"),
            )
            self.assertEqual(settlement.policy_version_id, self._get_version())
            self.assertFalse(settlement.released_by_id)
            self.assertAmounts(rma.credit_note_ids, 100)
            self.assertEqual(self._cogs(rma.credit_note_ids), -40)
            # on their way: credited, still delivered, billed to nobody
            self.assertLine(line, 3, 2, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertNothingToInvoice(line)
            self.assertEqual((rma.state, rma.stage), ("authorized", "authorized"))
            self.assertChecked(rma)
            self._receive(rma)
            self.assertLine(line, 2, 2, 0, "invoiced")
            self.assertNothingToInvoice(line)
            self._inspect(rma.inspection_ids)
            self.assertLine(line, 2, 2, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertEqual(rma.settlement_ids, settlement, "credited once")
            self.assertEqual((rma.state, rma.stage), ("done", "settled"))
            self.assertEqual((rma.line_ids.qty_settled, rma.line_ids.qty_early), (1, 1))
            self.assertFalse(rma.exception_ids)
            self.assertFalse(rma.has_unsettled_goods)
            self.assertChecked(rma)

    def test_the_event_says_when_and_who(self):
        rma = self._requested(self._sell(3), 2)
        events = self._events(rma)
        names = events.mapped("name")
        self.assertLess(names.index("ReturnAuthorized"), names.index("CreditAdvanced"))
        advanced = events.filtered(lambda e: e.name == "CreditAdvanced")
        self.assertEqual(advanced.data["moment"], "authorization")
        self.assertEqual(advanced.data["lines"][0]["quantity"], 2)
        self.assertIn("with: The authorization", advanced.data_text)
        approved = events.filtered(lambda e: e.name == "CreditApproved")
        self.assertRegex(approved.data["decider"], "^policy:")

    def test_a_person_authorizes_and_policy_credits(self):
        self._set_policy(credit_release="authorization", authorize=False)
        rma = self._requested(self._sell(3))
        self.assertFalse(rma.settlement_ids)
        self._as("approver", rma).action_authorize()
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_outside_of_policy_inspection_releases(self):
        self._set_policy(credit_release="authorization", window_days=0)
        line = self._sell(3)
        line.move_ids.date = fields.Datetime.subtract(fields.Datetime.now(), days=3)
        rma = self._requested(line)
        self.assertEqual(rma.line_ids.decision, "exception")
        self._as("approver", rma).action_authorize_exception("Good customer")
        self.assertFalse(rma.settlement_ids)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_replacements_are_not_sent_by_it(self):
        rma = self._requested(self._sell(3), rma={"settlement_type": "replacement"})
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.settlement_ids)

    def test_parts_of_the_line_are_inspected_one_by_one(self):
        line = self._sell(5)
        rma = self._requested(line, 3)
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 5, 2, 0)
        picking = rma.picking_ids
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        self._as("receiver", rma).action_receive()
        self.assertLine(line, 4, 2, 0)
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.state, "authorized")
        self._receive(rma)
        self.assertLine(line, 2, 2, 0)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"), "B")
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 3))
        self.assertEqual(len(rma.settlement_ids), 1)
        self.assertNothingToInvoice(line)
        self.assertChecked(rma)

    def test_another_return_of_the_order_is_credited_as_usual(self):
        """Goods on their way do not use up what others that are here are owed."""
        for product in self.both:
            line = self._sell(5, product=product)
            ahead = self._requested(line, 2)
            self._set_policy(credit_release="inspection")
            other = self._return(line)
            self._set_policy(credit_release="authorization")
            self.assertAmounts(other.credit_note_ids, 100)
            self.assertLine(line, 4, 2, 0)
            self.assertNothingToInvoice(line)
            self._receive(ahead)
            self._inspect(ahead.inspection_ids)
            self.assertLine(line, 2, 2, 0)
            self.assertNothingToInvoice(line)
            self.assertChecked(ahead | other)

    def test_others_waiting_are_not_credited_by_the_orders_button(self):
        line = self._sell(5)
        ahead = self._requested(line)
        self._set_policy(credit_release="inspection")
        self._receive_line(line)
        self.assertLine(line, 4, 4, 0)
        self.assertNothingToInvoice(line)
        self.assertEqual(ahead.line_ids._get_lent_quantity(), 1)

    def test_what_was_not_invoiced_is_billed_to_nobody(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        line = order.order_line
        rma = self._requested(line)
        self.assertEqual(rma.settlement_ids.state, "released")
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(line, 3, 0, 2, "to invoice")
        self.assertAmounts(self._invoice(order), 200)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.state, "done")
        self.assertFalse(rma.credit_note_ids)

    def test_a_draft_invoice_waits_for_the_inspection(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        rma = self._requested(order.order_line)
        self.assertFalse(rma.settlement_ids)
        self.assertFalse(rma.exception_ids)
        invoice.action_post()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.state, "done")

    def test_fees_are_withheld_at_once(self):
        rma = self._draft(self._sell(3), 2)
        rma.line_ids.fee = 30.0
        rma.action_request()
        self.assertAmounts(rma.credit_note_ids, 170)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 170)
        self.assertEqual(rma.state, "done")

    def test_old_sales_are_credited_at_once(self):
        sale = self.env["reverse.historic.sale"].create(
            {
                "partner_id": self.customer.id,
                "product_id": self.product.id,
                "quantity": 2,
                "date": self.company._get_reverse_today(),
                "invoice_name": "OLD/1",
                "price_unit": 80.0,
            }
        )
        sale.confirmed = True
        rma = self._draft(self.product, historic_sale_id=sale.id)
        rma.action_request()
        self.assertAmounts(rma.credit_note_ids, 80)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 80)
        self.assertEqual(rma.state, "done")

    # ------------------------------------------------------------------
    # When shipped, when received, by a person
    # ------------------------------------------------------------------
    def test_credited_when_shipped(self):
        self._set_policy(credit_release="shipped")
        line = self._sell(3)
        rma = self._requested(line)
        self.assertFalse(rma.settlement_ids)
        self._ship(rma)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.settlement_ids.early_moment, "shipped")
        self._ship(rma)
        self.assertAmounts(rma.credit_note_ids, 100)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertLine(line, 2, 2, 0)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.state, "done")

    def test_scan_of_the_carrier_confirms_what_the_customer_said(self):
        self._set_policy(credit_release="shipped")
        rma = self._requested(self._sell(3))
        ada = new_test_user(self.env, "ada", "base.group_portal")
        rma.with_user(ada).sudo()._ship_by_customer("1Z9")
        self.assertEqual((rma.stage, rma.shipped_by_id), ("in_transit", ada))
        self.assertFalse(rma.settlement_ids, "the customer's own word")
        # the carrier's addon writes as the system, like its scheduled action
        rma.with_user(SUPERUSER_ID).shipped_at = fields.Datetime.now()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.settlement_ids.early_moment, "shipped")
        self.assertEqual(rma.carrier_tracking_ref, "1Z9")

    def test_shipped_before_it_was_authorized(self):
        self._set_policy(credit_release="shipped", authorize=False)
        rma = self._requested(self._sell(3))
        self._ship(rma)
        self.assertFalse(rma.settlement_ids)
        self.assertNotIn("ReturnShipped", self._events(rma).mapped("name"))
        self._as("approver", rma).action_authorize()
        self.assertAmounts(rma.credit_note_ids, 100)
        names = self._events(rma).mapped("name")
        self.assertIn("ReturnShipped", names)
        self.assertLess(names.index("ReturnShipped"), names.index("CreditApproved"))

    def test_what_is_here_was_shipped(self):
        self._set_policy(credit_release="shipped")
        rma = self._requested(self._sell(3))
        self._receive(rma)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.settlement_ids.early_moment, "receipt")

    def test_credited_as_received(self):
        self._set_policy(credit_release="receipt")
        line = self._sell(5)
        rma = self._requested(line, 3)
        self.assertFalse(rma.settlement_ids)
        rma.picking_ids.move_ids.quantity = 1
        rma.picking_ids.move_ids.picked = True
        self._as("receiver", rma).action_receive()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 4, 4, 0)
        self._inspect(rma.inspection_ids)
        self._receive(rma)
        self.assertAmounts(rma.credit_note_ids, 100, 200)
        self.assertLine(line, 2, 2, 0)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 100, 200)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 3))
        self.assertChecked(rma)

    def test_what_was_credited_before_does_not_leave_by_one_person(self):
        rma = self._receive(self._requested(self._sell(3), 2)).rma_id
        part = rma.inspection_ids
        undo = self._return_button(part.receipt_move_id.picking_id, 2)
        with self.assertRaisesRegex(UserError, "The rest is inspected or credited"):
            self._validate(undo)
        undo.action_cancel()
        self._as("receiver", part).action_correct_receipt(0)
        self.assertEqual((part.state, part.quantity), ("draft", 2))
        change = self.env["reverse.quantity.change"].search(
            [("inspection_id", "=", part.id)]
        )
        self.assertEqual((change.state, change.quantity), ("requested", 2))
        self._call(self._as("approver", change.approval_ids), "action_approve")
        self.assertEqual((change.state, part.state), ("done", "cancelled"))
        self.assertIn("credit_review", rma.exception_ids.mapped("type"))

    def test_policy_never_releases_what_a_person_is_to_release(self):
        self._set_policy(credit_release="person")
        rma = self._return(self._sell(3))
        self.assertEqual(rma.settlement_ids.state, "draft")
        self.assertFalse(rma.credit_note_ids)
        self.assertAmounts(self._settle(rma.settlement_ids), 100)

    def test_lines_of_one_return_follow_their_own_rules(self):
        slow = self._create_product("Cable", categ_id=self.perpetual.id)
        self._buy(slow, 10, 5.0)
        self._set_policy(
            rules=[
                {"name": "All", "credit_release": "authorization"},
                {"name": "Cable", "product_ids": slow.ids},
            ]
        )
        fast, late = self._sell(3), self._sell(3, product=slow, price=10.0)
        rma = self._draft(fast)
        self._as("service", rma).line_ids = [
            fields.Command.create({"sale_line_id": late.id, "quantity": 1})
        ]
        rma.action_request()
        self.assertAmounts(rma.credit_note_ids, 100)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100, 10)
        self.assertEqual(rma.state, "done")


@tagged("post_install", "-at_install")
class TestEarlyCreditEndings(EarlyCommon):
    """What was credited early turns out otherwise: a person decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(3)

    def _on_the_way(self, line, quantity=1):
        rma = self._requested(line, quantity)
        self.assertAmounts(rma.credit_note_ids, 100 * quantity)
        return rma

    def _close_short(self, rma, quantity=None):
        self._as("service", rma.line_ids).action_close_short(quantity)

    # ------------------------------------------------------------------
    # Goods that do not come
    # ------------------------------------------------------------------
    def test_what_stays_away_is_billed(self):
        for product in self.both:
            line = self._sell(3, product=product)
            rma = self._on_the_way(line)
            self._close_short(rma)
            exception = self._early_exception(rma)
            self.assertIn("Not expected any more: 1 unit", exception.message)
            self.assertEqual(rma.state, "authorized", "waits for the decision")
            self.assertLine(line, 3, 2, 0)
            self.assertNothingToInvoice(line)
            exception.action_bill_early()
            self.assertEqual(rma.state, "done")
            self.assertLine(line, 3, 2, 1, "to invoice")
            bill = self._invoice(line.order_id)
            self.assertAmounts(bill, 100)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 120)
            self.assertIn("GoodsBilledAgain", self._events(rma).mapped("name"))
            self.assertChecked(rma)

    def test_billed_goods_that_come_after_all_are_credited(self):
        line = self.line
        rma = self._on_the_way(line)
        self._close_short(rma)
        self._early_exception(rma).action_bill_early()
        bill = self._invoice(line.order_id)
        self._as("receiver", rma).action_receive({rma.line_ids.id: 1})
        self.assertLine(line, 2, 3, 0)
        self.assertNothingToInvoice(line)
        self._inspect(rma.inspection_ids)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertLine(line, 2, 3, 0)
        self.assertNothingToInvoice(line)
        self.assertAmounts(self._settle(waiting), 100)
        self.assertEqual(waiting.credit_note_ids.reversed_entry_id, bill)
        self.assertLine(line, 2, 2, 0)
        self.assertEqual(rma.state, "done")
        self.assertChecked(rma)

    def test_goods_that_come_before_they_are_billed(self):
        line = self.line
        rma = self._on_the_way(line)
        self._close_short(rma)
        self._early_exception(rma).action_bill_early()
        self.assertLine(line, 3, 2, 1)
        self._as("receiver", rma).action_receive({rma.line_ids.id: 1})
        self.assertLine(line, 2, 2, 0)
        self._inspect(rma.inspection_ids)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertFalse(self._settle(waiting), "nothing is left to credit")
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0)
        self.assertNothingToInvoice(line)
        self.assertEqual(rma.state, "done")

    def test_what_stays_away_is_left_to_the_customer(self):
        """Then it stays sold, and what it cost is not reversed."""
        for product in self.both:
            line = self._sell(3, product=product)
            rma = self._on_the_way(line)
            first = rma.credit_note_ids
            self._close_short(rma)
            self._early_exception(rma).action_leave_early()
            self.assertEqual(rma.state, "done")
            self.assertEqual(
                sorted(rma.settlement_ids.mapped("state")), ["released", "reversed"]
            )
            kept = rma.settlement_ids.filtered(lambda s: s.state == "released")
            self.assertEqual(kept.line_ids.kind, "kept")
            self.assertAmounts(kept.credit_note_ids, 100)
            self.assertEqual(self._cogs(kept.credit_note_ids), 0)
            self.assertTrue(first.reversal_move_ids)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            self.assertNothingToInvoice(line)
            entries = line.order_id.invoice_ids | first | first.reversal_move_ids
            self.assertEqual(self._cogs(entries), 120)
            self.assertChecked(rma)
            # and is not credited once more by another return
            with self.assertRaisesRegex(UserError, "only 2 units of"):
                self._requested(line, 3)
            self.assertEqual(self._requested(line, 2).state, "authorized")

    def test_the_credit_is_taken_back(self):
        for product in self.both:
            line = self._sell(3, product=product)
            rma = self._on_the_way(line)
            self._close_short(rma)
            self._early_exception(rma).action_settle_anew()
            self.assertEqual(rma.settlement_ids.state, "reversed")
            self.assertEqual(rma.line_ids.qty_early, 0)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertNothingToInvoice(line)
            self.assertEqual(rma.state, "done")

    def test_part_of_it_stays_away(self):
        line = self._sell(5)
        rma = self._on_the_way(line, 3)
        rma.picking_ids.move_ids.quantity = 2
        rma.picking_ids.move_ids.picked = True
        self._as("receiver", rma).action_receive()
        self._inspect(rma.inspection_ids)
        self._close_short(rma)
        self.assertLine(line, 3, 2, 0)
        self._early_exception(rma).action_leave_early()
        self.assertAmounts(
            rma.settlement_ids.filtered(
                lambda s: s.state == "released"
            ).credit_note_ids,
            300,
        )
        self.assertLine(line, 3, 3, 0)
        self.assertNothingToInvoice(line)
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 3))
        self.assertFalse(rma.has_unsettled_goods)
        self.assertChecked(rma)

    def test_part_of_it_is_billed(self):
        line = self._sell(5)
        rma = self._on_the_way(line, 3)
        rma.picking_ids.move_ids.quantity = 2
        rma.picking_ids.move_ids.picked = True
        self._as("receiver", rma).action_receive()
        self._inspect(rma.inspection_ids)
        self._close_short(rma)
        self._early_exception(rma).action_bill_early()
        self.assertLine(line, 3, 2, 1)
        self.assertAmounts(self._invoice(line.order_id), 100)
        self.assertEqual(rma.state, "done")
        self.assertFalse(rma.has_unsettled_goods)

    def test_one_of_several_lines_stays_away(self):
        """Taken back, the others are credited when they are inspected."""
        first, second = self._sell(3), self._sell(3)
        rma = self._draft(first)
        self._as("service", rma).line_ids = [
            fields.Command.create({"sale_line_id": second.id, "quantity": 1})
        ]
        rma.action_request()
        # one credit note for each invoice
        self.assertAmounts(rma.credit_note_ids, 100, 100)
        lost = rma.line_ids.filtered(lambda r: r.sale_line_id == first)
        self._as("service", lost).action_close_short()
        self._early_exception(rma).action_settle_anew()
        self.assertLine(first, 3, 3, 0)
        self.assertLine(second, 3, 3, 0)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(waiting.line_ids.rma_line_id.sale_line_id, second)
        self._settle(waiting)
        self.assertLine(second, 2, 2, 0)
        self.assertEqual(rma.state, "done")

    def test_kept_by_the_customer(self):
        line = self.line
        rma = self._on_the_way(line)
        self._kept(rma)
        self.assertLine(line, 3, 2, 0)
        self._early_exception(rma).action_leave_early()
        self.assertLine(line, 3, 3, 0)
        self.assertEqual((rma.state, rma.line_ids.qty_kept), ("done", 1))
        self.assertFalse(rma.has_unsettled_goods)
        self.assertNothingToInvoice(line)
        self.assertChecked(rma)

    def test_expired(self):
        line = self.line
        rma = self._on_the_way(line)
        rma._guarded_write(
            {"expires_on": fields.Date.subtract(fields.Date.today(), days=2)}
        )
        rma._expire()
        self.assertEqual((rma.state, rma.line_ids.qty_closed_short), ("authorized", 1))
        self._early_exception(rma).action_settle_anew()
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 3, 3, 0)

    def test_cancelled(self):
        line = self.line
        rma = self._on_the_way(line)
        self._as("service", rma).action_cancel()
        self.assertEqual(rma.line_ids.qty_closed_short, 1)
        self._early_exception(rma).action_settle_anew()
        self.assertEqual(rma.settlement_ids.state, "reversed")
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 3, 3, 0)
        self.assertNothingToInvoice(line)

    # ------------------------------------------------------------------
    # Goods that are not what they should be
    # ------------------------------------------------------------------
    def _found(self, line, condition, disposition=None):
        rma = self._on_the_way(line)
        self._receive(rma)
        self._inspect(rma.inspection_ids, condition, disposition)
        return rma

    def test_damaged_goods_are_settled_anew(self):
        line = self.line
        rma = self._found(line, "D")
        exception = self._early_exception(rma)
        self.assertIn("D – damaged, Quarantine", exception.message)
        self.assertEqual(len(rma.settlement_ids), 1, "nothing is credited once more")
        self.assertLine(line, 2, 2, 0)
        exception.action_settle_anew()
        self.assertLine(line, 2, 3, 0)
        self.assertNothingToInvoice(line)
        anew = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self._as("service", anew).line_ids.write(
            {"deduction": 40.0, "deduction_reason": "Scratched"}
        )
        self.assertAmounts(self._settle(anew), 60)
        self.assertLine(line, 2, 2, 0)
        self.assertEqual(rma.state, "done")
        self.assertChecked(rma)

    def test_damaged_goods_are_let_pass(self):
        line = self.line
        rma = self._found(line, "D")
        self._early_exception(rma).action_leave_early()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0)
        self.assertEqual(rma.state, "done")

    def test_goods_that_are_here_are_not_billed(self):
        rma = self._found(self._sell(3), "D")
        with self.assertRaisesRegex(UserError, "is here or still expected"):
            self._early_exception(rma).action_bill_early()

    def test_goods_that_go_back_are_billed(self):
        line = self.line
        rma = self._found(line, "D", "CUSTOMER")
        exception = self._early_exception(rma)
        self.assertLine(line, 2, 2, 0)
        self._validate(
            rma.picking_ids.filtered(
                lambda p: p.picking_type_code == "outgoing" and p.state != "done"
            )
        )
        self.assertLine(line, 3, 2, 0)
        self.assertNothingToInvoice(line)
        exception.action_bill_early()
        self.assertLine(line, 3, 2, 1)
        self.assertAmounts(self._invoice(line.order_id), 100)
        self.assertEqual(rma.state, "done")
        self.assertChecked(rma)

    def test_goods_that_go_back_are_taken_back(self):
        line = self.line
        rma = self._found(line, "D", "CUSTOMER")
        self._early_exception(rma).action_settle_anew()
        self.assertEqual(rma.settlement_ids.state, "reversed")
        self.assertTrue(rma.inspection_ids.denied)
        self.assertLine(line, 2, 3, 0)
        self._validate(
            rma.picking_ids.filtered(
                lambda p: p.picking_type_code == "outgoing" and p.state != "done"
            )
        )
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    def test_taken_back_by_hand_policy_does_not_credit_again(self):
        line = self.line
        rma = self._on_the_way(line)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertLine(line, 3, 3, 0)
        self._ship(rma)
        self.assertEqual(len(rma.settlement_ids), 1)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertEqual(waiting.amount_untaxed, 100)
        self._settle(waiting)
        self.assertLine(line, 2, 2, 0)

    def test_cancelled_in_the_books(self):
        line = self.line
        rma = self._on_the_way(line)
        self._books(rma.credit_note_ids).button_cancel()
        self.assertEqual(rma.settlement_ids.state, "reversed")
        self.assertEqual(rma.line_ids.qty_early, 0)
        self.assertLine(line, 3, 3, 0)
        self.assertNothingToInvoice(line)

    def test_no_more_is_credited_than_was_invoiced(self):
        line = self._sell(1)
        rma = self._on_the_way(line)
        invoice = line.invoice_lines.move_id - rma.credit_note_ids
        with self.assertRaisesRegex(UserError, "would be credited, but only"):
            invoice._reverse_moves()._post()

    def test_only_releasers_decide(self):
        line = self.line
        rma = self._on_the_way(line)
        self._close_short(rma)
        exception = rma.exception_ids
        for method in ("action_bill_early", "action_leave_early", "action_settle_anew"):
            with self.assertRaisesRegex(UserError, "to the role “Credit releaser”"):
                getattr(self._as("service", exception), method)()
        self.assertEqual(exception.state, "open")
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma.line_ids).qty_early = 0

    def test_a_credit_that_cannot_be_posted_waits_for_a_retry(self):
        line = self.line
        move = self.env.registry["account.move"]
        with patch.object(move, "_post", side_effect=UserError("Period is closed")):
            rma = self._requested(line)
        self.assertEqual(
            (rma.state, rma.settlement_ids.state), ("authorized", "approved")
        )
        self.assertLine(line, 3, 3, 0)
        self.assertNothingToInvoice(line)
        exception = rma.exception_ids
        self.assertEqual(exception.type, "work_failure")
        self._as("administrator", exception).action_retry()
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 3, 2, 0)
