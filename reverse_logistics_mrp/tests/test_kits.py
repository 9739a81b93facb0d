"""Kits come back whole or by component: quantities, credits, cost of goods."""

from pathlib import Path

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics.models.request.sources import Delivery, Source
from odoo.addons.reverse_logistics.tests.agreements.test_withdrawal import (
    WithdrawalCase,
)
from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..models.sources import Component


class KitsCase(ReturnsCommon):
    """A bike of 300 is a frame of 60 and two wheels of 20 each: 60 % and 2 × 20 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        perpetual = {"categ_id": cls.perpetual.id}
        cls.frame = cls._create_product("Frame", **perpetual)
        cls.wheel = cls._create_product("Wheel", **perpetual)
        cls._buy(cls.frame, 20, 60.0)
        cls._buy(cls.wheel, 40, 20.0)
        cls.bike = cls._create_product("Bike", list_price=300.0, **perpetual)
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.bike.product_tmpl_id.id,
                "type": "phantom",
                "company_id": cls.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": cls.frame.id, "product_qty": 1}),
                    Command.create({"product_id": cls.wheel.id, "product_qty": 2}),
                ],
            }
        )
        cls.frame_part, cls.wheel_part = cls.bom.bom_line_ids

    @classmethod
    def _sell_bikes(cls, quantity=2, price=300.0):
        return cls._sell(quantity, price, product=cls.bike)

    def _delivery(self, line, product):
        return line.move_ids.filtered(
            lambda m: m.product_id == product and not m.origin_returned_move_id
        )

    def _component_back(self, line, product, quantity=1, condition="A"):
        """Return components up to their inspection."""
        delivery = self._delivery(line, product)
        return self._return(delivery, quantity, condition).with_env(self.env)


@tagged("post_install", "-at_install")
class TestKits(KitsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one_bike = cls._sell_bikes(1)

    def test_whole_kit(self):
        line = self._sell_bikes()
        self.assertLine(line, 2, 2, 0, "invoiced")
        rma = self._requested(line).with_env(self.env)
        rows = [(r.product_id, r.quantity, r.kit_id) for r in rma.line_ids]
        self.assertEqual(rows, [(self.frame, 1, self.bike), (self.wheel, 2, self.bike)])
        parts = self._receive(rma)
        self.assertLine(line, 1, 2, 0, "invoiced")
        self._inspect(parts)
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertMoney(line, 0, 0)
        self.assertEqual(self._cogs(rma.credit_note_ids), -100)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma._check_quantities(), {})
        # and the other one
        rma = self._return(line)
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 0, 0, 0)
        with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
            self._requested(line)

    def test_components_stay_what_they_were_when_the_kit_was_sold(self):
        """Whoever keeps products changes nothing for kits that were sold before."""
        spares, books = self.env["product.category"].create(
            [{"name": "Spares"}, {"name": "Books"}]
        )
        final_sale = self.env.ref("reverse_logistics.trait_non_returnable")
        tag, other = self.env["product.tag"].create([{"name": "A"}, {"name": "B"}])
        self.wheel.write(
            {
                "categ_id": spares.id,
                "product_tag_ids": tag.ids,
                "reverse_trait_ids": final_sale.ids,
                "reverse_warranty_months": 12,
            }
        )
        line = self._sell_bikes()
        self.wheel.write(
            {
                "categ_id": books.id,
                "product_tag_ids": other.ids,
                "reverse_trait_ids": [Command.clear()],
                "reverse_warranty_months": 60,
            }
        )
        frame, wheels = self._requested(line, 1).sudo().line_ids
        facts = wheels._get_rule_facts()[wheels].values
        self.assertEqual([*facts["category"]], spares.ids)
        self.assertEqual([*facts["product_tag"]], tag.ids)
        self.assertEqual([*facts["trait"]], final_sale.ids)
        self.assertEqual(wheels._get_promised_months(), [12])
        self.assertEqual(
            (frame.decision_code, wheels.decision_code), ("in_window", "final_sale")
        )
        # what is sold from now on is agreed as it is now
        _frame, wheels = self._requested(self._sell_bikes(), 1).sudo().line_ids
        facts = wheels._get_rule_facts()[wheels].values
        self.assertEqual([*facts["category"]], books.ids)
        self.assertFalse(facts["trait"])

    def test_a_component_is_a_layer_over_its_delivery(self):
        rma = self._requested(self._sell_bikes(), 1).with_env(self.env)
        frame, wheels = rma.line_ids
        self.assertEqual(
            [(type(source), lines) for source, lines in rma.line_ids._by_source()],
            [(Delivery, frame | wheels), (Component, frame | wheels)],
        )
        self.assertFalse(frame._get_source().may_be_early)
        # 60 % of its price are the frame's.
        self.assertEqual(frame._get_source().to_order_quantity(frame, 1), 0.6)
        said = {name for name in vars(Component) if not name.startswith("_")}
        self.assertLessEqual(said, set(vars(Source)))

    def test_shares_of_the_day_of_the_order(self):
        """Whoever keeps bills of materials does not choose what is credited."""
        self.frame_part.reverse_share, self.wheel_part.reverse_share = 90, 10
        self.bom.reverse_kit_credit = "table"
        keeper = new_test_user(self.env, login="bills", groups="mrp.group_mrp_manager")
        shares = [
            Command.update(self.wheel_part.id, {"reverse_share": 99}),
            Command.update(self.frame_part.id, {"reverse_share": 1}),
        ]
        for values, credit in (
            ({"bom_line_ids": shares}, 30.0),
            ({"reverse_kit_credit": "complete"}, 297.0),
        ):
            line = self._sell_bikes(1)
            self._rpc(keeper, "mrp.bom", "write", self.bom.ids, values)
            back = self._component_back(line, self.wheel, 2)
            self.assertAmounts(back.credit_note_ids, credit)

    def test_components_of_the_day_of_the_order(self):
        """Bills and prices that change after the sale change nothing about it."""
        cheap = self._create_product("Sticker", standard_price=1.0, list_price=1.0)
        keeper = new_test_user(self.env, login="bills", groups="mrp.group_mrp_manager")
        line = self._sell_bikes(1)
        lines = [
            Command.update(
                self.wheel_part.id, {"product_id": cheap.id, "product_qty": 50}
            ),
            Command.create({"product_id": cheap.id, "product_qty": 9}),
        ]
        self._rpc(keeper, "mrp.bom", "write", self.bom.ids, {"bom_line_ids": lines})
        rma = self._return(line).with_env(self.env)
        self.assertEqual(
            [(r.product_id, r.quantity) for r in rma.line_ids],
            [(self.frame, 1), (self.wheel, 2)],
        )
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 0, 0, 0)

    def test_shares_of_a_line_that_is_gone(self):
        """Percentages hold although somebody enters the line of the bill anew."""
        self.frame_part.reverse_share, self.wheel_part.reverse_share = 90, 10
        self.bom.reverse_kit_credit = "table"
        line = self._sell_bikes(1)
        self.bom.bom_line_ids = [
            Command.delete(self.wheel_part.id),
            Command.update(self.frame_part.id, {"reverse_share": 1}),
            Command.create(
                {"product_id": self.wheel.id, "product_qty": 2, "reverse_share": 99}
            ),
        ]
        back = self._component_back(line, self.wheel, 2)
        self.assertAmounts(back.credit_note_ids, 30)

    def test_kits_that_were_sold_before_keep_what_their_bill_says_now(self):
        line = self.one_bike
        agreed = dict(line.reverse_agreed)
        kept = agreed.pop("kit_parts")
        self.assertEqual(
            {int(part): said["product"] for part, said in kept.items()},
            {self.frame_part.id: self.frame.id, self.wheel_part.id: self.wheel.id},
        )
        line.reverse_agreed = agreed
        self.env.flush_all()
        script = Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-order-line.py"
        load_script(str(script), "post_order_line").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(line.reverse_agreed["kit_parts"], kept)

    def test_prices_of_the_day_of_the_order(self):
        """Of components that cost nothing, the price says the share."""
        parts = [self._create_product(n, standard_price=0.0) for n in ("Lid", "Pot")]
        parts[0].list_price, parts[1].list_price = 25.0, 75.0
        kit = self._create_product("Set")
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": 1})
                    for part in parts
                ],
            }
        )
        for part in parts:
            self._stock(part, 1)
        line = self._sell(1, 100.0, product=kit)
        parts[0].list_price = 9999.0
        parts[0].standard_price = 500.0
        back = self._component_back(line, parts[0])
        self.assertAmounts(back.credit_note_ids, 25)

    def test_what_components_cost_when_they_were_sold_counts(self):
        """Another cost that is entered later makes no component dearer."""
        first, second = self._sell_bikes(1), self._sell_bikes(1)
        known = self._component_back(first, self.wheel, 2).credit_note_ids
        left = second.move_ids.filtered(lambda move: move.product_id == self.wheel)
        manager = new_test_user(
            self.env, login="keeper", groups="stock.group_stock_manager"
        )
        values = [{"move_id": left.id, "value": 99999}]
        with self.assertRaisesRegex(UserError, "ask Accounting to value it"):
            self._rpc(manager, "product.value", "create", values)
        self.wheel.standard_price = 99999
        self.env["product.value"].create({"move_id": left.id, "value": 1})
        self.assertGreater(abs(left.value), 99999, "Odoo computes it anew")
        back = self._component_back(second, self.wheel, 2)
        self.assertAmounts(back.credit_note_ids, known.amount_untaxed)

    def test_nothing_is_delivered_yet(self):
        order = self._new_order(
            (self.bike, 2, {"price_unit": 300.0}), (self.wheel, 1, {"price_unit": 30.0})
        )
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [0, 0])
        self._deliver(order)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [2, 1])
        # one more is ordered, and all of it is called off again
        line = order.order_line[0]
        self._call(line, "write", {"product_uom_qty": 3})
        self.assertLine(line, 2, 0, 2)
        self._call(line, "write", {"product_uom_qty": 2})
        self.assertLine(line, 2, 0, 2)

    def test_kits_of_several_orders_are_counted_together(self):
        lines = self._sell_bikes(1) | self._sell_bikes(1)
        self._component_back(lines[0], self.wheel)
        moves = lines.move_ids.filtered(lambda m: m.state == "done")
        everything = dict.fromkeys(
            ("incoming_moves", "outgoing_moves"), lambda move: False
        )
        everything["incoming_moves"] = lambda move: move.location_dest_id._is_outgoing()
        kits = moves._compute_kit_quantities(self.bike, 2, self.bom, everything)
        self.assertEqual(kits, 2)

    def test_one_component_at_its_share_of_the_cost(self):
        line = self._sell_bikes()
        stock_value = self.wheel.total_value
        rma = self._component_back(line, self.wheel)
        self.assertAmounts(rma.credit_note_ids, 60)
        self.assertLine(line, 1.8, 1.8, 0, "invoiced")
        self.assertMoney(line, 0, 0)
        self.assertEqual(self._cogs(rma.credit_note_ids), -20)
        self.wheel.invalidate_recordset()
        self.assertEqual(self.wheel.total_value, stock_value + 20)
        self.assertIn("1 unit of Wheel", rma.credit_note_ids.invoice_line_ids[0].name)
        # the rest of that kit, then all of the other
        self.assertAmounts(self._component_back(line, self.wheel).credit_note_ids, 60)
        frame = self._component_back(line, self.frame)
        self.assertAmounts(frame.credit_note_ids, 180)
        self.assertEqual(self._cogs(frame.credit_note_ids), -60)
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertAmounts(self._return(line).credit_note_ids, 300)
        self.assertLine(line, 0, 0, 0)

    def test_cost_of_goods_by_component(self):
        """Of a lamp that cost 40, the shade of 10 comes back, then its base of 30."""
        for only_complete in (False, True):
            lamp, base, shade = self._create_lamp(only_complete)
            line = self._sell(1, 100, product=lamp)
            invoices = line.order_id.invoice_ids
            self.assertEqual(self._cogs(invoices), 40)
            first = self._component_back(line, shade).credit_note_ids
            second = self._component_back(line, base).credit_note_ids
            costs = (self._cogs(first), self._cogs(second))
            self.assertEqual(costs, (0, -40) if only_complete else (-10, -30))
            self.assertAmounts(first | second, *([100] if only_complete else [25, 75]))
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
            self.assertLine(line, 0, 0, 0)

    def _create_lamp(self, only_complete):
        lamp, base, shade = (
            self._create_product(name, categ_id=self.perpetual.id)
            for name in ("Lamp", "Base", "Shade")
        )
        self._buy(base, 5, 30.0)
        self._buy(shade, 5, 10.0)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": lamp.product_tmpl_id.id,
                "type": "phantom",
                "reverse_kit_credit": only_complete and "complete",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": 1})
                    for part in (base, shade)
                ],
            }
        )
        return lamp, base, shade

    def test_between_receipt_and_settlement_nothing_is_to_invoice(self):
        line = self._sell_bikes()
        rma = self._component_back(line, self.wheel, condition="C")
        self.assertEqual(rma.settlement_ids.state, "draft")
        self.assertLine(line, 1.8, 2, 0, "invoiced")
        with self.assertRaisesRegex(
            UserError, "nothing to invoice|Cannot create an invoice"
        ):
            line.order_id._create_invoices(final=True)
        self.assertAmounts(self._settle(rma.settlement_ids), 60)
        self.assertLine(line, 1.8, 1.8, 0, "invoiced")

    def test_a_kit_for_which_nothing_is_due_is_not_billed_back(self):
        line = self._sell_bikes()
        rma = self._component_back(line, self.wheel, condition="D")
        settled = rma.settlement_ids.line_ids
        self._as("service", settled).write(
            {"deduction": 60, "deduction_reason": "Bent"}
        )
        self._settle(rma.settlement_ids)
        self.assertTrue(settled.without_document)
        self.assertFalse(rma.credit_note_ids)
        self.assertLine(line, 1.8, 2, 0, "invoiced")

    def test_what_a_kit_held_is_not_set_by_hand(self):
        move = self._delivery(self._sell_bikes(), self.wheel)
        self.assertEqual(move.reverse_kit_need, 2)
        clerk = new_test_user(
            self.env, login="clerk", groups="stock.group_stock_manager"
        )
        moves = self.env["stock.move"].with_user(clerk)
        refused = "cannot be set by hand"
        with self.assertRaisesRegex(UserError, refused):
            moves.browse(move.id).reverse_kit_need = 1
        # in no transfer: what is added to a done one is refused whatever it says
        (data,) = moves.browse(move.id).copy_data({"picking_id": False})
        for changes, context in (
            ({"reverse_kit_need": 1}, {}),
            ({"bom_line_id": self.frame_part.id}, {}),
            ({"sale_line_id": False, "reverse_kit_need": 5}, {}),
            (
                {"reverse_kit_need": 0, "bom_line_id": False},
                {"default_reverse_kit_need": 9},
            ),
        ):
            vals = {**data, **changes}
            if context:
                del vals["reverse_kit_need"]
            with self.assertRaisesRegex(UserError, refused):
                moves.with_context(**context).create(vals)
        self.assertEqual(moves.create(dict(data)).reverse_kit_need, 2)
        # nor does another product become a component
        del data["reverse_kit_need"]
        data["product_id"] = self.product.id
        part_of = "as the component of a kit that it is"
        with self.assertRaisesRegex(UserError, part_of):
            moves.create(dict(data))
        other = moves.create({**data, "bom_line_id": False})
        with self.assertRaisesRegex(UserError, part_of):
            moves.browse(other.id).bom_line_id = self.wheel_part
        other.sudo().write({"quantity": 1, "picked": True})
        other.sudo()._action_done()
        rma = self._requested(other.sudo(False).with_env(self.env))
        self.assertEqual(rma.line_ids.decision_code, "other_product")
        with self.assertRaisesRegex(UserError, refused):
            self._as("service", move).reverse_kit_need = 1
        self.assertEqual(move.reverse_kit_need, 2)
        # nor one component another, whether it has left or not
        waiting = self._new_order((self.bike, 1, {})).order_line
        for line in (move.sale_line_id, waiting):
            wheel = self._delivery(line, self.wheel)
            for user in (clerk, self.users["service"]):
                for vals in ({"bom_line_id": self.frame_part.id}, {"bom_line_id": 0}):
                    with self.assertRaisesRegex(UserError, part_of):
                        self._rpc(user, "stock.move", "write", wheel.ids, vals)

    def test_order_policy(self):
        self.bike.invoice_policy = "order"
        line = self._sell_bikes()
        self._component_back(line, self.frame)
        self.assertLine(line, 1.4, 1.4, 0, "invoiced")
        self._component_back(line, self.wheel, 2)
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertMoney(line, 0, 0)

    def test_odd_shares_are_the_price_to_the_cent(self):
        """Three equal parts of 100.01: 33.34, 33.33 and 33.34 by any order."""
        parts = [self._create_product(f"Leg {n}") for n in range(3)]
        for part in parts:
            part.categ_id = self.perpetual
            self._buy(part, 5, 10.0)
        stool = self._create_product("Stool", categ_id=self.perpetual.id)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": stool.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": 1})
                    for part in parts
                ],
            }
        )
        line = self._sell(1, 100.01, product=stool)
        credits = [
            self._component_back(line, part).credit_note_ids.amount_untaxed
            for part in parts
        ]
        self.assertAlmostEqual(sum(credits), 100.01)
        self.assertTrue(all(33.32 < amount < 33.35 for amount in credits), credits)
        self.assertLine(line, 0, 0, 0)
        self.assertAlmostEqual(self._cogs(line.order_id.invoice_ids), 0)

    def test_table(self):
        self.bom.bom_line_ids = [
            Command.update(self.frame_part.id, {"reverse_share": 90}),
            Command.update(self.wheel_part.id, {"reverse_share": 10}),
        ]
        self.company.reverse_kit_credit = "table"
        line = self._sell_bikes(1)
        rma = self._component_back(line, self.wheel)
        self.assertAmounts(rma.credit_note_ids, 15)
        self.assertEqual(self._cogs(rma.credit_note_ids), -20)
        self.assertLine(line, 0.95, 0.95, 0, "invoiced")
        self.assertAmounts(self._component_back(line, self.frame).credit_note_ids, 270)
        self.assertAmounts(self._component_back(line, self.wheel).credit_note_ids, 15)
        self.assertLine(line, 0, 0, 0)

    def test_table_adds_up_to_the_kit(self):
        with self.assertRaisesRegex(ValidationError, "add up to 40 %"):
            self.bom.bom_line_ids = [
                Command.update(self.frame_part.id, {"reverse_share": 40})
            ]
        with self.assertRaisesRegex(ValidationError, "add up to 0 %"):
            self.bom.reverse_kit_credit = "table"
        self.assertFalse(self.bom.reverse_kit_credit)

    def test_complete_kits_only(self):
        self.bom.reverse_kit_credit = "complete"
        line = self._sell_bikes()
        wheels = self._component_back(line, self.wheel, 2)
        self.assertFalse(wheels.settlement_ids)
        self.assertEqual((wheels.line_ids.qty_denied, wheels.state), (2, "done"))
        self.assertLine(line, 2, 2, 0, "invoiced")
        frame = self._component_back(line, self.frame)
        self.assertAmounts(frame.credit_note_ids, 300)
        self.assertLine(line, 1, 1, 0, "invoiced")
        # the whole of the other one, at once
        rma = self._return(line)
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 0, 0, 0)

    def test_a_kit_does_not_stay_piece_by_piece(self):
        self._set_policy(returnless="below", returnless_value=200.0)
        rma = self._requested(self._sell_bikes(), 1)
        self.assertEqual(set(rma.line_ids.mapped("returnless")), {False})
        self.assertGreater(len(rma.line_ids), 1)

    def test_over_return_by_component(self):
        line = self.one_bike
        self._component_back(line, self.wheel)
        with self.assertRaisesRegex(UserError, "delivered 2 units of Wheel"):
            self._requested(self._delivery(line, self.wheel), 2)
        with self.assertRaisesRegex(
            UserError, "units? of Wheel can be returned; you entered 2"
        ):
            self._requested(line)
        rma = self._requested(line, product_id=self.frame.id)
        self.assertEqual(rma.line_ids.move_id, self._delivery(line, self.frame))
        with self.assertRaisesRegex(UserError, "does not match the product"):
            self._requested(line, product_id=self.product.id)

    def test_over_credit_by_hand(self):
        line = self.one_bike
        rma = self._component_back(line, self.wheel)
        self.assertAmounts(rma.credit_note_ids, 60)
        invoice = line.order_id.invoice_ids.filtered(
            lambda m: m.move_type == "out_invoice"
        )
        refund = invoice._reverse_moves([{}])
        with self.assertRaisesRegex(UserError, "would be credited, but only"):
            refund.action_post()
        self.assertEqual(refund.state, "draft")

    def test_reversed_and_settled_again(self):
        line = self.one_bike
        rma = self._component_back(line, self.frame)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertLine(line, 0.4, 1, 0)
        self._as("service", rma).action_propose_settlement()
        again = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertAmounts(self._settle(again), 180)
        self.assertLine(line, 0.4, 0.4, 0)

    def test_denied_component_goes_back(self):
        line = self.one_bike
        rma = self._received(self._delivery(line, self.wheel)).with_env(self.env)
        self.assertLine(line, 0.8, 1, 0)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self._validate(
            rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        )
        self.assertLine(line, 1, 1, 0, "invoiced")
        self.assertFalse(rma.credit_note_ids)

    def test_not_invoiced_yet(self):
        order = self._new_order((self.bike, 2, {"price_unit": 300.0}))
        self._deliver(order)
        line = order.order_line
        rma = self._component_back(line, self.wheel)
        self.assertLine(line, 1.8, 0, 1.8)
        self.assertFalse(rma.credit_note_ids)
        self._invoice(order)
        self.assertLine(line, 1.8, 1.8, 0)

    def test_product_alone_is_taken_from_the_newest_orders(self):
        older, newer = self._sell_bikes(1), self._sell_bikes(1)
        rma = self._requested(self.bike, 2)
        self.assertEqual(rma.line_ids.sale_line_id, older | newer)
        self.assertEqual(len(rma.line_ids), 4)
        self.assertEqual(rma.state, "authorized")
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 300, 300)

    def test_by_the_return_button(self):
        line = self.one_bike
        picking = line.move_ids.picking_id
        back = self._return_button(picking, 1, self._delivery(line, self.wheel))
        self._validate(back)
        rma = back.move_ids.reverse_rma_line_id.rma_id
        self.assertEqual(rma.line_ids.kit_id, self.bike)
        self.assertLine(line, 0.8, 1, 0)

    def test_wizard_offers_kits_and_components(self):
        line = self._sell_bikes(2)
        wizard = self._as("service", self.env["reverse.return.wizard"]).create(
            {"order_id": line.order_id.id}
        )
        rows = {
            (row.product_id, row.kit_id): (row.returnable, row.price_paid)
            for row in wizard.line_ids
        }
        nothing = self.bike.browse()
        self.assertEqual(rows[self.bike, nothing], (2, 300))
        self.assertEqual(rows[self.frame, self.bike], (2, 180))
        self.assertEqual(rows[self.wheel, self.bike], (4, 60))
        whole = wizard.line_ids.filtered("kit_line_id")
        whole.quantity = 3
        with self.assertRaisesRegex(UserError, "only 2 complete ones of"):
            wizard.action_create()
        whole.quantity = 1
        rma = self.env["reverse.rma"].browse(wizard.action_create()["res_id"])
        # shown by component before it is claimed
        self.assertEqual(rma.line_ids.product_id, self.frame | self.wheel)
        self.assertEqual(rma.state, "draft")
        self._as("service", rma).action_request()
        self.assertEqual(rma.state, "authorized")

    def _create_pair(self):
        """A kit of two pads that cost 5 each."""
        pad, pair = (
            self._create_product(name, categ_id=self.perpetual.id)
            for name in ("Pad", "Pair")
        )
        self._buy(pad, 20, 5.0)
        bom = self.env["mrp.bom"].create(
            {
                "product_tmpl_id": pair.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": pad.id, "product_qty": 2})
                ],
            }
        )
        return pair, pad, bom.bom_line_ids

    def test_the_bill_by_which_it_was_delivered(self):
        pair, pad, part = self._create_pair()
        line = self._sell(2, 100, product=pair)
        part.product_qty = 3
        for left in (1, 0):
            rma = self._requested(line)
            self.assertEqual(rma.line_ids.quantity, 2)
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertAmounts(rma.credit_note_ids, 100)
            self.assertEqual(self._cogs(rma.credit_note_ids), -10)
            self.assertLine(line, left, left, 0)
        self.env.invalidate_all()
        self.assertEqual(pad.total_value, 100)
        # what is sold from now on goes by the new bill
        line = self._sell(1, 100, product=pair)
        self.assertEqual(self._requested(line).line_ids.quantity, 3)

    def test_component_added_to_the_bill_since(self):
        pair, pad, part = self._create_pair()
        line = self._sell(2, 100, product=pair)
        part.bom_id.bom_line_ids = [
            Command.create({"product_id": self.wheel.id, "product_qty": 1})
        ]
        rma = self._return(line)
        self.assertEqual(rma.line_ids.product_id, pad)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 1, 1, 0, "invoiced")

    def test_what_became_of_the_bill_since(self):
        """A delivered kit stays one, all of it, whatever its bill says today."""
        changes = {
            "a line is taken off": lambda bom: bom.bom_line_ids[0].unlink(),
            "all lines are others": lambda bom: bom.write(
                {
                    "bom_line_ids": [
                        Command.clear(),
                        Command.create({"product_id": self.wheel.id, "product_qty": 7}),
                    ]
                }
            ),
            "it is made, no kit": lambda bom: bom.write({"type": "normal"}),
            "it is archived": lambda bom: bom.action_archive(),
            "it is deleted": lambda bom: (bom.action_archive(), bom.unlink()),
        }
        for name, change in changes.items():
            with self.subTest(name):
                pair, pad, part = self._create_pair()
                bom = part.bom_id
                bom.bom_line_ids = [
                    Command.create({"product_id": self.frame.id, "product_qty": 1})
                ]
                line = self._sell(3, 100, product=pair)
                # one comes back before, one is on its way
                self._return(line)
                early = self._requested(line)
                change(bom)
                self._receive(early)
                self._inspect(early.inspection_ids)
                self.assertAmounts(early.credit_note_ids, 100)
                self.assertLine(line, 1, 1, 0, "invoiced")
                late = self._requested(line)
                rows = {row.product_id: row.quantity for row in late.line_ids}
                self.assertEqual(rows, {pad: 2, self.frame: 1})
                self.assertEqual(late.line_ids.kit_id, pair)
                self._receive(late)
                self._inspect(late.inspection_ids)
                self.assertAmounts(late.credit_note_ids, 100)
                self.assertEqual(self._cogs(late.credit_note_ids), -70)
                self.assertLine(line, 0, 0, 0)
                self.assertEqual(late._check_quantities(), {})
                with self.assertRaisesRegex(UserError, "only 0 .* can be returned"):
                    self._requested(line)

    def test_order_changed_after_a_return(self):
        line = self._sell_bikes(4)
        self._return(line)
        moves = line.order_id.picking_ids.move_ids
        line.product_uom_qty = 3
        self.assertEqual(line.order_id.picking_ids.move_ids, moves)
        self.assertLine(line, 3, 3, 0, "invoiced")
        # a part of a kit is missing, and no whole one
        self._component_back(line, self.wheel)
        moves = line.order_id.picking_ids.move_ids
        line.product_uom_qty = 4
        more = line.order_id.picking_ids.move_ids - moves
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in more},
            {self.frame: 1, self.wheel: 2},
        )

    def test_order_in_dozens_changed_after_a_return(self):
        """Whole kits are counted in pieces: a quarter of a dozen is three of them."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._new_order((self.bike, 1, {"product_uom_id": dozen.id}))
        self._deliver(order)
        line = order.order_line
        for product, quantity in ((self.frame, 3), (self.wheel, 6)):
            self._component_back(line, product, quantity)
        self.assertEqual(line.qty_delivered, 0.75)
        moves = order.picking_ids.move_ids
        line.product_uom_qty = 0.75
        self.assertEqual(order.picking_ids.move_ids, moves)
        line.product_uom_qty = 1
        more = order.picking_ids.move_ids - moves
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in more},
            {self.frame: 3, self.wheel: 6},
        )

    def test_delivered_in_two_steps_and_all_of_it_back(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._new_order((self.bike, 2, {}))
        line = order.order_line
        while open_ones := order.picking_ids.filtered(lambda p: p.state != "done"):
            self._validate(open_ones)
        self.assertEqual(line.qty_delivered, 2)
        shipping = line._get_reverse_kit_moves().picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=shipping.id)
            .create({"picking_id": shipping.id})
        )
        back = wizard.action_create_returns_all()["res_id"]
        self._validate(self.env["stock.picking"].browse(back))
        self.assertEqual(line.qty_delivered, 0)
        moves = order.picking_ids.move_ids
        line.product_uom_qty = 0
        self.assertEqual(order.picking_ids.move_ids, moves)

    def _exchange(self, line, product, quantity=1):
        """Use Odoo's own button; give what comes back."""
        delivery = self._delivery(line, product)[:1]
        before = line.order_id.picking_ids
        wizard = (
            self.env["stock.return.picking"]
            .with_context(
                active_model="stock.picking", active_id=delivery.picking_id.id
            )
            .create({"picking_id": delivery.picking_id.id})
        )
        chosen = wizard.product_return_moves.filtered(lambda r: r.move_id == delivery)
        chosen.quantity = quantity
        return before.browse(wizard.action_create_exchanges()["res_id"])

    def test_exchanged_component_counts_again(self):
        line = self._sell_bikes(2)
        back = self._exchange(line, self.wheel)
        self._validate(back)
        self.assertEqual(line.qty_delivered, 1.8)
        rma = back.reverse_rma_id
        self._as("approver", rma).action_authorize()
        self._inspect(rma.inspection_ids)
        self._validate(rma.settlement_ids.replacement_move_ids.picking_id)
        self.assertEqual(line.qty_delivered, 2)
        moves = line.order_id.picking_ids.move_ids
        line.product_uom_qty = 3
        more = line.order_id.picking_ids.move_ids - moves
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in more},
            {self.frame: 1, self.wheel: 2},
        )

    def test_component_back_before_its_kit_is_complete(self):
        order = self._new_order((self.bike, 1, {}))
        line = order.order_line
        delivery = order.picking_ids
        delivery.move_ids.filtered(lambda m: m.product_id == self.wheel).quantity = 0
        delivery.move_ids.picked = True
        delivery.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=[]
        ).button_validate()
        self._component_back(line, self.frame)
        self.assertEqual(line.qty_delivered, 0)
        self._validate(order.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertEqual(line.qty_delivered, 0.4)

    def test_forms(self):
        with Form(self.bom) as form:
            form.reverse_kit_credit = "complete"
        self.assertEqual(self.bom.reverse_kit_credit, "complete")
        line = self._sell_bikes(1)
        rma = self._requested(line)
        self.assertEqual(Form(rma).settlement_type, "refund")


@tagged("post_install", "-at_install")
class TestKitWithdrawal(KitsCase, WithdrawalCase):
    def test_withdrawal_from_delivered_kits(self):
        line = self._sell_bikes()
        rma = self._withdrawn(line.order_id)
        self.assertEqual(
            (rma.line_ids.product_id, rma.line_ids.quantity), (self.bike, 2)
        )
        self._as("service", rma).action_request()
        rows = [(r.product_id, r.quantity) for r in rma.line_ids]
        self.assertEqual(rows, [(self.frame, 2), (self.wheel, 4)])
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(line._get_reverse_withdrawable(), 0)

    def test_withdrawal_from_kits_of_which_some_were_not_delivered(self):
        self.bike.invoice_policy = "order"
        order = self._new_order((self.bike, 3, {"price_unit": 300.0}))
        line = order.order_line
        self._invoice(order)
        frames, wheels = (self._delivery(line, p) for p in (self.frame, self.wheel))
        frames.quantity, wheels.quantity = 1, 2
        (frames | wheels).picked = True
        self._deliver_part(frames.picking_id)
        self.assertLine(line, 1, 3, 0, "invoiced")
        rma = self._withdrawn(order)
        self.assertEqual(
            (rma.line_ids.product_id, rma.line_ids.quantity), (self.bike, 3)
        )
        rma.line_ids.quantity = 1
        self._as("service", rma).action_request()
        self.assertTrue(rma.line_ids.undelivered)
        self.assertEqual(rma.state, "done")
        self.assertAmounts(rma.credit_note_ids, 300)
        waiting = line.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        self.assertEqual(
            {move.product_id: move.product_qty for move in waiting},
            {self.frame: 1, self.wheel: 2},
        )
        self.assertLine(line, 1, 2, 0, "invoiced")
        rma = self._withdrawn(order)
        self.assertEqual(rma.line_ids.quantity, 2)
        self._as("service", rma).action_request()
        self.assertAmounts(rma.credit_note_ids, 300)
        rows = [(r.product_id, r.quantity, r.undelivered) for r in rma.line_ids]
        self.assertCountEqual(
            rows,
            [(self.bike, 1, True), (self.frame, 1, False), (self.wheel, 2, False)],
        )
        self.assertEqual(line.product_uom_qty, 1)
        self.assertFalse(
            line.move_ids.filtered(
                lambda m: (
                    m.state not in ("done", "cancel") and not m.reverse_rma_line_id
                )
            )
        )

    def _withdrawn(self, order):
        action = self._as("service", order).action_reverse_withdraw()
        return self.env["reverse.rma"].browse(action["res_id"])

    def _deliver_part(self, picking):
        wizard = picking.button_validate()
        self.env[wizard["res_model"]].with_context(**wizard["context"]).create(
            {}
        ).process()
