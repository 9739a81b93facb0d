"""Versions of a policy: when each decides, that it stays as it was, and for whom."""

import json
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...engine import snapshot
from ..versions_common import VersionsCase


@tagged("post_install", "-at_install")
class TestVersionDays(VersionsCase):
    """Which version is in force on a day, and for which company."""

    def _at(self, day):
        return freeze_time(datetime.combine(day, datetime.min.time()).replace(hour=12))

    def _archive_over(self):
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            self.env["reverse.policy.version"]._cron_archive()

    def test_activated_now(self):
        draft = self._draft_version()
        draft.action_activate()
        self.assertEqual(self._in_force(), draft)
        self.assertEqual((draft.state, draft.date_from), ("active", self.today))
        self.assertEqual(draft.activated_by_id, self.administrator)
        # it was put in force today, too
        self.assertEqual(
            (self.shared.state, self.shared.date_to), ("archived", self.today)
        )

    def test_the_one_before_ends_the_day_before(self):
        draft = self._draft_version(date_from=self._day(10))
        draft.action_activate()
        self.assertEqual(self._in_force(), self.shared)
        self.assertEqual(
            (self.shared.state, self.shared.date_to), ("active", self._day(9))
        )
        with self._at(self._day(9)):
            self._archive_over()
            self.assertEqual(self._in_force(), self.shared)
        with self._at(self._day(10)):
            self.assertEqual(self._in_force(), draft)
            self.assertEqual(self.shared.state, "active")
            self._archive_over()
            self.assertEqual(self.shared.state, "archived")
            self.assertEqual(self._in_force(), draft)

    def test_no_two_versions_for_one_day(self):
        later = self._draft_version(date_from=self._day(10))
        later.action_activate()
        for days in (0, 5, 10):
            draft = self._draft_version(date_from=days and self._day(days))
            with self.assertRaisesRegex(UserError, "version 2 is to be in force from"):
                draft.action_activate()
        after = self._draft_version(date_from=self._day(11))
        after.action_activate()
        self.assertEqual(later.date_to, self._day(10))
        for days in range(9, 13):
            with self._at(self._day(days)):
                active = self.shared.policy_id.version_ids.filtered(
                    lambda v, days=days: v._is_in_force(self._day(days))
                )
                self.assertEqual(len(active), 1, days)

    def test_no_day_of_the_past(self):
        draft = self._draft_version(date_from=self._day(-1))
        with self.assertRaisesRegex(UserError, "cannot take effect on a past day"):
            draft.action_activate()

    def test_one_that_has_not_begun_leaves_the_other_in_force(self):
        later = self._draft_version(date_from=self._day(10))
        later.action_activate()
        later.action_archive_version()
        self.assertEqual((later.state, later.date_to), ("archived", False))
        self.assertEqual((self.shared.state, self.shared.date_to), ("active", False))
        with self._at(self._day(20)):
            self.assertEqual(self._in_force(), self.shared)

    def test_archived_leaves_persons_deciding(self):
        self.shared.with_user(self.administrator).action_archive_version()
        self.assertEqual(self.shared.date_to, self.today)
        _line, delivery = self._sold(quantity=1)
        line = self._requested(delivery).line_ids
        self.assertEqual((line.decision, line.decision_code), ("review", "no_rule"))
        self.assertFalse(line.policy_version_id)

    def test_an_archived_version_stays_archived(self):
        self.shared.with_user(self.administrator).action_archive_version()
        with self.assertRaisesRegex(UserError, "is Archived and can no longer be"):
            self.shared.with_user(self.administrator).action_activate()

    def test_a_shared_version_ends_where_each_company_is(self):
        """What begins in Kiribati leaves Hawaii the version of the day before."""
        west = self.env["res.company"].create({"name": "West"})
        west.reverse_tz = "Pacific/Honolulu"
        self.company.reverse_tz = "Pacific/Kiritimati"
        with freeze_time("2031-05-10 11:00:00"):
            draft = self._draft_version()
            draft.action_activate()
            self.assertEqual(str(draft.date_from), "2031-05-11")
            self.assertEqual(self._in_force(self.company), draft)
            self.assertEqual(self._in_force(west), self.shared)
            self._archive_over()
            self.assertEqual(self._in_force(west), self.shared)
        with freeze_time("2031-05-11 09:59:00"):
            self.assertEqual(self._in_force(west), self.shared)
        with freeze_time("2031-05-11 10:01:00"):
            self.assertEqual(self._in_force(west), draft)
            self._archive_over()
        self.assertEqual(self.shared.state, "archived")

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------
    def test_own_before_parent_before_shared(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.assertEqual(self._in_force(branch), self.shared)
        parent = self._own_policy()
        self.assertEqual(self._in_force(branch), self.shared, "nothing but a draft")
        parent.version_ids._activate(self.env.user)
        self.assertEqual(self._in_force(branch), parent.version_ids)
        self.assertEqual(self._in_force(), parent.version_ids)
        own = self._own_policy(branch)
        own.version_ids._activate(self.env.user)
        self.assertEqual(self._in_force(branch), own.version_ids)
        self.assertEqual(self._in_force(), parent.version_ids)

    def test_a_branch_reads_its_parent_s_policy(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        local = self._create_user(
            "administrator",
            login="local",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        version = self._own_policy().version_ids
        version._activate(self.env.user)
        draft = version.copy()

        def as_local(records):
            context = {"allowed_company_ids": branch.ids}
            return records.with_user(local).with_context(**context)

        self.assertEqual(as_local(draft).rule_ids.name, "Everything")
        for change in (
            as_local(draft).action_activate,
            as_local(version).action_archive_version,
            as_local(version).action_new_version,
            lambda: as_local(draft).write({"note": "Ours"}),
            lambda: as_local(draft.rule_ids).write({"window_days": 99}),
            as_local(draft.rule_ids).unlink,
            as_local(draft.policy_id).action_archive,
        ):
            with self.assertRaisesRegex(
                AccessError, "doesn't have '(write|create|unlink)'"
            ):
                change()
        as_local(self._draft_version()).note = "Shared by all"
        own = self._own_policy(branch).version_ids
        as_local(own).action_activate()
        self.assertEqual(self._in_force(branch), own)

    def test_one_taken_out_of_force_lets_no_other_policy_in(self):
        own = self._own_policy()
        own.version_ids.date_from = self._day(3)
        own.version_ids._activate(self.env.user)
        self.assertEqual(self._in_force(), self.shared, "it has not begun")
        with self._at(self._day(3)):
            self.assertEqual(self._in_force(), own.version_ids)
            own.version_ids.with_user(self.administrator).action_archive_version()
            self.assertFalse(self._in_force())
            own.active = False
            self.assertEqual(self._in_force(), self.shared)

    def test_restoring_a_policy_puts_nothing_in_force(self):
        own = self._own_policy()
        own.version_ids._activate(self.env.user)
        own.action_archive()
        self.assertEqual(own.version_ids.state, "archived")
        self.assertEqual(self._in_force(), self.shared)
        draft = own.version_ids.with_user(self.administrator).copy()
        with self.assertRaisesRegex(UserError, "Own policy is archived and decides"):
            draft.action_activate()
        own.action_unarchive()
        self.assertFalse(self._in_force())
        draft.action_activate()
        self.assertEqual(self._in_force(), draft)

    def test_what_has_decided_stays_where_it_was(self):
        policy = self._own_policy()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        policy.company_id = other
        policy.company_id = self.company
        policy.version_ids._activate(self.env.user)
        with self.assertRaisesRegex(UserError, "stays with its company"):
            policy.company_id = other
        with self.assertRaisesRegex(UserError, "archive it instead"):
            policy.unlink()

    def test_what_was_in_force_on_days_of_the_past(self):
        first = self.shared
        with self._at(self._day(10)):
            second = self._draft_version()
            second.action_activate()
        with self._at(self._day(20)):
            never = self._draft_version(date_from=self._day(25))
            never.action_activate()
            never.action_archive_version()
            second.with_user(self.administrator).action_archive_version()
        days = [self._day(days) for days in (-1, 0, 9, 10, 20, 21, 26)]
        found = self.env["reverse.policy.version"]._get_at(self.company, days)
        none = self.versions.browse()
        self.assertEqual(
            [found[day] for day in days],
            [none, first, first, second, second, none, none],
        )


@tagged("post_install", "-at_install")
class TestFrozenVersions(VersionsCase):
    """A version that is, or was, in force is what it was when it was activated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls._draft_version(
            rules=[
                {"name": "Everything", "window_days": 30},
                {
                    "name": "Electronics",
                    "window_days": 14,
                    "category_ids": [Command.set(cls.category.ids)],
                },
            ]
        )
        cls.version.action_activate()
        cls.everything, cls.electronics = cls.version.rule_ids

    def _assert_frozen(self, attack, *args):
        """No way that ``attack`` takes changes what is in force."""
        text = self.version.snapshot
        with self.assertRaisesRegex(UserError, "is Active and can no longer be"):
            attack(*args)
            self.env.flush_all()
        self.assertEqual(self.version._make_snapshot(), text)
        self.assertEqual(self.version.snapshot, text)

    def test_rules_cannot_be_changed(self):
        rule = self.electronics
        for vals in (
            {"window_days": 99},
            {"active": False},
            {"category_ids": [Command.clear()]},
            {"category_ids": [Command.unlink(self.category.id)]},
            {"product_tag_ids": [Command.link(self.tag.id)]},
            {"product_tag_ids": [Command.create({"name": "New"})]},
            {"version_id": self._draft_version().id},
        ):
            self._assert_frozen(rule.write, vals)
            self._assert_frozen(rule.sudo().write, vals)
            self._assert_frozen(
                self._rpc,
                self.administrator,
                rule._name,
                "write",
                rule.ids,
                vals,
            )
        self._assert_frozen(rule.action_archive)
        self._assert_frozen(rule.unlink)
        self._assert_frozen(rule.copy)
        self._assert_frozen(rule.update_field_translations, "name", {"en_US": "X"})

    def test_rules_cannot_be_added(self):
        rules = self.env["reverse.policy.rule"].with_user(self.administrator)
        vals = {"name": "More", "version_id": self.version.id}
        self._assert_frozen(rules.create, vals)
        self._assert_frozen(
            self._rpc, self.administrator, rules._name, "create", [vals]
        )
        moved = self._draft_version().rule_ids
        self._assert_frozen(moved.write, {"version_id": self.version.id})

    def test_nor_by_import(self):
        rules = self.env["reverse.policy.rule"].with_user(self.administrator)
        text = self.version.snapshot
        for fields, row in (
            (["name", "version_id/.id"], ["More", str(self.version.id)]),
            ([".id", "window_days"], [str(self.electronics.id), "99"]),
        ):
            messages = rules.load(fields, [row])["messages"]
            self.assertRegex(messages[0]["message"], "is Active and can no longer be")
        self.env.flush_all()
        self.assertEqual(self.version._make_snapshot(), text)

    def test_the_version_cannot_be_changed(self):
        version = self.version
        for vals in (
            {"date_from": self._day(5)},
            {"validity_days": 1},
            {"allocation": "oldest"},
            {"note": "Another story"},
            {"rule_ids": [Command.clear()]},
            {"rule_ids": [Command.create({"name": "More"})]},
            {"rule_ids": [Command.update(self.electronics.id, {"window_days": 99})]},
        ):
            self._assert_frozen(version.write, vals)
            self._assert_frozen(
                self._rpc, self.administrator, version._name, "write", version.ids, vals
            )
        self._assert_frozen(version.unlink)
        for name, value in (
            ("snapshot", "{}"),
            ("snapshot_hash", ""),
            ("state", "draft"),
            ("number", 9),
            ("date_to", self.today),
            ("policy_id", self._own_policy().id),
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(
                    self.administrator,
                    version._name,
                    "write",
                    version.ids,
                    {name: value},
                )

    def test_what_a_rule_names_cannot_go(self):
        product = self._create_product("Radio")
        draft = self._draft_version(
            rules=[{"name": "Radios", "product_ids": [Command.set(product.ids)]}]
        )
        draft.action_activate()
        product.action_archive()
        rule = draft._get_rules("policy").ruleset.rules[0]
        self.assertEqual(rule.allowed["product"], frozenset(product.ids))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "reverse_policy_rule|Radios"),
        ):
            product.unlink()
            self.env.flush_all()

    def test_only_administrators_activate(self):
        draft = self._draft_version()
        for role in ("service", "approver", "auditor"):
            with self.assertRaisesRegex(AccessError, "“Administrator”"):
                self._as(role, draft).action_activate()
            with self.assertRaises(AccessError):
                self._as(role, draft).rule_ids.write({"window_days": 1})

    # ------------------------------------------------------------------
    # What is frozen
    # ------------------------------------------------------------------
    def test_the_snapshot_is_hashed(self):
        document = json.loads(self.version.snapshot)
        self.assertEqual(
            self.version.snapshot_hash, snapshot.digest(self.version.snapshot)
        )
        self.assertEqual(document["settings"]["validity_days"], 60)
        names = [rule["name"] for rule in document["rules"]["policy"]]
        self.assertEqual(names, ["Everything", "Electronics"])
        self.assertFalse(self.version.is_altered)

    def test_altered_in_the_database_it_decides_nothing(self):
        self.version.flush_recordset()
        self.env.cr.execute(
            "UPDATE reverse_policy_version SET snapshot = replace(snapshot, '14', '99')"
            " WHERE id = %s",
            [self.version.id],
        )
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self.assertTrue(self.version.is_altered)
        _line, delivery = self._sold(quantity=1)
        with self.assertLogs("odoo.addons.reverse_logistics", "ERROR"):
            line = self._requested(delivery).line_ids
        self.assertEqual((line.decision, line.decision_code), ("review", "no_rule"))

    def test_decisions_cite_rule_and_version(self):
        self.product.categ_id = self.category
        _line, delivery = self._sold(quantity=2)
        line = self._requested(delivery).line_ids
        self.assertEqual(line.policy_version_id, self.version)
        self.assertEqual(line.policy_rule_id, self.electronics)
        event = self._events(line.rma_id).filtered(
            lambda event: event.name == "ReturnAuthorized"
        )
        self.assertEqual(
            event.data["decider"],
            f"policy:{self.version.policy_id.id}:{self.version.number}",
        )
        after = self.version.copy()
        after.rule_ids.window_days = 1
        after.action_activate()
        self.assertEqual(line.policy_version_id, self.version)
        self.assertEqual(line.policy_rule_id.window_days, 14)

    def _credited_later(self, end):
        """Let a return be decided, end its version, and inspect the goods; give the
        settlement.
        """
        line = self._sell(1)
        rma = self._received(line)
        end()
        self._inspect(rma.inspection_ids)
        return rma.settlement_ids

    def assertCreditedBy(self, settlement, version):
        self.assertEqual(settlement.state, "released")
        self.assertEqual(settlement.policy_version_id, version)
        event = self._events(settlement.rma_id).filtered(
            lambda event: event.name == "CreditApproved"
        )
        self.assertEqual(
            event.data["decider"], f"policy:{version.policy_id.id}:{version.number}"
        )

    def test_the_version_that_decided_credits(self):
        settlement = self._credited_later(lambda: self.version.copy().action_activate())
        self.assertEqual(self._get_version().number, self.version.number + 1)
        self.assertCreditedBy(settlement, self.version)

    def test_a_version_out_of_force_keeps_what_it_promised(self):
        settlement = self._credited_later(self.version.action_archive_version)
        self.assertCreditedBy(settlement, self.version)

    def test_archived_rules_are_left_out_whoever_asks(self):
        draft = self.version.copy()
        draft.rule_ids.filtered(lambda r: r.name == "Electronics").active = False
        draft.with_context(active_test=False).action_activate()
        names = {r["name"] for r in json.loads(draft.snapshot)["rules"]["policy"]}
        self.assertEqual(names, {"Everything"})

    # ------------------------------------------------------------------
    # Copies
    # ------------------------------------------------------------------
    def test_a_colleague_s_draft_is_opened_only_on_purpose(self):
        policy = self.version.policy_id
        colleague = self._create_user("administrator", login="second-administrator")
        before = policy.version_ids
        action = policy.with_user(colleague).action_new_version()
        self.assertEqual(action["res_model"], "reverse.policy.version")
        draft = policy.version_ids - before
        draft.with_user(colleague).rule_ids[0].window_days = 3
        for source in (policy, self.version, draft):
            action = source.with_user(self.administrator).action_new_version()
            self.assertEqual(action["res_model"], "reverse.policy.draft.wizard")
            wizard = self.env[action["res_model"]].browse(action["res_id"])
            wizard = wizard.with_user(self.administrator)
            self.assertEqual(wizard.draft_id, draft)
            self.assertIn(f"is a draft that {colleague.name} started", wizard.whose)
            self.assertIn(f"{colleague.name} changed it last, on ", wizard.whose)
        self.assertEqual(wizard.action_open_draft()["res_id"], draft.id)
        self.assertEqual(policy.version_ids - before, draft, "nothing was made unasked")
        wizard.source_id = self.version
        other = wizard.action_start_another()["res_id"]
        self.assertEqual(
            self.versions.browse(other).rule_ids[0].window_days,
            self.version.rule_ids[0].window_days,
        )

    def test_a_copy_says_the_same(self):
        copy = self.version.copy()
        self.assertEqual((copy.state, copy.number), ("draft", self.version.number + 1))
        self.assertEqual(copy.origin_id, self.version)
        self.assertFalse(copy.snapshot or copy.date_from or copy.activated_by_id)
        for old, new in zip(self.version.rule_ids, copy.rule_ids, strict=True):
            self.assertNotEqual(old, new)
            self.assertEqual(
                {**old._get_document(), "id": 0}, {**new._get_document(), "id": 0}
            )

    def test_conditions_that_the_administrator_cannot_see_stay(self):
        """A copy or snapshot with one condition less would fit everything."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["product.product"].create(
            {"name": "Foreign", "company_id": other.id}
        )
        self.env.flush_all()
        rule = self._draft_version().rule_ids
        rule.sudo().product_ids = foreign
        self.env.invalidate_all()
        draft = rule.version_id
        self.assertFalse(draft.rule_ids.product_ids, "the administrator sees none")
        self.env.invalidate_all()
        copy = draft.copy()
        self.assertEqual(copy.sudo().rule_ids.product_ids, foreign)
        self.env.invalidate_all()
        copy.action_activate()
        compiled = copy._get_rules("policy").ruleset.rules
        self.assertEqual(compiled[0].allowed, {"product": frozenset(foreign.ids)})
        with self.assertRaises(AccessError):
            self._rpc(
                new_test_user(self.env, "nobody", "base.group_user"),
                "reverse.policy.rule",
                "copy_data",
                rule.ids,
            )

    def test_numbers_go_on(self):
        last = self.version.number
        self.assertEqual(self.version.copy().number, last + 1)
        self.assertEqual(self._draft_version().number, last + 2)
        both = self.versions.create(
            [
                {"policy_id": self.version.policy_id.id},
                {"policy_id": self._own_policy().id},
            ]
        )
        self.assertEqual(both.mapped("number"), [last + 3, 2])
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._draft_version(number=1)

    def test_a_version_without_rules(self):
        draft = self._draft_version()
        draft.rule_ids.unlink()
        with self.assertRaisesRegex(UserError, "has no rules: every return would wait"):
            draft.action_activate()


@tagged("post_install", "-at_install")
class TestConflicts(VersionsCase):
    """Rules that get into each other's way are named when they are saved."""

    def _electronics(self, name, **values):
        return {
            "name": name,
            "category_ids": [Command.set(self.category.ids)],
            **values,
        }

    def test_contradictory_rules_are_named_when_saved(self):
        draft = self._draft_version(
            rules=[
                self._electronics("Phones", window_days=14, value_to=500),
                self._electronics("Cameras", window_days=30, value_to=400),
            ]
        )
        self.assertEqual(
            draft.conflict_note,
            "“Cameras” never applies: “Phones” fits all of its goods and comes first.",
        )
        with self.assertRaisesRegex(
            UserError, "“Phones” and “Cameras” say different things .* move one of them"
        ):
            draft.action_activate()
        draft.rule_ids[0].write({"value_to": 0, "value_from": 300, "sequence": 5})
        self.assertRegex(
            draft.conflict_note,
            "^“Phones” and “Cameras” say different things about the same goods; "
            "“Phones” applies, because it comes first.$",
        )
        draft.action_activate()
        self.assertEqual(draft.state, "active")
        self.assertFalse(draft.conflict_note)

    def test_rules_that_say_the_same(self):
        draft = self._draft_version(
            rules=[self._electronics("Phones"), self._electronics("Cameras")]
        )
        self.assertRegex(draft.conflict_note, "“Phones” and “Cameras” say the same")
        draft.rule_ids[1].active = False
        self.assertFalse(draft.conflict_note)
        draft.action_activate()

    def test_tags_that_something_may_have_both_of(self):
        other = self.env["product.tag"].create({"name": "Fragile"})
        draft = self._draft_version(
            rules=[
                {
                    "name": name,
                    "window_days": days,
                    "product_tag_ids": [Command.set(tag.ids)],
                }
                for name, days, tag in (("Outlet", 7, self.tag), ("Glass", 14, other))
            ]
        )
        self.assertRegex(
            draft.conflict_note,
            "^Goods may have the tags or traits .*: “Outlet”, “Glass”.$",
        )
        draft.action_activate()

    def test_amounts_are_in_the_currency_of_the_policy(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": euro.id}
        )
        policy = self.env["reverse.policy"].create(
            {"name": "Theirs", "company_id": company.id}
        )
        self.assertNotEqual(self.env.company.currency_id, euro)
        self.assertEqual(policy.version_ids.rule_ids.currency_id, euro)

    def test_rules_about_different_things_are_no_conflict(self):
        draft = self._draft_version(
            rules=[
                {"name": "Everything"},
                self._electronics("Electronics", window_days=14),
                {
                    "name": "Outlet",
                    "returnable": False,
                    "product_tag_ids": [Command.set(self.tag.ids)],
                },
            ]
        )
        self.assertFalse(draft.conflict_note)

    def test_rights_of_different_bases_and_customers_are_no_conflict(self):
        draft = self._draft_version()
        draft.legal_rule_ids = [
            Command.create({"name": "Withdrawal", "period": 14}),
            Command.create({"name": "Warranty", "basis": "statutory_warranty"}),
            Command.create({"name": "Shops", "audience": "business", "period": 30}),
        ]
        self.assertFalse(draft.conflict_note)
        draft.legal_rule_ids[2].audience = "both"
        self.assertRegex(
            draft.conflict_note,
            "^“Withdrawal” and “Shops” say different things about the same goods; “W",
        )
        with self.assertRaisesRegex(
            UserError, "“Withdrawal” and “Shops” say different"
        ):
            draft.action_activate()

    def test_a_long_list_is_cut(self):
        draft = self._draft_version(
            rules=[
                self._electronics(f"Rule {number}", window_days=number)
                for number in range(6)
            ]
        )
        lines = draft.conflict_note.split("\n")
        self.assertEqual((len(lines), lines[-1]), (11, "… and 5 more."))
