"""Promotions of Odoo fall on the credits of the goods that they fell on."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

from odoo.addons.reverse_logistics.tests.test_credit_cuts import CutsCommon

from .. import keep_discounted


@tagged("post_install", "-at_install")
class TestPromotions(CutsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False

    def _program(self, discount, **terms):
        """A promotion of every order, in percent if nothing else is said."""
        values = {key: terms.pop(key) for key in ("trigger", "rule_ids") if key in terms}
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
        """Order lines ``(product, quantity, price, taxes)``, not promoted yet."""
        return self._new_order(
            *(
                (
                    product,
                    quantity,
                    {"price_unit": price, "tax_ids": (taxes or [self.tax])[0].ids},
                )
                for product, quantity, price, *taxes in lines
            )
        )

    def _promote(self, order, code=None):
        """Claim the promotions there are, as whoever sells does."""
        order._update_programs_and_rewards()
        claims = order._try_apply_code(code) if code else order._get_claimable_rewards()
        self.assertNotIn("error", claims)
        for card, rewards in claims.items():
            order._apply_program_reward(rewards[:1], card)
        rewards = order.order_line.filtered("reward_id")
        self.assertTrue(rewards)
        return rewards

    def _sold(self, *lines, code=None):
        """Sell lines with the promotions there are."""
        order = self._ordered(*lines)
        goods = order.order_line
        self._promote(order, code)
        self._deliver(order)
        return goods, self._invoice(order)

    def _create_goods(self, name):
        product = self._create_product(name)
        self._stock(product, 10)
        return product

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

    def test_what_it_fell_on_is_not_set_by_hand(self):
        self._program(10, discount_applicability="order")
        line, _invoice = self._sold((self.product, 1, 100.0))
        reward = line.order_id.order_line.filtered("reward_id")
        self.assertEqual(reward.reverse_discounted_ids, line)
        with self.assertRaisesRegex(UserError, "cannot be set by hand"):
            self._as("service", reward).reverse_discounted_ids = False
        self.assertEqual(reward.reverse_discounted_ids, line)


@tagged("post_install", "-at_install")
class TestUpgrade(TransactionCase):
    """Odoo installs this addon where promotions are, also when the core is updated."""

    def _upgrade(self, **states):
        modules = self.env["ir.module.module"]
        for name, state in {"reverse_logistics_loyalty": "uninstalled", **states}.items():
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
