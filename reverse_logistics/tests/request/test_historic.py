"""Goods sold before go-live: returned, valued and credited as then."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..sources_common import SourcesCommon


@tagged("post_install", "-at_install")
class TestHistoricReturn(SourcesCommon):
    # ------------------------------------------------------------------
    # Eligibility and goods
    # ------------------------------------------------------------------
    def test_from_request_to_credit(self):
        """Sold at 50 less 10 %, at a cost of 30; today it costs 40."""
        tax = self._create_tax(20)
        sale = self._historic(discount=10, tax_ids=[Command.set(tax.ids)])
        before = self._balance(self.stock_account)
        rma = self._requested_of(sale, 2)
        self.assertEqual(
            (rma.state, rma.line_ids.decision_code), ("authorized", "in_window")
        )
        receipt = rma.picking_ids.move_ids
        self.assertEqual(receipt.location_id.usage, "customer")
        self.assertEqual(receipt.location_dest_id, self.inspection_location)
        self._receive(rma)
        self.assertAlmostEqual(receipt.value, 60)
        self.assertFalse(receipt.account_move_id)
        self._inspect(rma.inspection_ids)
        credit_note = rma.credit_note_ids
        self.assertAmounts(credit_note, 90)
        self.assertAlmostEqual(credit_note.amount_total, 108)
        self.assertIn("OLD-1", credit_note.ref)
        self.assertFalse(credit_note.reversed_entry_id)
        self.assertEqual(credit_note.partner_id, self.customer)
        self.assertAlmostEqual(self._cogs(credit_note), -60)
        self.assertEqual(self._balance(self.stock_account), before + 60)
        income = credit_note.invoice_line_ids.account_id
        self.assertEqual(
            income, self.product.product_tmpl_id.get_product_accounts()["income"]
        )
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(sale.qty_returnable, 2)

    def test_window_counts_from_the_old_date(self):
        rma = self._requested_of(self._historic(days=45))
        self.assertEqual((rma.state, rma.line_ids.decision_code), ("requested", "late"))
        self.assertIn("45 days ago", rma.line_ids.explanation)

    def test_found_sale_shows_its_price(self):
        """Two dozens at 96.00, tax included: 8.00 less tax for each."""
        tax = self._create_tax(25, included=True)
        sale = self._historic(
            2, uom_id=self.dozen.id, price_unit=120.0, tax_ids=[Command.set(tax.ids)]
        )
        rma = self._draft(self.product, 3)
        rma.action_find_deliveries()
        self.assertEqual(rma.line_ids.historic_sale_id, sale)
        self.assertAlmostEqual(rma.line_ids.price_paid, 8.0)
        self.assertEqual(rma.line_ids.currency_id, self.usd)

    def test_no_more_than_was_sold(self):
        sale = self._historic(4)
        self._requested_of(sale, 3)
        with self.assertRaisesRegex(
            UserError, "OLD-1 sold 4 units of Kettle; with this return 5 units"
        ):
            self._requested_of(sale, 2)
        rest = self._requested_of(sale, 1)
        self.assertEqual(sale.qty_returnable, 0)
        self._as("service", rest).action_cancel()
        sale.invalidate_recordset()
        self.assertEqual(sale.qty_returnable, 1)

    def test_sent_back_goods_may_come_again(self):
        sale = self._historic(2)
        rma = self._requested_of(sale, 2)
        self._receive(rma)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        out = rma.picking_ids.filtered(lambda p: p.state == "assigned")
        self._validate(out)
        sale.invalidate_recordset()
        self.assertEqual(sale.qty_returnable, 2)
        self.assertEqual(self._requested_of(sale, 2).state, "authorized")

    def test_units(self):
        sale = self._historic(2, uom_id=self.dozen.id, price_unit=120, cost=60)
        rma = self._requested_of(sale, 6, uom_id=self.unit.id)
        self._receive(rma)
        self.assertAlmostEqual(rma.line_ids.move_ids.value, 30)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 60)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -30)
        with self.assertRaisesRegex(UserError, "sold 24 units .* 25 units would"):
            self._requested_of(sale, 19, uom_id=self.unit.id)

    def test_serial_of_the_old_sale_only(self):
        mine, other = self._create_lots(self.serial_product, "SN-1", "SN-2")
        sale = self._historic(1, product_id=self.serial_product.id, lot_id=mine.id)
        with self.assertRaisesRegex(UserError, "OLD-1 sold SN-1, not SN-2"):
            self._draft_of(sale, lot_id=other.id)
        rma = self._requested_of(sale)
        self.assertEqual(rma.line_ids.lot_id, mine)
        rma.picking_ids.move_ids.move_line_ids.lot_id = other
        with self.assertRaisesRegex(UserError, "SN-2 of Scanner was not part of"):
            self._receive(rma)
        rma.picking_ids.move_ids.move_line_ids.lot_id = mine
        self._receive(rma)
        self.assertEqual(rma.inspection_ids.lot_id, mine)

    def test_another_customers_sale(self):
        sale = self._historic(partner_id=self.stranger.id)
        with self.assertRaisesRegex(UserError, "OLD-1 belongs to another customer"):
            self._draft_of(sale)
        line, _delivery = self._sold()
        mine = self._historic(invoice_name="OLD-2")
        with self.assertRaisesRegex(UserError, "names an order and a historic sale"):
            self._draft(line, historic_sale_id=mine.id)

    # ------------------------------------------------------------------
    # Product and quantity only
    # ------------------------------------------------------------------
    def test_product_takes_from_both(self):
        sale = self._historic(3)
        _line, delivery = self._sold(quantity=2)
        rma = self._requested(self.product, 4)
        lines = rma.line_ids.sorted("id")
        self.assertEqual(lines.mapped("quantity"), [2, 2])
        self.assertEqual(lines[0].move_id, delivery)
        self.assertEqual(lines[1].historic_sale_id, sale)
        self.assertFalse(lines[1].move_id)
        self.assertEqual(rma.state, "authorized")

    def test_oldest_first(self):
        self._set_policy(allocation="oldest")
        second = self._historic(1, days=3, invoice_name="OLD-2")
        first = self._historic(1, days=9)
        _line, delivery = self._sold(quantity=2)
        lines = self._requested(self.product, 3).line_ids.sorted("id")
        self.assertEqual(lines.historic_sale_id, first | second)
        self.assertEqual(lines[0].historic_sale_id, first)
        self.assertEqual(lines[2].move_id, delivery)

    def test_lowest_price_first(self):
        self._set_policy(allocation="lowest_price")
        dear = self._historic(1, price_unit=900)
        cheap = self._historic(1, price_unit=10, invoice_name="OLD-2")
        self._sell(1)
        lines = self._requested(self.product, 3).line_ids.sorted("id")
        self.assertEqual(lines[0].historic_sale_id, cheap)
        self.assertTrue(lines[1].move_id)
        self.assertEqual(lines[2].historic_sale_id, dear)

    def test_serial_without_a_delivery_is_found(self):
        lot = self._create_lots(self.serial_product, "SN-1")
        sale = self._historic(1, product_id=self.serial_product.id, lot_id=lot.id)
        rma = self._requested(self.serial_product, 1, lot_id=lot.id)
        self.assertEqual(rma.line_ids.historic_sale_id, sale)
        with self.assertRaisesRegex(
            UserError, "only 0 units of Scanner.* can be returned"
        ):
            self._requested(self.serial_product, 1, lot_id=lot.id)

    def test_more_than_known_waits_for_a_person(self):
        self._historic(1)
        rma = self._requested(self.product, 3)
        self.assertEqual(rma.line_ids.sorted("id").mapped("quantity"), [1, 2])
        self.assertEqual(self._open_exceptions(rma), ["no_source"])
        self.assertEqual(rma.state, "requested")


@tagged("post_install", "-at_install")
class TestHistoricMoney(SourcesCommon):
    def _goods(self, cost_method, valuation="real_time"):
        category = self._create_category(cost_method, valuation)
        product = self._create_product("Toaster", categ_id=category.id)
        self._buy(product, 10, 10.0)
        if cost_method == "standard":
            product.standard_price = 10
        return product

    def _credited(self, product, quantity=2):
        sale = self._historic(4, product_id=product.id)
        rma = self._requested_of(sale, quantity)
        self._receive(rma)
        value = rma.line_ids.move_ids.value
        total = product.total_value
        self._inspect(rma.inspection_ids)
        return rma, value, total

    def test_average_cost(self):
        """10 at 10 and 2 at 30: 13.33 each; the ledger gets the 60 with the credit."""
        product = self._goods("average")
        before = self._balance(self.stock_account)
        rma, value, total = self._credited(product)
        self.assertAlmostEqual(value, 60)
        self.assertAlmostEqual(total, 160)
        self.assertAlmostEqual(product.standard_price, 160 / 12, 2)
        self.assertEqual(self._balance(self.stock_account), before + 60)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -60)

    def test_fifo(self):
        product = self._goods("fifo")
        rma, value, total = self._credited(product)
        self.assertAlmostEqual(value, 60)
        self.assertAlmostEqual(total, 160)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -60)

    def test_standard_cost(self):
        """The total is by today's standard; closing books the difference of 40."""
        product = self._goods("standard")
        rma, value, total = self._credited(product)
        self.assertAlmostEqual(value, 60)
        self.assertAlmostEqual(total, 120)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -60)

    def test_periodic(self):
        product = self._goods("average", "periodic")
        rma, value, total = self._credited(product)
        self.assertAlmostEqual(value, 60)
        self.assertAlmostEqual(total, 160)
        self.assertFalse(
            rma.credit_note_ids.line_ids.filtered(
                lambda aml: aml.display_type == "cogs"
            )
        )
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_later_costs_leave_the_value(self):
        product = self._goods("average")
        sale = self._historic(4, product_id=product.id)
        rma = self._requested_of(sale, 2)
        self._receive(rma)
        self._buy(product, 5, 99.0)
        self.assertAlmostEqual(rma.line_ids.move_ids.value, 60)
        self.assertAlmostEqual(product.total_value, 100 + 60 + 495)

    def test_currency_of_that_time(self):
        eur = self.env.ref("base.EUR")
        today = fields.Date.today()
        old = fields.Date.subtract(today, days=20)
        self._set_rates(eur, (old, 0.5), (today, 0.8))
        sale = self._historic(2, date=old, currency_id=eur.id)
        self.company.reverse_currency_rate = "invoice"
        rma = self._requested_of(sale)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        credit_note = rma.credit_note_ids
        self.assertEqual(credit_note.currency_id, eur)
        self.assertAmounts(credit_note, 50)
        self.assertAlmostEqual(credit_note.amount_total_signed, -100)

    def test_cents_add_up(self):
        sale = self._historic(3, price_unit=33.333)
        for _each in range(3):
            rma = self._requested_of(sale)
            self._receive(rma)
            self._inspect(rma.inspection_ids)
        credits = sale.rma_line_ids.rma_id.credit_note_ids
        self.assertEqual(len(credits), 3)
        self.assertAlmostEqual(sum(credits.mapped("amount_untaxed")), 100)
        self.assertAlmostEqual(sale.amount, 100)

    def test_two_old_invoices_two_credit_notes(self):
        first = self._historic(1)
        second = self._historic(1, invoice_name="OLD-2", price_unit=70)
        rma = self._draft_of(first)
        rma.line_ids = [Command.create({"historic_sale_id": second.id, "quantity": 1})]
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        notes = rma.credit_note_ids.sorted("id")
        self.assertAmounts(notes, 50, 70)
        self.assertIn("OLD-1", notes[0].ref)
        self.assertIn("OLD-2", notes[1].ref)

    def test_beside_an_invoice(self):
        sale = self._historic(1)
        line = self._sell(1)
        rma = self._draft_of(sale)
        rma.line_ids = [Command.create({"sale_line_id": line.id, "quantity": 1})]
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        notes = rma.credit_note_ids
        self.assertEqual(sorted(notes.mapped("amount_untaxed")), [50, 100])
        of_invoice = notes.filtered("reversed_entry_id")
        self.assertEqual(
            of_invoice.reversed_entry_id, line.order_id.invoice_ids - notes
        )
        self.assertEqual(len(rma.settlement_ids), 1)

    def test_value_and_goods_never_exceed_the_price(self):
        sale = self._historic(2)
        rma = self._requested_of(sale, 2)
        note = self._credit_value(rma, 30)
        self.assertAmounts(note, 30)
        self.assertIn("OLD-1", note.ref)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAlmostEqual(sum(rma.credit_note_ids.mapped("amount_untaxed")), 100)
        with self.assertRaisesRegex(UserError, "OLD-1 sold 2 units of Kettle for"):
            self._credit_value(rma, 1)

    def test_released_credit_note_is_not_edited(self):
        sale = self._historic(2)
        rma = self._requested_of(sale)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        note = self._books(rma.credit_note_ids)
        for call in (
            note.button_draft,
            lambda: setattr(note.invoice_line_ids, "price_unit", 60),
            lambda: setattr(note.invoice_line_ids, "price_unit", 40),
        ):
            with self.assertRaisesRegex(UserError, "stays as it was released"):
                call()
        self.assertAmounts(note, 50)
        note.button_cancel()
        self.assertEqual(rma.settlement_ids.state, "reversed")

    def test_reversed_settlement_can_be_credited_again(self):
        sale = self._historic(1)
        rma = self._requested_of(sale)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self._as("releaser", rma.settlement_ids).action_reverse()
        self._as("service", rma).action_propose_settlement()
        again = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self.assertAlmostEqual(again.amount_untaxed, 50)
        self._settle(again)
        self.assertEqual(again.state, "released")
        self.assertAlmostEqual(
            sum(self._cogs(note) for note in rma.settlement_ids.credit_note_ids),
            -60,
        )


