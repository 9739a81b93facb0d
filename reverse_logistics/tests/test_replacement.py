"""A replacement goes out for what came back; the customer gets one credit at most."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


class ReplacementCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordered_product = cls._create_product(
            "Lamp", invoice_policy="order", categ_id=cls.perpetual.id
        )
        cls._buy(cls.ordered_product, 100, 40.0)
        cls.serial_product.categ_id = cls.perpetual
        cls.first, cls.second, cls.third = cls._create_lots(
            cls.serial_product, "S1", "S2", "S3"
        )
        for lot in (cls.first, cls.second, cls.third):
            cls._buy(cls.serial_product, 1, 40.0, lot)

    def _replace(self, source, quantity=1, **values):
        """Return goods for a replacement, up to the delivery that policy releases."""
        return self._return(
            source, quantity, rma={"settlement_type": "replacement"}, **values
        )

    def _replacement(self, rma):
        return rma.settlement_ids.replacement_move_ids

    def _send(self, rma, lot=None):
        """Send the replacement, of serial products the given one."""
        picking = (
            self._replacement(rma).filtered(lambda m: m.state != "done").picking_id
        )
        if lot:
            picking.move_ids.move_line_ids.lot_id = lot
        self._validate(picking)
        return picking.move_ids

    def _sell_serial(self, lot):
        order = self._new_order((self.serial_product, 1, {"price_unit": 100}))
        picking = order.picking_ids
        picking.move_ids.move_line_ids.lot_id = lot
        self._validate(picking)
        self._invoice(order)
        return order.order_line

    def assertChecked(self, rma):
        """The stored quantities are those of the documents."""
        self.assertEqual(rma._check_quantities(), {})


@tagged("post_install", "-at_install")
class TestReplacement(ReplacementCommon):
    # ------------------------------------------------------------------
    # The state table
    # ------------------------------------------------------------------
    def test_replacement_is_delivered_and_never_invoiced(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            value = product.total_value
            rma = self._receive_line(line, rma={"settlement_type": "replacement"})
            self.assertLine(line, 2, 3, 0, "invoiced")
            self._inspect(rma.inspection_ids)
            self.assertEqual(rma.settlement_ids.type, "replacement")
            self.assertEqual(rma.settlement_ids.state, "released")
            self.assertLine(line, 2, 3, 0, "invoiced")
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self._send(rma)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            self.assertFalse(rma.credit_note_ids)
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 120)
            self.assertAlmostEqual(product.total_value, value)
            self.assertChecked(rma)

    def test_return_waits_for_the_replacement_to_leave(self):
        line = self._sell(3)
        rma = self._replace(line, 2)
        self.assertEqual((rma.state, rma.stage), ("authorized", "put_away"))
        move = self._replacement(rma)
        self.assertEqual((move.product_uom_qty, move.state), (2, "assigned"))
        self.assertEqual(move.sale_line_id, line)
        self.assertIn(move.picking_id, rma.picking_ids)
        self.assertIn(move.picking_id, line.order_id.picking_ids)
        self._validate(move.picking_id, 1)
        self.assertEqual((rma.stage, rma.line_ids.qty_settled), ("put_away", 1))
        self.assertLine(line, 2, 3, 0, "invoiced")
        self._send(rma)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma.line_ids.qty_replaced, 2)
        self.assertChecked(rma)
        self.assertEqual(
            self._events(rma).mapped("name")[-4:],
            [
                "ReplacementReleased",
                "ReplacementSent",
                "ReplacementSent",
                "ReturnClosed",
            ],
        )

    def test_not_invoiced_yet(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        rma = self._replace(order.order_line)
        self.assertLine(order.order_line, 2, 0, 2)
        self._send(rma)
        self.assertLine(order.order_line, 3, 0, 3, "to invoice")
        self.assertAmounts(self._invoice(order), 300)

    def test_one_replaced_one_credited(self):
        line = self._sell(3)
        replaced = self._replace(line)
        self._send(replaced)
        credited = self._return(line)
        self.assertAmounts(credited.credit_note_ids, 100)
        self.assertLine(line, 2, 2, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)

    def test_credit_beside_a_replacement_that_has_not_left(self):
        line = self._sell(3)
        replaced = self._replace(line)
        credited = self._return(line)
        self.assertAmounts(credited.credit_note_ids, 100)
        self.assertLine(line, 1, 2, 0)
        self._send(replaced)
        self.assertLine(line, 2, 2, 0, "invoiced")

    def test_missing_stock_is_waited_for(self):
        product = self._create_product("Rare", categ_id=self.perpetual.id)
        self._buy(product, 1, 40.0)
        line = self._sell(1, product=product)
        rma = self._replace(line, condition="C")
        self._settle(rma.settlement_ids)
        move = self._replacement(rma)
        self.assertEqual((move.state, rma.stage), ("confirmed", "put_away"))
        self._buy(product, 1, 40.0)
        move.picking_id.action_assign()
        self._send(rma)
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 1, 1, 0)

    def test_more_is_ordered_later(self):
        """Odoo sends the difference only: it knows what the replacement delivered."""
        line = self._sell(3)
        self._send(self._replace(line))
        line.product_uom_qty = 5
        picking = line.order_id.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(picking.move_ids.mapped("product_uom_qty"), [2])
        self._validate(picking)
        self.assertLine(line, 5, 3, 2, "to invoice")

    def test_a_person_decides_about_used_goods(self):
        line = self._sell(3)
        rma = self._replace(line, condition="C")
        settlement = rma.settlement_ids
        self.assertEqual((settlement.state, settlement.type), ("draft", "replacement"))
        self.assertEqual(settlement.display_name, f"{rma.name}: replacement")
        self.assertFalse(self._replacement(rma))
        self._settle(settlement)
        self.assertEqual(settlement.released_by_id, self.users["releaser"])
        self._send(rma)
        self.assertLine(line, 3, 3, 0)

    def test_denied_and_sent_back_is_not_replaced(self):
        line = self._sell(3)
        rma = self._receive_line(line, rma={"settlement_type": "replacement"})
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self.assertFalse(rma.settlement_ids)
        self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_kept_and_replaced(self):
        """What the customer keeps stays delivered; the replacement is not counted."""
        line = self._sell(3)
        rma = self._requested(line, rma={"settlement_type": "replacement"})
        self._kept(rma)
        self._settle(rma.settlement_ids)
        move = self._send(rma)
        self.assertFalse(move.to_refund)
        self.assertLine(line, 3, 3, 0, "invoiced")
        delivery = rma.line_ids.move_id
        self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
        self.assertChecked(rma)

    # ------------------------------------------------------------------
    # In advance
    # ------------------------------------------------------------------
    def _advance(self, line, quantity=1):
        rma = self._requested(line, quantity, rma={"settlement_type": "replacement"})
        self._as("service", rma).action_replace_in_advance()
        self._settle(rma.settlement_ids)
        return rma

    def test_replaced_in_advance(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._advance(line)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self._send(rma)
            self.assertLine(line, 4, 3, 0, "invoiced")
            self.assertMoney(line, 0, 0)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)
            delivery = rma.line_ids.move_id
            self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
            self.assertEqual((rma.state, rma.stage), ("authorized", "authorized"))
            self._receive(rma)
            self._inspect(rma.inspection_ids)
            self.assertLine(line, 3, 3, 0, "invoiced")
            self.assertEqual(len(rma.settlement_ids), 1)
            self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 1))
            self.assertEqual(delivery._get_returnable()[delivery.id, False], 3)
            self.assertChecked(rma)

    def test_sent_in_advance_and_sent_back_is_invoiced(self):
        for product in self.product, self.ordered_product:
            line = self._sell(3, product=product)
            rma = self._advance(line)
            self._send(rma)
            self._receive(rma)
            self._inspect(rma.inspection_ids, "D", "CUSTOMER")
            self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
            self.assertLine(line, 4, 3, 1, "to invoice")

    def test_what_never_comes_back_is_invoiced(self):
        line = self._sell(3)
        rma = self._advance(line)
        self._send(rma)
        rma.line_ids._add({rma.line_ids: {"closed_short": 1.0}})
        self.assertLine(line, 4, 3, 1, "to invoice")
        self.assertAmounts(self._invoice(line.order_id), 100)

    def test_no_advance_after_receipt(self):
        line = self._sell(3)
        rma = self._receive_line(line, rma={"settlement_type": "replacement"})
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", rma).action_replace_in_advance()
        refund = self._requested(self._sell(3))
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", refund).action_replace_in_advance()

    def test_one_advance_only(self):
        line = self._sell(3)
        rma = self._requested(line, rma={"settlement_type": "replacement"})
        self._as("service", rma).action_replace_in_advance()
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            self._as("service", rma).action_replace_in_advance()
        self.assertFalse(rma.can_replace_in_advance)

    def test_return_replaced_in_advance_is_not_cancelled(self):
        rma = self._advance(self._sell(3))
        with self.assertRaisesRegex(UserError, "is being replaced already: reverse"):
            self._as("service", rma).action_cancel()
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual(self._replacement(rma).state, "cancel")
        self._as("service", rma).action_cancel()
        self.assertEqual(rma.state, "cancelled")

    # ------------------------------------------------------------------
    # Chains
    # ------------------------------------------------------------------
    def test_replacement_comes_back_and_is_credited_once(self):
        for product in self.product, self.ordered_product:
            line = self._sell(1, product=product)
            delivery = line.move_ids
            first = self._replace(line)
            self._send(first)
            second = self._return(line)
            self.assertEqual(second.line_ids.move_id, delivery)
            self.assertAmounts(second.credit_note_ids, 100)
            self.assertLine(line, 0, 0, 0)
            self.assertEqual(self._cogs(line.order_id.invoice_ids), 0)
            self.assertFalse(first.credit_note_ids)
            with self.assertRaisesRegex(UserError, "only 0 can"):
                self._requested(line)
            with self.assertRaisesRegex(UserError, NOTHING):
                line.order_id._create_invoices(final=True)

    def test_between_receipt_and_credit_of_a_replacement(self):
        line = self._sell(1)
        self._send(self._replace(line))
        rma = self._return(line, condition="C")
        self.assertLine(line, 0, 1, 0, "invoiced")
        with self.assertRaisesRegex(UserError, NOTHING):
            line.order_id._create_invoices(final=True)
        self.assertAmounts(self._settle(rma.settlement_ids), 100)
        self.assertLine(line, 0, 0, 0)

    def test_chain_of_serials(self):
        """S1 is replaced by S2, that one by S3, which is credited."""
        line = self._sell_serial(self.first)
        delivery = line.move_ids
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        self.assertLine(line, 1, 1, 0)
        with self.assertRaisesRegex(UserError, "only 0 can"):
            self._requested(line, lot_id=self.first.id)
        second = self._replace(line, lot_id=self.second.id)
        self.assertEqual(second.line_ids.move_id, delivery)
        self.assertEqual(second.inspection_ids.lot_id, self.second)
        self._send(second, self.third)
        third = self._return(line, lot_id=self.third.id)
        self.assertAmounts(third.credit_note_ids, 100)
        self.assertLine(line, 0, 0, 0)
        free = delivery._get_returnable(by_lot=True)
        self.assertEqual(set(free.values()), {0.0})
        self.assertChecked(self.env["reverse.rma"].concat(second, third))

    def test_a_serial_that_never_left_is_refused(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        rma = self._requested(line, lot_id=self.second.id)
        picking = rma.picking_ids
        picking.move_ids.move_line_ids.lot_id = self.third
        with self.assertRaisesRegex(UserError, "S3 of Scanner was not part of"):
            self._receive(rma)
        self.assertEqual(picking.state, "assigned")

    def test_a_serial_sold_again_may_return_again(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.second)
        again = self._sell_serial(self.first)
        rma = self._return(again, lot_id=self.first.id)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(again, 0, 0, 0)
        self.assertLine(line, 1, 1, 0)
        rma = self._return(line, lot_id=self.second.id)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_the_same_serial_as_its_own_replacement(self):
        line = self._sell_serial(self.first)
        self._send(self._replace(line, lot_id=self.first.id), self.first)
        rma = self._return(line, lot_id=self.first.id)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 0, 0, 0)

    def test_window_starts_with_the_first_delivery(self):
        line = self._sell(1)
        delivery = line.move_ids
        self._send(self._replace(line))
        delivery.date = fields.Datetime.now() - timedelta(days=40)
        rma = self._requested(line)
        self.assertEqual((rma.state, rma.line_ids.decision_code), ("requested", "late"))
        self.assertIn("Delivered 40 days ago", rma.line_ids.explanation)

    def test_price_of_the_first_invoice(self):
        line = self._sell(1, price=80.0)
        self._send(self._replace(line))
        self.product.list_price = 300
        self.assertAmounts(self._return(line).credit_note_ids, 80)

    def test_the_replacement_itself_is_no_source(self):
        line = self._sell(1)
        move = self._send(self._replace(line))
        with self.assertRaisesRegex(UserError, "went out before with"):
            self._requested(move)
        picking = self._return_button(move.picking_id, 1)
        self._validate(picking)
        adopted = picking.reverse_rma_id
        self.assertEqual(adopted.line_ids.move_id, line.move_ids.sorted("id")[0])
        with self.assertRaisesRegex(UserError, "only 0 can"):
            self._requested(line)

    # ------------------------------------------------------------------
    # Corrections
    # ------------------------------------------------------------------
    def test_reversed_before_it_left(self):
        line = self._sell(3)
        rma = self._replace(line)
        settlement = rma.settlement_ids
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(settlement.state, "reversed")
        self.assertEqual(self._replacement(rma).state, "cancel")
        self.assertTrue(rma.has_unsettled_goods)
        self._as("service", rma).action_propose_settlement()
        self._settle(rma.settlement_ids - settlement)
        self._send(rma)
        self.assertLine(line, 3, 3, 0)
        self.assertEqual(rma.state, "done")

    def test_not_reversed_once_it_left(self):
        rma = self._replace(self._sell(3))
        self._send(rma)
        with self.assertRaisesRegex(UserError, "has left with .* return of its own"):
            self._as("releaser", rma.settlement_ids).action_reverse()
        with self.assertRaisesRegex(UserError, "has left with .* return of its own"):
            self._as("service", rma.settlement_ids).action_refund_instead()
        with self.assertRaisesRegex(AccessError, "role “Credit Releaser”|for the role"):
            self._as("service", rma.settlement_ids).action_reverse()
        self.assertEqual(rma.settlement_ids.state, "released")

    def test_refunded_instead(self):
        line = self._sell(3)
        rma = self._replace(line)
        replacement = rma.settlement_ids
        self._as("service", replacement).action_refund_instead()
        refund = rma.settlement_ids - replacement
        self.assertEqual((replacement.state, refund.type), ("reversed", "refund"))
        self.assertAmounts(self._settle(refund), 100)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self.assertEqual(rma.state, "done")

    def test_delivered_again_after_the_warehouse_cancelled(self):
        line = self._sell(3)
        rma = self._replace(line, 2)
        settlement = rma.settlement_ids
        self._validate(self._replacement(rma).picking_id, 1)
        self._replacement(rma).filtered(lambda m: m.state != "done")._action_cancel()
        self.assertTrue(settlement.replacement_missing)
        self._as("service", settlement).action_deliver_again()
        with self.assertRaisesRegex(UserError, "is without a delivery"):
            self._as("service", settlement).action_deliver_again()
        self._validate(
            self._replacement(rma).filtered(lambda m: m.state == "assigned").picking_id
        )
        self.assertEqual((rma.state, rma.line_ids.qty_replaced), ("done", 2))
        self.assertLine(line, 3, 3, 0)

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------
    def test_no_more_than_was_released_is_sent(self):
        rma = self._replace(self._sell(3))
        move = self._replacement(rma)
        with self.assertRaisesRegex(UserError, "replaces 1 Units of Kettle"):
            move.product_uom_qty = 2
        with self.assertRaisesRegex(UserError, "replaces 1 Units of Kettle"):
            self._validate(move.picking_id, 2)
        self._send(rma)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            move.move_line_ids.quantity = 2
        self.assertEqual(move.quantity, 1)

    def test_links_are_the_systems(self):
        line = self._sell(3)
        rma = self._replace(line)
        move = self._replacement(rma)
        self.users["receiver"].group_ids += self.env.ref("stock.group_stock_user")
        values = {
            "product_id": self.ordered_product.id,
            "product_uom_qty": 1,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "reverse_settlement_line_id": move.reverse_settlement_line_id.id,
        }
        user = self.users["receiver"]
        with self.assertRaisesRegex(UserError, "Another product or more of it"):
            self._rpc(user, "stock.move", "create", [values])
        values["product_id"] = move.product_id.id
        with self.assertRaisesRegex(UserError, "Another product or more of it"):
            self._rpc(user, "stock.move", "create", [values])
        with self.assertRaisesRegex(UserError, "sent by its settlement only"):
            self._rpc(
                user,
                "stock.move",
                "write",
                line.move_ids[:1].ids,
                {"reverse_settlement_line_id": move.reverse_settlement_line_id.id},
            )
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._rpc(
                self.users["service"],
                "reverse.settlement",
                "write",
                rma.settlement_ids.ids,
                {"type": "refund"},
            )
