from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestMoney(ClaimCase):
    """Ways in which a supplier pays, and how much at most."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.lots = cls._create_lots(cls.pump, "M1", "M2", "M3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.bill = cls.bought.order_id.invoice_ids
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _approved(self, settlement, quantity=1, **values):
        """A claim that is approved in full, and whose goods are sent."""
        self.agreement.write({"settlement": settlement, **values})
        claim = self._claim(self._broken(self.sold, quantity))
        self.assertEqual(claim.settlement, settlement)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        if self.agreement.goods == "return":
            self._send(claim)
        self._answered(claim, "approve")
        return claim

    def test_set_off(self):
        """Another bill is lowered, once the debit memo is posted."""
        claim = self._approved("set_off")
        other = self._purchase(self._create_product("Seal"), 2, price=50.0)
        bill = other.order_id.invoice_ids
        foreign = self._purchase(
            self._create_product("Plug"), 1, partner_id=self.stranger.id
        ).order_id.invoice_ids
        claim.env.user.group_ids += self.env.ref("purchase.group_purchase_user")
        with self.assertRaisesRegex(UserError, "choose a posted bill of Cobalt Works"):
            claim._set_off(foreign.with_env(claim.env))
        action = self._call(claim, "action_set_off")
        entry = (
            self.env[action["res_model"]]
            .with_user(claim.env.user)
            .with_context(**action["context"])
            .create({"bill_id": bill.id})
        )
        self.assertEqual(entry.candidate_ids, self.bill | bill)
        self._call(entry, "action_confirm")
        memo = claim.sudo().line_ids.refund_line_ids.move_id
        self.assertFalse(memo.reversed_entry_id)
        with self.assertRaisesRegex(UserError, "has a credit note, or was paid"):
            claim._set_off(bill.with_env(claim.env))
        with self.assertRaisesRegex(UserError, "linked by the buttons of their claim"):
            self._books(memo).write({"reverse_set_off_id": self.bill.id})
        moves = self._books(memo).browse()
        values = {"move_type": "in_refund", "partner_id": self.supplier.id}
        link = {"reverse_set_off_id": self.bill.id}
        context = {"default_reverse_set_off_id": self.bill.id}
        for create in (
            lambda: moves.create(values | link),
            lambda: moves.with_context(**context).create(values),
        ):
            with self.assertRaisesRegex(UserError, "by the buttons of their claim"):
                create()
        self._call(self._books(memo), "action_post")
        # 110.00 less 44.00; the bill of the pumps is owed as it was
        self.assertEqual((bill.amount_residual, self.bill.amount_residual), (66.0, 132))
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))

    def test_a_foreign_bill(self):
        """It is claimed and credited in its currency, whatever the rate is by then."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        today = fields.Date.today()
        euro.rate_ids = [
            Command.clear(),
            Command.create({"name": today - timedelta(3), "rate": 0.5}),
            Command.create({"name": today, "rate": 0.25}),
        ]
        lots = self._create_lots(self.pump, "E-1")
        bought = self._purchase(
            self.pump, 1, lots, bill=False, currency_id=euro.id, date_order=today
        )
        bought.order_id.action_create_invoice()
        bill = bought.order_id.invoice_ids
        bill.invoice_date = bill.date = today - timedelta(1)
        self._call(bill, "action_post")
        claim = self._claim(self._broken(self._sell_serials(self.pump, lots)))
        goods = claim.sudo().line_ids
        self.assertEqual((claim.currency_id, goods.amount_claimed), (euro, 40.0))
        cost = goods._get_unit_cost(
            goods.inspection_id._get_claimed(),
            bought,
            bill.invoice_line_ids,
            claim.agreement_id,
            self.company.currency_id,
        )
        self.assertEqual(cost, 80.0, "at the rate of the bill")
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve")
        refund = self._credited(claim)
        self.assertEqual((refund.currency_id, refund.amount_total), (euro, 44.0))
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))
        self.assertEqual((bill.amount_residual, refund.amount_residual), (0.0, 0.0))

    def test_money(self):
        """A debit memo of its own counts once the supplier has paid it."""
        claim = self._approved("cash")
        refund = self._credited(claim)
        self.assertFalse(refund.reversed_entry_id)
        self.assertEqual((refund.amount_residual, refund.amount_total), (44.0, 44.0))
        self.assertEqual((claim.state, claim.amount_recovered), ("approved", 0.0))
        with self.assertRaisesRegex(UserError, "has a credit note, or was paid"):
            claim.action_credit_note()
        payments = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=refund.ids)
            .create({"payment_date": fields.Date.today()})
            ._create_payments()
        )
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))
        payments.move_id.line_ids.remove_move_reconcile()
        self.assertEqual((claim.state, claim.amount_recovered), ("approved", 0.0))

    def test_external_service(self):
        """What a workshop asked for looking at the pump is credited beside the pump."""
        self.agreement.settlement = "credit"
        claim = self._claim(self._broken(self.sold))
        values = {"kind": "service", "name": "Test bench", "amount_claimed": 12.0}
        claim.line_ids = [Command.create(values)]
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve")
        refund = self._credited(claim)
        amounts = sorted(refund.invoice_line_ids.mapped("price_subtotal"))
        self.assertEqual(amounts, [12.0, 40.0])
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 52.0))
        service = claim.line_ids.filtered(lambda line: line.kind == "service")
        self.assertFalse(service.parts_state or service.purchase_line_id)
        self.assertIn("Test bench", service.display_name)

    def test_replacement(self):
        """Pieces come for those that went back; nothing is owed, nothing billed."""
        claim = self._approved("replacement", 2)
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (1, 3))
        self._call(claim, "action_replacement")
        with self.assertRaisesRegex(UserError, "nothing waits for a replacement"):
            claim.action_replacement()
        moves = claim.sudo().line_ids.replacement_move_ids
        self.assertEqual(moves.location_dest_id, self.warehouse.lot_stock_id)
        with self.assertRaisesRegex(UserError, "by the button of the claim"):
            self._as("receiver", moves[:1]).write({"reverse_replaced_line_id": False})
        # what was sent as defective is no replacement of itself
        sent = claim.sudo().line_ids.lot_id
        for move, lot in zip(moves, sent, strict=True):
            move.move_line_ids.unlink()
            move.write({"lot_ids": [(6, 0, lot.ids)], "picked": True})
        with self.assertRaisesRegex(UserError, "written Pump off, or sent it to its"):
            moves.picking_id.button_validate()
        new = self._create_lots(self.pump, "N1", "N2")
        for move, lot in zip(moves, new, strict=True):
            move.move_line_ids.unlink()
            move.write({"lot_ids": [(6, 0, lot.ids)], "picked": True})
        self._validate(moves.picking_id)
        self.assertEqual(moves.mapped("value"), [40.0, 40.0])
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (3, 3))
        self.assertEqual(self.bill.amount_residual, 132.0)
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 80.0))

    def test_replacement_of_goods_that_stay(self):
        """The purchase does not know of it: nothing more is to be billed."""
        claim = self._approved("replacement", goods="destroy")
        self._call(claim, "action_replacement")
        move = claim.sudo().line_ids.replacement_move_ids
        move.write({"lot_ids": [(6, 0, self._create_lots(self.pump, "N3").ids)]})
        move.picked = True
        self._validate(move.picking_id)
        self.assertEqual((self.bought.qty_received, self.bought.qty_to_invoice), (3, 0))
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))

    def test_part_replaced_and_part_credited(self):
        """Of a line of five, three came again; the bill is lowered by the others."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self.bought = self._purchase(seal, 5)
        self.sold = self._sell(5, product=seal)
        claim = self._approved("replacement", 5)
        self._call(claim, "action_replacement")
        move = claim.sudo().line_ids.replacement_move_ids
        move.write({"quantity": 3, "picked": True})
        picking = move.picking_id
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_create_backorder=picking.ids
        ).button_validate()
        self.assertEqual((move.value, claim.amount_recovered), (120.0, 120.0))
        claim.settlement = "credit"
        refund = self._credited(claim)
        self.assertEqual(
            [
                (line.quantity, line.price_subtotal, line.account_id)
                for line in refund.invoice_line_ids
            ],
            [(2.0, 80.0, self.stock_account)],
        )
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (3, 3))
        self.assertEqual(self.bought.qty_to_invoice, 0.0)
        self.assertEqual((claim.state, claim.amount_open), ("recovered", 0.0))

    def test_more_than_approved(self):
        """It is taken, with an explanation, and never beyond what was billed."""
        self.agreement.share = 50.0
        claim = self._approved("cash")
        self.assertEqual(claim.amount_approved, 20.0)
        with self.assertRaisesRegex(AccessError, "the role “Claims approver”"):
            self._answered(claim, "pay", [(20.0, False)], reference="P1")
        other = self._as("claims_approver", claim)
        self.assertEqual(
            (claim.is_note_paid_allowed, other.is_note_paid_allowed), (False, True)
        )
        with self.assertRaisesRegex(UserError, "Say why more came than was approved"):
            self._answered(other, "pay", [(25.0, False)], reference="P1")
        self._answered(
            other, "pay", [(25.0, False)], reference="P1", text="With five for freight"
        )
        self.assertTrue(claim.is_over_recovered)
        self.assertEqual(claim.over_recovery_note, "With five for freight")
        self._call(claim, "action_close")
        with self.assertRaisesRegex(UserError, "was said before, and stays so"):
            claim.over_recovery_note = "Nothing"
        second = self._as("claims_approver", self._approved("cash", 2))
        message = r"billed .*120\.00 for Pump, and .*126\.00 would be recovered"
        with self.assertRaisesRegex(UserError, message):
            self._answered(
                second, "pay", [(50.0, False), (51.0, False)], reference="P2", text="?"
            )
        self._answered(
            second, "pay", [(47.5, False), (47.5, False)], reference="P3", text="All"
        )
        self.assertEqual(second.amount_recovered, 95.0)

    def test_disputed(self):
        """What was approved, credited and sent before a dispute stays so."""
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self.assertTrue(claim.is_cancel_allowed)
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "approve_part", [(25.0, "Worn")])
        first = self._credited(claim)
        self._call(claim, "action_resubmit")
        self.assertFalse(claim.is_cancel_allowed or claim.is_back_allowed)
        with self.assertRaisesRegex(UserError, "goods or money have moved already"):
            claim.action_cancel()
        with self.assertRaisesRegex(UserError, "sends back what it did not approve"):
            claim.action_goods_back()
        self._answered(claim, "refuse", reason="No")
        self.assertEqual(
            (claim.state, claim.amount_approved, claim.line_ids.refusal_reason),
            ("recovered", 25.0, "No"),
        )
        self._call(claim, "action_resubmit")
        self._answered(claim, "approve")
        second = self._credited(claim)
        # the piece is credited once, at its whole price; what was not paid at first is
        # an expense until it is
        none = self.env["purchase.order.line"]
        expense = claim.sudo().line_ids._get_expense_account()
        self.assertEqual(
            (first | second).invoice_line_ids.mapped(
                lambda aml: (aml.price_subtotal, aml.purchase_line_id, aml.account_id)
            ),
            [
                (40.0, self.bought, self.stock_account),
                (-15.0, none, expense),
                (15.0, none, expense),
            ],
        )
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (2, 2))
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))

    def test_credited_beside_the_claim(self):
        """Odoo's own credit notes count, though they name no bill; messages do not."""
        claim = self._approved("credit")
        self._credited(claim)
        own = self.env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": self.supplier.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.pump.id,
                            "quantity": 1,
                            "price_unit": 100.0,
                            "purchase_line_id": self.bought.id,
                        }
                    )
                ],
            }
        )
        message = r"billed .*120\.00 for Pump, and .*140\.00 would be recovered"
        with self.assertRaisesRegex(UserError, message):
            self._books(own).action_post()
        own.invoice_line_ids.price_unit = 80.0
        self._call(self._books(own), "action_post")
        # what is said, and what lowers it, is never refused
        claim.line_ids._guarded_write({"amount_noted": 10.0})
        self.assertEqual(self._answered(claim, "message", text="Ok").kind, "message")
        self._call(self._books(own), "button_draft")
        with self.assertRaisesRegex(UserError, r"130\.00 would be recovered"):
            self._books(own).action_post()
