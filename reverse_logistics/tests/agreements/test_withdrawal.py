"""Withdrawals by consumers: when they may, what starts, and what nobody can stop."""

from datetime import date, datetime, time, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import ReturnsCommon

#: A Friday.
FRIDAY = date(2026, 4, 17)


class WithdrawalCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.cut = cls.env.ref("reverse_logistics.trait_cut")
        cls.customer.write({"country_id": cls.germany.id, "email": "ada@example.com"})
        cls._set_law()
        cls.paid_first = cls._create_product("Lamp", invoice_policy="order")
        cls._buy(cls.paid_first, 50, 40.0)

    @classmethod
    def _set_law(cls, policy=None, **values):
        draft = cls._get_version().copy()
        draft.legal_rule_ids.unlink()
        draft.legal_rule_ids = [
            Command.create(
                {
                    "name": "Withdrawal",
                    "country_ids": [Command.set(cls.germany.ids)],
                    "freight_payer": "customer",
                    "excluded_trait_ids": [Command.set(cls.cut.ids)],
                    **values,
                }
            )
        ]
        draft.rule_ids.write({"window_days": 7, **(policy or {})})
        draft.with_user(cls.users["administrator"]).action_activate()
        return draft

    def _possess(self, order_line, day):
        order_line.move_ids.date = datetime.combine(day, time(12))
        order_line.move_ids.picking_id.reverse_possessed_on = day
        return order_line

    def _stated(self, source, day=None, quantity=1, proved=True, **values):
        """Enter and request a withdrawal that was stated on a day; give the return.

        :param bool proved: it was stated on the site's page, not told to a clerk
        """
        rma = self._draft(
            source,
            quantity,
            rma={"basis": "withdrawal", **({"stated_on": day} if day else {})},
            **values,
        )
        if day and proved and source._name == "sale.order.line":
            self._state_on_site(rma, source.order_id, day)
        rma.action_request()
        return rma

    def _state_on_site(self, rma, order, day):
        return self.env["reverse.withdrawal.statement"]._guarded_create(
            {
                "contract": order.name,
                "email": order.partner_id.email,
                "stated_at": datetime.combine(day, time(12)),
                "submission": f"{rma.name}, {order.name}",
                "company_id": rma.company_id.id,
                "order_id": order.id,
                "is_matched": True,
                "rma_id": rma.id,
                "state": "linked",
            }
        )

    def assertCode(self, rma, code, state="authorized"):
        self.assertEqual(
            (rma.line_ids.mapped("decision_code"), rma.state), ([code], state)
        )


