"""Goods of returns: each way round their inspection, as the person who could."""

from pathlib import Path

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tests.common import tagged

from ..goods_common import KEYS, GoodsCase

UNSENT = "no inspection has decided that it goes to"
ARRIVES = "Returned goods are inspected first.* Use the destination .*Inspection"
BY_HAND = "changes? only when somebody else has approved"
STAYS = "is neither changed nor deleted"


@tagged("post_install", "-at_install")
class TestGoodsLeave(GoodsCase):
    """Three pieces wait for their inspection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.rma = cls._received(cls.line, 3)
        cls.part = cls.rma.inspection_ids
        cls.here = cls.inspection_location

    def test_uninspected_goods_are_not_sold(self):
        """A delivery of another order, taken from where they wait."""
        order = self._new_order((self.product, 2, {"price_unit": 50.0}))
        delivery = order.picking_ids.with_user(self.stocker)
        delivery.move_ids.move_line_ids.unlink()
        delivery.location_id = self.here
        delivery.move_ids.write({"quantity": 2, "picked": True})
        delivery.move_ids.move_line_ids.location_id = self.here
        self.assertRefused(UNSENT, lambda: self._call(delivery, "button_validate"))
        self.assertEqual(self._lies(self.here), 3)
        self._inspect(self.part)
        self.assertEqual(self.rma.state, "done")

    def test_uninspected_goods_are_sent_nowhere(self):
        transit = self.company.internal_transit_location_id
        elsewhere = self.env.ref("stock.stock_location_inter_company")
        for target, why in (
            (self.customers, UNSENT),
            (elsewhere, UNSENT),
            (self.suppliers, UNSENT),
            (self.loss, BY_HAND),
            (self.production, BY_HAND),
            (transit, "has to be inspected first"),
            (self.loose, "has to be inspected first"),
            (self.places["liquidation"], "leave without being looked at again"),
            (self.places["vendor_return"], "leave without being looked at again"),
            (self.places["customer_return"], "leave without being looked at again"),
        ):
            with self.subTest(target=target.display_name):
                picking = self._open_transfer(self.here, target)
                self.assertRefused(why, lambda p=picking: p.button_validate())
        self.assertEqual(self._lies(self.here), 3)

    def test_what_somebody_else_approved_leaves_and_is_not_credited(self):
        picking = self._open_transfer(self.here, self.suppliers, 2)
        self.assertTrue(picking.reverse_needs_approval)
        self.assertRefused(UNSENT, picking.button_validate)
        self._approve(picking)
        self._call(picking, "button_validate")
        self.assertEqual((picking.state, self._lies(self.here)), ("done", 1))
        self._inspect(self.part)
        self.assertEqual(self._open_exceptions(self.rma), ["work_failure"])
        self.assertFalse(self.rma.settlement_ids)
        self.assertFalse(self.part.disposed or self.part.denied)
        self.assertFalse(self.rma.has_unsettled_goods)
        back = self._open_transfer(self.suppliers, self.here, 2)
        self.assertRefused(BY_HAND, back.button_validate)
        self._approve(back)
        self._call(back, "button_validate")
        self._call(self._as("administrator", self.rma.exception_ids), "action_retry")
        self.assertTrue(self.part.disposed)
        self.assertEqual(self.rma.settlement_ids.state, "released")
        self.assertAmounts(self.rma.credit_note_ids, 300)
        self.assertEqual(self.rma.state, "done")

    def test_goods_that_are_decided_about_leave_from_there(self):
        disposition = self.env["reverse.disposition"].create(
            {"name": "Liquidate", "code": "LIQ", "location_state": "liquidation"}
        )
        disposition.step_ids = [
            Command.create(
                {"action_id": self.dispositions["QUARANTINE"].step_ids.action_id.id}
            )
        ]
        self.dispositions["LIQ"] = disposition
        self._inspect(self.part, "D", "LIQ")
        place = self.places["liquidation"]
        self.assertEqual(self._lies(place), 3)
        free = self._open_transfer(place, self.customers)
        self.assertRefused("no sale takes it to", free.button_validate)
        self._approve(free)
        self._call(free, "button_validate")
        self.assertRefused(
            UNSENT, self._open_transfer(place, self.suppliers).button_validate
        )
        self.assertRefused(
            "has to be inspected first",
            self._open_transfer(place, self.stock).button_validate,
        )
        self.assertEqual(self._lies(place), 2)

    def test_inspection_vouches_for_its_goods_only(self):
        """Sent back are so many as it says, and from what was restocked nothing is."""
        self._as("inspector", self.part).quantity = 1
        rest = self.rma.inspection_ids - self.part
        self._inspect(self.part, "D", "CUSTOMER")
        out = self.part.move_ids.picking_id.with_user(self.stocker)
        out.move_ids.write({"quantity": 3, "picked": True})
        self.assertRefused(UNSENT, out.button_validate)
        out.move_ids.write({"quantity": 1})
        self._call(out, "button_validate")
        self.assertEqual(self._lies(self.here), 2)
        self._as("inspector", rest).quantity = 1
        last = self.rma.inspection_ids - rest - self.part
        self._inspect(rest)
        sent = self._open_transfer(self.here, self.customers)
        self.assertRefused(
            "cannot be set by hand",
            lambda: sent.move_ids.write({"reverse_inspection_id": rest.id}),
        )
        self.assertRefused(UNSENT, sent.button_validate)
        self.assertEqual((last.state, self._lies(self.here)), ("draft", 1))

    def test_goods_on_a_shelf_are_inspected_there(self):
        """Whoever puts goods elsewhere in returns takes their inspection along."""
        quarantine = self.places["quarantine"]
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.here.id}
        )
        self._transfer(self.here, quarantine, 3)
        self.assertEqual(self.part.location_id, quarantine)
        self._transfer(quarantine, shelf, 1)
        parts = self.rma.inspection_ids
        self.assertEqual(
            sorted((p.location_id.name, p.quantity) for p in parts),
            [("Quarantine", 2), ("Shelf", 1)],
        )
        self._inspect(parts)
        self.assertFalse(self._open_exceptions(self.rma))
        self.assertEqual((self.rma.state, self._lies(self.here)), ("done", 0))
        self.assertAmounts(self.rma.credit_note_ids, 300)

    def test_other_goods_move_first(self):
        self._stock(self.product, 2, location=self.here)
        self._transfer(self.here, self.places["hold"], 2)
        self.assertEqual(self.part.location_id, self.here)
        self._transfer(self.here, self.places["hold"], 3)
        self.assertEqual(self.part.location_id, self.places["hold"])

    def test_packages_are_no_way_out(self):
        package = self.env["stock.package"].create({"name": "BOX"})
        quant = self.here.quant_ids.filtered(lambda q: q.product_id == self.product)
        self._call(
            quant.with_user(self.manager),
            "move_quants",
            package_dest_id=package,
        )
        package = package.with_user(self.manager)
        self.assertEqual((package.location_id, self._lies(self.here)), (self.here, 3))
        for target in (self.stock, self.loose, self.places["liquidation"]):
            self.assertRefused(
                "inspected first|looked at again",
                lambda t=target: package.write({"location_id": t.id}),
            )
        package.write({"location_id": self.places["hold"].id})
        self.assertEqual(self.part.location_id, self.places["hold"])
        package.unpack()
        self.assertEqual(self._lies(self.places["hold"]), 3)
        self._inspect(self.part)
        self.assertEqual(self.rma.state, "done")

    def test_quants_are_not_written(self):
        quant = self.here.quant_ids.filtered(lambda q: q.product_id == self.product)
        package = self.env["stock.package"].create({"name": "BOX"})
        for vals in (
            {"product_id": self.lot_product.id},
            {"owner_id": self.stranger.id},
            {"package_id": package.id},
            {"company_id": False},
            {"reserved_quantity": 2},
            {"quantity": 0},
            {"in_date": "2020-01-01 00:00:00"},
            {"location_id": self.stock.id},
        ):
            for user in (self.stocker, self.manager):
                with self.subTest(vals=vals, user=user.login):
                    self.assertRefused(
                        f"{BY_HAND}|allowed|restricted|cannot",
                        lambda vals=vals, user=user: self._rpc(
                            user, "stock.quant", "write", quant.ids, vals
                        ),
                    )
        for context in ({}, KEYS):
            self.assertRefused(
                f"{BY_HAND}|allowed|restricted",
                lambda context=context: (
                    quant.with_user(self.manager).with_context(**context).unlink()
                ),
            )
        self.assertEqual(self._lies(self.here), 3)


@tagged("post_install", "-at_install")
class TestGoodsArrive(GoodsCase):
    """The customer has three pieces."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(3)

    def setUp(self):
        super().setUp()
        self.before = self._available()

    def _bring(self, quantity=1, target=None, partner=None, source=None, **values):
        """Receive by a plain transfer from customers."""
        return self._transfer(
            source or self.customers,
            target or self.stock,
            quantity,
            partner_id=partner and partner.id,
            picking_type_id=self.warehouse.in_type_id.id,
            **values,
        )

    def test_what_a_customer_brings_is_a_return(self):
        for partner in (self.customer, None):
            with self.subTest(partner=partner):
                picking = self._bring(partner=partner)
                self.assertEqual(
                    picking.move_ids.location_dest_id, self.inspection_location
                )
                self.assertIn("to be inspected", picking.message_ids[:1].body)
                rma = picking.reverse_rma_id
                self.assertEqual(
                    (rma.state, rma.partner_id), ("requested", self.customer)
                )
                self.assertEqual(self._open_exceptions(rma), ["no_authorization"])
                self.assertEqual(rma.line_ids.sale_line_id, self.line)
        self.assertEqual(self._lies(self.inspection_location), 2)
        self.assertEqual(self._available(), self.before)
        self.assertEqual(self.line.qty_delivered, 1)

    def test_place_of_a_line_and_of_a_shelf(self):
        picking = self._open_transfer(
            self.suppliers, self.stock, partner_id=self.customer.id
        )
        picking.move_ids.location_id = self.customers
        picking.move_ids.move_line_ids.unlink()
        picking.move_ids.move_line_ids = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "picking_id": picking.id,
                    "quantity": 1,
                    "picked": True,
                    "location_id": self.customers.id,
                    "location_dest_id": self.stock.id,
                }
            )
        ]
        self._call(picking, "button_validate")
        self.assertEqual(self._available(), self.before)
        self.assertEqual(self._lies(self.inspection_location), 1)
        self.assertTrue(picking.reverse_rma_id)

    def test_only_a_line_says_that_a_customer_brings_it(self):
        for source, target, line in (
            (self.stock, self.stock, {"location_id": self.customers.id}),
            (self.suppliers, self.stock, {"location_id": self.customers.id}),
        ):
            picking = self._open_transfer(source, target, partner_id=self.customer.id)
            picking.move_ids.move_line_ids.write(line)
            self.assertRefused(ARRIVES, picking.button_validate)
            picking.action_cancel()
        picking = self._open_transfer(self.customers, self.suppliers)
        picking.move_ids.move_line_ids.location_dest_id = self.stock
        self._call(picking, "button_validate")
        self.assertEqual(self._available(), self.before)
        self.assertEqual(self._lies(self.inspection_location), 1)

    def test_goods_that_a_return_waits_for(self):
        rma = self._requested(self.line, 3)
        for values in (
            {},
            {"partner": self.customer},
            {"partner": self.customer, "origin": self.line.order_id.name},
            {"target": self.inspection_location},
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    f"{rma.name}.* waits for Kettle: receive the goods there",
                    lambda values=values: self._bring(3, **values),
                )
        self.assertEqual(self._available(), self.before)

    def test_somebody_who_gave_all_back_is_not_named_to_get_past_a_return(self):
        order = self._new_order((self.product, 1), partner_id=self.stranger.id)
        self._deliver(order)
        self._invoice(order)
        self._return(order.order_line, rma={"partner_id": self.stranger.id})
        rma = self._requested(self.line, 3)
        self.assertRefused(
            f"{rma.name}.* waits for Kettle: receive the goods there",
            lambda: self._bring(3, partner=self.stranger),
        )

    def test_goods_that_odoos_return_waits_for(self):
        back = self._return_button(self.line.move_ids.picking_id, 3)
        self.assertRefused(
            f"{back.name} waits for Kettle",
            lambda: self._bring(2, partner=self.customer),
        )

    def test_goods_of_several_deliveries(self):
        self._sell(2)
        self.assertRefused(
            "the customer has 5 units, by one or several deliveries",
            lambda: self._bring(4, partner=self.customer),
        )

    def test_what_nobody_was_delivered_comes_in_as_before(self):
        self._bring(1, partner=self.stranger)
        product = self._create_product("Never sold")
        values = {"product_id": product.id, "product_uom_qty": 1}
        picking = self._open_transfer(self.customers, self.stock)
        picking.action_cancel()
        moved = self._open_transfer(
            self.customers,
            self.stock,
            move_ids=[
                Command.create(
                    {
                        **values,
                        "location_id": self.customers.id,
                        "location_dest_id": self.stock.id,
                    }
                )
            ],
        )
        self._call(moved, "button_validate")
        self.assertEqual(self._lies(self.stock, product), 1)
        self.assertEqual(self._available()[0], self.before[0] + 1)

    def test_company_that_refuses(self):
        self.company.reverse_unauthorized = "refuse"
        self.assertRefused(
            "only with a return authorization",
            lambda: self._bring(partner=self.customer),
        )

    def test_goods_out_and_in_again(self):
        """From returns to a customer and from there to stock: neither way is open."""
        self._received(self.line, 3)
        self.assertRefused(
            UNSENT,
            self._open_transfer(
                self.inspection_location, self.customers
            ).button_validate,
        )
        self.assertEqual(self._available(), self.before)

    def test_odoos_return_ends_in_returns(self):
        """To a loose location, written off, used up, to a vendor or another company."""
        inter_company = self.env.ref("stock.stock_location_inter_company")
        delivery = self.line.move_ids.picking_id
        for target in (
            self.loose,
            self.stock,
            self.loss,
            self.production,
            self.suppliers,
            inter_company,
            self.places["liquidation"],
        ):
            with self.subTest(target=target.display_name):
                back = self._return_button(delivery, 1)
                self.assertRefused(
                    ARRIVES,
                    lambda back=back, target=target: self._divert(back, target),
                )
                back.action_cancel()
        self.assertEqual(self.line.qty_delivered, 3)

    def _divert(self, back, target):
        back = back.with_user(self.stocker)
        back.location_dest_id = target
        back.move_ids.location_dest_id = target
        back.move_ids.move_line_ids.location_dest_id = target
        self._validate(back)

    def test_drafts_announce_nothing(self):
        """A transfer that somebody left in draft does not block returns."""
        delivery = self.line.move_ids
        for values in (
            {"sale_line_id": self.line.id},
            {"origin_returned_move_id": delivery.id},
        ):
            draft = self.env["stock.move"].create(
                {
                    "product_id": self.product.id,
                    "product_uom_qty": 9,
                    "picking_type_id": self.warehouse.reverse_receipt_type_id.id,
                    "location_id": self.customers.id,
                    "location_dest_id": self.inspection_location.id,
                    **values,
                }
            )
            self.assertEqual(draft.state, "draft")
            self.assertEqual(self._requested(self.line, 1).state, "authorized")
            self.assertRefused("would come back", draft._action_confirm)


