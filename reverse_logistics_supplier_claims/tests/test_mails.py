from email.message import EmailMessage

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import html_sanitize

from ..engine import mails
from .portal_common import SupplierPortalCase

HISTORY = """

On Mon, Nov 30, 2026 at 9:00 AM Returns <returns@shop.example> wrote:
> we claim 40.00 before tax.
> Please answer.
"""


@tagged("post_install", "-at_install")
class TestMailEngine(BaseCase):
    def test_read(self):
        for body, text in (
            ("<p>We accept.</p><p>Send it.</p>", "We accept.\n\nSend it."),
            (f"<pre>Why?{HISTORY}</pre>", "Why?"),
            (
                '<div>No.</div><div class="gmail_quote"><div>On Monday she wrote:</div>'
                "<blockquote>we claim</blockquote></div>",
                "No.",
            ),
            (
                "<pre>No.\n-----Original Message-----\nFrom: x\nwe claim</pre>",
                "No.",
            ),
            ("<pre>No.\n-- \nCora, Cobalt Works</pre>", "No."),
            ("<pre>&gt; we claim</pre>", "> we claim"),
            ("Look here:", "Look here:"),
            ("<pre>Page one\fPage two</pre>\x01 end", "Page one\nPage two\n\nend"),
            ("", ""),
            (False, ""),
            ("<script>alert(1)</script><b>a</b>\n\n\n\n\nb", "a\n\nb"),
        ):
            with self.subTest(body):
                self.assertEqual(mails.read(html_sanitize(body)), text)

    def test_automatic(self):
        for header, value, automatic in (
            ("Subject", "Re: Claim", False),
            ("Auto-Submitted", "no", False),
            ("Auto-Submitted", "auto-replied (vacation)", True),
            ("Auto-Submitted", "Auto-Generated; x=1", True),
            ("Precedence", "bulk", True),
            ("Precedence", "first-class", False),
            ("X-Autoreply", "yes", True),
            ("Return-Path", "<>", True),
            ("Return-Path", "<cora@cobalt.example>", False),
            ("Content-Type", "multipart/report", True),
        ):
            with self.subTest(header=header, value=value):
                mail = EmailMessage()
                mail[header] = value
                self.assertEqual(mails.is_automatic(mail), automatic)


