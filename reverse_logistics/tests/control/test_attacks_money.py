"""What somebody may try to be credited: each attack, and what stops it."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .test_attacks import AttackCase


@tagged("post_install", "-at_install")
class TestMoneyAttacks(AttackCase):
    def test_goods_looked_at_three_times_are_credited_once(self):
        line = self._sell(4)
        rma = self._received(line, 2)
        self._received(line, 2)  # keeps quantities open that could be credited again
        part = self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        self._settle(rma.settlement_ids)
        part = self._reinspect(part, "QUARANTINE")
        self._reinspect(part)
        self.assertAmounts(rma.credit_note_ids, 200)
        self.assertEqual(rma.line_ids.qty_settled, 2)

    def test_goods_with_a_credit_are_not_sent_back(self):
        rma = self._received(self._sell(4), 2)
        part = self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        with self.assertRaisesRegex(
            UserError, "gives no credit, but there is RMA.*Cancel or reverse that first"
        ):
            self._reinspect(part, "CUSTOMER")
        self._as("service", rma.settlement_ids).action_cancel()
        again = self._reinspect(part, "CUSTOMER")
        self.assertTrue(again.denied)
        self.assertEqual(rma.settlement_ids.mapped("state"), ["cancelled"])

    def test_value_for_a_line_of_another_return(self):
        rma = self._received(self._sell(4), 2)
        order = self._new_order(
            (self.product, 2, {"price_unit": 500}), partner_id=self.stranger.id
        )
        self._deliver(order)
        self._invoice(order)
        other = self._draft(order.order_line, 1, rma={"partner_id": self.stranger.id})
        with self.assertRaisesRegex(UserError, "Choose one of its own lines"):
            self._as("service", self.env["reverse.settlement"]).create(
                {
                    "rma_id": rma.id,
                    "line_ids": [
                        Command.create(
                            {"rma_line_id": other.line_ids.id, "price_unit": 300}
                        )
                    ],
                }
            )
        self.assertFalse(rma.settlement_ids)

    def test_value_beyond_what_a_discount_left(self):
        order = self._new_order((self.product, 1, {"price_unit": 100}))
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.5,
            }
        ).action_apply_discount()
        self._deliver(order)
        self.assertEqual(self._invoice(order).amount_untaxed, 50)
        rma = self._received(order.order_line[:1], 1)
        with self.assertRaisesRegex(
            UserError, r"would credit \$\s100.00 before tax, but only \$\s50.00 of"
        ):
            self._credit_value(rma, 100)
        self.assertAmounts(self._credit_value(rma, 30), 30)
        with self.assertRaisesRegex(UserError, r"but only \$\s20.00 of INV"):
            self._credit_value(rma, 30)

    def test_inspector_does_not_approve_value_of_what_he_inspected(self):
        rma = self._received(self._sell(4), 2)
        self._inspect(rma.inspection_ids, "A", "QUARANTINE")
        self.users["inspector"].group_ids += self.env.ref(
            "reverse_logistics.group_approver"
        )
        settlement = self._as("service", self.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create({"rma_line_id": rma.line_ids.id, "price_unit": 30})
                ],
            }
        )
        settlement.action_submit()
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._as("inspector", settlement).action_approve()
        self._as("approver", settlement).action_approve()
        self.assertEqual(settlement.approved_by_id, self.users["approver"])

    def test_each_currency_is_settled_by_itself(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 0.5))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._new_order(
            (self.product, 2, {"price_unit": 70}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        self._invoice(order)
        lines = self._sell(2, 100) | order.order_line
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": 1})
                    for line in lines
                ],
            }
        )
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        settlements = rma.settlement_ids.sorted("amount_untaxed")
        self.assertEqual(settlements.currency_id, euro | self.usd)
        self.assertEqual(settlements.mapped("amount_untaxed"), [70, 100])
        with self.assertRaisesRegex(UserError, "invoiced in several currencies"):
            self._as("service", self.env["reverse.settlement"]).create(
                {
                    "rma_id": rma.id,
                    "line_ids": [
                        Command.create({"rma_line_id": line.id, "price_unit": 1})
                        for line in rma.line_ids
                    ],
                }
            )

    def test_retry_leaves_other_proposals_alone(self):
        order = self._new_order((self.product, 4, {"price_unit": 100}))
        self._deliver(order)
        draft = self._invoice(order, post=False)
        other = self._sell(2, 50)
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": 1})
                    for line in order.order_line | other
                ],
            }
        )
        rma.action_request()
        self._receive(rma)
        value = self._as("service", self.env["reverse.settlement"]).create(
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create({"rma_line_id": rma.line_ids[1].id, "price_unit": 5})
                ],
            }
        )
        self._inspect(rma.inspection_ids)
        draft.action_post()
        exception = rma.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(exception.mapped("type"), ["not_invoiced"])
        self._as("releaser", exception).action_retry()
        self.assertEqual(value.state, "draft")
        self.assertEqual(self._open_exceptions(rma), [])

    def test_links_of_credit_notes_are_set_by_settlements_only(self):
        line = self._sell(4)
        rma = self._return(line, 2)
        note = rma.credit_note_ids
        refused = "cannot be set by hand"
        for records, values in (
            (note, {"reverse_settlement_id": False}),
            (note.invoice_line_ids[:1], {"reverse_settlement_line_id": False}),
            (note.invoice_line_ids[:1], {"reverse_origin_line_id": False}),
            (note.invoice_line_ids[:1], {"reverse_no_goods": True}),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, refused),
            ):
                self._rpc(self.accountant, records._name, "write", records.ids, values)
        refund = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self.product.id,
                        "price_unit": 10,
                        "reverse_settlement_line_id": rma.settlement_ids.line_ids.id,
                    }
                )
            ],
        }
        with self.assertRaisesRegex(UserError, refused):
            self._rpc(self.accountant, "account.move", "create", refund)
        self.assertEqual(note.reverse_settlement_id, rma.settlement_ids)
