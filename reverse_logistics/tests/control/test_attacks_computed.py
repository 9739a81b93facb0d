"""What Odoo computes says what it is computed of, whatever a written call says."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon

#: Whoever may write documents at all.
GROUPS = (
    "sales_team.group_sale_manager,stock.group_stock_manager,"
    "account.group_account_manager,base.group_partner_manager,"
    "reverse_logistics.group_service"
)


@tagged("post_install", "-at_install")
class TestAttacksComputed(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.writer = new_test_user(
            cls.env,
            login="writer",
            groups=GROUPS,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})

    def _get_others(self, field, value):
        """Give values that this one is not, of the field's type."""
        if field.name == "qty_to_invoice":
            return [-2, False]  # what is to be billed, Odoo says itself, see below
        if field.type == "boolean":
            return [not value]
        if field.type in ("float", "monetary", "integer"):
            return [value + 5]
        if field.type == "selection":
            keys = [key for key, _label in field._description_selection(self.env)]
            return [key for key in keys if key != value]
        if field.type == "many2one":
            records = self.env[field.comodel_name].with_context(active_test=False)
            return records.search([("id", "!=", value.id)], limit=1).ids + [False]
        return ["evil@example.com"]

    def _get_documents(self):
        order = self.line.order_id
        picking = self.line.move_ids.picking_id
        invoice = order.invoice_ids
        return {
            "res.partner": self.customer,
            "sale.order": order,
            "sale.order.line": self.line,
            "account.move": invoice,
            "account.move.line": invoice.invoice_line_ids[:1],
            "stock.location": self.warehouse.lot_stock_id,
            "stock.picking": picking,
        }

    def test_nobody_enters_what_is_computed(self):
        documents = self._get_documents()
        self.customer.email = "ada@example.com"
        kept = self.env.registry.descendants(["reverse.computed.mixin"], "_inherit")
        for model in set(kept) & set(documents):
            record = documents[model]
            for name in record._reverse_computed:
                self.env.flush_all()
                before, field = record[name], record._fields[name]
                for other in self._get_others(field, before):
                    with self.subTest(model=model, name=name, other=other):
                        self._rpc(
                            self.writer, model, "write", record.ids, {name: other}
                        )
                        self.env.flush_all()
                        self.env.invalidate_all()
                        self.assertEqual(record[name], before)

    def test_nor_through_the_document_that_it_belongs_to(self):
        order = self.line.order_id
        vals = {"order_line": [Command.update(self.line.id, {"qty_invoiced": 99})]}
        self._rpc(self.writer, "sale.order", "write", order.ids, vals)
        self.env.invalidate_all()
        self.assertEqual(self.line.qty_invoiced, 4)

    def test_every_name_is_computed_and_stored(self):
        """What people may enter is nothing that is computed anew."""
        kept = self.env.registry.descendants(["reverse.computed.mixin"], "_inherit")
        found = 0
        for model in kept:
            for name in self.env[model]._reverse_computed:
                field = self.env[model]._fields[name]
                with self.subTest(model=model, name=name):
                    self.assertTrue(field.store and field.compute and field.readonly)
                found += 1
        self.assertGreater(found, 30)

    def test_policy_credits_what_was_billed(self):
        order = self._new_order((self.product, 10, {}))
        self._validate(order.picking_ids)
        line = order.order_line
        line.qty_to_invoice = 5
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 5
        invoice.action_post()
        service = self.users["service"]
        self._rpc(service, "sale.order.line", "write", line.ids, {"qty_invoiced": 10})
        self.env.invalidate_all()
        rma = self._received(line, 5)
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        self.assertFalse(rma.settlement_ids.credit_note_ids)
        self.assertEqual(line.qty_invoiced, 5)

    def test_traits_stay_while_their_order_is_confirmed(self):
        order = self._new_order((self.product, 2, {}))
        line = order.order_line
        line.sudo().reverse_trait_ids = self.env["reverse.trait"].search([], limit=1)
        service = self.users["service"]
        draft = {"state": "draft"}
        self._rpc(service, "sale.order.line", "write", line.ids, draft)
        bare = {"reverse_trait_ids": [Command.clear()]}
        for vals in (bare, {**draft, **bare}):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                self._rpc(service, "sale.order.line", "write", line.ids, vals)
        self.env.invalidate_all()
        self.assertEqual(line.state, "sale")
        self.assertTrue(line.reverse_trait_ids)

    def test_whose_address_it_is_was_written_by_somebody(self):
        """Also where its copy is written first, so that it seems to be the same."""
        self.customer.email = "ada@example.com"
        self.env.flush_all()
        for vals in ({"email_normalized": "evil@x.com"}, {"email": "evil@x.com"}):
            self._rpc(self.writer, "res.partner", "write", self.customer.ids, vals)
            self.env.flush_all()
        self.assertIn(self.writer, self.customer.sudo().reverse_let_in_by_ids)

    def test_odoo_still_cancels_an_empty_transfer(self):
        empty = self.line.move_ids.picking_id.copy({"move_ids": []})
        empty.with_user(self.writer).action_cancel()
        self.assertEqual(empty.state, "cancel")

    def test_odoo_says_what_of_an_order_is_billed_now(self):
        """All of it once it is paid, or the hours of a month."""
        order = self._new_order((self.product, 3.3, {}))
        self.product.invoice_policy = "delivery"
        self.env.invalidate_all()
        order = order.with_user(self.writer)
        order._force_lines_to_invoice_policy_order()
        self.assertEqual(order.order_line.qty_to_invoice, 3.3)
        order.order_line.qty_to_invoice = 1
        self.assertEqual(order.order_line.qty_to_invoice, 1)

    def test_amounts_beside_the_price_of_an_order_line(self):
        """They are billed, while price, quantity and discount say something else."""
        order = self.line.order_id
        forged = {
            "currency_id": order.currency_id.id,
            "price_unit": 50.0,
            "discount": 0,
            "quantity": 1,
            "rate": 1,
            "manual_total_excluded_currency": -100,
            "manual_total_excluded": -100,
            "manual_tax_amounts": {"x": {}},
        }
        own = {"product_id": self.product.id, "price_unit": 50.0}
        vals = {**own, "extra_tax_data": forged}
        line = [Command.create(vals)]
        for model, method, args, context in (
            ("sale.order.line", "create", [[{**vals, "order_id": order.id}]], {}),
            (
                "sale.order.line",
                "create",
                [[{**own, "order_id": order.id}]],
                {"default_extra_tax_data": forged},
            ),
            (
                "sale.order.line",
                "write",
                [self.line.ids, {"extra_tax_data": forged}],
                {},
            ),
            ("sale.order", "write", [order.ids, {"order_line": line}], {}),
            ("sale.order", "copy", [order.ids, {"order_line": line}], {}),
            (
                "sale.order",
                "create",
                [[{"partner_id": self.customer.id, "order_line": line}]],
                {"reverse_amounting": True},
            ),
        ):
            with self.assertRaisesRegex(UserError, "what a line amounts to follows"):
                self._rpc(self.writer, model, method, *args, context=context)

    def test_what_odoo_computes_of_discounts_and_down_payments(self):
        order = self.line.order_id.with_user(self.writer)
        tax = self._create_tax(20, included=True)
        fresh = order.copy()
        fresh.order_line.write({"tax_ids": [Command.set(tax.ids)], "price_unit": 33.33})
        self.company.sale_discount_product_id = self._create_product(
            "Discount", type="service", is_storable=False
        )
        wizard = self.env["sale.order.discount"].with_user(self.writer)
        wizard.create(
            {
                "sale_order_id": fresh.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.07,
            }
        ).action_apply_discount()
        discount = fresh.order_line - fresh.order_line[:1]
        self.assertTrue(discount.extra_tax_data)
        copied = fresh.copy()
        self.assertEqual(copied.amount_total, fresh.amount_total)
        self.assertTrue(copied.order_line.filtered("extra_tax_data"))
        self._call(fresh, "action_confirm")
        advance = self.env["sale.advance.payment.inv"].with_user(self.writer)
        advance.create(
            {
                "sale_order_ids": [Command.set(fresh.ids)],
                "advance_payment_method": "percentage",
                "amount": 33.0,
            }
        ).create_invoices()
        self.assertTrue(fresh.invoice_ids)
        self.assertTrue(
            fresh.order_line.filtered("is_downpayment").filtered("extra_tax_data")
        )
