"""What returned goods are worth, where it is booked, and that nobody can sell them
yet.
"""

from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestValuation(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_off = cls.env["account.account"].create(
            {
                "name": "Returns written off",
                "code": "699099",
                "account_type": "expense",
                "company_ids": [(4, cls.company.id)],
            }
        )
        cls.company._ensure_reverse_scrap()
        cls.company.reverse_write_off_account_id = cls.write_off

    def _goods(self, cost_method, valuation="real_time", **values):
        """A product of which 10 were bought at 10."""
        category = self._create_category(cost_method, valuation)
        product = self._create_product(
            "Toaster", categ_id=category.id, standard_price=10.0, **values
        )
        if product.tracking == "none":
            self._buy(product, 10, 10.0)
        return product

    def _receipt(self, rma):
        return rma.line_ids.move_ids.filtered(
            lambda m: m.location_id.usage == "customer"
        )

    def _putaway(self, rma):
        return rma.inspection_ids.move_ids

    # ------------------------------------------------------------------
    # Goods that we sell for somebody else
    # ------------------------------------------------------------------
    def _consigned(self):
        """Sell three pieces that a supplier has put into our stock."""
        supplier = self.env["res.partner"].create({"name": "Cobalt Works"})
        product = self._create_product("Toaster", categ_id=self.perpetual.id)
        self.env["stock.quant"]._update_available_quantity(
            product, self.warehouse.lot_stock_id, 5, owner_id=supplier
        )
        line = self._sell(3, product=product)
        self.assertEqual(line.move_ids.move_line_ids.owner_id, supplier)
        return supplier, product, line

    def _held(self, product):
        """How much lies where, and whose it is."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id.usage", "!=", "customer"),
                ("quantity", "!=", 0),
            ]
        )
        return {(q.location_id, q.owner_id): q.quantity for q in quants}

    def test_consigned_goods_stay_their_owners(self):
        supplier, product, line = self._consigned()
        shelf = self.warehouse.lot_stock_id
        rma = self._receive_line(line, 2)
        self.assertEqual(rma.inspection_ids.owner_id, supplier)
        self._inspect(rma.inspection_ids)
        self.assertEqual(self._held(product), {(shelf, supplier): 4})
        self.assertEqual((rma.state, rma.exception_ids.ids), ("done", []))
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(product.total_value, 0)
        self.assertEqual(rma._check_quantities(), {})

    def test_consigned_goods_are_looked_at_again(self):
        supplier, product, line = self._consigned()
        shelf = self.warehouse.lot_stock_id
        rma = self._return(line, 2)
        self._call(self._as("inspector", rma.inspection_ids), "action_correct")
        part = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual((part.owner_id, part.goods_gone), (supplier, False))
        self.assertEqual(
            self._held(product),
            {(shelf, supplier): 2, (self.inspection_location, supplier): 2},
        )
        self._inspect(part, "E", "SCRAP")
        scrap = self.company.reverse_scrap_location_id
        self.assertEqual(
            self._held(product), {(shelf, supplier): 2, (scrap, supplier): 2}
        )
        self.assertEqual(product.total_value, 0)

    def test_consigned_goods_go_back_to_the_customer(self):
        supplier, product, line = self._consigned()
        rma = self._receive_line(line, 2)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self._validate(rma.inspection_ids.move_ids.picking_id)
        self.assertEqual(
            self._held(product), {(self.warehouse.lot_stock_id, supplier): 2}
        )
        self.assertLine(line, 3, 3, 0, "invoiced")

    # ------------------------------------------------------------------
    # Perpetual
    # ------------------------------------------------------------------
    def test_average_cost(self):
        """Delivered at 10, dearer since: it comes back at 10, and cost falls by 10."""
        product = self._goods("average")
        line = self._sell(4, product=product)
        self._buy(product, 6, 20.0)
        self.assertAlmostEqual(product.total_value, 60 + 120)
        rma = self._receive_line(line, 2)
        self.assertAlmostEqual(self._receipt(rma).value, 20)
        self.assertAlmostEqual(product.total_value, 200)
        self._inspect(rma.inspection_ids)
        invoice = line.order_id.invoice_ids - rma.credit_note_ids
        self.assertAlmostEqual(self._cogs(invoice), 40)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)
        self.assertAlmostEqual(product.total_value, 200)

    def test_fifo(self):
        product = self._goods("fifo")
        line = self._sell(4, product=product)
        self._buy(product, 6, 20.0)
        rma = self._receive_line(line, 2)
        self.assertAlmostEqual(self._receipt(rma).value, 20)
        self.assertAlmostEqual(product.total_value, 60 + 120 + 20)
        self._inspect(rma.inspection_ids)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)

    def test_standard_cost(self):
        """Odoo values goods at standard cost by today's standard, wherever they are."""
        product = self._goods("standard")
        line = self._sell(4, product=product)
        product.standard_price = 13
        rma = self._receive_line(line, 2)
        self.assertAlmostEqual(product.total_value, 8 * 13)
        self._inspect(rma.inspection_ids)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)
        self.assertAlmostEqual(self._cogs(line.order_id.invoice_ids), 20)

    def test_cost_of_the_very_invoice(self):
        """Two invoices at two costs: each credit note reverses its own."""
        product = self._goods("average")
        order = self._new_order((product, 12, {"price_unit": 100}))
        self._deliver(order, 10)
        first = self._invoice(order)
        self._buy(product, 10, 20.0)
        order.picking_ids.action_assign()
        self._deliver(order)
        second = self._invoice(order)
        costs = {invoice: self._cogs(invoice) for invoice in (first, second)}
        self.assertAlmostEqual(costs[first], 100)
        self.assertNotAlmostEqual(costs[second] / 2, 10)
        credit_notes = self._return(order.order_line, 12).credit_note_ids
        self.assertEqual(set(credit_notes.reversed_entry_id), set(costs))
        for credit_note in credit_notes:
            cost = costs[credit_note.reversed_entry_id]
            self.assertAlmostEqual(self._cogs(credit_note), -cost)

    def test_two_order_lines_of_one_product(self):
        """Odoo would take the first cost line of the product for both."""
        product = self._goods("fifo")
        self._buy(product, 10, 20.0)
        order = self._new_order(
            (product, 10, {"price_unit": 100}), (product, 5, {"price_unit": 90})
        )
        first, second = order.order_line
        self._deliver(order)
        invoice = self._invoice(order)
        costs = {
            line.sale_line_ids: sum(
                invoice.line_ids.filtered(
                    lambda aml, line=line: (
                        aml.cogs_origin_id == line
                        and aml.account_id == self.expense_account
                    )
                ).mapped("balance")
            )
            for line in invoice.invoice_line_ids
        }
        self.assertAlmostEqual(sum(costs.values()), 200)
        rma = self._return(second, 5)
        self.assertAmounts(rma.credit_note_ids, 450)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -costs[second])
        rma = self._return(first, 10)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -costs[first])

    def test_valued_by_lot(self):
        product = self._goods("average", tracking="lot", lot_valuated=True)
        cheap, dear = self._create_lots(product, "CHEAP", "DEAR")
        self._buy(product, 5, 10.0, cheap)
        self._buy(product, 5, 30.0, dear)
        self.assertAlmostEqual(product.total_value, 200)
        line = self._sell_lots(product, {dear: 2})
        self.assertAlmostEqual(product.total_value, 140)
        rma = self._receive_line(line, 1, lot_id=dear.id)
        self.assertAlmostEqual(self._receipt(rma).value, 30)
        self.env.invalidate_all()
        self.assertAlmostEqual(product.total_value, 170)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.env.invalidate_all()
        self.assertAlmostEqual(dear.total_value, 120)
        self.assertAlmostEqual(cheap.total_value, 50)

    def test_lots_are_worth_as_much_in_returns(self):
        """On every way, wherever the lot lies meanwhile."""
        for method in ("average", "fifo", "standard"):
            product = self._goods(method, tracking="serial", lot_valuated=True)
            product.standard_price = 300
            (lot,) = self._create_lots(product, f"SN-{method}")
            self._buy(product, 1, 300.0, lot)
            line = self._sell_lots(product, {lot: 1})
            rma = self._receive_line(line, 1, lot_id=lot.id)
            for disposition in (None, "QUARANTINE", "RESTOCK"):
                if disposition:
                    self._inspect(rma.inspection_ids[-1], "C", disposition)
                with self.subTest(method=method, disposition=disposition):
                    self.env.invalidate_all()
                    self.assertAlmostEqual(lot.total_value, 300)
                    self.assertAlmostEqual(product.total_value, 300)
                    quant = lot.quant_ids.filtered(lambda q: q.quantity > 0)
                    self.assertAlmostEqual(quant.value, 300)
                if disposition == "QUARANTINE":
                    self._as("inspector", rma.inspection_ids).action_reinspect()

    def test_lots_of_one_delivery_come_back_at_what_they_left_with(self):
        """Odoo spreads the value of a transfer evenly over its lots, out and in."""
        for method in ("average", "fifo"):
            product = self._goods(method, tracking="lot", lot_valuated=True)
            cheap, dear = self._create_lots(product, "CHEAP", "DEAR")
            self._buy(product, 5, 10.0, cheap)
            self._buy(product, 5, 30.0, dear)
            line = self._sell_lots(product, {cheap: 2, dear: 2})
            self.assertAlmostEqual(product.total_value, 120)
            self.assertAlmostEqual(self._cogs(line.order_id.invoice_ids), 80)
            rma = self._receive_line(line, 1, lot_id=dear.id)
            self.assertAlmostEqual(self._receipt(rma).value, 30)
            self._inspect(rma.inspection_ids)
            self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -30)
            self._assert_lots(product, {cheap: 30, dear: 120})
            # the others together, without saying which
            rma = self._receive_line(line, 3)
            self._inspect(rma.inspection_ids)
            self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -50)
            self._assert_lots(product, {cheap: 50, dear: 150})

    def test_goods_of_customers_are_worth_nothing_to_us(self):
        for method in ("average", "fifo", "standard"):
            product = self._goods(method)
            self._buy(product, 10, 20.0)
            self._sell(15, product=product)
            value = product.total_value
            self.env["stock.quant"]._update_available_quantity(
                product, self.inspection_location, 1, owner_id=self.customer
            )
            self.env.invalidate_all()
            with self.subTest(method=method):
                self.assertAlmostEqual(product.total_value, value)

    def _assert_lots(self, product, values):
        self.env.invalidate_all()
        self.assertEqual(
            {lot.name: round(lot.total_value, 2) for lot in values},
            {lot.name: value for lot, value in values.items()},
        )
        self.assertAlmostEqual(product.total_value, sum(values.values()))

    def _sell_lots(self, product, lots):
        """Deliver certain lots out of stock, without adding any."""
        order = self._new_order((product, sum(lots.values()), {"price_unit": 100}))
        move = order.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            (
                0,
                0,
                {
                    "product_id": product.id,
                    "picking_id": move.picking_id.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                },
            )
            for lot, quantity in lots.items()
        ]
        self._validate(order.picking_ids)
        self._invoice(order)
        return order.order_line

    def test_receipt_and_putaway_book_nothing(self):
        product = self._goods("average")
        line = self._sell(4, product=product)
        before = self._balance(self.stock_account)
        rma = self._receive_line(line, 2)
        self.assertFalse(self._receipt(rma).account_move_id)
        self.assertEqual(self._balance(self.stock_account), before)
        self._inspect(rma.inspection_ids)
        putaway = self._putaway(rma)
        self.assertEqual((putaway.state, putaway.value), ("done", 0))
        self.assertFalse(putaway.account_move_id)
        # the credit note, and nothing else, brings the value back into the books
        self.assertEqual(self._balance(self.stock_account), before + 20)

    def test_scrap_is_written_off(self):
        product = self._goods("average")
        line = self._sell(4, product=product)
        stock = self._balance(self.stock_account)
        rma = self._return(line, 2, condition="E")
        scrap = rma.inspection_ids.move_ids
        self.assertEqual(scrap.location_dest_id, self.company.reverse_scrap_location_id)
        self.assertAlmostEqual(scrap.value, 20)
        self.assertEqual(self._balance(self.write_off), 20)
        self.assertEqual(self._balance(self.stock_account), stock - 20)
        self.assertAlmostEqual(product.total_value, 60)
        self._settle(rma.settlement_ids)
        self.assertEqual(self._balance(self.stock_account), stock)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)

    def test_goods_sent_back_leave_at_what_they_came_for(self):
        product = self._goods("average")
        line = self._sell(4, product=product)
        rma = self._receive_line(line, 2)
        self.assertAlmostEqual(product.total_value, 80)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertAlmostEqual(product.total_value, 60)
        self.assertAlmostEqual(self._cogs(line.order_id.invoice_ids), 40)

    # ------------------------------------------------------------------
    # Periodic
    # ------------------------------------------------------------------
    def test_periodic(self):
        product = self._goods("average", "periodic")
        line = self._sell(4, product=product)
        rma = self._receive_line(line, 2)
        self.assertAlmostEqual(self._receipt(rma).value, 20)
        self.assertAlmostEqual(product.total_value, 80)
        self._inspect(rma.inspection_ids)
        documents = line.order_id.invoice_ids
        self.assertFalse(
            documents.line_ids.filtered(lambda line: line.display_type == "cogs")
        )
        self.assertAmounts(rma.credit_note_ids, 200)

    def test_periodic_scrap(self):
        product = self._goods("average", "periodic")
        line = self._sell(4, product=product)
        rma = self._return(line, 2, condition="E")
        self.assertAlmostEqual(product.total_value, 60)
        self.assertFalse(rma.inspection_ids.move_ids.account_move_id)
        self.assertEqual(self._balance(self.write_off), 0)

    # ------------------------------------------------------------------
    # Availability
    # ------------------------------------------------------------------
    def _counts(self, product):
        """On hand, free and forecast: without context, by warehouse, and in returns."""
        product.invalidate_recordset()
        here = product.with_context(warehouse_id=self.warehouse.id)
        return [
            (p.qty_available, p.free_qty, p.virtual_available) for p in (product, here)
        ]

    def test_never_available_before_restock(self):
        product = self._goods("average")
        line = self._sell(4, product=product)
        self.assertEqual(self._counts(product), [(6, 6, 6)] * 2)
        rma = self._requested(line, 2)
        self.assertEqual(self._counts(product), [(6, 6, 6)] * 2)
        parts = self._receive(rma)
        self.assertEqual(self._counts(product), [(6, 6, 6)] * 2)
        parts = self._as("inspector", parts)
        parts.write({"condition_id": self.conditions["C"].id})
        parts.action_complete()
        self.assertEqual(parts.location_id.reverse_state, "quarantine")
        self.assertEqual(self._counts(product), [(6, 6, 6)] * 2)
        parts.action_reinspect()
        again = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "A", "RESTOCK")
        self.assertEqual(self._counts(product), [(8, 8, 8)] * 2)

    def test_an_order_cannot_reserve_what_is_inspected(self):
        product = self._goods("average")
        line = self._sell(4, product=product)
        rma = self._receive_line(line, 2)
        order = self._new_order((product, 8, {"price_unit": 100}))
        self.assertEqual(order.picking_ids.move_ids.quantity, 6)
        self._inspect(rma.inspection_ids)
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_ids.quantity, 8)
