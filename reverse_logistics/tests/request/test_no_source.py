"""Goods nobody knows the sale of, goods of another company, services."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..sources_common import SourcesCommon


@tagged("post_install", "-at_install")
class TestNoSource(SourcesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.taken_in = cls._taken_in()
        cls.unknown = cls._unknown()

    @classmethod
    def _taken_in(cls, quantity=2, product=None):
        rma = cls._unknown(quantity, product)
        cls._as("approver", rma.exception_ids).action_take_in()
        return rma

    # ------------------------------------------------------------------
    # Enter the sale
    # ------------------------------------------------------------------
    def _enter(self, rma, user=None, **values):
        user = user or self.users["service"]
        exception = rma.exception_ids.with_user(user)
        context = exception.action_enter_sale()["context"]
        return (
            self.env["reverse.historic.sale"]
            .with_user(user)
            .with_context(**context)
            .create(
                {
                    "invoice_name": "PAPER-7",
                    "date": "2024-02-01",
                    "price_unit": 80,
                    "cost": 25,
                    **values,
                }
            )
        )

    def test_entered_sale_waits_for_an_approver(self):
        rma = self.unknown
        sale = self._enter(rma)
        line = rma.line_ids
        self.assertEqual(line.historic_sale_id, sale.with_env(self.env))
        self.assertEqual(sale.partner_id, self.customer)
        self.assertFalse(sale.confirmed)
        self.assertEqual((rma.state, line.decision), ("requested", "review"))
        self.assertIn("entered by hand", line.explanation)
        self.assertEqual(rma.exception_ids.state, "resolved")
        self._as("approver", rma).action_authorize()
        self.assertTrue(sale.confirmed)
        self._receive(rma)
        self.assertAlmostEqual(line.move_ids.value, 50)
        self._inspect(rma.inspection_ids)
        self.assertFalse(rma.credit_note_ids, "persons credit what was entered by hand")
        self.assertAmounts(self._settle(rma.settlement_ids), 160)

    def test_what_was_sent_after_the_request_is_not_its_source(self):
        rma = self._unknown(1)
        sold = self._sell(1)
        rma._guarded_write({"requested_at": rma.requested_at - timedelta(days=300)})
        with self.assertRaisesRegex(UserError, "was done after RMA/.* was requested"):
            self._as("service", rma.line_ids).sale_line_id = sold

    def test_who_enters_the_sale_does_not_authorize_it(self):
        both = self._create_user("service", "approver", login="both")
        rma = self._unknown()
        self._enter(rma, both)
        self.assertEqual(rma.source_named_by_ids, both)
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            rma.with_user(both).action_authorize()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_in_a_branch_of_two_he_may_if_he_combines_both(self):
        both = self._create_user("service", "approver", login="both")
        roles = both.group_ids & self.env["reverse.combined.duty"]._get_roles()
        self.env["reverse.combined.duty"].create(
            {"name": "Branch", "user_ids": both.ids, "role_ids": roles.ids}
        )
        rma = self._unknown()
        self._enter(rma, both)
        rma.with_user(both).action_authorize()
        self.assertEqual((rma.state, rma.authorized_by_id), ("authorized", both))

    def test_entered_sale_within_the_window_waits_as_well(self):
        rma = self.unknown
        self._enter(rma, date=self._today())
        self.assertEqual(rma.state, "requested")
        self.assertEqual(rma.line_ids.decision_code, "manual")

    def _today(self):
        return self.env["reverse.historic.sale"]._fields["date"].today()

    def test_entered_sale_has_to_fit(self):
        rma = self.unknown
        with self.assertRaisesRegex(UserError, "does not match the product"):
            self._enter(rma, product_id=self.product.id)
        with self.assertRaisesRegex(UserError, "belongs to another customer"):
            self._enter(rma, partner_id=self.stranger.id)
        with self.assertRaisesRegex(UserError, "1 unit of Lamp.* 2 units would"):
            self._enter(rma, quantity=1)
        self.assertEqual(rma.exception_ids.state, "open")

    def test_known_sale_is_named_afterwards(self):
        rma = self.unknown
        sale = self._historic(5, product_id=rma.line_ids.product_id.id)
        rma.line_ids.historic_sale_id = sale
        self.assertEqual(rma.line_ids.decision, "authorize")
        self.assertFalse(self._open_exceptions(rma))
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.picking_ids.move_ids.product_uom_qty, 2)

    # ------------------------------------------------------------------
    # Taken in as the customer's property
    # ------------------------------------------------------------------
    def test_only_an_approver_takes_in(self):
        rma = self.unknown
        with self.assertRaisesRegex(AccessError, "Approver"):
            self._as("service", rma.exception_ids).action_take_in()
        self._as("approver", rma.exception_ids).action_take_in()
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(rma.exception_ids.resolution, "take_in")
        with self.assertRaisesRegex(UserError, "cannot be resolved in this way"):
            self._as("approver", rma.exception_ids).action_take_in()
        event = self._events(rma).filtered(lambda e: e.name == "GoodsTakenIn")
        self.assertIn("2 × Lamp", event.data_text)

    def test_worth_nothing_to_us(self):
        before = self._balance(self.stock_account)
        rma = self._taken_in()
        self._receive(rma)
        move = rma.line_ids.move_ids
        self.assertEqual(move.restrict_partner_id, self.customer)
        self.assertEqual(move.move_line_ids.owner_id, self.customer)
        self.assertEqual(move.value, 0)
        product = rma.line_ids.product_id
        self.assertEqual(product.total_value, 0)
        self.assertEqual(self._available(product), (0, 0, 0))
        self.assertEqual(self._balance(self.stock_account), before)

    def test_no_credit_by_policy(self):
        rma = self.taken_in
        self._receive(rma)
        self._as("approver", rma.inspection_ids).action_take_title(10)
        self._inspect(rma.inspection_ids)
        self.assertFalse(rma.settlement_ids)
        self.assertTrue(rma.inspection_ids.denied)
        self.assertFalse(self._open_exceptions(rma))
        self.assertEqual(rma.stage, "settled")
        with self.assertRaisesRegex(UserError, "No inspected goods"):
            self._as("service", rma).action_propose_settlement()

    def test_sent_back(self):
        rma = self.taken_in
        self._receive(rma)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        out = rma.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(out.move_ids.restrict_partner_id, self.customer)
        self._validate(out)
        self.assertEqual(out.state, "done")
        self.assertEqual(rma.stage, "settled")
        self.assertEqual(rma.line_ids.product_id.total_value, 0)

    def test_scrapped(self):
        self.company._ensure_reverse_scrap()
        rma = self._taken_in()
        before = self._balance(self.stock_account)
        self._receive(rma)
        self._inspect(rma.inspection_ids, "E")
        scrap = rma.inspection_ids.move_ids
        self.assertEqual((scrap.state, scrap.value), ("done", 0))
        self.assertEqual(self._balance(self.stock_account), before)

    def test_goodwill_by_persons(self):
        rma = self.taken_in
        self._receive(rma)
        self._inspect(rma.inspection_ids, "D", "SCRAP")
        note = self._credit_value(rma, 15)
        self.assertAmounts(note, 15)
        self.assertFalse(note.reversed_entry_id)
        self.assertEqual(note.ref, rma.name)
        self.assertEqual(self._cogs(note), 0)

    # ------------------------------------------------------------------
    # Title
    # ------------------------------------------------------------------
    def test_restock_needs_the_title(self):
        rma = self.taken_in
        self._receive(rma)
        part = self._as("inspector", rma.inspection_ids)
        part.condition_id = self.conditions["A"]
        with self.assertRaisesRegex(UserError, "belongs to Ada .* takes the goods"):
            part.action_complete()
        part.disposition_id = self.dispositions["QUARANTINE"]
        with self.assertRaisesRegex(UserError, "belongs to Ada .* takes the goods"):
            part.action_complete()
        with self.assertRaisesRegex(AccessError, "Approver"):
            part.action_take_title(10)
        self.assertEqual(part.state, "draft")

    def test_title_at_the_agreed_value(self):
        """2 lamps for 24: stock 24, booked against the cost of goods at once."""
        rma = self.taken_in
        self._receive(rma)
        product = rma.line_ids.product_id
        stock = self._balance(self.stock_account)
        expense = self._balance(self.expense_account)
        part = rma.inspection_ids
        self._as("approver", part).action_take_title(24)
        self.assertEqual(product.total_value, 24)
        self.assertEqual(product.standard_price, 12)
        self.assertEqual(self._balance(self.stock_account), stock + 24)
        self.assertEqual(self._balance(self.expense_account), expense - 24)
        out, back = part.title_move_ids.sorted("id")
        self.assertEqual((out.value, back.value), (0, 24))
        self.assertEqual(part.title_by_id, self.users["approver"])
        self._inspect(part)
        self.assertEqual(self._available(product), (2, 2, 2))
        self.assertFalse(
            self.env["stock.quant"].search(
                [
                    ("product_id", "=", product.id),
                    ("owner_id", "=", self.customer.id),
                    ("location_id.usage", "=", "internal"),
                    ("quantity", "!=", 0),
                ]
            )
        )
        self.assertIn("TitleTaken", self._events(rma).mapped("name"))

    def test_piece_of_another_seller(self):
        """The customer has bought the same product from us, but not this piece."""
        line = self._sell(2)
        delivery = line.move_ids
        rma = self._requested(self.product, 1, bought_elsewhere=True)
        self.assertFalse(rma.line_ids.move_id)
        self.assertEqual(self._open_exceptions(rma), ["no_source"])
        self._call(self._as("approver", rma.exception_ids), "action_take_in")
        self._receive(rma)
        self.assertTrue(rma.inspection_ids.customer_owned)
        self.assertLine(line, 2, 2, 0, "invoiced")
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self._validate(rma.inspection_ids.move_ids.picking_id)
        self.assertFalse(rma.credit_note_ids)
        # all that was sold may still come back
        own = self._requested(self.product, 2)
        self.assertEqual((own.state, own.line_ids.move_id), ("authorized", delivery))

    def test_piece_of_another_seller_turns_out_to_be_ours(self):
        line = self._sell(2)
        rma = self._requested(self.product, 1, bought_elsewhere=True)
        self._call(
            self._as("service", rma.line_ids), "write", {"sale_line_id": line.id}
        )
        self.assertEqual(rma.line_ids.move_id, line.move_ids)
        self.assertFalse(self._open_exceptions(rma))

    def test_left_out_beside_a_sale_of_before(self):
        """The rest of the return goes on, wherever its goods were sold."""
        rma = self._draft_of(self._historic(), 2)
        lamp = self._create_product("Lamp")
        rma.line_ids = [Command.create({"product_id": lamp.id, "quantity": 1})]
        self._call(rma, "action_request")
        self.assertEqual(self._open_exceptions(rma), ["no_source"])
        self._call(self._as("service", rma.exception_ids), "action_drop")
        self.assertEqual(rma.state, "requested")
        self._call(self._as("approver", rma), "action_authorize")
        self.assertEqual(rma.line_ids.mapped("qty_authorized"), [2, 0])
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_left_out_alone(self):
        rma = self.unknown
        self._call(self._as("service", rma.exception_ids), "action_drop")
        self.assertEqual(rma.state, "cancelled")

    def test_left_out_by_whom_it_was_handed_to(self):
        rma = self.unknown
        inspector = self.env.ref("reverse_logistics.group_inspector")
        rma.exception_ids._guarded_write({"owner_group_id": inspector.id})
        self._call(self._as("inspector", rma.exception_ids), "action_drop")
        self.assertEqual(rma.state, "cancelled")

    def test_title_is_taken_once(self):
        rma = self.taken_in
        self._receive(rma)
        part = self._as("approver", rma.inspection_ids)
        with self.assertRaisesRegex(UserError, "cannot be negative"):
            part.action_take_title(-1)
        # another value is entered while the approver looks at it
        self._call(self._as("inspector", part), "write", {"title_value": 24})
        seen = part.with_context(reverse_read_value=20)
        with self.assertRaisesRegex(UserError, "another value has been entered"):
            self._call(seen, "action_take_title")
        self._call(part.with_context(reverse_read_value=24), "action_take_title")
        with self.assertRaisesRegex(UserError, "at the value agreed, which stays"):
            self._call(self._as("inspector", part), "write", {"title_value": 0.01})
        with self.assertRaisesRegex(UserError, "not waiting here as the customer's"):
            part.action_take_title(24)
        with self.assertRaisesRegex(UserError, "taken over as a whole"):
            self._as("inspector", part).quantity = 1
        ours = self._receive_line(self._sell(1)).inspection_ids
        with self.assertRaisesRegex(UserError, "not waiting here as the customer's"):
            self._as("approver", ours).action_take_title(24)

    def test_title_of_a_part(self):
        rma = self.taken_in
        self._receive(rma)
        self._as("inspector", rma.inspection_ids).quantity = 1
        first, second = rma.inspection_ids.sorted("id")
        self._as("approver", first).action_take_title(9)
        self._inspect(first)
        self._inspect(second, "D", "CUSTOMER")
        product = rma.line_ids.product_id
        self.assertEqual(product.total_value, 9)
        self.assertEqual(self._available(product), (1, 1, 1))
        self._validate(rma.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertEqual(product.total_value, 9)

    def test_title_of_periodic_goods_books_nothing(self):
        category = self._create_category("fifo", "periodic")
        product = self._create_product("Lamp", categ_id=category.id)
        rma = self._taken_in(product=product)
        self._receive(rma)
        before = self._balance(self.stock_account)
        self._as("approver", rma.inspection_ids).action_take_title(24)
        self.assertEqual(product.total_value, 24)
        self.assertFalse(rma.inspection_ids.title_move_ids.account_move_id)
        self.assertEqual(self._balance(self.stock_account), before)

    def test_title_survives_a_second_look(self):
        rma = self.taken_in
        self._receive(rma)
        self._as("approver", rma.inspection_ids).action_take_title(24)
        part = self._inspect(rma.inspection_ids, "C")
        part.action_reinspect()
        again = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertFalse(again.customer_owned)
        self._inspect(again, "A", "RESTOCK")
        self.assertEqual(self._available(rma.line_ids.product_id), (2, 2, 2))

    def test_serials_change_hands(self):
        lots = self._create_lots(self.serial_product, "SN-1")
        self.serial_product.categ_id = self.perpetual
        rma = self._taken_in(1, self.serial_product)
        rma.picking_ids.move_ids.move_line_ids.lot_id = lots
        self._receive(rma)
        self._as("approver", rma.inspection_ids).action_take_title(70)
        self._inspect(rma.inspection_ids)
        quant = self.env["stock.quant"].search(
            [("lot_id", "=", lots.id), ("quantity", ">", 0)]
        )
        self.assertEqual(quant.location_id, self.warehouse.lot_stock_id)
        self.assertFalse(quant.owner_id)
        self.assertEqual(self.serial_product.total_value, 70)

    def test_links_are_the_systems(self):
        rma = self.taken_in
        self._receive(rma)
        stock_user = self._create_user("receiver", login="mover")
        with self.assertRaisesRegex(UserError, "taken over by their inspection"):
            rma.line_ids.move_ids.with_user(stock_user).write(
                {"reverse_title_id": rma.inspection_ids.id}
            )
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("inspector", rma.inspection_ids).title_by_id = stock_user

    def test_beside_known_goods(self):
        """The approver authorizes the known lines first, then takes in the rest."""
        sold = self._sell(1)
        lamp = self._create_product("Lamp", categ_id=self.perpetual.id)
        rma = self._draft(sold)
        rma.line_ids = [(0, 0, {"product_id": lamp.id, "quantity": 1})]
        rma.action_request()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.picking_ids.move_ids.product_id, self.product)
        self._as("approver", rma.exception_ids).action_take_in()
        moves = rma.picking_ids.move_ids
        self.assertEqual(moves.product_id, self.product | lamp)
        owned = moves.filtered(lambda m: m.product_id == lamp)
        self.assertEqual(owned.restrict_partner_id, self.customer)


@tagged("post_install", "-at_install")
class TestOtherCompany(SourcesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Sister Trading"})
        cls.env.user.company_ids += cls.sister
        cls.other = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.sister.ids}
        )
        cls.shared = cls._create_product("Radio")
        cls.shared_serial = cls._create_product("Meter", tracking="serial")

    def _sold_by_sister(self, product, lots=None):
        warehouse = self.other["stock.warehouse"].search(
            [("company_id", "=", self.sister.id)], limit=1
        ) or self.other["stock.warehouse"].create(
            {"name": "Sister", "code": "SIS", "company_id": self.sister.id}
        )
        location = warehouse.lot_stock_id
        quants = self.other["stock.quant"]
        for lot in lots or [None]:
            quants._update_available_quantity(
                product.with_env(self.other), location, 1, lot_id=lot
            )
        order = self.other["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.sister.id,
                "warehouse_id": warehouse.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                ],
            }
        )
        order.action_confirm()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")
        return order.order_line.with_env(self.env)

    def test_their_documents_are_refused(self):
        line = self._sold_by_sister(self.shared)
        text = f"Sister Trading sold Radio with {line.order_id.name}"
        with self.assertRaisesRegex(UserError, text):
            self._draft(line)
        with self.assertRaisesRegex(UserError, "Make the return in Sister Trading"):
            self._draft(line.move_ids)

    def test_their_product_is_refused(self):
        line = self._sold_by_sister(self.shared)
        number = line.move_ids.picking_id.name
        rma = self._draft(self.shared)
        with self.assertRaisesRegex(UserError, f"Sister Trading .* with {number}"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    def test_their_serial_is_refused(self):
        lot = self.env["stock.lot"].create(
            {"name": "SN-9", "product_id": self.shared_serial.id, "company_id": False}
        )
        self._sold_by_sister(self.shared_serial, lot)
        rma = self._draft(self.shared_serial, lot_id=lot.id)
        with self.assertRaisesRegex(UserError, "Sister Trading sold Meter with"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    def test_what_we_sold_too_is_taken(self):
        self._sold_by_sister(self.shared)
        self._sold(self.shared, 1)
        rma = self._requested(self.shared, 2)
        self.assertEqual(rma.line_ids.sorted("id").mapped("quantity"), [1, 1])
        self.assertEqual(self._open_exceptions(rma), ["no_source"])

    def test_services_are_named(self):
        service = self._create_product(
            "Setup", type="service", is_storable=False, invoice_policy="order"
        )
        order = self._order(self.product, 1)
        order.order_line = [(0, 0, {"product_id": service.id, "product_uom_qty": 1})]
        line = order.order_line.filtered(lambda line: line.product_id == service)
        with self.assertRaisesRegex(UserError, "Setup is a service: nothing of it"):
            self._draft(line)
        with self.assertRaisesRegex(UserError, "credit the invoice"):
            self._draft(service)
