"""Whoever weakens a control needs somebody else, and it is written down."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


class GovernanceCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.users["administrator"]
        cls.other = cls._create_user("administrator", login="other-administrator")

    def _rpc(self, user, *args, **kwargs):
        """Call in the companies of the user, as their client does."""
        kwargs.setdefault("context", {"allowed_company_ids": user.company_ids.ids})
        return super()._rpc(user, *args, **kwargs)

    def _write(self, user, record, values):
        return self._rpc(user, record._name, "write", record.ids, values)

    def _create(self, user, model, values):
        made = self._rpc(user, model, "create", [values])
        return self.env[model].browse(made)

    def _roles(self, *roles):
        groups = [self.env.ref(f"reverse_logistics.group_{role}") for role in roles]
        return [Command.set([group.id for group in groups])]

    def _grant(self, user=None, **values):
        return self._create(
            user or self.boss,
            "reverse.combined.duty",
            {
                "name": "Branch in the south",
                "user_ids": [Command.set(self.branch.ids)],
                "role_ids": self._roles("service", "approver"),
                **values,
            },
        )

    def _create_places(self):
        """A region, transit time, a part of a deposit, and freight to a facility."""
        charge = self._create_product("Core charge", type="service")
        kind = self.env["reverse.deposit.type"].create(
            {
                "name": "Core charge",
                "product_id": charge.id,
                "core_product_id": self.product.id,
                "validity_days": 9,
                "rate_ids": [
                    Command.create(
                        {"condition_id": self.conditions["B"].id, "percent": 50}
                    )
                ],
            }
        )
        return (
            self.env["reverse.region"].create({"name": "South", "zip_prefixes": "1"}),
            self.env["reverse.transit.time"].create({"days": 7}),
            kind.rate_ids,
            self.env["reverse.freight.rate"].create(
                {"facility_id": self.facility.id, "base_amount": 9}
            ),
        )

    def _create_deadline(self):
        return self.env["reverse.sla.rule"].create(
            {"name": "Inspect soon", "stage": "received", "limit": 2}
        )


@tagged("post_install", "-at_install")
class TestGrants(GovernanceCase):
    """Nothing is granted to oneself, and what somebody relied on stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls._create_user("service", "approver", login="branch")

    def test_nobody_grants_themselves(self):
        role = self.env.ref("reverse_logistics.group_administrator")
        for values in (
            {"user_ids": [Command.set(self.boss.ids)]},
            {"group_id": role.id},
            {"group_id": self.env.ref("reverse_logistics.group_service").id},
            {"user_ids": [Command.set(self.boss.ids)], "active": False},
        ):
            with self.assertRaisesRegex(AccessError, "another administrator"):
                self._grant(**values)

    def test_nobody_widens_what_covers_them(self):
        grant = self._grant(self.other, user_ids=[Command.set(self.boss.ids)])
        for values in (
            {"amount_limit": 0},
            {"role_ids": self._roles("service", "approver", "releaser")},
            {"user_ids": [Command.link(self.branch.id)]},
            {"active": False, "daily_limit": 5},
        ):
            with self.assertRaisesRegex(AccessError, "another administrator"):
                self._write(self.boss, grant, values)
        self._write(self.boss, grant, {"active": False})
        with self.assertRaisesRegex(AccessError, "another administrator"):
            self._write(self.boss, grant, {"active": True})
        self._write(self.other, grant, {"active": True})
        self.assertTrue(grant.active)

    def test_nobody_adds_themselves(self):
        grant = self._grant()
        for values in (
            {"user_ids": [Command.link(self.boss.id)]},
            {"group_id": self.env.ref("reverse_logistics.group_approver").id},
            {"user_ids": [Command.link(self.boss.id)], "active": False},
        ):
            with self.assertRaisesRegex(AccessError, "another administrator"):
                self._write(self.boss, grant, values)

    def test_what_was_used_is_fixed(self):
        grant = self._grant()
        self._set_policy(authorize=False)
        rma = self._draft(self._sell(4)).with_user(self.branch)
        rma.action_request()
        rma.action_authorize()
        for values in (
            {"user_ids": [Command.set(self.users["approver"].ids)]},
            {"role_ids": self._roles("service", "inspector")},
            {"amount_limit": 10},
            {"daily_limit": 10},
            {"facility_ids": [Command.set(self.facility.ids)]},
            {"channel_ids": [Command.set(self.env["reverse.channel"].search([]).ids)]},
            {"group_id": self.env.ref("reverse_logistics.group_inspector").id},
        ):
            with self.assertRaisesRegex(UserError, "was used already"):
                self._write(self.boss, grant, values)
        self._write(self.boss, grant, {"name": "South", "active": False})
        self.assertFalse(grant.active)


