"""What somebody may try: each attack as the person who could, and what stops it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from .common import ReturnsCommon


class AttackCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # people who have nothing to do with returns
        cls.stocker = new_test_user(
            cls.env, login="plain-stock", groups="stock.group_stock_user"
        )
        cls.seller = new_test_user(
            cls.env,
            login="plain-sales",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.stock = cls.warehouse.lot_stock_id

    def _reinspect(self, part, disposition=None):
        self._as("inspector", part).action_reinspect()
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        return self._inspect(again, "A", disposition)

    def _transfer(self, picking_type, source, destination, move=None, line=None):
        """Fill in a transfer by hand, as a plain user of the warehouse, and do it."""
        places = {"location_id": source.id, "location_dest_id": destination.id}
        picking = (
            self.env["stock.picking"]
            .with_user(self.stocker)
            .create(
                {
                    **places,
                    "picking_type_id": picking_type.id,
                    "partner_id": self.customer.id,
                    "move_ids": [
                        Command.create(
                            {
                                **places,
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                **(move or {}),
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        if line:
            picking.move_line_ids.unlink()
            picking.move_ids.move_line_ids = [
                Command.create(
                    {
                        **places,
                        "product_id": self.product.id,
                        "picking_id": picking.id,
                        "quantity": 1,
                        **line,
                    }
                )
            ]
        picking.move_ids.picked = True
        picking.button_validate()
        return picking


@tagged("post_install", "-at_install")
class TestGoodsAttacks(AttackCase):
    def test_done_receipt_cannot_be_diverted_into_stock(self):
        rma = self._received(self._sell(4), 2)
        before = self._available()
        line = rma.picking_ids.move_line_ids
        for values in (
            {"location_dest_id": self.stock.id},
            {"location_id": self.stock.id},
            {"owner_id": self.customer.id},
            {"quantity": 3},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(
                    UserError, "has received goods of RMA.* changed"
                ),
            ):
                self._rpc(self.stocker, "stock.move.line", "write", line.ids, values)
        self.assertEqual(self._available(), before)

    def test_done_put_away_cannot_be_enlarged(self):
        rma = self._return(self._sell(4), 1)
        self._received(rma.line_ids.sale_line_id, 2)
        before = self._available()
        line = rma.inspection_ids.move_ids.move_line_ids
        with self.assertRaisesRegex(
            UserError, "moved inspected goods of RMA.* changed"
        ):
            self._rpc(
                self.stocker, "stock.move.line", "write", line.ids, {"quantity": 3}
            )
        self.assertEqual(self._available(), before)

    def test_lines_say_what_a_transfer_moves(self):
        self._received(self._sell(4), 2)
        before = self._available()
        internal = self.warehouse.int_type_id
        hold = self.facility._get_location("hold")
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                internal,
                self.inspection_location,
                hold,
                line={"location_dest_id": self.stock.id},
            )
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                internal,
                self.stock,
                self.stock,
                line={"location_id": self.inspection_location.id},
            )
        self.assertEqual(self._available(), before)

    def test_shelf_below_returns_is_no_way_out(self):
        self._received(self._sell(4), 2)
        before = self._available()
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.inspection_location.id}
        )
        internal = self.warehouse.int_type_id
        moved = self._transfer(internal, self.inspection_location, shelf)
        self.assertEqual(moved.state, "done")
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(internal, shelf, self.stock)
        self.assertEqual(self._available(), before)

    def test_location_outside_of_everything_is_no_way_out(self):
        self._received(self._sell(4), 2)
        elsewhere = self.env["stock.location"].create(
            {"name": "Elsewhere", "company_id": self.company.id}
        )
        self.assertFalse(elsewhere.warehouse_id)
        with self.assertRaisesRegex(UserError, "has to be inspected first"):
            self._transfer(
                self.warehouse.int_type_id, self.inspection_location, elsewhere
            )

    def test_goods_that_are_gone_are_not_restocked(self):
        line = self._sell(4)
        rma = self._received(line, 2)
        before = self._available()
        self._validate(self._return_button(rma.picking_ids, 2))
        self.assertEqual(line.qty_delivered, 4)
        self.assertEqual(rma.inspection_ids.state, "cancelled")
        with self.assertRaisesRegex(UserError, "is Cancelled and can no longer be"):
            self._inspect(rma.inspection_ids)
        self.assertEqual(self._available(), before)
        self.assertEqual((rma.stage, rma.line_ids.qty_received), ("authorized", 0))
        self.assertFalse(rma.credit_note_ids)

    def test_put_away_is_retried_when_the_goods_are_back(self):
        rma = self._received(self._sell(4), 2)
        hold = self.facility._get_location("hold")
        internal = self.warehouse.int_type_id
        self._transfer(internal, self.inspection_location, hold)
        part = self._inspect(rma.inspection_ids)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        self._transfer(internal, hold, self.inspection_location)
        self._as("administrator", rma.exception_ids).action_retry()
        self.assertTrue(part.disposed)
        self.assertEqual(rma.stage, "settled")

    def test_transfer_cannot_pretend_to_be_of_an_inspection(self):
        rma = self._received(self._sell(4), 1)
        part = rma.inspection_ids
        with self.assertRaisesRegex(UserError, "its inspection decides where it goes"):
            self._transfer(
                self.warehouse.out_type_id,
                self.inspection_location,
                part.receipt_move_id.location_id,
                move={"reverse_inspection_id": part.id},
            )
        self.assertEqual((part.state, rma.line_ids.qty_put_away), ("draft", 0))

    def test_transfer_back_to_the_customer_is_not_multiplied(self):
        rma = self._received(self._sell(4), 1)
        part = self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        with self.assertRaisesRegex(UserError, "its inspection decides where it goes"):
            self._transfer(
                self.warehouse.out_type_id,
                self.inspection_location,
                part.receipt_move_id.location_id,
                move={"reverse_inspection_id": part.id},
            )
        self.assertEqual(len(part.move_ids), 1)

    def test_transfer_back_to_the_customer_can_be_split(self):
        rma = self._received(self._sell(4), 2)
        part = self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        out = part.move_ids.picking_id.with_user(self.stocker)
        out.move_ids.write({"quantity": 1, "picked": True})
        out.with_context(skip_backorder=True).button_validate()
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        self.assertEqual(len(part.move_ids), 2)

    def test_cancelled_receipt_is_announced_again(self):
        rma = self._requested(self._sell(4), 2)
        rma.picking_ids.with_user(self.stocker).action_cancel()
        part = self._receive(rma)
        self.assertEqual(part.quantity, 2)
        self.assertEqual(rma.picking_ids.mapped("state"), ["cancel", "done"])

    def test_rest_comes_although_no_backorder_was_made(self):
        rma = self._requested(self._sell(4), 3)
        picking = rma.picking_ids.with_user(self.users["receiver"])
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.assertEqual(rma.stage, "receiving")
        self._receive(rma)
        self.assertEqual(rma.line_ids.qty_received, 3)


@tagged("post_install", "-at_install")
class TestMoneyAttacks(AttackCase):
    def test_goods_looked_at_three_times_are_credited_once(self):
        line = self._sell(4)
        rma = self._received(line, 2)
        self._received(line, 2)  # keeps quantities open that could be credited again
        part = self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        self._settle(rma.settlement_ids)
        part = self._reinspect(part, "QUARANTINE")
        self._reinspect(part)
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(rma.line_ids.qty_settled, 2)

    def test_goods_with_a_credit_are_not_sent_back(self):
        rma = self._received(self._sell(4), 2)
        part = self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        with self.assertRaisesRegex(
            UserError, "gives no credit, but there is RMA.*Cancel or reverse that first"
        ):
            self._reinspect(part, "CUSTOMER")
        self._as("service", rma.settlement_ids).action_cancel()
        again = self._reinspect(part, "CUSTOMER")
        self.assertTrue(again.denied)
        self.assertEqual(rma.settlement_ids.mapped("state"), ["cancelled"])

    def test_value_for_a_line_of_another_return(self):
        rma = self._received(self._sell(4), 2)
        order = self._new_order(
            (self.product, 2, {"price_unit": 500}), partner_id=self.stranger.id
        )
        self._deliver(order)
        self._invoice(order)
        other = self._draft(order.order_line, 1, rma={"partner_id": self.stranger.id})
        with self.assertRaisesRegex(UserError, "Choose one of its own lines"):
            self._as("service", self.env["reverse.settlement"]).create(
                {
                    "rma_id": rma.id,
                    "line_ids": [
                        Command.create(
                            {"rma_line_id": other.line_ids.id, "price_unit": 300}
                        )
                    ],
                }
            )
        self.assertFalse(rma.settlement_ids)

    def test_value_beyond_what_a_discount_left(self):
        order = self._new_order((self.product, 1, {"price_unit": 100}))
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.5,
            }
        ).action_apply_discount()
        self._deliver(order)
        self.assertEqual(self._invoice(order).amount_untaxed, 50)
        rma = self._received(order.order_line[:1], 1)
        with self.assertRaisesRegex(
            UserError, r"would credit \$\s100.00 before tax, but only \$\s50.00 of"
        ):
            self._credit_value(rma, 100)
        self.assertAmounts(self._credit_value(rma, 30), 30)
        with self.assertRaisesRegex(UserError, r"but only \$\s20.00 of INV"):
            self._credit_value(rma, 30)

    def test_inspector_does_not_approve_value_of_what_he_inspected(self):
        rma = self._received(self._sell(4), 2)
        self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        self.users["inspector"].group_ids += self.env.ref(
            "reverse_logistics.group_approver"
        )
        settlement = self._as("service", self.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create({"rma_line_id": rma.line_ids.id, "price_unit": 30})
                ],
            }
        )
        settlement.action_submit()
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._as("inspector", settlement).action_approve()
        self._as("approver", settlement).action_approve()
        self.assertEqual(settlement.approved_by_id, self.users["approver"])

    def test_each_currency_is_settled_by_itself(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 0.5))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._new_order(
            (self.product, 2, {"price_unit": 70}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        self._invoice(order)
        lines = self._sell(2, 100) | order.order_line
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": 1})
                    for line in lines
                ],
            }
        )
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        settlements = rma.settlement_ids.sorted("amount_untaxed")
        self.assertEqual(settlements.currency_id, euro | self.usd)
        self.assertEqual(settlements.mapped("amount_untaxed"), [70, 100])
        with self.assertRaisesRegex(UserError, "invoiced in several currencies"):
            self._as("service", self.env["reverse.settlement"]).create(
                {
                    "rma_id": rma.id,
                    "line_ids": [
                        Command.create({"rma_line_id": line.id, "price_unit": 1})
                        for line in rma.line_ids
                    ],
                }
            )

    def test_retry_leaves_other_proposals_alone(self):
        order = self._new_order((self.product, 4, {"price_unit": 100}))
        self._deliver(order)
        draft = self._invoice(order, post=False)
        other = self._sell(2, 50)
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": 1})
                    for line in order.order_line | other
                ],
            }
        )
        rma.action_request()
        self._receive(rma)
        value = self._as("service", self.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create({"rma_line_id": rma.line_ids[1].id, "price_unit": 5})
                ],
            }
        )
        self._inspect(rma.inspection_ids)
        draft.action_post()
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(exception.mapped("type"), ["not_invoiced"])
        self._as("releaser", exception).action_retry()
        self.assertEqual(value.state, "draft")
        self.assertEqual(self._open_exceptions(rma), [])

    def test_links_of_credit_notes_are_set_by_settlements_only(self):
        line = self._sell(4)
        rma = self._return(line, 2)
        note = rma.credit_note_ids
        refused = "set by its settlement only"
        for records, values in (
            (note, {"reverse_settlement_id": False}),
            (note.invoice_line_ids[:1], {"reverse_settlement_line_id": False}),
            (note.invoice_line_ids[:1], {"reverse_origin_line_id": False}),
            (note.invoice_line_ids[:1], {"reverse_no_goods": True}),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, refused),
            ):
                self._rpc(self.accountant, records._name, "write", records.ids, values)
        refund = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self.product.id,
                        "price_unit": 10,
                        "reverse_settlement_line_id": rma.settlement_ids.line_ids.id,
                    }
                )
            ],
        }
        with self.assertRaisesRegex(UserError, refused):
            self._rpc(self.accountant, "account.move", "create", refund)
        self.assertEqual(note.reverse_settlement_id, rma.settlement_ids)

    def test_accountant_resets_and_posts_a_credit_note(self):
        note = self._return(self._sell(4), 2).credit_note_ids
        books = self._books(note)
        books.button_draft()
        books.action_post()
        self.assertAmounts(note, 200)
        self.assertEqual(note.reverse_settlement_id.state, "released")


@tagged("post_install", "-at_install")
class TestPersonAttacks(AttackCase):
    def test_scheduled_action_takes_no_decision(self):
        rma = self._received(self._sell(4), 1)
        self._inspect(rma.inspection_ids, "B", "QUARANTINE")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        cron = self.env["ir.cron"].create(
            {
                "name": "Approve",
                "model_id": self.env["ir.model"]._get_id("reverse.settlement"),
                "code": f"model.browse({settlement.id}).action_approve()",
                "user_id": self.users["approver"].id,
            }
        )
        with self.assertRaisesRegex(AccessError, "or a scheduled action"):
            cron.ir_actions_server_id.with_user(
                self.users["approver"]
            ).sudo().with_context(cron_id=cron.id).run()
        self.assertFalse(settlement.approved_by_id)

    def test_work_of_others_is_not_disturbed(self):
        line = self._sell(4)
        delivery = line.move_ids
        move_line = delivery.move_line_ids
        self._rpc(
            self.stocker, "stock.move.line", "write", move_line.ids, {"quantity": 3}
        )
        self.assertEqual(line.qty_delivered, 3)
        self._requested(line, 2)
        with self.assertRaisesRegex(UserError, "Lower the quantity, or cancel"):
            self._rpc(
                self.stocker, "stock.move.line", "write", move_line.ids, {"quantity": 1}
            )
        (order,) = self._rpc(self.seller, "sale.order", "read", line.order_id.ids)
        self.assertEqual(order["reverse_rma_count"], 1, "salespeople see it")
        (warehouse,) = self._rpc(
            self.stocker, "stock.warehouse", "read", self.warehouse.ids
        )
        self.assertNotIn("reverse_facility_ids", warehouse)

    def test_receipt_says_who_receives(self):
        rma = self._requested(self._sell(4), 2)
        with self.assertRaisesRegex(AccessError, "for the role “Receiver”. Ask"):
            self._rpc(
                self.stocker, "stock.picking", "button_validate", rma.picking_ids.ids
            )
        self.assertEqual(rma.stage, "authorized")

    def test_warehouses_are_made_without_a_role_in_returns(self):
        # Odoo asks its administrator to allow more than one.
        self.env["stock.warehouse"].create({"name": "First", "code": "FIR"})
        manager = new_test_user(
            self.env, login="plain-manager", groups="stock.group_stock_manager"
        )
        warehouse = (
            self.env["stock.warehouse"]
            .with_user(manager)
            .create({"name": "Second", "code": "SEC"})
        )
        warehouse.write({"name": "Third", "code": "THI"})
        facility = warehouse.sudo().reverse_facility_ids
        self.assertEqual(facility.name, "Third")
        self.assertEqual(
            facility._get_location("inspection").barcode, "THI-RETURNS-INSPECTION"
        )