@tagged("post_install", "-at_install")
class TestGoodsEvidence(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.delivery = cls.line.move_ids
        cls.rma = cls._return(cls.line, 2)
        cls.part = cls.rma.inspection_ids
        cls.receipt = cls.rma.line_ids.move_ids

    def test_contexts_delete_nothing(self):
        put_away = self.part.move_ids
        users = (self.stocker, self.manager, self.users["administrator"])
        seller = self.env["res.users"].browse(self.users["service"].id)
        for record in (
            self.receipt.move_line_ids,
            self.receipt,
            self.receipt.picking_id,
            put_away.move_line_ids,
            put_away,
            put_away.picking_id,
            self.delivery.move_line_ids,
            self.delivery,
            self.delivery.picking_id,
            self.line,
            self.line.order_id,
            self.rma.credit_note_ids,
        ):
            for user in (*users, seller, self.accountant):
                with self.subTest(model=record._name, user=user.login):
                    self.assertRefused(
                        "",
                        lambda record=record, user=user: (
                            record.with_user(user).with_context(**KEYS).unlink()
                        ),
                    )
        # nor what was delivered and nobody has claimed yet
        fresh = self._sell(1).move_ids
        for record in (fresh.move_line_ids, fresh):
            for user in (self.stocker, self.users["service"]):
                self.assertRefused(
                    STAYS, record.with_user(user).with_context(**KEYS).unlink
                )
        for record in (self.receipt, self.receipt.move_line_ids):
            self.assertRefused(
                STAYS, record.with_user(self.manager).with_context(**KEYS).unlink
            )
        seller.group_ids += self.env.ref("sales_team.group_sale_manager")
        self.assertRefused(
            f"stays: {self.rma.name} takes goods of it back",
            self.line.order_id.with_user(seller).with_context(**KEYS).unlink,
        )
        self.assertEqual(self.part.receipt_move_id, self.receipt)
        self.assertEqual(self.rma.line_ids.sale_line_id, self.line)

    def test_done_transfers_keep_what_they_say(self):
        order_line = self._sell(1)
        for move in (self.receipt, self.delivery, self.part.move_ids):
            for vals in (
                {"to_refund": not move.to_refund},
                {"sale_line_id": order_line.id},
                {"state": "draft"},
                {"product_uom": self.dozen.id},
                {"origin_returned_move_id": order_line.move_ids.id},
                {"location_dest_id": self.loose.id},
                {"restrict_partner_id": self.stranger.id},
                {"picking_id": order_line.move_ids.picking_id.id},
                {"value": 1.0},
                {"price_unit": 1.0},
                {"is_in": not move.is_in},
                {"is_out": not move.is_out},
                {"is_dropship": True},
                {"partner_id": self.stranger.id},
                {"origin": "S00000"},
                {"product_uom_qty": 1.0},
                {"returned_move_ids": [Command.clear()]},
                {"account_move_id": self.rma.credit_note_ids.id},
            ):
                with self.subTest(move=move.reference, vals=vals):
                    self.assertRefused(
                        f"{STAYS}|cannot be changed|set by hand|belongs to RMA",
                        lambda move=move, vals=vals: self._rpc(
                            self.stocker, "stock.move", "write", move.ids, vals
                        ),
                    )
            # what says the same as before is no change
            self._rpc(
                self.stocker,
                "stock.move",
                "write",
                move.ids,
                {"to_refund": move.to_refund, "state": "done"},
            )
        # a delivery that nobody has returned yet, too: its transfer proves its day
        fresh, elsewhere = self._sell(1).move_ids, order_line.move_ids.picking_id
        for record, vals in (
            (fresh, {"picking_id": elsewhere.id}),
            (fresh, {"location_dest_id": self.loose.id}),
            (elsewhere, {"move_ids": [Command.link(fresh.id)]}),
            (fresh.picking_id, {"picking_type_id": self.internal.id}),
        ):
            self.assertRefused(
                "is done, and returns go by it|Changing the operation type",
                lambda record=record, vals=vals: self._rpc(
                    self.stocker, record._name, "write", record.ids, vals
                ),
            )
        # what Odoo has a form and a list of changes for is its own step, of Accounting
        again = {"move_id": self.receipt.id, "value": 12.0}
        self.assertRefused(
            "ask Accounting to value it",
            lambda: self._rpc(self.manager, "product.value", "create", [again]),
        )
        self.manager.group_ids += self.env.ref("account.group_account_user")
        self._rpc(self.manager, "product.value", "create", [again])
        self.assertEqual(self.receipt.value, 12.0)
        words = {"description_picking": "Two boxes", "date": self.receipt.date}
        self._rpc(self.stocker, "stock.move", "write", self.receipt.ids, words)

    def test_credited_goods_are_not_said_to_be_missing_by_one_person(self):
        self.assertAmounts(self.rma.credit_note_ids, 200)
        self._as("inspector", self.part).action_correct()
        again = self.rma.inspection_ids - self.part
        self.assertEqual(self._lies(self.inspection_location), 2)
        back = self._open_transfer(
            self.inspection_location,
            self.customers,
            2,
            return_id=self.receipt.picking_id.id,
        )
        self.assertRefused(UNSENT, back.button_validate)
        back.action_cancel()
        undo = self._return_button(self.receipt.picking_id.with_user(self.stocker), 2)
        self.assertRefused(
            "The rest is inspected or credited", lambda: self._validate(undo)
        )
        undo.action_cancel()
        dialog = self._as("receiver", self.env["reverse.receipt.wizard"])
        dialog = dialog.with_context(active_id=self.rma.id).create({})
        dialog.line_ids.quantity = 0
        self.assertEqual(dialog.action_correct()["tag"], "display_notification")
        change = self.env["reverse.quantity.change"].search(
            [("inspection_id", "=", again.id)]
        )
        self.assertEqual((change.state, change.quantity), ("requested", 2))
        self.assertEqual(
            (again.state, self._lies(self.inspection_location)), ("draft", 2)
        )
        self.assertRefused(
            "waits for approval",
            lambda: self._as("receiver", again).action_correct_receipt(1),
        )
        approval = change.approval_ids
        self.assertRefused(
            "role|decide|approve",
            approval.with_user(self.users["receiver"]).action_approve,
        )
        self._call(approval.with_user(self.users["approver"]), "action_approve")
        self.assertEqual((change.state, again.state), ("done", "cancelled"))
        self.assertEqual(self._lies(self.inspection_location), 0)
        self.assertEqual(self._open_exceptions(self.rma), ["credit_review"])
        self.assertEqual(self.rma.sudo()._check_quantities(), {})

    def test_an_operation_that_moved_goods_stays_of_its_kind(self):
        operation = self.warehouse.out_type_id
        self.assertRefused(
            "stays the kind of operation",
            lambda: self._rpc(
                self.manager,
                operation._name,
                "write",
                operation.ids,
                {"code": "internal"},
            ),
        )
        gone = self.line.move_ids.filtered(lambda m: m.picking_type_id == operation)
        inside = {"picking_type_id": self.warehouse.int_type_id.id}
        self.assertRefused(
            "is done, and returns go by it",
            lambda: self._rpc(self.manager, gone._name, "write", gone.ids, inside),
        )
        new = operation.copy({"name": "New", "sequence_code": "NEW"})
        self._rpc(self.manager, new._name, "write", new.ids, {"code": "internal"})
        self.assertEqual(new.code, "internal")

    def test_goods_about_to_be_credited(self):
        rma = self._received(self.line, 2)
        part = rma.inspection_ids
        self._inspect(part, "B", "QUARANTINE")
        self._as("inspector", part).action_reinspect()
        again = rma.inspection_ids - part
        self._call(self._as("service", rma.settlement_ids), "action_submit")
        self._transfer(self.places["quarantine"], self.inspection_location, 2)
        self.assertRefused(
            "about to be credited: customer service cancels",
            lambda: self._as("receiver", again).action_correct_receipt(0),
        )

    def test_done_undo_is_not_enlarged(self):
        rma = self._received(self.line, 2)
        undo = self._return_button(rma.picking_ids, 1)
        self._validate(undo)
        self.assertEqual(self._lies(self.inspection_location), 1)
        self.assertRefused(
            STAYS,
            lambda: self._rpc(
                self.stocker,
                "stock.move.line",
                "write",
                undo.move_line_ids.ids,
                {"quantity": 2},
            ),
        )
        self.assertEqual(self._lies(self.inspection_location), 1)

    def test_what_came_is_not_enlarged_afterwards(self):
        """The customer had nothing when it came, and has something by now."""
        picking = self._transfer(
            self.customers, self.stock, partner_id=self.stranger.id
        )
        order = self._new_order((self.product, 3), partner_id=self.stranger.id)
        self._deliver(order)
        line = picking.move_line_ids
        for call in (
            lambda: self._call(line.with_user(self.manager), "write", {"quantity": 4}),
            lambda: self._call(
                picking.move_ids.with_user(self.manager), "write", {"quantity": 4}
            ),
            lambda: self._rpc(
                self.manager,
                "stock.move.line",
                "create",
                [
                    {
                        "move_id": line.move_id.id,
                        "picking_id": picking.id,
                        "product_id": self.product.id,
                        "quantity": 3,
                        "location_id": self.customers.id,
                        "location_dest_id": self.stock.id,
                    }
                ],
            ),
        ):
            self.assertRefused("was looked at when it came", call)
        self._call(line.with_user(self.manager), "write", {"quantity": 0})
        self.assertEqual(picking.move_ids.quantity, 0, "less came than was noted")

    def test_done_transfers_inside_returns_stay(self):
        self._received(self.line, 2)
        here, there = self.inspection_location, self.places["quarantine"]
        picking = self._transfer(here, there)
        line = picking.move_line_ids.with_user(self.manager)
        for quantity in (0, 2):
            self.assertRefused(
                STAYS,
                lambda quantity=quantity: self._call(
                    line, "write", {"quantity": quantity}
                ),
            )
        self.assertEqual((self._lies(here), self._lies(there)), (1, 1))

    def test_goods_go_back_to_whom_they_belong(self):
        rma = self._received(self.line, 2)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        picking = rma.inspection_ids.move_ids.picking_id.filtered(
            lambda own: own.state != "done"
        ).with_user(self.stocker)
        self._call(picking, "write", {"partner_id": self.stranger.id})
        self._call(picking.move_ids, "write", {"quantity": 2, "picked": True})
        self.assertRefused(
            f"goes to {self.customer.name}",
            lambda: self._call(picking, "button_validate"),
        )
        self._call(picking, "write", {"partner_id": self.customer.id})
        self._call(picking, "button_validate")
        self.assertEqual(picking.state, "done")

    def test_approved_goods_leave_for_whom_it_was_approved(self):
        self._received(self.line, 2)
        own = {"partner_id": self.customer.id}
        picking = self._open_transfer(self.inspection_location, self.suppliers, **own)
        change = self._approve(picking)
        self.assertIn(self.customer.name, change.approval_ids.details)
        # what was approved before contacts were kept
        change._guarded_write({"partner_id": False})
        self.env.flush_all()
        script = Path(__file__).parents[2] / "migrations/19.0.1.4.0/post-contact.py"
        load_script(str(script), "post_contact").migrate(self.env.cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertEqual(change.partner_id, self.customer)
        # Odoo looks for the place anew when the contact changes.
        place = {"location_dest_id": self.suppliers.id}
        self._call(picking, "write", {"partner_id": self.stranger.id, **place})
        self.assertRefused(
            f"names another contact .*: {self.customer.name}", picking.button_validate
        )
        self._call(picking, "write", {**own, **place})
        self._call(picking, "button_validate")
        self.assertEqual(picking.state, "done")

    def _piece(self, product, source, goal):
        return {
            "product_id": product.id,
            "product_uom_qty": 1,
            "location_id": source.id,
            "location_dest_id": goal.id,
        }

    def _name_lot(self, picking, lot):
        picking.move_ids.move_line_ids.unlink()
        picking.move_line_ids.create(
            {
                "move_id": picking.move_ids.id,
                "picking_id": picking.id,
                "lot_id": lot.id,
                "quantity": 1,
                "picked": True,
            }
        )

    def test_what_was_written_off_is_not_on_sale_again(self):
        serials = self._create_lots(
            self._create_product("Pump", tracking="serial"), "P1"
        )
        product = serials.product_id
        self._stock(product, 1, serials)
        line = self._sell(1, product=product)
        rma = self._received(line, 1, lot_id=serials.id)
        self._inspect(rma.inspection_ids, "D", "SCRAP")
        lines = self.env["stock.move.line"].search([("lot_id", "in", serials.ids)])
        place = lines.location_dest_id.filtered(lambda at: at.usage == "inventory")
        self.assertEqual(len(place), 1)
        back = self._open_transfer(
            place,
            self.stock,
            move_ids=[Command.create(self._piece(product, place, self.stock))],
        )
        self._name_lot(back, serials)
        self.assertRefused("Returns have written Pump off", back.button_validate)
        # nor after one stop in between, and not sold from there
        for goal, way in ((self.suppliers, self.stock), (None, self.customers)):
            start = place
            if goal:
                aside = self._open_transfer(
                    place,
                    goal,
                    move_ids=[Command.create(self._piece(product, place, goal))],
                )
                self._name_lot(aside, serials)
                self._call(aside, "button_validate")
                start = goal
            on = self._open_transfer(
                start, way, move_ids=[Command.create(self._piece(product, start, way))]
            )
            self._name_lot(on, serials)
            self.assertRefused("Returns have written Pump off", on.button_validate)
            if goal:
                home = self._open_transfer(
                    goal,
                    place,
                    move_ids=[Command.create(self._piece(product, goal, place))],
                )
                self._name_lot(home, serials)
                self._call(home, "button_validate")
        self._approve(back)
        self._call(back, "button_validate")
        self.assertEqual(self._lies(self.stock, product), 1)


@tagged("post_install", "-at_install")
class TestGoodsPlaces(GoodsCase):
    FULL = "keeps its parent, type, facility and state"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.inspection_location.id}
        )
        cls.rma = cls._received(cls._sell(4), 3)
        cls._transfer(cls.inspection_location, cls.shelf, 3)

    def test_places_with_goods_stay(self):
        root = self.company.reverse_root_location_id
        view = self.inspection_location.location_id
        facility = self.warehouse.reverse_facility_ids
        changes = {
            self.inspection_location: (
                {"location_id": self.stock.id},
                {"location_id": False},
                {"location_id": self.places["liquidation"].id},
                {"reverse_state": "liquidation"},
                {"reverse_facility_id": False},
                {"usage": "customer"},
                {"active": False},
                {"company_id": False},
            ),
            self.shelf: (
                {"location_id": self.stock.id},
                {"location_id": self.places["liquidation"].id},
                {"reverse_state": "liquidation"},
                {"usage": "transit"},
            ),
            view: ({"location_id": self.stock.id}, {"usage": "internal"}),
            root: ({"location_id": self.warehouse.view_location_id.id},),
        }
        for place, ways in changes.items():
            for vals in ways:
                for user in (self.manager, self.users["administrator"]):
                    with self.subTest(place=place.display_name, vals=vals):
                        self.assertRefused(
                            f"{self.FULL}|allowed|Changing the company",
                            lambda place=place, vals=vals, user=user: (
                                place.with_user(user).with_context(**KEYS).write(vals)
                            ),
                        )
        self.assertRefused(
            self.FULL,
            lambda: facility.write(
                {"location_ids": [Command.unlink(self.inspection_location.id)]}
            ),
        )
        self.assertRefused(self.FULL, facility.unlink)
        self.inspection_location.with_user(self.manager).write(
            {"name": "Dock", "location_id": view.id, "usage": "internal"}
        )
        self._inspect(self.rma.inspection_ids)
        self.assertEqual(self.rma.state, "done")
        self.shelf.with_user(self.manager).location_id = self.places["hold"]

    def test_goods_get_into_returns_by_no_change_of_a_place(self):
        aisle = self.env["stock.location"].create(
            {"name": "Aisle", "location_id": self.stock.id}
        )
        self._stock(self.product, 1, location=aisle)
        aisle = aisle.with_user(self.manager)
        for vals in (
            {"location_id": self.inspection_location.id},
            {"location_id": self.places["liquidation"].id},
            {"reverse_facility_id": self.facility.id},
        ):
            self.assertRefused(self.FULL, lambda vals=vals: aisle.write(vals))

    def test_places_of_returns_are_in_no_warehouse(self):
        hold = self.places["hold"].with_user(self.manager)
        self.assertRefused(
            "can be sold: put it below the location “Returns”",
            lambda: hold.write({"location_id": self.stock.id}),
        )
        self.assertRefused(
            "can be sold: put it below the location “Returns”",
            lambda: hold.create(
                {
                    "name": "Here",
                    "location_id": self.stock.id,
                    "reverse_facility_id": self.facility.id,
                }
            ),
        )
        warehouse = self.warehouse.with_user(self.manager)
        for vals in (
            {"lot_stock_id": self.inspection_location.id},
            {"view_location_id": self.company.reverse_root_location_id.id},
        ):
            self.assertRefused(
                "has returned goods, which", lambda vals=vals: warehouse.write(vals)
            )
        self.assertRefused(
            "keep the operation types that were made for them",
            lambda: warehouse.write(
                {"reverse_receipt_type_id": self.warehouse.in_type_id.id}
            ),
        )

    def test_root_of_returns_stays(self):
        boss = self.users["administrator"]
        boss.group_ids += self.env.ref("base.group_system")
        for name in ("reverse_root_location_id", "reverse_scrap_location_id"):
            self.assertRefused(
                "are set once by the system",
                lambda name=name: self.company.with_user(boss).write(
                    {name: self.stock.id}
                ),
            )

    def test_operation_types(self):
        receipts = self.warehouse.reverse_receipt_type_id.with_user(self.manager)
        self.assertRefused(
            "is inspected before it goes to",
            lambda: receipts.write({"default_location_dest_id": self.stock.id}),
        )
        receipts.default_location_dest_id = self.shelf
        deliveries = self.warehouse.out_type_id.with_user(self.manager)
        self.assertRefused(
            "would deliver from .*, where goods wait for their inspection",
            lambda: deliveries.write({"default_location_src_id": self.shelf.id}),
        )
        deliveries.default_location_src_id = self.places["liquidation"]
