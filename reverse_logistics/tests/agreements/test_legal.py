"""What the law grants: who has which right, and what it stands above."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestLegal(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.cut = cls.env.ref("reverse_logistics.trait_cut")
        cls.customer.write({"country_id": cls.germany.id, "is_company": False})
        cls.withdrawal = {
            "name": "Withdrawal",
            "country_ids": [Command.set(cls.germany.ids)],
            "freight_payer": "customer",
            # these tests count days from today, whatever day it is
            "working_day": False,
            "excluded_trait_ids": [Command.set(cls.cut.ids)],
        }
        cls.warranty = {
            "name": "Warranty",
            "basis": "statutory_warranty",
            "period": 24,
            "period_unit": "months",
            "freight_payer": "company",
        }
        cls._set_law(cls.withdrawal, cls.warranty)
        cls.defect = cls.env["reverse.reason"].search(
            [("liability", "=", "supplier")], limit=1
        )

    @classmethod
    def _set_law(cls, *rules, **policy):
        """Put a policy of 7 days in force, with these legal rules."""
        draft = cls._get_version().copy()
        draft.legal_rule_ids.unlink()
        draft.legal_rule_ids = [Command.create(vals) for vals in rules]
        draft.rule_ids.write({"window_days": 7, **policy})
        draft.with_user(cls.users["administrator"]).action_activate()
        return draft

    def _decided(self, age=0, line=None, **values):
        line = line or self._sell(4)
        move = line.move_ids.filtered(lambda m: m.state == "done")
        move.date = fields.Datetime.now() - timedelta(days=age)
        today = self.company._get_reverse_today()
        move.picking_id.reverse_possessed_on = today - timedelta(days=age)
        return self._requested(line, 1, **values).line_ids

    # ------------------------------------------------------------------
    # Deadline
    # ------------------------------------------------------------------
    def test_withdrawal_after_the_window(self):
        line = self._decided(10)
        self.assertEqual(
            (line.decision, line.decision_code), ("authorize", "withdrawal")
        )
        self.assertEqual(line.legal_basis_id.name, "Withdrawal")
        self.assertEqual(line.legal_basis_id.freight_payer, "customer")
        self.assertTrue(line.legal_basis_id.no_fee)
        self.assertRegex(
            line.explanation,
            "^You may withdraw from this purchase until .* "
            "You pay for sending it back.$",
        )
        self.assertEqual(line.rma_id.state, "authorized")

    def test_the_right_is_noted_inside_the_window_too(self):
        self.assertEqual(self._decided(2).legal_basis_id.basis, "withdrawal")

    def test_no_right_after_its_end(self):
        line = self._decided(15)
        self.assertEqual((line.decision, line.decision_code), ("exception", "late"))
        self.assertFalse(line.legal_basis_id)

    def test_law_forbids_the_fee(self):
        draft = self._get_version().copy()
        draft.fee_rule_ids = [Command.create({"name": "Restocking", "percent": 10})]
        draft.with_user(self.users["administrator"]).action_activate()
        self.assertEqual(self._decided(2).fee, 0.0)
        self.customer.reverse_audience = "business"
        self.assertEqual(self._decided(2).fee, 10.0)
        self.customer.reverse_audience = False
        charging = draft.copy()
        charging.legal_rule_ids.no_fee = False
        charging.with_user(self.users["administrator"]).action_activate()
        self.assertEqual(self._decided(2).fee, 10.0)

    def test_a_ticked_box_takes_nothing_away(self):
        self.customer.is_company = True
        self.assertEqual(self._decided(10).decision_code, "withdrawal")

    def test_businesses_cannot_withdraw(self):
        self.customer.reverse_audience = "business"
        line = self._decided(10)
        self.assertEqual(line.decision_code, "late")
        self.assertFalse(line.legal_basis_id)

    def test_contact_of_a_company_is_a_business(self):
        self.customer.write({"is_company": True, "reverse_audience": "business"})
        contact = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.customer.id}
        )
        line = self._decided(10, rma={"partner_id": contact.id})
        self.assertFalse(line.legal_basis_id)

    def test_other_countries_have_other_law(self):
        self.customer.country_id = self.env.ref("base.us")
        self.assertEqual(self._decided(10).decision_code, "late")

    def test_excluded_goods(self):
        order_line = self._sell(4)
        order_line.reverse_trait_ids = self.cut
        self.assertEqual(self._decided(10, order_line).decision_code, "late")
        self.assertEqual(self._decided(10).decision_code, "withdrawal")

    def test_defective_goods(self):
        line = self._decided(200, reason_id=self.defect.id)
        self.assertEqual(line.decision_code, "statutory_warranty")
        self.assertEqual(line.legal_basis_id.freight_payer, "company")
        self.assertRegex(
            line.explanation,
            "^By law we answer for defects .* We pay for sending it back.$",
        )
        other = self._decided(
            200, reason_id=self.env.ref("reverse_logistics.reason_unwanted").id
        )
        self.assertEqual(other.decision_code, "late")

    def test_law_stands_above_final_sale_and_limits(self):
        self._set_law(self.withdrawal, returnable=False, max_value=1)
        self.product.reverse_min_pack = 3
        self.assertEqual(self._decided(1).decision, "authorize")
        self.assertEqual(self._decided(15).decision_code, "final_sale")

    def test_missing_proof_takes_no_right_away(self):
        self._set_law(self.withdrawal, proof_photo=True)
        line = self._decided(10)
        self.assertEqual(
            (line.decision, line.decision_code), ("review", "proof_lawful")
        )
        self.assertRegex(line.explanation, "^A person decides, because .*: photo")
        with self.assertRaisesRegex(UserError, "We need this before"):
            self._decided(15)

    def test_a_person_still_decides_where_policy_says_so(self):
        self._set_law(self.withdrawal, authorize=False)
        line = self._decided(10)
        self.assertEqual((line.decision, line.decision_code), ("review", "manual"))
        self.assertEqual(line.legal_basis_id.basis, "withdrawal")

    def test_law_is_looked_up_at_once_for_all_lines(self):
        rma = self._draft(self._sell(9), 1)
        for _number in range(5):
            rma.line_ids[0].copy({"rma_id": rma.id})
        lines = rma.line_ids._find_deliveries(preview=True)
        version = self._get_version()

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            version._get_rules("legal")
            before = self.env.cr.sql_log_count
            self.assertEqual(len(records._get_legal_rights(version)), len(records))
            return self.env.cr.sql_log_count - before

        cost(lines)
        self.assertEqual(cost(lines.browse(lines[:2].ids)), cost(lines))

    # ------------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------------
    def test_frozen_with_its_version(self):
        rule = self._get_version().legal_rule_ids[0]
        for change in (
            lambda: rule.write({"period": 99}),
            rule.unlink,
            lambda: rule.copy({"name": "Again"}),
        ):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                change()
        self.assertEqual(rule.period, 14)
        copy = rule.version_id.copy().legal_rule_ids
        self.assertEqual(copy.mapped("name"), ["Withdrawal", "Warranty"])
        self.assertEqual(copy[0].excluded_trait_ids, self.cut)

    def test_says_it_in_words(self):
        withdrawal, warranty = self._get_version().legal_rule_ids
        self.assertEqual(
            withdrawal.says,
            "Withdrawal by consumers · consumers · 14 days from the last delivery of "
            "the order · money back within 14 days · no fee · the customer pays the "
            "freight · not for: Cut to size",
        )
        self.assertIn("24 months from the delivery of these goods", warranty.says)

    def test_different_rights_do_not_contradict_each_other(self):
        germany = {"country_ids": [Command.set(self.germany.ids)]}
        business = {"name": "Traders", "audience": "business", "period": 12}
        self._set_law(
            self.withdrawal,
            {**self.warranty, **germany},
            {**self.warranty, **business, **germany},
        )
        self.assertEqual(len(self._get_version().legal_rule_ids), 3)
        everybody = {"name": "Everybody", "audience": "both", "period": 6}
        with self.assertRaisesRegex(
            UserError, "“Warranty” and “Everybody” say different things"
        ):
            self._set_law(
                {**self.warranty, **germany},
                {**self.warranty, **everybody, **germany},
            )
        draft = self._get_version().copy()
        draft.legal_rule_ids[0].write(everybody | germany | {"sequence": 20})
        draft.legal_rule_ids[0].basis = "statutory_warranty"
        # each of them comes first for its own customers only
        self.assertRegex(
            draft.conflict_note,
            "^“Warranty” and “Everybody” say different .*\n"
            "“Traders” and “Everybody” say different .*$",
        )

    def test_what_it_excludes_cannot_be_deleted(self):
        with self.assertRaisesRegex(
            UserError, "Cut to size is a condition of the rule"
        ):
            self.cut.unlink()
        self.cut.active = False
        rule = self._get_version().legal_rule_ids[0]
        rule.invalidate_recordset()
        self.assertIn("Cut to size", rule.archived_note)
        order_line = self._sell(4)
        order_line.reverse_trait_ids = self.cut
        self.assertEqual(self._decided(10, order_line).decision_code, "late")

    def test_period_is_above_zero(self):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "period"):
            self._set_law({**self.withdrawal, "period": 0})

    def test_law_is_the_administrator_s(self):
        rule = self._get_version().copy().legal_rule_ids[0]
        for role in ("service", "approver", "auditor"):
            self.assertEqual(self._as(role, rule).period, 14)
            with self.assertRaisesRegex(AccessError, "not allowed to modify"):
                self._as(role, rule).period = 99
        self._as("administrator", rule).period = 15
        self.assertEqual(rule.period, 15)

    def test_form(self):
        draft = self._get_version().copy()
        model = self.env["reverse.legal.rule"].with_context(default_version_id=draft.id)
        form = Form(model)
        form.name = "Guarantee"
        form.basis = "commercial"
        form.country_ids.add(self.germany)
        rule = form.save()
        self.assertEqual(rule.version_id, draft)
        views = draft.get_views([(False, "form")])
        self.assertIn("legal_rule_ids", views["views"]["form"]["arch"])
