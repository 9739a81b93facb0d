"""Grants to combine duties: who, where, what, up to which amounts, and the review."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from ..approval_common import ApprovalCase

OWN = "You took an earlier step of RMA"


@tagged("post_install", "-at_install")
class TestCombinedDuties(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(authorize=False)
        cls.branch = cls._create_user(
            "service", "receiver", "inspector", "approver", "releaser", login="branch"
        )
        cls.uses = cls.env["reverse.combined.duty.use"]

    @classmethod
    def _roles(cls, *roles):
        return [
            Command.set(
                [cls.env.ref(f"reverse_logistics.group_{role}").id for role in roles]
            )
        ]

    @classmethod
    def _grant(cls, *roles, **values):
        return cls.env["reverse.combined.duty"].create(
            {
                "name": "Branch in the south",
                "user_ids": [Command.set(cls.branch.ids)],
                "role_ids": cls._roles(*(roles or ("service", "approver"))),
                **values,
            }
        )

    def _asked(self, quantity=1, **values):
        rma = self._draft(self.line, quantity, rma=values).with_user(self.branch)
        rma.action_request()
        return rma

    def _used(self, rma):
        return self.uses.search([("rma_id", "=", rma.id)])

    # ------------------------------------------------------------------
    # What a grant allows
    # ------------------------------------------------------------------
    def test_grant_allows_and_each_use_is_listed(self):
        grant = self._grant()
        rma = self._asked(2)
        rma.action_authorize()
        self.assertEqual(rma.authorized_by_id, self.branch)
        use = self._used(rma)
        self.assertEqual(
            (use.grant_id, use.user_id, use.duty, use.amount, use.state),
            (grant, self.branch, "approver", 200.0, "open"),
        )
        self.assertEqual(
            sorted(use.role_ids.mapped("name")), ["Approver", "Customer service"]
        )
        self.assertEqual(use.day, self.company._get_reverse_today())
        self.assertTrue(self._events(rma.sudo())[-1].data["combined_duties"])

    def test_without_a_grant_it_is_refused(self):
        grant = self._grant()
        grant.active = False
        rma = self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()
        self.assertFalse(self._used(rma))

    def test_only_the_named_duties(self):
        self._grant("inspector", "releaser")
        with self.assertRaisesRegex(UserError, OWN):
            self._asked().action_authorize()
        rma = self._received_by_branch()
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        with self.assertRaisesRegex(UserError, OWN):
            settlement.with_user(self.branch).action_approve()
        self._as("approver", settlement).action_approve()
        settlement.with_user(self.branch).action_release()
        self.assertEqual(settlement.state, "released")
        self.assertEqual(self._used(rma).duty, "releaser")

    def _received_by_branch(self):
        rma = self._requested(self.line)
        self._as("approver", rma).action_authorize()
        self._receive(rma)
        part = rma.inspection_ids.with_user(self.branch)
        part.condition_id = self.conditions["E"]
        part.action_complete()
        return rma

    def test_only_named_facilities_and_channels(self):
        shop = self.env.ref("reverse_logistics.channel_shop")
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NOR"})
        grant = self._grant(facility_ids=[Command.set(other.reverse_facility_ids.ids)])
        rma = self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()
        grant.facility_ids = rma.facility_id
        grant.channel_ids = shop
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()
        rma = self._asked(channel_id=shop.id)
        rma.action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_naming_a_place_before_the_goods_are_there_widens_nothing(self):
        other = self.env["stock.warehouse"].create({"name": "West", "code": "WES"})
        place = other.reverse_facility_ids
        self._grant(facility_ids=[Command.set(place.ids)])
        rma = self._asked()
        rma.facility_id = place
        self.assertEqual(rma.facility_source, "person")
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()

    def test_an_archived_place_widens_nothing(self):
        other = self.env["stock.warehouse"].create({"name": "East", "code": "EAS"})
        facility = other.reverse_facility_ids
        channel = self.env["reverse.channel"].create({"name": "Fair", "code": "FAIR"})
        grants = self._grant(facility_ids=[Command.set(facility.ids)]) | self._grant(
            channel_ids=[Command.set(channel.ids)]
        )
        facility.active = channel.active = False
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, OWN):
            self._asked().action_authorize()
        self.assertEqual(grants.facility_ids, facility)

    def test_only_in_its_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self._grant(company_id=company.id)
        rma = self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()
        self.assertEqual(rma.state, "requested")

    def test_up_to_an_amount_per_return(self):
        self._grant(amount_limit=150)
        with self.assertRaisesRegex(UserError, OWN):
            self._asked(2).action_authorize()
        self._asked(1).action_authorize()
        self.assertEqual(sum(self.uses.search([]).mapped("amount")), 100)

    def test_up_to_an_amount_per_day(self):
        self.company.reverse_tz = "UTC"
        self._grant(daily_limit=250)
        first, second, third = (self._asked() for _number in range(3))
        with freeze_time("2030-03-06 12:00:00"):
            (first | second).action_authorize()
            with self.assertRaisesRegex(UserError, OWN):
                third.action_authorize()
        with freeze_time("2030-03-07 00:30:00"):
            third.action_authorize()
        self.assertEqual(third.state, "authorized")

    def test_whoever_keeps_contacts_begins_no_new_day(self):
        self.company.reverse_tz = "UTC"
        self._grant(daily_limit=150)
        clerk = new_test_user(
            self.env, "keeper-x", "base.group_user,base.group_partner_manager"
        )
        first, second = self._asked(), self._asked()
        with freeze_time("2030-03-06 08:00:00"):
            first.action_authorize()
            self._rpc(
                clerk,
                "res.partner",
                "write",
                self.company.partner_id.ids,
                {"tz": "Etc/GMT+12"},
            )
            with self.assertRaisesRegex(UserError, OWN):
                second.action_authorize()
        with self.assertRaises(AccessError):
            self._rpc(
                clerk,
                "res.company",
                "write",
                self.company.ids,
                {"reverse_tz": "Etc/GMT+12"},
            )

    def test_returns_decided_together_share_the_day(self):
        self._grant(daily_limit=250)
        rmas = self._asked() | self._asked() | self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            rmas.with_user(self.branch).action_authorize()
        self.assertEqual(set(rmas.mapped("state")), {"requested"})
        self.assertFalse(self.uses.search([("user_id", "=", self.branch.id)]))

    def test_a_return_counts_once_a_day(self):
        self._grant("service", "inspector", "approver", "releaser", daily_limit=100)
        rma = self._asked()
        rma.action_authorize()
        self._receive(rma)
        part = rma.inspection_ids
        part.condition_id = self.conditions["E"]
        part.action_complete()
        settlement = rma.settlement_ids
        settlement.action_submit()
        settlement.action_approve()
        settlement.action_release()
        self.assertEqual(settlement.state, "released")
        self.assertEqual(len(self._used(rma)), 3)
        with self.assertRaisesRegex(UserError, OWN):
            self._asked().action_authorize()

    def test_grant_of_a_role(self):
        self._grant(user_ids=[Command.clear()], group_id=self.technical.id)
        rma = self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            rma.action_authorize()
        self.branch.group_ids += self.technical
        rma.action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_group_has_no_limit_and_is_listed_too(self):
        self._grant(amount_limit=1)
        self.branch.group_ids += self.env.ref("reverse_logistics.group_combined_duties")
        rma = self._asked(5)
        rma.action_authorize()
        self.assertFalse(self._used(rma).grant_id)
        self.assertEqual(self._used(rma).amount, 500)

    def test_amount_of_a_credit_is_the_credit(self):
        self._grant("inspector", "releaser")
        rma = self._received_by_branch()
        settlement = rma.settlement_ids
        settlement.line_ids.deduction = 40
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        settlement.with_user(self.branch).action_release()
        self.assertEqual(self._used(rma).amount, 60)

    def test_approvals_of_gates_count_as_well(self):
        self._rule("authorization")
        rma = self._asked()
        with self.assertRaisesRegex(UserError, OWN):
            self._approve(self.branch, rma)
        self._grant()
        self._approve(self.branch, rma)
        self.assertTrue(rma.sudo().approval_ids.vote_ids.combined_duties)
        self.assertTrue(self._events(rma.sudo())[-1].data["combined_duties"])
        self.assertEqual(len(self._used(rma)), 1)

    # ------------------------------------------------------------------
    # Review
    # ------------------------------------------------------------------
    def test_uses_are_reviewed_by_somebody_else(self):
        boss = self._create_user("administrator", "combined_duties", login="boss")
        rma = self._draft(self.line).with_user(boss)
        rma.action_request()
        rma.action_authorize()
        use = self._used(rma)
        with self.assertRaisesRegex(UserError, "somebody else has to look"):
            use.with_user(boss).action_review()
        with self.assertRaisesRegex(AccessError, "by auditors and administrators"):
            self._as("approver", use).action_review()
        self._rpc(
            self.users["auditor"], use._name, "action_review", use.ids, "Was urgent."
        )
        self.assertEqual(
            (use.state, use.reviewed_by_id, use.review_note),
            ("reviewed", self.users["auditor"], "Was urgent."),
        )
        for method, values in (("write", {"state": "open"}), ("unlink", None)):
            args = (values,) if values else ()
            with self.assertRaisesRegex((UserError, AccessError), "directly|allowed"):
                self._rpc(boss, use._name, method, use.ids, *args)

    @mute_logger("odoo.sql_db")
    def test_grants_that_make_no_sense(self):
        with self.assertRaisesRegex(ValidationError, "at least two duties"):
            self._grant("service")
        with self.assertRaisesRegex(ValidationError, "at least two duties"):
            self._grant("service", "administrator")
        with self.assertRaisesRegex(ValidationError, "Say who may combine"):
            self._grant(user_ids=[Command.clear()])
        with self.assertRaisesRegex(Exception, "reverse_combined_duty_limits"):
            self._grant(daily_limit=-1)
        grant = self._grant()
        self._asked().action_authorize()
        with self.assertRaisesRegex(Exception, "reverse_combined_duty_use"):
            grant.unlink()
        self.assertTrue(grant.exists())

    def test_grant_is_entered_in_its_form(self):
        form = Form(
            self.env["reverse.combined.duty"].with_user(self.users["administrator"])
        )
        form.name = "South"
        form.user_ids.add(self.branch)
        for role in ("service", "approver"):
            form.role_ids.add(self.env.ref(f"reverse_logistics.group_{role}"))
        form.daily_limit = 500
        grant = form.save()
        self.assertEqual(grant.company_id, self.company)
        self._asked().action_authorize()
        self.assertEqual(grant.use_ids.amount, 100)

    def test_days_are_the_company_s(self):
        self.company.reverse_tz = "Asia/Tokyo"
        self._grant()
        rma = self._asked()
        with freeze_time("2030-03-06 20:00:00"):
            rma.action_authorize()
        self.assertEqual(
            self._used(rma).day,
            fields.Date.to_date("2030-03-06") + timedelta(1),
        )