@tagged("post_install", "-at_install")
class TestWithdrawalPeriod(WithdrawalCase):
    def test_it_runs_from_possession_of_the_last_goods(self):
        lid = self._create_product("Lid")
        self._buy(lid, 5, 10.0)
        order = self._new_order((self.product, 1), (lid, 1))
        first, second = order.order_line
        self._deliver(order)
        moves = order.order_line.move_ids
        self.assertEqual(len(moves), 2)
        moves.date = datetime(2026, 4, 10, 12)
        picking = moves.picking_id
        picking.reverse_possessed_on = FRIDAY
        # the second comes with a transfer of its own, ten days later
        second.move_ids.date = datetime(2026, 4, 20, 12)
        other = picking.copy({"move_ids": False, "reverse_possessed_on": False})
        second.move_ids.picking_id = other
        other.reverse_possessed_on = FRIDAY + timedelta(10)
        day = FRIDAY + timedelta(24)  # a Monday
        self.assertCode(self._stated(first, day), "withdrawal")
        late = self._stated(second, day + timedelta(1))
        self.assertCode(late, "withdrawal_late", "requested")

    def test_entered_dates_do_not_exchange_what_was_agreed_and_added(self):
        line = self._possess(self._sell(2), FRIDAY - timedelta(200))
        old = line.move_ids
        self._stock(self.product, 2)
        clerk = self.users["service"]
        self._call(line.with_user(clerk), "write", {"product_uom_qty": 4})
        added = self._deliver(line.order_id) - old
        added.date = datetime.combine(FRIDAY, time(12))
        earlier = datetime.combine(FRIDAY - timedelta(300), time(12))
        self._call(added.with_user(clerk), "write", {"date": earlier})
        late = self._stated(line, FRIDAY + timedelta(5), move_id=old.id)
        self.assertCode(late, "withdrawal_late", "requested")

    def test_what_is_added_later_makes_no_old_right_new(self):
        """Whoever keeps orders would renew rights of years ago with a cheap line."""
        line = self._possess(self._sell(2), FRIDAY)
        order, lid = line.order_id, self._create_product("Lid")
        self.env["stock.quant"]._update_available_quantity(
            lid, self.warehouse.lot_stock_id, 5
        )
        clerk = order.with_user(self.users["service"])
        clerk.order_line.create(
            {"order_id": order.id, "product_id": lid.id, "product_uom_qty": 1}
        )
        today = self.company._get_reverse_today()
        for quantity in (2, 3):
            clerk.order_line[0].product_uom_qty = quantity
            for delivered in (False, True):
                if delivered:
                    self._deliver(order)
                with self.subTest(quantity=quantity, delivered=delivered):
                    old = self._stated(line.move_ids[0], today)
                    self.assertCode(old, "withdrawal_late", "requested")
                    old.action_cancel()
        # what was added has its own time
        self.assertEqual(len(line.move_ids), 2)
        self.assertCode(self._stated(line.move_ids[1], today), "withdrawal")
        self.assertCode(self._stated(order.order_line[1], today), "withdrawal")

    def test_less_and_then_as_much_again_is_added_as_well(self):
        line = self._new_order((self.product, 3)).order_line
        self._deliver(line.order_id, 1)
        for quantity, kept in ((1, 1), (3, 1)):
            line.product_uom_qty = quantity
            agreed = line.order_id.reverse_agreed["quantities"]
            self.assertEqual(agreed, {str(line.id): kept})

    def test_without_proof_of_delivery_the_time_in_transit_counts(self):
        line = self._sell(4)
        line.move_ids.date = datetime(2026, 4, 13, 12)  # a Monday; 7 days everywhere
        self.assertCode(self._stated(line, date(2026, 5, 4)), "withdrawal")
        self.assertCode(
            self._stated(line, date(2026, 5, 5)), "withdrawal_late", "requested"
        )
        self.env["reverse.transit.time"].create(
            {"country_id": self.germany.id, "days": 1}
        )
        self.assertCode(self._stated(line, date(2026, 4, 28)), "withdrawal")
        self.assertCode(
            self._stated(line, date(2026, 4, 29)), "withdrawal_late", "requested"
        )

    def test_the_day_of_the_statement_decides(self):
        line = self._possess(self._sell(4), FRIDAY)
        rma = self._stated(line, date(2026, 4, 30))
        self.assertCode(rma, "withdrawal")
        self.assertEqual(rma.refund_due_on, date(2026, 5, 14))
        self.assertRegex(rma.line_ids.explanation, "withdraw .* until 05/04/2026")

    def test_today_where_no_day_is_entered(self):
        rma = self._stated(self._sell(4))
        self.assertEqual(rma.stated_on, self.company._get_reverse_today())
        ordinary = self._requested(self._sell(4))
        self.assertFalse(ordinary.stated_on)

    def test_a_day_to_come_is_a_mistake(self):
        tomorrow = self.company._get_reverse_today() + timedelta(1)
        with self.assertRaisesRegex(UserError, "on a day to come"):
            self._stated(self._sell(4), tomorrow)

    def test_without_any_day_nothing_is_known(self):
        rma = self._draft(self._sell(4), rma={"basis": "withdrawal"})
        with self.assertRaisesRegex(UserError, "Enter the day on which the customer"):
            rma.stated_on = False

    def test_the_customer_has_goods_after_they_left_and_not_in_future(self):
        line = self._sell(4)
        picking = line.move_ids.picking_id
        line.move_ids.date = datetime.combine(FRIDAY, time(12))
        with self.assertRaisesRegex(
            ValidationError, f"cannot have {picking.name} before it left on 04/17/2026"
        ):
            picking.reverse_possessed_on = FRIDAY - timedelta(1)
        with self.assertRaisesRegex(
            ValidationError, f"cannot have {picking.name} on a day to come"
        ):
            picking.reverse_possessed_on = (
                self.company._get_reverse_today() + timedelta(1)
            )
        picking.reverse_possessed_on = FRIDAY
        picking.reverse_possessed_on = self.company._get_reverse_today()

    def test_times_in_transit_belong_to_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        times = self.env["reverse.transit.time"]
        own, shared, foreign = times.create(
            [
                {"days": days, "company_id": company.id, "country_id": self.germany.id}
                for days, company in (
                    (1, self.company),
                    (2, self.env["res.company"]),
                    (3, other),
                )
            ]
        )
        self.assertEqual(own.display_name, "Germany: 1 day")
        self.assertEqual(shared.display_name, "Germany: 2 days")
        there = self._create_user(
            "administrator",
            login="elsewhere",
            company_id=other.id,
            company_ids=other.ids,
        )
        times = times.with_user(there).with_context(allowed_company_ids=other.ids)
        seen = times.search([("country_id", "=", self.germany.id)])
        self.assertEqual(seen, shared | foreign)
        times.browse(foreign.id).days = 4
        for refused in (
            lambda: times.browse(own.id).write({"days": 4}),
            lambda: times.browse(own.id).unlink(),
        ):
            with self.assertRaisesRegex(AccessError, "Transit Time"):
                refused()

    def test_the_day_stays_once_it_is_requested(self):
        rma = self._stated(self._sell(4))
        for values in ({"stated_on": FRIDAY}, {"basis": False}):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                rma.write(values)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.acknowledged_at = datetime(2026, 1, 1)

    def test_it_ends_on_a_working_day_of_the_customer_s_country(self):
        # ends on Friday, 1 May: a holiday, then a weekend
        line = self._possess(self._sell(4), FRIDAY)
        self.assertCode(self._stated(line, date(2026, 5, 4)), "withdrawal")
        self.assertCode(
            self._stated(line, date(2026, 5, 5)), "withdrawal_late", "requested"
        )

    def test_holidays_are_data(self):
        line = self._possess(self._sell(6), FRIDAY)
        labour = self.env.ref("reverse_logistics.holiday_labour")
        labour.country_ids -= self.germany
        self.assertCode(
            self._stated(line, date(2026, 5, 4)), "withdrawal_late", "requested"
        )
        self.env["reverse.holiday"].create(
            {
                "name": "Election",
                "kind": "once",
                "date": date(2026, 5, 1),
                "country_ids": [Command.set(self.germany.ids)],
            }
        )
        self.assertCode(self._stated(line, date(2026, 5, 4)), "withdrawal")

    def test_holidays_of_a_state(self):
        calendar = self.env["reverse.holiday"]._get_calendar
        bavaria = self.env.ref("base.state_de_by").id
        berlin = self.env.ref("base.state_de_be").id
        epiphany = date(2026, 1, 6)
        self.assertFalse(calendar(self.germany.id, bavaria).is_working(epiphany))
        self.assertTrue(calendar(self.germany.id, berlin).is_working(epiphany))
        # all doubt is in favour of the customer
        self.assertFalse(calendar(self.germany.id, False).is_working(epiphany))
        self.assertFalse(
            calendar(self.env.ref("base.at").id, False).is_working(epiphany)
        )
        self.assertTrue(calendar(False, False).is_working(epiphany))

    def test_a_holiday_needs_its_day(self):
        with self.assertRaisesRegex(ValidationError, "Enter the day of “Someday”"):
            self.env["reverse.holiday"].create(
                {
                    "name": "Someday",
                    "kind": "once",
                    "country_ids": [Command.set(self.germany.ids)],
                }
            )

    def test_who_was_not_told_has_a_year_more(self):
        line = self._possess(self._sell(4), FRIDAY)
        order = line.order_id
        day = date(2026, 11, 2)
        self.assertCode(self._stated(line, day), "withdrawal_late", "requested")
        # that they were not told is the word of whoever noted it on the order
        order.reverse_informed = "no"
        rma = self._stated(line, day)
        self.assertCode(rma, "withdrawal_word", "requested")
        self.assertEqual(rma.information, "no")
        # and need not pay for sending it back
        self.assertRegex(rma.line_ids.explanation, "We pay for sending it back.$")
        order.write({"reverse_informed": "later", "reverse_informed_on": "2026-10-20"})
        rma = self._stated(line, date(2026, 11, 3))
        self.assertCode(rma, "withdrawal_word", "requested")
        self.assertEqual(rma.information, "later")
        self.assertCode(
            self._stated(line, date(2026, 11, 4)), "withdrawal_late", "requested"
        )

    def test_a_source_that_is_named_later_takes_no_day_away(self):
        line = self._possess(self._sell(4), FRIDAY)
        other = self._create_product("Lid")
        rma = self._stated(other, date(2026, 4, 30))
        self.assertCode(rma, "no_source", "requested")
        self.assertTrue(rma.acknowledged_at)
        self.assertEqual(rma.refund_due_on, date(2026, 5, 14))
        self.assertEqual(self._open_exceptions(rma), ["no_source"])
        ordinary = self._draft(line)
        ordinary.action_request()
        asked = datetime(2026, 4, 20, 12)
        ordinary._guarded_write({"requested_at": asked})
        self.assertEqual(ordinary.line_ids._get_decision_day(), asked.date())


