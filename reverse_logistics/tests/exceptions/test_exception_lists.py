"""Whose turn it is: roles, values, deadlines, activities and the ways out."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.stock.models.stock_picking import StockPicking

from ..common import ReturnsCommon
from .test_exceptions import raising


@tagged("post_install", "-at_install")
class TestExceptionLists(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exceptions = cls.env["reverse.exception"]
        cls.line = cls._sell(6, price=50.0, discount=10.0)
        cls.unknown = cls._unknown()

    @classmethod
    def _unknown(cls, quantity=2, **values):
        """Ask for goods that were never delivered; give the exception."""
        rma = cls._requested(cls.lot_product, quantity, **values)
        return rma.exception_ids

    def _failed(self, quantity=2):
        """Let a put-away fail; give the exception."""
        rma = self._received(self.line, quantity)
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            self._inspect(rma.inspection_ids)
        return rma.exception_ids

    # ------------------------------------------------------------------
    # Registry
    # ------------------------------------------------------------------
    def test_every_type_can_be_handled(self):
        types = self.exceptions._get_types()
        labels = dict(self.exceptions._fields["type"]._description_selection(self.env))
        self.assertEqual(set(types), set(labels))
        for kind, handling in types.items():
            with self.subTest(kind=kind):
                self.assertTrue(handling.what and handling.todo)
                self.assertTrue(handling.resolutions, "closing is no resolution")
                if handling.owner:
                    self.assertEqual(self.env.ref(handling.owner)._name, "res.groups")
                for way in handling.resolutions:
                    self.assertTrue(way.stock and way.money, way.code)
                    self.assertTrue(callable(getattr(self.exceptions, way.button)))

    def test_buttons_say_both_effects(self):
        arch = self._as("service", self.exceptions).get_views([(False, "form")])
        header = etree.fromstring(arch["views"]["form"]["arch"]).find("header")
        (drop,) = header.xpath(".//button[@name='action_drop']")
        self.assertIn("Nothing of this line is received.", drop.get("confirm"))
        self.assertIn("Nothing of it is credited.", drop.get("confirm"))
        self.assertIn("no_source", drop.get("invisible"))
        self.assertFalse(header.xpath(".//button[@name='action_send_back']"))

    def test_form_lists_the_ways_out(self):
        exception = self.unknown
        self.assertIn("Leave Out of the Return", exception.resolutions)
        self.assertIn("Nothing of it is credited.", exception.resolutions)
        self.assertIn("order line", exception.guidance)
        self.assertIn("No delivery of Paint was found", exception.explanation)

    def test_resolution_of_another_type_is_refused(self):
        exception = self.unknown
        with self.assertRaisesRegex(UserError, "cannot be resolved in this way"):
            self._as("service", exception).action_retry()
        self.assertEqual(exception.state, "open")

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------
    def test_value_is_what_was_paid(self):
        self.assertAlmostEqual(self._failed(2).value, 90.0)
        rma = self._draft(self.line, 0.25, uom_id=self.dozen.id)
        self.assertEqual(rma.line_ids._get_values_at_stake(), {rma.line_ids: 135.0})

    def test_value_of_unknown_goods_is_the_list_price(self):
        exception = self._unknown(3)
        self.assertAlmostEqual(exception.value, 300.0)
        self.assertEqual(exception.currency_id, self.company.currency_id)

    def test_value_of_a_sale_before_odoo(self):
        sale = self.env["reverse.historic.sale"].create(
            {
                "invoice_name": "OLD-1",
                "date": fields.Date.today() - timedelta(days=5),
                "partner_id": self.customer.id,
                "product_id": self.product.id,
                "quantity": 4,
                "price_unit": 50.0,
                "discount": 10.0,
            }
        )
        rma = self._draft(self.product, 2, historic_sale_id=sale.id)
        self.assertEqual(rma.line_ids._get_values_at_stake(), {rma.line_ids: 90.0})
        self.assertEqual(rma.line_ids.historic_sale_id, sale)

    def test_value_in_the_company_s_currency(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 0.5))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._new_order(
            (self.product, 2, {"price_unit": 30.0}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        rma = self._draft(order.order_line, 2)
        self.assertEqual(order.currency_id, euro)
        self.assertEqual(rma.line_ids._get_values_at_stake(), {rma.line_ids: 120.0})

    def test_values_of_many_lines_cost_the_same(self):
        orders = [self._sell(1) for _number in range(6)]
        rmas = self.env["reverse.rma"].concat(*(self._draft(line) for line in orders))

        def cost(lines):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(lines._get_values_at_stake().values()), {100.0})
            return self.env.cr.sql_log_count - before

        lines = rmas.line_ids
        cost(lines)
        self.assertEqual(cost(lines[:2]), cost(lines))

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------
    def test_deadline_counts_working_days(self):
        calendar = self.company.resource_calendar_id
        self.assertTrue(calendar, "a company has working hours")
        friday = date(2030, 3, 1)
        self.assertEqual(friday.weekday(), 4)
        plan = self.company._plan_reverse_deadline
        self.assertEqual(plan(2, friday), date(2030, 3, 5))
        self.assertEqual(plan(1, date(2030, 3, 2)), date(2030, 3, 4))
        self.assertEqual(plan(0, friday), friday)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Fair",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2030-03-04 00:00:00",
                "date_to": "2030-03-04 23:59:59",
            }
        )
        self.assertEqual(plan(1, friday), date(2030, 3, 5))
        # a holiday of another company, without a calendar, moves nothing of ours
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["resource.calendar.leaves"].with_company(other).create(
            {
                "name": "Their years",
                "calendar_id": False,
                "date_from": "2030-03-05 00:00:00",
                "date_to": "2032-03-05 23:59:59",
            }
        )
        self.assertEqual(plan(1, friday), date(2030, 3, 5))
        time = self.company._plan_reverse_time
        hours = time(datetime(2030, 3, 4, 9), 1, "hours", True)
        self.assertEqual(hours.date(), date(2030, 3, 5))
        self.company.resource_calendar_id = False
        self.assertEqual(plan(2, friday), date(2030, 3, 3))

    def test_deadline_follows_the_type(self):
        with freeze_time("2030-03-06 10:00:00"):
            exception = self._unknown()
            failure = self.exceptions._raise_for(exception.rma_id, "work_failure")
        self.assertEqual(exception.deadline, date(2030, 3, 8))
        self.assertEqual(failure.deadline, date(2030, 3, 7))
        self.assertEqual(failure.raised_on, date(2030, 3, 6))

    def test_age_and_overdue(self):
        exception = self.unknown
        self.assertEqual((exception.age, exception.is_overdue), (0, False))
        with freeze_time(fields.Datetime.now() + timedelta(days=10)):
            exception.invalidate_recordset()
            self.assertEqual((exception.age, exception.is_overdue), (10, True))
            mine = [("id", "in", exception.ids)]
            late = [*mine, ("is_overdue", "=", True)]
            self.assertEqual(self.exceptions.search(late), exception)
            self.assertFalse(
                self.exceptions.search([*mine, ("is_overdue", "=", False)])
            )
            self._as("service", exception).action_drop()
            self.assertFalse(self.exceptions.search(late))
        exception.invalidate_recordset()
        self.assertEqual((exception.age, exception.is_overdue), (10, False))

    def test_days_are_those_of_the_company(self):
        self.company.reverse_tz = "Pacific/Kiritimati"
        with freeze_time("2026-12-10 12:00:00"):
            exception = self._unknown(rma={"user_id": False})
            self.assertEqual(exception.raised_on, date(2026, 12, 11))
            exception._guarded_write({"deadline": date(2026, 12, 10)})
            reader = self._as("service", exception).with_context(tz="Pacific/Honolulu")
            self.assertTrue(reader.is_overdue)
            late = reader.search([("id", "=", exception.id), ("is_overdue", "=", True)])
            self.assertEqual(late, exception)
            self.assertEqual(reader._get_activity_group()["overdue_count"], 1)
        with freeze_time("2026-12-11 11:00:00"):
            self.env.invalidate_all()
            self.assertEqual(reader.age, 1, "it is the 12th where the company is")
            reader.action_drop()
            self.assertEqual(reader.age, 1)

    def test_oldest_first_then_what_is_worth_most(self):
        small, large = self._unknown(1), self._unknown(5)
        old = self._unknown(1)
        old._guarded_write({"raised_on": fields.Date.today() - timedelta(days=3)})
        found = self.exceptions.search([("id", "in", (small | large | old).ids)])
        self.assertEqual(found.ids, (old | large | small).ids)
        self.assertEqual(found[0].age, 3)

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------
    def test_each_role_sees_what_is_its_own(self):
        unknown, failed = self._unknown(), self._failed()
        mine = [("is_mine", "=", True), ("id", "in", (unknown | failed).ids)]
        for role, expected in {
            "service": unknown,
            "inspector": self.exceptions,
            "auditor": self.exceptions,
            "administrator": unknown | failed,
        }.items():
            found = self._as(role, self.exceptions).search(mine)
            self.assertEqual(found.sudo(False).ids, expected.ids, role)
        others = self._as("service", self.exceptions).search(
            [("is_mine", "=", False), ("id", "in", (unknown | failed).ids)]
        )
        self.assertEqual(others.ids, failed.ids)
        self.assertFalse(others.is_mine)

    def test_take_on_and_give_back(self):
        exceptions = self._unknown() | self._unknown()
        taken = self._as("service", exceptions)
        taken.action_take()
        self.assertEqual(exceptions.user_id, self.users["service"])
        self.assertEqual(exceptions.activity_id.user_id, self.users["service"])
        taken.action_give_back()
        self.assertFalse(exceptions.user_id)
        self.assertFalse(exceptions.activity_id.user_id)

    def test_take_on_is_for_the_role(self):
        exception = self.unknown
        for role in ("inspector", "auditor", "releaser"):
            with self.assertRaisesRegex(UserError, "belongs to the role “Customer"):
                self._as(role, exception).action_take()
        self._as("service", exception).action_drop()
        with self.assertRaisesRegex(UserError, "is resolved: nothing is left"):
            self._as("service", exception).action_take()
        self.assertFalse(exception.user_id)

    def test_responsible_and_value_are_not_written_by_hand(self):
        exception = self.unknown
        for values in ({"user_id": self.env.uid}, {"value": 1}, {"raised_on": False}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                exception.write(values)
        self.assertEqual(exception.value, 200.0)

    def test_other_companies_exceptions_stay_theirs(self):
        exception = self.unknown
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user(
            "service",
            login="elsewhere",
            company_ids=[Command.set(other.ids)],
            company_id=other.id,
        )
        theirs = exception.with_user(stranger).with_context(
            allowed_company_ids=other.ids
        )
        self.assertFalse(theirs.search([("is_mine", "=", True)]))
        with self.assertRaisesRegex(AccessError, "access"):
            theirs.action_take()
        self.assertFalse(exception.user_id)

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------
    def test_activity_falls_to_the_responsible_with_the_role(self):
        exception = self.unknown
        activity = exception.activity_id
        self.assertEqual(exception.rma_id.user_id, self.users["service"])
        self.assertEqual(activity.user_id, self.users["service"])
        self.assertEqual(activity.date_deadline, exception.deadline)
        self.assertEqual(activity.summary, "No delivery found: Paint")
        self.assertEqual(exception.rma_id.activity_ids, activity)
        self.assertEqual(
            activity.activity_type_id,
            self.env.ref("reverse_logistics.activity_type_exception"),
        )

    def test_activity_of_another_role_waits_for_it(self):
        exception = self._failed()
        self.assertEqual(exception.rma_id.user_id, self.users["service"])
        self.assertFalse(exception.activity_id.user_id)
        self._as("administrator", exception).action_take()
        self.assertEqual(
            exception.activity_id.user_id,
            self.users["administrator"],
        )

    def test_activity_ends_with_the_exception(self):
        exception = self.unknown
        activity = exception.activity_id
        self._as("service", exception).action_drop()
        self.assertFalse(activity.active)
        message = exception.rma_id.message_ids.filtered("mail_activity_type_id")
        self.assertIn(exception.rma_id.name, message[0].body)
        self.assertIn("Left out of the return", message[0].body)
        self.assertFalse(exception.rma_id.activity_ids)

    def test_activity_ends_when_the_return_is_rejected(self):
        exception = self.unknown
        self._as("approver", exception.rma_id).action_reject("Not ours")
        self.assertEqual(exception.resolution_label, "Return rejected")
        self.assertFalse(exception.activity_id.active)

    def test_what_its_activity_says_stays(self):
        """Who has to decide reads it first, and it may be about who writes it."""
        exception = self.unknown
        activity = self._as("service", exception.activity_id)
        said = activity.summary, activity.note
        for values in (
            {"summary": "Routine"},
            {"note": "<p>All is well</p>"},
            {"res_id": self._requested(self.line).id},
        ):
            with self.assertRaisesRegex(UserError, "is still open"):
                self._call(activity, "write", values)
        with self.assertRaisesRegex(UserError, "is still open"):
            self._call(activity, "unlink")
        self._call(activity, "write", {"date_deadline": "2030-12-24"})
        self.assertEqual((activity.summary, activity.note), said)
        self._as("service", exception).action_drop()
        self._call(activity, "write", {"summary": "Dropped"})

    def test_activity_done_by_hand_resolves_nothing(self):
        exception = self.unknown
        self._as("service", exception.activity_id).action_done()
        self.assertEqual(exception.state, "open")
        self._as("service", exception).action_drop()
        self.assertEqual(exception.state, "resolved")

    def test_events_hold_codes_only(self):
        exception = self.unknown
        self._as("service", exception).action_drop()
        events = self._events(exception.rma_id)
        data = {event.name: event.data for event in events}
        self.assertEqual(
            data["ExceptionRaised"], {"exception": exception.id, "type": "no_source"}
        )
        self.assertEqual(
            data["ExceptionResolved"],
            {"exception": exception.id, "resolution": "drop"},
        )
