"""More of what somebody may try: by contexts, by hand, and by combining flows."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from ..deposits_common import DepositsCommon
from ..request.test_shipping_errors import ClaimCommon
from ..sources_common import SourcesCommon
from .test_attacks import AttackCase


@tagged("post_install", "-at_install")
class TestForgedLinks(ClaimCommon, SourcesCommon, AttackCase):
    """Links that only the workflow sets, given when a document is made."""

    def _taken_over(self, value=24):
        """Two unknown lamps, here, and ours at an agreed value; give their part."""
        rma = self._unknown(2)
        self._as("approver", rma.exception_ids).action_take_in()
        part = self._receive(rma)
        self._as("approver", part).action_take_title(value)
        return part

    def test_credit_note_is_not_linked_by_a_context(self):
        settlement = self._return(self._sell(4), 2).settlement_ids
        note = settlement.credit_note_ids
        values = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "invoice_line_ids": [
                Command.create({"product_id": self.product.id, "price_unit": 10})
            ],
        }
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._rpc(
                self.accountant,
                "account.move",
                "create",
                values,
                context={"default_reverse_settlement_id": settlement.id},
            )
        draft = self._rpc(self.accountant, "account.move", "create", values)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._rpc(
                self.accountant,
                "account.move.line",
                "create",
                {"move_id": draft, "product_id": self.product.id},
                context={"default_reverse_origin_line_id": note.invoice_line_ids[0].id},
            )
        self.assertEqual(settlement.credit_note_ids, note)

    def test_value_is_not_taken_over_by_hand(self):
        part = self._taken_over()
        product = part.product_id
        self.assertEqual(product.total_value, 24)
        values = {
            "product_id": product.id,
            "product_uom_qty": 1,
            "location_id": self.customer.property_stock_customer.id,
            "location_dest_id": self.stock.id,
            "picking_type_id": self.warehouse.in_type_id.id,
        }
        refused = "Goods of customers are taken over by their inspection"
        link = {"reverse_title_id": part.id}
        with self.assertRaisesRegex(UserError, refused):
            self._rpc(self.stocker, "stock.move", "create", [{**values, **link}])
        context = {"default_reverse_title_id": part.id}
        with self.assertRaisesRegex(UserError, refused):
            self._rpc(self.stocker, "stock.move", "create", [values], context=context)
        # code that runs as superuser sees what a client put into the context
        moves = self.env["stock.move"].sudo().with_context(**context)
        with self.assertRaisesRegex(UserError, refused):
            moves.create(values)
        self.assertEqual(product.total_value, 24)

    def test_replacement_leaves_for_the_customer(self):
        line = self._sell(3)
        rma = self._replace(line)
        self._replacement(rma).picking_id.with_user(self.stocker).action_cancel()
        user = self._create_user("receiver", login="replacer")
        user.group_ids += self.env.ref("stock.group_stock_user")
        values = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "location_id": self.stock.id,
            "location_dest_id": self.facility._get_location("hold").id,
            "sale_line_id": line.id,
            "reverse_settlement_line_id": rma.settlement_ids.line_ids.id,
        }
        with self.assertRaisesRegex(UserError, "replaces 1 unit of Kettle for RMA"):
            self._rpc(user, "stock.move", "create", [values])
        self.assertEqual((rma.stage, rma.line_ids.qty_settled), ("put_away", 0))

    def test_receipt_of_goods_taken_over_stays(self):
        part = self._taken_over()
        with self.assertRaisesRegex(UserError, "taken over at an agreed value"):
            self._as("receiver", part).action_correct_receipt(1)
        back = self._return_button(part.receipt_move_id.picking_id, 1)
        with self.assertRaisesRegex(UserError, "receipt of RMA.* brought, 0 units can"):
            self._validate(back, 1)
        self.assertEqual((part.quantity, part.product_id.total_value), (2, 24))

    def test_goods_taken_over_are_fetched_back(self):
        part = self._taken_over()
        self._inspect(part, "A", "RESTOCK")
        self.assertEqual(self._available(part.product_id), (2, 2, 2))
        self._as("inspector", part).action_correct()
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual((again.quantity, again.goods_gone), (2, False))
        self.assertEqual(self._available(part.product_id), (0, 0, 0))
        self.assertEqual(part.product_id.total_value, 24)


@tagged("post_install", "-at_install")
class TestCombinedSources(DepositsCommon, ClaimCommon, SourcesCommon, AttackCase):
    """What one flow limits, another one must not give."""

    def _late_after_another(self, rma, other):
        """Close a return short, request the same again, then receive the first."""
        self._as("service", rma.line_ids).action_close_short()
        other.action_request()
        self._as("receiver", rma).action_receive({rma.line_ids.id: 4})
        self.assertEqual((rma.state, rma.line_ids.qty_received), ("done", 0))
        late = rma.follow_up_ids.line_ids
        self.assertEqual((late.quantity, late.customer_owned), (4, True))
        self.assertFalse(late.historic_sale_id or late.deposit_type_id)
        self._receive(other)
        self.assertEqual(other.line_ids.qty_received, 4)

    def test_late_goods_of_an_old_sale_claimed_meanwhile(self):
        sale = self._historic(4)
        rma, other = self._requested_of(sale, 4), self._draft_of(sale, 4)
        with self.assertRaisesRegex(UserError, "with this return 8 units"):
            other.action_request()
        self._late_after_another(rma, other)
        sale.invalidate_recordset()
        self.assertEqual((sale.qty_claimed, sale.qty_returnable), (4, 0))

    def test_late_deposits_claimed_meanwhile(self):
        self._charge(4)
        rma, other = self._requested_core(4), self._draft_core(4)
        self._late_after_another(rma, other)
        self._inspect(other.inspection_ids)
        self.assertEqual((self._left(), other.stage), ([0], "settled"))
        self.assertFalse(rma.follow_up_ids.settlement_ids)

    def test_closed_old_sale_is_not_reopened_beyond_it(self):
        sale = self._historic(4)
        rma = self._requested_of(sale, 4)
        self._as("service", rma.line_ids).action_close_short()
        self._requested_of(sale, 4)
        with self.assertRaisesRegex(UserError, "with this return 8 units"):
            rma._reopen({rma.line_ids: -4})
        self.assertEqual(rma.state, "done")

    def test_replacement_of_an_old_sale_may_come_back(self):
        sale = self._historic(1)
        rma = self._draft_of(sale, 1)
        rma.settlement_type = "replacement"
        rma.action_request()
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            rma.action_replace_in_advance()
        self._inspect(self._receive(rma))
        with self.assertRaisesRegex(UserError, "with this return 2 units"):
            self._requested_of(sale, 1)
        self._send(rma)
        again = self._requested_of(sale, 1)
        self.assertEqual(again.state, "authorized")
        with self.assertRaisesRegex(UserError, "with this return 2 units"):
            self._requested_of(sale, 1)

    def test_deposits_are_refunded_and_never_replaced(self):
        self._charge(4)
        rma = self._draft_core(2, settlement_type="replacement")
        rma.action_request()
        with self.assertRaisesRegex(UserError, "can be replaced in advance"):
            rma.action_replace_in_advance()
        self._inspect(self._receive(rma))
        self.assertEqual(rma.settlement_ids.type, "refund")
        self.assertEqual(self._left(), [2])

    def test_limit_of_an_old_sale_is_not_written(self):
        sale = self._historic(4)
        user = self.users["administrator"]
        # who imported it does not enter a return of it that policy decides
        own = self._draft_of(sale).with_user(user).copy()
        self._call(own, "action_request")
        self.assertEqual(own.line_ids.historic_sale_id, sale)
        self.assertEqual((own.state, own.line_ids.decision), ("requested", "review"))
        self.assertIn("by who enters it", own.line_ids.explanation)
        self._call(own, "action_cancel")
        with self.assertRaisesRegex(
            UserError, "Amount is calculated from the other col"
        ):
            self._rpc(user, sale._name, "write", sale.ids, {"amount": 9999})
        values = {
            "invoice_name": "OLD-2",
            "date": "2020-01-01",
            "partner_id": self.customer.id,
            "product_id": self.product.id,
            "amount": 9999,
        }
        with self.assertRaisesRegex(
            UserError, "Amount is calculated from the other col"
        ):
            self._rpc(user, sale._name, "create", [values])
        self.assertEqual(sale.amount, 200)

    def test_one_old_sale_is_entered_for_one_line(self):
        line = self._unknown(1).line_ids
        values = {
            "date": "2020-01-01",
            "partner_id": self.customer.id,
            "product_id": line.product_id.id,
        }
        sales = [{**values, "invoice_name": name} for name in ("OLD-3", "OLD-4")]
        with self.assertRaisesRegex(UserError, "Enter one old sale for this line"):
            self._rpc(
                self.users["service"],
                "reverse.historic.sale",
                "create",
                sales,
                context={"reverse_for_line": line.id},
            )
        self.assertFalse(line.historic_sale_id)

    def test_goods_that_arrive_on_a_claim_are_no_claim(self):
        """A rejected claim, then the goods arrive: taken in once, corrected never."""
        rma = self._claim(self._sell(5), "short_shipped", 2, "credit")
        self._as("approver", rma).action_reject("We have counted.")
        self._as("receiver", rma).action_receive({rma.line_ids.id: 3})
        late = rma.follow_up_ids
        self.assertEqual(late.line_ids.mapped("claim"), [False])
        before = self._on_hand(self.product)
        self._as("approver", late).action_authorize()
        self.assertFalse(self._correction(late))
        self.assertEqual(self._on_hand(self.product), before)
        self.assertEqual(late._check_quantities(), {})

    def test_fee_is_taken_back_from_a_locked_order(self):
        order = self._new_order((self.product, 3, {"price_unit": 100}))
        self._deliver(order)
        rma = self._draft(order.order_line, 1)
        rma.line_ids.fee = 15
        rma.action_request()
        order.action_lock()
        self._inspect(self._receive(rma))
        fee = rma.settlement_ids.line_ids.fee_order_line_id
        self.assertEqual((fee.price_unit, fee.product_uom_qty), (15, 1))
        self._as("releaser", rma.settlement_ids).action_reverse()
        self.assertEqual((fee.product_uom_qty, order.locked), (0, True))


@tagged("post_install", "-at_install")
class TestOtherCompany(AttackCase):
    def test_wizard_shows_nothing_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids += company
        env = self.env(context={**self.env.context, "allowed_company_ids": company.ids})
        warehouse = env["stock.warehouse"].create(
            {"name": "Far Away", "code": "FAR", "company_id": company.id}
        )
        stock = warehouse.lot_stock_id
        product = self.product.with_env(env)
        env["stock.quant"]._update_available_quantity(product, stock, 2)
        line = {"product_id": product.id, "product_uom_qty": 2, "price_unit": 77}
        order = env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": warehouse.id,
                "order_line": [Command.create(line)],
            }
        )
        order.action_confirm()
        self._validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "done")
        user = self.users["service"]
        wizards = self.env["reverse.return.wizard"].with_user(user)
        chosen = {"picking_id": order.picking_ids.id, "chosen": True}
        for values in (
            {"candidate_ids": [Command.create(chosen)]},
            {"order_id": order.id, "company_id": company.id},
            {"line_ids": [Command.create({"move_id": order.picking_ids.move_ids.id})]},
        ):
            with self.subTest(values=values):
                self.env.invalidate_all()
                ids = self._rpc(user, wizards._name, "create", [values])
                lines = wizards.browse(ids).line_ids
                self.assertFalse(any(lines.mapped("price_paid")))
                self.assertFalse(any(lines.mapped("document")))


@tagged("post_install", "-at_install")
class TestTwice(DepositsCommon, SourcesCommon, AttackCase):
    """One person in two roles, and one button clicked twice."""

    def test_requester_does_not_say_what_goods_are_worth(self):
        user = self._create_user("service", "approver", login="two-roles")
        product = self._create_product("Lamp", categ_id=self.perpetual.id)
        line = {"product_id": product.id, "quantity": 2}
        rma = (
            self.env["reverse.rma"]
            .with_user(user)
            .create(
                {"partner_id": self.customer.id, "line_ids": [Command.create(line)]}
            )
        )
        rma.action_request()
        self._as("approver", rma.exception_ids).action_take_in()
        part = self._receive(rma)
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            part.with_user(user).action_take_title(5000)
        self.assertEqual(product.total_value, 0)
        user.group_ids += self.env.ref("reverse_logistics.group_combined_duties")
        part.with_user(user).action_take_title(50)
        event = self._events(rma).filtered(lambda e: e.name == "TitleTaken")
        self.assertTrue(event.data["combined_duties"])
        self.assertEqual(product.total_value, 50)

    def test_wizard_makes_one_return(self):
        line = self._sell(4)
        roles = ("service", "receiver", "inspector")
        user = self._create_user(*roles, login="two-clicks")
        wizards = self.env["reverse.return.wizard"].with_user(user)
        for method in ("action_counter", "action_create", "action_save"):
            wizard = wizards.create(
                {
                    "order_id": line.order_id.id,
                    "condition_id": self.conditions["A"].id,
                }
            )
            wizard.line_ids.quantity = 1
            first = getattr(wizard, method)()
            self.assertEqual(getattr(wizard, method)(), first)
        self.assertEqual(len(line.reverse_line_ids), 3)
        self.assertEqual(sum(line.reverse_line_ids.mapped("qty_settled")), 1)

    def test_late_goods_are_entered_once(self):
        rma = self._requested(self._sell(4), 2)
        wizard = self._as("receiver", self.env["reverse.late.wizard"]).create(
            {"rma_id": rma.id}
        )
        wizard.action_receive()
        with self.assertRaisesRegex(UserError, "received or changed meanwhile"):
            wizard.action_receive()
        self.assertEqual(rma.line_ids.qty_received, 2)
        self.assertFalse(rma.follow_up_ids)
