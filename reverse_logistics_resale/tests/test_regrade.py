"""Returned goods become another product, at a lower value, and back."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ResaleCommon


@tagged("post_install", "-at_install")
class TestRegradeValue(ResaleCommon):
    """What it does to stock and books, however goods are valued."""

    #: method: (bought, cost and value of the two pieces)
    FIGURES = {
        "standard": ([(10, 40.0)], 80.0, 50.0),
        "average": ([(5, 40.0), (5, 50.0)], 90.0, 54.0),
        "fifo": ([(5, 40.0), (5, 50.0)], 80.0, 48.0),
        "lots": ([(5, 40.0), (5, 50.0)], 100.0, 60.0),
    }

    def _create_goods(self, method, valuation):
        """Buy goods that become others: ``(goods, target, lot)``."""
        by_lot = method == "lots"
        category = self._create_category("average" if by_lot else method, valuation)
        values = {
            "categ_id": category.id,
            "tracking": "lot" if by_lot else "none",
            "lot_valuated": by_lot,
        }
        name = f"{method} {valuation}"
        goods = self._create_product(name, **values)
        price = 25.0 if method == "standard" else 0.0
        target = self._create_product(f"{name} B", **values, standard_price=price)
        self._configure(goods, target, 60)
        lots = self._create_lots(goods, "L1", "L2") if by_lot else [None, None]
        bought, _cost, _value = self.FIGURES[method]
        for (quantity, cost), lot in zip(bought, lots, strict=False):
            self._buy(goods, quantity, cost, lot)
        return goods, target, lots[1]

    def _check_figures(self, valuation):
        """All methods in one return: stock and journal items, there and back."""
        rows = {
            method: self._create_goods(method, valuation) for method in self.FIGURES
        }
        lines = self._sell_all(*[(goods, 3, lot) for goods, _to, lot in rows.values()])
        self.sold = {line.product_id: line for line in lines}
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": line.id,
                            "quantity": 2,
                            "lot_id": rows[method][2] and rows[method][2].id,
                        }
                    )
                    for method, line in zip(rows, lines, strict=True)
                ],
            }
        )
        self._call(rma, "action_request")
        self._receive(rma)
        parts = {part.product_id: part for part in rma.inspection_ids}
        before = {goods: self._worth(goods) for goods in parts}
        books = {
            goods: self._balance(self.stock_account, goods, target)
            for goods, target, _lot in rows.values()
        }
        self._decide(rma.inspection_ids, "REGRADE")
        for method, (goods, target, lot) in rows.items():
            _bought, cost, value = self.FIGURES[method]
            with self.subTest(method=method, valuation=valuation):
                part = parts[goods]
                self.assertEqual(
                    (part.regrade_cost, part.regrade_value, part.regrade_write_down),
                    (cost, value, cost - value),
                )
                self.assertEqual(self._worth(goods), before[goods] - cost)
                self.assertEqual(self._worth(target), value)
                lost = cost - value if valuation == "real_time" else 0.0
                self.assertEqual(
                    self._balance(self.write_down_account, goods, target), lost
                )
                self.assertEqual(
                    self._balance(self.stock_account, goods, target),
                    books[goods] - lost,
                )
                self.assertEqual(self._available(target), (2, 2, 2))
                made = part.regrade_move_ids.filtered(
                    lambda m: not m.reverse_inspection_id
                )
                self.assertEqual(
                    made.move_line_ids.lot_id.name, lot and lot.name or False
                )
        at_closing = sum(cost - value for _bought, cost, value in self.FIGURES.values())
        self.assertEqual(
            self._get_closing(), at_closing if valuation == "periodic" else 0.0
        )
        self.assertEqual(rma._check_quantities(), {})
        self._call(self._as("inspector", rma.inspection_ids), "action_correct")
        for method, (goods, target, _lot) in rows.items():
            with self.subTest(back=method, valuation=valuation):
                self.assertEqual(self._worth(goods), before[goods])
                self.assertEqual(self._worth(target), 0.0)
                self.assertEqual(
                    self._balance(self.write_down_account, goods, target), 0.0
                )
                self.assertEqual(
                    self._balance(self.stock_account, goods, target), books[goods]
                )
        again = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(again.mapped("quantity"), [2.0] * 4)
        self.assertEqual(again.location_id, self.inspection_location)
        self.assertFalse(any(again.mapped("goods_gone")))
        self.assertEqual(self._get_closing(), 0.0)
        self.assertEqual(rma._check_quantities(), {})

    def _get_closing(self):
        """What closing the period would expense to the account."""
        return round(
            sum(
                vals["debit"] - vals["credit"]
                for vals in self.company._get_location_valuation_vals(
                    location_domain=[("id", "=", self.place.id)]
                )
                if vals["account_id"] == self.write_down_account.id
            ),
            2,
        )

    def test_a_closed_period_gets_nothing(self):
        """Neither of the step nor of its correction: that is of the first open day."""
        part = self._back()
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today
        journal = self.company.account_stock_journal_id
        entries = self.env["account.move"].search([("journal_id", "=", journal.id)])
        self._decide(part, "REGRADE")
        self._call(self._as("inspector", part), "action_correct")
        known, entries = entries, entries.search([("journal_id", "=", journal.id)])
        booked = entries - known
        self.assertEqual(set(booked.mapped("state")), {"posted"})
        self.assertEqual(set(booked.mapped("date")), {today + timedelta(days=1)})
        self.assertEqual(self._balance(self.write_down_account), 0.0)
        self.assertTrue(part.regrade_write_down)

    def test_goods_that_were_there_keep_their_value(self):
        """Of both products, and on the day before, whatever joins them later.

        What joins others at another cost has their mean, and takes it along when it is
        fetched back, as anywhere by mean cost: the books say what that makes of it.
        """
        self._buy(self.bstock, 4, 12.0)
        self.assertEqual(self._worth(self.bstock), 48.0)
        yesterday = fields.Datetime.now() + timedelta(hours=1)
        tomorrow = self.enterContext(freeze_time(yesterday + timedelta(days=1)))
        past = self._worth_at(yesterday)
        self.assertEqual(past[1], 48.0)
        part = self._back()
        before = self._worth(self.product)
        tomorrow.tick(60)
        self._decide(part, "REGRADE")
        self.assertEqual(self._worth(self.product), before - 80.0)
        self.assertEqual(self._worth(self.bstock), 48.0 + 48.0)
        self.assertEqual(self._worth_at(yesterday), past)
        self._call(self._as("inspector", part), "action_correct")
        self.assertEqual(self._worth(self.product), before)
        # (4 × 12 + 2 × 24) / 6 each, for the four that were there
        self.assertEqual(self._worth(self.bstock), 64.0)
        self.assertEqual(self._balance(self.write_down_account), -16.0)
        self.assertEqual(self._worth_at(yesterday), past)

    def _worth_at(self, moment):
        """What stock was worth then."""
        self.env.invalidate_all()
        products = (self.product | self.bstock).with_context(to_date=moment)
        return [round(product.total_value, 2) for product in products]

    def test_perpetual(self):
        self._check_figures("real_time")

    def test_periodic(self):
        self._check_figures("periodic")


@tagged("post_install", "-at_install")
class TestRegrade(ResaleCommon):
    def test_the_most_specific_row_is_proposed_and_others_can_be_chosen(self):
        other = self._create_product("Spare Kettle", categ_id=self.perpetual.id)
        self._configure(
            self.product,
            other,
            10,
            product_tmpl_id=False,
            categ_id=self.perpetual.id,
        )
        part = self._as("inspector", self._back())
        self.assertFalse(part.regrade_product_id)
        part.condition_id = self.conditions["B"]
        part.disposition_id = self.dispositions["REGRADE"]
        self.assertEqual(part.regrade_product_id, self.bstock)
        self.assertEqual(part.regrade_product_ids, self.bstock | other)
        self.assertEqual((part.regrade_cost, part.regrade_value), (80.0, 48.0))
        part.regrade_product_id = other
        self._call(part, "action_complete")
        self.assertEqual((part.regrade_value, part.regrade_write_down), (8.0, 72.0))
        # what they are worth is what the row says, not what somebody has paid
        self.assertEqual(part._get_recovered(), {})
        self.assertEqual(self._available(other)[0], 2)
        with self.assertRaisesRegex(UserError, "can no longer be"):
            part.regrade_product_id = self.bstock

    def test_an_event_says_what_became_of_the_goods(self):
        part = self._back()
        self._decide(part, "REGRADE")
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InventoryDispositionUpdated"
        )
        self.assertEqual(
            event.data["parts"][0]["regraded"],
            {"product": self.bstock.id, "cost": 80, "value": 48},
        )

    def test_a_standard_price_is_what_the_goods_are_worth(self):
        self.bstock.categ_id = self._create_category("standard", "real_time")
        self.bstock.standard_price = 15.0
        part = self._as("inspector", self._back())
        part.condition_id = self.conditions["B"]
        part.disposition_id = self.dispositions["REGRADE"]
        self.assertEqual(part.regrade_value, 30.0)
        self.assertRegex(part.regrade_note, "30.00.*share would be.*48.00.*18.00")

    def test_goods_that_cannot_become_it_are_refused(self):
        serial = self._create_product(
            "Serial B", tracking="serial", categ_id=self.perpetual.id
        )
        metre = self.env.ref("uom.product_uom_meter")
        wire = self._create_product("Wire", uom_id=metre.id)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        dear = self._create_product(
            "Dear",
            categ_id=self._create_category("standard", "real_time").id,
            standard_price=41.0,
        )
        part = self._as("inspector", self._back())
        part.condition_id = self.conditions["B"]
        part.disposition_id = self.dispositions["REGRADE"]
        for target, prepare, said in (
            (self.product, None, "cannot be regraded into itself"),
            (wire, None, "cannot be converted"),
            (self.bstock, lambda: self.bstock.write({"active": False}), "archived"),
            (
                self.bstock,
                lambda: self.bstock.write({"company_id": elsewhere.id}),
                "product of another company",
            ),
            (serial, None, "no row of Regrading lets Kettle in this condition become"),
            (self.stranger.browse(), None, "become anything"),
            (
                serial,
                lambda: self._configure(self.product, serial, 50),
                "tracked by lot or serial number, and these goods have none",
            ),
            (
                dear,
                lambda: self._configure(self.product, dear, 50),
                "worth .*82.00 as Dear and cost only .*80.00",
            ),
        ):
            with self.subTest(said=said), self.assertRaisesRegex(UserError, said):
                if prepare:
                    # whatever could be checked when it was configured
                    prepare()
                part.write({"regrade_product_id": target.id})
                part.action_complete()
        self.assertEqual(part.state, "draft")
        self.assertFalse(part.regrade_move_ids)

    def test_rows_that_could_never_hold_are_refused(self):
        service = self._create_product("Service", type="service", is_storable=False)
        for target, values, said in (
            (self.product, {}, "cannot be regraded into itself"),
            (service, {}, "not tracked in inventory"),
            (
                self.bstock,
                {"categ_id": self.perpetual.id},
                "reverse_regrade_product_or_category",
            ),
            (self.bstock, {}, "reverse_regrade_target_once"),
            (
                self.bstock,
                {"percent": 101, "condition_id": self.conditions["C"].id},
                "reverse_regrade_percent_is_share",
            ),
        ):
            with self.subTest(said=said), self.assertRaisesRegex(Exception, said):
                self._configure(self.product, target, **{"percent": 50, **values})
                self.env.flush_all()

    def test_goods_of_others_are_not_regraded(self):
        """Neither a customer's, nor a supplier's in consignment."""
        rma = self._received(
            self.sold[self.product], 2, rma={"settlement_type": "repair"}
        )
        with self.assertRaisesRegex(UserError, "belongs to Ada Distribution"):
            self._decide(rma.inspection_ids, "REGRADE")
        consigned = self._back()
        consigned._guarded_write({"owner_id": self.stranger.id})
        with self.assertRaisesRegex(UserError, "the goods belong to Bolt Retail"):
            self._decide(consigned, "REGRADE")

    def test_sold_goods_stay_sold_and_promised_ones_promised(self):
        part = self._back(quantity=3)
        self._decide(part, "REGRADE")
        order = self._new_order((self.bstock, 1, {"price_unit": 60.0}))
        self._deliver(order)
        self._new_order((self.bstock, 1, {"price_unit": 60.0}))
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(
            sorted((p.quantity, p.goods_gone) for p in again), [(1, False), (2, True)]
        )
        self.assertEqual(self._worth(self.bstock), 24.0)
        # Two pieces stay written down, and one is ours again at what it cost.
        self.assertEqual(self._balance(self.write_down_account), 32.0)
        self.assertEqual(part.rma_id._check_quantities(), {})

    def test_a_lot_keeps_its_name(self):
        target = self._create_product(
            "Paint B", tracking="lot", categ_id=self.perpetual.id
        )
        self.lot_product.categ_id = self.perpetual
        self._configure(self.lot_product, target, 50)
        lot = self._create_lots(self.lot_product, "P1")
        self._buy(self.lot_product, 4, 10.0, lot)
        came = fields.Datetime.now() - timedelta(days=50)
        lot.quant_ids.filtered(lambda q: q.quantity > 0).in_date = came
        (line,) = self._sell_all((self.lot_product, 4, lot))
        for quantity in (2, 1):
            part = self._received(line, quantity, lot_id=lot.id).inspection_ids
            self._decide(part, "REGRADE")
            self.assertFalse(part.rma_id.exception_ids.mapped("message"))
        found = self.env["stock.lot"].search([("product_id", "=", target.id)])
        self.assertEqual((found.name, found.product_qty), ("P1", 3))
        # first in, first out goes by when the goods themselves came
        here = found.quant_ids.filtered(lambda q: q.location_id.usage == "internal")
        self.assertEqual(set(here.mapped("in_date")), {came})
        self._call(self._as("inspector", part), "action_correct")
        back = lot.quant_ids.filtered(
            lambda q: q.quantity > 0 and q.location_id.usage == "internal"
        )
        self.assertEqual((back.quantity, back.in_date), (1, came))

    def test_other_units_are_converted(self):
        part = self._back(quantity=1, uom_id=self.dozen.id)
        self._decide(part, "REGRADE")
        self.assertEqual(self._available(self.bstock)[0], 12)
        self.assertEqual(part.regrade_cost, 480.0)

    def test_nothing_goes_round_the_step(self):
        """By calls and writes that no screen offers."""
        part = self._back()
        inspector, ids = self.users["inspector"], [part.ids]
        self._as("inspector", part).write(
            {
                "condition_id": self.conditions["B"].id,
                "disposition_id": self.dispositions["REGRADE"].id,
            }
        )
        with self.assertRaisesRegex(UserError, "not waiting to be moved"):
            self._rpc(inspector, part._name, "action_dispose_regrade", *ids)
        with self.assertRaisesRegex(UserError, "become another product"):
            self._rpc(inspector, part._name, "action_dispose_move", *ids)
        with self.assertRaises(AccessError):
            self._rpc(self.users["service"], part._name, "action_dispose_regrade", *ids)
        self._rpc(inspector, part._name, "action_complete", *ids)
        self.assertTrue(part.disposed)
        stock_user = self._create_user("inspector", login="stock")
        stock_user.group_ids = [Command.link(self.env.ref("stock.group_stock_user").id)]
        made = part.regrade_move_ids.filtered(lambda m: m.product_id == self.bstock)
        for model, record, vals in (
            ("stock.move", made, {"reverse_regrade_id": False}),
            ("stock.move", made, {"product_uom_qty": 5}),
            ("stock.move.line", made.move_line_ids, {"quantity": 5}),
        ):
            with self.assertRaisesRegex(UserError, "by their inspection|is done, and"):
                self._rpc(stock_user, model, "write", record.ids, vals)
        restocked = self._back()
        self._decide(restocked, "RESTOCK", "A")
        with self.assertRaisesRegex(UserError, "not waiting|something else"):
            self._rpc(inspector, part._name, "action_dispose_regrade", restocked.ids)

    def test_administrators_only_configure(self):
        with self.assertRaises(AccessError):
            self._as("inspector", self.row).percent = 99
        self._as("administrator", self.row).percent = 70
        with self.assertRaisesRegex(UserError, "are set once by the system"):
            self.company.with_user(self.env.ref("base.user_admin")).write(
                {"reverse_regrade_location_id": self.place.id}
            )

    def test_twenty_parts_together(self):
        """What one more part costs does not grow with their number."""
        line = self.sold[self.product]
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": 1})
                    for _part in range(22)
                ],
            }
        )
        self._call(rma, "action_request")
        self._receive(rma)
        parts = self._as("inspector", rma.inspection_ids)
        parts.write(
            {
                "condition_id": self.conditions["B"].id,
                "disposition_id": self.dispositions["REGRADE"].id,
            }
        )
        counts = []
        for some in (parts[:2], parts[2:]):
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self._call(some, "action_complete")
            counts.append(self.env.cr.sql_log_count - start)
            self.assertEqual(set(some.mapped("disposed")), {True})
        self.assertLess((counts[1] - counts[0]) / 18, 30, counts)