@tagged("post_install", "-at_install")
class TestWithdrawalClocks(WithdrawalCase):
    def test_money_is_due_and_may_wait_for_the_goods(self):
        rma = self._stated(self._possess(self._sell(4), FRIDAY), date(2026, 4, 20))
        self.assertEqual(rma.refund_due_on, date(2026, 5, 4))
        self.assertTrue(rma.refund_waits)
        self.assertFalse(rma.refund_is_due)
        self.assertRegex(
            rma.withdrawal_summary,
            "(?s)^The customer withdrew on 04/20/2026. This was acknowledged on .*"
            "Pay back by 05/04/2026. You may hold it back until .*"
            "The customer was told of the right with the order.$",
        )
        self._as("service", rma).dispatch_proved_on = date(2026, 5, 10)
        self.assertEqual(rma.refund_due_on, date(2026, 5, 10))
        self.assertFalse(rma.refund_waits)
        self.assertTrue(rma.refund_is_due)
        self.assertIn("Pay back by 05/10/2026, whatever", rma.withdrawal_summary)

    def test_the_receipt_ends_the_waiting(self):
        rma = self._stated(self._sell(4))
        self._receive(rma)
        self.assertFalse(rma.refund_waits)
        due = self.company._get_reverse_today() + timedelta(14)
        self.assertEqual(rma.refund_due_on, due)
        self.assertFalse(rma.refund_is_due)

    def test_worklist(self):
        rmas = self.env["reverse.rma"]
        due = self._stated(self._possess(self._sell(4), FRIDAY), date(2026, 4, 20))
        due.dispatch_proved_on = date(2026, 4, 21)
        waiting = self._stated(self._possess(self._sell(4), FRIDAY), date(2026, 4, 20))
        paid = self._stated(self._possess(self._sell(4), FRIDAY), date(2026, 4, 20))
        self._receive(paid)
        self._inspect(paid.inspection_ids)
        self.assertEqual(paid.state, "done")
        self.assertIn("Nothing more is to be paid back.", paid.withdrawal_summary)
        found = rmas.search([("refund_is_due", "=", True)])
        self.assertIn(due, found)
        self.assertFalse(found & (waiting | paid))
        self.assertFalse(due & rmas.search([("refund_is_due", "=", False)]))

    def test_the_customer_is_told_and_an_event_keeps_it(self):
        rma = self._stated(self._possess(self._sell(4), FRIDAY), date(2026, 4, 20))
        event = self._events(rma).filtered(lambda e: e.name == "WithdrawalAcknowledged")
        self.assertEqual(
            event.data,
            {
                "stated_on": "2026-04-20",
                "refund_due_on": "2026-05-04",
                "information": "order",
            },
        )
        self.assertIn(
            "stated on 04/20/2026, to be paid back by 05/04/2026", event.data_text
        )
        mail = self.env["mail.mail"].search(
            [("model", "=", "reverse.rma"), ("res_id", "=", rma.id)]
        )
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(self.product.display_name, mail.body_html)

    def test_without_its_mail_it_is_acknowledged_all_the_same(self):
        self.env.ref("reverse_logistics.mail_template_withdrawal").unlink()
        self.assertTrue(self._stated(self._sell(4)).acknowledged_at)

    def test_it_does_not_expire(self):
        self.assertFalse(self._stated(self._sell(4)).expires_on)
        self.assertTrue(self._requested(self._sell(4)).expires_on)

    def test_new_return(self):
        self._set_law({"proof_photo": True})
        wizard = self._as("service", self.env["reverse.return.wizard"])
        wizard = wizard.create(
            {
                "partner_id": self.customer.id,
                "basis": "withdrawal",
                "stated_on": FRIDAY,
                "line_ids": [
                    Command.create({"product_id": self.lot_product.id, "quantity": 1})
                ],
            }
        )
        action = wizard.action_create()
        rma = self.env["reverse.rma"].browse(action["res_id"])
        self.assertEqual((rma.stated_on, rma.state), (FRIDAY, "requested"))
        self.assertTrue(rma.acknowledged_at)

    def test_new_return_before_the_delivery(self):
        order = self._new_order((self.product, 3))
        wizard = self._as("service", self.env["reverse.return.wizard"]).create(
            {"search_text": order.name, "stated_on": FRIDAY}
        )
        self.assertFalse(wizard.withdrawable_order_id)
        wizard.basis = "withdrawal"
        self.assertEqual(wizard.withdrawable_order_id, order)
        action = wizard.action_withdraw()
        rma = self.env["reverse.rma"].browse(action["res_id"])
        self.assertEqual(
            (rma.basis, rma.stated_on, rma.line_ids.quantity),
            ("withdrawal", FRIDAY, 3),
        )
        self.assertEqual(wizard.action_withdraw()["res_id"], rma.id)
        self.assertEqual(order.reverse_rma_count, 1)

    def test_no_fee_by_hand(self):
        draft = self._get_version().copy()
        draft.rule_ids.write({"credit_release": "person"})
        draft.with_user(self.users["administrator"]).action_activate()
        rma = self._stated(self._sell(4), fee=10.0)
        self.assertEqual(rma.line_ids.fee, 0.0)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        line = rma.settlement_ids.line_ids
        self.assertEqual((line.fee, line.amount), (0.0, 100.0))
        with self.assertRaisesRegex(UserError, "no fee is charged for a withdrawal"):
            self._as("service", line).fee = 5.0
        self._as("service", line).write({"deduction": 5.0, "deduction_reason": "Worn"})
        self.assertEqual(line.amount, 95.0)

    def test_form(self):
        line = self._sell(4)
        form = Form(self._as("service", self.env["reverse.rma"]))
        form.partner_id = self.customer
        form.basis = "withdrawal"
        self.assertEqual(form.stated_on, self.company._get_reverse_today())
        form.stated_on = FRIDAY
        with form.line_ids.new() as row:
            row.sale_line_id = line
        rma = form.save()
        rma.action_request()
        self.assertEqual((rma.stated_on, rma.state), (FRIDAY, "authorized"))


