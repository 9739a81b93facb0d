"""Fees as they are charged: by what was found, from what was paid."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..fee_common import FeeCommon


@tagged("post_install", "-at_install")
class TestFeeSettlement(FeeCommon):
    # ------------------------------------------------------------------
    # What was found
    # ------------------------------------------------------------------
    def test_a_tag_given_after_the_request_changes_no_fee(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        self._set_fees(
            {"percent": 20.0},
            {"percent": 0.0, "partner_tag_ids": [Command.set(tag.ids)]},
        )
        line = self._entered(self._sell(1))
        self.assertEqual(line.fee, 20)
        clerk = new_test_user(
            self.env, "keeper-x", "base.group_user,base.group_partner_manager"
        )
        self._rpc(
            clerk,
            "res.partner",
            "write",
            self.customer.ids,
            {"category_id": [Command.link(tag.id)]},
        )
        self.assertEqual(self._taken_in(line).line_ids.fee, 20)

    def test_what_was_credited_unseen_bears_the_fee_of_what_was_found(self):
        """Nobody gets round a fee by being credited beforehand."""
        used = Command.set(self.conditions["C"].ids)
        self._set_fees({"percent": 20, "condition_ids": [used]})
        self._set_policy(credit_release="authorization")
        worn, fine = self._entered(self._sell(4), 2), self._entered(self._sell(1))
        for line in (worn, fine):
            self.assertAlmostEqual(
                line.rma_id.credit_note_ids.amount_untaxed, 100 * line.quantity
            )
        self._take_in_parts(fine, (1, "A"))
        self.assertFalse(fine.rma_id.exception_ids)
        self._take_in_parts(worn, (1, "A"), (1, "C"))
        [exception] = worn.rma_id.exception_ids
        self.assertEqual(exception.type, "early_credit")
        self.assertRegex(exception.message, "1 unit: C.*a higher fee than was")

    def test_a_fee_is_withheld_as_announced(self):
        version = self._set_fees({"percent": 15})
        line = self._entered(self._sell(2, price=50.0), 2)
        settlement = self._taken_in(line)
        self.assertEqual(settlement.line_ids.fee, line.fee)
        self.assertEqual(settlement.line_ids.fee_rule_id, version.fee_rule_ids)
        self.assertEqual(settlement.line_ids.fee_explanation, "As policy says.")
        self.assertAmounts(settlement.credit_note_ids, 85)
        fee = self._fee_lines(settlement.credit_note_ids)
        self.assertEqual((fee.price_unit, fee.tax_ids), (-15, self.fee_tax))
        event = self._events(line.rma_id).filtered(lambda e: e.name == "FeeCharged")
        self.assertEqual(
            [(fee["fee"], fee["code"]) for fee in event.data["fees"]],
            [(15, "charged")],
        )
        self.assertIn("15.00", event.data_text)

    def test_each_part_pays_by_its_condition(self):
        used, damaged = self.conditions["C"], self.conditions["D"]
        self._set_fees(
            {"percent": 10, "waived_condition_ids": [Command.set(damaged.ids)]},
            {"percent": 30, "condition_ids": [Command.set(used.ids)]},
        )
        line = self._entered(self._sell(6, price=50.0), 6)
        self.assertEqual(line.fee, 30)
        settled = self._take_in_parts(line, (3, "A"), (2, "C"), (1, "D"))
        self.assertEqual(settled.mapped("fee"), [15, 30, 0])
        self.assertEqual(
            settled.mapped("fee_code"), ["charged", "charged", "waived_condition"]
        )
        self.assertEqual(sum(line.rma_id.credit_note_ids.mapped("amount_untaxed")), 255)

    def test_inspection_says_who_is_liable(self):
        self._set_fees({"percent": 10})
        order_line = self._sell(2)
        blamed = self._entered(order_line, reason="UNWANTED")
        settled = self._taken_in(blamed, liability="warehouse").line_ids
        self.assertEqual((settled.fee, settled.fee_code), (0, "waived_fault"))
        excused = self._entered(order_line, reason="DEFECTIVE")
        self.assertEqual(excused.fee, 0)
        settled = self._taken_in(excused, liability="customer").line_ids
        self.assertEqual((settled.fee, settled.fee_code), (10, "charged"))

    def test_the_reason_and_the_law_waive_it(self):
        reasons = [Command.set(self.reasons["OTHER"].ids)]
        self._set_fees({"percent": 10, "waived_reason_ids": reasons})
        order_line = self._sell(2)
        settled = self._charged(order_line, reason="OTHER")
        self.assertEqual((settled.fee, settled.fee_code), (0, "waived_reason"))
        line = self._entered(order_line)
        self.patch(
            self.registry["reverse.rma.line"],
            "_is_fee_forbidden",
            lambda line, verdict=None: True,
        )
        settled = self._taken_in(line).line_ids
        self.assertEqual((settled.fee, settled.fee_code), (0, "waived_law"))
        self.assertEqual(settled.fee_explanation, "None: the law forbids it.")

    def test_goods_the_customer_keeps_are_not_taken_back(self):
        self._set_fees({"percent": 10})
        line = self._entered(self._sell(1))
        self._kept(line.rma_id)
        settled = line.rma_id.settlement_ids.line_ids
        self.assertEqual((settled.kind, settled.fee), ("kept", 0))
        self.assertEqual(settled.fee_code, "waived_kept")

    # ------------------------------------------------------------------
    # How much
    # ------------------------------------------------------------------
    def test_fixed_amounts_and_limits_are_shared_over_the_parts(self):
        for terms, expected in (
            ({"fixed": 10}, [3.33, 3.34, 3.33]),
            ({"percent": 1, "minimum": 10}, [3.33, 3.34, 3.33]),
            ({"percent": 50, "maximum": 10}, [3.33, 3.34, 3.33]),
            ({"per_unit": 2}, [2, 2, 2]),
        ):
            self._set_fees(terms)
            line = self._entered(self._sell(3, price=50.0), 3)
            settled = self._take_in_parts(line, (1, "A"), (1, "A"), (1, "A"))
            self.assertEqual([round(fee, 2) for fee in settled.mapped("fee")], expected)

    def test_what_never_comes_pays_nothing(self):
        self._set_fees({"fixed": 10})
        line = self._entered(self._sell(4), 4)
        self._as("receiver", line.rma_id.picking_ids.move_ids).quantity = 1
        self._as("receiver", line.rma_id).action_receive()
        self._inspect(line.inspection_ids)
        self.assertEqual(line.rma_id.settlement_ids.line_ids.fee, 2.5)

    def test_the_net_value_of_prices_with_tax(self):
        included = self._create_tax(20, included=True)
        self._set_fees({"percent": 15})
        order_line = self._sell(1, price=120.0, tax_ids=[Command.set(included.ids)])
        settled = self._charged(order_line)
        self.assertEqual(settled.fee, 15)
        credit_note = settled.settlement_id.credit_note_ids
        self.assertAmounts(credit_note, 85)
        self.assertAlmostEqual(credit_note.amount_total, 120 - 15 * 1.19)

    def test_a_fee_whose_tax_is_in_the_price_is_as_announced(self):
        self.fee_product.taxes_id = self._create_tax(25, included=True)
        self._set_fees({"percent": 15})
        settled = self._charged(self._sell(1, price=100.0))
        credit_note = settled.settlement_id.credit_note_ids
        self.assertAmounts(credit_note, 85)
        self.assertEqual(self._fee_lines(credit_note).price_unit, -18.75)
        self.assertAlmostEqual(credit_note.amount_total, 100 - 18.75)

    def test_discounts_lower_what_was_paid(self):
        self._set_fees({"percent": 10})
        settled = self._charged(self._sell(1, price=100.0, discount=20))
        self.assertEqual(settled.fee, 8)

    def test_several_invoices(self):
        """Of 5, 2 were invoiced at 50 and 3 at 60: each credit bears its own."""
        self._set_fees({"percent": 10})
        order = self._new_order((self.product, 5, {"price_unit": 50.0}))
        self._deliver(order, 2)
        self._invoice(order)
        order.order_line.price_unit = 60.0
        self._deliver(order)
        self._invoice(order)
        line = self._entered(order.order_line, 5)
        settlement = self._taken_in(line)
        fees = settlement.line_ids.sorted("id").mapped("fee")
        self.assertEqual([round(fee, 2) for fee in fees], [10, 6, 12])
        self.assertAmounts(settlement.credit_note_ids, 90, 162)

    def test_foreign_currency_at_the_rate_of_the_credit(self):
        eur = self.env.ref("base.EUR")
        today = fields.Date.today()
        self._set_rates(eur, ("2020-01-01", 2.0), (today, 4.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": eur.id}
        )
        self._set_fees({"percent": 10, "fixed": 5})
        fees = {}
        for rate in ("invoice", "credit"):
            self.company.reverse_currency_rate = rate
            order = self._new_order(
                (self.product, 1, {"price_unit": 100.0}), pricelist_id=pricelist.id
            )
            self._deliver(order)
            self._invoice(order, date=today - timedelta(days=9))
            settled = self._charged(order.order_line)
            self.assertEqual(settled.currency_id, eur)
            fees[rate] = settled.fee
        self.assertEqual(fees, {"invoice": 20, "credit": 30})

    def test_product_and_taxes_of_the_rule(self):
        tax, mapped = self._create_tax(7), self._create_tax(3)
        own = self._create_service("Inspection", self.fee_tax)
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        mapped.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(tax.id)],
            }
        )
        self._set_fees({"fixed": 10, "product_id": own.id, "tax_ids": tax.ids})
        settled = self._charged(self._sell(1))
        fee = self._fee_lines(settled.settlement_id.credit_note_ids, own)
        self.assertEqual((fee.price_unit, fee.tax_ids), (-10, tax))
        order = self._new_order((self.product, 1), fiscal_position_id=position.id)
        self._deliver(order)
        self._invoice(order)
        settled = self._charged(order.order_line)
        fee = self._fee_lines(settled.settlement_id.credit_note_ids, own)
        self.assertEqual(fee.tax_ids, mapped)

    # ------------------------------------------------------------------
    # What was announced
    # ------------------------------------------------------------------
    def test_a_later_version_does_not_change_what_was_announced(self):
        first = self._set_fees({"percent": 10})
        line = self._entered(self._sell(1))
        self._set_fees({"percent": 50})
        settled = self._taken_in(line).line_ids
        self.assertEqual(settled.fee, 10)
        self.assertEqual(settled.fee_rule_id.version_id, first)
        free = self._entered(self._sell(1))
        self._set_policy(fee_rule_ids=[Command.clear()])
        self.assertEqual(self._taken_in(free).line_ids.fee, 50)

    def test_a_later_version_charges_nothing_that_was_not_announced(self):
        line = self._entered(self._sell(1))
        self._set_fees({"percent": 50})
        settled = self._taken_in(line).line_ids
        self.assertEqual((settled.fee, settled.fee_code), (0, False))

    def test_what_no_version_decided_is_charged_by_the_one_in_force(self):
        administrator = self.users["administrator"]
        self._get_version().with_user(administrator).action_archive_version()
        line = self._entered(self._sell(1))
        self.assertFalse(line.policy_version_id)
        self._as("approver", line.rma_id).action_authorize()
        draft = self.env["reverse.policy.version"].search([], limit=1).copy()
        draft.fee_rule_ids = [Command.create({"name": "Fee", "percent": 10})]
        draft.with_user(administrator).action_activate()
        self.assertEqual(self._taken_in(line).line_ids.fee, 10)

    def test_rules_of_the_day_of_the_decision_hold(self):
        today = self.company._get_reverse_today()
        self._set_fees({"percent": 10, "date_to": today}, {"percent": 40})
        line = self._entered(self._sell(2), 1)
        self.assertEqual(line.fee, 10)
        line._guarded_write({"decided_on": today + timedelta(days=1)})
        self.assertEqual(self._taken_in(line).line_ids.fee, 40)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    def test_by_hand_wins_over_policy(self):
        self._set_fees({"percent": 10})
        settled = self._charged(self._sell(1), fee=13)
        self.assertEqual((settled.fee, settled.fee_code), (13, "by_hand"))
        rma = self._draft(self._sell(1))
        rma.line_ids.fee = 0
        rma.action_request()
        self.assertEqual(rma.state, "requested", "a person decides")
        self._as("approver", rma).action_authorize()
        self.assertEqual(self._taken_in(rma.line_ids.sudo()).line_ids.fee, 0)

    def test_no_fee_by_hand_waives_what_the_finding_brings(self):
        """Nothing was charged at the request, so that nobody was asked to waive it."""
        damaged = self.conditions["C"]
        self._set_fees({"percent": 30, "condition_ids": [Command.set(damaged.ids)]})
        rma = self._draft(self._sell(1))
        rma.line_ids.fee = 0
        rma.action_request()
        self.assertEqual((rma.state, rma.line_ids.fee_waived), ("authorized", 0))
        settled = self._taken_in(rma.line_ids.sudo(), condition="C").line_ids
        self.assertEqual((settled.fee, settled.fee_code), (30, "charged"))

    def test_what_an_approver_waived_stays_waived(self):
        damaged = self.conditions["C"]
        self._set_fees(
            {"percent": 30, "condition_ids": [Command.set(damaged.ids)]},
            {"percent": 10},
        )
        rma = self._draft(self._sell(1))
        rma.line_ids.fee = 2
        rma.action_request()
        self.assertEqual((rma.state, rma.line_ids.fee_waived), ("requested", 8))
        self._as("approver", rma).action_authorize()
        settled = self._taken_in(rma.line_ids.sudo(), condition="C").line_ids
        self.assertEqual((settled.fee, settled.fee_code), (22, "charged"))

    def test_a_person_changes_the_fee_of_a_draft(self):
        self._set_fees({"percent": 10})
        settled = self._charged(self._sell(1), condition="C")
        self.assertEqual((settled.state, settled.fee), ("draft", 10))
        self._as("service", settled).fee = 4
        self.assertEqual((settled.fee_code, settled.amount), ("by_hand", 96))
        with self.assertRaisesRegex(UserError, "deduction is larger than the credit"):
            # with its tax it would be more than the credit
            self._as("service", settled).fee = 99
        self.assertAmounts(self._settle(settled.settlement_id), 96)

    # ------------------------------------------------------------------
    # Limited to the credit
    # ------------------------------------------------------------------
    def test_the_credit_is_never_negative(self):
        self._set_fees({"fixed": 80})
        settled = self._charged(self._sell(1, price=50.0))
        self.assertEqual((settled.fee, settled.fee_billed), (42.02, 0))
        self.assertEqual(settled.fee_explanation, "Limited to what is credited.")
        credit_note = settled.settlement_id.credit_note_ids
        self.assertAmounts(credit_note, 7.98)
        self.assertTrue(credit_note.currency_id.is_zero(credit_note.amount_total))
        by_hand = self._charged(self._sell(1, price=50.0), fee=90)
        self.assertEqual((by_hand.fee, by_hand.fee_code), (42.02, "capped"))

    def test_a_fee_that_uses_the_credit_up_leaves_no_document(self):
        """18.00 and a minimum of 25.00: nothing is due, and the calculation is kept."""
        tax = self._create_tax(20)
        self.fee_product.taxes_id = tax
        self._set_fees({"percent": 15, "minimum": 25})
        order_line = self._sell(2, price=18.0, tax_ids=[Command.set(tax.ids)])
        stock = self._balance(self.stock_account)
        line = self._entered(order_line)
        settlement = self._taken_in(line)
        settled = settlement.line_ids
        self.assertEqual((settlement.state, settlement.amount_untaxed), ("released", 0))
        self.assertEqual((settled.fee, settled.fee_code), (18, "capped"))
        self.assertEqual((settled.credit_quantity, settled.price_unit), (1, 18))
        self.assertFalse(settlement.credit_note_ids)
        self.assertEqual((line.rma_id.state, line.rma_id.stage), ("done", "settled"))
        self.assertEqual(self._balance(self.stock_account), stock + 40)
        self.assertLine(order_line, 1, 2, 0, "invoiced")
        with self.assertRaisesRegex(UserError, "nothing to invoice|Cannot create"):
            order_line.order_id._create_invoices(final=True)
        (event,) = self._events(line.rma_id).filtered(lambda e: e.name == "NothingDue")
        self.assertEqual(event.data["amount"], 0)
        self.assertEqual(line.rma_id.sudo()._check_quantities(), {})
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(self._balance(self.stock_account), stock)
        self.assertEqual(line.qty_settled, 0)
        self.assertLine(order_line, 1, 2, 0, "invoiced")

    def test_the_cost_of_goods_without_a_credit_stays_as_it_was_booked(self):
        self.fee_product.taxes_id = False
        self._set_fees({"fixed": 100})
        settlement = self._charged(self._sell(2, price=100.0)).settlement_id
        entry = self._books(settlement.cost_entry_ids)
        self.assertEqual(entry.state, "posted")
        self.assertFalse(entry.show_reset_to_draft_button)
        kept = "books the cost of goods .* takes it back by Reverse on the settlement"
        for refused in (
            entry.button_draft,
            entry.button_cancel,
            lambda: entry.write({"date": "2020-01-01"}),
            lambda: entry.line_ids[0].write({"debit": 7}),
        ):
            with self.assertRaisesRegex(UserError, kept), self.env.cr.savepoint():
                refused()
        with self.assertRaisesRegex(UserError, f"{kept}|delete a posted"):
            entry.unlink()
        self.assertEqual(entry.state, "posted")
        self._as("releaser", settlement).action_reverse()
        self.assertEqual(entry.reversal_move_ids.state, "posted")

    def test_a_credit_that_was_used_up_is_not_given_by_hand(self):
        self.fee_product.taxes_id = False
        self._set_fees({"fixed": 100})
        order_line = self._sell(2, price=100.0)
        settled = self._charged(order_line)
        self.assertTrue(settled.without_document)
        invoice = order_line.order_id.invoice_ids
        note = self._books(invoice._reverse_moves())
        with self.assertRaisesRegex(UserError, r"only \$.100.00 of what was invoiced"):
            note.action_post()
        note.unlink()
        again = self._charged(order_line)
        self.assertEqual(
            (again.origin_line_id, again.fee), (settled.origin_line_id, 100)
        )
        self.assertEqual(len(order_line.order_id.invoice_ids), 1)
        self.assertLine(order_line, 0, 2, 0, "invoiced")

    def test_deduction_of_the_whole_credit_leaves_no_document(self):
        settled = self._charged(self._sell(1), condition="D")
        self._as("service", settled).write(
            {"deduction": 100, "deduction_reason": "Broken"}
        )
        self._settle(settled.settlement_id)
        self.assertFalse(settled.settlement_id.credit_note_ids)
        self.assertEqual(settled.rma_id.stage, "settled")

    def test_a_fee_with_tax_beside_goods_without_is_a_document(self):
        """Its total is nothing, but its tax is due."""
        self._set_fees({"fixed": 80})
        settled = self._charged(self._sell(1, price=50.0))
        note = settled.settlement_id.credit_note_ids
        self.assertTrue(note.currency_id.is_zero(note.amount_total))
        self.assertAlmostEqual(note.amount_tax, -7.98)