@tagged("post_install", "-at_install")
class TestControlEvents(GovernanceCase):
    """Changes of controls are a chain of their own for each company."""

    def setUp(self):
        super().setUp()
        self.branch = self.users["approver"]
        self.env.cr.flush()
        self.company.invalidate_recordset()
        self.before = self.company.reverse_event_count

    def _new(self):
        self.env.cr.flush()
        self.company.invalidate_recordset()
        return self.env["reverse.event"].search(
            [
                ("rma_id", "=", False),
                ("company_id", "=", self.company.id),
                ("sequence", ">", self.before),
            ],
            order="sequence",
        )

    def _breaks(self):
        self.env.invalidate_all()
        return self.env["reverse.event"]._find_breaks(self.company)

    def test_every_control_tells(self):
        disposition = self.dispositions["QUARANTINE"]
        reason = self.env["reverse.reason"].search([], limit=1)
        reason.liability = "unknown"
        condition = self.conditions["B"]
        agreement = self.env["reverse.agreement"].create(
            {"name": "Rotation", "partner_ids": self.customer.ids}
        )
        both = [self.customer.id, self.stranger.id]
        region, transit, rate, freight = self._create_places()
        deadline = self._create_deadline()
        depot = self.stranger.copy({"name": "Depot"})
        for record, values, change in (
            (
                self.facility,
                {"partner_id": depot.id, "off_note": "Moved"},
                {"partner_id": [False, depot.id]},
            ),
            (deadline, {"limit": 90}, {"limit": ["2.000000", "90.000000"]}),
            (deadline, {"active": False}, {"active": [True, False]}),
            (
                agreement,
                {"partner_ids": [Command.link(self.stranger.id)], "note": "And them"},
                {"partner_ids": [both[:1], both]},
            ),
            (region, {"zip_prefixes": "8"}, {"zip_prefixes": ["1", "8"]}),
            (transit, {"days": 300}, {"days": [7, 300]}),
            (
                freight,
                {"base_amount": 900},
                {"base_amount": ["9.000000", "900.000000"]},
            ),
            (rate, {"percent": 99}, {"percent": ["50.000000", "99.000000"]}),
            (rate.type_id, {"validity_days": 0}, {"validity_days": [9, 0]}),
            (disposition, {"credit": "policy"}, {"credit": ["person", "policy"]}),
            (reason, {"liability": "carrier"}, {"liability": ["unknown", "carrier"]}),
            (
                condition,
                {"disposition_id": disposition.id},
                {"disposition_id": [condition.disposition_id.id, disposition.id]},
            ),
        ):
            self._write(self.boss, record, values)
            event = self._new()[-1]
            self.assertEqual(
                (event.name, event.user_id, event.data),
                (
                    "ControlChanged",
                    self.boss,
                    {"control": record._name, "id": record.id, "changes": change},
                ),
            )
        self.assertFalse(self._breaks())

    def test_addresses_of_facilities_tell(self):
        """Goods go elsewhere as well when the warehouse or the contact moves."""
        keeper = new_test_user(
            self.env,
            login="keeper",
            groups="stock.group_stock_manager,base.group_partner_manager",
        )
        depot = self.stranger.copy({"name": "Depot"})
        old = self.warehouse.partner_id.id
        self._write(keeper, self.warehouse, {"partner_id": depot.id})
        self._write(keeper, depot, {"zip": "90001", "comment": "x", "city": depot.city})
        moved, changed = self._new()
        told = {"control": "reverse.facility", "id": self.facility.id}
        self.assertEqual(
            [(e.name, e.user_id, e.data) for e in (moved, changed)],
            [
                (
                    "ControlChanged",
                    keeper,
                    {**told, "changes": {"partner_id": [old, depot.id]}},
                ),
                (
                    "ControlChanged",
                    keeper,
                    {**told, "address": depot.id, "fields": ["zip"]},
                ),
            ],
        )
        # what it takes over from its company is noted as well
        depot.parent_id, depot.type = self.stranger, "contact"
        count = len(self._new())
        self._write(keeper, self.stranger, {"street": "Elsewhere 1"})
        self.assertEqual(depot.street, "Elsewhere 1")
        self.assertEqual(
            [event.data for event in self._new()[count:]],
            [{**told, "address": depot.id, "fields": ["street"]}],
        )
        depot.parent_id = False
        # where the facility has an address of its own, no other one counts
        self.facility.partner_id = self.stranger
        count = len(self._new())
        self._write(keeper, depot, {"zip": "90002"})
        self._write(keeper, self.warehouse, {"partner_id": old})
        self._write(keeper, self.customer, {"zip": "90002"})
        self.assertEqual(len(self._new()), count)
        self.assertFalse(self._breaks())

    def test_working_hours_tell(self):
        """Deadlines are counted by them, and others than administrators change them."""
        calendar = self.company.resource_calendar_id
        worker = new_test_user(self.env, login="worker", groups="mrp.group_mrp_user")
        hours = calendar.attendance_ids
        self._rpc(worker, hours._name, "unlink", hours[2:].ids)
        event = self._new()
        self.assertEqual((event.name, event.user_id), ("ControlChanged", worker))
        self.assertEqual(
            (event.data["control"], event.data["id"]), (calendar._name, calendar.id)
        )
        before, after = event.data["changes"]["attendance_ids"]
        self.assertEqual((len(before), len(after)), (len(hours), 2))
        day = hours[:1]
        self._rpc(worker, day._name, "write", day.ids, {"hour_to": 11})
        before, after = self._new()[-1].data["changes"]["attendance_ids"]
        self.assertNotEqual(before, after)
        values = {
            "name": "Sunday",
            "dayofweek": "6",
            "hour_from": 8,
            "hour_to": 12,
            "calendar_id": calendar.id,
        }
        self._create(worker, day._name, values)
        before, after = self._new()[-1].data["changes"]["attendance_ids"]
        self.assertEqual(len(after), len(before) + 1)
        calendar.tz = "Pacific/Auckland"
        self.assertEqual(self._new()[-1].data["changes"]["tz"][1], calendar.tz)
        count = len(self._new())
        calendar.name = "Weeks"
        # nobody counts deadlines by those of a work center
        other = calendar.copy()
        self._rpc(worker, day._name, "unlink", other.attendance_ids.ids)
        self.assertEqual(len(self._new()), count)
        self.company.resource_calendar_id = other
        self.assertEqual(
            self._new()[-1].data["changes"],
            {"resource_calendar_id": [calendar.id, other.id]},
        )
        self.assertFalse(self._breaks())

    def test_public_holidays_tell(self):
        """Who administers time off moves deadlines by them."""
        calendar = self.company.resource_calendar_id
        clerk = new_test_user(self.env, login="clerk", groups="base.group_erp_manager")
        holiday = {
            "name": "Fair",
            "calendar_id": False,
            "date_from": "2030-03-04 00:00:00",
            "date_to": "2030-03-04 23:59:59",
        }
        told = [self.company.id, holiday["date_from"], holiday["date_to"]]
        longer = [*told[:2], "2030-04-30 23:59:59"]
        leave = self._create(clerk, "resource.calendar.leaves", holiday)
        self._write(clerk, leave, {"name": "Great Fair"})
        self._write(clerk, leave, {"date_to": longer[2]})
        self._rpc(clerk, leave._name, "unlink", leave.ids)
        events = self._new()
        self.assertEqual(events.user_id, clerk)
        base = {"control": calendar._name, "id": calendar.id}
        self.assertEqual(
            [event.data for event in events],
            [
                {**base, "changes": {"global_leave_ids": [before, after]}}
                for before, after in (
                    ([], [told]),
                    ([told], [longer]),
                    ([longer], []),
                )
            ],
        )
        self.assertEqual(set(events.mapped("name")), {"ControlChanged"})
        self.assertFalse(self._breaks())

    def test_holidays_of_others_tell_nothing_until_they_are_ours(self):
        calendar = self.company.resource_calendar_id
        leaves = self.env["resource.calendar.leaves"]
        times = {
            "date_from": "2030-03-04 00:00:00",
            "date_to": "2030-03-04 23:59:59",
        }
        machine = self.env["resource.resource"].create(
            {"name": "Press", "calendar_id": calendar.id, "resource_type": "material"}
        )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        unused = calendar.copy({"name": "Shop"})
        theirs = leaves.with_company(other).create({**times, "calendar_id": False})
        leaves.create({**times, "resource_id": machine.id})
        leaves.create({**times, "calendar_id": unused.id})
        count = len(self._new())
        theirs.with_company(other).date_to = "2030-03-05 23:59:59"
        self.assertEqual(len(self._new()), count)
        # what belongs to something that is deleted stays, for everybody
        for gone in (machine, unused):
            gone.unlink()
            count += 1
            before, after = self._new()[-1].data["changes"]["global_leave_ids"]
            self.assertEqual((len(self._new()), len(after)), (count, len(before) + 1))

    def test_settings_of_the_company_tell(self):
        keeper = new_test_user(self.env, login="keeper", groups="base.group_system")
        for values, change in (
            ({"reverse_unauthorized": "refuse"}, ["adopt", "refuse"]),
            ({"reverse_loose_credit": "off"}, ["warn", "off"]),
            ({"reverse_goodwill_limit": 9}, ["0.000000", "9.000000"]),
            ({"reverse_retention_years": 1}, [0, 1]),
            ({"reverse_tz": "Asia/Tokyo"}, ["UTC", "Asia/Tokyo"]),
        ):
            (name,) = values
            self._write(keeper, self.company, {**values, "phone": "1"})
            event = self._new()[-1]
            self.assertEqual((event.name, event.user_id), ("ControlChanged", keeper))
            self.assertEqual(
                event.data,
                {
                    "control": "res.company",
                    "id": self.company.id,
                    "changes": {name: change},
                },
            )
        told = len(self._new())
        # what decides nothing, and what says the same as before
        self._write(keeper, self.company, {"reverse_accessibility": "x"})
        self._write(keeper, self.company, {"reverse_loose_credit": "off"})
        self.assertEqual(len(self._new()), told)
        # of a company that cannot have returns yet, in its own chain
        later = self.env["res.company"].create({"name": "Later"})
        facility = self.env["reverse.facility"].search([("company_id", "=", later.id)])
        facility.location_ids.reverse_facility_id = False
        facility.unlink()
        self._write(keeper, later, {"reverse_loose_credit": "off"})
        self.assertEqual(len(self._new()), told)
        own = [("company_id", "=", later.id)]
        event = self.env["reverse.event"].search(own, order="sequence")[-1:]
        self.assertEqual((event.name, event.data["id"]), ("ControlChanged", later.id))
        self.assertFalse(self._breaks())

    def test_steps_and_rules_and_grants_tell(self):
        step = self.dispositions["RESTOCK"].step_ids[:1]
        copied = self._create(
            self.boss,
            step._name,
            {
                "disposition_id": self.dispositions["QUARANTINE"].id,
                "action_id": step.action_id.id,
            },
        )
        self._rpc(self.boss, copied._name, "unlink", copied.ids)
        rule = self._create(
            self.boss,
            "reverse.approval.rule",
            {"name": "All", "gate": "credit", "value_from": 500},
        )
        self._write(self.boss, rule, {"value_from": 900, "name": "Less"})
        self._write(self.boss, rule, {"active": False})
        self._grant()
        self.env["reverse.delegation"].with_user(self.users["approver"]).create(
            {
                "delegate_id": self.users["service"].id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-02",
            }
        )
        told = [
            (event.name, event.data["control"], sorted(event.data["changes"]))
            for event in self._new()
            if event.name.startswith("Control")
        ]
        self.assertEqual(
            [(name, control) for name, control, _changes in told],
            [
                ("ControlCreated", "reverse.disposition.step"),
                ("ControlDeleted", "reverse.disposition.step"),
                ("ControlCreated", "reverse.approval.rule"),
                ("ControlChanged", "reverse.approval.rule"),
                ("ControlChanged", "reverse.approval.rule"),
                ("ControlCreated", "reverse.combined.duty"),
                ("ControlCreated", "reverse.delegation"),
            ],
        )
        self.assertEqual(told[3][2], ["value_from"])
        self.assertEqual(told[4][2], ["active"])

    def test_conditions_of_controls_do_not_vanish(self):
        """Without one that was deleted or archived, a control would hold for more."""
        controls = self.env.registry.descendants(["reverse.governed.mixin"], "_inherit")
        looked_at = 0
        for name in controls:
            control = self.env[name]
            # whom these name may do more, and of nobody they make nothing
            if control._abstract or name == "reverse.combined.duty":
                continue
            for field in map(control._fields.get, control._get_deciding_fields()):
                if field.type != "many2many":
                    continue
                looked_at += 1
                with self.subTest(field=str(field)):
                    self.assertEqual(field.ondelete, "restrict")
                    if self.env[field.comodel_name]._active_name:
                        self.assertIs(field.context.get("active_test"), False)
        self.assertGreater(looked_at, 30)

    def test_what_decides_nothing_tells_nothing(self):
        disposition = self.dispositions["QUARANTINE"]
        self._write(
            self.boss,
            disposition,
            {
                "description": "Red",
                "sequence": 99,
                "credit": disposition.credit,
            },
        )
        self.assertFalse(self._new())

    def test_tampering_is_found(self):
        disposition = self.dispositions["QUARANTINE"]
        for credit in ("policy", "none", "person"):
            self._write(self.boss, disposition, {"credit": credit})
        events = self._new()
        self.assertFalse(self._breaks())
        seals = self.env["reverse.event.seal"]
        seals._seal(self.company)
        self.assertFalse(seals._verify(self.company)[2])
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'on'")
        for sql, at in (
            ("UPDATE reverse_event SET user_id = 1 WHERE id = %s", events[1].sequence),
            ("DELETE FROM reverse_event WHERE id = %s", events[2].sequence),
        ):
            with self.env.cr.savepoint(flush=False) as savepoint:
                id_ = events.filtered(lambda e, at=at: e.sequence == at).id
                self.env.cr.execute(sql, [id_])
                self.assertEqual(self._breaks(), {self.company: at})
                found = self.env["reverse.event"]._verify_companies()
                self.assertEqual(found[self.company][1], {self.company: at})
                if sql.startswith("DELETE"):
                    self.assertRegex(seals._verify(self.company)[2][0], "of controls")
                savepoint.rollback()
        self.assertFalse(self._breaks())

    def test_nobody_writes_the_head(self):
        admin = self.env.ref("base.user_admin")
        for values in ({"reverse_event_head": "0"}, {"reverse_event_count": 0}):
            with self.assertRaisesRegex(UserError, "continued by the system only"):
                self._write(admin, self.company, values)

    def test_returns_are_verified_with_their_company(self):
        rma = self._requested(self._sell(4))
        self._write(self.boss, self.dispositions["QUARANTINE"], {"credit": "none"})
        self.env.cr.flush()
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'on'")
        self.env.cr.execute(
            "DELETE FROM reverse_event WHERE id = %s", [self._new()[-1].id]
        )
        self.env.invalidate_all()
        shown = self._rpc(
            self.users["auditor"], rma._name, "action_verify_events", rma.ids
        )
        self.assertIn(self.company.name, str(shown))

    def test_who_reads_them(self):
        self._write(self.boss, self.dispositions["QUARANTINE"], {"credit": "none"})
        event = self._new()
        for role, seen in (("auditor", True), ("administrator", True), ("service", 0)):
            found = self._as(role, self.env["reverse.event"]).search(
                [("id", "in", event.ids)]
            )
            self.assertEqual(bool(found), bool(seen), role)