@tagged("post_install", "-at_install")
class TestWithdrawalArrives(WithdrawalCase):
    """No rule, proof or approval stops a withdrawal; doubts go to a person."""

    def assertArrived(self, rma, code):
        self.assertCode(rma, code, "requested")
        self.assertEqual(rma.line_ids.decision, "review")
        self.assertTrue(rma.acknowledged_at and rma.refund_due_on)
        self.assertIn("a person looks at it", rma.line_ids.explanation)

    def test_neither_proof_nor_a_person_nor_final_sale(self):
        self._set_law({"authorize": False, "proof_photo": True, "returnable": False})
        rma = self._stated(self._sell(4))
        self.assertCode(rma, "withdrawal")
        self.assertFalse(rma.authorized_by_id)

    def test_an_approval_rule_does_not_stop_it(self):
        self.env["reverse.approval.rule"].create(
            {
                "name": "Everything",
                "gate": "authorization",
                "company_id": self.company.id,
            }
        )
        ordinary = self._requested(self._sell(4))
        self.assertEqual(ordinary.state, "requested")
        self.assertCode(self._stated(self._sell(4)), "withdrawal")

    def test_late(self):
        line = self._possess(self._sell(4), FRIDAY)
        line.move_ids.date = datetime(2026, 4, 17, 12)
        rma = self._stated(line, date(2026, 6, 1))
        self.assertArrived(rma, "withdrawal_late")
        self.assertIn("05/04/2026", rma.line_ids.explanation)
        self._authorize_by_two(rma)

    def _authorize_by_two(self, rma):
        """Whoever reads a link can state on the site that they withdraw."""
        other = self._create_user("approver", login="second-approver")
        self._call(self._as("approver", rma), "action_authorize")
        self.assertEqual(rma.state, "requested")
        self._call(rma.with_user(other), "action_authorize")
        self.assertEqual(rma.state, "authorized")

    def test_excluded_goods(self):
        line = self._sell(4)
        line.reverse_trait_ids = self.cut
        self.set_window(line)
        self.assertArrived(self._stated(line), "withdrawal_excluded")

    def set_window(self, line):
        """Policy itself would not take it back any more."""
        line.move_ids.date = fields.Datetime.now() - timedelta(days=10)

    def test_businesses(self):
        self.customer.reverse_audience = "business"
        line = self._sell(4)
        self.set_window(line)
        self.assertArrived(self._stated(line), "withdrawal_business")

    def test_countries_without_a_rule(self):
        self.customer.country_id = self.env.ref("base.us")
        line = self._sell(4)
        self.set_window(line)
        rma = self._stated(line)
        self.assertArrived(rma, "withdrawal_no_rule")
        self.assertEqual(rma.refund_due_on, rma.stated_on + timedelta(14))

    def test_proofs_do_not_keep_an_approver_from_it(self):
        self._set_law({"proof_photo": True})
        line = self._possess(self._sell(4), FRIDAY)
        rma = self._stated(line, date(2026, 6, 1))
        self.assertArrived(rma, "withdrawal_late")
        self._authorize_by_two(rma)

    def test_what_policy_takes_back_anyway_needs_nobody(self):
        self.customer.reverse_audience = "business"
        self.assertCode(self._stated(self._sell(4)), "in_window")

    def test_no_fee_even_without_a_rule_of_law(self):
        draft = self._get_version().copy()
        draft.fee_rule_ids = [Command.create({"name": "Restocking", "percent": 10})]
        draft.with_user(self.users["administrator"]).action_activate()
        self.customer.country_id = self.env.ref("base.us")
        line = self._sell(4)
        self.assertEqual(self._requested(line).line_ids.fee, 10.0)
        self.assertEqual(self._stated(line).line_ids.fee, 0.0)


