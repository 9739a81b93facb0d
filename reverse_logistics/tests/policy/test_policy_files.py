"""Versions compared in words, and taken to another database as a file."""

import base64
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...engine import portable
from ..versions_common import VersionsCase


@tagged("post_install", "-at_install")
class TestVersionDifference(VersionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls._draft_version(
            rules=[
                {"name": "Everything", "window_days": 30},
                {
                    "name": "Electronics",
                    "window_days": 14,
                    "max_value": 500,
                    "category_ids": [Command.set(cls.category.ids)],
                },
                {
                    "name": "Outlet",
                    "returnable": False,
                    "product_tag_ids": [Command.set(cls.tag.ids)],
                },
            ]
        )
        cls.version.action_activate()
        cls.draft = cls.version.copy()

    def _rows(self, version=None, other=None):
        found = (version or self.draft)._get_difference(other or self.version)
        return [
            (row["rule"], row["what"], row["before"], row["after"]) for row in found
        ]

    def test_a_copy_says_the_same(self):
        self.assertEqual(self._rows(), [])

    def test_every_difference_is_said_in_words(self):
        everything, electronics, outlet = self.draft.rule_ids
        channel = self.env["reverse.channel"].create({"name": "Web", "code": "WEBX"})
        electronics.write(
            {
                "window_days": 21,
                "window_from": "invoice",
                "proof_photo": True,
                "max_value": 750,
                "value_from": 10,
                "date_to": "2031-01-31",
                "channel_ids": [Command.set(channel.ids)],
                "product_tag_ids": [Command.set(self.tag.ids)],
            }
        )
        outlet.unlink()
        everything.name = "All goods"
        self.draft.write(
            {
                "validity_days": 30,
                "rule_ids": [Command.create({"name": "Books", "unlimited": True})],
            }
        )
        self.assertEqual(
            self._rows(),
            [
                (False, "Validity (days)", "60", "30"),
                ("All goods", "Name", "Everything", "All goods"),
                ("Electronics", "Product Tags", "Any", "Outlet"),
                ("Electronics", "Channels", "Any", "Web"),
                ("Electronics", "From Value", "$\xa00.00", "$\xa010.00"),
                ("Electronics", "Valid Until", "", "01/31/2031"),
                ("Electronics", "Return Window (days)", "14", "21"),
                ("Electronics", "Counted from", "Delivery", "Invoice"),
                ("Electronics", "Photo", "No", "Yes"),
                ("Electronics", "Largest Value", "$\xa0500.00", "$\xa0750.00"),
                (
                    "Books",
                    "New rule",
                    "",
                    "Everything · no time limit · credit when a person releases it",
                ),
                ("Outlet", "Left out", "Outlet · final sale", ""),
            ],
        )

    def test_what_a_version_is_compared_with(self):
        self.assertEqual(self.draft._get_compared(), self.version)
        entered = self._draft_version()
        self.assertEqual(entered._get_compared(), self.version, "in force")
        self.assertEqual(self.version._get_compared(), self.shared, "the one before")

    def test_the_form_shows_where_it_comes_from(self):
        form = Form(self._as("administrator", self.draft))
        self.assertEqual(form.origin_id, self.version)
        self.assertFalse(form.conflict_note or form.is_altered)
        self.assertFalse(form.simulation_count)

    def test_the_dialog(self):
        self.draft.rule_ids[0].window_days = 99
        action = self._as("auditor", self.draft).action_compare()
        wizard = self.env[action["res_model"]].with_user(self.users["auditor"])
        form = Form(wizard.with_context(**action["context"]))
        self.assertEqual(form.other_id, self.version)
        shown = wizard.new({"version_id": self.draft.id, "other_id": self.version.id})
        shown._onchange_versions()
        line = shown.line_ids
        self.assertEqual(
            (line.kind, line.rule, line.before, line.after, line.change),
            ("Eligibility", "Everything", "30", "99", "changed"),
        )
        shown.other_id = self.shared
        shown._onchange_versions()
        self.assertEqual(
            shown.line_ids.mapped("what"),
            ["Return Window (days)", "New rule", "New rule"],
        )


@tagged("post_install", "-at_install")
class TestVersionFiles(VersionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phones = cls.env["product.category"].create(
            {"name": "Phones", "parent_id": cls.category.id}
        )
        cls.product.default_code = "KET-1"
        cls.lot_product.barcode = "4006381333931"
        cls.customer.ref = "C-001"
        cls.segment = cls.env["res.partner.category"].create({"name": "Gold"})
        cls.own = cls._own_policy()
        cls.version = cls._draft_version(
            policy=cls.own,
            validity_days=33,
            rules=[
                {"name": "Everything", "window_days": 30},
                {
                    "name": "Much of it",
                    "sequence": 3,
                    "authorize": False,
                    "max_quantity": 2.5,
                    "date_from": "2031-01-01",
                    "company_id": cls.company.id,
                    "category_ids": [Command.set(cls.phones.ids)],
                    "product_ids": [
                        Command.set((cls.product | cls.lot_product).ids),
                    ],
                    "product_tag_ids": [Command.set(cls.tag.ids)],
                    "partner_ids": [Command.set((cls.customer | cls.stranger).ids)],
                    "partner_tag_ids": [Command.set(cls.segment.ids)],
                    "country_ids": [Command.set(cls.env.ref("base.de").ids)],
                    "trait_ids": [
                        Command.set(cls.env["reverse.trait"].search([], limit=2).ids)
                    ],
                    "condition_ids": [Command.set(cls.conditions["A"].ids)],
                    "facility_ids": [Command.set(cls.facility.ids)],
                },
            ],
        )

    def _export(self, version=None):
        version = version or self.version
        self.env.invalidate_all()
        return base64.b64decode(version.with_user(self.administrator).export_file)

    def _import(self, data, policy=None):
        policy = policy or self.own
        wizard = self.env["reverse.policy.import.wizard"].with_user(self.administrator)
        companies = self.company | policy.company_id
        action = (
            wizard.with_context(allowed_company_ids=companies.ids)
            .create(
                {
                    "policy_id": policy.id,
                    "file": base64.b64encode(data),
                    "file_name": "policy.json",
                }
            )
            .action_import()
        )
        return self.versions.browse(action["res_id"])

    def _assert_refused(self, data, message, policy=None):
        policy = policy or self.own
        before = policy.version_ids
        with self.assertRaisesRegex(UserError, message):
            self._import(data, policy)
        self.assertEqual(policy.version_ids, before)

    def _changed(self, change):
        """A file of which something was changed by somebody who can hash."""
        content = portable.read(self._export())
        change(content)
        del content["format"], content["format_version"]
        return portable.write(content).encode()

    # ------------------------------------------------------------------
    # There and back
    # ------------------------------------------------------------------
    def test_a_version_comes_back_as_it_was(self):
        draft = self._import(self._export())
        self.assertEqual((draft.state, draft.policy_id), ("draft", self.own))
        self.assertEqual(draft._get_difference(self.version), [])
        self.assertEqual(
            draft.note, "Imported from “policy.json”: Own policy, version 2."
        )
        self.env.invalidate_all()
        for old, new in zip(self.version.rule_ids, draft.rule_ids, strict=True):
            self.assertEqual(
                {**old._get_document(), "id": 0}, {**new._get_document(), "id": 0}
            )
        draft.action_activate()
        self.assertEqual(self._in_force(), draft)

    def test_no_id_of_this_database_is_in_the_file(self):
        """Records of another database have other ids: what counts is what they are
        called by.
        """
        text = self._export()
        twins = {}
        for name in ("phones", "tag", "segment", "stranger"):
            record = getattr(self, name)
            vals = {"name": record.name}
            if name == "phones":
                vals["parent_id"] = self.category.id
            record.name = f"Old {record.name}"
            self.env.flush_all()
            twins[name] = record.create(vals)
        self.product.default_code = self.customer.ref = False
        twins["product"] = self._create_product("Pot", default_code="KET-1")
        twins["customer"] = self.customer.create({"name": "Lovelace", "ref": "C-001"})
        draft = self._import(text)
        rule = draft.rule_ids.filtered(lambda r: r.name == "Much of it")
        self.assertEqual(rule.category_ids, twins["phones"])
        self.assertEqual(rule.product_tag_ids, twins["tag"])
        self.assertEqual(rule.partner_tag_ids, twins["segment"])
        self.assertEqual(rule.partner_ids, twins["stranger"] | twins["customer"])
        self.assertEqual(rule.product_ids, twins["product"] | self.lot_product)
        self.assertNotIn(f'"id": {self.version.rule_ids[0].id}', text.decode())

    def test_a_frozen_version_is_exported_as_it_was_frozen(self):
        self.version.action_activate()
        text = self._export()
        self.assertEqual(self._import(text)._get_difference(self.version), [])
        action = self._as("administrator", self.version).action_export()
        self.assertRegex(action["url"], r"export_file/return-policy-\d+-v2.json")

    def test_what_the_exporter_cannot_see_is_exported(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["product.product"].create(
            {"name": "Foreign", "default_code": "FOREIGN", "company_id": other.id}
        )
        draft = self._draft_version()
        draft.sudo().rule_ids.product_ids = foreign
        self.env.invalidate_all()
        text = self._export(draft)
        self.assertIn("FOREIGN", text.decode())
        self._assert_refused(text, "has none of these: Product Variant “Foreign”")

    def test_only_administrators_and_auditors_export(self):
        self.assertTrue(self._as("auditor", self.version).export_file)
        with self.assertRaises(AccessError):
            self._rpc(
                self.users["service"],
                self.version._name,
                "read",
                self.version.ids,
                ["export_file"],
            )
        with self.assertRaises(AccessError):
            self._as("service", self.env["reverse.policy.import.wizard"]).create(
                {"policy_id": self.own.id, "file": base64.b64encode(b"{}")}
            )

    # ------------------------------------------------------------------
    # Refused
    # ------------------------------------------------------------------
    def test_all_that_is_missing_is_named(self):
        text = self._export()
        self.phones.name = "Telephones"
        self.product.default_code = "KET-2"
        self.stranger.name = "Nut Retail"
        self._assert_refused(
            text,
            "has none of these: Contact “Bolt Retail”, Product Category “Electronics / "
            r"Phones”, Product Variant “Kettle” \[KET-1\]\."
            "\nNothing was imported",
        )

    def test_what_is_there_twice_is_named(self):
        text = self._export()
        self.segment.create({"name": "Gold"})
        self.stranger.create({"name": "Bolt Retail"})
        self._assert_refused(text, "several of these: Contact “Bolt Retail”, .* “Gold”")
        with self.assertRaisesRegex(UserError, "could not tell .*: Bolt Retail, Gold"):
            self._as("administrator", self.version).action_export()

    def test_amounts_of_another_currency(self):
        euros = self.env["res.company"].create(
            {"name": "Euro", "currency_id": self.env.ref("base.EUR").id}
        )
        self.administrator.company_ids += euros
        policy = self._own_policy(euros)
        draft = self._draft_version(rules=[{"name": "Everything"}], policy=self.own)
        self.assertEqual(
            self._import(self._export(draft), policy).company_id, euros, "no amounts"
        )
        draft.rule_ids.max_value = 500
        self._assert_refused(
            self._export(draft),
            "are in USD, and Euro keeps its books in EUR. Nothing is converted",
            policy,
        )
        draft.rule_ids.write({"max_value": 0, "value_to": 5})
        self._assert_refused(self._export(draft), "are in USD", policy)

    def test_files_that_cannot_be_read(self):
        text = self._export()
        for data in (b"{", b"\x89PNG", b"[]", b'{"format": "else"}', b"[" * 100000):
            self._assert_refused(data, "policy.json is not a policy version")
        self._assert_refused(
            text.replace(b'"format_version": 1', b'"format_version": 2'),
            "exported by a newer version of this program",
        )
        self.assertIn(b'"window_days": 30', text)
        self._assert_refused(
            text.replace(b'"window_days": 30', b'"window_days": 90'),
            "was changed since it was exported",
        )

    def test_words_that_this_database_does_not_know(self):
        def speak(content):
            content["settings"]["colour"] = "red"
            content["rules"]["parking"] = []
            content["rules"]["policy"][0]["terms"]["free_beer"] = True
            content["rules"]["policy"][0]["conditions"]["moon"] = []

        self._assert_refused(
            self._changed(speak),
            "does not have: colour, free_beer, moon, parking. Install the same",
        )

    def test_values_that_are_none(self):
        for name, value in (
            ("window_days", "many"),
            ("window_from", "birth"),
            ("returnable", 3),
            ("max_value", []),
            ("max_value", 10**400),
            ("max_value", float("inf")),
            ("max_value", float("nan")),
            ("window_days", 10**12),
            ("window_from", "delivery\0"),
            ("window_from", {}),
        ):

            def spoil(content, name=name, value=value):
                content["rules"]["policy"][0]["terms"][name] = value

            self._assert_refused(
                self._changed(spoil), "was changed since it was exported"
            )

        def no_rules(content):
            del content["rules"]

        self._assert_refused(
            self._changed(no_rules), "was changed since it was exported"
        )

        def another_model(content):
            category = content["rules"]["policy"][1]["conditions"]["category"]
            category[0]["model"] = "res.users"

        self._assert_refused(
            self._changed(another_model), "has none of these: User “.*Phones”"
        )

    def test_a_rule_that_may_not_be_is_assert_refused(self):
        """The facility belongs to the first company, the policy to another one."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.administrator.company_ids += other
        self._assert_refused(
            self._export(),
            f"none of these: Companies “{self.company.name}”, .*Facility",
            self._own_policy(other),
        )

    def test_rules_know_each_other_after_the_journey(self):
        draft = self._import(self._export())
        keys = [r["key"] for r in json.loads(self._export())["rules"]["policy"]]
        self.assertEqual(sorted(keys), sorted(draft.rule_ids.mapped("key")))
        draft.rule_ids[0].name = "Renamed"
        self.assertEqual(len(draft._get_difference(self.version)), 1)
