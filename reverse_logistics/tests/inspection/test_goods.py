"""What came back is what the documents say: where, in what, whose, how old, worth."""

from datetime import datetime

from odoo import Command
from odoo.tests.common import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestGoods(ReturnsCommon):
    def _pack(self, picking, name, quantity=None):
        """Deliver this transfer in a package; give the package."""
        package = self.env["stock.package"].create({"name": name})
        picking.move_line_ids.result_package_id = package
        self._validate(picking)
        return package

    def _open_delivery(self, product, quantity, lots=None):
        order = self._new_order((product, quantity, {"price_unit": 100.0}))
        picking = order.picking_ids
        if lots:
            picking.move_ids.move_line_ids.unlink()
            picking.move_ids.move_line_ids = [
                Command.create(
                    {
                        "product_id": product.id,
                        "picking_id": picking.id,
                        "lot_id": lot.id,
                        "quantity": part,
                        "location_id": picking.location_id.id,
                        "location_dest_id": picking.location_dest_id.id,
                    }
                )
                for lot, part in lots.items()
            ]
        return picking

    def _places(self, product, usage="internal"):
        """Where goods lie: ``[(place, lot, package, owner, quantity)]``."""
        self.env.flush_all()
        self.env.invalidate_all()
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", usage)]
        )
        return sorted(
            (
                quant.location_id.reverse_state or quant.location_id.name,
                quant.lot_id.name or "",
                quant.package_id.name or "",
                quant.owner_id.name or "",
                quant.quantity,
            )
            for quant in quants
            if quant.quantity
        )

    # ------------------------------------------------------------------
    # Every kind of goods on every way
    # ------------------------------------------------------------------
    def test_every_kind_on_every_way(self):
        kinds = {
            "plain": {},
            "packed": {},
            "consigned": {},
            "lot": {"tracking": "lot"},
            "valued by lot": {"tracking": "lot", "lot_valuated": True},
            "serial": {"tracking": "serial"},
        }
        for kind, values in kinds.items():
            for way, condition in (("RESTOCK", "A"), ("SCRAP", "E"), ("CUSTOMER", "D")):
                with self.subTest(kind=kind, way=way):
                    self._go(kind, values, way, condition)

    def _go(self, kind, values, way, condition):
        """Buy two at 40, sell and deliver both, and take one back."""
        product = self._create_product(
            f"{kind} {way}", categ_id=self.perpetual.id, **values
        )
        names = {"lot": ["L"], "serial": ["S", "T"]}.get(values.get("tracking"), [])
        lots = self._create_lots(product, *names)
        owner, cost = self.stranger.browse(), 40
        if kind == "consigned":
            owner, cost = self.stranger, 0
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 2, owner_id=owner
            )
        else:
            for lot in lots or [None]:
                self._buy(product, 2 / (len(lots) or 1), 40.0, lot)
        picking = self._open_delivery(product, 2)
        package = ""
        if kind == "packed":
            package = self._pack(picking, f"PACK {way}").name
        else:
            self._validate(picking)
        self._invoice(picking.sale_id)
        line = picking.sale_id.order_line
        lot = lots[:1]
        rma = self._received(line, 1, **({"lot_id": lot.id} if lot else {}))
        piece = (lot.name or "", "", owner.name or "", 1)
        rest = (lots[-1:].name or "", package, owner.name or "", 1)
        self.assertEqual(self._places(product), [("inspection", *piece)])
        self.assertEqual(self._places(product, "customer"), [("Customers", *rest)])
        self.assertEqual((product.total_value, self._receipt_value(rma)), (cost, cost))
        if kind == "serial":
            self.assertEqual(lot.location_id, self.inspection_location)
        self._inspect(rma.inspection_ids, condition, way)
        self.assertFalse(self._open_exceptions(rma))
        if way == "CUSTOMER":
            self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
            self.assertLine(line, 2, 2, 0)
        else:
            self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
            self.assertLine(line, 1, 1, 0)
            # what was booked at delivery is taken back
            costs = self._cogs(line.order_id.invoice_ids)
            self.assertAlmostEqual(costs, -self._cogs(rma.credit_note_ids))
        restocked = way == "RESTOCK"
        self.assertEqual(self._places(product), [("Stock", *piece)] * restocked)
        self.assertAlmostEqual(product.total_value, cost * restocked)
        away = sum(place[-1] for place in self._places(product, "customer"))
        self.assertEqual(away, 2 if way == "CUSTOMER" else 1)
        self.assertEqual(rma._check_quantities(), {})

    def _receipt_value(self, rma):
        return sum(rma.line_ids.move_ids.filtered("is_in").mapped("value"))

    # ------------------------------------------------------------------
    # Packages
    # ------------------------------------------------------------------
    def test_serial_in_a_package_twice(self):
        product = self.serial_product
        (lot,) = self._create_lots(product, "P1")
        self._buy(product, 1, 40.0, lot)
        for turn in ("PACK-A", "PACK-B"):
            picking = self._open_delivery(product, 1, {lot: 1})
            self._pack(picking, turn)
            self._invoice(picking.sale_id)
            rma = self._received(picking.move_ids, lot_id=lot.id)
            self.assertEqual(len(self._places(product)), 1)
            self._inspect(rma.inspection_ids)
            self.assertEqual(self._places(product), [("Stock", "P1", "", "", 1)])
            self.assertEqual(lot.location_id, self.warehouse.lot_stock_id)
            self.assertFalse(self._places(product, "customer"))

    def test_part_of_a_package(self):
        product = self.product
        shelf = self._places(product)
        picking = self._open_delivery(product, 4)
        self._pack(picking, "PACK-C")
        self._invoice(picking.sale_id)
        rma = self._received(picking.move_ids, 3)
        parts = self._split(rma, 3)
        self._inspect(parts[0])
        self._inspect(parts[1], "E")
        self._inspect(parts[2], "D", "CUSTOMER")
        self.assertFalse(self._open_exceptions(rma))
        self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertEqual(
            [place[:1] + place[2:] for place in self._places(product)],
            [("Stock", "", "", shelf[0][-1] - 3)],
        )

    def _split(self, rma, count):
        """Split what is to be inspected into single pieces."""
        for _turn in range(count - 1):
            part = rma.inspection_ids.sorted("id")[-1]
            self._as("inspector", part).quantity = 1
        return rma.inspection_ids.sorted("id")

    def test_each_lot_leaves_the_package_it_was_delivered_in(self):
        product = self.serial_product
        lots = self._create_lots(product, "P2", "P3")
        for lot in lots:
            self._buy(product, 1, 40.0, lot)
        picking = self._open_delivery(product, 2, dict.fromkeys(lots, 1))
        for line in picking.move_line_ids:
            line.result_package_id = self.env["stock.package"].create(
                {"name": f"PACK {line.lot_id.name}"}
            )
        self._validate(picking)
        self._invoice(picking.sale_id)
        rma = self._return(picking.move_ids, lot_id=lots[1].id)
        self.assertEqual(rma.stage, "settled")
        self.assertEqual(
            self._places(product, "customer"), [("Customers", "P2", "PACK P2", "", 1)]
        )
        self.assertEqual(self._places(product), [("Stock", "P3", "", "", 1)])

    # ------------------------------------------------------------------
    # Age
    # ------------------------------------------------------------------
    def test_lot_keeps_its_age(self):
        product = self.lot_product
        old, new = self._create_lots(product, "OLD", "NEW")
        quants = self.env["stock.quant"]
        for lot, day in ((old, datetime(2026, 1, 1)), (new, datetime(2026, 3, 1))):
            quants._update_available_quantity(
                product, self.warehouse.lot_stock_id, 2, lot_id=lot, in_date=day
            )
        picking = self._open_delivery(product, 2, {old: 2})
        self._validate(picking)
        self._invoice(picking.sale_id)
        rma = self._return(picking.move_ids, 2, lot_id=old.id)
        self.assertEqual(rma.stage, "settled")
        order = self._new_order((product, 2, {"price_unit": 100.0}))
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, old)

    def test_the_age_stays_on_every_way_back_to_stock(self):
        """Through quarantine, taken from stock once more, and a part of it only."""

        def restock(parts):
            self._inspect(parts, "A", "RESTOCK")

        def through_quarantine(parts):
            self._inspect(parts, "C", "QUARANTINE")
            self._call(self._as("inspector", parts), "action_reinspect")
            restock(parts.line_id.inspection_ids - parts)

        def taken_once_more(parts):
            restock(parts)
            self._call(self._as("inspector", parts), "action_correct")
            restock(parts.line_id.inspection_ids - parts)

        def in_two_parts(parts):
            self._call(self._as("inspector", parts), "write", {"quantity": 1})
            for part in parts.line_id.inspection_ids:
                restock(part)

        ways = (restock, through_quarantine, taken_once_more, in_two_parts)
        came = datetime(2026, 1, 1)
        for product, quantity in ((self.lot_product, 2), (self.serial_product, 1)):
            for way in ways[: None if quantity > 1 else -1]:
                with self.subTest(way=way.__name__, tracking=product.tracking):
                    self._check_age(product, quantity, way, came)

    def _check_age(self, product, quantity, way, came):
        (lot,) = self._create_lots(product, f"{product.tracking}-{way.__name__}")
        shelf = self.warehouse.lot_stock_id
        quants = self.env["stock.quant"]
        quants._update_available_quantity(
            product, shelf, quantity, lot_id=lot, in_date=came
        )
        picking = self._open_delivery(product, quantity, {lot: quantity})
        self._validate(picking)
        self._invoice(picking.sale_id)
        rma = self._received(picking.move_ids, quantity, lot_id=lot.id)
        way(rma.inspection_ids)
        here = quants.search([("lot_id", "=", lot.id), ("location_id", "=", shelf.id)])
        self.assertEqual(
            (sum(here.mapped("quantity")), here[:1].in_date), (quantity, came)
        )

    # ------------------------------------------------------------------
    # Addresses
    # ------------------------------------------------------------------
    def test_receipt_comes_from_where_it_was_shipped_to(self):
        dock = self.env["res.partner"].create(
            {"name": "Dock 2", "type": "delivery", "parent_id": self.customer.id}
        )
        order = self._new_order(
            (self.product, 2, {"price_unit": 100.0}), partner_shipping_id=dock.id
        )
        self._deliver(order)
        self._invoice(order)
        rma = self._requested(order.order_line, 2)
        self.assertEqual(rma.partner_id, self.customer)
        self.assertEqual(rma.picking_ids.partner_id, dock)
        self.assertEqual(rma.picking_ids.move_ids.partner_id, dock)
        self._receive(rma)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self.assertEqual(rma.picking_ids.partner_id, dock)