@tagged("post_install", "-at_install")
class TestWithdrawalBeforeDelivery(WithdrawalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordered = cls._ordered()

    @classmethod
    def _ordered(cls, quantity=3, product=None, **values):
        product = product or cls.paid_first
        order = cls._new_order((product, quantity, {"price_unit": 100.0}), **values)
        return order.order_line

    def test_the_delivery_is_cancelled_and_the_invoice_credited(self):
        line = self.ordered
        invoice = self._invoice(line.order_id)
        rma = self._stated(line, quantity=3)
        self.assertTrue(rma.line_ids.undelivered)
        self.assertEqual(line.move_ids.mapped("state"), ["cancel"])
        self.assertEqual(line.order_id.picking_ids.mapped("state"), ["cancel"])
        self.assertFalse(rma.picking_ids)
        self.assertFalse(rma.refund_waits)
        self.assertAmounts(rma.credit_note_ids, 300.0)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertLine(line, 0, 0, 0)
        self.assertEqual(rma.state, "done")
        self.assertEqual(rma.line_ids.decision_code, "withdrawal")
        self.assertRegex(
            rma.line_ids.explanation, "begins when everything has been delivered.$"
        )
        self.assertEqual(rma._check_quantities(), {})

    def test_a_part_was_delivered(self):
        line = self.ordered
        self._deliver(line.order_id, quantity=1)
        self._invoice(line.order_id)
        rma = self._stated(line, quantity=3)
        self.assertFalse(rma.exception_ids.mapped("message"))
        waiting = rma.line_ids.filtered("undelivered")
        self.assertEqual((waiting.quantity, len(rma.line_ids)), (2.0, 2))
        self.assertLine(line, 1, 1, 0)
        self.assertAmounts(rma.credit_note_ids, 200.0)
        self.assertEqual(rma.state, "authorized")
        self.assertTrue(rma.refund_waits)
        self._receive(rma)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 200.0, 100.0)
        self.assertLine(line, 0, 0, 0)

    def test_some_of_it_only(self):
        line = self.ordered
        self._invoice(line.order_id)
        rma = self._stated(line, quantity=1)
        self.assertAmounts(rma.credit_note_ids, 100.0)
        self.assertLine(line, 0, 2, 0)
        moves = line.move_ids.filtered(lambda m: m.state != "cancel")
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 2.0)
        again = self._stated(line, quantity=2)
        self.assertAmounts(again.credit_note_ids, 200.0)
        self.assertEqual(line.product_uom_qty, 0.0)

    def test_a_locked_order(self):
        line = self.ordered
        line.order_id.action_lock()
        rma = self._stated(line, quantity=3)
        self.assertEqual(line.product_uom_qty, 0.0)
        self.assertTrue(line.order_id.locked)
        self.assertEqual(rma.state, "done")
        self.assertFalse(rma.credit_note_ids)

    def test_steps_of_the_warehouse(self):
        self.warehouse.delivery_steps = "pick_ship"
        line = self._ordered()
        self._stated(line, quantity=3)
        self.assertEqual(set(line.move_ids.mapped("state")), {"cancel"})

    def test_what_was_paid_ahead_of_an_invoice(self):
        line = self.ordered
        order = line.order_id
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizard.create(
            {"advance_payment_method": "fixed", "fixed_amount": 50.0}
        ).create_invoices()
        order.invoice_ids.action_post()
        rma = self._stated(line, quantity=3)
        self.assertFalse(list(filter(None, rma.exception_ids.mapped("message"))))
        self.assertEqual(self._open_exceptions(rma), ["paid_ahead"])
        self.assertEqual(rma.state, "authorized")
        exception = rma.exception_ids
        self.assertEqual(
            exception.owner_group_id, self.env.ref("reverse_logistics.group_releaser")
        )
        self._as("releaser", exception).action_paid_back()
        self.assertEqual(rma.state, "done")

    def test_more_than_was_ordered(self):
        line = self.ordered
        rma = self._stated(line, quantity=5)
        self.assertEqual(
            sorted(rma.line_ids.mapped("decision_code")), ["no_source", "withdrawal"]
        )
        self.assertEqual(rma.state, "requested")
        self.assertTrue(rma.acknowledged_at)

    def test_an_ordinary_return_needs_a_delivery(self):
        with self.assertRaisesRegex(UserError, "can be returned"):
            self._requested(self._ordered(), 3)

    def test_excluded_goods_are_delivered_until_a_person_has_decided(self):
        line = self.ordered
        self._invoice(line.order_id)
        line.reverse_trait_ids = self.cut
        rma = self._stated(line, quantity=3)
        self.assertCode(rma, "withdrawal_excluded", "requested")
        self.assertEqual(line.product_uom_qty, 3.0)
        self._as("approver", rma).action_authorize()
        self.assertEqual(line.product_uom_qty, 0.0)
        self.assertEqual(rma.settlement_ids.state, "draft")

    def test_the_button_of_the_order(self):
        line = self.ordered
        self._deliver(line.order_id, quantity=1)
        action = self._as("service", line.order_id).action_reverse_withdraw()
        rma = self.env["reverse.rma"].browse(action["res_id"])
        self.assertEqual((rma.basis, rma.state), ("withdrawal", "draft"))
        self.assertEqual(rma.line_ids.quantity, 3.0)
        self._as("service", rma).action_find_deliveries()
        self.assertEqual(sorted(rma.line_ids.mapped("undelivered")), [False, True])
        self.assertEqual(line.product_uom_qty, 3.0)
        self._as("service", rma).action_request()
        self.assertEqual(line.product_uom_qty, 1.0)

    def test_what_cannot_be_taken_off_the_order_waits_for_a_person(self):
        line = self.ordered
        model = type(self.env["sale.order.line"])
        problem = "The pallet is loaded."

        def refuse(self, **options):
            raise UserError(problem)

        self.patch(model, "_action_launch_stock_rule", refuse)
        rma = self._stated(line, quantity=3)
        self.assertTrue(rma.acknowledged_at)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        self.assertIn("The pallet is loaded.", rma.exception_ids.message)
        self.assertEqual(line.product_uom_qty, 3.0)
        self.patch(model, "_action_launch_stock_rule", lambda self, **options: True)
        self._as("administrator", rma.exception_ids).action_retry()
        self.assertEqual(line.move_ids.mapped("state"), ["cancel"])
        self.assertEqual(rma.state, "done")


