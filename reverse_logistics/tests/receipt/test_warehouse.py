"""Where returned goods lie: outside of what sells, in every warehouse and company."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..control_common import ControlCase

STATES = {
    "inspection",
    "quarantine",
    "refurbish",
    "vendor_return",
    "liquidation",
    "hold",
    "customer_return",
}


@tagged("post_install", "-at_install")
class TestWarehouse(ControlCase):
    def _create_warehouse(self, code, company=None, **values):
        company = company or self.company
        return self.env["stock.warehouse"].create(
            {"name": f"House {code}", "code": code, "company_id": company.id, **values}
        )

    def _create_company(self, name, **values):
        company = self.env["res.company"].create({"name": name, **values})
        self.env.user.company_ids += company
        return company

    def _assert_equipped(self, warehouse):
        """Everything a warehouse needs to take goods back, and nothing of it sells."""
        facility = warehouse.reverse_facility_ids
        self.assertEqual(len(facility), 1)
        self.assertEqual(facility.company_id, warehouse.company_id)
        internal = facility.location_ids.filtered("reverse_state")
        self.assertEqual(set(internal.mapped("reverse_state")), STATES)
        self.assertEqual(len(internal), len(STATES))
        root = warehouse.company_id.reverse_root_location_id
        self.assertFalse(root.location_id)
        self.assertEqual((root.usage, root.company_id), ("view", warehouse.company_id))
        for location in internal:
            self.assertTrue(location.parent_path.startswith(root.parent_path))
            self.assertFalse(location.warehouse_id or location.replenish_location)
            self.assertEqual(location.company_id, warehouse.company_id)
            self.assertEqual((location.usage, location.active), ("internal", True))
        receipt, putaway = (
            warehouse.reverse_receipt_type_id,
            warehouse.reverse_putaway_type_id,
        )
        inspection = facility._get_location("inspection")
        self.assertEqual((receipt.code, putaway.code), ("incoming", "internal"))
        self.assertEqual(receipt.default_location_dest_id, inspection)
        self.assertEqual(putaway.default_location_src_id, inspection)
        self.assertEqual(putaway.default_location_dest_id, warehouse.lot_stock_id)
        self.assertEqual(warehouse.out_type_id.return_picking_type_id, receipt)
        self.assertEqual((receipt + putaway).warehouse_id, warehouse)
        self.assertEqual((receipt + putaway).mapped("active"), [warehouse.active] * 2)

    # ------------------------------------------------------------------
    # Warehouses
    # ------------------------------------------------------------------
    def test_existing_warehouses_are_equipped(self):
        warehouses = self.env["stock.warehouse"].search([])
        self.assertTrue(warehouses)
        for warehouse in warehouses:
            self._assert_equipped(warehouse)

    def test_new_warehouse_is_equipped(self):
        warehouse = self._create_warehouse("NEW")
        self._assert_equipped(warehouse)
        self.assertNotEqual(
            warehouse.reverse_facility_ids._get_location("inspection"),
            self.inspection_location,
        )
        self.assertEqual(
            warehouse.reverse_receipt_type_id.sequence_id.prefix, "NEW/RET/"
        )

    def test_goods_come_back_to_the_warehouse_they_left(self):
        warehouse = self._create_warehouse("SEC")
        _line, delivery = self._sold(quantity=2, warehouse_id=warehouse.id)
        rma = self._inspected(delivery, 1)
        self.assertEqual(rma.facility_id, warehouse.reverse_facility_ids)
        self.assertEqual(rma.picking_ids.picking_type_id.warehouse_id, warehouse)
        product = self.product.with_context(warehouse_id=warehouse.id)
        self.assertEqual(product.qty_available, 1)
        self.assertEqual(self._available(), (0, 0, 0))

    def test_goods_can_come_back_to_another_warehouse(self):
        warehouse = self._create_warehouse("SEC")
        _line, delivery = self._sold(quantity=2)
        facility = warehouse.reverse_facility_ids
        rma = self._inspected(delivery, 1, rma={"facility_id": facility.id})
        product = self.product.with_context(warehouse_id=warehouse.id)
        self.assertEqual((rma.facility_id, product.qty_available), (facility, 1))
        self.assertEqual(self._available(), (0, 0, 0))

    def test_renamed_warehouse(self):
        warehouse = self._create_warehouse("OLD")
        facility = warehouse.reverse_facility_ids
        warehouse.write({"code": "RN1", "name": "Renamed"})
        self._assert_equipped(warehouse)
        self.assertEqual(facility.name, "Renamed")
        self.assertEqual(
            warehouse.reverse_receipt_type_id.sequence_id.prefix, "RN1/RET/"
        )
        self.assertEqual(warehouse.reverse_receipt_type_id.barcode, "RN1RET")
        self.assertEqual(
            facility._get_location("inspection").barcode, "RN1-RETURNS-INSPECTION"
        )
        self.env.flush_all()
        again = self._create_warehouse("OLD", name="Second of that code")
        self._assert_equipped(again)

    def test_archived_and_restored_warehouse(self):
        warehouse = self._create_warehouse("ARC")
        facility = warehouse.reverse_facility_ids
        warehouse.active = False
        types = warehouse.reverse_receipt_type_id | warehouse.reverse_putaway_type_id
        self.assertEqual(types.mapped("active"), [False, False])
        warehouse.active = True
        self._assert_equipped(warehouse)
        self.assertEqual(warehouse.reverse_facility_ids, facility)

    def test_delivery_and_reception_steps_can_change(self):
        warehouse = self._create_warehouse("STP")
        facility = warehouse.reverse_facility_ids
        for delivery, reception in (
            ("pick_ship", "two_steps"),
            ("pick_pack_ship", "three_steps"),
            ("ship_only", "one_step"),
        ):
            warehouse.write({"delivery_steps": delivery, "reception_steps": reception})
            self._assert_equipped(warehouse)
            self.assertEqual(warehouse.reverse_facility_ids, facility)

    def test_operation_types_of_another_code_keep_their_places(self):
        types = (
            self.warehouse.reverse_receipt_type_id
            | self.warehouse.reverse_putaway_type_id
        )
        types.code = "outgoing"
        types.code = "internal"
        receipt, putaway = types
        self.assertEqual(receipt.default_location_dest_id, self.inspection_location)
        self.assertEqual(putaway.default_location_src_id, self.inspection_location)
        self.assertEqual(putaway.default_location_dest_id, self.warehouse.lot_stock_id)
        _line, delivery = self._sold(quantity=4)
        picking = self._return_button(delivery.picking_id, 3)
        self._validate(picking)
        self.assertEqual(picking.location_dest_id, self.inspection_location)
        self.assertEqual(self._available(), (0, 0, 0))

    def test_equipping_again_changes_nothing(self):
        before = self.facility.location_ids
        types = (
            self.warehouse.reverse_receipt_type_id,
            self.warehouse.reverse_putaway_type_id,
        )
        self.warehouse._create_or_update_sequences_and_picking_types()
        self.warehouse._ensure_reverse_facility()
        self.assertEqual(self.facility.location_ids, before)
        self.assertEqual(
            (
                self.warehouse.reverse_receipt_type_id,
                self.warehouse.reverse_putaway_type_id,
            ),
            types,
        )

    def test_missing_location_is_made_again(self):
        self.facility._get_location("hold").unlink()
        self.assertFalse(self.facility._get_location("hold"))
        self.warehouse._ensure_reverse_facility()
        self._assert_equipped(self.warehouse)

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------
    def test_new_company(self):
        company = self._create_company("New Company")
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)]
        ) or self._create_warehouse("NCO", company)
        self._assert_equipped(warehouse)
        self.assertNotEqual(
            company.reverse_root_location_id, self.company.reverse_root_location_id
        )

    def test_branch_has_locations_of_its_own(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", branch.id)]
        ) or self._create_warehouse("BRA", branch)
        self._assert_equipped(warehouse)
        self.assertNotEqual(
            branch.reverse_root_location_id, self.company.reverse_root_location_id
        )
        self.assertFalse(
            warehouse.reverse_facility_ids.location_ids & self.facility.location_ids
        )

    def _deliver_from_branch(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", branch.id)]
        ) or self._create_warehouse("BRA", branch)
        for user in self.users.values():
            user.company_ids += branch
        order = self._order(
            self.product, 2, company_id=branch.id, warehouse_id=warehouse.id
        )
        return branch, self._deliver(order)

    def test_what_a_branch_refuses_comes_back_nowhere(self):
        """The company above it takes its goods in without authorization as little."""
        branch, delivery = self._deliver_from_branch()
        for own, above in (("refuse", "adopt"), ("adopt", "refuse")):
            branch.reverse_unauthorized = own
            self.company.reverse_unauthorized = above
            receipt = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "location_id": delivery.location_dest_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                "sale_line_id": delivery.sale_line_id.id,
                            }
                        )
                    ],
                }
            )
            with self.assertRaisesRegex(UserError, "only with a return authorization"):
                receipt.action_confirm()

    def test_branch_takes_its_goods_back(self):
        branch, delivery = self._deliver_from_branch()
        rma = self._inspected(delivery, 1, rma={"company_id": branch.id})
        self.assertEqual((rma.company_id, rma.facility_id.company_id), (branch, branch))
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        self.assertEqual(rma.authorized_by_version_id.company_id.id, False)
        self.assertEqual(self._available(), (0, 0, 0))

    def test_delivery_of_another_company_is_refused(self):
        other = self._create_company("Other")
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", other.id)]
        ) or self._create_warehouse("OTH", other)
        for user in self.users.values():
            user.company_ids += other
        order = self._order(
            self.product, 2, company_id=other.id, warehouse_id=warehouse.id
        )
        delivery = self._deliver(order)
        with self.assertRaisesRegex(UserError, "(?i)compan"):
            self._requested(delivery, 1)
        self.assertFalse(delivery.sudo().reverse_line_ids)

    def test_write_off_location_belongs_to_the_company(self):
        location = self.company._ensure_reverse_scrap()
        self.assertEqual(
            (location.usage, location.company_id), ("inventory", self.company)
        )
        self.assertEqual(location.valuation_account_id, self.company.expense_account_id)
        self.assertEqual(self.company._ensure_reverse_scrap(), location)

    # ------------------------------------------------------------------
    # Nothing returned is available before it is restocked
    # ------------------------------------------------------------------
    def test_returned_goods_are_not_available_before_restock(self):
        _line, delivery = self._sold(quantity=4)
        nothing = (0, 0, 0)
        rma = self._requested(delivery, 3)
        self.assertEqual(self._available(), nothing)
        parts = self._receive(rma)
        self.assertEqual(self._available(), nothing)
        parts = self._as("inspector", parts)
        parts.write({"quantity": 1, "condition_id": self.conditions["C"].id})
        parts.action_complete()
        self.assertEqual(self._available(), nothing)
        rest = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(rest)
        self.assertEqual(self._available(), (2, 2, 2))

    def test_orders_do_not_reserve_returned_goods(self):
        _line, delivery = self._sold(quantity=4)
        rma = self._received(delivery, 3)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.stranger.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 2}
                    )
                ],
            }
        )
        order.action_confirm()
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_ids.quantity, 0)
        self._inspect(rma.inspection_ids)
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_ids.quantity, 2)

    def test_no_screen_counts_returned_goods_as_available(self):
        _line, delivery = self._sold(quantity=4)
        self._received(delivery, 3)
        product = self.product.with_context(warehouse_id=False)
        product.invalidate_recordset()
        self.assertEqual((product.qty_available, product.free_qty), (0, 0))
        inside = self.product.with_context(location=self.inspection_location.id)
        self.assertEqual(inside.qty_available, 3)

    def test_only_what_is_put_on_sale_is_available(self):
        outside = {
            code: disposition
            for code, disposition in self.dispositions.items()
            if disposition.location_state != "sellable"
            and not disposition.keeps_goods
            # those of other addons ask for more, and are tested there
            and disposition.get_external_id()[disposition.id].startswith(
                "reverse_logistics."
            )
        }
        _line, delivery = self._sold(quantity=len(outside))
        self.assertTrue({"QUARANTINE", "SCRAP", "CUSTOMER"} <= set(outside))
        for code in outside:
            rma = self._received(delivery, 1)
            self._inspect(rma.inspection_ids, "D", code)
            self.assertFalse(
                rma.exception_ids.filtered(lambda e: e.type == "work_failure")
            )
            self.assertEqual(self._available(), (0, 0, 0), code)

    def test_return_button_after_the_return_type_was_changed(self):
        _line, delivery = self._sold(quantity=4)
        self.warehouse.out_type_id.return_picking_type_id = self.warehouse.in_type_id
        with self.assertRaisesRegex(UserError, "inspected first.*Inspection"):
            self._return_button(delivery.picking_id, 1)
        self.warehouse._create_or_update_sequences_and_picking_types()
        self._assert_equipped(self.warehouse)

    # ------------------------------------------------------------------
    # What is no return of a customer
    # ------------------------------------------------------------------
    def _moved(self, operation, source, target):
        """Move four of our product, and give the transfer."""
        move = self.env["stock.move"].create(
            {
                "picking_type_id": operation.id,
                "product_id": self.product.id,
                "product_uom_qty": 4,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        move._action_confirm()
        self._validate(move.picking_id, 4)
        return move.picking_id

    def test_what_a_supplier_exchanges_is_received_as_before(self):
        suppliers = self.env.ref("stock.stock_location_suppliers")
        stock, receipts = self.warehouse.lot_stock_id, self.warehouse.in_type_id
        receipt = self._moved(receipts, suppliers, stock)
        wizard = self.env["stock.return.picking"].create({"picking_id": receipt.id})
        wizard.product_return_moves.quantity = 2
        wizard.action_create_exchanges()
        sent = receipt.return_ids
        exchange = sent.return_ids
        self.assertEqual(exchange.picking_type_id, receipts)
        self.assertEqual(exchange.move_ids.location_dest_id, stock)
        self._validate(sent)
        self._validate(exchange)
        self.assertEqual(self._available(), (4, 4, 4))
        self.assertFalse(exchange.reverse_rma_id)

    def test_what_another_warehouse_has_not_taken_comes_back_as_before(self):
        transit = self.company.internal_transit_location_id
        stock, deliveries = self.warehouse.lot_stock_id, self.warehouse.out_type_id
        self._stock(self.product, 4)
        sent = self._moved(deliveries, stock, transit)
        back = self._return_button(sent, 1)
        self.assertEqual(back.picking_type_id, self.warehouse.in_type_id)
        self.assertEqual(back.location_dest_id, stock)
        self._validate(back)
        self.assertEqual(self._available(), (1, 1, 1))

    def test_what_another_warehouse_needs_no_more_comes_back_as_before(self):
        other = self._create_warehouse("SEC", resupply_wh_ids=self.warehouse.ids)
        wanted = {"route_ids": other.resupply_route_ids, "warehouse_id": other}
        procurement = self.env["stock.rule"].Procurement(
            *(self.product, 4, self.product.uom_id, other.lot_stock_id),
            *("SEC", "SEC", self.company, wanted),
        )
        stock = self.warehouse.lot_stock_id
        self._stock(self.product, 4)
        self.env["stock.rule"].run([procurement])
        moves = self.env["stock.move"].search([("product_id", "=", self.product.id)])
        self._validate(moves.filtered(lambda m: m.location_id == stock).picking_id, 4)
        self.env["stock.rule"].run([procurement._replace(product_qty=-1)])
        back = self.env["stock.move"].search(
            [("product_id", "=", self.product.id), ("location_dest_id", "=", stock.id)]
        )
        self.assertEqual(back.location_id, self.company.internal_transit_location_id)
        self.assertEqual(back.picking_type_id, self.warehouse.in_type_id)
        self.assertEqual(back.picking_id.picking_type_id, self.warehouse.in_type_id)
        self._validate(back.picking_id, 1)
        self.assertEqual(self._available(), (1, 1, 1))

    def test_what_a_supplier_sends_back_to_returns_is_inspected(self):
        suppliers = self.env.ref("stock.stock_location_suppliers")
        deliveries = self.warehouse.out_type_id
        place = self.facility._get_location("vendor_return")
        self._stock(self.product, 4, location=place)
        sent = self._moved(deliveries, place, suppliers)
        back = self._return_button(sent, 1)
        self.assertEqual(back.picking_type_id, self.warehouse.reverse_receipt_type_id)
        self.assertEqual(back.location_dest_id, self.inspection_location)
