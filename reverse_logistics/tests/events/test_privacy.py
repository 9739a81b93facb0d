"""Personal data goes when asked for or when its time is over; what happened stays."""

import contextlib
import io
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command, fields
from odoo.cli.command import find_command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .test_evidence import EvidenceCase

HOLD = "under legal hold"


@tagged("post_install", "-at_install")
class TestPrivacy(EvidenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "ada@example.com"
        invoice = cls.order_line.order_id._create_invoices()
        invoice.action_post()
        cls.invoice = invoice
        cls.finished = cls._finished()

    @classmethod
    def _finished(cls):
        """A closed return that is full of a person."""
        rma = cls._requested(cls.delivery, 2, rma={"client_ref": "Ada's order"})
        rma.note = "Ada called, very upset"
        rma.line_ids.sudo()._guarded_write({"note": "Ada: it leaks"})
        cls._file(rma.line_ids, "ada.txt", b"photo of Ada", "service")
        letter = {"subject": "Ada's kettle", "body": "Dear sir, Ada here"}
        rma.sudo().message_post(
            **letter,
            author_id=cls.customer.id,
            message_type="email",
            email_from="Ada <ada@example.com>",
            attachments=[("letter.txt", b"Ada's letter")],
        )
        answer = {"body": "Hello Ada", "message_type": "comment"}
        rma.sudo().message_post(**answer, partner_ids=cls.customer.ids)
        part = cls._receive(rma)
        part.sudo().note = "Ada's handwriting on the box"
        cls._file(part)
        cls._inspect(part, "A")
        cls.env.cr.flush()
        assert rma.state == "done"
        return rma

    def _erase(self, partner=None, role="administrator"):
        return self._as(role, partner or self.customer)._reverse_erase()

    def _verify(self):
        """Run the command that verifies a whole database; give status and output."""
        self.env.cr.flush()
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = find_command("reverse_verify")().verify(self.env)
        return status, output.getvalue()

    def _words(self, rma):
        """Everything that can be read on a return."""
        rma = rma.sudo()
        messages = rma.message_ids
        texts = [
            *(rma[name] for name in ("note", "client_ref", "rejection_message")),
            *rma.line_ids.mapped("note"),
            *rma.inspection_ids.mapped("note"),
            *rma.exception_ids.mapped("message"),
            *(
                message[name]
                for message in messages
                for name in ("body", "subject", "email_from", "outgoing_email_to")
            ),
            *messages.tracking_value_ids.mapped("new_value_char"),
            *messages.author_id.mapped("name"),
            *messages.mail_ids.mapped("body_html"),
            *messages.mail_ids.mapped("email_to"),
            *messages.attachment_ids.mapped("name"),
        ]
        return " ".join(str(text) for text in texts if text)

    # ------------------------------------------------------------------
    # Erasure
    # ------------------------------------------------------------------
    def test_erasure_leaves_no_person_and_every_number(self):
        rma = self.finished
        self.assertIn("Ada", self._words(rma))
        kept = (rma.line_ids.qty_settled, rma.credit_note_ids.amount_total, rma.name)
        photo = rma.inspection_ids.photo_ids
        self.assertEqual(self._erase(), rma)
        self.env.invalidate_all()
        self.assertNotIn("Ada", self._words(rma))
        self.assertNotIn("ada@", self._words(rma))
        self.assertFalse(rma.line_ids.photo_ids)
        self.assertEqual(rma.inspection_ids.photo_ids, photo)
        self.assertEqual(
            (rma.line_ids.qty_settled, rma.credit_note_ids.amount_total, rma.name),
            kept,
        )
        self.assertEqual(rma.credit_note_ids.partner_id, self.customer)
        self.assertTrue(rma.erased_at)

    @mute_logger("odoo.sql_db")
    def test_erasure_does_not_break_the_chain(self):
        rma = self._finished()
        self.assertEqual(self._verify()[0], 0)
        before = self._events(rma).mapped("hash")
        self._erase()
        events = self._events(rma)
        self.assertEqual(events[:-1].mapped("hash"), before)
        event = events[-1]
        self.assertEqual(event.name, "PersonalDataErased")
        self.assertEqual(sorted(event.data), ["attachments", "messages"])
        self.assertEqual(len(event.data["attachments"]), 2)
        self.assertEqual(event.user_id, self.users["administrator"])
        status, output = self._verify()
        self.assertEqual(status, 0, output)
        with self.assertRaisesRegex(psycopg2.Error, "reverse_event is append-only"):
            self.env.cr.execute("DELETE FROM reverse_event WHERE id = %s", [event.id])

    def test_files_removed_otherwise_are_still_found(self):
        rma = self.finished
        photo = rma.inspection_ids.photo_ids
        self._erase()
        self._tamper("DELETE FROM ir_attachment WHERE id = %s", photo.id)
        status, output = self._verify()
        self.assertEqual(status, 1)
        self.assertIn(f"{rma.name}: evidence with id {photo.id} was missing", output)

    def test_erasure_is_for_administrators(self):
        rma = self.finished
        for role in ("service", "approver", "auditor"):
            with self.assertRaisesRegex(AccessError, "erased by administrators"):
                self._erase(role=role)
        self.assertEqual(rma.note, "Ada called, very upset")

    def test_open_returns_are_finished_first(self):
        rma = self._requested(self.delivery, 1)
        with self.assertRaisesRegex(UserError, f"{rma.name}.* is still open"):
            self._erase()
        self._as("service", rma).action_cancel()
        self._erase()
        self.assertTrue(rma.erased_at)

    def test_other_customers_keep_theirs(self):
        order = self._order(self.product, 2, partner_id=self.stranger.id)
        other = self._requested(
            self._deliver(order), 1, rma={"partner_id": self.stranger.id}
        )
        other.note = "Bolt called"
        self._finished()
        self._erase()
        self.assertEqual(other.note, "Bolt called")
        self.assertFalse(other.erased_at)

    def test_returns_of_contacts_go_along(self):
        person = self.env["res.partner"].create(
            {"name": "Grace", "parent_id": self.customer.id}
        )
        rma = self._draft(self.delivery, 1, rma={"partner_id": person.id})
        rma.note = "Grace asked"
        self.assertEqual(self._erase(person), rma)
        self.assertFalse(rma.note)

    def test_the_wizard_asks_twice(self):
        rma = self.finished
        wizards = self._as("administrator", self.env["reverse.erase.wizard"])
        form = Form(wizards.with_context(active_ids=self.customer.ids))
        self.assertFalse(form.elsewhere)
        wizard = form.save()
        self.assertEqual(wizard.rma_ids, rma)
        self.assertFalse(wizard.elsewhere)
        with self.assertRaisesRegex(UserError, "Tick the confirmation first"):
            wizard.action_erase()
        wizard.confirmed = True
        action = wizard.action_erase()
        self.assertIn("were erased: 1.", action["params"]["message"])
        self.assertFalse(rma.note)

    # ------------------------------------------------------------------
    # Legal hold
    # ------------------------------------------------------------------
    def _hold(self, rma, role="auditor"):
        wizard = self._as(role, self.env["reverse.hold.wizard"]).create(
            {"rma_ids": [Command.set(rma.ids)], "reason": "Court order 7"}
        )
        wizard.action_hold()

    def test_auditors_and_administrators_set_holds(self):
        rma = self.finished
        self._hold(rma)
        self.assertTrue(rma.legal_hold)
        self.assertEqual(rma.legal_hold_by_id, self.users["auditor"])
        event = self._events(rma)[-1]
        self.assertEqual((event.name, event.data), ("LegalHoldSet", False))
        self._as("administrator", rma).action_release_hold()
        self.assertFalse(rma.legal_hold_reason)
        self.assertEqual(self._events(rma)[-1].name, "LegalHoldReleased")
        self.assertEqual(self.event._find_breaks(rma), {})

    def test_nobody_else_sets_holds(self):
        rma = self.finished
        for role in ("service", "approver", "inspector"):
            with self.assertRaisesRegex(AccessError, "auditors and administrators"):
                self._as(role, rma).action_hold("because")
            with self.assertRaisesRegex(AccessError, "auditors and administrators"):
                self._as(role, rma).action_release_hold()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("administrator", rma).write({"legal_hold": True})
        with self.assertRaisesRegex(UserError, "Say why the return is put"):
            self._as("auditor", rma).action_hold("  ")
        with self.assertRaisesRegex(UserError, "not under a legal hold of its own"):
            self._as("auditor", rma).action_release_hold()
        self.assertFalse(rma.legal_hold)

    def test_nothing_of_a_held_return_is_erased(self):
        rma = self.finished
        self._hold(rma)
        with self.assertRaisesRegex(UserError, f"{rma.name}.* is {HOLD}"):
            self._erase()
        message = rma.message_ids.filtered(lambda m: "Dear sir" in m.body)
        letter = message.attachment_ids
        with self.assertRaisesRegex(UserError, f"{HOLD}: “letter.txt”"):
            letter.sudo().unlink()
        with self.assertRaisesRegex(UserError, f"{HOLD}: “letter.txt”"):
            letter.sudo().write({"raw": b"nothing"})
        with self.assertRaisesRegex(UserError, HOLD):
            message.sudo().unlink()
        with self.assertRaisesRegex(UserError, HOLD):
            message.sudo().write({"body": "nothing"})
        self.assertIn("Ada", self._words(rma))
        self._as("auditor", rma).action_release_hold()
        self._erase()
        self.assertNotIn("Ada", self._words(rma))

    def test_the_company_holds_all_of_its_returns(self):
        rma = self.finished
        draft = self._draft(self.delivery, 1)
        with self.assertRaisesRegex(ValidationError, "say why there is a legal hold"):
            self.company.reverse_legal_hold = True
        self.company.write(
            {"reverse_legal_hold": True, "reverse_legal_hold_reason": "Tax audit"}
        )
        with self.assertRaisesRegex(UserError, f"{rma.name}.* is {HOLD}"):
            self._erase()
        with self.assertRaisesRegex(UserError, HOLD):
            draft.unlink()
        self.company.reverse_legal_hold = False
        draft.unlink()
        self.assertFalse(draft.exists())

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------
    def _night(self, years_later):
        """Let the night's purge run some years from now."""
        end = fields.Datetime.add(fields.Datetime.now(), years=years_later, days=1)
        with (
            freeze_time(end),
            patch.object(IrCron, "_commit_progress", lambda *args, **kwargs: 1.0),
        ):
            self.env["reverse.rma"].sudo()._cron_purge_evidence()
            self.env.cr.flush()
        self.env.invalidate_all()

    def test_evidence_is_kept_for_ever_by_default(self):
        rma = self.finished
        self.company.reverse_retention_years = 0
        self.assertFalse(rma.retention_until)
        self._night(100)
        self.assertFalse(rma.purged_at)
        self.assertEqual(len(rma.inspection_ids.photo_ids), 1)

    def test_evidence_goes_when_its_time_is_over(self):
        rma = self.finished
        self.company.reverse_retention_years = 10
        self.assertEqual(
            rma.retention_until, fields.Date.add(rma.closed_at.date(), years=10)
        )
        self._night(9)
        self.assertFalse(rma.purged_at)
        self.assertEqual(len(rma.inspection_ids.photo_ids), 1)
        self._night(10)
        self.assertTrue(rma.purged_at)
        self.assertFalse(rma.inspection_ids.photo_ids | rma.line_ids.photo_ids)
        self.assertNotIn("Ada", self._words(rma))
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "EvidencePurged")
        self.assertEqual(len(event.data["attachments"]), 3)
        status, output = self._verify()
        self.assertEqual(status, 0, output)
        self._night(20)
        self.assertEqual(self._events(rma)[-1], event)

    def test_held_and_open_returns_outlast_their_time(self):
        held = self.finished
        running = self._received(self.delivery, 1)
        self.company.reverse_retention_years = 1
        self._hold(held)
        self._night(5)
        self.assertFalse(held.purged_at or running.purged_at)
        self.company.write(
            {"reverse_legal_hold": True, "reverse_legal_hold_reason": "Tax audit"}
        )
        self._as("auditor", held).action_release_hold()
        self._night(5)
        self.assertFalse(held.purged_at)
        self.assertIn("Ada", self._words(held))
        self.company.reverse_legal_hold = False
        self._night(5)
        self.assertTrue(held.purged_at)
        self.assertFalse(running.purged_at)

    def test_a_negative_period_is_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(psycopg2.Error, "reverse_retention_not_negative"),
        ):
            self.company.reverse_retention_years = -1
            self.env.flush_all()
        self.company.invalidate_recordset()
        self.assertEqual(self.company.reverse_retention_years, 0)