@tagged("post_install", "-at_install")
class TestTermsOfTheOrder(WithdrawalCase):
    def setUp(self):
        super().setUp()
        self.today = self.company._get_reverse_today()

    def _ordered_before(self, age, line=None):
        """Sell, as if it had been ordered and delivered so many days ago."""
        line = line or self._sell(4)
        moment = fields.Datetime.now() - timedelta(days=age)
        line.order_id.date_order = moment
        line.move_ids.date = moment
        line.move_ids.picking_id.reverse_possessed_on = moment.date()
        return line

    def _change_terms(self, age, policy=None, **values):
        """Let the version in force have begun earlier, and another one today."""
        before = self._get_version()
        before._guarded_write({"date_from": self.today - timedelta(days=age)})
        return before, self._set_law(policy, **values)

    def test_the_window_of_the_order_s_day(self):
        self._set_law({"window_days": 60}, working_day=False)
        before, after = self._change_terms(90, {"window_days": 7}, working_day=False)
        rma = self._requested(self._ordered_before(40))
        self.assertCode(rma, "in_window")
        self.assertEqual(rma.line_ids.policy_version_id, before)
        self.assertEqual(rma.authorized_by_version_id, before)
        # what was ordered before there was that version goes by today's
        rma = self._requested(self._ordered_before(95))
        self.assertEqual(rma.state, "requested")
        rma = self._requested(self._sell(4))
        self.assertEqual(rma.line_ids.policy_version_id, after)

    def test_better_ones_since(self):
        self._set_law({"window_days": 7}, working_day=False)
        _before, after = self._change_terms(90, {"window_days": 60})
        rma = self._requested(self._ordered_before(40))
        self.assertCode(rma, "in_window")
        self.assertEqual(rma.line_ids.policy_version_id, after)

    def test_better_ones_in_between(self):
        self._set_law({"window_days": 7}, working_day=False)
        first, second = self._change_terms(90, {"window_days": 60}, working_day=False)
        first._guarded_write({"date_to": self.today - timedelta(31)})
        second._guarded_write({"date_from": self.today - timedelta(30)})
        self._set_law({"window_days": 5}, working_day=False)
        rma = self._requested(self._ordered_before(40))
        self.assertCode(rma, "in_window")
        self.assertEqual(rma.line_ids.policy_version_id, second)

    def test_the_information_of_the_order_s_day(self):
        self._set_law(informed=False, working_day=False)
        before, _after = self._change_terms(90, informed=True, working_day=False)
        line = self._ordered_before(40)
        rma = self._stated(line)
        self.assertCode(rma, "withdrawal")
        self.assertEqual(rma.information, "no")
        self.assertEqual(rma.line_ids.legal_basis_id, before.legal_rule_ids)
        with self.subTest("ordered since"):
            line = self._possess(self._sell(4), self.today - timedelta(40))
            self.assertCode(self._stated(line), "withdrawal_late", "requested")
