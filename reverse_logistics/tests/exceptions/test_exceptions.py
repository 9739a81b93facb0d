"""What may not be done is refused, what could not be done is kept for a retry."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import ConcurrencyError, LockError, RedirectWarning, UserError
from odoo.tests import tagged

from odoo.addons.account.models.account_move import AccountMove
from odoo.addons.stock.models.stock_move import StockMove
from odoo.addons.stock.models.stock_picking import StockPicking

from ..control_common import ControlCase

GUARDED = "odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin"


def raising(error):
    """Give a method that fails with ``error``, whatever it is called with."""

    def method(*_args, **_kwargs):
        raise error

    return method


@tagged("post_install", "-at_install")
class TestExceptions(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=8)
        cls.order_line.order_id._create_invoices().action_post()
        cls.back = cls._received(cls.delivery, 2)

    def _failures(self, rma):
        return rma.exception_ids.filtered(lambda e: e.type == "work_failure")

    # ------------------------------------------------------------------
    # Work that could not be done
    # ------------------------------------------------------------------
    def test_failing_disposition_keeps_the_inspection(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            parts = self._inspect(rma.inspection_ids)
        self.assertEqual((parts.state, parts.disposed), ("done", False))
        self.assertEqual(rma.line_ids.qty_inspected, 2)
        self.assertEqual(rma.line_ids.qty_put_away, 0)
        failure = self._failures(rma)
        self.assertEqual(
            (failure.state, failure.res_model, failure.res_id),
            ("open", "reverse.inspection", parts.id),
        )
        self.assertIn("Dock closed", failure.message)
        self.assertIn("Dock closed", rma.message_ids[0].body)
        self.assertIn("ExceptionRaised", self._events(rma).mapped("name"))
        self.assertNotIn("InventoryDispositionUpdated", rma.event_ids.mapped("name"))
        self.assertFalse(parts.move_ids)

    def test_retry_does_the_failed_step(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            self._inspect(rma.inspection_ids)
        failure = self._as("administrator", self._failures(rma))
        with (
            patch.object(
                StockPicking, "button_validate", raising(UserError("Still closed"))
            ),
            self.assertRaisesRegex(UserError, "Still closed"),
        ):
            failure.action_retry()
        self.assertEqual(failure.state, "open")
        failure.action_retry()
        self.assertEqual((failure.state, failure.resolution), ("resolved", "retry"))
        self.assertEqual(failure.resolved_by_id, self.users["administrator"])
        self.assertTrue(rma.inspection_ids.disposed)
        self.assertEqual(rma.line_ids.qty_put_away, 2)
        self.assertEqual((rma.stage, rma.state), ("settled", "done"))
        self.assertEqual(
            self._events(rma)[-2:].mapped("name"), ["ExceptionResolved", "ReturnClosed"]
        )

    def test_failure_is_the_administrators(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            self._inspect(rma.inspection_ids)
        for role in ("service", "inspector", "approver"):
            with self.assertRaisesRegex(
                UserError, "belongs to the role “Administrator”"
            ):
                self._as(role, self._failures(rma)).action_retry()
        self.assertEqual(self._failures(rma).state, "open")

    def test_only_the_bad_ones_of_a_batch_stay_behind(self):
        rmas = self.env["reverse.rma"]
        for _number in range(4):
            rmas |= self._received(self.delivery, 1)
        bad = rmas[2]
        broken = "Broken pallet"
        original = StockPicking.button_validate

        def validate(pickings):
            if bad.name in pickings.mapped("origin"):
                raise UserError(broken)
            return original(pickings)

        with patch.object(StockPicking, "button_validate", validate):
            self._inspect(rmas.inspection_ids)
        self.assertEqual(
            rmas.inspection_ids.mapped("disposed"), [rma != bad for rma in rmas]
        )
        self.assertEqual(self._failures(rmas).rma_id, bad)
        self.assertEqual(set(rmas.inspection_ids.mapped("state")), {"done"})
        self.env.cr.flush()
        self.assertFalse(self.env["reverse.event"]._find_breaks(rmas))

    def test_step_that_moves_nothing_is_a_failure(self):
        self.dispositions["QUARANTINE"].step_ids.unlink()
        rma = self._inspected(self.delivery, 1, "C")
        self.assertIn(
            "The steps of “Quarantine” did not move", self._failures(rma).message
        )
        self.assertFalse(rma.inspection_ids.disposed)

    def test_facility_without_the_destination_is_a_failure(self):
        quarantine = self.facility._get_location("quarantine")
        quarantine.reverse_facility_id = False
        rma = self._inspected(self.delivery, 1, "C")
        self.assertIn("has no location to put", self._failures(rma).message)
        quarantine.reverse_facility_id = self.facility
        self._as("administrator", self._failures(rma)).action_retry()
        self.assertEqual(rma.inspection_ids.location_id, quarantine)

    def test_failing_receipt_keeps_the_authorization(self):
        with patch.object(StockMove, "_action_assign", raising(UserError("No room"))):
            rma = self._requested(self.delivery, 2)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.picking_ids)
        self.assertIn("No room", self._failures(rma).message)
        self._as("administrator", self._failures(rma)).action_retry()
        self.assertEqual(rma.picking_ids.state, "assigned")

    def test_failing_credit_keeps_goods_and_decision(self):
        rma = self.back
        with patch.object(AccountMove, "_post", raising(UserError("Period is locked"))):
            self._inspect(rma.inspection_ids)
        settlement = rma.settlement_ids
        self.assertEqual(settlement.state, "approved")
        self.assertFalse(rma.credit_note_ids)
        self.assertEqual(rma.line_ids.qty_put_away, 2)
        self.assertIn("Period is locked", self._failures(rma).message)
        self._as("administrator", self._failures(rma)).action_retry()
        self.assertEqual((settlement.state, rma.state), ("released", "done"))

    def test_failures_close_when_the_step_is_taken_otherwise(self):
        """Whichever way the cause goes, and whoever makes it go."""
        with patch.object(StockMove, "_action_assign", raising(UserError("No room"))):
            rma = self._requested(self.delivery, 2)
        receipt = self._failures(rma)
        self._receive(rma)
        self.assertEqual(
            (receipt.state, receipt.resolution), ("resolved", "done_otherwise")
        )
        with patch.object(AccountMove, "_post", raising(UserError("Period is locked"))):
            self._inspect(rma.inspection_ids)
        credit = self._failures(rma) - receipt
        self.assertEqual(credit.state, "open")
        self._as("releaser", rma.settlement_ids).action_release()
        self.assertEqual(
            (credit.state, credit.resolution), ("resolved", "done_otherwise")
        )
        self.assertEqual(credit.resolution_label, "No longer to be done")
        self.assertEqual((rma.stage, rma.state), ("settled", "done"))

    def test_failure_of_a_superseded_inspection_closes(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            parts = self._inspect(rma.inspection_ids)
        failure = self._failures(rma)
        rma.sudo()._update_progress()
        self.assertEqual(failure.state, "open", "the goods are still not put away")
        self._as("inspector", parts).action_correct()
        self.assertEqual(failure.state, "resolved")

    def test_missing_invoice_closes_when_the_credit_is_proposed(self):
        order_line, delivery = self._sold(quantity=1)
        invoice = order_line.order_id._create_invoices()
        rma = self._inspected(delivery, 1)
        exception = rma.exception_ids
        self.assertEqual((exception.type, exception.state), ("not_invoiced", "open"))
        invoice.action_post()
        self._as("service", rma.settlement_ids).action_cancel()
        self._as("service", rma).action_propose_settlement()
        self.assertEqual(
            (exception.state, exception.resolution), ("resolved", "credited")
        )

    def test_nightly_check_closes_what_no_step_did(self):
        rma = self.back
        self.env["reverse.exception"]._raise_for(rma, "no_authorization")
        exception = rma.exception_ids
        self.assertEqual(exception.state, "open")
        rma.sudo()._check_quantities()
        self.assertEqual(
            (exception.state, exception.resolution), ("resolved", "authorize")
        )

    def test_redirecting_warning_is_a_failure_too(self):
        rma = self.back
        action = self.env.ref("stock.action_picking_tree_all")
        error = RedirectWarning("Configure a journal first", action.id, "Go")
        with patch.object(AccountMove, "_post", raising(error)):
            self._inspect(rma.inspection_ids)
        self.assertIn("Configure a journal first", self._failures(rma).message)
        self.assertEqual(rma.inspection_ids.state, "done")

    def test_error_of_the_program_is_logged_and_raised(self):
        """No exception of a return tells anybody how to mend one."""
        rma = self._draft(self.delivery, 2)
        for error in (KeyError("picking"), ValueError("singleton"), TypeError("None")):
            with (
                self.assertLogs(GUARDED, "ERROR") as logs,
                patch.object(StockMove, "_action_assign", raising(error)),
                self.assertRaisesRegex(type(error), str(error.args[0])),
            ):
                self._as("service", rma).action_request()
            self.assertIn("_create_receipts of reverse.rma", logs.output[0])
            self.assertIn("Traceback", logs.output[0])
            self.assertEqual((rma.state, rma.picking_ids.ids), ("draft", []))
        self.assertFalse(rma.exception_ids)

    def test_faulty_step_is_a_failure_and_logged(self):
        step = self.dispositions["QUARANTINE"].step_ids
        step.action_id = self.env["ir.actions.server"].create(
            {
                "name": "Label It",
                "model_id": self.env.ref(
                    "reverse_logistics.model_reverse_inspection"
                ).id,
                "state": "code",
                "code": "records.nobody_knows_this()",
            }
        )
        with self.assertLogs("odoo.addons.reverse_logistics", "ERROR") as logs:
            rma = self._inspected(self.delivery, 1, "C")
        self.assertIn("nobody_knows_this", logs.output[0])
        message = self._failures(rma).message
        self.assertIn("The step “Label It” of “Quarantine” failed", message)
        self.assertEqual(rma.inspection_ids.state, "done")

    def test_open_failure_keeps_the_return_open(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            self._inspect(rma.inspection_ids)
        with self.assertRaisesRegex(UserError, "is not finished: resolve “"):
            self._as("service", rma).action_close()
        self.assertEqual((rma.state, rma.stage), ("authorized", "inspected"))

    # ------------------------------------------------------------------
    # Refusals keep nothing
    # ------------------------------------------------------------------
    def test_refusal_keeps_nothing(self):
        rma = self.back
        before = self._events(rma).mapped("name")
        with self.assertRaisesRegex(
            UserError, "enter the condition and the disposition"
        ):
            self._as("inspector", rma.inspection_ids).action_complete()
        self.assertFalse(rma.exception_ids)
        self.assertEqual(self._events(rma).mapped("name"), before)
        self.assertEqual(rma.inspection_ids.state, "draft")

    # ------------------------------------------------------------------
    # What Odoo has to repeat is never kept
    # ------------------------------------------------------------------
    def _assert_repeated(self, rma, target, name, step):
        """Lose a race inside ``step``: the error gets through, nothing is kept."""
        for error in (
            SerializationFailure("could not serialize access due to concurrent update"),
            ConcurrencyError("lost"),
            LockError("locked"),
        ):
            exceptions = rma.exception_ids
            before = self._events(rma).mapped("name")
            state = (rma.state, rma.stage, rma.inspection_ids.mapped("state"))
            with (
                self.subTest(step=name, error=type(error).__name__),
                patch.object(target, name, raising(error)),
                self.assertRaisesRegex(type(error), "concurrent update|lost|locked"),
            ):
                step()
            self.assertEqual(rma.exception_ids, exceptions)
            self.assertEqual(self._events(rma).mapped("name"), before)
            self.assertEqual(
                (rma.state, rma.stage, rma.inspection_ids.mapped("state")), state
            )

    def test_lost_race_in_request(self):
        rma = self._draft(self.delivery, 2)
        model = type(self.env["reverse.rma.line"])
        self._assert_repeated(rma, model, "_decide", rma.action_request)

    def test_lost_race_in_the_receipt_of_an_authorization(self):
        rma = self._draft(self.delivery, 2)
        self._assert_repeated(rma, StockMove, "_action_confirm", rma.action_request)

    def test_lost_race_in_authorize(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.delivery, 2)
        model = type(self.env["reverse.rma"])
        authorize = self._as("approver", rma).action_authorize
        self._assert_repeated(rma, model, "_create_receipts", authorize)

    def test_lost_race_in_receive(self):
        rma = self._requested(self.delivery, 2)
        self._assert_repeated(
            rma,
            StockPicking,
            "button_validate",
            self._as("receiver", rma).action_receive,
        )

    def test_lost_race_in_complete(self):
        rma = self.back
        model = type(self.env["reverse.settlement"])
        self._assert_repeated(
            rma, model, "_propose", lambda: self._inspect(rma.inspection_ids)
        )

    def test_lost_race_in_dispose(self):
        rma = self.back
        self._assert_repeated(
            rma,
            StockPicking,
            "button_validate",
            lambda: self._inspect(rma.inspection_ids),
        )

    def test_lost_race_in_a_disposition_step_with_code(self):
        rma = self.back
        model = type(self.env["reverse.inspection"])
        self._assert_repeated(
            rma, model, "action_dispose_move", lambda: self._inspect(rma.inspection_ids)
        )

    def test_lost_race_in_release_by_policy(self):
        rma = self.back
        model = type(self.env["reverse.settlement"])
        self._assert_repeated(
            rma,
            model,
            "_create_credit_notes",
            lambda: self._inspect(rma.inspection_ids),
        )

    def test_lost_race_in_post(self):
        rma = self.back
        self._assert_repeated(
            rma, AccountMove, "_post", lambda: self._inspect(rma.inspection_ids)
        )

    def test_lost_race_in_release_by_a_person(self):
        rma = self._inspected(self.delivery, 1, "E")
        settlement = rma.settlement_ids
        self._as("service", settlement).action_submit()
        self._as("approver", settlement).action_approve()
        release = self._as("releaser", settlement).action_release
        self._assert_repeated(rma, AccountMove, "_post", release)
        self.assertEqual(settlement.state, "approved")
        release()
        self.assertEqual(settlement.state, "released")

    def test_lost_race_in_retry(self):
        rma = self.back
        with patch.object(
            StockPicking, "button_validate", raising(UserError("Dock closed"))
        ):
            self._inspect(rma.inspection_ids)
        failure = self._as("administrator", self._failures(rma))
        self._assert_repeated(
            rma, StockPicking, "button_validate", failure.action_retry
        )
        self.assertEqual(failure.state, "open")
