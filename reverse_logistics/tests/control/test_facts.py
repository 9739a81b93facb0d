"""What decides cannot be changed by who gains from it."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestFacts(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            login="facts-sales",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.manager = new_test_user(
            cls.env, login="facts-stock", groups="stock.group_stock_manager"
        )
        cls.final_sale = cls.env.ref("reverse_logistics.trait_non_returnable")
        cls.line = cls._sell(4)

    def _delivered(self, quantity=4, **values):
        """Order and deliver a line that is not invoiced yet."""
        order = self._new_order(
            (self.product, quantity, {"price_unit": 100.0, **values})
        )
        self._deliver(order)
        return order.order_line

    def _value(self, line):
        return line._get_values_at_stake()[line]

    def _age(self, order_line, days):
        """Date a delivery back, as an import does."""
        moment = fields.Datetime.now() - timedelta(days=days)
        order_line.move_ids.date = moment
        order_line.order_id.date_order = moment

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------
    def test_invoices_say_what_goods_are_worth(self):
        line = self.line
        self._rpc(self.seller, "sale.order.line", "write", line.ids, {"discount": 99})
        rma = self._draft(line, 3)
        self.assertEqual(self._value(rma.line_ids), 300)
        self._as("service", rma).action_request()
        self.assertEqual(rma.line_ids.unit_value, 100)
        self.assertEqual(self._value(rma.line_ids), 300)

    def test_several_invoices_are_averaged(self):
        line = self.line
        self._stock(self.product, 2)
        line.product_uom_qty = 6
        self._deliver(line.order_id)
        line.price_unit = 40.0
        self._invoice(line.order_id)
        rma = self._draft(line, 3)
        self.assertEqual(self._value(rma.line_ids), 240, "(4 × 100 + 2 × 40) / 6 × 3")

    def test_value_stays_as_it_was_requested(self):
        line = self._delivered()
        rma = self._requested(line, 3)
        self._rpc(
            self.seller, "sale.order.line", "write", line.ids, {"price_unit": 1.0}
        )
        self.assertEqual(self._value(rma.line_ids), 300)
        self.assertEqual(self._value(self._draft(line, 1).line_ids), 1)

    def test_largest_value_holds_against_a_discount(self):
        self._set_policy(max_value=200)
        line = self._sell(4)
        self._rpc(self.seller, "sale.order.line", "write", line.ids, {"discount": 99})
        rma = self._requested(line, 3)
        self.assertEqual(rma.line_ids.decision_code, "max_value")
        self.assertEqual(rma.state, "requested")

    def test_nobody_writes_the_value(self):
        rma = self._requested(self._sell(4), 3)
        with self.assertRaises(UserError):
            self._rpc(
                self.users["service"],
                "reverse.rma.line",
                "write",
                rma.line_ids.ids,
                {"unit_value": 1.0},
            )

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------
    def test_entered_dates_move_no_window(self):
        line = self.line
        self._age(line, 400)
        move = line.move_ids
        today = fields.Datetime.to_string(fields.Datetime.now())
        self._rpc(self.seller, "stock.move", "write", move.ids, {"date": today})
        self._rpc(
            self.manager,
            "stock.picking",
            "write",
            move.picking_id.ids,
            {"date_done": today},
        )
        self._rpc(
            self.manager, "stock.move", "write", move.ids, {"reverse_done_at": today}
        )
        self._rpc(
            self.manager,
            "stock.move",
            "write",
            move.ids,
            {"state": "done", "date": today},
        )
        rma = self._requested(line)
        self.assertIn("late", rma.line_ids.decision_code)
        self.assertEqual(
            rma.line_ids.delivered_on, fields.Date.today() - timedelta(days=400)
        )

    def test_entered_dates_exchange_no_invoices(self):
        """Goods invoiced long ago do not become those that were invoiced today."""
        self._set_policy(window_from="invoice")
        order = self._order(self.product, 10)
        old = self._deliver(order, 5)
        long_ago = fields.Datetime.now() - timedelta(300)
        self._invoice(order, date=long_ago.date())
        old.date = long_ago
        new = self._deliver(order) - old
        self._invoice(order)
        self.assertEqual(self._requested(new, 5).state, "authorized")
        tomorrow = fields.Datetime.now() + timedelta(1)
        self._call(self._as("service", old), "write", {"date": tomorrow})
        late = self._requested(old, 5)
        self.assertEqual(
            (late.line_ids.decision_code, late.state), ("late", "requested")
        )

    def test_whatever_is_done_has_a_day(self):
        move = self.line.move_ids
        vals = move.copy_data({"picking_id": False})[0]
        done = self.env["stock.move"].create([{**vals, "state": "done"}])
        self.assertTrue(done.reverse_done_at)
        opened = self.env["stock.move"].create([vals])
        opened.date = "2020-01-01"
        self.assertFalse(opened.reverse_done_at, "it is planned only")
        (opened | done).with_context(tracking_disable=True).write({"state": "done"})
        self.assertEqual(opened.reverse_done_at.date(), fields.Date.today())

    def test_the_day_of_a_delivery_is_when_it_is_done(self):
        line = self.line
        move = line.move_ids
        self.assertEqual(move.reverse_done_at, move.date)
        self.assertLess(
            abs(fields.Datetime.now() - move.reverse_done_at), timedelta(minutes=5)
        )

    def test_confirmed_orders_keep_their_day(self):
        line = self.line
        order = line.order_id
        with self.assertRaisesRegex(UserError, "Its day cannot be changed"):
            self._rpc(
                self.seller,
                "sale.order",
                "write",
                order.ids,
                {"date_order": fields.Datetime.to_string(fields.Datetime.now())},
            )

    def _ordered_on(self, days):
        """Enter an order as of some days ago as a clerk, and deliver it 20 days ago."""
        order = self._as("service", self.env["sale.order"]).create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "date_order": fields.Datetime.now() - timedelta(days),
                "order_line": [Command.create({"product_id": self.product.id})],
                "state": "sale",
            }
        )
        self._deliver(order.sudo())
        line = order.sudo().order_line
        line.move_ids.date = fields.Datetime.now() - timedelta(20)
        return line

    def _change_window(self, before, now):
        """Put two versions in force one after the other, the second since today."""
        first = self._set_policy(window_days=before)
        self._set_policy(window_days=now)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE reverse_policy_version SET date_from = current_date - 100, "
            "date_to = current_date - 1 WHERE id = %s",
            (first.id,),
        )
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()

    def test_orders_of_a_day_before_have_no_terms_of_before(self):
        """Whoever confirms an order today agrees today, whatever day it bears."""
        self._change_window(30, 10)
        rma = self._requested(self._ordered_on(50))
        self.assertEqual(rma.line_ids.decision_code, "late")
        # what a program brings in is of the day that it says
        line = self._sell(1)
        line.order_id.date_order = fields.Datetime.now() - timedelta(50)
        line.move_ids.date = fields.Datetime.now() - timedelta(20)
        self.assertEqual(self._requested(line).state, "authorized")

    def test_windows_from_the_order_count_from_the_earlier_day(self):
        self._set_policy(window_from="order", window_days=30)
        late = self._requested(self._ordered_on(50))
        self.assertEqual(late.line_ids.decision_code, "late")
        ahead = self._requested(self._ordered_on(-50))
        self.assertEqual(ahead.state, "authorized")
        self.assertIn("Ordered today", ahead.line_ids.explanation)

    def test_whoever_writes_the_state_agrees(self):
        """A confirmed order keeps what was agreed, however it became one."""
        order = self._new_order((self.product, 4)).copy()
        self.assertFalse(order.reverse_agreed)
        self._rpc(self.seller, "sale.order", "write", order.ids, {"state": "sale"})
        self.assertEqual(order.reverse_agreed["owner"], self.customer.id)
        self.assertEqual(order.order_line.reverse_agreed["product"], self.product.id)
        values = {"partner_id": self.customer.id, "state": "sale"}
        [id_] = self._rpc(self.seller, "sale.order", "create", [values])
        self.assertEqual(order.browse(id_).reverse_agreed["owner"], self.customer.id)

    def test_orders_of_returns_are_not_cancelled_in_name_only(self):
        line = self.line
        order, rma = line.order_id, self._requested(line, 1)
        self.assertEqual(rma.picking_ids.state, "assigned")
        for user in (self.seller, self.users["administrator"], self.manager):
            user.group_ids |= self.seller.group_ids
            with self.assertRaisesRegex(
                UserError, f"{rma.name} depends on {order.name}. Cancel it with its"
            ):
                self._rpc(
                    user,
                    "sale.order",
                    "write",
                    order.ids,
                    {"state": "cancel"},
                    context={"reverse_cancelling": True},
                )
        self.assertEqual(order.state, "sale")
        self.manager.group_ids |= self.seller.group_ids
        self._call(order.with_user(self.manager), "action_cancel")
        self.assertEqual((order.state, rma.picking_ids.state), ("cancel", "cancel"))
        # of other orders Odoo says what becomes
        other = self._new_order((self.product, 1))
        self._rpc(self.seller, "sale.order", "write", other.ids, {"state": "cancel"})
        self.assertEqual(other.state, "cancel")

    def test_delivered_orders_keep_it_whatever_their_state(self):
        """Odoo dates orders anew that are confirmed anew, and lets clients do both."""
        self._set_policy(window_from="order")
        line = self._sell(4, reverse_trait_ids=[Command.link(self.final_sale.id)])
        self._age(line, 400)
        order, day = line.order_id, line.order_id.date_order
        today = fields.Datetime.to_string(fields.Datetime.now())

        def write(**vals):
            self._rpc(self.seller, "sale.order", "write", order.ids, vals)
            self.env.invalidate_all()

        with self.assertRaisesRegex(UserError, "Its day cannot be changed"):
            write(date_order=today, state="sale")
        with self.assertRaisesRegex(UserError, "cancel it before it becomes"):
            write(state="draft")
        order.action_cancel()
        self._call(order.with_user(self.seller), "action_draft")
        with self.assertRaisesRegex(UserError, "were delivered. Its day stays"):
            write(date_order=today)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._rpc(
                self.seller,
                "sale.order.line",
                "write",
                line.ids,
                {"reverse_trait_ids": [Command.clear()]},
            )
        self._call(order.with_user(self.seller), "action_confirm")
        self.assertEqual((order.state, order.date_order), ("sale", day))
        line.reverse_trait_ids = False
        self.assertIn("late", self._requested(line).line_ids.decision_code)

    # ------------------------------------------------------------------
    # Traits
    # ------------------------------------------------------------------
    def test_traits_of_a_confirmed_order_stay(self):
        line = self._sell(4, reverse_trait_ids=[Command.link(self.final_sale.id)])
        for commands in ([Command.clear()], [Command.unlink(self.final_sale.id)]):
            with (
                self.subTest(commands=commands),
                self.assertRaisesRegex(UserError, "can no longer be changed"),
            ):
                self._rpc(
                    self.seller,
                    "sale.order.line",
                    "write",
                    line.ids,
                    {"reverse_trait_ids": commands},
                )
        self.assertEqual(line.reverse_trait_ids, self.final_sale)

    def test_traits_of_the_product_are_agreed_with_the_order(self):
        template = self.product.product_tmpl_id
        template.reverse_trait_ids = self.final_sale
        template.reverse_warranty_months = 12
        line = self._sell(4)
        template.reverse_trait_ids = False
        self.assertEqual(line.reverse_trait_ids, self.final_sale)
        rma = self._requested(line)
        self.assertEqual(rma.line_ids.decision_code, "final_sale")
        # a longer warranty is one of what is sold from now on
        template.reverse_warranty_months = 600
        line._agree_reverse_goods()
        months = line.move_ids.date + relativedelta(months=12)
        rma = self._requested(line)
        self.assertEqual(rma.line_ids.warranty_until, months.date())
        with self.assertRaises(AccessError):
            self._call(line.with_user(self.seller), "write", {"reverse_agreed": {}})

    def test_traits_of_a_line_added_later_are_agreed_as_well(self):
        line = self.line
        template = self.product.product_tmpl_id
        template.reverse_trait_ids = self.final_sale
        self.assertFalse(line.reverse_trait_ids)
        added = self.env["sale.order.line"].create(
            {"order_id": line.order_id.id, "product_id": self.product.id}
        )
        self.assertEqual(added.reverse_trait_ids, self.final_sale)

    def test_goods_stay_in_the_category_in_which_they_were_sold(self):
        """Whoever keeps products can put one where rules give more, or a whole tree."""
        categories = self.env["product.category"]
        spares, books = categories.create([{"name": "Spares"}, {"name": "Books"}])
        self.product.categ_id = spares
        line = self._sell(4)
        self.product.categ_id = books
        lines = self._requested(line, 1).line_ids
        [found] = lines._get_rule_facts(["category"]).values()
        self.assertEqual([*found.values["category"]], spares.ids)
        # what is ordered from now on is agreed as it is now
        [found] = self._draft(self._sell(1), 1).line_ids._get_rule_facts().values()
        self.assertEqual([*found.values["category"]], books.ids)
        tag = self.env["product.tag"].create({"name": "Generous"})
        self.product.product_tag_ids = tag
        [found] = self._draft(line, 1).line_ids._get_rule_facts().values()
        self.assertFalse(found.values["product_tag"])
        [found] = self._draft(self._sell(1), 1).line_ids._get_rule_facts().values()
        self.assertEqual([*found.values["product_tag"]], tag.ids)
        spares.parent_id = books
        self.assertEqual(line.reverse_agreed["categories"], f"{spares.id}/")
        [found] = self._draft(line, 1).line_ids._get_rule_facts().values()
        self.assertEqual([*found.values["category"]], spares.ids)

    # ------------------------------------------------------------------
    # Customer
    # ------------------------------------------------------------------
    def test_where_it_was_delivered_to_stays(self):
        """An address moves to another state or postal code: not what was agreed."""
        north, south = self.env["reverse.region"].create(
            [
                {"name": "North", "zip_prefixes": "1"},
                {"name": "South", "zip_prefixes": "9"},
            ]
        )
        inside = self.env.ref("base.state_us_5")
        self.seller.group_ids |= self.env.ref("base.group_partner_manager")
        self.customer.write(
            {"country_id": inside.country_id.id, "state_id": inside.id, "zip": "10115"}
        )
        lines = self._draft(self._sell(4), 1).line_ids

        def regions():
            [found] = lines._get_rule_facts(["region"]).values()
            return [*found.values["region"]]

        before = lines._get_agreed_addresses()
        self.assertEqual(before, [(inside.country_id.id, inside.id, "10115")])
        self.assertEqual(regions(), north.ids)
        outside = self.env.ref("base.state_us_6").id
        self._rpc(
            self.seller,
            "res.partner",
            "write",
            self.customer.ids,
            {"zip": "90001", "state_id": outside},
        )
        self.env.invalidate_all()
        self.assertEqual(lines._get_agreed_addresses(), before)
        self.assertEqual(regions(), north.ids)
        # where the goods are now is where they are fetched
        self.assertEqual(lines.rma_id._get_regions()[lines.rma_id], (south.id,))

    def test_who_bought_is_the_customer(self):
        """Whoever keeps contacts puts none where rules give more."""
        abroad = self.env.ref("base.fr")
        named, other = self.env["res.partner.category"].create(
            [{"name": "Friends"}, {"name": "Letters"}]
        )
        self.env["reverse.approval.rule"].create(
            {"name": "Friends", "gate": "credit", "partner_tag_ids": named.ids}
        )
        self.seller.group_ids |= self.env.ref("base.group_partner_manager")
        self.customer.reverse_audience = "business"
        line = self._sell(4)
        self.assertEqual(self._requested(line).state, "authorized")
        for values in (
            {"parent_id": self.stranger.id},
            {"country_id": abroad.id},
            {"reverse_audience": "consumer"},
            {"category_id": [Command.link(named.id)]},
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self._rpc(
                    self.seller, "res.partner", "write", self.customer.ids, values
                )
                rma = self._requested(line)
                self.assertEqual(rma.state, "requested")
                self.assertEqual(rma.line_ids.decision_code, "other_customer")
                self.assertIn("a person looks at it", rma.line_ids.explanation)
                self._as("approver", rma).action_authorize()
                self.assertEqual(rma.state, "authorized")
                savepoint.rollback()
                self.env.invalidate_all()
        # tags that no rule names are nobody's business
        self.customer.category_id = other
        self.assertEqual(self._requested(line).state, "authorized")
        # before anything is delivered, the order says who buys
        order = self._new_order((self.product, 1))
        self._call(
            order.with_user(self.seller), "write", {"partner_id": self.stranger.id}
        )
        self._deliver(order)
        rma = self._requested(order.order_line, rma={"partner_id": self.stranger.id})
        self.assertEqual(rma.state, "authorized")
        with self.assertRaises(AccessError):
            self._call(order.with_user(self.seller), "write", {"reverse_agreed": {}})

    def test_tags_are_looked_up_once_for_all_orders(self):
        orders = self.env["sale.order"].create(
            [{"partner_id": self.customer.id} for _n in range(20)]
        )
        orders.action_confirm()
        kinds = self.env["res.partner.category"]
        self.customer.category_id = kinds.create({"name": "Letters"})

        def count(few):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(few._filter_reverse_customer_changed())
            return self.env.cr.sql_log_count - before

        count(orders[:1])  # what is looked up once
        self.assertEqual(count(orders[:2]), count(orders))
