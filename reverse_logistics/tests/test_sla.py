"""Deadlines per stage: which rule applies, until when, and what happens after it."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ReturnsCommon

#: a Wednesday
NOW = datetime(2030, 3, 6, 10, 0)


@tagged("post_install", "-at_install")
class TestSla(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(20)
        cls.rules = cls.env["reverse.sla.rule"]
        cls.rules.search([]).active = False
        cls.env["reverse.policy"].search([]).authorize = False
        cls.approver = cls.env.ref("reverse_logistics.group_approver")
        cls.administrator = cls.env.ref("reverse_logistics.group_administrator")
        cls.shop = cls.env.ref("reverse_logistics.channel_shop")

    @classmethod
    def _rule(cls, limit=2.0, **values):
        return cls.rules.create(
            {
                "name": f"Within {limit}",
                "stage": "requested",
                "limit": limit,
                "working_time": False,
                **values,
            }
        )

    def _wait(self, days, moment=None):
        """Let the scheduled check run later; it commits what it has done."""
        later = (moment or fields.Datetime.now()) + timedelta(days=days)
        with (
            freeze_time(later),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
        ):
            self.env["reverse.rma"]._cron_check_sla()

    def _breaches(self, rma):
        return rma.exception_ids.filtered(lambda e: e.type == "sla_breach")

    # ------------------------------------------------------------------
    # The clock
    # ------------------------------------------------------------------
    def test_stage_starts_the_clock(self):
        self._rule(limit=5, unit="hours", stage="requested")
        with freeze_time(NOW):
            rma = self._requested(self.line)
        self.assertEqual((rma.stage, rma.stage_since), ("requested", NOW))
        self.assertEqual(rma.sla_deadline, NOW + timedelta(hours=5))
        self.assertIn("“Within 5” is the only rule", rma.sla_explanation)
        with freeze_time(NOW + timedelta(hours=1)):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.stage_since, NOW + timedelta(hours=1))
        self.assertFalse(rma.sla_deadline, "no rule for the next stage")
        self.assertFalse(rma.sla_rule_id)

    def test_without_rules_nothing_is_late(self):
        rma = self._requested(self.line)
        self._wait(days=365)
        self.assertFalse(rma.sla_deadline)
        self.assertFalse(rma.exception_ids)

    def test_working_time_leaves_out_nights_and_weekends(self):
        calendar = self.company.resource_calendar_id
        self.assertEqual(calendar.hours_per_day, 8)
        calendar.tz = "UTC"
        plan = self.company._plan_reverse_time
        friday = datetime(2030, 3, 8, 15, 0)
        self.assertEqual(plan(friday, 4, "hours", False), datetime(2030, 3, 8, 19, 0))
        late = plan(friday, 4, "hours", True)
        self.assertEqual(late.date().isoformat(), "2030-03-11")
        self.assertEqual(plan(friday, 2, "days", False), datetime(2030, 3, 10, 15, 0))
        self.assertEqual(plan(friday, 2, "days", True).date().isoformat(), "2030-03-12")
        self.company.resource_calendar_id = False
        self.assertEqual(plan(friday, 4, "hours", True), datetime(2030, 3, 8, 19, 0))

    def test_overdue_is_found(self):
        self._rule()
        rma = self._requested(self.line)
        ours = [("id", "in", rma.ids)]
        late = [*ours, ("sla_overdue", "=", True)]
        self.assertFalse(rma.search(late))
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            rma.invalidate_recordset()
            self.assertTrue(rma.sla_overdue)
            self.assertEqual(rma.search(late), rma)
            self.assertFalse(rma.search([*ours, ("sla_overdue", "=", False)]))

    def test_clock_is_not_set_by_hand(self):
        rma = self._requested(self.line)
        for name in ("stage_since", "sla_deadline", "sla_escalation"):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                rma.write({name: NOW})
        with self.assertRaisesRegex(UserError, "Deadline Missed cannot be set"):
            rma.write({"sla_breached": True})
        self.assertFalse(rma.sla_deadline)

    # ------------------------------------------------------------------
    # Waiting too long
    # ------------------------------------------------------------------
    def test_late_return_becomes_an_exception_once(self):
        self._rule()
        rma, other = self._requested(self.line), self._requested(self.line, 2)
        self._wait(days=1)
        self.assertFalse(self._breaches(rma | other))
        self._wait(days=3)
        self._wait(days=4)
        breach = self._breaches(rma)
        self.assertEqual(len(breach), 1)
        self.assertEqual(len(self._breaches(other)), 1)
        self.assertEqual(breach.owner_group_id, self.approver)
        self.assertEqual(breach.sla_stage, "requested")
        self.assertIn("“Requested” for longer than agreed", breach.explanation)
        self.assertEqual((breach.value, self._breaches(other).value), (100.0, 200.0))
        self.assertEqual(breach.activity_id.res_id, rma.id)
        self.assertIn("ExceptionRaised", self._events(rma).mapped("name"))

    def test_owner_follows_the_stage(self):
        for stage, role in (("authorized", "service"), ("received", "inspector")):
            self._rule(stage=stage)
            rma = self._requested(self.line)
            self._as("approver", rma).action_authorize()
            if stage == "received":
                self._receive(rma)
            self._wait(days=3)
            self.assertEqual(
                self._breaches(rma).owner_group_id,
                self.env.ref(f"reverse_logistics.group_{role}"),
            )
            self.assertEqual(self._breaches(rma).sla_stage, stage)

    def test_breach_ends_when_the_return_moves_on(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._breaches(rma)
        self._as("approver", rma).action_authorize()
        self.assertEqual((breach.state, breach.resolution), ("resolved", "moved_on"))
        self.assertEqual(breach.resolution_label, "The return moved on")
        self.assertFalse(breach.activity_id.active)
        self.assertFalse(rma.sla_breached)

    def test_breach_ends_with_a_rejection(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        self._as("approver", rma).action_reject("Not ours")
        self.assertEqual(self._breaches(rma).state, "resolved")
        self.assertEqual(rma.state, "rejected")

    def test_each_stage_has_its_own_breach(self):
        self._rule()
        self._rule(stage="authorized")
        rma = self._requested(self.line)
        self._wait(days=3)
        self._as("approver", rma).action_authorize()
        self._wait(days=6)
        breaches = self._breaches(rma).sorted("id")
        self.assertEqual(breaches.mapped("sla_stage"), ["requested", "authorized"])
        self.assertEqual(breaches.mapped("state"), ["resolved", "open"])

    def test_check_costs_the_same_for_more_returns(self):
        self._rule()

        def cost(count):
            rmas = self.env["reverse.rma"].concat(
                *(self._requested(self.line) for _number in range(count))
            )
            self.env.flush_all()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._wait(days=3)
            self.env.cr.flush()
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(self._breaches(rmas)), count)
            return spent

        cost(1)
        few, many = cost(2), cost(8)
        self.assertLessEqual(many, few + 1, "a query per return would be six more")

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------
    def _escalating(self, **values):
        return self._rule(
            escalation_limit=5, escalation_group_id=self.administrator.id, **values
        )

    def test_nobody_looks(self):
        self._escalating(escalation_user_id=self.users["administrator"].id)
        start = fields.Datetime.now()
        rma = self._requested(self.line)
        self._wait(days=3, moment=start)
        breach = self._breaches(rma)
        first = breach.activity_id
        self._wait(days=4, moment=start)
        self.assertEqual(breach.owner_group_id, self.approver)
        self._wait(days=6, moment=start)
        self.assertEqual(breach.owner_group_id, self.administrator)
        self.assertEqual(breach.user_id, self.users["administrator"])
        self.assertFalse(first.active)
        self.assertEqual(breach.activity_id.user_id, self.users["administrator"])
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ExceptionEscalated")
        self.assertEqual(event.data["role"], "reverse_logistics.group_administrator")
        self._wait(days=7, moment=start)
        names = self._events(rma).mapped("name")
        self.assertEqual(names.count("ExceptionEscalated"), 1)

    def test_escalated_exception_belongs_to_the_next_role(self):
        self._escalating()
        start = fields.Datetime.now()
        rma = self._requested(self.line)
        self._wait(days=3, moment=start)
        self._wait(days=6, moment=start)
        breach = self._breaches(rma)
        later = fields.Datetime.now() + timedelta(days=9)
        with self.assertRaisesRegex(UserError, "belongs to the role “Administrator”"):
            self._as("approver", breach).action_extend(later, "Away")
        self.assertTrue(self._as("administrator", breach).is_mine)
        self.assertFalse(self._as("approver", breach).is_mine)
        self._as("administrator", breach).action_extend(later, "Away")
        self.assertEqual(breach.state, "resolved")

    # ------------------------------------------------------------------
    # Extension
    # ------------------------------------------------------------------
    def test_extension_moves_deadline_and_escalation(self):
        self._escalating()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._as("approver", self._breaches(rma))
        action = breach.action_open_extension()
        later = fields.Datetime.now() + timedelta(days=10)
        wizard = Form(
            self._as("approver", self.env[action["res_model"]]).with_context(
                action["context"]
            )
        )
        wizard.deadline = later
        wizard.reason = "The customer is away"
        wizard.save().action_extend()
        self.assertEqual(rma.sla_deadline, later)
        self.assertEqual(rma.sla_escalation, later + timedelta(days=3))
        self.assertEqual((breach.state, breach.resolution), ("resolved", "extend"))
        self.assertIn("The customer is away", "".join(rma.message_ids.mapped("body")))
        event = self._events(rma).filtered(lambda e: e.name == "DeadlineExtended")
        self.assertNotIn("customer is away", str(event.data))
        self._wait(days=9)
        self.assertEqual(len(self._breaches(rma)), 1)
        self._wait(days=11)
        self.assertEqual(len(self._breaches(rma)), 2, "late again")

    def test_extension_needs_role_reason_and_future(self):
        self._rule()
        rma = self._requested(self.line)
        self._wait(days=3)
        breach = self._breaches(rma)
        later = fields.Datetime.now() + timedelta(days=10)
        for role in ("service", "auditor"):
            with self.assertRaisesRegex(UserError, "belongs to the role “Approver”"):
                self._as(role, breach).action_extend(later, "Away")
        own = self._as("approver", breach)
        with self.assertRaisesRegex(UserError, "must be in the future"):
            own.action_extend(fields.Datetime.now() - timedelta(days=1), "Away")
        with self.assertRaisesRegex(UserError, "Say why the return has to wait"):
            own.action_extend(later, "  ")
        self.assertEqual(breach.state, "open")

    # ------------------------------------------------------------------
    # Which rule
    # ------------------------------------------------------------------
    def _deadline(self, **rma):
        """Days that a new request may wait."""
        with freeze_time(NOW):
            record = self._requested(self.line, rma=rma)
        deadline = record.sla_deadline
        return deadline and (deadline - NOW).total_seconds() / 86400

    def test_channel_beats_the_general_rule(self):
        self._rule(9)
        self._rule(1, channel_ids=self.shop.ids)
        self.assertEqual(self._deadline(), 9)
        self.assertEqual(self._deadline(channel_id=self.shop.id), 1)

    def test_rule_says_why_it_won(self):
        self._rule(9)
        self._rule(1, channel_ids=self.shop.ids)
        rma = self._requested(self.line, rma={"channel_id": self.shop.id})
        self.assertEqual(
            rma.sla_explanation,
            "“Within 1” is more specific than “Within 9” about: Channels.",
        )
        self.assertEqual(rma.sla_rule_id.limit, 1)

    def test_every_condition_fits_what_it_names(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        colour = self.env["product.tag"].create({"name": "Fragile"})
        reason = self.env.ref("reverse_logistics.reason_other")
        self.customer.write(
            {"category_id": tag.ids, "country_id": self.env.ref("base.be").id}
        )
        self.product.product_tag_ids = colour
        child = self.product.categ_id
        child.parent_id = self.env["product.category"].create({"name": "All kinds"})
        conditions = {
            "company_id": self.company.id,
            "partner_ids": self.customer.ids,
            "partner_tag_ids": tag.ids,
            "country_ids": self.env.ref("base.be").ids,
            "product_ids": self.product.ids,
            "product_tag_ids": colour.ids,
            "category_ids": child.parent_id.ids,
            "channel_ids": self.shop.ids,
            "facility_ids": self.facility.ids,
            "reason_ids": reason.ids,
            "value_from": 100.0,
            "value_to": 100.01,
            "date_from": NOW.date(),
            "date_to": NOW.date(),
        }
        misses = {
            "company_id": self.env["res.company"].create({"name": "Elsewhere"}).id,
            "partner_ids": self.stranger.ids,
            "partner_tag_ids": self.env["res.partner.category"]
            .create({"name": "Silver"})
            .ids,
            "country_ids": self.env.ref("base.fr").ids,
            "product_ids": self.lot_product.ids,
            "product_tag_ids": self.env["product.tag"].create({"name": "Heavy"}).ids,
            "category_ids": self.env["product.category"].create({"name": "Food"}).ids,
            "channel_ids": self.env.ref("reverse_logistics.channel_b2b").ids,
            "reason_ids": self.env.ref("reverse_logistics.reason_late").ids,
            "value_from": 100.01,
            "value_to": 100.0,
            "date_from": NOW.date() + timedelta(days=1),
            "date_to": NOW.date() - timedelta(days=1),
        }
        with freeze_time(NOW):
            rma = self._draft(
                self.line, rma={"channel_id": self.shop.id}, reason_id=reason.id
            )
            for facts in (rma._get_rule_facts(), rma.line_ids._get_rule_facts()):
                for name, value in conditions.items():
                    with self.subTest(fits=name):
                        rule = self._rule(1, **{name: value})
                        self.assertEqual(self._found(facts), rule)
                        rule.active = False
                for name, value in misses.items():
                    with self.subTest(misses=name):
                        rule = self._rule(1, **{name: value})
                        self.assertFalse(self._found(facts))
                        rule.active = False

    def _found(self, facts):
        ((rule, _why),) = self.rules._match(facts, "requested").values()
        return rule

    def test_parent_company_s_rule_applies_to_branches(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        own = self._rule(3, company_id=self.company.id)
        shared = self._rule(7)
        compiled = self.rules._compile_rules(branch.id)["requested"]
        self.assertEqual({rule.id for rule in compiled}, set((own | shared).ids))
        self.assertEqual(self._deadline(), 3)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        compiled = self.rules._compile_rules(other.id)["requested"]
        self.assertEqual([rule.id for rule in compiled], shared.ids)

    def test_changed_rules_apply_at_once(self):
        rule = self._rule(9)
        self.assertEqual(self._deadline(), 9)
        rule.limit = 4
        self.assertEqual(self._deadline(), 4)
        rule.channel_ids = self.shop
        self.assertFalse(self._deadline())
        rule.unlink()
        self._rule(2)
        self.assertEqual(self._deadline(), 2)

    def test_facts_cost_the_same_for_more_returns(self):
        rmas = self.env["reverse.rma"].concat(
            *(self._draft(self.line) for _number in range(6))
        )

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(records._get_rule_facts()), len(records))
            return self.env.cr.sql_log_count - before

        cost(rmas)
        few = self.env["reverse.rma"].browse(rmas[:2].ids)
        self.assertEqual(cost(few), cost(rmas))
        self.assertEqual(
            cost(self.env["reverse.rma.line"].browse(rmas[:2].line_ids.ids)),
            cost(self.env["reverse.rma.line"].browse(rmas.line_ids.ids)),
        )

    # ------------------------------------------------------------------
    # An emptied condition never fits everything
    # ------------------------------------------------------------------
    def test_what_a_rule_names_cannot_be_deleted(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        colour = self.env["product.tag"].create({"name": "Fragile"})
        named = {
            "partner_ids": self.stranger,
            "partner_tag_ids": tag,
            "product_ids": self.lot_product,
            "product_tag_ids": colour,
            "category_ids": self.env["product.category"].create({"name": "Food"}),
            "reason_ids": self.env["reverse.reason"].create(
                {"name": "Bored", "code": "BORED"}
            ),
            "channel_ids": self.env["reverse.channel"].create(
                {"name": "Fair", "code": "FAIR"}
            ),
        }
        rule = self._rule(1, **{name: records.ids for name, records in named.items()})
        for name, records in named.items():
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(
                    (ForeignKeyViolation, UserError), "sla_rule|cannot|required"
                ),
            ):
                records.unlink()
            self.assertEqual(rule[name], records)

    def test_archived_condition_still_counts_and_is_reported(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self.customer.category_id = tag
        rule = self._rule(1, partner_tag_ids=tag.ids)
        self.assertFalse(rule.archived_note)
        tag.active = False
        self.env.invalidate_all()
        self.assertEqual(rule.partner_tag_ids, tag)
        self.assertEqual(self._deadline(), 1)
        self.customer.category_id = [Command.unlink(tag.id)]
        self.assertFalse(self._deadline(), "and it does not fit everybody")
        self.assertIn("Archived, and still a condition", rule.archived_note)
        self.assertIn("Gold", rule.archived_note)

    # ------------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------------
    def test_contradictions_are_refused(self):
        for values in (
            {"limit": 0},
            {"limit": 3, "escalation_limit": 2},
            {"value_from": 9, "value_to": 8},
            {"date_from": "2030-01-02", "date_to": "2030-01-01"},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(CheckViolation, "reverse_sla_rule"),
            ):
                self._rule(**values)
        with self.assertRaisesRegex(ValidationError, "Name the role that"):
            self._rule(escalation_limit=9)
        with self.assertRaisesRegex(ValidationError, "is no role of returns"):
            self._rule(escalation_group_id=self.env.ref("base.group_user").id)
        with self.assertRaisesRegex(ValidationError, "does not have the role"):
            self._escalating(escalation_user_id=self.users["service"].id)

    def test_conditions_that_never_fit_are_refused(self):
        contact = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.customer.id}
        )
        with self.assertRaisesRegex(ValidationError, "name the customer itself"):
            self._rule(partner_ids=contact.ids)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        product = self._create_product("Foreign", company_id=other.id)
        with self.assertRaisesRegex(ValidationError, "belongs to Elsewhere"):
            self._rule(company_id=self.company.id, product_ids=product.ids)
        self.assertTrue(self._rule(product_ids=product.ids))

    def test_rules_are_the_administrator_s(self):
        rule = self._rule()
        for role in ("service", "approver", "auditor"):
            self.assertEqual(self._as(role, rule).limit, 2)
            with self.assertRaisesRegex(AccessError, "not allowed to modify"):
                self._as(role, rule).limit = 99
        self._as("administrator", rule).limit = 3
        self.assertEqual(rule.limit, 3)

    def test_rules_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        rule = self._rule(company_id=other.id)
        shared = self._rule()
        seen = self._as("administrator", self.rules).search([])
        self.assertNotIn(rule, seen)
        self.assertIn(shared, seen)

    def test_shipped_rules_are_proposals(self):
        shipped = self.env.ref("reverse_logistics.sla_requested")
        self.assertFalse(shipped.active)
        self.assertGreater(shipped.limit, 0)
