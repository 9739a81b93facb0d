from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..routing_common import RoutingCase

#: a Thursday
NOW = "2030-06-06 10:00:00"


@tagged("post_install", "-at_install")
class TestCollections(RoutingCase):
    """Goods of low priority wait until those of their region are called for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.today = cls.company._get_reverse_today()
        country = cls.env.ref("base.us")
        cls.region = cls.env["reverse.region"].create(
            {"name": "West", "country_ids": [Command.set(country.ids)]}
        )
        cls.customer.country_id = country
        # An order keeps where its customer was when it was confirmed.
        cls.line = cls._sell(4)
        cls.line.move_ids.date = NOW
        cls.product.weight = 3.0
        cls._set_routes({"collect": True, "reason_ids": [Command.clear()]})

    def test_authorized_goods_wait_for_the_next_day_of_collection(self):
        self.facility.collect_weekday = "1"
        rma = self._requested(self.line, 2)
        self.assertTrue(rma.waits_for_collection)
        self.assertEqual(str(rma.collect_on), "2030-06-11")
        self.assertEqual(rma.region_id, self.region)
        self.assertEqual((rma.weight, rma.goods_value), (6, 200))
        # a week later they are here
        self.assertEqual(str(rma.expected_date), "2030-06-18")
        self.assertEqual(str(rma.picking_ids.scheduled_date.date()), "2030-06-18")
        self.assertIn("until those of the region", rma.next_step)

    def test_day_of_collection_is_never_today(self):
        for weekday, day in (("3", "13"), ("4", "07"), ("2", "12")):
            self.facility.collect_weekday = weekday
            self.assertEqual(
                str(self.facility._get_next_collection(self.today)), f"2030-06-{day}"
            )

    def test_calling_for_all_of_a_region(self):
        rmas = self._requested(self.line) | self._requested(self.line)
        mails = self.env["mail.mail"].search_count([])
        with freeze_time("2030-06-20 10:00:00"):
            self._as("service", rmas).action_call()
        self.assertEqual(rmas.mapped("waits_for_collection"), [False, False])
        self.assertEqual(
            {str(day) for day in rmas.mapped("expected_date")}, {"2030-06-27"}
        )
        self.assertEqual(
            {str(p.scheduled_date.date()) for p in rmas.picking_ids}, {"2030-06-27"}
        )
        # the full validity from now on
        self.assertEqual(
            {str(day) for day in rmas.mapped("expires_on")}, {"2030-08-19"}
        )
        sent = self.env["mail.mail"].search([], order="id desc", limit=2)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails + 2)
        self.assertIn("06/27/2030", sent[0].body_html)
        events = self._events(rmas[0]).filtered(lambda e: e.name == "ReturnCalled")
        self.assertEqual(
            events.data, {"region": self.region.id, "facility": self.facility.id}
        )
        with self.assertRaisesRegex(UserError, "is not waiting for a collection"):
            self._as("service", rmas).action_call()

    def test_customers_who_ship_by_themselves_are_not_called(self):
        rma = self._requested(self.line)
        self._as("service", rma).shipped_at = NOW
        self.assertFalse(rma.waits_for_collection)
        self.assertEqual(str(rma.expected_date), "2030-06-13")

    def test_goods_that_come_anyway_are_taken_in(self):
        rma = self._requested(self.line)
        self._receive(rma)
        self.assertFalse(rma.waits_for_collection)

    def test_one_urgent_line_takes_all_along(self):
        other = self._create_product("Pump", categ_id=self.perpetual.id)
        self._buy(other, 10, 1.0)
        order = self._new_order((self.product, 1), (other, 1))
        self._deliver(order)
        self._set_routes({"collect": True}, {"product_ids": [Command.set(other.ids)]})
        rma = self._as("service", order)._create_rmas(
            dict.fromkeys(order.order_line, 1.0)
        )
        rma.action_request()
        self.assertFalse(rma.collect or rma.collect_on)

    def test_only_customer_service_calls(self):
        rma = self._requested(self.line)
        with self.assertRaisesRegex(AccessError, "Customer service"):
            self._as("receiver", rma).action_call()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma).collect = False
        self._as("service", rma).collect_on = self.today + timedelta(days=20)
        self.assertEqual(str(rma.expected_date), "2030-07-03")

    def test_list_shows_what_waits(self):
        rma = self._requested(self.line)
        action = self.env.ref("reverse_logistics.reverse_rma_action_collect")
        service = self._as("service", self.env["reverse.rma"])
        domain = [("waits_for_collection", "=", True), ("id", "=", rma.id)]
        self.assertEqual(action.domain, "[('waits_for_collection', '=', True)]")
        groups = service.formatted_read_group(
            domain,
            ["region_id", "facility_id", "collect_on:day"],
            ["__count", "weight:sum", "goods_value:sum"],
        )
        self.assertEqual(
            [(g["__count"], g["weight:sum"], g["goods_value:sum"]) for g in groups],
            [(1, 3, 100)],
        )
