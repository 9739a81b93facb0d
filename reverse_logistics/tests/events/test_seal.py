"""Whole returns taken out of the database are missed; refusals are counted."""

import contextlib
import io
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID
from odoo.cli.command import find_command
from odoo.exceptions import AccessError, UserError
from odoo.modules import module
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ...models.base import reverse_refusal
from ...models.events import reverse_event_seal
from ..control_common import ControlCase

BUFFER = "reverse_logistics.refusals"
SEAL_LOGGER = "odoo.addons.reverse_logistics.models.events.reverse_event_seal"


@tagged("post_install", "-at_install")
class TestSeal(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=20)
        cls.seals = cls.env["reverse.event.seal"].sudo()

    def _seal(self):
        return self.seals._seal(self.company)

    def _tamper(self, *queries):
        self.env.cr.flush()
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'on'")
        self.env.cr.execute("SET LOCAL session_replication_role = 'replica'")
        for query, *parameters in queries:
            self.env.cr.execute(query, parameters)
        self.env.cr.execute("SET LOCAL session_replication_role = 'origin'")
        self.env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'off'")
        self.env.invalidate_all()

    def _problems(self):
        return self.seals._verify(self.company)[2]

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------
    def test_seals_cover_what_changed(self):
        rma = self._requested(self.delivery, 1)
        first = self._seal()
        self.assertIn([rma.id, rma.event_count, rma.event_head], first.chains)
        self.assertFalse(self._seal(), "nothing changed")
        other = self._requested(self.delivery, 1)
        second = self._seal()
        self.assertEqual(
            second.chains, [[other.id, other.event_count, other.event_head]]
        )
        self.assertEqual(second.previous_hash, first.hash)
        self.assertEqual(second.sequence, first.sequence + 1)
        self.assertEqual(second.return_count, first.return_count + 1)
        self._receive(rma)
        third = self._seal()
        self.assertEqual([entry[0] for entry in third.chains], rma.ids)
        self.assertEqual(self._problems(), [])

    def test_every_company_is_sealed_at_night(self):
        self._requested(self.delivery, 1)
        self.env.cr.flush()
        with patch.object(IrCron, "_commit_progress", lambda *args, **kwargs: 1.0):
            self.env["reverse.event.seal"].with_user(SUPERUSER_ID)._cron_seal()
        count, digest, problems = self.seals._verify_companies()[self.company]
        self.assertEqual(problems, [])
        self.assertGreaterEqual(count, 1)
        self.assertRegex(digest, r"^[0-9a-f]{64}$")

    def test_many_returns_are_sealed_in_slices(self):
        for _number in range(3):
            self._requested(self.delivery, 1)
        with patch.object(reverse_event_seal, "CHAINS", 2):
            seals = self._seal()
            self.assertGreaterEqual(len(seals), 2)
            self.assertEqual(self._problems(), [])
        self.assertLessEqual(max(seals.mapped("chain_count")), 2)

    def test_sealing_costs_the_same_for_more_returns(self):
        self._requested(self.delivery, 1)
        self._seal()
        costs = []
        for number in (1, 2, 6):
            for _number in range(number):
                self._requested(self.delivery, 1)
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._seal().chain_count, number)
            self.env.cr.flush()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[2], costs[1])
        self.assertLess(costs[0], 15)

    # ------------------------------------------------------------------
    # What is found
    # ------------------------------------------------------------------
    def _delete(self, rma):
        """Take a whole return out of the database, as a culprit with SQL would."""
        self._tamper(
            ("DELETE FROM reverse_event WHERE rma_id = %s", rma.id),
            ("DELETE FROM reverse_rma_line WHERE rma_id = %s", rma.id),
            ("DELETE FROM reverse_rma WHERE id = %s", rma.id),
        )

    def test_a_deleted_return_is_missed(self):
        rma = self._requested(self.delivery, 1)
        self._seal()
        rma_id = rma.id
        self._delete(rma)
        self.assertEqual(
            self._problems(),
            [f"return with id {rma_id} is missing with all its events"],
        )
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(find_command("reverse_verify")().verify(self.env), 1)
        self.assertIn(f"return with id {rma_id} is missing", output.getvalue())

    def test_the_next_seal_warns(self):
        rma = self._requested(self.delivery, 1)
        self._requested(self.delivery, 1)
        self._seal()
        self._delete(rma)
        with self.assertLogs(SEAL_LOGGER, "WARNING") as logs:
            self._seal()
        self.assertIn("run reverse_verify", logs.output[0])
        self.assertEqual(len(self._problems()), 1)

    def test_a_chain_written_anew_is_found(self):
        rma = self._requested(self.delivery, 1)
        self._receive(rma)
        self._seal()
        count = rma.event_count
        self._tamper(
            (
                "DELETE FROM reverse_event WHERE rma_id = %s AND sequence = %s",
                rma.id,
                count,
            ),
            (
                "UPDATE reverse_rma SET event_count = event_count - 1, event_head ="
                " (SELECT hash FROM reverse_event WHERE rma_id = %s"
                " ORDER BY sequence DESC LIMIT 1) WHERE id = %s",
                rma.id,
                rma.id,
            ),
        )
        self.assertEqual(self.env["reverse.event"]._find_breaks(rma), {})
        self.assertEqual(
            self._problems(),
            [f"{rma.name}: events before its seal were changed or are missing"],
        )

    def test_changed_and_missing_seals_are_found(self):
        self._requested(self.delivery, 1)
        first = self._seal()[-1:]
        self._requested(self.delivery, 1)
        second = self._seal()
        number = first.sequence
        digest = second.hash
        self._tamper(
            (
                "UPDATE reverse_event_seal SET event_count = 1 WHERE id = %s",
                second.id,
            ),
        )
        self.assertIn(
            f"seal {second.sequence} was changed or is missing", self._problems()
        )
        self._tamper(("DELETE FROM reverse_event_seal WHERE id = %s", first.id))
        self.assertIn("was changed or is missing", self._problems()[0])
        self.assertEqual(number + 1, second.sequence)
        self._tamper(("DELETE FROM reverse_event_seal WHERE id = %s", second.id))
        command = find_command("reverse_verify")()
        command.seal = digest
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(command.verify(self.env), 1)
        self.assertIn(f"the seal {digest} is missing", output.getvalue())

    @mute_logger("odoo.sql_db")
    def test_seals_are_append_only(self):
        self._requested(self.delivery, 1)
        seal = self._seal()[-1:]
        for query in (
            "UPDATE reverse_event_seal SET hash = 'x'",
            "DELETE FROM reverse_event_seal",
            "TRUNCATE reverse_event_seal",
        ):
            with self.assertRaisesRegex(
                psycopg2.Error, "reverse_event_seal is append-only"
            ):
                self.env.cr.execute(query)
        for records in (seal, self._as("administrator", seal)):
            with self.assertRaisesRegex(UserError, "written by the system only"):
                records.create([{"company_id": self.company.id, "sequence": 99}])
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                records.write({"hash": "x"})
            with self.assertRaisesRegex(UserError, "cannot be deleted"):
                records.unlink()
        self.assertTrue(seal.exists())

    def test_seals_are_for_auditors(self):
        self._requested(self.delivery, 1)
        seal = self._seal()[-1:]
        self.assertEqual(self._as("auditor", seal).read(["hash"])[0]["hash"], seal.hash)
        with self.assertRaisesRegex(AccessError, "not allowed to access"):
            self._as("service", seal).read(["hash"])