@tagged("post_install", "-at_install")
class TestBuyers(SourcesCommon):
    """Old sales and deliveries without an order keep who bought what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "VIP"})
        cls.big = cls.env["res.partner"].create({"name": "Big", "is_company": True})
        named = [
            {"partner_tag_ids": [Command.set(cls.tag.ids)]},
            {"partner_ids": [Command.set(cls.big.ids)]},
        ]
        cls._set_policy(
            [
                {"name": "All", "window_days": 2},
                *({"name": "More", "window_days": 2000, **own} for own in named),
            ]
        )
        cls.keeper = new_test_user(
            cls.env, "keeper-x", "base.group_user,base.group_partner_manager"
        )

    @classmethod
    def _loose(cls):
        """Send goods to the customer without any order."""
        cls._stock(cls.product, 3)
        places = {
            "location_id": cls.warehouse.lot_stock_id.id,
            "location_dest_id": cls.env.ref("stock.stock_location_customers").id,
        }
        goods = {"product_id": cls.product.id, "product_uom_qty": 3, **places}
        picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": cls.warehouse.out_type_id.id,
                "partner_id": cls.customer.id,
                "move_ids": [Command.create(goods)],
                **places,
            }
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": 3, "picked": True})
        cls._call(picking, "button_validate")
        picking.move_ids.date = fields.Datetime.subtract(fields.Datetime.now(), days=5)
        return picking.move_ids

    def _ask(self):
        """Request goods of an old sale, and of a delivery without an order."""
        for source in (self._historic(), self._loose()):
            yield (
                source._name,
                lambda own=source: (
                    self._requested_of(own)
                    if own._name == "reverse.historic.sale"
                    else self._requested(own)
                ),
            )

    def test_what_contacts_say_since_is_for_a_person(self):
        changes = (
            {"category_id": [Command.link(self.tag.id)]},
            {"parent_id": self.big.id, "category_id": [Command.clear()]},
        )
        for name, ask in self._ask():
            with self.subTest(name):
                self.assertIn("late", ask().line_ids.decision_code)
                for change in changes:
                    self._rpc(
                        self.keeper,
                        "res.partner",
                        "write",
                        self.customer.ids,
                        change,
                    )
                    rma = ask()
                    self.assertEqual(rma.state, "requested")
                    self.assertEqual(rma.line_ids.decision_code, "other_customer")
            self.customer.write({"parent_id": False})

    def test_who_bought_as_is_decided_by_policy(self):
        self.customer.category_id = self.tag
        for name, ask in self._ask():
            with self.subTest(name):
                self.assertEqual(ask().state, "authorized")

    def test_what_products_say_since_is_not_asked(self):
        self.product.reverse_warranty_months = 6
        asked = dict(self._ask())
        self.product.reverse_warranty_months = 60
        for name, ask in asked.items():
            with self.subTest(name):
                line = ask().line_ids
                self.assertEqual(line._get_promised_months(), [6])

    def test_an_approval_for_who_bought_holds(self):
        self.customer.category_id = self.tag
        self.env["reverse.approval.rule"].create(
            {
                "name": "Risky",
                "gate": "authorization",
                "partner_tag_ids": [Command.set(self.tag.ids)],
                "approver_count": 2,
            }
        )
        asked = dict(self._ask())
        self.customer.category_id = False
        for name, ask in asked.items():
            with self.subTest(name):
                approval = ask().sudo().approval_ids
                self.assertEqual((approval.gate, approval.needed), ("authorization", 2))
