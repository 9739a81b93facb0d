"""Agreements: whose they are, their quota, and what returns take of it."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestAgreements(AgreementCase):
    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------
    def _found(self, rma):
        return next(iter(rma.line_ids._get_agreements().values()))

    def test_the_customer_s_valid_agreements(self):
        today = fields.Date.today()
        own = self._agree()
        shared = self._agree(partner_ids=(self.customer | self.stranger).ids)
        self._agree(partner_ids=self.stranger.ids)
        self._agree(date_from=today + timedelta(days=2))
        self._agree(date_to=today - timedelta(days=2))
        self._agree(active=False)
        self._agree(company_id=self.env["res.company"].create({"name": "Elsewhere"}).id)
        contact = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.customer.id}
        )
        rma = self._draft(self.product, rma={"partner_id": contact.id})
        self.assertEqual(self._found(rma), own | shared)

    def test_who_is_named_stays_a_company_of_its_own(self):
        """Agreements and rules are found by the company of a contact."""
        own = self._agree(name="Rotation")
        clerk = new_test_user(
            self.env, login="clerk", groups="base.group_user,base.group_partner_manager"
        )
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        customer = self.customer.with_user(clerk)
        below = {"is_company": False, "parent_id": group.id}
        message = (
            "“Rotation” .Return Agreement. names .* as a company of its own, and would "
            "not hold for Group. Have it changed or ended first"
        )
        for vals in (dict(below), {"company_type": "person", "parent_id": group.id}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, message):
                customer.write(vals)
        customer.write({"parent_id": group.id, "is_company": True})
        self.assertEqual(self._found(self._draft(self.product)), own)
        own.unlink()
        customer.write(below)
        self.assertEqual(customer.commercial_partner_id, group)

    def test_branches_have_their_parent_s(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids = [Command.link(branch.id)]
        self.users["service"].company_ids = [Command.link(branch.id)]
        own = self._agree()
        self._agree(company_id=branch.id)
        self.assertEqual(self._found(self._draft(self.product)), own)
        rma = self.env["reverse.rma"].create(
            {
                "partner_id": self.customer.id,
                "company_id": branch.id,
                "line_ids": [Command.create({"product_id": self.product.id})],
            }
        )
        self.assertEqual(len(self._found(rma)), 2)

    def test_agreements_cost_the_same_for_more_lines(self):
        self._agree()
        lines = self.env["reverse.rma.line"].concat(
            *(self._draft(self.product).line_ids for _number in range(6))
        )

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(records._get_agreements()), len(records))
            return self.env.cr.sql_log_count - before

        cost(lines)
        self.assertEqual(cost(lines.browse(lines[:2].ids)), cost(lines))

    # ------------------------------------------------------------------
    # Quota
    # ------------------------------------------------------------------
    def test_amount_is_left_until_returns_take_it(self):
        agreement = self._agree()
        self.assertEqual(agreement._get_left(), {agreement: 500.0})
        line = self._requested(self._sell(4), 2).line_ids
        self._under(agreement, line, 200.0)
        self.assertEqual(agreement._get_left(), {agreement: 300.0})
        self.assertEqual(agreement._get_left(line), {agreement: 500.0})
        agreement.invalidate_recordset()
        self.assertEqual(
            (agreement.quota, agreement.consumed, agreement.left), (500, 200, 300)
        )
        self.assertEqual(agreement.return_count, 1)
        self.assertEqual(agreement.action_view_returns()["res_id"], line.rma_id.id)

    def test_what_does_not_come_back_is_given_back(self):
        agreement = self._agree()
        line = self._requested(self._sell(4), 4).line_ids
        self._under(agreement, line, 400.0)
        line._guarded_write({"qty_closed_short": 3})
        self.assertEqual(agreement._get_left(), {agreement: 400.0})
        self._as("service", line.rma_id).action_cancel()
        self.assertEqual(agreement._get_left(), {agreement: 500.0})

    def test_each_year_has_its_own_quota(self):
        agreement = self._agree(date_from="2020-04-01")
        line = self._requested(self._sell(4), 2).line_ids
        self._under(agreement, line, 200.0, day="2030-03-31")
        self.assertEqual(self._left_on("2030-03-31", agreement), 300.0)
        self.assertEqual(self._left_on("2030-04-01", agreement), 500.0)
        self.assertEqual(self._left_on("2029-03-31", agreement), 500.0)

    def test_percentage_of_the_purchases_of_the_year_before(self):
        agreement = self._agree(
            quota_type="percent", quota_percent=10.0, date_from="2020-04-01"
        )
        self._bill(1000, "2029-04-01")
        self._bill(100, "2030-03-31", kind="out_refund")
        self._bill(7000, "2029-03-31")
        self._bill(7000, "2030-04-01")
        self._bill(7000, "2029-06-01", partner=self.stranger)
        self._bill(7000, "2029-06-01", post=False)
        self.assertEqual(self._left_on("2030-04-01", agreement), 90.0)
        self.assertEqual(self._left_on("2029-04-01", agreement), 700.0)
        self.assertEqual(self._left_on("2028-04-01", agreement), 0.0)

    def test_foreign_invoices_count_in_the_company_s_currency(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 2.0))
        agreement = self._agree(quota_type="percent", quota_percent=10.0)
        move = self._bill(1000, "2029-06-01", post=False)
        move.currency_id = euro
        move.invoice_line_ids.price_unit = 1000
        move.action_post()
        self.assertEqual(self._left_on("2030-06-01", agreement), 50.0)

    def test_agreement_without_a_quota(self):
        agreement = self._agree(kind="contract", quota_amount=0)
        self.assertEqual(agreement._get_left(), {agreement: None})

    def test_lines_of_one_request_share_what_is_left(self):
        agreement = self._agree()
        other = self._agree(kind="contract")
        line = self._sell(9)
        lines = self.env["reverse.rma.line"].concat(
            *(self._draft(line, 1).line_ids for _number in range(4))
        )
        under = dict(
            zip(lines, (agreement, agreement, other, self.agreements), strict=True)
        )
        left = lines._get_quota_left(under, dict.fromkeys(lines, 450.0))
        self.assertEqual(list(left.values()), [500.0, 50.0, None, None])

    def test_left_costs_the_same_for_more_agreements(self):
        many = self.agreements.concat(
            *(
                self._agree(quota_type="percent", quota_percent=10.0)
                for _number in range(5)
            )
        )
        self._bill(1000, fields.Date.today() - timedelta(days=365))

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(records._get_left()), len(records))
            return self.env.cr.sql_log_count - before

        cost(many)
        self.assertEqual(cost(many.browse(many[:2].ids)), cost(many))

    # ------------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------------
    def test_contradictions_are_refused(self):
        contact = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.customer.id}
        )
        with self.assertRaisesRegex(ValidationError, "name the customer itself"):
            self._agree(partner_ids=contact.ids)
        with self.assertRaisesRegex(ValidationError, "Say which customer"):
            self._agree(partner_ids=[])
        with self.assertRaisesRegex(ValidationError, "Enter how much may come back"):
            self._agree(quota_amount=0)
        with self.assertRaisesRegex(ValidationError, "Enter how much may come back"):
            self._agree(quota_type="percent")
        for values in (
            {"date_to": "2019-12-31"},
            {"quota_amount": -1},
            {"order_days": -1},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(CheckViolation, "reverse_agreement"),
            ):
                self._agree(**values)

    def test_company_stays_once_returns_count(self):
        agreement = self._agree()
        self._under(agreement, self._draft(self.product).line_ids, 1.0)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "were decided under"):
            agreement.company_id = other

    def test_what_was_decided_under_it_keeps_it(self):
        agreement = self._agree()
        line = self._draft(self.product).line_ids
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            line.agreement_id = agreement
        self._under(agreement, line, 1.0)
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "line"):
            agreement.unlink()

    def test_agreements_are_the_administrator_s(self):
        agreement = self._agree()
        for role in ("service", "approver", "auditor"):
            self.assertEqual(self._as(role, agreement).left, 500.0)
            with self.assertRaisesRegex(AccessError, "not allowed to modify"):
                self._as(role, agreement).quota_amount = 9
        self._as("administrator", agreement).quota_amount = 9
        self.assertEqual(agreement.quota_amount, 9)

    def test_customers_lead_to_their_agreements(self):
        agreement = self._agree()
        contact = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.customer.id}
        )
        seller = new_test_user(
            self.env, login="seller", groups="sales_team.group_sale_salesman"
        )
        found = (contact | self.stranger).with_user(seller)
        self.assertEqual(found.mapped("reverse_agreement_count"), [1, 0])
        action = found[0].action_view_reverse_agreements()
        seen = self.agreements.with_user(seller).search(action["domain"])
        self.assertEqual(seen, agreement)
        self.assertEqual(seen.left, 500.0)

    def test_form_shows_the_quota(self):
        form = Form(self.agreements)
        form.name = "Rotation"
        form.kind = "rotation"
        form.quota_amount = 800
        form.partner_ids.add(self.customer)
        agreement = form.save()
        self.assertEqual(agreement.left, 800.0)
        self.assertEqual(agreement.company_id, self.company)
