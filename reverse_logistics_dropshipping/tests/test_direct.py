from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics.models.request.sources import Delivery, Source

from ..models.sources import ToSupplier
from .common import DropshipCase


@tagged("post_install", "-at_install")
class TestDirect(DropshipCase):
    """Customer → supplier: our stock is never touched."""

    def test_straight_to_the_supplier(self):
        line = self._dropship(5)
        self.assertEqual(self._balance(self.expense_account), 150)
        rma = self._direct(line, 2)
        move = rma.picking_ids.move_ids
        self.assertEqual(
            (move.location_id.usage, move.location_dest_id.usage),
            ("customer", "supplier"),
        )
        self.assertEqual(rma.picking_ids.partner_id, self.supplier)
        with self.assertRaisesRegex(UserError, "Nothing is expected for"):
            self._as("receiver", rma).action_receive()
        part = self._send(rma)
        self.assertLine(line, 3, 5, 0)
        self.assertPurchase(line, 3)
        self.assertTrue(part.not_inspected)
        self.assertEqual(part.disposition_id, self.direct)
        self._as("inspector", part).action_complete()
        # nobody here has seen the goods, so a person decides on the credit
        self.assertEqual(rma.stage, "put_away")
        self.assertFalse(rma.credit_note_ids)
        credit = self._settle(rma.settlement_ids)
        self.assertAmounts(credit, 200.0)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertLine(line, 3, 3, 0)
        # neither stock nor cost of goods: the supplier's refund corrects the expense
        self.assertEqual(self._cogs(credit), 0)
        self.assertEqual(self._value(), 0)
        self.assertEqual(self._balance(self.stock_account), 0)
        self.assertEqual(self._balance(self.expense_account), 150)
        quants = self.env["stock.quant"].search([("product_id", "=", self.lamp.id)])
        inside = quants.filtered(lambda q: q.location_id.usage == "internal")
        self.assertFalse(inside)
        names = self._events(rma).mapped("name")
        self.assertIn("ReturnSentToSupplier", names)
        self.assertNotIn("ReturnReceived", names)
        self.assertFalse(rma._check_quantities())

    def test_it_comes_to_us_instead(self):
        """As long as nothing was announced, customer service may have it come here."""
        self.env["reverse.approval.rule"].create(
            {"name": "All", "gate": "authorization"}
        )
        rma = self._requested(self._dropship(5), 2, return_to="supplier")
        self.assertEqual(rma.state, "requested")
        self._as("service", rma)._bring_here(self.facility)
        self.assertEqual(
            (rma.line_ids.return_to, rma.facility_id), ("facility", self.facility)
        )
        self.assertTrue(rma.line_ids._get_source().comes_here)

    def test_no_facility_has_to_take_it(self):
        self.facility.write({"switched_off": True, "off_reason": "outage"})
        rma = self._direct(self._dropship(5), 2)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.exception_ids)
        self.assertEqual(rma.line_ids.expected_minutes, 0)

    def test_sent_without_a_role_in_returns(self):
        """Whoever validates the transfer does Odoo's work."""
        line = self._dropship(5)
        rma = self._direct(line, 2)
        user = new_test_user(
            self.env, login="warehouseman", groups="stock.group_stock_user"
        )
        self.assertFalse(self.env["reverse.rma"].with_user(user).has_access("read"))
        self._validate(rma.picking_ids.with_user(user))
        self.assertEqual(rma.picking_ids.state, "done")
        part = rma.inspection_ids
        self.assertEqual((part.quantity, part.disposition_id), (2, self.direct))
        self.assertIn("ReturnSentToSupplier", self._events(rma).mapped("name"))
        self.assertLine(line, 3, 5, 0)

    def test_supplier_gets_a_part_of_it_now(self):
        line = self._dropship(5)
        rma = self._direct(line, 3)
        part = self._send(rma, 1)
        self.assertEqual(part.quantity, 1)
        self._as("inspector", part).action_complete()
        self.assertEqual(rma.line_ids.qty_kept, 1)
        rest = rma.picking_ids.move_ids.filtered(lambda m: m.state != "done")
        self.assertEqual(rest.reverse_supplier_line_id, rma.line_ids)
        part = self._send(rma)
        self.assertEqual(part.quantity, 2)
        self._as("inspector", part).action_complete()
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertEqual(rma.state, "done")
        self.assertLine(line, 2, 2, 0)
        self.assertPurchase(line, 2)

    def test_both_ways_count_against_the_dropship(self):
        line = self._dropship(5)
        self._direct(line, 2)
        self._requested(line, 2)
        with self.assertRaisesRegex(UserError, "only 1 unit .* can be returned"):
            self._direct(line, 2)
        # by Odoo's own button, straight to the supplier
        dropship = line.move_ids.filtered("is_dropship")
        self.dropship_type.return_picking_type_id = self.dropship_type
        picking = self._return_button(dropship.picking_id, 1, dropship)
        self.assertEqual(picking.move_ids.location_dest_id.usage, "supplier")
        picking.action_confirm()
        with self.assertRaisesRegex(UserError, r"6 units would come back"):
            self._return_button(dropship.picking_id, 1, dropship).action_confirm()
        with self.assertRaisesRegex(UserError, r"6 units would come back"):
            picking.move_ids.product_uom_qty = 2
        self.assertEqual(dropship._get_returnable()[dropship.id, False], 0)

    def test_what_goes_past_us_is_a_layer_over_its_delivery(self):
        rma = self._direct(self._dropship(5), 2)
        line = rma.line_ids
        self.assertEqual(
            [(type(source), lines) for source, lines in line._by_source()],
            [(Delivery, line), (ToSupplier, line)],
        )
        source = line._get_source()
        self.assertFalse(source.comes_here)
        self.assertEqual(source.get_passed_on(line), 2)
        self.assertEqual(line._get_unannounced_quantity(), 0)
        self.assertFalse(line._is_coming())
        said = {name for name in vars(ToSupplier) if not name.startswith("_")}
        self.assertLessEqual(said, set(vars(Source)))

    def test_sent_with_odoos_button(self):
        """What no return knows of becomes one, for a person; the order pays nothing."""
        line = self._dropship(5)
        dropship = line.move_ids.filtered("is_dropship")
        self.dropship_type.return_picking_type_id = self.dropship_type
        user = new_test_user(
            self.env, login="warehouseman", groups="stock.group_stock_user"
        )
        sent = self._return_button(dropship.picking_id, 3, dropship).with_user(user)
        self._validate(sent)
        rma = sent.sudo().reverse_rma_id.with_env(self.env)
        self.assertEqual(
            (rma.state, rma.partner_id, self._open_exceptions(rma)),
            ("requested", self.customer, ["no_authorization"]),
        )
        part = self._as("inspector", rma.inspection_ids)
        self.assertEqual((part.quantity, part.disposition_id), (3, self.direct))
        self.assertEqual(dropship._get_returnable()[dropship.id, False], 2)
        # the return decides about the credit, not the order
        self.assertLine(line, 2, 5, 0)
        lost = self._as("approver", rma.exception_ids).action_send_back
        for end in (lost, lambda: self._as("approver", rma).action_reject("No")):
            with self.assertRaisesRegex(UserError, "does not get them back: auth"):
                end()
        with self.assertRaisesRegex(UserError, "is not authorized: an approver"):
            part.action_complete()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.picking_ids, sent.with_env(self.env))
        part.action_complete()
        self._settle(rma.settlement_ids)
        self.assertEqual(rma.state, "done")
        self.assertAmounts(rma.credit_note_ids, 300)
        self.assertLine(line, 2, 2, 0)

    def test_company_without_a_facility(self):
        line = self._dropship(5)
        dropship = line.move_ids.filtered("is_dropship")
        self.facility.location_ids.sudo().reverse_facility_id = False
        self.facility.unlink()
        # what goes past us needs none
        self.dropship_type.return_picking_type_id = self.dropship_type
        sent = self._return_button(dropship.picking_id, 1, dropship)
        self._validate(sent)
        self.assertEqual(sent.reverse_rma_id.state, "requested")
        # what would come here does
        rma = self._requested(line, 2)
        self.assertEqual(self._open_exceptions(rma), ["no_facility"])
        way = "has no facility: create a warehouse in Inventory"
        self.assertIn(way, rma.exception_ids.explanation)
        with self.assertRaisesRegex(UserError, way):
            self._as("approver", rma).action_authorize()
        move = self.env["stock.move"].new(
            {"product_id": self.lamp.id, "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "has no returns facility, so nobody"):
            move._get_reverse_inspection_location()

    def test_company_that_refuses_unauthorized_returns(self):
        line = self._dropship(5)
        self.company.reverse_unauthorized = "refuse"
        dropship = line.move_ids.filtered("is_dropship")
        self.dropship_type.return_picking_type_id = self.dropship_type
        with self.assertRaisesRegex(UserError, "takes goods back only with a return"):
            self._return_button(dropship.picking_id, 1, dropship).action_confirm()
        rma = self._direct(line, 1)
        self.assertEqual(self._send(rma).quantity, 1)

    def test_only_drop_shipped_goods_go_to_the_supplier(self):
        line = self._sell(3)
        rma = self._draft(line, 1, return_to="supplier")
        with self.assertRaisesRegex(UserError, "left from our stock with .*Choose"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    def test_disposition_says_what_happened(self):
        line = self._dropship(5)
        rma = self._direct(line, 1)
        kept = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 1,
                "disposition_id": self.direct.id,
            }
        )
        with self.assertRaisesRegex(UserError, "whose transfer to the supplier is"):
            kept.action_complete()
        rma = self._direct(line, 2)
        part = self._as("inspector", self._send(rma))
        part.disposition_id = self.dispositions["KEEP"]
        with self.assertRaisesRegex(UserError, "went to the supplier with .*: choose"):
            part.action_complete()
        with self.assertRaisesRegex(UserError, "went to the supplier as a whole"):
            part.quantity = 1
        self.assertEqual(part.state, "draft")
        # what is there stays there when it is corrected
        part.disposition_id = self.direct
        self._call(part, "action_complete")
        self._call(part, "action_correct")
        again = rma.inspection_ids.filtered(lambda one: one.state == "draft")
        self.assertEqual(again.supplier_move_id, part.supplier_move_id)
        self._call(self._as("inspector", again), "action_complete")
        self.assertEqual((again.state, again.disposition_id), ("done", self.direct))

    def test_cancel_and_keep(self):
        line = self._dropship(5)
        rma = self._direct(line, 2)
        self._as("service", rma).action_cancel()
        self.assertEqual(rma.picking_ids.state, "cancel")
        rma = self._direct(line, 3)
        # one stays with the customer after all
        self._kept(rma, 1)
        open_moves = rma.picking_ids.move_ids.filtered(lambda m: m.state == "assigned")
        self.assertEqual(open_moves.product_uom_qty, 2)
        self._send(rma)
        with self.assertRaisesRegex(UserError, "have gone to the supplier"):
            self._as("service", rma).action_cancel()
        self.assertEqual(rma.state, "authorized")
        self.assertPurchase(line, 3)

    def test_more_than_authorized_is_not_sent(self):
        line = self._dropship(5)
        rma = self._direct(line, 2)
        with self.assertRaisesRegex(UserError, "3 units would go to the supplier"):
            self._validate(self._as("receiver", rma.picking_ids), 3)
        self.assertFalse(rma.inspection_ids)
        self.assertLine(line, 5, 5, 0)

    def test_links_are_the_systems(self):
        line = self._dropship(5)
        rma = self._direct(line, 2)
        move = line.move_ids.filtered("is_dropship")
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._as("receiver", move).reverse_supplier_line_id = rma.line_ids
        sent = self._as("receiver", rma.picking_ids.move_ids)
        with self.assertRaisesRegex(UserError, "and a line of it says Lamp"):
            sent.product_id = self.product
        part = self._as("inspector", self._send(rma))
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            part.supplier_move_id = False
        self.assertFalse(move.reverse_supplier_line_id)
        # nor does what is to come here go there on a transfer entered for it
        here = self._requested(line, 1)
        places = {
            "location_id": move.location_dest_id.id,
            "location_dest_id": move.location_id.id,
        }
        forged = {
            **places,
            "product_id": self.lamp.id,
            "product_uom_qty": 1,
            "quantity": 1,
            "origin_returned_move_id": move.id,
            "reverse_supplier_line_id": here.line_ids.id,
        }
        picking = self._as("receiver", self.env["stock.picking"]).create(
            {
                **places,
                "picking_type_id": self.dropship_type.id,
                "move_ids": [Command.create(forged)],
            }
        )
        with self.assertRaisesRegex(UserError, "go to the supplier, but authorized to"):
            self._validate(picking)
        self.assertFalse(here.inspection_ids)

    def test_lots_of_a_dropship(self):
        product = self._create_dropped("Drill", tracking="serial")
        order = self._new_order((product, 2, {"price_unit": 100.0}))
        purchase = order._get_purchase_orders()
        purchase.button_confirm()
        one, two = self._create_lots(product, "ONE", "TWO")
        move = purchase.picking_ids.move_ids
        for move_line, lot in zip(move.move_line_ids, (one, two), strict=True):
            move_line.write({"lot_id": lot.id, "quantity": 1})
        self._validate(purchase.picking_ids)
        self._invoice(order)
        rma = self._direct(order.order_line, 1, lot_id=two.id)
        part = self._send(rma)
        self.assertEqual(part.lot_id, two)
        self._as("inspector", part).action_complete()
        with self.assertRaisesRegex(UserError, r"Drill \(TWO\) can be returned"):
            self._requested(order.order_line, 1, lot_id=two.id)
        self.assertPurchase(order.order_line, 1)

    def test_kit_back_to_the_supplier(self):
        """Of two kits that were drop-shipped in two parts each, one goes back."""
        base, shade = (self._create_dropped(name) for name in ("Base", "Shade"))
        kit = self._create_product("Desk Lamp", categ_id=self.perpetual.id)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in ((base, 1), (shade, 2))
                ],
            }
        )
        line = self._dropship(2, product=kit)
        self.assertLine(line, 2, 2, 0, "invoiced")
        rma = self._direct(line, 1)
        parts = self._send(rma)
        self.assertLine(line, 1, 2, 0, "invoiced")
        self._as("inspector", parts).action_complete()
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertLine(line, 1, 1, 0, "invoiced")
        # and the other one to us
        rma = self._return(line, 1)
        self.assertLine(line, 0, 0, 0)
        self.env.invalidate_all()
        self.assertEqual((base.total_value, shade.total_value), (30, 60))