@tagged("post_install", "-at_install")
class TestSharedControls(GovernanceCase):
    """What companies share is nobody's alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.users["approver"]
        company = cls.env["res.company"].create({"name": "Other Company"})
        cls.foreign = cls._create_user(
            "administrator",
            login="foreign",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def setUp(self):
        super().setUp()
        # the first company has returns
        self._draft(self._sell(4))

    def test_shared_settings_need_all_companies(self):
        action = self.dispositions["RESTOCK"].step_ids[:1].action_id
        rule = self.env["reverse.approval.rule"].create(
            {"name": "All", "gate": "credit"}
        )
        reason = self.env["reverse.reason"].search([], limit=1)
        trait = self.env["reverse.trait"].search([], limit=1)
        channel = self.env["reverse.channel"].search([], limit=1)
        refused = "companies that you are not in"
        for record, values in (
            (self.dispositions["QUARANTINE"], {"credit": "policy"}),
            (self.dispositions["RESTOCK"].step_ids[:1], {"sequence": 99}),
            (self.conditions["A"], {"active": False}),
            (reason, {"liability": "company"}),
            (trait, {"active": False}),
            (channel, {"active": False}),
            (rule, {"active": False}),
            (rule, {"value_from": 10**6}),
            (rule, {"company_id": self.foreign.company_id.id}),
        ):
            with self.assertRaisesRegex(AccessError, refused):
                self._write(self.foreign, record, values)
        for model, values in (
            (
                "reverse.disposition",
                {"name": "X", "code": "XX", "location_state": "scrap"},
            ),
            (
                "reverse.disposition.step",
                {
                    "disposition_id": self.dispositions["QUARANTINE"].id,
                    "action_id": action.id,
                },
            ),
            ("reverse.reason", {"name": "X", "code": "XX"}),
            ("reverse.approval.rule", {"name": "X", "gate": "credit"}),
        ):
            with self.assertRaisesRegex(AccessError, refused):
                self._create(self.foreign, model, values)
        with self.assertRaisesRegex(AccessError, refused):
            self._rpc(self.foreign, reason._name, "unlink", reason.ids)

    def test_shared_policies_need_all_companies(self):
        """They decide for companies in which one may have no say."""
        policy = self.env.ref("reverse_logistics.policy_default")
        current = policy.active_version_id
        refused = "companies that you are not in"
        with self.assertRaisesRegex(AccessError, refused):
            self._rpc(self.foreign, current._name, "action_new_version", current.ids)
        draft = current.copy()
        for record, method, *args in (
            (draft, "write", {"allocation": "oldest"}),
            (draft, "action_activate"),
            (draft, "unlink"),
            (draft.rule_ids[:1], "write", {"window_days": 3650}),
            (draft.rule_ids[:1], "unlink"),
            (current, "action_archive_version"),
            (policy, "write", {"active": False}),
        ):
            with self.assertRaisesRegex(AccessError, refused):
                self._rpc(self.foreign, record._name, method, record.ids, *args)
        self.assertTrue(current._is_in_force(fields.Date.today()))
        own = self._create(
            self.foreign,
            policy._name,
            {"name": "Ours", "company_id": self.foreign.company_id.id},
        )
        self._rpc(
            self.foreign,
            "reverse.policy.version",
            "action_activate",
            own.version_ids.ids,
        )
        self.assertEqual(own.version_ids.state, "active")
        self._rpc(self.boss, draft._name, "action_activate", draft.ids)
        self.assertEqual(draft.state, "active")
        with self.assertRaisesRegex(AccessError, refused):
            # archived, so that there is no second one in force
            self._create(self.foreign, policy._name, {"name": "X", "active": False})

    def test_what_is_shared_is_approved_by_somebody_of_all_companies(self):
        self.env["reverse.approval.rule"].create(
            {
                "name": "Two",
                "gate": "policy_activation",
                "company_id": self.company.id,
                "group_id": self.env.ref("reverse_logistics.group_administrator").id,
            }
        )
        draft = self.env.ref("reverse_logistics.policy_default").version_ids[:1].copy()
        self._rpc(self.boss, draft._name, "action_activate", draft.ids)
        approval = draft.approval_ids
        for decision in (("action_approve",), ("action_reject", "No")):
            method, *args = decision
            with self.assertRaisesRegex(AccessError, "companies that you are not in"):
                self._rpc(self.foreign, approval._name, method, approval.ids, *args)
        self._rpc(self.other, approval._name, "action_approve", approval.ids)
        self.assertEqual(draft.state, "active")

    def test_words_to_withdraw_are_controls(self):
        word = self.env.ref("reverse_logistics.withdrawal_word_german")
        for method, *args in (("write", {"name": "X"}), ("unlink",)):
            with self.assertRaisesRegex(AccessError, "companies that you are not in"):
                self._rpc(self.foreign, word._name, method, word.ids, *args)
        was = word.confirm
        self._write(self.boss, word, {"confirm": "Send"})
        self.env.cr.flush()
        event = self.env["reverse.event"].search(
            [("name", "=", "ControlChanged"), ("company_id", "=", self.company.id)],
            order="id desc",
            limit=1,
        )
        self.assertEqual(event.data["control"], word._name)
        self.assertEqual(event.data["changes"], {"confirm": [was, "Send"]})

    def test_own_rules_are_theirs(self):
        rule = self._create(
            self.foreign,
            "reverse.approval.rule",
            {"name": "X", "gate": "credit", "company_id": self.foreign.company_id.id},
        )
        self._write(self.foreign, rule, {"active": False})
        self.assertFalse(rule.active)

    def test_texts_are_everybodys(self):
        disposition = self.dispositions["QUARANTINE"]
        self._write(self.foreign, disposition, {"description": "Behind the red line"})
        self.assertEqual(disposition.description, "Behind the red line")


@tagged("post_install", "-at_install")
class TestChangesOfControls(GovernanceCase):
    """Where others approve a policy, they approve what weakens it, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.users["approver"]
        cls.rule = cls.env["reverse.approval.rule"].create(
            {
                "name": "Two administrators",
                "gate": "policy_activation",
                "group_id": cls.env.ref("reverse_logistics.group_administrator").id,
            }
        )
        cls.changes = cls.env["reverse.control.change"]

    def _asked(self, record, values):
        self._write(self.boss, record, values)
        return self.changes.search([], limit=1)

    def _approve(self, user, change):
        approval = change.approval_ids.filtered(lambda a: a.state == "pending")
        return self._rpc(user, approval._name, "action_approve", approval.ids)

    def test_the_rule_itself_waits(self):
        for values in (
            {"active": False},
            {"value_from": 10**6},
            {"approver_count": 1, "company_id": self.company.id},
            {"group_id": self.env.ref("reverse_logistics.group_service").id},
            {"date_to": "2020-01-01"},
            {"gate": "credit"},
            {"channel_ids": [Command.set(self.env["reverse.channel"].search([]).ids)]},
        ):
            before = self.rule.read(list(values))
            change = self._asked(self.rule, values)
            self.env.invalidate_all()
            self.assertEqual(self.rule.read(list(values)), before)
            self.assertEqual(change.vals.keys(), values.keys())
            with self.assertRaisesRegex(UserError, "You took an earlier step"):
                self._approve(self.boss, change)
        self.assertTrue(self.rule.active)

    def test_another_administrator_confirms(self):
        change = self._asked(self.rule, {"active": False})
        self.assertIn("Active: yes → no", change.details)
        self.assertIn(self.boss.name, self.rule.control_note)
        self._approve(self.other, change)
        self.assertFalse(self.rule.active)
        self.assertEqual(change.state, "done")
        self.env.invalidate_all()
        self.assertFalse(self.rule.control_note)
        self._write(self.boss, self.dispositions["QUARANTINE"], {"credit": "none"})
        self.assertEqual(self.dispositions["QUARANTINE"].credit, "none")

    def test_a_change_writes_on_nothing_else(self):
        """It is written as superuser, and its approver reads names of records only."""
        quant = self._quantity_here()
        link = Command.link(self.product.id)
        values = {"stock_quant_ids": [Command.update(quant.id, {"quantity": 9})]}
        for command in (
            Command.update(self.product.id, values),
            Command.create({"name": "Forged"}),
            Command.delete(self.product.id),
        ):
            with self.assertRaisesRegex(UserError, "can only name records here"):
                self._write(self.boss, self.rule, {"product_ids": [link, command]})
        other = self.dispositions["SCRAP"].step_ids[:1]
        with self.assertRaisesRegex(UserError, "can only name records here"):
            self._write(
                self.boss,
                self.dispositions["RESTOCK"],
                {"step_ids": [Command.update(other.id, {"sequence": 99})]},
            )
        change = self._asked(self.rule, {"product_ids": [link]})
        self._approve(self.other, change)
        self.assertEqual(self.rule.product_ids, self.product)
        self.assertEqual(quant.quantity, 1)

    def _quantity_here(self):
        return self.env["stock.quant"].create(
            {
                "product_id": self.product.id,
                "location_id": self.inspection_location.id,
                "quantity": 1,
            }
        )

    def test_a_refused_change_never_happens(self):
        change = self._asked(self.rule, {"active": False})
        approval = change.approval_ids
        self._rpc(self.other, approval._name, "action_reject", approval.ids, "No.")
        self.assertEqual((change.state, self.rule.active), ("refused", True))
        with self.assertRaisesRegex(UserError, "no longer asked"):
            self._rpc(self.other, approval._name, "action_approve", approval.ids)

    def test_what_changed_meanwhile_is_asked_again(self):
        disposition = self.dispositions["QUARANTINE"]
        change = self._asked(disposition, {"credit": "policy"})
        disposition.credit = "none"
        with self.assertRaisesRegex(UserError, "has changed since"):
            self._approve(self.other, change)

    def test_other_controls_wait(self):
        reason = self.env["reverse.reason"].search([], limit=1)
        step = self.dispositions["RESTOCK"].step_ids[:1]
        region, transit, rate, freight = self._create_places()
        for record, values in (
            (region, {"zip_prefixes": "8"}),
            (transit, {"days": 300}),
            (transit, {"active": False}),
            (self.facility, {"partner_id": self.stranger.id}),
            (self._create_deadline(), {"limit": 90}),
            (freight, {"base_amount": 900}),
            (rate.type_id, {"rate_ids": [Command.update(rate.id, {"percent": 99})]}),
            (self.env.ref("reverse_logistics.holiday_all_saints"), {"day": 2}),
            (self.dispositions["QUARANTINE"], {"credit": "policy"}),
            (self.dispositions["QUARANTINE"], {"active": False}),
            (reason, {"liability": "company"}),
            (
                self.conditions["D"],
                {"disposition_id": self.dispositions["RESTOCK"].id},
            ),
        ):
            before = record.read(list(values))
            change = self._asked(record, values)
            self.assertEqual(record.read(list(values)), before)
            self.assertEqual(
                (change.res_model, change.res_id), (record._name, record.id)
            )
        for method, args in (
            ("write", (step.ids, {"sequence": 99})),
            ("unlink", (step.ids,)),
            (
                "create",
                (
                    [
                        {
                            "disposition_id": step.disposition_id.id,
                            "action_id": step.action_id.id,
                        }
                    ],
                ),
            ),
        ):
            with self.assertRaisesRegex(UserError, "in its form"):
                self._rpc(self.boss, step._name, method, *args)
        with self.assertRaisesRegex(UserError, "in its form"):
            self._write(self.boss, rate, {"percent": 99})
        with self.assertRaisesRegex(UserError, "not deleted by one person"):
            self._rpc(self.boss, reason._name, "unlink", reason.ids)

    def test_steps_wait_with_their_disposition(self):
        disposition = self.dispositions["QUARANTINE"]
        action = self.dispositions["RESTOCK"].step_ids[:1].action_id
        steps = disposition.step_ids
        values = {"action_id": action.id}
        change = self._asked(disposition, {"step_ids": [Command.create(values)]})
        self.assertEqual(disposition.step_ids, steps)
        self.assertIn(f"• Action: {action.name}", change.details)
        self._approve(self.other, change)
        self.assertEqual(disposition.step_ids - steps, disposition.step_ids[-1:])

    def test_what_parts_say_is_read_before_it_is_approved(self):
        rate = self._create_places()[2]
        change = self._asked(
            rate.type_id, {"rate_ids": [Command.update(rate.id, {"percent": 99})]}
        )
        self.assertRegex(change.details, r"\(%\): 50\.0 → \n• .*\(%\): 99\.0")
        self.assertIn("99.0", change.approval_ids[:1].details)

    def test_a_facility_waits_while_it_is_archived(self):
        """Anybody who administers returns restores it alone."""
        own = self.facility.copy({"kind": "customer_keeps", "warehouse_id": False})
        self._write(self.boss, own, {"active": False})
        change = self._asked(own, {"partner_id": self.stranger.id})
        self._write(self.boss, own, {"active": True})
        self.assertEqual((own.active, own.partner_id), (True, self.stranger.browse()))
        self._approve(self.other, change)
        self.assertEqual(own.partner_id, self.stranger)

    def test_new_controls_begin_when_confirmed(self):
        rule = self._create(
            self.boss,
            "reverse.approval.rule",
            {
                "name": "One of service",
                "gate": "policy_activation",
                "company_id": self.company.id,
                "group_id": self.env.ref("reverse_logistics.group_service").id,
            },
        )
        grant = self._grant()
        disposition = self._create(
            self.boss,
            "reverse.disposition",
            {
                "name": "Free",
                "code": "FREE",
                "location_state": "customer",
                "credit": "policy",
            },
        )
        # what is approved is what was read
        change = self.changes.search([("res_model", "=", rule._name)], limit=1)
        self.assertIn(f"Approving Role: {rule.group_id.display_name}", change.details)
        self._write(self.boss, rule, {"value_from": 500})
        with self.assertRaisesRegex(UserError, "has changed since"):
            self._approve(self.other, change)
        self._write(self.boss, rule, {"value_from": 0})
        for record in (rule, grant, disposition):
            self.assertFalse(record.active, record._name)
            change = self.changes.search(
                [("res_model", "=", record._name), ("res_id", "=", record.id)]
            )
            self._approve(self.other, change)
            self.assertTrue(record.active, record._name)

    def test_parts_of_what_is_approved_stay_as_they_were_read(self):
        disposition = self.dispositions["QUARANTINE"].copy({"code": "OWN"})
        disposition.active = False
        change = self._asked(disposition, {"active": True})
        action = self.dispositions["SCRAP"].step_ids[:1].action_id
        step = disposition.step_ids[:1]
        if not step:
            step = step.create(
                {"disposition_id": disposition.id, "action_id": action.id}
            )
        else:
            step.action_id = action
        with self.assertRaisesRegex(UserError, "has changed since"):
            self._approve(self.other, change)

    def test_controls_are_not_carried_into_a_company(self):
        """Made where nobody is asked, and then moved to where somebody is."""
        self.rule.company_id = self.company
        elsewhere, foreign = self.env["res.company"].create(
            [{"name": "Elsewhere"}, {"name": "Foreign"}]
        )
        self.boss.company_ids += elsewhere
        deadline = self._create_deadline()
        deadline.company_id = elsewhere
        self._write(self.boss, deadline, {"limit": 90})
        self.assertEqual(deadline.limit, 90, "nobody is asked there")
        change = self._asked(deadline, {"company_id": self.company.id})
        self.assertEqual((change.res_id, change.state), (deadline.id, "requested"))
        self.assertEqual(deadline.company_id, elsewhere)
        with self.assertRaisesRegex(AccessError, "You are not in Foreign"):
            self._write(self.boss, deadline, {"company_id": foreign.id})

    def test_taking_a_grant_away_waits_for_nobody(self):
        grant = self._grant()
        grant.active = True
        self._write(self.boss, grant, {"active": False})
        self.assertFalse(grant.active)

    def test_a_version_cannot_be_activated_around_it(self):
        self._write(self.boss, self.rule, {"active": False})
        draft = self._get_version().copy()
        self._rpc(self.boss, draft._name, "action_activate", draft.ids)
        self.assertEqual(draft.state, "draft")

    def test_contexts_open_nothing(self):
        for context in (
            {"reverse_workflow": True},
            {"install_mode": True},
            {"_force_unlink": True},
            {"tracking_disable": True},
        ):
            self._rpc(
                self.boss,
                self.rule._name,
                "write",
                self.rule.ids,
                {"active": False},
                context=context,
            )
            self.assertTrue(self.rule.active, context)

    def test_changes_are_never_entered(self):
        values = {
            "res_model": "reverse.approval.rule",
            "res_id": self.rule.id,
            "vals": {"active": False},
            "control_asked_by_id": self.other.id,
        }
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._create(self.boss, "reverse.control.change", values)
        change = self._asked(self.rule, {"value_from": 5})
        with self.assertRaisesRegex((UserError, AccessError), "directly|not allowed"):
            self._write(self.boss, change, {"control_asked_by_id": self.other.id})
        with self.assertRaisesRegex(UserError, "can take it back"):
            self._rpc(self.other, change._name, "action_cancel", change.ids)
        self._rpc(self.boss, change._name, "action_cancel", change.ids)
        self.assertEqual(change.state, "cancelled")

    def test_messages_of_rules_stay(self):
        self.env.cr.flush()
        self.rule.approver_count = 2
        self.env.cr.flush()
        self.env.invalidate_all()
        messages = self.rule.message_ids.filtered("tracking_value_ids")
        self.assertTrue(messages)
        self._create(
            self.boss, "reverse.approval.rule", {"name": "X", "gate": "credit"}
        )
        for user in (self.boss, self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(UserError, "It stays"):
                self._rpc(user, "mail.message", "unlink", messages.ids)
            with self.assertRaisesRegex(UserError, "It stays"):
                self._rpc(user, "mail.message", "write", messages.ids, {"res_id": 0})


@tagged("post_install", "-at_install")
class TestAuthors(GovernanceCase):
    """Whoever entered or changed it by hand approves none of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(authorize=False)
        cls.branch = cls._create_user("service", "approver", login="branch")
        cls.line = cls._sell(4)

    def _entered(self, user):
        return self._create(
            user,
            "reverse.rma",
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": self.line.id, "quantity": 1})
                ],
            },
        )

    def test_who_entered_it_does_not_authorize(self):
        rma = self._entered(self.branch)
        self.assertEqual(rma.entered_by_id, self.branch)
        self.assertFalse(rma.changed_by_ids)
        self._call(self._as("service", rma), "action_request")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._rpc(self.branch, rma._name, "action_authorize", rma.ids)
        self._rpc(self.users["approver"], rma._name, "action_authorize", rma.ids)
        self.assertEqual(rma.state, "authorized")

    def test_who_changed_it_does_not_authorize(self):
        for change in (
            lambda rma: self._write(self.branch, rma, {"settlement_type": "none"}),
            lambda rma: self._write(self.branch, rma.line_ids, {"quantity": 2}),
            lambda rma: self._create(
                self.branch,
                "reverse.rma.line",
                {"rma_id": rma.id, "sale_line_id": self.line.id},
            ),
        ):
            rma = self._entered(self.users["service"])
            change(rma)
            self.assertEqual(rma.changed_by_ids, self.branch)
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._write(self.branch, rma, {"changed_by_ids": False})
            self._call(self._as("service", rma), "action_request")
            with self.assertRaisesRegex(UserError, "You took an earlier step"):
                self._rpc(self.branch, rma._name, "action_authorize", rma.ids)
            self._call(self._as("service", rma), "action_cancel")

    def test_a_later_change_does_not_forget_the_earlier_one(self):
        rma = self._entered(self.users["service"])
        third = self._create_user("service", login="third")
        self._write(self.branch, rma, {"settlement_type": "none"})
        self._write(third, rma.line_ids, {"quantity": 2})
        self.assertEqual(rma.changed_by_ids, self.branch | third)
        self._call(self._as("service", rma), "action_request")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._rpc(self.branch, rma._name, "action_authorize", rma.ids)

    def test_a_note_is_no_change(self):
        rma = self._entered(self.users["service"])
        self._write(self.branch, rma, {"note": "Called back"})
        self.assertFalse(rma.changed_by_ids)

    def test_a_grant_allows_it(self):
        self._grant(self.other)
        rma = self._entered(self.branch)
        self._call(self._as("service", rma), "action_request")
        self._rpc(self.branch, rma._name, "action_authorize", rma.ids)
        self.assertEqual(rma.state, "authorized")

    def test_who_entered_a_credit_does_not_approve_it(self):
        rma = self._entered(self.users["service"])
        self._call(self._as("service", rma), "action_request")
        self._rpc(self.users["approver"], rma._name, "action_authorize", rma.ids)
        settlement = self._create(
            self.branch,
            "reverse.settlement",
            {
                "rma_id": rma.id,
                "line_ids": [
                    Command.create({"rma_line_id": rma.line_ids.id, "price_unit": 50.0})
                ],
            },
        )
        self.assertEqual(settlement.entered_by_id, self.branch)
        self._call(self._as("service", settlement), "action_submit")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._rpc(self.branch, settlement._name, "action_approve", settlement.ids)
        self._rpc(
            self.users["approver"], settlement._name, "action_approve", settlement.ids
        )
        self.assertEqual(settlement.state, "approved")

    def test_who_changed_a_proposal_does_not_approve_it(self):
        rma = self._entered(self.users["service"])
        self._call(self._as("service", rma), "action_request")
        self._rpc(self.users["approver"], rma._name, "action_authorize", rma.ids)
        self._inspect(self._receive(rma), "D", "QUARANTINE")
        settlement = rma.settlement_ids
        self.assertFalse(settlement.entered_by_id | settlement.changed_by_ids)
        self._write(self.branch, settlement.line_ids[:1], {"deduction": 0.5})
        self.assertEqual(settlement.changed_by_ids, self.branch)
        self._call(self._as("service", settlement), "action_submit")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._rpc(self.branch, settlement._name, "action_approve", settlement.ids)


@tagged("post_install", "-at_install")
class TestToDo(GovernanceCase):
    """What waits for approval is on lists of things to do, whatever a client says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_policy(authorize=False)

    def _waiting(self, **context):
        rma = self._draft(self._sell(4))
        self._rpc(
            self.users["service"],
            rma._name,
            "action_request",
            rma.ids,
            context=context,
        )
        return rma.approval_ids, self.env["mail.activity"].search(
            [("reverse_approval_id", "in", rma.approval_ids.ids)]
        )

    def test_no_context_hides_it(self):
        for key in (
            "mail_activity_automation_skip",
            "mail_activity_quick_update",
            "mail_notrack",
            "tracking_disable",
        ):
            approval, activity = self._waiting(**{key: True})
            self.assertEqual(len(approval), 1)
            self.assertEqual(len(activity), 1, key)

    def test_it_stays_where_it_is(self):
        _approval, activity = self._waiting()
        other = self._draft(self._sell(4))
        kind = self.env.ref("mail.mail_activity_data_todo")
        partner = self.env["ir.model"]._get_id("res.partner")
        for values in (
            {"res_id": other.id},
            {"res_model_id": partner, "res_id": self.customer.id},
            {"activity_type_id": kind.id},
            {"user_id": self.users["service"].id},
            {"date_deadline": "2099-12-31"},
            {"active": False},
            {"reverse_approval_id": False},
            # what stands above the buttons by which it is approved
            {"summary": "Routine"},
            {"note": "<p>In the window</p>"},
        ):
            with self.assertRaisesRegex(UserError, "still asked|by hand"):
                self._write(self.users["service"], activity, values)


@tagged("post_install", "-at_install")
class TestLists(GovernanceCase):
    """What others see on lists of returns is offered to them by administrators."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = new_test_user(cls.env, login="plain", groups="base.group_user")

    def _keep(self, user, **values):
        kept = self._rpc(
            user,
            "ir.filters",
            "create_filter",
            {
                "name": "Events",
                "model_id": "reverse.event",
                "domain": "[('name', '!=', 'CreditReversed')]",
                "user_ids": [Command.set(user.ids)],
                **values,
            },
        )
        return self.env["ir.filters"].browse(getattr(kept, "id", kept))

    def test_nobody_decides_what_others_see_first(self):
        own = self._keep(self.plain, is_default=True)
        everybody = [Command.clear()]
        auditor = [Command.set(self.users["auditor"].ids)]
        both = [Command.link(self.users["auditor"].id)]
        for shared in (everybody, auditor, both):
            with self.assertRaisesRegex(UserError, "seen by others on lists"):
                self._write(self.plain, own, {"is_default": False, "user_ids": shared})
        with self.assertRaisesRegex(UserError, "seen by others on lists"):
            self._keep(self.plain, user_ids=everybody)
        # administrators offer one, and nobody begins with it unless they choose so
        offered = self._keep(self.boss, user_ids=everybody)
        with self.assertRaisesRegex(ValidationError, "everybody chooses that"):
            self._write(self.boss, offered, {"is_default": True})
        for values in ({"domain": "[]"}, {"model_id": "res.partner"}):
            with self.assertRaisesRegex(UserError, "seen by others on lists"):
                self._write(self.plain, offered, values)
        with self.assertRaisesRegex(UserError, "seen by others on lists"):
            self._rpc(self.plain, offered._name, "unlink", offered.ids)
        self._rpc(self.plain, own._name, "unlink", own.ids)
        # other lists are as ever
        other = self._keep(self.plain, model_id="res.partner", user_ids=everybody)
        self.assertFalse(other.user_ids)

    def test_nobody_puts_a_step_on_the_lists_of_others(self):
        action = self.env.ref("reverse_logistics.reverse_approval_action_mine")
        values = {
            "parent_action_id": action.id,
            "parent_res_model": "reverse.approval",
            "python_method": "action_approve",
            "name": "Details",
        }
        model = "ir.embedded.actions"
        approver = self.users["approver"]
        for user, place in (
            (False, "reverse.approval"),
            (approver.id, "reverse.approval"),
            (False, "res.partner"),
        ):
            with self.assertRaisesRegex(UserError, "seen by others on lists"):
                self._create(
                    self.plain,
                    model,
                    {**values, "user_id": user, "parent_res_model": place},
                )
        own = self._create(self.plain, model, {**values, "user_id": self.plain.id})
        with self.assertRaisesRegex(UserError, "seen by others on lists"):
            self._write(self.plain, own, {"user_id": False})
        self._create(self.boss, model, values)


@tagged("post_install", "-at_install")
class TestWhoHadWhichDuty(GovernanceCase):
    """Who had which duty, grant and deputy on which day can be listed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls._create_user("service", login="branch")
        cls.env.cr.flush()

    def _held(self, user=None, **domain):
        self.env.cr.flush()
        self.env.invalidate_all()
        periods = self.env["reverse.duty.period"]
        return self._as("auditor", periods).search(
            [
                ("user_id", "=", (user or self.branch).id),
                ("company_id", "=", self.company.id),
                *((name, "=", value) for name, value in domain.items()),
            ]
        )

    def test_roles_begin_and_end(self):
        service = self.env.ref("reverse_logistics.group_service")
        approver = self.env.ref("reverse_logistics.group_approver")
        self.assertEqual(self._held(date_to=False).group_id, service)
        self.branch.group_ids += approver
        self.assertEqual(self._held(date_to=False).group_id, service | approver)
        approver.user_ids -= self.branch
        self.assertEqual(self._held(date_to=False).group_id, service)
        (ended,) = self._held(group_id=approver.id)
        self.assertTrue(ended.date_to)
        events = self.env["reverse.event"].search(
            [("rma_id", "=", False), ("company_id", "=", self.company.id)],
            limit=2,
            order="sequence desc",
        )
        self.assertEqual(events.mapped("name"), ["DutyTaken", "DutyGiven"])
        for event in events:
            self.assertEqual(event.data["user_id"], self.branch.id)
            self.assertEqual(event.data["group_id"], approver.id)
        self.branch.active = False
        self.assertFalse(self._held(date_to=False))

    def test_grants_and_deputies(self):
        grant = self._grant()
        approver = self.users["approver"]
        deputy = (
            self.env["reverse.delegation"]
            .with_user(approver)
            .create(
                {
                    "delegate_id": self.branch.id,
                    "date_from": fields.Date.context_today(self.branch),
                    "date_to": fields.Date.context_today(self.branch),
                }
            )
        )
        held = self._held(date_to=False)
        self.assertEqual(held.grant_id, grant)
        self.assertEqual(held.delegation_id, deputy)
        self.assertEqual(held.for_user_id, approver)
        deputy.unlink()
        self._write(self.boss, grant, {"active": False})
        self.assertEqual(set(self._held(date_to=False).mapped("kind")), {"duty"})
        self.assertEqual(set(self._held().mapped("kind")), {"duty", "grant", "deputy"})

    def test_by_day(self):
        periods = self._held()
        today = fields.Date.to_date(periods.date_from)
        self.assertEqual(self._held(day=fields.Date.to_string(today)), periods)
        before = fields.Date.to_string(today - timedelta(days=1))
        self.assertFalse(self._held(day=before))
        self.branch.active = False
        self.assertEqual(self._held(day=today), periods)
        self.assertFalse(self._held(day=today + timedelta(days=1)))

    def test_groups_that_are_made_joined_and_deleted(self):
        approver = self.env.ref("reverse_logistics.group_approver")
        releaser = self.env.ref("reverse_logistics.group_releaser")
        leads = self.env["res.groups"].create(
            {
                "name": "Leads",
                "implied_ids": [Command.link(approver.id)],
                "user_ids": [Command.link(self.branch.id)],
            }
        )
        self.assertIn(approver, self._held(date_to=False).group_id)
        releaser.implied_by_ids += leads
        self.assertIn(releaser, self._held(date_to=False).group_id)
        leads.unlink()
        left = self._held(date_to=False).group_id
        self.assertFalse(left & (approver | releaser))
        self.env["res.users"].load(
            [".id", "group_ids/.id"], [[str(self.branch.id), str(approver.id)]]
        )
        self.assertIn(approver, self._held(date_to=False).group_id)

    def test_an_auditor_asks_about_a_day_in_the_past(self):
        """A day is the company's, however late the night's check comes by."""
        self.company.reverse_tz = "Australia/Sydney"
        approver, grant = self.users["approver"], self._grant()
        periods = self.env["reverse.duty.period"]

        def at(moment, change=None):
            with freeze_time(moment):
                if change:
                    change()
                self.env.cr.flush()
                periods._cron_update()

        def kinds(day):
            return sorted(self._held(day=day).mapped("kind"))

        deputy = self.env["reverse.delegation"].with_user(approver)
        deputy = deputy.create(
            {
                "delegate_id": self.branch.id,
                "date_from": "2039-03-10",
                "date_to": "2039-03-12",
            }
        )
        self._held()
        # in Sydney it is the tenth from 13:00 of the ninth
        at("2039-03-09 12:00:00")
        self.assertEqual(kinds("2039-03-09"), ["duty", "grant"])
        at("2039-03-10 17:00:00")
        self.assertEqual(kinds("2039-03-10"), ["deputy", "duty", "grant"])
        self.assertEqual(
            fields.Datetime.to_string(self._held(kind="deputy").date_from),
            "2039-03-09 13:00:00",
        )
        at("2039-03-11 22:00:00", lambda: self._write(self.boss, grant, {"active": 0}))
        at("2039-03-14 05:00:00")
        self.assertEqual(kinds("2039-03-12"), ["deputy", "duty", "grant"])
        self.assertEqual(kinds("2039-03-13"), ["duty"])
        self.assertEqual(
            self._held(day="2039-03-11", kind="deputy").for_user_id, approver
        )

    def test_nobody_stands_in_for_who_is_gone(self):
        approver, today = self.users["approver"], fields.Date.today()
        self.env["reverse.delegation"].with_user(approver).create(
            {
                "delegate_id": self.branch.id,
                "date_from": today - timedelta(days=1),
                "date_to": today + timedelta(days=1),
            }
        )
        self.assertTrue(self._held(date_to=False, kind="deputy"))
        approver.active = False
        self.assertFalse(self._held(date_to=False, kind="deputy"))

    def test_what_was_given_unseen_is_found_at_night(self):
        self._held()
        approver = self.env.ref("reverse_logistics.group_approver")
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)",
            [approver.id, self.branch.id],
        )
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self.env["reverse.duty.period"]._cron_update()
        self.assertIn(approver, self._held(date_to=False).group_id)

    def test_nobody_writes_it(self):
        period = self._held()
        for user in (self.boss, self.users["auditor"]):
            for method, args in (
                ("write", (period.ids, {"date_to": "2020-01-01"})),
                ("unlink", (period.ids,)),
                ("create", ([{"user_id": user.id, "kind": "duty"}],)),
            ):
                with self.assertRaisesRegex(
                    (UserError, AccessError), "not allowed to|directly|noted"
                ):
                    self._rpc(user, period._name, method, *args)