@tagged("post_install", "-at_install")
class TestMails(SupplierPortalCase):
    """What a supplier replies by mail is a message to read, and decides nothing."""

    def _reply(
        self, claim, text, sender="Cora <cora@cobalt.example>", files=(), **more
    ):
        """Let a reply to the mail of a claim come in; give the new messages."""
        before = claim.message_ids
        sent = before.filtered(lambda m: m.message_type == "email_outgoing")[:1]
        self.assertTrue(sent, "the claim went out by mail")
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = "returns@shop.example"
        mail["Subject"] = "Re: Claim"
        mail["In-Reply-To"] = sent.message_id
        mail["Message-Id"] = more.pop("message_id", f"<{len(before)}@cobalt.example>")
        for name, value in more.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        for name, content in files:
            mail.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
        self.env["mail.thread"].message_process(None, mail.as_bytes())
        claim.invalidate_recordset()
        return claim.message_ids - before

    def _to_read(self, claim):
        kind = "reverse_logistics_supplier_claims.activity_type_mail"
        return claim.activity_ids.filtered(
            lambda one: one.activity_type_id == self.env.ref(kind)
        )

    def _written(self, claim, text, whom=None, subtype="comment", **more):
        """Write something in the chatter as a user of claims; give what is kept."""
        before = claim.answer_ids
        whom = whom or self.env["res.partner"]
        self._as("claims_user", claim).message_post(
            body=text,
            message_type="comment",
            subtype_xmlid=f"mail.mt_{subtype}",
            partner_ids=whom.ids,
            **more,
        )
        return claim.answer_ids - before

    def test_written_in_the_chatter(self):
        """What the supplier gets of it is kept as a message, and nothing else is."""
        claim = self._submitted()
        kept = self._written(
            claim,
            "We send the sheet.",
            self.supplier,
            attachments=[("sheet.pdf", b"%PDF-1.4 sheet")],
        )
        self.assertEqual(
            (kept.kind, kept.direction, kept.text, kept.user_id),
            ("message", "out", "We send the sheet.", self.users["claims_user"]),
        )
        self.assertEqual(kept.attachment_ids.raw, b"%PDF-1.4 sheet")
        with self.assertRaisesRegex(UserError, "was written about a claim stays so"):
            kept.text = "We send nothing"
        colleague = self.users["claims_approver"].partner_id
        self.assertFalse(self._written(claim, "Between us", colleague))
        self.assertFalse(self._written(claim, "Between us"))
        # whoever is named reads a note, too; followers read what is none
        person = self.cora.partner_id
        self.assertTrue(self._written(claim, "Look", person, subtype="note"))
        claim.message_subscribe(person.ids)
        self.assertTrue(self._written(claim, "For all"))
        self.assertFalse(self._written(claim, "Between us", subtype="note"))
        # what the supplier says itself is kept once, as its own
        before = claim.answer_ids
        theirs = claim.with_user(self.cora).sudo()
        theirs._answer_by_supplier("message", {}, "k" * 43, text="When?")
        self.assertEqual((claim.answer_ids - before).mapped("direction"), ["in"])

    def test_reply(self):
        claim = self._submitted()
        self._reply(
            claim,
            f"We accept all of it.{HISTORY}",
            files=[("test.png", self._picture("PNG")), ("a.html", b"<script>")],
        )
        answer = claim.answer_ids[:1]
        self.assertEqual(
            (answer.kind, answer.direction, answer.sender, answer.text),
            (
                "message",
                "in",
                '"Cora" <cora@cobalt.example>',
                "We accept all of it.\n\nWith the mail only: a.html",
            ),
        )
        self.assertEqual(answer.attachment_ids.name, "test.png")
        with self.assertRaisesRegex(UserError, "was written about a claim stays so"):
            answer.text = "We accept"
        with self.assertRaisesRegex(UserError, "about a claim and stays as it is"):
            answer.attachment_ids.raw = b"other"
        # nothing is decided
        self.assertEqual((claim.state, claim.amount_approved), ("submitted", 0.0))
        task = self._to_read(claim)
        self.assertEqual(task.user_id, claim.submitted_by_id)
        self.assertIn("read the mail of", task.summary)
        told = claim.line_ids.rma_id.event_ids
        self.assertIn("SupplierClaimAnswered", told.mapped("name"))
        # the same mail again is none, the next one waits with the first
        self._reply(claim, "Again", message_id=claim.message_ids[:1].message_id)
        self._reply(claim, "When do the goods come?")
        self.assertEqual(
            claim.answer_ids[:2].mapped("text"),
            ["When do the goods come?", answer.text],
        )
        self.assertEqual(self._to_read(claim), task)

    def test_of_somebody_else(self):
        claim = self._submitted()
        noted = claim.answer_ids
        for sender in (
            "Rita <rita@rival.example>",
            '"cora@cobalt.example" <rita@rival.example>',
            "nobody",
        ):
            self.assertTrue(self._reply(claim, "We accept", sender=sender))
        self.assertEqual(claim.answer_ids, noted)
        task = self._to_read(claim)
        self.assertEqual(len(task), 1)
        self.assertIn("no known address of Cobalt Works", task.summary)

    def test_of_a_colleague(self):
        """What one of us adds is no mail of the supplier, and nobody has to act."""
        claim = self._submitted()
        noted = claim.answer_ids
        self.users["service"].email = "sam@shop.example"
        self.assertTrue(self._reply(claim, "I called", sender="sam@shop.example"))
        self.assertEqual(claim.answer_ids, noted)
        self.assertFalse(self._to_read(claim))

    def test_of_a_program(self):
        claim = self._submitted()
        noted = claim.answer_ids
        self.assertTrue(self._reply(claim, "Away", Auto_Submitted="auto-replied"))
        self.assertEqual(claim.answer_ids, noted)
        self.assertFalse(self._to_read(claim))

    def test_not_by_a_client(self):
        """No user writes a message of the supplier, whatever the client sends."""
        claim = self._submitted()
        noted = claim.answer_ids
        mine = self._as("claims_user", claim)
        mine = mine.with_context(reverse_arrival={"user": 1, "automatic": False})
        said = {"body": "We accept", "message_type": "email"}
        with self.assertRaisesRegex(UserError, "in one's own name"):
            mine.message_post(**said, email_from="cora@cobalt.example")
        self.assertEqual(claim.answer_ids, noted)
        self.assertFalse(self._to_read(claim))

    def test_mailed_file_proves_nothing(self):
        part = self._broken(self.sold)
        claim = self._claim(part)
        self.agreement.proof_required = True
        claim.message_post(body="See", attachments=[("proof.txt", b"proof")])
        with self.assertRaisesRegex(UserError, "agreement asks for proof"):
            claim.action_submit()
