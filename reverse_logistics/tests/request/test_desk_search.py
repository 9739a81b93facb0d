from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ...models.base.reverse_search import Found
from ..desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestDeskSearch(DeskCommon):
    """A return is found by whatever the customer names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+1 (555) 010-4477"
        cls.product.default_code = "KTL-900"
        cls.lot = cls._create_lots(cls.serial_product, "SN-77-A")
        cls.line = cls._sell(3)
        cls.order = cls.line.order_id
        cls.order.client_order_ref = "PO-2291"
        cls.serial_line = cls._sell(
            product=cls.serial_product, quantity=1, lots={cls.lot: 1}
        )

    def _search(self, text, company=None):
        return (
            self.env["reverse.search"]
            .with_user(self.users["service"])
            ._search_anything(text, company or self.company)
        )

    def test_every_number_leads_to_the_order(self):
        picking = self.line.move_ids.picking_id
        keys = {
            self.order.name: "Order",
            "po-2291": "Customer's order number",
            self.line.invoice_lines.move_id.name: "Invoice",
            picking.name: "Delivery",
        }
        for text, why in keys.items():
            found = self._search(text)
            self.assertEqual(found.orders, {self.order: why}, text)
        found = self._search("sn-77-a")
        self.assertEqual(
            found.orders, {self.serial_line.order_id: "Lot or serial number"}
        )
        self.assertEqual(found.lots, self.lot)

    def test_older_orders_are_found_among_newer_ones_of_others(self):
        seller = new_test_user(
            self.env, login="seller", groups="sales_team.group_sale_salesman"
        )
        self.order.user_id = seller
        self.order.client_order_ref = "PO-7001"
        newer = self.env["sale.order"].create(
            [
                {"partner_id": self.customer.id, "client_order_ref": f"PO-70{number}"}
                for number in range(10, 32)
            ]
        )
        newer.user_id = self.env.user
        found = Found(self.env["stock.lot"], self.env["product.product"])
        self.env["reverse.search"].with_user(seller)._find_orders(
            found, "PO-70", "ilike", Domain("company_id", "=", self.company.id)
        )
        self.assertEqual(found.orders, {self.order: "Customer's order number"})

    def test_products_lead_to_their_orders(self):
        found = self._search("KTL-900")
        self.assertEqual(found.orders, {self.order: "Product"})
        self.assertEqual(found.products, self.product)

    def test_customers_are_found_by_name_and_telephone(self):
        for text in ("ada distr", "5550104477", "555 010-4477"):
            found = self._search(text)
            self.assertEqual(found.partners, {self.customer: "Customer"}, text)
            self.assertFalse(found.orders)

    def test_goods_delivered_without_an_order_are_found(self):
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        self._validate(picking)
        form = self._wizard(text=picking.name)
        self.assertEqual(self._found(form), [(picking.id, "Delivery")])
        self._enter(form, 0, 1)
        rma = self._rma(form.save().action_save())
        self.assertEqual(rma.line_ids.move_id, picking.move_ids)
        self.assertEqual(rma.partner_id, self.customer)

    def test_nothing_of_other_companies_is_found(self):
        other = self.env["res.company"].create({"name": "Returns Other Company"})
        found = self._search(self.order.name, company=other)
        self.assertFalse(found.orders)
        self.assertFalse(found.pickings)

    def test_wildcards_are_letters(self):
        found = self._search("%%%")
        self.assertFalse(found.orders)
        self.assertFalse(found.partners)
        self.assertFalse(self._search(" ").orders)

    def test_more_matches_cost_no_more_queries(self):
        self._search(self.customer.name)
        few = self._count("KTL-900")
        for _number in range(5):
            self._sell(1)
        many = self._count("KTL-900")
        self.assertLessEqual(many, few + 1)
        self.assertLessEqual(many, 30)

    def _count(self, text):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertTrue(self._search(text).orders)
        return self.env.cr.sql_log_count - before

    def test_returns_are_found_by_anything(self):
        end = self.env["res.partner"].create(
            {"name": "Dora", "phone": "+49 30 1234567"}
        )
        rma = self._requested(
            self.serial_line,
            1,
            lot_id=self.lot.id,
            client_ref="Pos. 7",
            rma={"end_partner_id": end.id, "client_ref": "RET-CUST-1"},
        )
        rma.carrier_tracking_ref = "1Z-77"
        other = self._requested(self.line, 1)
        order = self.serial_line.order_id
        order.client_order_ref = "PO-SERIAL"
        texts = (
            rma.name,
            "ret-cust-1",
            "pos. 7",
            "1z-77",
            "dora",
            "030 1234567",
            "sn-77",
            order.name,
            "po-serial",
            self.serial_line.invoice_lines.move_id.name,
            rma.line_ids.move_id.picking_id.name,
            rma.picking_ids.name,
        )
        model = self._as("service", self.env["reverse.rma"])
        for text in texts:
            found = model.search([("anything", "ilike", text)])
            self.assertEqual(found, rma, text)
        both = model.search([("anything", "ilike", "Ada Distribution")])
        self.assertEqual(both, rma | other)


@tagged("post_install", "-at_install")
class TestReturnWizard(DeskCommon):
    """From what was found to the return."""

    def test_serial_number_leads_to_a_filled_in_return(self):
        lot, other = self._create_lots(self.serial_product, "SN-1", "SN-10")
        line = self._sell(
            product=self.serial_product, quantity=2, lots={lot: 1, other: 1}
        )
        form = self._wizard(text="SN-1")
        self.assertEqual(form.partner_id, self.customer)
        rows = form.line_ids._records
        self.assertEqual([row["lot_id"] for row in rows], [lot.id, other.id])
        self.assertEqual([row["quantity"] for row in rows], [1.0, 0.0])
        rma = self._rma(form.save().action_create())
        self.assertEqual((rma.state, rma.line_ids.lot_id), ("authorized", lot))
        self.assertEqual(rma.line_ids.sale_line_id, line)

    def test_one_return_over_several_orders(self):
        first, second = self._sell(3, 100.0), self._sell(2, 80.0)
        form = self._wizard(text=self.customer.name)
        self.assertEqual(self._found(form), [(self.customer.id, "Customer")])
        shown = [
            (row["document"], row["delivered"], row["returnable"], row["price_paid"])
            for row in form.line_ids._records
        ]
        self.assertEqual(
            sorted(shown),
            [
                (first.order_id.name, 3.0, 3.0, 100.0),
                (second.order_id.name, 2.0, 2.0, 80.0),
            ],
        )
        self._enter(form, 0, 1)
        self._enter(form, 1, 2)
        rma = self._rma(form.save().action_create())
        self.assertEqual(rma.sale_order_ids, first.order_id | second.order_id)
        self.assertEqual(sum(rma.line_ids.mapped("quantity")), 3.0)
        self.assertEqual(rma.state, "authorized")

    def test_entered_quantities_survive_another_choice(self):
        first, second = self._sell(3), self._sell(2)
        self.product.default_code = "KTL-901"
        form = self._wizard(text="KTL-901")
        self.assertEqual(len(form.candidate_ids), 2)
        self.assertEqual(len(form.line_ids), 0)
        self.assertFalse(form.partner_id)
        self._choose(form, 0)
        self._enter(form, 0, 1)
        self._choose(form, 1)
        rows = {row["document"]: row["quantity"] for row in form.line_ids._records}
        self.assertEqual(rows, {second.order_id.name: 1.0, first.order_id.name: 0.0})

    def test_failed_search_forgets_the_customer_found_before(self):
        line = self._sell(3)
        form = self._wizard(text=line.order_id.name)
        self._enter(form, 0, 1)
        self.assertEqual((form.partner_id, len(form.line_ids)), (self.customer, 1))
        form.search_text = "no such number"
        self.assertFalse(form.partner_id)
        self.assertFalse(len(form.line_ids))
        # whoever is chosen by hand then is meant
        form.partner_id = self.customer
        self.assertEqual(len(form.line_ids), 1)

    def test_product_that_was_searched_for_comes_first(self):
        cup = self._create_product("Cup", default_code="CUP-1")
        self._stock(cup, 5)
        order = self._new_order((self.product, 1), (cup, 1))
        self._deliver(order)
        form = self._wizard(text="cup-1")
        self.assertEqual(form.line_ids._records[0]["product_id"], cup.id)
        self.assertEqual(len(form.line_ids), 2)

    def test_order_opens_the_wizard_with_its_lines(self):
        line = self._sell(3)
        action = self._as("service", line.order_id).action_reverse_return()
        form = self._wizard(order_id=action["context"]["default_order_id"])
        self.assertEqual(form.partner_id, self.customer)
        self._enter(form, 0, 2, note="Too loud", client_ref="Pos. 10")
        action = form.save().with_context(active_id=1).action_create()
        # else the address names the dialog, and there is no way back to the list
        self.assertFalse(action["context"]["active_id"])
        rma = self._rma(action)
        self.assertEqual(rma.line_ids.sale_line_id, line)
        self.assertEqual(
            (rma.line_ids.note, rma.line_ids.client_ref), ("Too loud", "Pos. 10")
        )

    def test_refusals_say_what_to_do(self):
        self._sell(3)
        form = self._wizard(text=self.customer.name)
        with self.assertRaisesRegex(UserError, "Enter the quantity"):
            form.save().action_create()
        form = self._wizard(text=self.customer.name)
        self._enter(form, 0, 4)
        with self.assertRaisesRegex(
            UserError, "only 3 of .* can be returned; you entered 4"
        ):
            form.save().action_create()
        unknown = self._wizard()
        with unknown.line_ids.new() as line:
            line.product_id = self.product
            line.quantity = 1
        with self.assertRaisesRegex(UserError, "Choose the customer"):
            unknown.save().action_create()
        self.assertFalse(
            self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        )

    def test_orders_of_two_customers_do_not_mix(self):
        self._sell(1)
        theirs = self._new_order((self.product, 1), partner_id=self.stranger.id)
        self._deliver(theirs)
        self.product.default_code = "KTL-902"
        form = self._wizard(text="KTL-902")
        self._choose(form, 0, 1)
        self._enter(form, 0, 1)
        self._enter(form, 1, 1)
        with self.assertRaisesRegex(UserError, "belongs to another customer"):
            form.save().action_create()
        self.assertEqual(len(form.line_ids), 2)


@tagged("post_install", "-at_install")
class TestFindDeliveries(DeskCommon):
    """Product and quantity: the split is shown before anything is claimed."""

    def _preview(self, quantity, **values):
        rma = self._draft(self.product, quantity, **values)
        rma.action_find_deliveries()
        return rma

    def _split(self, rma):
        return [(line.move_id, line.quantity, line.price_paid) for line in rma.line_ids]

    def test_split_is_shown_and_claims_nothing(self):
        old, new = self._sell(3, 100.0), self._sell(2, 80.0)
        rma = self._preview(4)
        self.assertEqual(
            self._split(rma), [(new.move_ids, 2.0, 80.0), (old.move_ids, 2.0, 100.0)]
        )
        self.assertEqual(rma.state, "draft")
        self.assertIn("within the 30 days", rma.line_ids[0].explanation)
        self.assertEqual(rma.line_ids.sale_line_id, old | new)
        free = (old | new).move_ids._get_returnable()
        self.assertEqual(sorted(free.values()), [2.0, 3.0])
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_lowest_price_first(self):
        self._set_policy(allocation="lowest_price")
        dear, cheap = self._sell(2, 100.0), self._sell(2, 100.0, discount=40)
        self._sell(2, 90.0)
        rma = self._preview(3)
        self.assertEqual([line.sale_line_id for line in rma.line_ids][0], cheap)
        self.assertEqual([line.price_paid for line in rma.line_ids], [60.0, 90.0])
        self.assertNotIn(dear, rma.line_ids.sale_line_id)

    def test_what_finds_no_delivery_stays_visible(self):
        self._sell(3)
        rma = self._preview(5)
        self.assertEqual(rma.line_ids.mapped("quantity"), [3.0, 2.0])
        missing = rma.line_ids.filtered(lambda line: not line.move_id)
        self.assertIn("found no delivery", missing.explanation)
        self.assertTrue(self._as("service", rma).is_find_deliveries_allowed)
        rma.action_request()
        self.assertEqual(self._open_exceptions(rma), ["no_source"])

    def test_request_looks_again(self):
        self._sell(3)
        rma = self._preview(3)
        other = self._requested(self.product, 2)
        self.assertEqual(other.state, "authorized")
        with self.assertRaisesRegex(UserError, "5 units would come back"):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    def test_person_may_change_what_is_shown(self):
        self._sell(3)
        rma = self._preview(3)
        line = rma.line_ids
        line.quantity = 1
        self.assertFalse(line.explanation)
        self.assertFalse(line.decision)
        rma.write(
            {"line_ids": [(0, 0, {"product_id": self.product.id, "quantity": 9})]}
        )
        rma.action_find_deliveries()
        # the line that names its delivery keeps it, the other one takes the rest
        self.assertEqual(
            [(bool(line.move_id), line.quantity) for line in rma.line_ids],
            [(True, 1.0), (True, 2.0), (False, 7.0)],
        )

    def test_only_customer_service_and_only_drafts(self):
        self._sell(3)
        rma = self._draft(self.product, 1)
        with self.assertRaisesRegex(AccessError, "Customer service"):
            self._as("inspector", rma).action_find_deliveries()
        rma.action_request()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            rma.action_find_deliveries()

    def test_wizard_with_products_only_shows_the_split_first(self):
        self._sell(3)
        form = self._wizard(partner_id=self.customer.id)
        with form.line_ids.new() as line:
            line.product_id = self.product
            line.quantity = 2
        rma = self._rma(form.save().action_create())
        self.assertEqual(rma.state, "draft")
        self.assertTrue(rma.line_ids.move_id)
