"""Returned goods are sold in a lot: shared price, delivery, invoice and cost."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged

from .. import hooks
from .common import ResaleCommon


@tagged("post_install", "-at_install")
class TestLiquidation(ResaleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.liquidation = cls.facility._get_location("liquidation")

    def test_removing_the_addon_leaves_no_disposition_that_does_nothing(self):
        self.assertRetired(hooks, "REGRADE", "LIQUIDATE")

    def test_a_step_that_fails_leaves_nothing_half_done(self):
        for model, method in (
            ("reverse.inspection", "_check_on_hand"),
            ("reverse.inspection", "_ensure_regrade_lots"),
            ("stock.move", "_set_reverse_regrade_values"),
        ):
            with self.subTest(method):
                self.assertNothingHalfDone(
                    self._back(), lambda p: self._decide(p, "REGRADE"), model, method
                )
        self.assertNothingHalfDone(
            self._back(),
            lambda part: self._decide(part, "LIQUIDATE", "D"),
            "reverse.inspection",
            "_post_at_once",
        )

    def _waiting(self, *products):
        """Two of each product come back and wait for liquidation."""
        parts = self._back(*(products or (self.product, self.toaster)))
        self._decide(parts, "LIQUIDATE", "D")
        return parts

    def _lot(self, price=50.0, **values):
        lot = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": price, **values}
        )
        self._call(lot, "action_take_waiting")
        return lot

    def _sold(self, price=50.0, **values):
        lot = self._lot(price, **values)
        self._call(lot, "action_confirm")
        return lot

    def test_what_cost_nothing_counts_by_the_piece(self):
        """A dozen of a free sample counts as twelve, beside one free toaster."""
        sample = self._create_product(
            "Sample", categ_id=self.perpetual.id, standard_price=0.0, list_price=5.0
        )
        self._stock(sample, 24)
        with self._preparing():
            dozen = self.env.ref("uom.product_uom_dozen")
            order = self._new_order(
                (sample, 1, {"price_unit": 60.0, "product_uom_id": dozen.id})
            )
            self._deliver(order)
            self._invoice(order)
        self.sold[sample] = order.order_line
        parts = self._back(sample, quantity=1)
        self.assertEqual(parts.uom_id, dozen)
        self._decide(parts, "LIQUIDATE", "D")
        lot = self._lot(30.0)
        self.assertEqual(lot.line_ids.cost, 0)
        self.assertEqual(lot.line_ids._get_weight(), 60)

    def test_a_lot_that_waits_in_no_lot_is_corrected(self):
        parts = self._waiting()
        worth = self._worth(self.product, self.toaster)
        self._call(self._as("inspector", parts), "action_correct")
        again = parts.line_id.inspection_ids - parts
        self.assertEqual(again.mapped("location_id"), self.liquidation)
        self._decide(again, "RESTOCK", "A")
        self.assertEqual(self._worth(self.product, self.toaster), worth)
        self.assertEqual(parts.rma_id._check_quantities(), {})

    def test_from_what_waits_to_the_invoice(self):
        parts = self._waiting()
        self.assertEqual(parts.location_id, self.liquidation)
        lot = self._lot(50.0)
        self.assertEqual(lot.facility_id, self.facility)
        self.assertEqual(lot.line_ids.inspection_id, parts)
        self.assertEqual(lot.line_ids.mapped("cost"), [80.0, 30.0])
        # 50 × 80/110 and 50 × 30/110
        self.assertEqual(lot.line_ids.mapped("share"), [36.36, 13.64])
        self.assertEqual((lot.cost, lot.recovered), (110.0, 50.0))
        self.assertAlmostEqual(lot.recovered_share, 50 / 110)
        stock = self._worth(self.product, self.toaster)
        books = self._balance(self.stock_account), self._balance(self.expense_account)
        self._call(lot, "action_confirm")
        order = lot.order_id
        self.assertEqual((lot.state, order.state), ("confirmed", "sale"))
        self.assertEqual(parts._get_recovered(), {}, "nothing has left")
        self.assertEqual(order.amount_untaxed, 50.0)
        moves = order.picking_ids.move_ids
        self.assertEqual(moves.location_id, self.liquidation)
        self.assertEqual(set(moves.mapped("state")), {"assigned"})
        sellable = self._available()
        self.assertEqual(self._compared(self.product), {"liquidation": (2, 2)})
        self._validate(order.picking_ids)
        self.assertEqual(self._compared(self.product), {})
        self.assertEqual(lot.state, "done")
        self.assertEqual(list(parts._get_recovered().values()), [36.36, 13.64])
        self.assertEqual(set(parts.mapped("goods_gone")), {True})
        self.assertEqual(self._available(), sellable)
        self.assertEqual(self._worth(self.product, self.toaster), stock - 110.0)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 50.0)
        self.assertEqual(self._balance(self.stock_account), books[0] - 110.0)
        self.assertEqual(self._balance(self.expense_account), books[1] + 110.0)
        rma = parts[0].rma_id
        names = self._events(rma).mapped("name")
        self.assertIn("LiquidationConfirmed", names)
        self.assertEqual(rma._check_quantities(), {})

    def test_what_was_sold_and_not_delivered_is_free_again(self):
        """Of two kettles and two toasters, one kettle leaves, and nothing follows."""
        kettles, toasters = self._waiting()
        lot = self._sold(50.0)
        picking = lot.order_id.picking_ids
        for move in picking.move_ids:
            move.quantity = 1 if move.product_id == self.product else 0
        self._validate(picking, backorder=False)
        self.assertEqual(lot.state, "done")
        self.assertEqual(lot.line_ids.mapped("delivered"), [1, 0])
        # half of 36.36 for one kettle that cost 40
        self.assertEqual((lot.recovered, lot.recovered_share), (18.18, 18.18 / 40))
        self.assertEqual(kettles._get_recovered(), {kettles: 18.18})
        self.assertEqual(kettles._get_recovered_quantity(), 1)
        self.assertEqual(toasters._get_recovered(), {})
        self.assertEqual((kettles.goods_gone, toasters.goods_gone), (False, False))
        self.assertEqual(kettles.rma_id._check_quantities(), {})
        # what counts then is what the buyer pays for what it got
        invoice = self._invoice(lot.order_id)
        self.assertEqual((invoice.amount_untaxed, lot.recovered), (18.18, 18.18))
        # the rest is sold in another lot, at what it costs
        other = self._lot(20.0)
        self.assertEqual(other.line_ids.inspection_id, kettles | toasters)
        self.assertEqual(other.line_ids.mapped("quantity"), [1, 2])
        self.assertEqual(other.line_ids.mapped("cost"), [40.0, 30.0])
        self._call(other, "action_confirm")
        self._validate(other.order_id.picking_ids)
        self.assertEqual((kettles.goods_gone, toasters.goods_gone), (True, True))
        # 18.18 and 20 × 40/70
        self.assertEqual(kettles._get_recovered(), {kettles: 29.61})
        self.assertEqual(kettles._get_recovered_quantity(), 2)
        self.assertEqual(self._compared(self.product), {})

    def test_what_was_sold_and_not_delivered_is_inspected_anew(self):
        part = self._waiting(self.product)
        self._validate(self._sold().order_id.picking_ids, 1, backorder=False)
        self.assertEqual(self._compared(self.product), {"liquidation": (1, 1)})
        self._call(self._as("inspector", part), "action_correct")
        again = part.line_id.inspection_ids - part
        self.assertEqual(
            sorted((p.goods_gone, p.quantity) for p in again), [(False, 1), (True, 1)]
        )
        sellable = self._available()[0]
        self._decide(again.filtered(lambda p: not p.goods_gone), "RESTOCK", "A")
        self.assertEqual(self._available()[0], sellable + 1)
        self.assertEqual(part.rma_id._check_quantities(), {})

    def test_pieces_of_one_product_cost_what_each_of_them_did(self):
        """In one order, invoiced one by one, after the cost has changed."""
        lots = self._create_lots(self.lot_product, "L1", "L2")
        self.lot_product.categ_id = self.perpetual
        self.lot_product.lot_valuated = True
        for lot, cost in zip(lots, (40.0, 10.0), strict=True):
            self._buy(self.lot_product, 3, cost, lot)
        lines = self._sell_all(*[(self.lot_product, 1, lot) for lot in lots])
        for line, lot in zip(lines, lots, strict=True):
            part = self._received(line, 1, lot_id=lot.id).inspection_ids
            self._decide(part, "LIQUIDATE", "D")
        lot = self._sold(30.0)
        self.assertEqual(lot.line_ids.mapped("cost"), [40.0, 10.0])
        self.assertEqual(lot.line_ids.mapped("share"), [24.0, 6.0])
        picking = lot.order_id.picking_ids
        self.assertEqual(picking.move_line_ids.lot_id, lot.line_ids.lot_id)
        self._validate(picking)
        self._buy(self.lot_product, 5, 99.0, lots[0])
        start = self._balance(self.expense_account)
        self._invoice(lot.order_id)
        self.assertEqual(self._balance(self.expense_account) - start, 50.0)

    def test_one_piece_is_in_one_lot(self):
        part = self._waiting(self.product)
        first = self._lot()
        other = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": 1.0}
        )
        with self.assertRaisesRegex(UserError, "Nothing waits for liquidation in"):
            other.action_take_waiting()
        with self.assertRaisesRegex(UserError, f"in the liquidation lot {first.name}"):
            other.line_ids.create(
                {"liquidation_id": other.id, "inspection_id": part.id}
            )
        with self.assertRaisesRegex(UserError, f"in the liquidation lot {first.name}"):
            self._as("inspector", part).action_correct()
        first.line_ids.unlink()
        other.action_take_waiting()
        self.assertEqual(other.line_ids.inspection_id, part)

    def test_cancelling_frees_the_pieces(self):
        part = self._waiting(self.product)
        lot = self._sold()
        order = lot.order_id
        salesman = self._create_user("service", login="sales")
        with self.assertRaisesRegex(UserError, "cancel the lot, and the order"):
            order.with_user(salesman).action_cancel()
        self._call(lot, "action_cancel")
        self.assertEqual((lot.state, order.state), ("cancelled", "cancel"))
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})
        with self.assertRaisesRegex(UserError, "confirm or cancel the lot"):
            order.with_user(salesman).action_draft()
        again = self._sold(40.0)
        self.assertEqual(again.line_ids.inspection_id, part)
        self._validate(again.order_id.picking_ids)
        with self.assertRaisesRegex(UserError, "have left, so it cannot be cancelled"):
            again.action_cancel()

    def test_little_money_needs_another_person(self):
        self.company.reverse_liquidation_floor = 50
        self._waiting(self.product)
        lot = self._lot(39.99)
        self.assertTrue(lot.is_below_floor)
        with self.assertRaisesRegex(AccessError, "Approver"):
            self._call(lot, "action_confirm")
        both = self._create_user("service", "approver")
        own = lot.with_user(both)
        own.price = 39.98
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(own, "action_confirm")
        self.assertFalse(lot.order_id)
        self._call(self._as("approver", lot), "action_confirm")
        self.assertEqual(lot.confirmed_by_id, self.users["approver"])

    def test_money_of_which_nobody_knows_the_worth_is_little(self):
        """Odoo counts a currency without a rate as if it were the company's."""
        self.company.reverse_liquidation_floor = 50
        self._waiting(self.product)
        lot = self._lot(75)
        self.assertFalse(lot.is_below_floor)
        money = self.env["res.currency"].create(
            {"name": "XLQ", "symbol": "X", "active": True}
        )
        self._call(lot, "write", {"currency_id": money.id})
        self.assertTrue(lot.is_below_floor)
        with self.assertRaisesRegex(AccessError, "in XLQ, of which no rate is known"):
            self._call(lot, "action_confirm")
        money.rate_ids = [Command.create({"name": "2020-01-01", "rate": 1.0})]
        lot.invalidate_recordset()
        self.assertFalse(lot.is_below_floor)

    def test_what_is_confirmed_is_what_was_read(self):
        """Whoever offers the lot changes it while an approver looks at it."""
        self.company.reverse_liquidation_floor = 50
        self._waiting(self.product)
        lot = self._lot(39.99)
        seen = self._as("approver", lot)
        seen = seen.with_context(reverse_read=seen.draft_mark)
        self._call(lot, "write", {"price": 9.99})
        with self.assertRaisesRegex(UserError, "changed since you opened it"):
            self._call(seen, "action_confirm")
        self._call(lot, "write", {"price": 39.99})
        self._call(seen, "action_confirm")
        self.assertEqual(lot.state, "confirmed")

    def test_the_order_costs_exactly_what_was_agreed(self):
        """Two pieces of one product cannot cost the same where a cent is left over."""
        self._waiting(self.product)
        lot = self._sold(50.01)
        self.assertEqual(lot.order_id.order_line.mapped("price_unit"), [25.01, 25.0])
        self.assertEqual((lot.order_id.amount_untaxed, lot.recovered), (50.01, 50.01))
        self._validate(lot.order_id.picking_ids)
        self.assertEqual(lot.state, "done")

    def test_enough_money_needs_nobody_else(self):
        self.company.reverse_liquidation_floor = 50
        self._waiting(self.product)
        self.assertEqual(self._sold(40.0).state, "confirmed")

    def test_what_the_lot_decided_is_not_changed_on_the_order(self):
        self._waiting(self.product)
        lot = self._sold()
        line = lot.order_id.order_line.with_user(self.users["service"])
        for vals in ({"price_unit": 0.01}, {"discount": 99}, {"product_uom_qty": 1}):
            with self.assertRaisesRegex(UserError, "has decided what is sold"):
                line.write(vals)
        with self.assertRaisesRegex(UserError, "Confirmed and can no longer"):
            self._as("service", lot).price = 1.0
        copied = lot.order_id.copy().order_line
        self.assertFalse(copied.reverse_liquidation_line_id)
        with self.assertRaisesRegex(ValidationError, "sold by their lot only"):
            self._rpc(
                self.users["service"],
                copied._name,
                "write",
                copied.ids,
                {"reverse_liquidation_line_id": lot.line_ids.id},
            )
        self._call(copied.order_id, "action_confirm")
        self.assertEqual(copied.move_ids.location_id, self.warehouse.lot_stock_id)

    def test_amounts_beside_the_price(self):
        self._waiting(self.product)
        line = self._sold().order_id.order_line
        forged = {
            "currency_id": line.currency_id.id,
            "price_unit": line.price_unit,
            "discount": 0,
            "quantity": line.product_uom_qty,
            "manual_total_excluded_currency": 0.01,
            "manual_total_excluded": 0.01,
            "manual_tax_amounts": {"x": {}},
        }
        with self.assertRaisesRegex(UserError, "what a line amounts to follows"):
            self._rpc(
                self.users["service"],
                line._name,
                "write",
                line.ids,
                {"extra_tax_data": forged},
            )
        self.assertEqual(line.price_subtotal, 50)

    def test_what_stands_beside_the_pieces(self):
        """A down payment, a note and the cost of delivery; no discount, no goods."""
        self._waiting(self.product)
        order = self._sold().order_id.with_user(self.users["service"])
        service = self._create_product("Freight", type="service", is_storable=False)
        freight = {"product_id": service.id, "price_unit": 12, "is_delivery": True}
        order.order_line = [
            Command.create({"display_type": "line_note", "name": "Ring twice"}),
            Command.create(freight),
        ]
        advance = self.env["sale.advance.payment.inv"].with_user(self.users["service"])
        advance.create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "percentage",
                "amount": 50.0,
            }
        ).create_invoices()
        self.assertEqual(order.sudo().invoice_ids.amount_untaxed, 31)
        down = {"is_downpayment": True, "price_unit": 1, "product_uom_qty": 0}
        for vals in (
            {**freight, "price_unit": -40},
            {**freight, "product_uom_qty": -1},
            {**freight, "product_id": self.toaster.id},
            {**freight, "is_delivery": False},
            {**down, "price_unit": -40},
            {**down, "product_id": self.toaster.id, "product_uom_qty": 1},
        ):
            with self.assertRaisesRegex(UserError, "sells the liquidation lot"):
                order.order_line = [Command.create(vals)]
        line = order.order_line.filtered("is_delivery")
        for vals in ({"price_unit": -40}, {"product_id": self.toaster.id}):
            # dialogs work as superuser, for whoever uses them
            for own in (line, line.sudo()):
                with self.assertRaisesRegex(UserError, "sells the liquidation lot"):
                    own.write(vals)

    def test_nothing_is_deducted_that_was_not_billed(self):
        """Odoo deducts each down payment once, whether it was billed or not."""
        self._waiting(self.product)
        order = self._sold().order_id.with_user(self.users["service"])
        service, agreed = (
            self._create_product(name, type="service", is_storable=False)
            for name in ("Advance", "Freight")
        )
        agreed.invoice_policy = "delivery"
        line = {"product_id": service.id, "price_unit": 49, "product_uom_qty": 1}
        freight = {**line, "is_delivery": True}
        for vals in (
            {**line, "is_downpayment": True},
            {"is_downpayment": True, "price_unit": 49, "product_uom_qty": 0},
            {**freight, "discount": 200},
            {**freight, "discount": -1},
        ):
            with self.assertRaisesRegex(UserError, "sells the liquidation lot"):
                order.order_line = [Command.create(vals)]
        order.order_line = [Command.create({**freight, "product_id": agreed.id})]
        sent = order.order_line.filtered("is_delivery")
        for vals in (
            {"qty_delivered": -1},
            {"discount": 200},
            {"is_delivery": False},
            {"is_downpayment": True},
        ):
            with self.assertRaisesRegex(UserError, "sells the liquidation lot"):
                self._rpc(order.env.user, sent._name, "write", sent.ids, vals)
        sent.write({"price_unit": 20, "qty_delivered": 1})

    def test_a_down_payment_is_deducted_as_it_was_billed(self):
        self._waiting(self.product)
        order = self._sold().order_id.with_user(self.users["service"])
        advance = self.env["sale.advance.payment.inv"].with_user(order.env.user)
        advance.create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 10.0,
            }
        ).create_invoices()
        line = order.order_line.filtered(lambda o: o.is_downpayment and o.price_unit)
        tax = self.env["account.tax"].create({"name": "Twice", "amount": 100})
        for vals in (
            {"price_unit": 49},
            {"product_uom_qty": 1},
            {"discount": -400},
            {"is_downpayment": False},
            {"tax_ids": [Command.set(tax.ids)]},
        ):
            with self.assertRaisesRegex(UserError, "sells the liquidation lot"):
                self._rpc(order.env.user, line._name, "write", line.ids, vals)
        bill = order.sudo().invoice_ids.with_user(
            new_test_user(
                self.env, login="bills", groups="account.group_account_manager"
            )
        )
        # the accountant corrects price and taxes of the advance invoice
        billed = bill.invoice_line_ids.filtered("price_unit")
        billed.write({"price_unit": 8, "tax_ids": [Command.set(tax.ids)]})
        self._call(bill, "action_post")
        self.assertEqual((line.price_unit, line.tax_ids), (8, tax))
        rest = order.sudo()._create_invoices(final=True)
        self.assertEqual(rest.amount_untaxed_signed, -8)

    def test_a_lot_takes_no_other_goods_along(self):
        """Neither a lot that was cancelled, nor goods of another product."""
        dear = self.toaster
        self.company.reverse_liquidation_floor = 0
        self._waiting(self.product)
        lot = self._sold(5.0)
        line = lot.order_id.order_line
        part = self._waiting(dear)
        place = part.location_id
        stocker = new_test_user(self.env, login="way", groups="stock.group_stock_user")

        def take(product):
            way = {
                "location_id": place.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
            goods = {"product_id": product.id, "product_uom_qty": 1}
            move = {**goods, **way, "sale_line_id": line.id}
            picking = (
                self.env["stock.picking"]
                .with_user(stocker)
                .create(
                    {
                        **way,
                        "picking_type_id": self.warehouse.out_type_id.id,
                        "partner_id": self.stranger.id,
                        "move_ids": [Command.create(move)],
                    }
                )
            )
            self._call(picking, "action_confirm")
            picking.move_ids.write({"quantity": 1, "picked": True})
            return picking

        with self.assertRaisesRegex(UserError, "no sale takes it to"):
            self._call(take(dear), "button_validate")
        self._call(lot, "action_cancel")
        with self.assertRaisesRegex(UserError, "no sale takes it to"):
            self._call(take(self.product), "button_validate")

    def test_who_handles_goods_does_not_say_what_they_cost(self):
        category = self._create_category("average", "real_time")
        product = self._create_product(
            "Valued", tracking="lot", lot_valuated=True, categ_id=category.id
        )
        lot = self._create_lots(product, "V1")
        self._stock(product, 1, lot)
        stocker = new_test_user(self.env, login="cost", groups="stock.group_stock_user")
        # not before anything of it is sold, either
        cheap = {"product_id": product.id, "name": "V2", "standard_price": 0.01}
        with self.assertRaisesRegex(UserError, "ask Accounting to change it"):
            self._rpc(stocker, "stock.lot", "create", [cheap])
        with self.assertRaisesRegex(UserError, "ask Accounting to change it"):
            self._rpc(stocker, "stock.lot", "write", lot.ids, {"standard_price": 0.01})
        lot.standard_price = 7.0
        del cheap["standard_price"]
        self._rpc(stocker, "stock.lot", "create", [cheap])
        self._sell(1, product=product, lots={lot: 1})
        with self.assertRaisesRegex(UserError, "ask Accounting to change it"):
            self._rpc(stocker, "stock.lot", "write", lot.ids, {"standard_price": 9.0})
        self.assertEqual(lot.standard_price, 7.0)
        # who enters a lot of goods that are not valued by lot says nothing of cost
        self.lot_product.standard_price = 12.0
        plain = {"name": "N1", "product_id": self.lot_product.id}
        self.assertTrue(self._rpc(stocker, "stock.lot", "create", [plain]))
        # what Odoo computes itself goes on, whoever receives more of it
        receiver = new_test_user(
            self.env, login="more", groups="stock.group_stock_user"
        )
        supplier = self.env.ref("stock.stock_location_suppliers")
        way = {
            "location_id": supplier.id,
            "location_dest_id": self.warehouse.lot_stock_id.id,
        }
        goods = {"product_id": product.id, "product_uom_qty": 1, "price_unit": 21.0}
        more = self.env["stock.picking"].create(
            {
                **way,
                "picking_type_id": self.warehouse.in_type_id.id,
                "move_ids": [Command.create({**goods, **way})],
            }
        )
        more.action_confirm()
        more.move_ids.move_line_ids.lot_id = lot
        more.move_ids.write({"quantity": 1, "picked": True})
        self._call(more.with_user(receiver), "button_validate")
        self.assertEqual(more.state, "done")

    def test_it_never_leaves_from_sellable_stock(self):
        self._waiting(self.product)
        picking = self._sold().order_id.picking_ids
        line = picking.move_line_ids
        line.location_id = self.warehouse.lot_stock_id
        with self.assertRaisesRegex(UserError, "delivers the liquidation lot"):
            self._validate(picking)

    def test_what_is_not_there_any_more_is_not_sold(self):
        self._waiting(self.product)
        lot = self._lot()
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.liquidation, -1
        )
        with self.assertRaisesRegex(UserError, "has 1 that nobody else has reserved"):
            self._call(lot, "action_confirm")
        self.assertEqual(lot.state, "draft")

    def test_other_currencies_and_goods_that_cost_nothing(self):
        eur = self.env.ref("base.EUR")
        self._set_rates(eur, ("2020-01-01", 0.5))
        self.toaster.categ_id = self._create_category("standard", "real_time")
        parts = self._waiting()
        self.toaster.standard_price = 0.0
        lot = self._lot(33.33, currency_id=eur.id)
        # nobody alone says what goods bring of which the cost is not known
        with self.assertRaisesRegex(AccessError, "Approver"):
            self._call(lot, "action_confirm")
        self._call(self._as("approver", lot), "action_confirm")
        self.assertEqual(lot.order_id.currency_id, eur)
        self.assertEqual(lot.order_id.amount_untaxed, 33.33)
        self.assertEqual(lot.recovered, 66.66)
        # cost of the kettles 80, sales price of the toasters 200
        self.assertEqual(lot.line_ids.mapped("share"), [9.52, 23.81])
        self.assertEqual(len(parts), 2)

    def test_only_those_who_may(self):
        self._waiting(self.product)
        lot = self._lot()
        for role in ("inspector", "receiver", "auditor"):
            with self.assertRaises(AccessError):
                self._rpc(self.users[role], lot._name, "action_confirm", lot.ids)
            with self.assertRaises(AccessError):
                self._rpc(self.users[role], lot._name, "action_cancel", lot.ids)
        with self.assertRaises(AccessError):
            self._rpc(self.users["inspector"], lot._name, "create", {"price": 1})
        service = self.users["service"]
        for vals in ({"state": "done"}, {"confirmed_by_id": 1}, {"order_id": 1}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(service, lot._name, "write", lot.ids, vals)
        for vals in ({"cost": 0.0}, {"quantity": 9.0}, {"share": 1.0}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(service, lot.line_ids._name, "write", lot.line_ids.ids, vals)
        lot.partner_id = service.partner_id
        with self.assertRaisesRegex(UserError, "You are the buyer"):
            self._call(lot, "action_confirm")
