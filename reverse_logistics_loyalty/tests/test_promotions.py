"""Promotions of Odoo fall on the credits of the goods that they fell on."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_path

from odoo.addons.reverse_logistics.tests.settlement.test_credit_cuts import CutsCommon

from .. import forget_returns, keep_discounted


class PromotionsCommon(CutsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.untaxed = cls.env["account.tax"]

    def _program(self, discount, **terms):
        """A promotion of every order, in percent if nothing else is said."""
        values = {
            key: terms.pop(key) for key in ("trigger", "rule_ids") if key in terms
        }
        return self.env["loyalty.program"].create(
            {
                "name": "Promotion",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": self.company.id,
                "rule_ids": [Command.create({})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "percent",
                            "discount": discount,
                            **terms,
                        }
                    )
                ],
                **values,
            }
        )

    def _ordered(self, *lines):
        """Draft an order of lines ``(product, quantity, price, taxes)``."""
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set((taxes or [self.tax])[0].ids)],
                        }
                    )
                    for product, quantity, price, *taxes in lines
                ],
            }
        )

    def _promote(self, order, code=None):
        """Claim the promotions there are, as whoever sells does."""
        order._update_programs_and_rewards()
        claims = order._try_apply_code(code) if code else order._get_claimable_rewards()
        self.assertNotIn("error", claims)
        for card, rewards in claims.items():
            order._apply_program_reward(rewards[:1], card)
        order._update_programs_and_rewards()
        rewards = order.order_line.filtered("reward_id")
        self.assertTrue(rewards)
        return rewards

    def _sold(self, *lines, code=None):
        """Sell lines with the promotions there are."""
        order = self._ordered(*lines)
        goods = order.order_line
        self._promote(order, code)
        self._call(order, "action_confirm")
        self._deliver(order)
        return goods, self._invoice(order)

    def _create_goods(self, name):
        product = self._create_product(name)
        self._stock(product, 10)
        return product


@tagged("post_install", "-at_install")
class TestPromotions(PromotionsCommon):
    def test_on_the_order(self):
        self._program(10, discount_applicability="order")
        line, invoice = self._sold((self.product, 10, 100.0))
        self.assertEqual(invoice.amount_total, 1080)
        notes = self._cut(line, 5, 5)
        self.assertTotals(notes, 540, 540)
        self.assertCredited(invoice, notes)

    def test_on_a_product(self):
        pan = self._create_goods("Pan")
        self._program(
            30,
            discount_applicability="specific",
            discount_product_ids=[Command.set(pan.ids)],
        )
        lines, invoice = self._sold((self.product, 2, 100.0), (pan, 2, 50.0))
        self.assertEqual(invoice.amount_total, 240 + 84)
        notes = self._cut(lines[0], 1) | self._cut(lines[1], 1, 1)
        notes |= self._cut(lines[0], 1)
        self.assertTotals(notes, 120, 42, 42, 120)
        self.assertCredited(invoice, notes)

    def test_the_reward_of_what_was_billed_stays(self):
        """Without it, a promotion would fall on all goods, not on those it was for."""
        pan = self._create_goods("Pan")
        goods = {"discount_product_ids": [Command.set(pan.ids)]}
        self._program(30, discount_applicability="specific", **goods)
        lines, _invoice = self._sold((self.product, 2, 100.0), (pan, 2, 50.0))
        promotion = lines.order_id.order_line.filtered("reward_id")
        user = self.users["service"]
        with self.assertRaisesRegex(UserError, "was billed: its reward stays"):
            self._rpc(
                user, promotion._name, "write", promotion.ids, {"reward_id": False}
            )

    def test_on_the_cheapest(self):
        lid = self._create_goods("Lid")
        self._program(50, discount_applicability="cheapest")
        lines, invoice = self._sold((self.product, 1, 100.0), (lid, 1, 10.0))
        self.assertEqual(invoice.amount_total, 120 + 6)
        notes = self._cut(lines[0], 1) | self._cut(lines[1], 1)
        self.assertTotals(notes, 120, 6)
        self.assertCredited(invoice, notes)

    def test_terms_that_change_after_the_invoice(self):
        """Half of the pan was given; then the promotion is one of the kettle."""
        pan = self._create_goods("Pan")
        program = self._program(
            50,
            discount_applicability="specific",
            discount_product_ids=[Command.set(pan.ids)],
        )
        lines, invoice = self._sold((self.product, 2, 100.0), (pan, 2, 50.0))
        self.assertEqual(invoice.amount_total, 240 + 60)
        notes = self._cut(lines[1], 1)
        self.assertTotals(notes, 30)
        program.reward_ids.discount_product_ids = self.product
        notes |= self._cut(lines[0], 1)
        program.active = False
        notes |= self._cut(lines[1], 1) | self._cut(lines[0], 1)
        self.assertTotals(notes, 30, 120, 30, 120)
        self.assertCredited(invoice, notes)

    def test_piece_by_piece_at_several_taxes(self):
        pan, lid = self._create_goods("Pan"), self._create_goods("Lid")
        self._program(7, discount_applicability="order")
        lines, invoice = self._sold(
            (self.product, 3, 33.33),
            (pan, 3, 9.99, self._create_tax(5)),
            (lid, 7, 0.13, self.included),
        )
        notes = self._cut(lines[1], 1, 1)
        notes |= self._cut(lines[0], 1, 1, 1)
        notes |= self._cut(lines[2], 3, 1, 3) | self._cut(lines[1], 1)
        self.assertEqual(len(notes), 9)
        self.assertCredited(invoice, notes)

    def test_code_over_a_fixed_amount(self):
        pan = self._create_goods("Pan")
        self._program(
            30,
            trigger="with_code",
            rule_ids=[Command.create({"mode": "with_code", "code": "THIRTY"})],
            discount_mode="per_order",
            discount_applicability="order",
        )
        lines, invoice = self._sold(
            (self.product, 3, 50.0), (pan, 1, 100.0), code="THIRTY"
        )
        self.assertEqual(invoice.amount_total, 300 - 30)
        notes = self._cut(lines[0], 1, 1) | self._cut(lines[1], 1)
        self.assertTotals(notes, 54, 54, 108)
        notes |= self._cut(lines[0], 1)
        self.assertCredited(invoice, notes)

    def _buy_two_get_a_lid(self):
        lid = self._create_goods("Lid")
        self.env["loyalty.program"].create(
            {
                "name": "Buy two, get a lid",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": self.company.id,
                "rule_ids": [
                    Command.create(
                        {
                            "product_ids": [Command.set(self.product.ids)],
                            "minimum_qty": 2,
                        }
                    )
                ],
                "reward_ids": [
                    Command.create(
                        {"reward_type": "product", "reward_product_id": lid.id}
                    )
                ],
            }
        )
        line, invoice = self._sold((self.product, 2, 100.0))
        self.assertEqual(invoice.amount_total, 240)
        return line, line.order_id.order_line - line, invoice

    def test_free_product_comes_back(self):
        line, free, invoice = self._buy_two_get_a_lid()
        self.assertFalse(self._cut(free, 1))
        notes = self._cut(line, 2)
        self.assertTotals(notes, 240)
        self.assertCredited(invoice, notes)

    def test_free_product_is_kept(self):
        line, free, invoice = self._buy_two_get_a_lid()
        notes = self._cut(line, 1, 1)
        self.assertTotals(notes, 120, 120)
        self.assertCredited(invoice, notes)
        self.assertEqual(free.qty_delivered, 1)
        self.assertEqual(line.order_id.invoice_status, "invoiced")

    def test_program_that_is_gone(self):
        pan = self._create_goods("Pan")
        program = self._program(
            50,
            discount_applicability="specific",
            discount_product_ids=[Command.set(pan.ids)],
        )
        lines, invoice = self._sold((self.product, 2, 100.0), (pan, 2, 50.0))
        program.active = False
        program.reward_ids.unlink()
        self.assertFalse(program.with_context(active_test=False).reward_ids.active)
        self.product.product_tmpl_id.categ_id = pan.categ_id = self.env[
            "product.category"
        ].create({"name": "Later"})
        notes = self._cut(lines[0], 1) | self._cut(lines[1], 1)
        self.assertTotals(notes, 120, 30)
        notes |= self._cut(lines[0], 1) | self._cut(lines[1], 1)
        self.assertCredited(invoice, notes)

    def test_terms_that_change_before_the_invoice(self):
        pan = self._create_goods("Pan")
        program = self._program(
            50,
            discount_applicability="specific",
            discount_product_ids=[Command.set(pan.ids)],
        )
        order = self._ordered((self.product, 2, 100.0), (pan, 2, 50.0))
        lines = order.order_line
        self._promote(order)
        self._call(order, "action_confirm")
        program.reward_ids.discount_product_ids = self.product
        self._deliver(order)
        invoice = self._invoice(order)
        notes = self._cut(lines[0], 2) | self._cut(lines[1], 2)
        self.assertTotals(notes, 240, 60)
        self.assertCredited(invoice, notes)

    def test_promotions_given_before_this_addon(self):
        pan = self._create_goods("Pan")
        program = self._program(
            50,
            discount_applicability="specific",
            discount_product_ids=[Command.set(pan.ids)],
        )
        lines, invoice = self._sold((self.product, 2, 100.0), (pan, 2, 50.0))
        reward = lines.order_id.order_line - lines
        reward.sudo().reverse_discounted_ids = False
        notes = self._cut(lines[1], 1)
        self.assertTotals(notes, 30)
        keep_discounted(self.env)
        self.assertEqual(reward.reverse_discounted_ids, lines[1])
        program.reward_ids.discount_product_ids = self.product
        self._promote(lines.order_id)
        keep_discounted(self.env)
        self.assertEqual(reward.reverse_discounted_ids, lines[1])
        notes |= self._cut(lines[0], 2) | self._cut(lines[1], 1)
        self.assertTotals(notes, 30, 240, 30)
        self.assertCredited(invoice, notes)

    def test_promotion_given_by_a_salesperson(self):
        self._program(10, discount_applicability="order")
        order = self._ordered((self.product, 1, 100.0))
        seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        rewards = self._promote(order.with_user(seller))
        self.assertEqual(rewards.price_unit, -10)
        self.assertEqual(rewards.reverse_discounted_ids, order.order_line - rewards)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            rewards.reverse_discounted_ids = False

    def test_what_it_fell_on_is_not_set_by_hand(self):
        self._program(10, discount_applicability="order")
        line, _invoice = self._sold((self.product, 1, 100.0))
        reward = line.order_id.order_line.filtered("reward_id")
        self.assertEqual(reward.reverse_discounted_ids, line)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._as("service", reward).reverse_discounted_ids = False
        self.assertEqual(reward.reverse_discounted_ids, line)


class CardsCommon(PromotionsCommon):
    def _card(self, balance, program_type="gift_card"):
        programs = self.env["loyalty.program"]
        template = programs._get_template_values()[program_type]
        program = programs.create({**template, "company_id": self.company.id})
        return self.env["loyalty.card"].create(
            {
                "program_id": program.id,
                "points": balance,
                "partner_id": program_type == "ewallet" and self.customer.id,
            }
        )

    def _paid(self, card, *lines):
        """Sell lines of which this card pays a part."""
        order = self._ordered(*lines)
        goods = order.order_line
        rewards = self._promote(order, card.program_type != "ewallet" and card.code)
        self.assertIn(card, rewards.coupon_id)
        self._call(order, "action_confirm")
        self._deliver(order)
        return goods, self._invoice(order)

    def assertHistory(self, card, *changes):
        """What returns did to the balance of a card."""
        history = card.history_ids.filtered(lambda r: r.order_model == "reverse.rma")
        self.assertEqual(
            [row.issued - row.used for row in history.sorted("id")], list(changes)
        )


@tagged("post_install", "-at_install")
class TestCards(CardsCommon):
    """Gift cards and eWallets are means of payment: they get back what they paid."""

    def test_gift_card(self):
        card = self._card(100)
        lines, invoice = self._paid(card, (self.product, 3, 100.0))
        self.assertEqual(invoice.amount_total, 360 - 100)
        self.assertEqual(card.points, 0)
        # what a salesperson writes does not send the money to another card
        paid = lines.order_id.order_line.filtered("coupon_id")
        with self.assertRaisesRegex(UserError, "has paid for S.*: what comes back"):
            self._as("service", paid).write({"coupon_id": self._card(1).id})
        notes = self._cut(lines, 1)
        self.assertTotals(notes, 120 - 33.33)
        self.assertEqual(card.points, 33.33)
        share = notes.invoice_line_ids.filtered(lambda line: line.price_unit < 0)
        reward = invoice.invoice_line_ids.filtered(lambda line: line.price_unit < 0)
        self.assertEqual(share.account_id, reward.account_id)
        self.assertEqual(share.name, reward.sale_line_ids.name)
        self.assertIn("Gift", share.name)
        notes |= self._cut(lines, 1, 1)
        self.assertHistory(card, 33.33, 33.34, 33.33)
        self.assertEqual(card.points, 100)
        self.assertCredited(invoice, notes)
        rmas = lines.reverse_line_ids.rma_id
        self.assertEqual(
            card.history_ids.sorted("id")[-3:].mapped("description"),
            [f"Return {rma.name}" for rma in rmas.sorted("id")],
        )

    def test_ewallet_beside_a_promotion(self):
        wallet = self._card(50, "ewallet")
        self._program(10, discount_applicability="order")
        lines, invoice = self._paid(wallet, (self.product, 2, 100.0))
        self.assertEqual(invoice.amount_total, 216 - 50)
        notes = self._cut(lines, 1, 1)
        self.assertTotals(notes, 83, 83)
        self.assertEqual(wallet.points, 50)
        self.assertCredited(invoice, notes)

    def test_card_that_paid_everything(self):
        """The books give it back as well, though no money moves."""
        for taxes, paid in ((self.untaxed, 200), (self.tax, 240)):
            with self.subTest(paid=paid):
                card = self._card(500)
                lines, invoice = self._paid(card, (self.product, 2, 100.0, taxes))
                self.assertEqual(invoice.amount_total, 0)
                self.assertEqual(card.points, 500 - paid)
                notes = self._cut(lines, 1, 1)
                self.assertTotals(notes, 0, 0)
                self.assertEqual(card.points, 500)
                self.assertEqual(self._booked(notes), self._booked(invoice))

    def _booked(self, documents):
        """What documents book on each account, beside the cost of goods."""
        lines = documents.line_ids.filtered(lambda r: r.display_type != "cogs")
        return {
            account: round(sum(abs(line.balance) for line in own), 2)
            for account, own in lines.grouped("account_id").items()
        }

    def test_credit_that_is_taken_back(self):
        card = self._card(50)
        lines, invoice = self._paid(card, (self.product, 1, 100.0))
        settlement = self._return(lines, 1).settlement_ids
        self.assertEqual(card.points, 50)
        self._call(self._as("releaser", settlement), "action_reverse")
        self.assertEqual(card.points, 0)
        part = settlement.line_ids.inspection_id
        again = self.env["reverse.settlement"]._propose(part)
        if again.state != "released":
            self._settle(again)
        self.assertEqual(card.points, 50)
        self.assertHistory(card, 50, -50, 50)
        self.assertTotals(again.credit_note_ids, 70)

    def test_credit_note_that_is_cancelled(self):
        card = self._card(50)
        lines, invoice = self._paid(card, (self.product, 1, 100.0))
        note = self._return(lines, 1).credit_note_ids.with_env(self.env)
        self._call(note, "button_cancel")
        self.assertEqual(card.points, 0)
        self.assertHistory(card, 50, -50)

    def test_what_a_deduction_leaves(self):
        """No deduction takes more than the money, and the card gets its own."""
        card = self._card(50)
        lines, invoice = self._paid(card, (self.product, 1, 100.0))
        settlement = self._return(lines, 1, condition="D").settlement_ids
        self.assertIn("paid", settlement.explanation)
        self.assertIn(invoice.currency_id.format(50.0), settlement.explanation)
        self._as("service", settlement).line_ids.deduction = 40
        note = self._settle(settlement)
        self.assertTotals(note, 120 - 50 - 48)
        self.assertEqual(card.points, 50)

    def test_credit_by_hand_is_not_more_than_the_money(self):
        """Odoo's own credit note without the card's line would give it out twice."""
        card = self._card(50)
        lines, invoice = self._paid(card, (self.product, 2, 100.0))
        self._cut(lines, 1)
        note = invoice._reverse_moves([{"invoice_date": fields.Date.today()}])
        note.invoice_line_ids.filtered(lambda line: line.price_unit < 0).unlink()
        note.invoice_line_ids.quantity = 1
        with self.assertRaisesRegex(UserError, "of what was invoiced is left"):
            note.action_post()

    def test_order_that_is_cancelled_after_a_return(self):
        card = self._card(60)
        lines, invoice = self._paid(card, (self.product, 2, 100.0))
        self._cut(lines, 1)
        self.assertEqual(card.points, 30)
        lines.order_id._action_cancel()
        self.assertEqual(card.points, 60)

    def _earned(self, *quantities, spent=0):
        """Sell for 300 at a point each, spend some, and return pieces one by one."""
        self.env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "trigger": "auto",
                "applies_on": "both",
                "company_id": self.company.id,
                "rule_ids": [
                    Command.create(
                        {"reward_point_mode": "money", "reward_point_amount": 1}
                    )
                ],
            }
        )
        order = self._ordered((self.product, 3, 100.0, self.untaxed))
        order._update_programs_and_rewards()
        self._call(order, "action_confirm")
        self._deliver(order)
        self._invoice(order)
        card = order.coupon_point_ids.coupon_id
        self.assertEqual(card.points, 300)
        card.points -= spent
        return order, card, self._cut(order.order_line, *quantities)

    def test_points_that_were_earned_go_with_the_money(self):
        order, card, notes = self._earned(1, 1)
        self.assertEqual(card.points, 100)
        self.assertHistory(card, -100, -100)
        self._call(notes[0].with_env(self.env), "button_cancel")
        self.assertEqual(card.points, 200)
        self._cut(order.order_line, 1)
        self.assertEqual(card.points, 100)
        order._action_cancel()
        self.assertEqual(card.points, 0)

    def test_points_that_were_spent_leave_no_debt(self):
        order, card, notes = self._earned(1, 1, spent=150)
        self.assertEqual(card.points, 0)
        self.assertHistory(card, -100, -50)
        self._call(notes[1].with_env(self.env), "button_cancel")
        self.assertEqual(card.points, 50)

    def _issued(self, kind, mode, quantity=1):
        """Sell goods with which a card or coupon comes."""
        self.env["loyalty.program"].create(
            {
                "name": "Plastic cards",
                "program_type": kind,
                "trigger": "auto",
                "applies_on": "future",
                "company_id": self.company.id,
                "rule_ids": [
                    Command.create(
                        {
                            "reward_point_mode": mode,
                            "reward_point_amount": 1,
                            "reward_point_split": kind == "gift_card",
                            "product_ids": [Command.set(self.product.ids)],
                        }
                    )
                ],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1,
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        other = self._create_product("Other")
        self._stock(other, 5)
        order = self._ordered(
            (self.product, quantity, 100.0, self.untaxed),
            (other, 1, 50.0, self.untaxed),
        )
        order._update_programs_and_rewards()
        self._call(order, "action_confirm")
        self._deliver(order)
        self._invoice(order)
        return order, order.coupon_point_ids.coupon_id

    def test_a_gift_card_goes_back_with_its_goods(self):
        order, card = self._issued("gift_card", "money")
        self.assertEqual(card.points, 100)
        sold, other = order.order_line
        # other goods of the order take nothing off it
        self._cut(other, 1)
        self.assertEqual(card.points, 100)
        (note,) = self._cut(sold, 1)
        self.assertEqual((note.amount_total, card.points), (100, 0))
        self.assertHistory(card, -100)
        self._call(note.with_env(self.env), "button_cancel")
        self.assertEqual(card.points, 100)

    def test_of_several_gift_cards_the_fullest_goes_back(self):
        order, cards = self._issued("gift_card", "money", quantity=3)
        self.assertEqual(cards.mapped("points"), [100, 100, 100])
        cards[0].points = 0
        self._cut(order.order_line[0], 1)
        self.assertEqual(sorted(cards.mapped("points")), [0, 0, 100])

    def test_a_gift_card_that_was_spent_is_left_to_a_person(self):
        order, card = self._issued("gift_card", "money")
        card.points = 30
        rma = self._received(order.order_line[0], 1)
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        self.assertEqual(rma.settlement_ids.state, "draft")
        bodies = "".join(rma.sudo().message_ids.mapped("body"))
        self.assertIn(f"{card.display_name}, which came with the goods", bodies)
        self._settle(rma.settlement_ids)
        self.assertEqual(card.points, 0)

    def test_what_an_order_earned_is_kept_with_it(self):
        """Else a card that was spent would be credited by policy."""
        order, card = self._issued("gift_card", "money")
        card.points = 30
        manager = new_test_user(
            self.env, "promoter", groups="sales_team.group_sale_manager"
        )
        entries, program = order.coupon_point_ids, card.program_id
        new = self.env["loyalty.card"].create({"program_id": program.id})
        for method, args in (
            ("unlink", ()),
            ("write", ({"points": 0},)),
            ("create", ({"order_id": order.id, "coupon_id": new.id, "points": 9},)),
        ):
            ids = () if method == "create" else (entries.ids,)
            with (
                self.subTest(method=method),
                self.assertRaisesRegex(UserError, "what it earned stays"),
            ):
                self._rpc(manager, entries._name, method, *ids, *args)
        changed = {"applies_on": "current", "program_type": "coupons"}
        self._rpc(manager, program._name, "write", program.ids, changed)
        program.rule_ids.product_ids = self._create_goods("Something else")
        self.assertEqual(program.applies_on, "current")
        rma = self._received(order.order_line[0], 1)
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        self.assertEqual(rma.settlement_ids.state, "draft")
        self._settle(rma.settlement_ids)
        self.assertEqual(card.points, 0)

    def test_points_are_those_that_the_card_got(self):
        """Odoo computes the order's own points anew, and gives or takes none."""
        order, card = self._issued("gift_card", "money")
        entries = order.coupon_point_ids
        entries.sudo().points = 0.01
        self.assertEqual((entries.points, card.points), (0.01, 100))
        (note,) = self._cut(order.order_line[0], 1)
        self.assertEqual((note.amount_total, card.points), (100, 0))
        # what a confirmed order earns more, its card gets, and so it goes
        card.program_id.active = False
        order, card = self._issued("loyalty", "money")
        order._add_points_for_coupon({card: 50.0})
        self.assertEqual(card.points, 150)
        rma_lines = order.order_line.filtered(lambda line: line.price_unit)
        self._cut(rma_lines[0], 1)
        self._cut(rma_lines[1], 1)
        self.assertEqual(card.points, 0)

    def test_a_coupon_for_the_next_order_goes_with_all_of_the_money(self):
        order, coupon = self._issued("next_order_coupons", "order")
        self.assertEqual(coupon.points, 1)
        sold, other = order.order_line
        self._cut(sold, 1)
        self.assertEqual(coupon.points, 1)
        self._cut(other, 1)
        self.assertEqual(coupon.points, 0)

    def test_uninstalled(self):
        card = self._card(50)
        lines, _invoice = self._paid(card, (self.product, 1, 100.0))
        self._cut(lines, 1)
        forget_returns(self.env)
        self.assertHistory(card)
        self.assertEqual(sum(card.history_ids.mapped("issued")), 50)


@tagged("post_install", "-at_install")
class TestUpgrade(TransactionCase):
    """Odoo installs this addon where promotions are, also when the core is updated."""

    def _upgrade(self, **states):
        modules = self.env["ir.module.module"]
        for name, state in {
            "reverse_logistics_loyalty": "uninstalled",
            **states,
        }.items():
            modules.search([("name", "=", name)]).state = state
        self.env.flush_all()
        path = file_path("reverse_logistics/migrations/19.0.1.3.0/post-loyalty.py")
        load_script(path, "post_loyalty").migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        return modules.search([("name", "=", "reverse_logistics_loyalty")]).state

    def test_promotions_are_there(self):
        self.assertEqual(self._upgrade(reverse_logistics="to upgrade"), "to install")

    def test_promotions_are_not_there(self):
        self.assertEqual(self._upgrade(sale_loyalty="uninstalled"), "uninstalled")

    def test_this_addon_is_there(self):
        self.assertEqual(
            self._upgrade(reverse_logistics_loyalty="to upgrade"), "to upgrade"
        )
