"""Goods in returns that are counted, scrapped or moved by hand need an approval."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..approval_common import ApprovalCase

REFUSED = "change only when somebody else has approved|belongs to returns"


@tagged("post_install", "-at_install")
class TestQuantityChanges(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, login="plain-manager", groups="stock.group_stock_manager"
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.hold = cls.facility._get_location("hold")
        cls._received(cls.line, 5)

    def setUp(self):
        super().setUp()
        self.quant = self._quant(self.inspection_location)
        self.assertEqual(self.quant.quantity, 5)

    def _quant(self, location):
        return (
            self.env["stock.quant"]
            .search(
                [
                    ("product_id", "=", self.product.id),
                    ("location_id", "=", location.id),
                ]
            )
            .with_user(self.manager)
            .with_context(inventory_mode=True)
        )

    def _changes(self):
        return self.env["reverse.quantity.change"].search([])

    def _count(self, quantity, reason="Counted twice at the dock"):
        self.quant.inventory_quantity = quantity
        action = self.quant.action_apply_inventory()
        self.assertEqual(action["res_model"], "reverse.quantity.wizard")
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = reason
        told = wizard.save().action_ask()
        self.assertEqual(told["tag"], "display_notification")
        return self._changes()

    # ------------------------------------------------------------------
    # Counts
    # ------------------------------------------------------------------
    def test_count_is_booked_when_it_is_approved(self):
        change = self._count(3)
        self.assertEqual(
            (self.quant.quantity, self.quant.inventory_quantity_set), (5, False)
        )
        self.assertEqual(
            (change.state, change.quantity, change.value, change.counted_by_id),
            ("requested", 2, 80, self.manager),
        )
        self.assertEqual(
            change.display_name,
            f"-2 units Kettle, {self.inspection_location.display_name}",
        )
        approval = change.approval_ids
        self.assertEqual(
            (approval.gate, approval.group_id, approval.needed),
            ("quantity", self.approver, 1),
        )
        self.assertIn("Counted twice at the dock", approval.details)
        self._approve(self.users["approver"], change)
        self.assertEqual((change.state, self.quant.quantity), ("done", 3))
        move = change.move_ids
        self.assertEqual(
            (move.state, move.is_inventory, move.quantity), ("done", True, 2)
        )
        self.assertIn("Counted twice at the dock", move.reference)

    def test_what_was_approved_is_no_difference(self):
        """Counted off, scrapped or put there: documents and goods agree again."""
        self._approve(self.users["approver"], self._count(4))
        self.assertEqual(self._differences(), [(4, 4, 0)])
        self.quant.inventory_quantity = 4
        scrap = self._scrap(1)
        self._ask_scrap(scrap)
        self.assertEqual(self._differences(), [(3, 3, 0)])
        # What went missing beside it is told all the same,
        self.quant.sudo()._update_available_quantity(
            self.product, self.inspection_location, -1
        )
        self.assertEqual(self._differences(), [(3, 2, -1)])

    def test_what_was_counted_off_is_not_missed_twice(self):
        """and documents that follow a count later are not changed twice."""
        self._approve(self.users["approver"], self._count(4))
        part = self._as("inspector", self.env["reverse.inspection"].search([], limit=1))
        part.quantity = 4
        self._inspect(part, "D", "QUARANTINE")
        self.assertEqual(self._differences(), [(4, 4, 0)])

    def test_what_came_since_is_missed_whatever_was_approved_before(self):
        """An approval says nothing of goods that were not there at that time."""
        self._approve(self.users["approver"], self._count(2))
        self.assertEqual(self._differences(), [(2, 2, 0)])
        # documents follow: these goods are with whoever came for them
        parts = self.env["reverse.inspection"].search(
            [("product_id", "in", self.product.ids)]
        )
        parts._guarded_write({"goods_gone": True})
        quants = self.quant.sudo()
        quants._update_available_quantity(self.product, self.inspection_location, -2)
        self.assertEqual(self._differences(), [])
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self._received(self.line, 4)
            self.assertEqual(self._differences(), [(4, 4, 0)])
            quants._update_available_quantity(
                self.product, self.inspection_location, -2
            )
            self.assertEqual(self._differences(), [(4, 2, -2)])

    def test_goods_of_ours_put_into_returns_are_no_difference(self):
        self._stock(self.product, 5)
        picking = self._transfer(self.stock, self.hold)
        picking.action_reverse_ask_quantity("Kept apart for the supplier")
        self._approve(self.users["approver"], self._changes())
        picking.button_validate()
        self.assertEqual(self._differences(), [(2, 2, 0), (5, 5, 0)])

    def _ask_scrap(self, scrap):
        action = scrap.action_validate()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        wizard = Form(wizard.with_context(**action["context"]))
        wizard.reason = "Fell off the shelf"
        wizard.save().action_ask()
        self._approve(self.users["approver"], self._changes()[0])

    def _differences(self):
        """What documents and stock say of the kettles in returns."""
        self.env.flush_all()
        self.env.invalidate_all()
        model = self.env["reverse.stock.difference"].with_user(self.manager)
        rows = model.search(model.action_open()["domain"])
        rows = rows.filtered(lambda row: row.product_id == self.product)
        return sorted((row.documented, row.on_hand, row.difference) for row in rows)

    def test_more_than_expected_is_booked_too(self):
        change = self._count(6)
        self._approve(self.users["approver"], change)
        self.assertEqual((change.quantity, self.quant.quantity), (1, 6))

    def test_who_counted_does_not_approve(self):
        self.manager.group_ids += self.approver
        change = self._count(3)
        with self.assertRaisesRegex(UserError, "You took an earlier step of -2"):
            self._approve(self.manager, change)
        with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
            self._approve(self.users["service"], change)
        self.assertEqual(self.quant.quantity, 5)

    def test_refused_count_changes_nothing(self):
        change = self._count(3)
        self._as("approver", change.approval_ids).action_reject("Count again.")
        self.assertEqual((change.state, self.quant.quantity), ("refused", 5))
        with self.assertRaisesRegex(UserError, "is no longer asked"):
            self._approve_again(change)

    def _approve_again(self, change):
        change.approval_ids.with_user(self.second).action_approve()

    def test_a_rule_says_who_approves(self):
        self._rule("quantity", value_from=100, group_id=self.technical.id)
        self.assertEqual(self._count(3).approval_ids.group_id, self.approver)
        self._approve(self.users["approver"], self._changes())
        change = self._count(0, "Stolen") - self._changes()[1:]
        self.assertEqual(change[:1].approval_ids.group_id, self.technical)

    def test_a_rule_is_about_what_the_goods_are(self):
        hazardous = self.env.ref("reverse_logistics.trait_hazardous")
        self._rule(
            "quantity",
            trait_ids=[Command.set(hazardous.ids)],
            group_id=self.technical.id,
        )
        self.assertEqual(self._count(4).approval_ids.group_id, self.approver)
        self._approve(self.users["approver"], self._changes())
        self.product.reverse_trait_ids = hazardous
        change = self._count(3) - self._changes()[1:]
        self.assertEqual(change[:1].approval_ids.group_id, self.technical)

    def test_reason_of_the_physical_inventory_is_taken(self):
        self.quant.inventory_quantity = 4
        wizard = (
            self.env["stock.inventory.adjustment.name"]
            .with_user(self.manager)
            .create(
                {
                    "quant_ids": [Command.set(self.quant.ids)],
                    "inventory_adjustment_name": "Year-end count",
                }
            )
        )
        wizard.action_apply()
        self.assertEqual(self._changes().reason, "Year-end count")
        self.assertEqual(self.quant.quantity, 5)

    def test_other_counts_go_on(self):
        self._stock(self.product, 10)
        other = self._quant(self.stock)
        before = other.quantity
        quants = self.quant | other
        self.quant.inventory_quantity = 4
        other.inventory_quantity = before + 2
        quants.with_context(inventory_name="Cycle count").action_apply_inventory()
        self.assertEqual((self.quant.quantity, other.quantity), (5, before + 2))
        self.assertEqual(self._changes().location_id, self.inspection_location)

    def test_a_reason_is_needed(self):
        self.quant.inventory_quantity = 4
        with self.assertRaisesRegex(UserError, "Say why the quantity changes"):
            self.quant.action_reverse_ask_count(" ")
        with self.assertRaisesRegex(UserError, "Every counted quantity is the"):
            self.quant.inventory_quantity = 5
            self.quant.action_reverse_ask_count("Nothing")
        self.assertFalse(self._changes())

    def test_no_way_past(self):
        quant, model = self.quant, "stock.quant"
        context = {"inventory_mode": True}
        place = {
            "product_id": self.product.id,
            "location_id": self.inspection_location.id,
        }
        attempts = {
            "auto apply": ("write", quant.ids, {"inventory_quantity_auto_apply": 1}),
            "created": ("create", [{**place, "inventory_quantity_auto_apply": 9}]),
            "deleted": ("unlink", quant.ids),
        }
        for name, (method, *args) in attempts.items():
            with (
                self.subTest(way=name),
                self.assertRaisesRegex(
                    (UserError, AccessError), f"{REFUSED}|not allowed"
                ),
            ):
                self._rpc(self.manager, model, method, *args, context=context)
        raw = {
            "quantity": ("write", quant.ids, {"quantity": 1}),
            "moved": ("write", quant.ids, {"location_id": self.stock.id}),
            "raw": ("create", [{**place, "quantity": 9}]),
        }
        for name, (method, *args) in raw.items():
            said = f"{REFUSED}|not written by hand"
            with self.subTest(way=name), self.assertRaisesRegex(UserError, said):
                self._rpc(self.manager, model, method, *args)
        self._rpc(
            self.manager,
            model,
            "load",
            ["product_id/.id", "location_id/.id", "inventory_quantity_auto_apply"],
            [[str(self.product.id), str(self.inspection_location.id), "9"]],
        )
        with self.assertRaisesRegex(UserError, REFUSED):
            quant.inventory_quantity = 1
            quant.sudo()._apply_inventory()
        quants = self._quant(self.inspection_location)
        self.assertEqual(sum(quants.mapped("quantity")), 5)

    def test_goods_that_left_meanwhile_are_not_booked(self):
        change = self._count(0)
        self._inspect(
            self.env["reverse.inspection"].search(
                [("product_id", "=", self.product.id), ("state", "=", "draft")]
            )
        )
        with self.assertRaisesRegex(UserError, "left there is 0. Refuse it"):
            self._approve(self.users["approver"], change)
        self.assertEqual(change.state, "requested")

    # ------------------------------------------------------------------
    # Scrap
    # ------------------------------------------------------------------
    def _scrap(self, quantity=2, location=None):
        return (
            self.env["stock.scrap"]
            .with_user(self.manager)
            .create(
                {
                    "product_id": self.product.id,
                    "scrap_qty": quantity,
                    "location_id": (location or self.inspection_location).id,
                    "scrap_location_id": self.company._ensure_reverse_scrap().id,
                }
            )
        )

    def test_scrap_waits_for_its_approval(self):
        scrap = self._scrap()
        action = scrap.action_validate()
        self.assertEqual(action["res_model"], "reverse.quantity.wizard")
        with self.assertRaisesRegex(UserError, REFUSED):
            scrap.do_scrap()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"reason": "Soaked"})
        )
        wizard.action_ask()
        change = self._changes()
        self.assertEqual(
            (change.kind, change.quantity, scrap.state), ("scrap", 2, "draft")
        )
        with self.assertRaisesRegex(UserError, "waits for approval"):
            scrap.scrap_qty = 5
        with self.assertRaisesRegex(UserError, "waits for approval"):
            scrap.action_validate()
        self._approve(self.users["approver"], change)
        self.assertEqual((scrap.state, change.state), ("done", "done"))
        self.assertEqual((change.move_ids, self.quant.quantity), (scrap.move_ids, 3))

    def test_scrap_that_is_deleted_is_not_asked_for(self):
        scrap = self._scrap()
        scrap.action_reverse_ask_scrap("Soaked")
        change = self._changes()
        scrap.unlink()
        self.assertEqual((change.state, change.approval_ids.state), ("cancelled",) * 2)

    def test_other_goods_are_scrapped_as_ever(self):
        self._stock(self.product, 5)
        scrap = self._scrap(location=self.stock)
        self.assertIs(scrap.action_validate(), True)
        self.assertEqual(scrap.state, "done")

    def test_workflow_is_not_hindered(self):
        part = self.env["reverse.inspection"].search(
            [("product_id", "=", self.product.id), ("state", "=", "draft")]
        )
        self._inspect(part, "E", "SCRAP")
        self.assertTrue(part.disposed)
        self._as("inspector", part).action_correct()
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "A", "RESTOCK")
        self._as("inspector", again).action_correct()
        self.assertEqual(self._quant(self.inspection_location).quantity, 5)
        self.assertFalse(self._changes())

    # ------------------------------------------------------------------
    # Transfers
    # ------------------------------------------------------------------
    def _transfer(self, source, target, quantity=2, product=None, entered=True):
        places = {"location_id": source.id, "location_dest_id": target.id}
        picking = (
            self.env["stock.picking"]
            .with_user(self.manager)
            .create(
                {
                    **places,
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                **places,
                                "product_id": (product or self.product).id,
                                "product_uom_qty": quantity,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        if entered:
            picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    def test_goods_put_into_returns_by_hand(self):
        self._stock(self.product, 5)
        picking = self._transfer(self.stock, self.hold)
        self.assertTrue(picking.reverse_needs_approval)
        with self.assertRaisesRegex(UserError, REFUSED):
            picking.button_validate()
        picking.action_reverse_ask_quantity("Kept apart for the supplier")
        change = self._changes()
        self.assertFalse(picking.reverse_needs_approval)
        with self.assertRaisesRegex(UserError, "waits for approval: .2 units Kettle"):
            picking.button_validate()
        self._approve(self.users["approver"], change)
        self.assertEqual((change.state, picking.state), ("permitted", "assigned"))
        picking.move_ids.quantity = 3
        with self.assertRaisesRegex(
            UserError, "more of Kettle than was approved: 2 units"
        ):
            picking.button_validate()
        picking.move_ids.quantity = 2
        picking.button_validate()
        self.assertEqual((change.state, picking.state), ("done", "done"))
        self.assertEqual(self._quant(self.hold).quantity, 2)
        with self.assertRaisesRegex(
            UserError, "more of Kettle than was approved: 2 units"
        ):
            picking.move_line_ids.quantity = 4
        self.assertEqual(self._quant(self.hold).quantity, 2)

    def test_goods_written_off_by_a_transfer(self):
        loss = self.product.property_stock_inventory
        picking = self._transfer(self.inspection_location, loss)
        with self.assertRaisesRegex(UserError, REFUSED):
            picking.button_validate()
        self.assertEqual(self.quant.quantity, 5)

    def test_goods_used_up_by_a_transfer(self):
        production = self.product.property_stock_production
        picking = self._transfer(self.inspection_location, production)
        self.assertTrue(picking.reverse_needs_approval)
        with self.assertRaisesRegex(UserError, REFUSED):
            picking.button_validate()
        self.assertEqual(self.quant.quantity, 5)

    def test_goods_made_or_bought_are_not_put_into_returns(self):
        for source in (
            self.product.property_stock_production,
            self.env.ref("stock.stock_location_suppliers"),
        ):
            with self.subTest(source=source.usage):
                picking = self._transfer(source, self.hold)
                with self.assertRaisesRegex(UserError, REFUSED):
                    picking.button_validate()
        self.assertFalse(self._quant(self.hold))

    def test_goods_sent_to_a_supplier(self):
        """From where an inspection puts them for that; else somebody else approves."""
        supplier = self.env.ref("stock.stock_location_suppliers")
        place = self.facility._get_location("vendor_return")
        self._stock(self.product, 2, location=place)
        picking = self._transfer(place, supplier)
        self.assertFalse(picking.reverse_needs_approval)
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        picking = self._transfer(self.inspection_location, supplier)
        self.assertTrue(picking.reverse_needs_approval)
        with self.assertRaisesRegex(UserError, "no inspection has decided"):
            picking.button_validate()
        picking.action_reverse_ask_quantity("The supplier wants to see it")
        self._approve(self.users["approver"], self._changes())
        picking.button_validate()
        self.assertEqual(self.quant.quantity, 3)

    def _serials_in_inspection(self):
        lots = self._create_lots(self.serial_product, "Worn", "New", "Third")
        for lot in lots:
            self._stock(self.serial_product, 1, lot, self.inspection_location)
        return lots

    def _transfer_serials(self, target, lots):
        picking = self._transfer(
            self.inspection_location, target, len(lots), self.serial_product
        )
        for line, lot in zip(picking.move_line_ids, lots, strict=True):
            line.lot_id = lot
        return picking

    def test_only_the_goods_that_were_approved_are_written_off(self):
        worn, new, third = self._serials_in_inspection()
        loss = self.serial_product.property_stock_inventory
        picking = self._transfer_serials(loss, worn | new)
        picking.action_reverse_ask_quantity("Worn out")
        change = self._changes()
        self.assertEqual(change.quantity, 2)
        for lot in worn, new:
            self.assertIn(
                f"1 unit Scanner, {lot.name}: {self.inspection_location.display_name}",
                change.approval_ids.details,
            )
        self._approve(self.users["approver"], change)
        line = picking.move_line_ids.filtered(lambda ml: ml.lot_id == new)
        line.lot_id = third
        with self.assertRaisesRegex(
            UserError, "nobody has approved:\n1 unit Scanner, Third: .*Inspection"
        ):
            picking.button_validate()
        # nor does another one become it by its number
        with self.assertRaisesRegex(UserError, "lies in returns, .* is not changed"):
            third.with_user(self.manager).name = "Third, too"
        new.name, third.name = "Was new", "New"
        with self.assertRaisesRegex(UserError, "nobody has approved:\n1 .*, New: "):
            picking.button_validate()
        third.name = "Third"
        line.lot_id = new
        picking.button_validate()
        self.assertEqual((picking.state, change.state), ("done", "done"))
        with self.assertRaisesRegex(UserError, "nobody has approved:\n.*Third"):
            line.lot_id = third
        self.assertEqual(third.quant_ids.location_id, self.inspection_location)

    def test_a_name_that_was_approved_is_no_lot_that_came_later(self):
        """Goods would be added to a lot that nobody has looked at."""
        places = self.env.ref("stock.stock_location_suppliers"), self.hold
        picking = self._transfer(*places, 1, self.serial_product, entered=False)
        line = picking.move_line_ids
        line.write({"lot_name": "Later", "quantity": 1, "picked": True})
        picking.action_reverse_ask_quantity("Found in the yard")
        change = self._changes()
        self.assertIn("1 unit Scanner, Later: ", change.approval_ids.details)
        self._approve(self.users["approver"], change)
        lot = self._create_lots(self.serial_product, "Later")
        self._stock(self.serial_product, 1, lot)
        with self.assertRaisesRegex(UserError, "nobody has approved:\n1 .*, Later: "):
            picking.button_validate()
        # asked for when it is there, it is that one
        picking.action_cancel()
        picking = self._transfer(*places, 1, self.serial_product, entered=False)
        picking.move_line_ids.write(
            {"lot_name": "Later", "quantity": 1, "picked": True}
        )
        picking.action_reverse_ask_quantity("Found in the yard")
        self.assertEqual(self._changes()[0].parts[0][1], lot.id)

    def test_goods_leave_only_the_place_that_was_approved(self):
        self._stock(self.product, 2, location=self.hold)
        loss = self.product.property_stock_inventory
        picking = self._transfer(self.inspection_location, loss)
        picking.action_reverse_ask_quantity("Soaked")
        self._approve(self.users["approver"], self._changes())
        picking.move_line_ids.location_id = self.hold
        with self.assertRaisesRegex(UserError, "nobody has approved:\n2 .*Hold → "):
            picking.button_validate()

    def test_what_is_asked_for_is_named(self):
        picking = self._transfer(
            self.stock, self.hold, product=self.serial_product, entered=False
        )
        with self.assertRaisesRegex(UserError, "Enter first how much of Scanner"):
            picking.action_reverse_ask_quantity("Kept apart")

    def test_moves_within_returns_need_none(self):
        picking = self._transfer(self.inspection_location, self.hold)
        self.assertFalse(picking.reverse_needs_approval)
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        with self.assertRaisesRegex(UserError, "Nothing here waits"):
            picking.action_reverse_ask_quantity("x")

    def test_cancelled_transfer_is_not_asked_for(self):
        self._stock(self.product, 5)
        picking = self._transfer(self.stock, self.hold)
        picking.action_reverse_ask_quantity("Kept apart")
        picking.action_cancel()
        change = self._changes()
        self.assertEqual((change.state, change.approval_ids.state), ("cancelled",) * 2)

    def test_link_to_an_approved_change_is_not_forged(self):
        change = self._count(3)
        self._approve(self.users["approver"], change)
        picking = self._transfer(self.inspection_location, self.hold)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._rpc(
                self.manager,
                "stock.move",
                "write",
                picking.move_ids.ids,
                {"reverse_quantity_change_id": change.id},
            )
        with self.assertRaisesRegex((UserError, AccessError), "directly|allowed"):
            self._rpc(
                self.users["administrator"],
                change._name,
                "write",
                change.ids,
                {"state": "requested"},
            )
        with self.assertRaisesRegex((UserError, AccessError), "directly|allowed"):
            change.sudo().create({"reason": "x"})
        self.assertEqual(change.state, "done")
