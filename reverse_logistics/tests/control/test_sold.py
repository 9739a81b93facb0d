"""What was sold and billed decides what is credited, whatever an order says later."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..credit_common import CreditCase

NOT_BY_HAND = "cannot be linked to .* by hand, because returns are credited at what"


@tagged("post_install", "-at_install")
class TestSold(CreditCase):
    def _write(self, role, records, values):
        user = self.users[role]
        return self._rpc(user, records._name, "write", records.ids, values)

    def _sell_at_half(self):
        """Sell two pieces of 100 each, less a discount of half of it on the order."""
        lines = [(self.product, 1, {"price_unit": 100.0})] * 2
        order = self._new_order(*lines)
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.5,
            }
        ).action_apply_discount()
        *goods, discount_line = order.order_line
        self._deliver(order)
        self.assertEqual(self._invoice(order).amount_total, 100)
        return goods, discount_line

    # ------------------------------------------------------------------
    # Which order line an invoice has billed
    # ------------------------------------------------------------------
    def test_an_order_line_is_not_linked_to_a_dearer_invoice(self):
        dear = self._sell(1, 1000.0).invoice_lines
        cheap = self._new_order((self.product, 1, {"price_unit": 1.0})).order_line
        self._deliver(cheap.order_id)
        link = {"invoice_lines": [Command.link(dear.id)]}
        values = {"order_id": cheap.order_id.id, "product_id": self.product.id, **link}
        user = self.users["service"]
        with self.assertRaisesRegex(UserError, NOT_BY_HAND):
            self._write("service", cheap, link)
        with self.assertRaisesRegex(UserError, NOT_BY_HAND):
            self._rpc(user, "sale.order.line", "create", [values])
        with self.assertRaisesRegex(UserError, NOT_BY_HAND):
            lines = cheap.with_user(user).with_context(default_invoice_lines=dear.ids)
            lines.create({**values, "invoice_lines": [Command.link(dear.id)]})
        with self.assertRaisesRegex(UserError, NOT_BY_HAND):
            dear.with_user(self.accountant).sale_line_ids = [Command.link(cheap.id)]

    def test_who_writes_no_invoices_links_no_draft(self):
        draft = self._invoice(self._delivered(), post=False).invoice_line_ids
        other = self._new_order((self.product, 1, {"price_unit": 1.0})).order_line
        link = {"invoice_lines": [Command.link(draft.id)]}
        with self.assertRaisesRegex(UserError, NOT_BY_HAND):
            self._write("service", other, link)
        draft.with_user(self.accountant).sale_line_ids = [Command.link(other.id)]

    def _delivered(self):
        order = self._new_order((self.product, 1, {"price_unit": 1000.0}))
        self._deliver(order)
        return order

    # ------------------------------------------------------------------
    # What kind of line it is
    # ------------------------------------------------------------------
    def test_a_discount_is_shared_whatever_its_order_line_says(self):
        for values in ({"price_unit": 100.0}, {"product_uom_qty": -1}):
            with self.subTest(values=values):
                (line, _other), discount = self._sell_at_half()
                self._write("service", discount, values)
                self.assertAmounts(self._return(line, 1).credit_note_ids, 50)

    def test_a_discount_is_no_down_payment(self):
        (line, _other), discount = self._sell_at_half()
        discount.is_downpayment = True
        self.assertAmounts(self._return(line, 1).credit_note_ids, 50)

    def test_lines_stay_what_they_are(self):
        (line, _other), discount = self._sell_at_half()
        for own in (line, discount):
            with self.assertRaisesRegex(UserError, "stays the kind of line that it is"):
                self._write("service", own, {"is_downpayment": True})
        self._write("service", line, {"is_downpayment": False, "name": "Kettle"})

    def test_rate_of_an_order(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 0.5))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._new_order(
            (self.product, 2, {"price_unit": 90.0}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        self._set_policy([{"name": "Up to 100", "max_value": 100}])
        self._write("service", order, {"currency_rate": 100000.0})
        rma = self._requested(order.order_line, 2)
        self.assertEqual(rma.line_ids.unit_value, 180)
        self.assertEqual(
            (rma.state, rma.line_ids.decision_code), ("requested", "max_value")
        )

    def test_nobody_blocks_what_others_touch(self):
        line = self._sell(2)
        for records in (line, line.move_ids):
            self._write("service", records, {"reverse_guard": 2**31 - 1})
        self.assertAmounts(self._return(line, 1).credit_note_ids, 100)
        self.assertLess(line.reverse_guard, 10**6)

    def test_size_of_a_unit(self):
        dozen = {"price_unit": 120.0, "product_uom_id": self.dozen.id}
        self._new_order((self.product, 1, dozen))
        keeper = new_test_user(
            self.env, login="units", groups="product.group_product_manager"
        )
        for unit, values in (
            (self.dozen, {"relative_factor": 1}),
            (self.unit, {"relative_factor": 12}),
            (self.dozen, {"relative_uom_id": False}),
        ):
            with self.assertRaisesRegex(UserError, "returned in Dozens: what one of"):
                self._rpc(keeper, "uom.uom", "write", unit.ids, values)
        self._rpc(keeper, "uom.uom", "write", self.dozen.ids, {"name": "Twelve"})
        own = self._rpc(
            keeper,
            "uom.uom",
            "create",
            [{"name": "Six", "relative_factor": 6, "relative_uom_id": self.unit.id}],
        )
        self._rpc(keeper, "uom.uom", "write", own, {"relative_factor": 7})

    def test_size_of_a_unit_of_old_sales_and_invoices(self):
        keeper = new_test_user(
            self.env, login="units", groups="product.group_product_manager"
        )

        def refused(name):
            case = self.dozen.copy({"name": name, "relative_factor": 6})
            yield case
            with self.assertRaisesRegex(UserError, f"returned in {name}: what one of"):
                self._rpc(keeper, "uom.uom", "write", case.ids, {"relative_factor": 1})

        for case in refused("Case"):
            sale = self.env["reverse.historic.sale"].create(
                {
                    "invoice_name": "OLD-1",
                    "date": fields.Date.today() - timedelta(3),
                    "partner_id": self.customer.id,
                    "product_id": self.product.id,
                    "uom_id": case.id,
                    "price_unit": 60.0,
                }
            )
            self.assertEqual(sale.uom_id, case)
        for case in refused("Box"):
            invoice = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": self.product.id, "product_uom_id": case.id}
                        )
                    ],
                }
            )
            invoice.action_post()

    def test_who_changed_an_old_sale(self):
        """It is their word, whoever imported it."""
        importer = self._create_user("administrator", login="imports")
        sales = self.env["reverse.historic.sale"].with_user(importer)
        sale = sales.create(
            {
                "invoice_name": "OLD-1",
                "date": fields.Date.today() - timedelta(3),
                "partner_id": self.customer.id,
                "product_id": self.product.id,
                "price_unit": 10.0,
            }
        )
        line = {"historic_sale_id": sale.id, "product_id": self.product.id}
        values = {
            "partner_id": self.customer.id,
            "line_ids": [Command.create({**line, "quantity": 1})],
        }
        self._write("administrator", sale, {"price_unit": 5000.0})
        returns = self._as("administrator", self.env["reverse.rma"])
        rma = returns.create(values)
        self._call(rma, "action_request")
        self.assertEqual((rma.state, rma.line_ids.decision), ("requested", "review"))
        self._call(rma, "action_cancel")
        rma = self._as("service", returns).create(values)
        self._call(rma, "action_request")
        self.assertEqual(rma.state, "authorized")

    # ------------------------------------------------------------------
    # Nobody looks at what they did themselves
    # ------------------------------------------------------------------
    def test_own_credit_outside_of_returns(self):
        rma = self._return(self._sell(2), 2)
        both = new_test_user(
            self.env,
            login="books-and-approves",
            groups="account.group_account_user,reverse_logistics.group_approver",
        )
        with patch.object(type(self), "accountant", both):
            self._manual(200.0)
        found = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(found.type, "loose_credit")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            found.with_user(both).action_leave_credit()
        self._as("approver", found).action_leave_credit()
        self.assertEqual(found.state, "resolved")

    def test_own_credit_in_advance(self):
        """Who asked for it does not leave it to the customer whose goods stay away."""
        both = self._create_user("service", "releaser", login="asks-and-releases")
        self._set_policy([{"name": "In advance", "credit_release": "authorization"}])
        line = self._sell(2)
        rma = self.env["reverse.rma"].with_user(both)
        rma = rma.create(
            {
                "partner_id": self.customer.id,
                "line_ids": [Command.create({"sale_line_id": line.id, "quantity": 2})],
            }
        )
        self._call(rma, "action_request")
        self.assertAmounts(rma.sudo().credit_note_ids, 200)
        found = self.env["reverse.exception"]._raise_for(rma.line_ids, "early_credit")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            found.with_user(both).action_leave_early()
        self._as("releaser", found).action_leave_early()
        self.assertEqual(found.state, "resolved")

    def test_own_inspection_after_credit(self):
        rma = self._return(self._sell(2), 2)
        both = self._create_user("inspector", "releaser", login="looks-and-releases")
        rma.inspection_ids.with_user(both).action_correct()
        part = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.users["inspector"] = both
        self._inspect(part, "D", "SCRAP")
        found = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(found.type, "credit_review")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            found.with_user(both).action_leave_credit()
        self._as("releaser", found).action_leave_credit()
        self.assertEqual(found.state, "resolved")
