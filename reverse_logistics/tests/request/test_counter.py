from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..desk_common import DeskCommon

# From the filled-in wizard to the posted credit note, for one line and for each other.
# Measured with all addons installed, which read some fields of their own.
# Two of them tell whether the customer's tags and users are those of the sale, three
# what happened to done transfers and whether the goods were recalled. A few more are
# asked where Odoo drops one of its caches between the orders, as it does when full.
ONE_LINE, PER_LINE = 395, 40


@tagged("post_install", "-at_install")
class TestCounter(DeskCommon):
    """Goods handed over at the counter: one screen, one transaction."""

    def _grade_rules(self):
        """Used goods are a final sale; what is as new comes back."""
        return self._set_policy(
            rules=[
                {"name": "Everything"},
                {
                    "name": "Used",
                    "returnable": False,
                    "condition_ids": [Command.set(self.conditions["C"].ids)],
                },
            ]
        )

    def test_rules_about_conditions_decide_what_was_seen_at_the_counter(self):
        self._grade_rules()
        for condition, rule in (("A", "Everything"), ("C", "Used")):
            line = self._sell(1)
            before = self.env["reverse.rma"].search([])
            self._counter(line.order_id.name, condition=condition).action_counter()
            rma = self.env["reverse.rma"].search([]) - before
            self.assertEqual(rma.line_ids.policy_rule_id.name, rule)

    def test_rules_about_conditions_are_told_to_know_no_others(self):
        draft = self._grade_rules().copy()
        self.assertIn("“Used” asks for a condition.", draft.conflict_note)
        draft.rule_ids.condition_ids = False
        self.assertNotIn("asks for a condition", draft.conflict_note or "")
        draft.fee_rule_ids = [
            Command.create(
                {
                    "name": "Fee",
                    "percent": 10.0,
                    "condition_ids": [Command.set(self.conditions["C"].ids)],
                }
            )
        ]
        self.assertNotIn("asks for a condition", draft.conflict_note or "")

    def _counter(self, text, user=None, condition="A", quantity=1, **values):
        form = self._wizard(user or self.clerk, text, mode="counter")
        self._enter(
            form, 0, quantity, condition_id=self.conditions[condition], **values
        )
        return form.save()

    def test_one_button_from_request_to_credit_note(self):
        line = self._sell(3)
        wizard = self._counter(line.order_id.name, quantity=2)
        action = wizard.action_counter()
        rma = wizard.rma_id
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma.credit_note_ids.state, "posted")
        self.assertAmounts(rma.credit_note_ids, 200.0)
        self.assertEqual(
            (
                rma.requested_by_id,
                rma.received_by_ids,
                rma.inspection_ids.inspected_by_id,
            ),
            (self.clerk, self.clerk, self.clerk),
        )
        self.assertEqual(
            (action["res_model"], action["res_id"]), (wizard._name, wizard.id)
        )
        self.assertEqual(wizard.outcome, "done")
        self.assertIn(rma.credit_note_ids.name, wizard.result)
        self.assertIn("$\xa0200.00", wizard.result)

    def test_nobody_else_enters_what_a_clerk_confirms(self):
        cup = self._create_product("Cup")
        self._stock(cup, 5)
        order = self._new_order((self.product, 2), (cup, 2))
        self._deliver(order)
        self._invoice(order)
        wizard = self._counter(order.name)
        brought, kept = wizard.line_ids
        self.assertEqual((brought.quantity, kept.quantity), (1, 0))
        other = self._create_user(
            "service", "receiver", "inspector", login="other-counter"
        )
        theirs = wizard.with_user(other)
        entered = {"quantity": 2, "condition_id": self.conditions["A"].id}
        self.assertFalse(theirs.search([("id", "=", wizard.id)]))
        for call in (
            lambda: theirs.read(["search_text"]),
            lambda: theirs.write({"rma_id": False}),
            lambda: theirs.action_counter(),
            lambda: wizard.line_ids.with_user(other).read(["quantity"]),
            lambda: wizard.line_ids.with_user(other).write(entered),
            lambda: wizard.candidate_ids.with_user(other).write({"chosen": False}),
        ):
            self.env.invalidate_all()
            with self.assertRaisesRegex(AccessError, "doesn't have '[a-z]+' access"):
                call()
        wizard.line_ids.with_user(other).create(
            {**entered, "wizard_id": wizard.id, "move_id": kept.move_id.id}
        )
        self.env.invalidate_all()
        wizard.action_counter()
        [line] = wizard.rma_id.line_ids
        self.assertEqual((line.product_id, line.quantity), (brought.product_id, 1))
        self.assertAmounts(wizard.rma_id.credit_note_ids, 100.0)

    def test_serial_of_an_unknown_customer_is_enough(self):
        lot = self._create_lots(self.serial_product, "SN-501")
        line = self._sell(product=self.serial_product, quantity=1, lots={lot: 1})
        form = self._wizard(self.clerk, "sn-501", mode="counter")
        form.condition_id = self.conditions["A"]
        wizard = form.save()
        wizard.action_counter()
        self.assertEqual(wizard.rma_id.line_ids.lot_id, lot)
        self.assertEqual(wizard.rma_id.inspection_ids.lot_id, lot)
        self.assertEqual(wizard.rma_id.stage, "settled")
        self.assertEqual(line.qty_delivered, 0.0)

    def test_each_line_has_its_condition_and_destination(self):
        cup = self._create_product("Cup")
        self._stock(cup, 5)
        order = self._new_order((self.product, 2), (cup, 2))
        self._deliver(order)
        self._invoice(order)
        form = self._wizard(self.clerk, order.name, mode="counter")
        self._enter(form, 0, 1, condition_id=self.conditions["A"])
        self._enter(
            form,
            1,
            2,
            condition_id=self.conditions["D"],
            disposition_id=self.dispositions["SCRAP"],
        )
        wizard = form.save()
        wizard.action_counter()
        self.assertEqual(
            [
                (p.quantity, p.condition_id.code, p.disposition_id.code)
                for p in wizard.rma_id.inspection_ids
            ],
            [(1.0, "A", "RESTOCK"), (2.0, "D", "SCRAP")],
        )
        self.assertEqual(wizard.rma_id.line_ids.mapped("qty_put_away"), [1.0, 2.0])

    def test_product_over_two_deliveries_is_inspected_as_entered(self):
        self._sell(1)
        self._sell(2)
        form = self._wizard(self.clerk, mode="counter", partner_id=self.customer.id)
        for position in (1, 0):
            form.line_ids.remove(position)
        with form.line_ids.new() as line:
            line.product_id = self.product
            line.quantity = 3
            line.condition_id = self.conditions["A"]
        wizard = form.save()
        wizard.action_counter()
        rma = wizard.rma_id
        self.assertEqual(sorted(rma.line_ids.mapped("quantity")), [1.0, 2.0])
        self.assertEqual(set(rma.inspection_ids.condition_id.mapped("code")), {"A"})
        self.assertEqual(rma.stage, "settled")

    def test_late_goods_wait_for_an_approver(self):
        line = self._sell(3)
        self._set_policy(authorize=False)
        wizard = self._counter(line.order_id.name)
        wizard.action_counter()
        self.assertEqual(wizard.rma_id.state, "requested")
        self.assertEqual(wizard.outcome, "waiting")
        self.assertIn("An approver decides first. Kettle: Delivered", wizard.result)
        self.assertFalse(wizard.rma_id.inspection_ids)
        self.assertFalse(wizard.can_settle)

    def test_condition_is_kept_while_an_approver_decides(self):
        line = self._sell(3)
        self._set_policy(authorize=False)
        wizard = self._counter(line.order_id.name, condition="D")
        wizard.action_counter()
        rma = wizard.rma_id
        self.assertEqual(rma.line_ids.counter_condition_id, self.conditions["D"])
        self._as("approver", rma).action_authorize()
        part = self._receive(rma)
        self.assertEqual(
            (part.state, part.condition_id), ("draft", self.conditions["D"])
        )
        self.assertEqual(part.disposition_id, self.conditions["D"].disposition_id)
        self._as("inspector", part).action_complete()
        self.assertEqual(rma.stage, "put_away", "inspected as it was handed over")

    def test_damage_waits_for_somebody_else(self):
        wizard = self._counter(self._sell(3).order_id.name, condition="D")
        wizard.action_counter()
        settlement = wizard.rma_id.settlement_ids
        self.assertEqual(
            (settlement.state, settlement.submitted_by_id), ("submitted", self.clerk)
        )
        self.assertEqual(wizard.outcome, "waiting")
        self.assertIn(
            "A credit of $\xa0100.00, tax included, waits for an approver",
            wizard.result,
        )
        self.assertFalse(wizard.can_settle)
        with self.assertRaisesRegex(AccessError, "Approver"):
            wizard.action_settle()

    def test_combined_duties_settle_at_once(self):
        boss = self._create_user("administrator", "combined_duties", login="boss")
        wizard = self._counter(self._sell(3).order_id.name, boss, condition="D")
        wizard.action_counter()
        self.assertTrue(wizard.can_settle)
        wizard.action_settle()
        self.assertEqual(wizard.rma_id.credit_note_ids.state, "posted")
        self.assertEqual(wizard.outcome, "done")
        self.assertEqual(wizard.rma_id.settlement_ids.approved_by_id, boss)

    def test_segregation_holds_without_combined_duties(self):
        boss = self._create_user("administrator", login="boss")
        wizard = self._counter(self._sell(3).order_id.name, boss, condition="D")
        wizard.action_counter()
        with self.assertRaisesRegex(UserError, "somebody else has to"):
            wizard.action_settle()
        self.assertEqual(wizard.rma_id.settlement_ids.state, "submitted")

    def test_amounts_are_shown_with_tax_before_and_after_the_click(self):
        tax = self._create_tax(20)
        line = self._sell(3, price=19.9, tax_ids=[Command.set(tax.ids)])
        form = self._wizard(self.clerk, line.order_id.name, mode="counter")
        self.assertFalse(form.amount_paid)
        self._enter(form, 0, 2, condition_id=self.conditions["D"])
        self.assertAlmostEqual(form.amount_paid, 47.76)
        self.assertEqual(form.currency_id, self.usd)
        wizard = form.save()
        wizard.action_counter()
        self.assertIn("A credit of $\xa047.76, tax included", wizard.result)

    def test_missing_duty_leaves_nothing(self):
        line = self._sell(3)
        for roles, missing in (
            (("service", "inspector"), "Receiver"),
            (("service", "receiver"), "Inspector"),
        ):
            user = self._create_user(*roles, login="part-" + "-".join(roles))
            wizard = self._counter(line.order_id.name, user)
            with self.assertRaisesRegex(AccessError, missing):
                wizard.action_counter()
            self.assertFalse(line.reverse_line_ids)
            self.assertFalse(wizard.rma_id)

    def test_condition_is_asked_for_first(self):
        line = self._sell(3)
        form = self._wizard(self.clerk, line.order_id.name, mode="counter")
        self._enter(form, 0, 1)
        wizard = form.save()
        with self.assertRaisesRegex(UserError, "Kettle: enter the condition"):
            wizard.action_counter()
        self.assertFalse(line.reverse_line_ids)

    def test_what_is_not_invoiced_is_not_credited(self):
        order = self._new_order((self.product, 2))
        self._deliver(order)
        wizard = self._counter(order.name)
        wizard.action_counter()
        self.assertEqual(wizard.outcome, "done")
        self.assertIn("there is nothing to credit", wizard.result)
        self.assertFalse(wizard.rma_id.credit_note_ids)

    def test_query_budget(self):
        products = [self._create_product(f"Part {n}") for n in range(6)]
        for product in products:
            self._stock(product, 100)
        self._take_back(products[:1])  # fill Odoo's own caches
        one = self._take_back(products[:1])
        six = self._take_back(products)
        self.assertLessEqual(one, ONE_LINE)
        self.assertLessEqual((six - one) / 5, PER_LINE)

    def _take_back(self, products):
        """Queries of the button for an order of these products."""
        order = self._new_order(*((product, 2) for product in products))
        self._deliver(order)
        self._invoice(order)
        form = self._wizard(self.clerk, order.name, mode="counter")
        form.condition_id = self.conditions["A"]
        for position in range(len(products)):
            self._enter(form, position, 1)
        wizard = form.save()
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        wizard.action_counter()
        self.env.cr.flush()
        self.assertEqual(wizard.rma_id.stage, "settled")
        return self.env.cr.sql_log_count - before
