"""The outbound delivery of withdrawn orders, and how long parcels take."""

from datetime import date, datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestWithdrawal(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        germany = cls.env.ref("base.de")
        cls.customer.country_id = germany
        draft = cls._get_version().copy()
        draft.legal_rule_ids = [Command.create({"name": "Withdrawal"})]
        draft.with_user(cls.users["administrator"]).action_activate()
        cls.lamp = cls._create_product("Lamp", invoice_policy="order")
        cls._buy(cls.lamp, 20, 40.0)
        cls.seller = new_test_user(
            cls.env, "seller", groups="sales_team.group_sale_manager"
        )

    def _ordered(self, quantity=2):
        """Order with delivery by the carrier, at 12.00."""
        order = self._new_order((self.lamp, quantity, {"price_unit": 100.0}))
        order.set_delivery_line(self.carrier, 12.0)
        return order

    def _stated(self, line, quantity):
        rma = self._draft(line, quantity, rma={"basis": "withdrawal"})
        rma.action_request()
        return rma

    def _settled(self, rma):
        self._receive(rma)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        return rma.credit_note_ids

    def test_the_delivery_is_given_back_once_with_the_last_goods(self):
        order = self._ordered()
        line = order.order_line[0]
        self._deliver(order)
        self._invoice(order)
        first = self._stated(line, 1)
        self.assertAmounts(self._settled(first), 100.0)
        second = self._stated(line, 1)
        self.assertAmounts(self._settled(second), 112.0)

    def test_nor_with_the_first_goods_of_one_statement(self):
        """The rest may never be sent, although all of it was withdrawn from."""
        order = self._ordered()
        self._deliver(order)
        self._invoice(order)
        rma = self._stated(order.order_line[0], 2)
        self._as("receiver", rma).action_receive({rma.line_ids.id: 1})
        self._inspect(rma.inspection_ids)
        first = rma.credit_note_ids
        self.assertAmounts(first, 100.0)
        self.assertAmounts(self._settled(rma) - first, 112.0)

    def test_what_was_credited_by_hand_is_not_given_back_again(self):
        for part, total in ((1.0, 200.0), (0.25, 209.0)):
            order = self._ordered()
            self._deliver(order)
            invoice = self._invoice(order)
            wizard = self.env["account.move.reversal"].create(
                {"move_ids": invoice.ids, "journal_id": invoice.journal_id.id}
            )
            note = self.env["account.move"].browse(wizard.reverse_moves()["res_id"])
            charged = note.invoice_line_ids.filtered("sale_line_ids.is_delivery")
            (note.invoice_line_ids - charged).unlink()
            charged.price_unit *= part
            note.action_post()
            rma = self._stated(order.order_line[0], 2)
            with self.subTest(part=part):
                self.assertAmounts(self._settled(rma), total)

    def test_not_for_an_ordinary_return(self):
        order = self._ordered()
        self._deliver(order)
        self._invoice(order)
        rma = self._requested(order.order_line[0], 2)
        self.assertAmounts(self._settled(rma), 200.0)

    def test_no_more_than_the_standard_delivery(self):
        self.carrier.reverse_refund_limit = 5.0
        order = self._ordered()
        self._deliver(order)
        self._invoice(order)
        rma = self._stated(order.order_line[0], 2)
        self.assertAmounts(self._settled(rma), 205.0)

    def test_several_charges_are_limited_together(self):
        """Whichever comes first; a second one was without any limit."""
        self.carrier.reverse_refund_limit = 5.0
        for first, second in ((300.0, 12.0), (3.0, 300.0)):
            with self.subTest(first=first):
                order = self._ordered()
                charge = order.order_line.filtered("is_delivery")
                charge.price_unit = first
                charge.copy({"order_id": order.id, "price_unit": second})
                self._deliver(order)
                self._invoice(order)
                rma = self._stated(order.order_line[0], 2)
                self.assertAmounts(self._settled(rma), 205.0)

    def test_a_limit_in_another_currency(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 0.5))
        self.carrier.reverse_refund_limit = 5.0
        order = self._ordered()
        order.currency_id = euro
        self.assertEqual(order._get_reverse_refund_limit(), 2.5)

    def test_the_delivery_bears_its_share_of_discounts(self):
        """At its list price, all was more than was billed, and was not released."""
        for quantities in ((2,), (1, 1)):
            with self.subTest(quantities=quantities):
                order = self._ordered()
                goods = order.order_line[0]
                wizard = self.env["sale.order.discount"].create(
                    {
                        "sale_order_id": order.id,
                        "discount_type": "so_discount",
                        "discount_percentage": 0.1,
                    }
                )
                wizard.action_apply_discount()
                self._deliver(order)
                invoice = self._invoice(order)
                self.assertEqual(invoice.amount_total, 190.8)
                notes = self.env["account.move"]
                for quantity in quantities:
                    notes |= self._settled(self._stated(goods, quantity))
                self.assertEqual(set(notes.mapped("state")), {"posted"})
                self.assertAlmostEqual(sum(notes.mapped("amount_total")), 190.8)

    def test_another_method_without_a_limit(self):
        self.carrier.reverse_refund_limit = 5.0
        order = self._ordered()
        self._deliver(order)
        self._invoice(order)
        other = self.carrier.copy({"name": "Other", "reverse_refund_limit": 0.0})
        user = self.users["service"]
        self._rpc(user, "sale.order", "write", order.ids, {"carrier_id": other.id})
        rma = self._stated(order.order_line[0], 2)
        self.assertAmounts(self._settled(rma), 205.0)

    def test_a_limit_that_is_taken_off_afterwards(self):
        self.carrier.reverse_refund_limit = 5.0
        order = self._ordered()
        self._deliver(order)
        self._invoice(order)
        self._rpc(
            self.seller,
            "delivery.carrier",
            "write",
            self.carrier.ids,
            {"reverse_refund_limit": 0.0},
        )
        self.env.cr.precommit.run()
        event = self.env["reverse.event"].search(
            [("name", "=", "ControlChanged"), ("company_id", "=", self.company.id)],
            order="id desc",
            limit=1,
        )
        self.assertEqual(
            (event.user_id, event.data["control"], event.data["changes"]),
            (
                self.seller,
                "delivery.carrier",
                {"reverse_refund_limit": ["5.000000", "0.000000"]},
            ),
        )
        rma = self._stated(order.order_line[0], 2)
        self.assertAmounts(self._settled(rma), 205.0)

    def test_goods_are_no_delivery(self):
        """Nor are they, if somebody who sold them has called them one."""
        for forged in (False, True):
            with self.subTest(forged=forged):
                order = self._new_order(
                    (self.product, 1, {"price_unit": 10.0}),
                    (self.lamp, 1, {"price_unit": 900.0, "is_delivery": forged}),
                )
                self._deliver(order)
                self._invoice(order)
                cheap, dear = order.order_line
                values = {"is_delivery": not forged}
                user = self.users["service"]
                with self.assertRaisesRegex(UserError, "stays the kind of line"):
                    self._rpc(user, "sale.order.line", "write", dear.ids, values)
                self.assertAmounts(self._settled(self._stated(cheap, 1)), 10.0)

    def test_before_anything_was_delivered(self):
        order = self._ordered()
        self._invoice(order)
        rma = self._stated(order.order_line[0], 2)
        self.assertAmounts(rma.credit_note_ids, 212.0)
        self.assertEqual(rma.state, "done")

    def test_a_delivery_that_was_not_invoiced_is_not_any_more(self):
        order = self._ordered()
        rma = self._stated(order.order_line[0], 2)
        self.assertFalse(rma.credit_note_ids)
        delivery = order.order_line.filtered("is_delivery")
        self.assertEqual(delivery.product_uom_qty, 0.0)
        self.assertNotEqual(order.invoice_status, "to invoice")

    def test_transit_by_carrier(self):
        times = self.env["reverse.transit.time"]
        times.create({"carrier_id": self.carrier.id, "days": 2})
        order = self._ordered()
        self._deliver(order)
        move = order.order_line[0].move_ids
        move.date = datetime(2026, 4, 13, 12)
        self.assertEqual(move._get_reverse_possessed_on()[move], date(2026, 4, 15))
        move.picking_id.carrier_id = False
        self.assertEqual(move._get_reverse_possessed_on()[move], date(2026, 4, 20))
        move.picking_id.reverse_possessed_on = date(2026, 4, 14)
        self.assertEqual(move._get_reverse_possessed_on()[move], date(2026, 4, 14))
