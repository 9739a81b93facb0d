"""What policy announces as a fee, to whom and in which words."""

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..fee_common import FeeCommon


@tagged("post_install", "-at_install")
class TestFeeRules(FeeCommon):
    # ------------------------------------------------------------------
    # The estimate
    # ------------------------------------------------------------------
    def test_the_request_announces_the_fee_with_rule_and_sentence(self):
        version = self._set_fees({"name": "15 % unless defective", "percent": 15})
        line = self._entered(self._sell(2, price=40.0), 2)
        self.assertFee(
            line,
            12,
            r"^A restocking fee of \$.12.00 before tax is charged \(15 %\)\. There is "
            r"none if it turns out that the fault is on our side\.$",
        )
        self.assertEqual(line.fee_rule_id, version.fee_rule_ids)
        self.assertEqual(line.decided_on, fields.Date.context_today(line))
        self.assertEqual(line.fee_by_hand, False)
        self.assertIn("Kettle: A restocking fee", line.rma_id.fee_summary)
        [noted] = self._events(line.rma_id)[0].data["lines"]
        self.assertEqual(
            (noted["fee"], noted["fee_rule"], noted["fee_by_hand"]),
            (12, version.fee_rule_ids.id, False),
        )

    def test_amounts_add_up_within_their_limits(self):
        order_line = self._sell(9, price=100.0)
        for terms, fee in (
            ({"fixed": 5}, 5),
            ({"per_unit": 2}, 6),
            ({"percent": 10, "fixed": 5, "per_unit": 2}, 41),
            ({"percent": 10, "minimum": 50}, 50),
            ({"percent": 10, "maximum": 12.5}, 12.5),
        ):
            self._set_fees(terms)
            self.assertFee(self._draft_preview(order_line, 3), fee)
        self.assertRegex(
            self._draft_preview(order_line, 3).fee_explanation,
            r"\(10 %, at most \$.12.50\)",
        )

    def _draft_preview(self, order_line, quantity=1, reason="UNWANTED", **values):
        rma = self._draft(
            order_line, quantity, reason_id=self.reasons[reason].id, **values
        )
        rma.action_find_deliveries()
        return rma.line_ids

    def test_units_are_those_of_the_product(self):
        self._set_fees({"per_unit": 2})
        order_line = self._sell(2, product_uom_id=self.dozen.id)
        self.assertFee(self._entered(order_line, 1), 24)

    def test_the_most_specific_rule_by_reason_channel_and_value(self):
        channel = self.env.ref("reverse_logistics.channel_shop")
        unwanted = self.reasons["UNWANTED"]
        self._set_fees(
            {"name": "All", "percent": 10},
            {"name": "Shop", "percent": 20, "channel_ids": [Command.set(channel.ids)]},
            {"name": "Why", "percent": 30, "reason_ids": [Command.set(unwanted.ids)]},
            {"name": "Dear", "percent": 5, "value_from": 500},
        )
        order_line = self._sell(9, price=100.0)
        plain = self._draft_preview(order_line, reason="ORDERED_WRONG")
        self.assertEqual((plain.fee_rule_id.name, plain.fee), ("All", 10))
        why = self._draft_preview(order_line)
        self.assertEqual((why.fee_rule_id.name, why.fee), ("Why", 30))
        rma = {"channel_id": channel.id}
        shop = self._draft_preview(order_line, reason="ORDERED_WRONG", rma=rma)
        self.assertEqual((shop.fee_rule_id.name, shop.fee), ("Shop", 20))
        dear = self._draft_preview(order_line, 6, reason="ORDERED_WRONG")
        self.assertEqual((dear.fee_rule_id.name, dear.fee), ("Dear", 30))

    def test_our_side_the_reason_and_the_law_waive_it(self):
        other = self.reasons["OTHER"]
        self._set_fees({"percent": 10, "waived_reason_ids": [Command.set(other.ids)]})
        order_line = self._sell(9)
        for reason, amount, sentence in (
            ("UNWANTED", 10, "is charged"),
            ("DEFECTIVE", 0, "unless inspection finds"),
            ("DAMAGED", 0, "unless inspection finds"),
            ("NOT_AS_DESCRIBED", 0, "unless inspection finds"),
            ("OTHER", 0, "no restocking fee for this reason"),
        ):
            line = self._draft_preview(order_line, reason=reason)
            self.assertFee(line, amount, sentence)
        self.patch(
            self.registry["reverse.rma.line"],
            "_is_fee_forbidden",
            lambda line, verdict=None: True,
        )
        line = self._draft_preview(order_line)
        self.assertFee(line, 0, "^By law, there is no restocking fee.$")

    def test_fault_is_charged_where_the_rule_says_so(self):
        self._set_fees({"percent": 10, "waive_at_fault": False})
        line = self._entered(self._sell(1), reason="DEFECTIVE")
        self.assertFee(line, 10, r"\(10 %\)\.$")

    def test_a_fee_that_depends_on_the_condition_is_announced_as_such(self):
        used, damaged = self.conditions["C"], self.conditions["D"]
        self._set_fees(
            {"fixed": 7, "condition_ids": [Command.set(used.ids)]},
            {
                "percent": 10,
                "product_ids": [Command.set(self.product.ids)],
                "waived_condition_ids": [Command.set(damaged.ids)],
            },
        )
        line = self._draft_preview(self._sell(1))
        self.assertFee(line, 10, f"in this condition: {damaged.name}.$")
        other = self._draft_preview(self._sell(1, product=self.ordered_product))
        self.assertFee(other, 0, "^A restocking fee may be charged, depending on")

    def test_shipping_errors_are_no_returns(self):
        self._set_fees({"percent": 10, "waive_at_fault": False})
        line = self._draft_preview(self._sell(1), reason="OVER_SHIPPED")
        self.assertEqual(line.claim, "over_shipped")
        self.assertFee(line, 0, "^$")

    def test_without_a_rule_nothing_is_said(self):
        self._set_fees({"percent": 10, "product_ids": self.lot_product.ids})
        line = self._entered(self._sell(1))
        self.assertFee(line, 0, "^$")
        self.assertFalse(line.fee_rule_id)
        self.assertFalse(line.rma_id.fee_summary)

    def test_what_is_not_settled_is_not_charged(self):
        self._set_fees({"percent": 10})
        line = self._entered(self._sell(1), rma={"settlement_type": "none"})
        self.assertFee(line, 0, "^$")
        unknown = self._entered(self._create_product("Unknown"))
        self.assertEqual(unknown.decision_code, "no_source")
        self.assertFee(unknown, 0, "^$")

    def test_foreign_currency_at_the_rate_of_the_order(self):
        eur = self.env.ref("base.EUR")
        self._set_rates(eur, ("2020-01-01", 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": eur.id}
        )
        order = self._new_order(
            (self.product, 1, {"price_unit": 100.0}), pricelist_id=pricelist.id
        )
        self._deliver(order)
        self._set_fees({"percent": 10, "fixed": 5})
        line = self._entered(order.order_line)
        self.assertEqual(line.fee_currency_id, eur)
        self.assertFee(line, 20, r"20.00.€ before tax is charged \(10 %, \$.5.00\)")
        self.assertRatesOfOrders(order)

    def assertRatesOfOrders(self, order):
        """Each at Odoo's rate of its day, with one query for all of them."""
        order.currency_id.rate_ids.company_id = False  # one for all companies
        self._set_rates(order.currency_id, ("2020-03-01", 3.0), ("2021-01-01", 5.0))
        days = ("2019-01-01", "2020-02-29", "2020-03-01", "2020-12-31", "2026-01-01")
        orders = order.concat(
            *(order.copy({"date_order": f"{day} 10:00:00"}) for day in days)
        )
        orders.mapped("company_id.root_id")
        orders.mapped("date_order")
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        rates = orders._get_reverse_rates()
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        for one in orders:
            rate = self.env["res.currency"]._get_conversion_rate(
                one.company_id.currency_id,
                one.currency_id,
                one.company_id,
                one.date_order,
            )
            self.assertAlmostEqual(rates[one.id], rate)
        self.assertEqual(len(set(rates.values())), 3)

    def test_the_same_number_of_queries_for_any_number_of_lines(self):
        self._set_fees(
            {"percent": 10},
            {"fixed": 5, "category_ids": [Command.set(self.perpetual.ids)]},
        )
        delivery = self._sell(30).move_ids
        versions = self.env["reverse.policy.version"]._get_for(self.company)
        counts = []
        for number in (2, 20):
            rma = self._draft(delivery)
            rma.write(
                {
                    "line_ids": [
                        Command.create({"move_id": delivery.id, "quantity": 1})
                        for _line in range(number - 1)
                    ]
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            lines = rma.line_ids.sudo()
            lines.mapped("state")
            before = self.env.cr.sql_log_count
            verdicts = lines._evaluate(versions)
            counts.append(self.env.cr.sql_log_count - before)
            # One fixed amount for the order line, however many lines ask for it.
            self.assertAlmostEqual(sum(v["fee"] for v in verdicts.values()), 5.0)
            self.assertFalse(any(lines.mapped("fee")), "evaluating writes nothing")
        self.assertLessEqual(counts[1], counts[0])

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------
    def test_what_a_person_entered_is_kept(self):
        self._set_fees({"percent": 10})
        order_line = self._sell(9)
        charged = self._draft(order_line, fee=13)
        waived = self._draft_preview(order_line).rma_id
        self.assertEqual(waived.line_ids.fee, 10)
        waived.line_ids.fee = 0
        (charged | waived).action_request()
        self.assertFee(
            charged.line_ids, 13, r"^A restocking fee of \$.13.00 before tax"
        )
        self.assertFee(waived.line_ids, 0, "^$")
        self.assertTrue(charged.line_ids.fee_by_hand and waived.line_ids.fee_by_hand)
        self.assertFalse(charged.line_ids.fee_rule_id)
        self.assertEqual(waived.line_ids.fee_waived, 10)
        self.assertTrue(waived.line_ids.fee_rule_id, "the rule that is waived")

    def test_policy_may_say_it_again(self):
        self._set_fees({"percent": 10})
        rma = self._draft(self._sell(1), fee=3)
        rma.line_ids.fee_by_hand = False
        self.assertEqual(rma.line_ids.fee, 0)
        rma.action_request()
        self.assertFee(rma.line_ids, 10, "10 %")

    def test_a_fee_by_hand_is_shared_over_several_deliveries(self):
        self._set_fees({"percent": 10})
        product = self._create_product("Basket")
        for _order in range(2):
            self._sold(product, 2)
        rma = self._draft(product, 3, fee=10)
        rma.action_request()
        self.assertEqual(len(rma.line_ids), 2)
        fees = {line.quantity: line.fee for line in rma.line_ids}
        self.assertEqual(
            {key: round(fee, 2) for key, fee in fees.items()}, {2: 6.67, 1: 3.33}
        )
        self.assertEqual(set(rma.line_ids.mapped("fee_by_hand")), {True})

    def test_a_changed_draft_forgets_its_estimate(self):
        self._set_fees({"percent": 10})
        line = self._draft_preview(self._sell(3), 2)
        self.assertEqual(line.fee, 20)
        line.quantity = 1
        self.assertFee(line, 0, "^$")
        self.assertFalse(line.fee_rule_id or line.decided_on or line.fee_by_hand)

    def test_only_the_draft_takes_a_fee_by_hand(self):
        line = self._as("service", self._entered(self._sell(1)))
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            line.fee = 5
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            line.fee_explanation = "None at all"

    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------
    def _draft_rule(self, **values):
        version = self._get_version().copy()
        version.fee_rule_ids = [Command.create({"name": "Fee", **values})]
        return version.fee_rule_ids

    def test_a_rule_says_what_it_charges(self):
        rule = self._draft_rule(
            percent=15,
            minimum=5,
            maximum=50,
            above_credit="bill",
            waived_reason_ids=self.reasons["LATE"].ids,
        )
        self.assertRegex(
            rule.says,
            r"^15 % · at least \$.5.00 · at most \$.50.00 · none if we are at fault · "
            r"not for Arrived too late · what exceeds the credit is billed$",
        )

    def test_rules_that_cannot_be_meant_are_refused(self):
        for values, message in (
            ({"percent": -1}, "amounts_not_negative"),
            ({"minimum": 5, "maximum": 4}, "limits_in_order"),
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(IntegrityError, message),
            ):
                self._draft_rule(**values)
                self.env.flush_all()
        with self.assertRaisesRegex(ValidationError, "Kettle cannot be a fee"):
            self._draft_rule(product_id=self.product.id)
        late = self._create_service("Hours", invoice_policy="delivery")
        with self.assertRaisesRegex(ValidationError, "by ordered quantity"):
            self._draft_rule(product_id=late.id)

    def test_a_rule_is_frozen_with_its_version(self):
        version = self._set_fees({"percent": 10})
        administrator = version.fee_rule_ids.with_user(self.users["administrator"])
        with self.assertRaisesRegex(UserError, "can no longer be changed|is Active"):
            administrator.percent = 0
        copy = version.copy()
        self.assertEqual(copy.fee_rule_ids.percent, 10)
        terms = version._get_rules("fee").terms[version.fee_rule_ids.id]
        self.assertEqual((terms["percent"], terms["above_credit"]), (10, "cap"))

    def test_an_administrator_enters_a_rule_in_the_version(self):
        version = self._get_version().copy().with_user(self.users["administrator"])
        with Form(version) as form, form.fee_rule_ids.new() as rule:
            rule.name = "15 % unless defective"
            rule.percent = 15
            rule.condition_ids.add(self.conditions["C"])
        self.assertEqual(version.fee_rule_ids.percent, 15)
        self.assertIn(
            self.conditions["C"].name, version.fee_rule_ids.conditions_summary
        )
