"""Authorizations that are not used end by themselves, and can be extended."""

from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestExpiry(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_reverse_today()
        cls.version = cls._get_version()
        cls.sold = cls._sell(5)

    def _outdated(self, quantity=5):
        """Return goods by an authorization whose last day was yesterday."""
        rma = self._requested(self.sold, quantity)
        rma._guarded_write({"expires_on": self.today - timedelta(1)})
        return rma

    def _run(self, rmas):
        """Do as the scheduled action does, without its transactions."""
        self.env.flush_all()
        rmas.with_user(SUPERUSER_ID).with_context(cron_id=1)._get_expirable()._work(
            "_expire"
        )

    def test_the_day_comes_from_the_policy(self):
        rma = self._requested(self.sold, 1)
        self.assertEqual(self.version.validity_days, 60)
        self.assertEqual(rma.expires_on, self.today + timedelta(60))
        version = self._set_policy(validity_days=0)
        self.assertEqual(version.number, self.version.number + 1)
        self.assertFalse(self._requested(self.sold, 1).expires_on)

    def test_unused_authorization_expires(self):
        rma = self._outdated()
        self._run(rma)
        self.assertEqual((rma.state, rma.stage), ("expired", "expired"))
        self.assertEqual(rma.picking_ids.state, "cancel")
        self.assertTrue(rma.closed_at)
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ReturnExpired")
        self.assertRegex(event.data["decider"], r"^policy:\d+:\d+$")
        self.assertEqual(self._requested(self.sold, 5).state, "authorized")

    def test_the_last_day_counts(self):
        rma = self._outdated()
        rma._guarded_write({"expires_on": self.today})
        self._run(rma)
        self.assertEqual((rma.state, rma.stage), ("authorized", "authorized"))

    def test_goods_on_their_way_do_not_expire(self):
        rma = self._outdated()
        self._as("service", rma).shipped_at = fields.Datetime.now()
        self._run(rma)
        self.assertEqual((rma.state, rma.stage), ("authorized", "in_transit"))

    def test_the_rest_of_a_partial_receipt_is_closed_short(self):
        rma = self._outdated()
        rma.picking_ids.move_ids.quantity = 2
        rma.picking_ids.move_ids.picked = True
        self._inspect(self._receive(rma))
        self._run(rma)
        line = rma.line_ids
        self.assertEqual((rma.state, line.qty_closed_short), ("done", 3))
        self.assertEqual((line.short_reason, line.qty_settled), ("not_sent", 2))
        self.assertLine(self.sold, 3, 3, 0)
        self.assertEqual(set(rma.picking_ids.mapped("state")) - {"done"}, {"cancel"})

    def test_credited_value_is_not_forgotten(self):
        rma = self._outdated()
        self._credit_value(rma, 20)
        self._run(rma)
        self.assertEqual((rma.state, rma.line_ids.qty_closed_short), ("done", 5))
        self.assertAmounts(rma.credit_note_ids, 20)

    def test_received_goods_that_wait_for_inspection_do_not_expire(self):
        rma = self._outdated()
        self._receive(rma)
        self._run(rma)
        self.assertEqual((rma.state, rma.stage), ("authorized", "received"))
        self.assertEqual(rma.line_ids.qty_closed_short, 0)

    def test_noted_as_kept_but_never_completed(self):
        rma = self._outdated()
        part = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 2,
                "disposition_id": self.dispositions["KEEP"].id,
            }
        )
        self._run(rma)
        self.assertEqual((rma.state, part.state), ("expired", "cancelled"))

    def test_one_that_cannot_expire_waits_for_a_person(self):
        bad, good = self._outdated(2), self._outdated(2)
        expire = type(bad)._expire_untouched

        def fail(rmas):
            if bad in rmas:
                raise UserError(self.env._("The receipt is locked."))
            expire(rmas)

        self.patch(type(bad), "_expire_untouched", fail)
        self._run(bad | good)
        self.assertEqual((bad.state, good.state), ("authorized", "expired"))
        self.assertEqual(bad.exception_ids.type, "work_failure")
        self.assertIn("The receipt is locked", bad.exception_ids.message)
        self._run(bad)
        self.assertEqual(len(bad.exception_ids), 1)

    # ------------------------------------------------------------------
    # Extension
    # ------------------------------------------------------------------
    def test_extension(self):
        rma = self._outdated()
        for role, day in (("service", 10), ("approver", 20)):
            until = self.today + timedelta(day)
            self._as(role, rma).action_extend(fields.Date.to_string(until))
            self.assertEqual(rma.expires_on, until)
        self._as("service", rma).action_extend()
        self.assertEqual(rma.expires_on, self.today + timedelta(60))
        self._run(rma)
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(
            self._events(rma)[-1].data["until"], fields.Date.to_string(rma.expires_on)
        )

    def test_dialog_asks_until_when(self):
        rmas = self._outdated(2) | self._requested(self.sold, 1)
        self._run(rmas)
        self.assertEqual(set(rmas.mapped("state")), {"expired", "authorized"})
        dialog = self._as("service", self.env["reverse.extend.wizard"]).with_context(
            active_model=rmas._name, active_ids=rmas.ids
        )
        wizard = dialog.create({})
        self.assertEqual(wizard.rma_ids, rmas)
        self.assertEqual(wizard.until, self.today + timedelta(60))
        wizard.until = self.today + timedelta(7)
        wizard.action_extend()
        self.assertEqual(set(rmas.mapped("state")), {"authorized"})
        self.assertEqual(
            rmas.mapped("expires_on"), 2 * [self.today + timedelta(7)], "not a period"
        )
        wizard.until = self.today - timedelta(1)
        with self.assertRaisesRegex(UserError, "Choose a day that has not passed"):
            wizard.action_extend()

    def test_expired_return_becomes_valid_again(self):
        rma = self._outdated()
        self._run(rma)
        self._as("service", rma).action_extend()
        self.assertEqual((rma.state, rma.closed_at), ("authorized", False))
        self._inspect(self._receive(rma))
        self.assertEqual((rma.state, rma.line_ids.qty_settled), ("done", 5))
        self.assertIn("ReturnReopened", self._events(rma).mapped("name"))

    def test_claimed_by_another_return_meanwhile(self):
        rma = self._outdated()
        self._run(rma)
        self._requested(self.sold, 3)
        with self.assertRaisesRegex(UserError, "delivered 5 units .* 8 units would"):
            self._as("service", rma).action_extend()
        self.assertEqual(rma.state, "expired")

    def test_extension_is_refused(self):
        rma = self._outdated()
        with self.assertRaisesRegex(UserError, "Choose a day that has not passed"):
            self._as("service", rma).action_extend(self.today - timedelta(1))
        with self.assertRaisesRegex(AccessError, "for the role “Customer service”"):
            self._as("receiver", rma).action_extend()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma).expires_on = self.today
        rma.action_cancel()
        with self.assertRaisesRegex(UserError, "is Cancelled: only returns whose"):
            self._as("service", rma).action_extend()
        self.assertEqual(rma.state, "cancelled")

    def test_validity_is_not_negative(self):
        with self.assertRaisesRegex(Exception, "validity_not_negative"):
            self._set_policy(validity_days=-1)
            self.env.flush_all()
        self.assertEqual(self._get_version(), self.version)