@tagged("post_install", "-at_install")
class TestRefusals(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=2)
        cls.refusals = cls.env["reverse.refusal"].sudo()

    @contextlib.contextmanager
    def _counted(self):
        """Let the refusals of this test be written within it."""
        cr = self.env.cr

        @contextlib.contextmanager
        def cursor():
            yield cr

        with (
            patch.object(module, "current_test", False),
            patch.object(self.env.registry, "cursor", cursor),
        ):
            yield
            reverse_refusal._count(
                self.env.registry, cr.postcommit.data.pop(BUFFER, {})
            )
        self.refusals.invalidate_model()

    def _found(self, user):
        return {
            (refusal.code, refusal.count)
            for refusal in self.refusals.search([("user_id", "=", user.id)])
        }

    def test_refused_roles_and_quantities_are_counted(self):
        with self._counted():
            rma = self._requested(self.delivery, 2)
            for _time in range(2):
                with self.assertRaisesRegex(AccessError, "role “Receiver”"):
                    self._as("service", rma).action_receive()
            more = self._draft(self.delivery, 1)
            with self.assertRaisesRegex(UserError, "would come back"):
                more.action_request()
        self.assertEqual(
            self._found(self.users["service"]), {("role", 2), ("over_return", 1)}
        )
        refusal = self.refusals.search([("user_id", "=", self.users["service"].id)])[:1]
        self.assertEqual(refusal.company_id, self.company)

    def test_days_are_added_up(self):
        user = self.users["service"]
        for times in (1, 2):
            with self._counted():
                for _time in range(times):
                    self._as("service", self.refusals)._note("over_credit")
        self.assertEqual(self._found(user), {("over_credit", 3)})
        refusal = self.refusals.search([("user_id", "=", user.id)])
        self.assertEqual(refusal.display_name, "More than was invoiced")

    def test_own_steps_and_the_system_are_counted(self):
        boss = self._create_user("service", "approver")
        source = self._draft(self.delivery, 2).with_user(boss)
        with self._counted():
            with self.assertRaisesRegex(UserError, "took an earlier step"):
                source._guarded_write({"requested_by_id": boss.id})
                source._check_duty("approver", excluded=("requested_by_id",))
            with self.assertRaisesRegex(AccessError, "never by the system user"):
                source.with_user(SUPERUSER_ID)._check_duty("approver")
        self.assertEqual(self._found(boss), {("own_step", 1)})
        self.assertIn(
            "not_a_person",
            self.refusals.search([("user_id", "=", SUPERUSER_ID)]).mapped("code"),
        )

    def test_counting_never_fails_the_step(self):
        rma = self._requested(self.delivery, 1)
        with (
            patch.object(module, "current_test", False),
            patch.object(
                self.env.registry, "cursor", side_effect=psycopg2.OperationalError("no")
            ) as cursor,
            self.assertLogs(reverse_refusal.__name__, "WARNING") as logs,
        ):
            with self.assertRaisesRegex(AccessError, "role “Receiver”"):
                self._as("service", rma).action_receive()
            reverse_refusal._count(
                self.env.registry, self.env.cr.postcommit.data.pop(BUFFER)
            )
        self.assertEqual(cursor.call_count, 3)
        self.assertIn("Refusals were not counted", logs.output[0])

    def test_refusals_are_read_by_auditors_only(self):
        with self._counted():
            self._as("service", self.refusals)._note("role")
        refusal = self.refusals.search([("user_id", "=", self.users["service"].id)])
        self.assertEqual(self._as("auditor", refusal).count, 1)
        with self.assertRaisesRegex(AccessError, "not allowed to access"):
            self._as("service", refusal).read(["count"])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(
                self._as("administrator", refusal).has_access(operation), operation
            )
