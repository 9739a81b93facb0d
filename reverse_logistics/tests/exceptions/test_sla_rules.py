"""Deadlines per stage: which rule applies, and how rules are kept."""

from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sla_common import NOW, SlaCase


@tagged("post_install", "-at_install")
class TestSlaRules(SlaCase):
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
        line = self._sell(1)  # goods are what they were when they were sold
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
                line, rma={"channel_id": self.shop.id}, reason_id=reason.id
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
        self.assertEqual({rule.id for rule in compiled.rules}, set((own | shared).ids))
        self.assertEqual(self._deadline(), 3)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        compiled = self.rules._compile_rules(other.id)["requested"]
        self.assertEqual([rule.id for rule in compiled.rules], shared.ids)

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
            with self.assertRaisesRegex(
                UserError, "is a condition of the rule “Within 1” .*cannot be deleted"
            ):
                records.unlink()
            self.assertEqual(rule[name], records)

    def test_what_would_be_deleted_along_is_kept(self):
        child = self.env["product.category"].create(
            {"name": "Food", "parent_id": self.product.categ_id.id}
        )
        self._rule(1, category_ids=child.ids, product_ids=self.lot_product.ids)
        child.parent_id = parent = child.parent_id.copy({"name": "All"})
        with self.assertRaisesRegex(UserError, "Food is a condition"):
            parent.unlink()
        with self.assertRaisesRegex(UserError, "Paint is a condition"):
            self.lot_product.product_tmpl_id.unlink()
        self.assertTrue(child.exists() and self.lot_product.exists())

    def test_the_database_keeps_it_too(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self._rule(1, partner_tag_ids=tag.ids)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(ForeignKeyViolation, "sla_rule"),
        ):
            self.env.cr.execute(
                "DELETE FROM res_partner_category WHERE id = %s", (tag.id,)
            )

    def test_archived_condition_still_counts_and_is_reported(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self.customer.category_id = tag
        rule = self._rule(1, partner_tag_ids=tag.ids)
        self.assertFalse(rule.archived_note)
        tag.active = False
        self.env.invalidate_all()
        self.assertEqual(rule.partner_tag_ids, tag)
        self.assertEqual(self._deadline(), 1)
        archived_too = self.customer.with_context(active_test=False)
        archived_too.category_id = [Command.unlink(tag.id)]
        self.assertFalse(self._deadline(), "and it does not fit everybody")
        self.assertIn("Archived, but still a condition", rule.archived_note)
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
        with self.assertRaisesRegex(ValidationError, "is not a role of returns"):
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
