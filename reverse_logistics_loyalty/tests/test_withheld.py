"""Whoever paid by a card gets as much as whoever paid with money, and no more."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .test_promotions import CardsCommon


@tagged("post_install", "-at_install")
class TestWithheld(CardsCommon):
    def _bought(self, by_card, quantity=2, taxes=None):
        """Sell pieces at 100 of which a card pays so much."""
        card = self._card(by_card)
        taxes = self.untaxed if taxes is None else taxes
        lines, invoice = self._paid(card, (self.product, quantity, 100.0, taxes))
        self.assertEqual(card.points, 0)
        return lines, card, invoice

    def assertGiven(self, settlement, money, card, points):
        self.assertEqual(settlement.state, "released")
        self.assertEqual(
            (settlement.amount_total, card.points, settlement.amount_cards),
            (money, points, points),
        )
        notes = settlement.credit_note_ids
        self.assertEqual(sum(notes.mapped("amount_total")), money)

    def test_an_offer_to_keep_is_a_share_of_all_that_was_paid(self):
        self._set_policy(keep_percent=25.0)
        for by_card, taxes, money, points in (
            (30, None, 20, 30),
            (100, None, 0, 50),
            (196, None, 0, 50),
            (200, None, 0, 50),
            (240, self.tax, 0, 60),
        ):
            with self.subTest(by_card=by_card):
                lines, card, _invoice = self._bought(by_card, taxes=taxes)
                offer = self._requested(lines, 2).offer_ids
                self.assertEqual(
                    (offer.state, offer.amount_total, offer.amount_full),
                    ("sent", money + points, (money + points) * 4),
                )
                self.assertEqual(offer._get_card_amount(), points)
                offer._answer("accept", "link")
                page = self.env["ir.qweb"]._render(
                    "reverse_logistics.portal_return_offer", {"offer": offer}
                )
                self.assertIn("goes back to the gift card or eWallet", page)
                self.assertGiven(offer.settlement_id, money, card, points)

    def test_policy_offers_nothing_for_what_was_free(self):
        self._set_policy(keep_percent=25.0)
        order = self._ordered((self.product, 1, 0.0, self.untaxed))
        self._call(order, "action_confirm")
        self._deliver(order)
        self._invoice(order)
        rma = self._requested(order.order_line, 1)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.offer_ids.filtered(lambda own: own.state != "withdrawn"))

    def test_approvers_and_grants_count_what_goes_back_to_cards(self):
        self.env["reverse.approval.rule"].create(
            {"name": "Large credits", "gate": "credit", "value_from": 150}
        )
        lines, card, _invoice = self._bought(600, 6)
        settlement = self._return(lines, 6).settlement_ids
        self.assertEqual(settlement.state, "submitted")
        self.assertEqual(settlement.approval_ids.amount, 600)
        self.assertIn("600", settlement._get_approval_details())
        self.assertIn("600", settlement.display_name)
        uses = settlement._get_duty_uses()
        self.assertEqual(uses[settlement]["amount"], 600)
        self._call(self._as("approver", settlement), "action_approve")
        self._call(self._as("releaser", settlement), "action_release")
        self.assertGiven(settlement, 0, card, 600)
        events = self._events(settlement.rma_id)
        approved = events.filtered(lambda event: event.name == "CreditApproved")
        adjusted = events.filtered(lambda event: event.name == "InvoiceAdjusted")
        self.assertEqual(approved.data["amount"], 600)
        paid = [{"id": card.id, "points": 600}]
        self.assertEqual(adjusted.data["cards"], paid)

    def test_a_fee_is_charged_however_the_goods_were_paid(self):
        service = self.env["product.product"].create(
            {"name": "Handling", "type": "service", "taxes_id": [Command.clear()]}
        )
        self.company.reverse_fee_product_id = service
        rule = {"name": "Fee", "percent": 15}
        self._set_policy(fee_rule_ids=[Command.create(rule)])
        for by_card, money, points in ((40, 130, 40), (100, 70, 100), (200, 0, 170)):
            with self.subTest(by_card=by_card):
                lines, card, _invoice = self._bought(by_card)
                unwanted = self.env["reverse.reason"].search(
                    [("code", "=", "UNWANTED")]
                )
                rma = self._return(lines, 2, reason_id=unwanted.id)
                settlement = rma.settlement_ids
                self.assertEqual(settlement.line_ids.fee, 30)
                self.assertGiven(settlement, money, card, points)

    def test_a_deduction_comes_off_the_money_first(self):
        for by_card, taxes, withheld, money, points in (
            (50, None, 80, 70, 50),
            (200, None, 80, 0, 120),
            (240, self.tax, 80, 0, 144),
            (190, None, 80, 0, 120),
        ):
            with self.subTest(by_card=by_card):
                lines, card, invoice = self._bought(by_card, taxes=taxes)
                settlement = self._return(lines, 2, condition="D").settlement_ids
                line = self._as("service", settlement).line_ids
                with self.assertRaisesRegex(UserError, "larger than the credit"):
                    line.deduction = 201
                line.deduction = withheld
                self._settle(settlement)
                self.assertGiven(settlement, money, card, points)
                self._call(self._as("releaser", settlement), "action_reverse")
                self.assertEqual(card.points, 0)

    def test_a_deduction_in_parts(self):
        """What was withheld of one piece is not given with the next."""
        lines, card, _invoice = self._bought(200)
        first = self._return(lines, 1, condition="D").settlement_ids
        self._as("service", first).line_ids.deduction = 40
        self._settle(first)
        self.assertGiven(first, 0, card, 60)
        second = self._return(lines, 1).settlement_ids
        self.assertEqual((second.amount_total, second.amount_cards), (0, 100))
        self.assertEqual(card.points, 160)

    def test_proposals_of_before_the_upgrade(self):
        lines, card, _invoice = self._bought(200)
        settlement = self._return(lines, 2, condition="D").settlement_ids
        line = settlement.line_ids
        self.assertEqual((line.amount, line.discount_share), (200, 0))
        line._guarded_write({"discount_share": 200})
        self.assertEqual(line.amount, 0)
        path = "reverse_logistics_loyalty/migrations/19.0.1.1.0/post-cards.py"
        script = load_script(file_path(path), "post_cards")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual((line.amount, line.discount_share), (200, 0))
        self._as("service", settlement).line_ids.deduction = 50
        self._settle(settlement)
        self.assertGiven(settlement, 0, card, 150)

    def _paid_ahead(self, by_card, **values):
        """Deliver two pieces at 100 of which a card pays so much; invoice nothing."""
        card = self._card(by_card)
        order = self._ordered((self.product, 2, 100.0, self.untaxed))
        goods = order.order_line
        self._promote(order, card.code)
        self._call(order, "action_confirm")
        self._deliver(order)
        self.assertEqual(card.points, 0)
        return goods, card

    def test_a_card_gets_back_what_it_paid_before_the_invoice(self):
        line, card = self._paid_ahead(200)
        order = line.order_id
        order.action_lock()
        rma = self._return(line, 1)
        self.assertEqual((rma.state, card.points), ("done", 100))
        self.assertFalse(rma.exception_ids or rma.credit_note_ids)
        self.assertEqual((order.amount_total, order.locked), (100, True))
        self.assertHistory(card, 100)
        settlement = rma.settlement_ids
        self.assertIn("100", settlement.display_name)
        self.assertEqual(settlement.amount_cards, 100)
        said = self._events(rma).filtered(lambda event: event.name == "NothingDue")
        self.assertEqual(said.data["cards"], [{"id": card.id, "points": 100}])
        self._call(self._as("releaser", settlement), "action_reverse")
        self.assertEqual((order.amount_total, card.points), (0, 0))
        again = self.env["reverse.settlement"]._propose(
            settlement.line_ids.inspection_id
        )
        if again.state != "released":
            self._settle(again)
        self.assertEqual((order.amount_total, card.points), (100, 100))
        # the other piece is paid by what is left on the order, and comes back, too
        self.assertEqual(self._invoice(order).amount_total, 0)
        self._return(line, 1)
        self.assertEqual(card.points, 200)
        order._action_cancel()
        self.assertEqual(card.points, 200)

    def test_a_card_gets_back_its_share_before_the_invoice(self):
        line, card = self._paid_ahead(50)
        self._return(line, 1)
        self.assertEqual(card.points, 25)
        self._return(line, 1)
        self.assertEqual(card.points, 50)
        self.assertEqual(line.order_id.amount_total, 200)

    def test_what_cards_paid_before_the_invoice_is_approved(self):
        self.env["reverse.approval.rule"].create(
            {"name": "Large credits", "gate": "credit", "value_from": 150}
        )
        line, card = self._paid_ahead(200)
        settlement = self._return(line, 2).settlement_ids
        self.assertEqual(settlement.state, "submitted")
        self.assertEqual(settlement.approval_ids.amount, 200)
        self._call(self._as("approver", settlement), "action_approve")
        self._call(self._as("releaser", settlement), "action_release")
        self.assertEqual(card.points, 200)

    def test_a_deposit_is_refunded_by_condition(self):
        charge = self._create_product(
            "Core charge", type="service", is_storable=False, invoice_policy="order"
        )
        rates = {"condition_id": self.conditions["B"].id, "percent": 50}
        kind = self.env["reverse.deposit.type"].create(
            {
                "name": "Cores",
                "product_id": charge.id,
                "core_product_id": self._create_product("Used core").id,
                "rate_ids": [Command.create(rates)],
            }
        )
        for by_card, money, points in ((100, 0, 50), (50, 0, 50), (20, 30, 20)):
            with self.subTest(by_card=by_card):
                card = self._card(by_card)
                self._paid(card, (charge, 2, 50.0, self.untaxed))
                rma = self._as("service", self.env["reverse.rma"]).create(
                    {
                        "partner_id": self.customer.id,
                        "line_ids": [
                            Command.create({"deposit_type_id": kind.id, "quantity": 2})
                        ],
                    }
                )
                rma.action_request()
                self._receive(rma)
                self._inspect(rma.inspection_ids, "B")
                settlement = rma.sudo().settlement_ids
                if settlement.state != "released":
                    self._settle(settlement)
                self.assertGiven(settlement, money, card, points)
