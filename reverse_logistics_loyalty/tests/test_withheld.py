"""Whoever paid by a card gets as much as whoever paid with money, and no more."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import file_path

from odoo.addons.reverse_logistics.tests.agreements.test_withdrawal import (
    WithdrawalCase,
)

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
        kept = line.card_payments
        self.assertEqual([paid["card"] for paid in kept.values()], card.ids)
        line._guarded_write({"card_payments": False})
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual((line.amount, line.discount_share), (200, 0))
        self.assertEqual(line.card_payments, kept)
        self._as("service", settlement).line_ids.deduction = 50
        self._settle(settlement)
        self.assertGiven(settlement, 0, card, 150)

    def _cancel(self, lines):
        groups = "sales_team.group_sale_manager,purchase.group_purchase_user"
        seller = new_test_user(self.env, f"seller{lines.order_id.id}", groups=groups)
        self._call(lines.order_id.with_user(seller), "action_cancel")
        self.assertFalse(lines.order_id.order_line._get_reverse_cards())

    def test_an_order_is_cancelled_before_the_credit(self):
        """Odoo gives the card all that it paid, and the credit gives no more of it."""
        for by_card, taxes, money in (
            (50, None, 150),
            (200, None, 0),
            (240, self.tax, 0),
        ):
            for withheld in 0, 80:
                with self.subTest(by_card=by_card, withheld=withheld):
                    lines, card, invoice = self._bought(by_card, taxes=taxes)
                    settlement = self._return(lines, 2, condition="D").settlement_ids
                    self.assertEqual(settlement.state, "draft")
                    self._cancel(lines)
                    self.assertEqual(card.points, by_card)
                    bodies = "".join(settlement.rma_id.message_ids.mapped("body"))
                    self.assertIn("cancelled, by which cards", bodies)
                    self.assertIn("which paid for it", settlement.explanation)
                    line = self._as("service", settlement).line_ids
                    line.deduction = withheld
                    self._settle(settlement)
                    self.assertEqual(settlement.amount_total, max(money - withheld, 0))
                    notes = settlement.credit_note_ids
                    self.assertEqual(notes.state, "posted")
                    self.assertEqual(notes.amount_total, settlement.amount_total)
                    self.assertEqual(card.points, by_card)
                    self.assertHistory(card)
                    self._call(self._as("releaser", settlement), "action_reverse")
                    self.assertEqual(card.points, by_card)

    def test_an_order_is_cancelled_after_the_credit(self):
        lines, card, _invoice = self._bought(200)
        first = self._return(lines, 1).settlement_ids
        self.assertEqual(card.points, 100)
        self._cancel(lines)
        self.assertEqual(card.points, 200)
        self.assertIn("which paid for it", first.explanation)
        self._call(self._as("releaser", first), "action_reverse")
        self.assertEqual(card.points, 200)
        self.assertHistory(card, 100)
        again = self.env["reverse.settlement"]._propose(first.line_ids.inspection_id)
        if again.state != "released":
            self._settle(again)
        self.assertEqual((again.amount_total, card.points), (0, 200))
        # of what is requested only then, the card has all as well
        last = self._return(lines, 1).settlement_ids
        if last.state != "released":
            self._settle(last)
        self.assertEqual((last.amount_total, card.points), (0, 200))

    def _sell_for_points(self):
        """Sell pieces for 200, by which a loyalty card earns as many points."""
        program = self.env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "trigger": "auto",
                "applies_on": "both",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"reward_point_mode": "money"})],
            }
        )
        order = self._ordered((self.product, 2, 100.0, self.untaxed))
        order._update_programs_and_rewards()
        self._call(order, "action_confirm")
        self._deliver(order)
        self._invoice(order)
        return program, order

    def test_points_that_were_earned_by_an_order_that_is_cancelled(self):
        program, order = self._sell_for_points()
        card = order.coupon_point_ids.coupon_id.filtered("points")
        self.assertEqual((card.program_id, card.points), (program, 200))
        settlement = self._return(order.order_line, 1).settlement_ids
        self.assertEqual(card.points, 100)
        self._cancel(order.order_line)
        self.assertEqual(card.points, 0)
        self._call(self._as("releaser", settlement), "action_reverse")
        self.assertEqual(card.points, 0)

    def test_what_a_card_paid_stays_while_returns_credit_it(self):
        """Odoo gives the card the difference, and the credit would give it again."""
        lines, card, _invoice = self._bought(200)
        settlement = self._return(lines, 2, condition="D").settlement_ids
        self.assertEqual(settlement.state, "draft")
        paid = lines.order_id.order_line._get_reverse_cards()
        seller = new_test_user(
            self.env, "cheap", groups="sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaisesRegex(UserError, "Returns credit what .* has paid for"):
            self._rpc(seller, paid._name, "write", paid.ids, {"points_cost": 0})
        # nor by a step of a program
        paid.sudo().points_cost = 50
        before = card.points
        self._settle(settlement)
        self.assertEqual(card.points - before, 50)
        self._call(self._as("releaser", settlement), "action_reverse")
        self.assertEqual(card.points, before)

    def test_what_an_order_earns_anew_goes_with_the_money_again(self):
        _program, order = self._sell_for_points()
        credited = self._return(order.order_line, 1).settlement_ids.line_ids
        self._cancel(order.order_line)
        self.assertTrue(credited.is_forgotten)
        self.assertFalse(order._get_reverse_credits())

    def _paid_ahead(self, by_card, *lines):
        """Deliver goods of which a card pays so much; invoice nothing."""
        card = self._card(by_card)
        order = self._ordered(*(lines or [(self.product, 2, 100.0, self.untaxed)]))
        goods = order.order_line
        self._promote(order, card.code)
        self._call(order, "action_confirm")
        self._deliver(order)
        self.assertEqual(card.points, 0)
        return goods, card

    def assertPaidAhead(self, rma, card):
        """The card and the order stay as they are until a person resolves it."""
        self.assertEqual(self._open_exceptions(rma), ["paid_ahead"])
        self.assertEqual((rma.state, card.points), ("authorized", 0))
        self.assertHistory(card)
        self._call(self._as("releaser", rma.exception_ids), "action_paid_back")
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))

    def test_what_a_card_paid_before_the_invoice_is_given_back_by_a_person(self):
        line, card = self._paid_ahead(200)
        order = line.order_id
        order.action_lock()
        rma = self._return(line, 1)
        self.assertFalse(rma.credit_note_ids or rma.settlement_ids.amount_cards)
        self.assertIn("update the balance", rma.exception_ids.guidance)
        self.assertEqual((order.amount_total, order.locked), (0, True))
        self.assertPaidAhead(rma, card)
        # as the guide says: the rest is invoiced with what it costs, and comes back
        note = order.order_line._get_reverse_cards()
        invoice = order._create_invoices()
        paid = invoice.invoice_line_ids.filtered(lambda r: r.sale_line_ids == note)
        paid.price_unit = -100
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 0)
        wizard = self.env["loyalty.card.update.balance"]
        wizard.create(
            {"card_id": card.id, "new_balance": 100, "description": rma.name}
        ).action_update_card_point()
        self.assertFalse(self._return(line, 1).exception_ids)
        self.assertEqual(card.points, 200)

    def test_what_a_card_paid_pays_for_the_rest(self):
        line, card = self._paid_ahead(50)
        rma = self._return(line, 1)
        self.assertEqual((rma.state, card.points), ("done", 0))
        self.assertFalse(rma.exception_ids)
        rma = self._return(line, 1)
        self.assertPaidAhead(rma, card)
        self._call(line.order_id, "action_unlock")
        self._call(line.order_id, "action_cancel")
        self.assertEqual(card.points, 50)

    def test_what_a_card_paid_with_tax(self):
        other = self._create_goods("Other")
        lines, card = self._paid_ahead(
            220, (self.product, 1, 100.0), (other, 1, 100.0, self.untaxed)
        )
        self.assertPaidAhead(self._return(lines[0], 1), card)

    def test_what_a_card_paid_of_an_invoice_is_not_paid_ahead(self):
        """Of what came later, the card paid nothing."""
        other = self._create_goods("Other")
        lines, card = self._paid_ahead(
            100, (self.product, 1, 100.0, self.untaxed), (other, 1, 100.0, self.untaxed)
        )
        invoice = lines.order_id._create_invoices()
        own = invoice.invoice_line_ids
        own.filtered(lambda r: r.sale_line_ids == lines[1]).unlink()
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 0)
        rmas = self._return(lines[0], 1) | self._return(lines[1], 1)
        self.assertFalse(rmas.exception_ids)
        self.assertEqual(card.points, 100)

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


@tagged("post_install", "-at_install")
class TestWithdrawn(CardsCommon, WithdrawalCase):
    def test_the_rest_of_an_order_costs_more_than_a_card_paid(self):
        card = self._card(50)
        order = self._ordered((self.product, 3, 100.0, self.untaxed))
        line = order.order_line
        self._promote(order, card.code)
        self._call(order, "action_confirm")
        rma = self._stated(line, quantity=1)
        self.assertEqual(self._open_exceptions(rma), [])
        self.assertEqual(rma.state, "done")

    def test_a_card_that_paid_for_what_was_never_delivered(self):
        card = self._card(300)
        order = self._ordered((self.product, 3, 100.0, self.untaxed))
        line = order.order_line
        self._promote(order, card.code)
        self._call(order, "action_confirm")
        rma = self._stated(line, quantity=3)
        self.assertEqual(self._open_exceptions(rma), ["paid_ahead"])
        self.assertEqual((rma.state, card.points), ("authorized", 0))
        self._as("releaser", rma.exception_ids).action_paid_back()
        self.assertEqual(rma.state, "done")
