"""What a draft would have decided: counted, priced, and without changing anything."""

import base64
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.simulation import reverse_simulation
from ..versions_common import VersionsCase


class SimulationCase(VersionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulations = cls.env["reverse.simulation"].with_user(cls.administrator)
        cls.cable = cls._create_product("Cable", list_price=20.0)
        cls.phone = cls._create_product("Phone", categ_id=cls.category.id)
        cls.draft = cls._draft_version(
            rules=[
                {"name": "Everything", "window_days": 30},
                {
                    "name": "Electronics",
                    "window_days": 14,
                    "category_ids": [Command.set(cls.category.ids)],
                },
            ]
        )

    @classmethod
    def _delivered(cls, product, days_ago, quantity=1):
        """Sell and deliver some days ago; give the delivery."""
        _line, delivery = cls._sold(product, quantity)
        delivery.date = fields.Datetime.now() - timedelta(days=days_ago)
        return delivery

    def _simulate(self, start=True, **values):
        simulation = self.simulations.create(
            {"version_id": self.draft.id, "date_from": self._day(-90), **values}
        )
        if start:
            simulation.action_start()
            self.assertFalse(simulation.error)
        return simulation

    def test_days_in_titles_are_written_as_the_user_writes_them(self):
        simulation = self._simulate(
            start=False, date_from="2026-07-20", date_to="2026-11-28"
        )
        self.env["res.lang"]._lang_get("en_US").date_format = "%d/%m/%Y"
        simulation.invalidate_recordset(["display_name"])
        name = simulation.with_context(lang="en_US").display_name
        self.assertRegex(name, "20/07/2026 to 28/11/2026$")
        score = self.env["reverse.health.score"].new({"day": "2026-11-28"})
        self.assertEqual(score.with_context(lang="en_US").display_name, "28/11/2026")

    def _results(self, simulation):
        return [
            (line.product_id.name, line.before_decision, line.after_decision)
            for line in simulation.line_ids
        ]

    def _run_cron(self, seconds=60.0):
        cron = type(self.env["ir.cron"])
        simulations = self.env["reverse.simulation"]
        with patch.object(cron, "_commit_progress", return_value=seconds) as commit:
            simulations.with_user(self.env.ref("base.user_root"))._cron_run()
        return commit


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCase):
    # ------------------------------------------------------------------
    # Past returns
    # ------------------------------------------------------------------
    def test_past_returns_are_decided_as_of_their_day(self):
        late = self._requested(self._delivered(self.phone, 20), 1)
        self._requested(self._delivered(self.phone, 3), 1)
        self._requested(self._delivered(self.cable, 20), 1)
        # time passes; what was in time stays so
        with freeze_time(fields.Datetime.now() + timedelta(days=40)):
            simulation = self._simulate(date_from=self._day(-5))
        self.assertEqual(simulation.state, "done")
        self.assertEqual(
            self._results(simulation),
            [
                ("Phone", "authorize", "exception"),
                ("Phone", "authorize", "authorize"),
                ("Cable", "authorize", "authorize"),
            ],
        )
        line = simulation.line_ids[0]
        self.assertEqual((line.document, line.changed), (late.name, True))
        self.assertEqual(
            (line.before_rule, line.after_rule), ("Everything", "Electronics")
        )
        self.assertRegex(line.after_explanation, "^Delivered 20 days ago; .* 14 days.$")
        self.assertRegex(line.before_explanation, "within the 30 days")
        self.assertEqual(line.action_open_document()["res_id"], late.id)
        self.assertEqual((simulation.total, simulation.done), (3, 3))
        self.assertEqual((simulation.progress, simulation.changed_count), (100.0, 1))
        # nothing happened to the return
        self.assertEqual(late.line_ids.decision, "authorize")
        self.assertEqual(late.line_ids.policy_version_id, self.shared)

    def test_what_it_costs(self):
        self._requested(self._delivered(self.phone, 20, 2), 2)
        self._requested(self._delivered(self.cable, 1), 1)
        simulation = self._simulate()
        phone, cable = simulation.line_ids
        self.assertEqual((phone.value, cable.value), (200.0, 20.0))
        self.assertEqual((phone.before_credit, phone.after_credit), (200.0, 0.0))
        self.assertEqual((phone.before_waiting, phone.after_waiting), (0.0, 200.0))
        self.assertEqual((phone.credit_difference, cable.credit_difference), (-200, 0))
        self.assertEqual(simulation.credit_difference, -200.0)
        self.assertEqual(simulation.waiting_difference, 200.0)
        self.assertEqual(simulation.cost_difference, -200.0)
        self.assertEqual(
            (simulation.fee_difference, simulation.freight_difference), (0.0, 0.0)
        )
        change, same = simulation.change_ids
        self.assertEqual(
            (change.before_decision, change.after_decision, change.count, change.value),
            ("authorize", "exception", 1, 200.0),
        )
        self.assertEqual((same.changed, same.count), (False, 1))
        action = change.action_view_lines()
        self.assertEqual(
            self.env["reverse.simulation.line"].search(action["domain"]), phone
        )

    def test_fee_and_freight(self):
        """Both follow from the version; where goods stay away, neither is there."""
        self.facility.freight_ids = [Command.create({"base_amount": 7.0})]
        rma = self._requested(self._delivered(self.cable, 1, 2), 2)
        self._requested(self._delivered(self.phone, 20), 1)
        rma._guarded_write({"freight_estimate": 5.0})
        self.draft.write(
            {"fee_rule_ids": [Command.create({"name": "Fee", "percent": 15.0})]}
        )
        simulation = self._simulate()
        line, other = simulation.line_ids
        self.assertEqual((line.before_fee, line.after_fee), (0.0, 6.0))
        self.assertEqual((line.before_freight, line.after_freight), (5.0, 7.0))
        self.assertEqual((line.credit_difference, line.cost_difference), (0.0, -4.0))
        self.assertEqual((other.after_fee, other.after_freight), (0.0, 0.0))
        self.draft.rule_ids.write({"returnless": "below", "returnless_value": 1000})
        simulation = self._simulate()
        self.assertEqual(simulation.line_ids[0].after_freight, 0.0)
        self.assertEqual(simulation.line_ids[0].after_fee, 0.0)
        self.assertEqual(simulation.line_ids[0].after_credit, 40.0)

    def test_freight_of_what_stayed_and_would_come(self):
        """What one version let stay, another one brings back."""
        self.facility.freight_ids = [Command.create({"base_amount": 7.0})]
        rma = self._requested(self._delivered(self.cable, 1), 1)
        rma.line_ids._guarded_write({"returnless": True})
        line = self._simulate(baseline="decided").line_ids
        self.assertEqual((line.before_freight, line.after_freight), (0.0, 7.0))

    def test_freight_that_the_law_lets_the_customer_pay(self):
        self.facility.freight_ids = [Command.create({"base_amount": 7.0})]
        self._delivered(self.cable, 1)
        self.draft.legal_rule_ids = [
            Command.create({"name": "Withdrawal", "freight_payer": "customer"})
        ]
        simulation = self._simulate(scope="deliveries", days_after=14)
        self.assertRegex(
            simulation.line_ids.after_explanation, "withdraw from this purchase until"
        )
        self.assertEqual(simulation.line_ids.after_freight, 0.0)
        self.assertEqual(simulation.line_ids.before_freight, 7.0)
        # 7 days in transit, 14 days, and no weekend that lasts longer
        simulation = self._simulate(scope="deliveries", days_after=30)
        self.assertRegex(simulation.line_ids.after_explanation, "within the 30 days")
        self.assertEqual(simulation.line_ids.after_freight, 7.0)

    def test_a_fee_in_another_currency(self):
        euros = self.env.ref("base.EUR")
        self._set_rates(euros, (fields.Date.today(), 0.5))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euros.id}
        )
        _line, delivery = self._sold(self.cable, 1, pricelist_id=pricelist.id)
        self._requested(delivery)
        self.draft.fee_rule_ids = [Command.create({"name": "Fee", "percent": 10.0})]
        line = self._simulate().line_ids
        self.assertEqual((line.value, line.after_fee), (20.0, 2.0))

    def test_what_was_found_later_is_not_known_yet(self):
        rma = self._inspected(self._delivered(self.phone, 1), condition="E")
        self.draft.rule_ids[1].condition_ids = self.conditions["E"]
        simulation = self._simulate()
        self.assertEqual(simulation.line_ids.after_rule, "Everything")
        facts = rma.line_ids._get_rule_facts()[rma.line_ids]
        self.assertEqual([*facts.values["condition"]], self.conditions["E"].ids)

    def test_an_invoice_of_later_is_not_known_yet(self):
        self.draft.rule_ids.window_from = "invoice"
        order_line, delivery = self._sold(self.cable, 1)
        self._requested(delivery)
        later = fields.Date.today() + timedelta(days=3)
        self._invoice(order_line.order_id, date=later)
        simulation = self._simulate()
        self.assertRegex(simulation.line_ids.after_explanation, "there is none yet")

    def test_proofs_are_assumed_or_not(self):
        self._requested(self._delivered(self.cable, 1), 1)
        self.draft.rule_ids.proof_photo = True
        self.assertEqual(self._simulate().line_ids.after_decision, "authorize")
        simulation = self._simulate(with_proofs=False)
        self.assertEqual(simulation.line_ids.after_decision, "refuse")
        self.assertEqual(simulation.line_ids.after_waiting, 0.0)

    def test_proofs_that_are_there_count(self):
        rma = self._draft(self._delivered(self.cable, 1))
        image = base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            "awAAAABJRU5ErkJggg=="
        )
        self.env["ir.attachment"].create(
            {
                "name": "cable.png",
                "raw": image,
                "res_model": "reverse.rma.line",
                "res_id": rma.line_ids.id,
            }
        )
        rma.action_request()
        self._requested(self._delivered(self.cable, 1), 1)
        self.draft.rule_ids.proof_photo = True
        simulation = self._simulate(with_proofs=False)
        self.assertEqual(
            simulation.line_ids.mapped("after_decision"), ["authorize", "refuse"]
        )

    def test_the_period_is_in_days_of_the_company(self):
        self.company.reverse_tz = "Pacific/Auckland"
        rma = self._requested(self._delivered(self.cable, 1), 1)
        rma._guarded_write({"requested_at": datetime(2026, 3, 9, 11, 30)})
        for day, found in (("2026-03-09", 0), ("2026-03-10", 1)):
            simulation = self._simulate(False, date_from=day, date_to=day)
            self.assertEqual(simulation._count_lines(), found, day)

    def test_nothing_of_the_period(self):
        with self.assertRaisesRegex(UserError, "Nothing was found in this period"):
            self._simulate()

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------
    def test_all_deliveries_as_if_they_came_back(self):
        delivery = self._delivered(self.phone, 50, 3)
        self._delivered(self.cable, 50)
        simulation = self._simulate(scope="deliveries", days_after=20)
        self.assertEqual(simulation.baseline, "then")
        self.assertEqual(
            self._results(simulation),
            [("Phone", "authorize", "exception"), ("Cable", "authorize", "authorize")],
        )
        line = simulation.line_ids[0]
        self.assertEqual(line.document, delivery.picking_id.name)
        self.assertEqual((line.quantity, line.value), (3.0, 300.0))
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(line.day, self._day(-30))
        self.assertFalse(line.rma_line_id)
        self.assertEqual(line.action_open_document()["res_id"], delivery.picking_id.id)
        self.assertFalse(
            self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        )

    def test_assumed_reason_and_channel(self):
        self._delivered(self.cable, 5)
        reason = self.env["reverse.reason"].create({"name": "Dead", "code": "DEADX"})
        channel = self.env["reverse.channel"].create({"name": "Web", "code": "WEBX"})
        self.draft.rule_ids[1].write(
            {
                "category_ids": [Command.clear()],
                "reason_ids": [Command.set(reason.ids)],
                "channel_ids": [Command.set(channel.ids)],
            }
        )
        values = {"scope": "deliveries", "reason_id": reason.id}
        simulation = self._simulate(**values)
        self.assertEqual(simulation.line_ids.after_rule, "Everything")
        simulation = self._simulate(**values, channel_id=channel.id)
        self.assertEqual(simulation.line_ids.after_rule, "Electronics")

    def test_serials_left_with_the_delivery(self):
        lots = self._create_lots(self.serial_product, "S1", "S2")
        order = self._order(self.serial_product, 2)
        self._deliver(order, lots=dict.fromkeys(lots, 1))
        self.draft.rule_ids.proof_serial = True
        simulation = self._simulate(scope="deliveries", with_proofs=False)
        self.assertEqual(simulation.line_ids.after_decision, "authorize")

    # ------------------------------------------------------------------
    # Compared with
    # ------------------------------------------------------------------
    def test_the_version_in_force_at_the_time(self):
        self._requested(self._delivered(self.phone, 1), 1)
        start = fields.Datetime.now()
        with freeze_time(start + timedelta(days=10)):
            strict = self._draft_version(
                rules=[{"name": "No more", "returnable": False}]
            )
            strict.action_activate()
            self.env["reverse.rma"].flush_model()
            self._requested(self._delivered(self.phone, 1), 1)
        with freeze_time(start + timedelta(days=20)):
            simulation = self._simulate(baseline="then")
            both = self._simulate(baseline="version", base_version_id=strict.id)
        self.assertEqual(
            simulation.line_ids.mapped("before_rule"), ["Everything", "No more"]
        )
        self.assertEqual(both.line_ids.mapped("before_rule"), ["No more", "No more"])
        self.assertEqual(set(both.line_ids.mapped("after_rule")), {"Electronics"})

    def test_before_the_first_version_it_counts(self):
        self._delivered(self.cable, 60)
        simulation = self._simulate(scope="deliveries", days_after=1)
        self.assertLess(simulation.line_ids.day, self.shared.date_from)
        self.assertEqual(simulation.line_ids.before_rule, "Everything")

    def test_what_cannot_be_compared(self):
        self._delivered(self.cable, 5)
        with self.assertRaisesRegex(
            UserError, "Deliveries that nobody asked back have no decision yet"
        ):
            self._simulate(scope="deliveries", baseline="decided")
        with self.assertRaisesRegex(UserError, "Choose the version to compare with"):
            self._simulate(scope="deliveries", baseline="version")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.administrator.company_ids += other
        foreign = self._own_policy(other).version_ids
        with self.assertRaisesRegex(AccessError, "reverse.policy.version"):
            self._simulate(
                scope="deliveries", baseline="version", base_version_id=foreign.id
            )
        self.simulations = self.simulations.with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        with self.assertRaisesRegex(
            UserError, "decides for Elsewhere and its branches"
        ):
            self._simulate(scope="deliveries", version_id=foreign.id)

    def test_only_the_company_that_is_asked_about(self):
        self._delivered(self.cable, 5)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.administrator.company_ids += other
        simulation = (
            self.simulations.with_context(
                allowed_company_ids=[self.company.id, other.id]
            )
        ).create(
            {
                "version_id": self.draft.id,
                "company_id": other.id,
                "scope": "deliveries",
                "date_from": self._day(-9),
            }
        )
        with self.assertRaisesRegex(UserError, "Nothing was found in this period"):
            simulation.action_start()

    # ------------------------------------------------------------------
    # Who, and when not
    # ------------------------------------------------------------------
    def test_only_administrators_simulate_and_auditors_read(self):
        self._delivered(self.cable, 5)
        simulation = self._simulate(scope="deliveries")
        audited = self._as("auditor", simulation)
        self.assertEqual(audited.line_ids.mapped("product_id"), self.cable)
        self.assertEqual(audited.change_ids.count, 1)
        with self.assertRaises(AccessError):
            audited.copy()
        with self.assertRaises(AccessError):
            audited.unlink()
        for role in ("service", "approver"):
            with self.assertRaises(AccessError):
                self._as(role, simulation).read(["state"])
        with self.assertRaises(AccessError):
            self._as("administrator", simulation.line_ids).write({"after_credit": 0})

    def test_results_cannot_be_forged(self):
        simulation = self._simulate(False, scope="deliveries")
        for name, value in (
            ("state", "done"),
            ("done", 5),
            ("fingerprint", "x"),
            ("line_ids", [Command.create({"document": "X"})]),
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                simulation.write({name: value})
        self._delivered(self.cable, 5)
        simulation.action_start()
        with self.assertRaisesRegex(UserError, "is Done and can no longer be changed"):
            simulation.days_after = 3
        with self.assertRaisesRegex(UserError, "is Done: this step is not possible"):
            simulation.action_start()
        copy = simulation.copy()
        self.assertEqual((copy.state, copy.done, len(copy.line_ids)), ("draft", 0, 0))

    def test_a_changed_version_is_told(self):
        self._delivered(self.cable, 5)
        simulation = self._simulate(scope="deliveries")
        self.assertFalse(simulation.is_outdated)
        self.draft.rule_ids[0].window_days = 3
        simulation.invalidate_recordset()
        self.assertTrue(simulation.is_outdated)

    def test_from_the_version(self):
        action = self._as("administrator", self.draft).action_simulate()
        self._requested(self._delivered(self.cable, 1), 1)
        form = Form(self.simulations.with_context(**action["context"]))
        self.assertEqual((form.scope, form.baseline), ("returns", "decided"))
        form.scope = "deliveries"
        self.assertEqual(form.baseline, "then")
        form.scope = "returns"
        simulation = form.save()
        self.assertEqual(simulation.version_id, self.draft)
        simulation.action_start()
        self.assertEqual(self.draft.simulation_count, 1)
        action = self._as("administrator", self.draft).action_view_simulations()
        self.assertEqual(self.simulations.search(action["domain"]), simulation)

    def test_old_results_are_deleted(self):
        self._delivered(self.cable, 5)
        simulation = self._simulate(scope="deliveries")
        with freeze_time(fields.Datetime.now() + timedelta(days=89)):
            simulation._gc_simulations()
        self.assertTrue(simulation.exists())
        lines = simulation.line_ids
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            simulation._gc_simulations()
        self.assertFalse(simulation.exists() or lines.exists())


@tagged("post_install", "-at_install")
class TestSimulationBatches(SimulationCase):
    """Many lines: in the background, batch by batch, at the same price each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.env["product.product"].concat(
            *(
                cls._create_product(
                    f"Part {number}",
                    categ_id=(cls.category if number % 2 else cls.perpetual).id,
                )
                for number in range(4)
            )
        )

    @classmethod
    def _deliver_many(cls, count):
        """Deliver one line each of ``count`` lines, on orders of ten customers."""
        customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(10)]
        )
        for product in cls.products:
            cls._stock(product, count)
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "warehouse_id": cls.warehouse.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.products[number % 4].id,
                                "product_uom_qty": 1,
                            }
                        )
                        for number in range(count // 10)
                    ],
                }
                for customer in customers
            ]
        )
        orders.action_confirm()
        moves = orders.picking_ids.move_ids
        moves.picked = True
        moves._action_done()
        return moves

    def _start_small(self, batch=5, **values):
        """Start one that takes several batches in the background."""
        self._deliver_many(20)
        self.startPatcher(patch.object(reverse_simulation, "AT_ONCE", 10))
        self.startPatcher(patch.object(reverse_simulation, "BATCH", batch))
        return self._simulate(scope="deliveries", **values)

    def test_queries_grow_with_batches_only(self):
        self._deliver_many(220)
        counts = {}
        for batch in (50, 100):
            simulation = self._simulate(False, scope="deliveries")
            with (
                patch.object(reverse_simulation, "AT_ONCE", 0),
                patch.object(reverse_simulation, "BATCH", batch),
            ):
                simulation.action_start()
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                simulation.sudo()._run_batch()
                self.env.flush_all()
                counts[batch] = self.env.cr.sql_log_count - before
            self.assertEqual(simulation.done, batch)
        self.assertLess(counts[100], 120)
        self.assertLessEqual(counts[100] - counts[50], 5, counts)

    def test_many_lines_run_in_the_background(self):
        simulation = self._start_small()
        self.assertEqual((simulation.state, simulation.total), ("running", 20))
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("reverse_logistics.cron_simulate").id)]
        )
        self.assertTrue(trigger)
        # no time for more than one batch
        commit = self._run_cron(0)
        self.assertEqual(commit.call_args_list[0].kwargs, {"remaining": 20})
        self.assertEqual((simulation.state, simulation.done), ("running", 5))
        self.assertEqual(simulation.progress, 25.0)
        self._run_cron()
        self.assertEqual((simulation.state, simulation.done), ("done", 20))
        self.assertEqual(len(simulation.line_ids), 20)
        self.assertEqual(len(simulation.line_ids.move_id), 20)
        self.assertEqual(simulation.changed_count, 0)

    def test_it_can_be_stopped_and_goes_on(self):
        simulation = self._start_small()
        self._run_cron(0)
        with self.assertRaisesRegex(UserError, "is running: stop it first"):
            simulation.with_context(_force_unlink=True).unlink()
        simulation.action_cancel()
        self._run_cron()
        self.assertEqual((simulation.state, simulation.done), ("cancelled", 5))
        simulation.action_resume()
        self._run_cron()
        self.assertEqual((simulation.state, simulation.done), ("done", 20))
        self.assertEqual(len(simulation.line_ids.move_id), 20)

    def test_it_goes_on_with_the_rules_it_began_with(self):
        simulation = self._start_small()
        self._run_cron(0)
        self.draft.rule_ids.unlink()
        self._run_cron()
        self.assertEqual((simulation.state, simulation.done), ("done", 20))
        self.assertTrue(simulation.is_outdated)
        self.assertEqual(
            set(simulation.line_ids.mapped("after_decision")), {"authorize"}
        )

    def test_returns_are_taken_whole(self):
        line, other = self._sold(self.cable, 9)[1], self._sold(self.phone, 9)[1]
        for size in (3, 4, 1):
            rma = self._draft(line)
            for _number in range(size - 1):
                rma.line_ids.create({"rma_id": rma.id, "move_id": other.id})
            rma.action_request()
        self.startPatcher(patch.object(reverse_simulation, "BATCH", 3))
        self.startPatcher(patch.object(reverse_simulation, "AT_ONCE", 0))
        simulation = self._simulate()
        self.assertEqual(simulation.total, 8)
        done = []
        while simulation.state == "running":
            simulation.sudo()._run_batch()
            done.append(simulation.done)
        self.assertEqual(done, [3, 7, 8, 8])
        self.assertEqual(len(simulation.line_ids.rma_line_id), 8)

    def test_a_defect_ends_one_simulation_only(self):
        broken = self._start_small()
        other = self._simulate(scope="deliveries", days_after=2)
        lines = type(self.env["reverse.rma.line"])
        prepare = lines._prepare_simulated

        def fail(line, value):
            if line.as_of.date() > self._day(10):
                raise ZeroDivisionError("no such thing")
            return prepare(line, value)

        with (
            patch.object(lines, "_prepare_simulated", fail),
            self.assertLogs("odoo.addons.reverse_logistics", "ERROR"),
        ):
            self._run_cron()
        self.assertEqual((broken.state, broken.error), ("failed", "no such thing"))
        self.assertFalse(broken.line_ids)
        self.assertEqual((other.state, len(other.line_ids)), ("done", 20))
