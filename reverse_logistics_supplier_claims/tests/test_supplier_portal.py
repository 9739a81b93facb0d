"""A supplier reads a claim and answers it alone."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ClaimCase
from .portal_common import SupplierPortalCase


@tagged("post_install", "-at_install")
class TestSupplierPortal(SupplierPortalCase):
    def test_goods_that_are_sent_are_no_answer(self):
        """The claim stays to be answered on every page, paper and list."""
        claim = self._submitted()
        ours = self._as("claims_user", claim)
        self._answered(ours, "acknowledge", reference="R1")
        ClaimCase._send(self, ours)
        claim._guarded_write({"response_due": fields.Date.today() - timedelta(1)})
        self.assertEqual((claim.state, claim.is_awaited), ("sent", True))
        self.assertAwaited(claim, True)
        self._call(ours, "action_remind")
        self.assertEqual(claim.answer_ids[:1].text, "Reminder")
        self._answered(ours, "approve")
        self.assertAwaited(claim, False)
        with self.assertRaisesRegex(UserError, "no answer is awaited"):
            ours.action_remind()

    def assertAwaited(self, claim, awaited):
        self.authenticate("cora", "cora")
        for name, listed in (("waiting", awaited), ("open", not awaited)):
            page = self._read(f"/my/supplier-claims?filterby={name}")
            found = page.xpath(f"//a[text()='{claim.name}']")
            self.assertEqual((name, bool(found)), (name, listed))
        paper = claim._render_paper()[0].decode()
        self.assertEqual(">Approved</th>" in paper, not awaited)
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual(card["overdue"], int(awaited))

    def test_from_the_list_to_the_answer(self):
        self.agreement.code_ids = [
            (
                0,
                0,
                {
                    "condition_id": self.env.ref("reverse_logistics.condition_d").id,
                    "code": "F-17",
                    "name": "Leak",
                },
            )
        ]
        claim = self._submitted()
        claim.note = "They always pay late"
        claim.message_post(**{"body": "Their man is difficult"})
        self.authenticate("cora", "cora")
        home = self._read("/my/home")
        self.assertTrue(home.xpath("//a[@href='/my/supplier-claims']"))
        page = self._read("/my/supplier-claims?sortby=amount&filterby=waiting")
        self.assertIn("To answer", self._text(page))
        [link] = page.xpath(f"//a[text()='{claim.name}']/@href")
        [row] = page.xpath(f"//tr[.//a[text()='{claim.name}']]")
        self.assertEqual(len(row), len(page.xpath("//thead/tr/th")))
        page = self._read(link)
        text = self._text(page)
        for told in (
            "Please say by",
            "Pump",
            "P1",
            "F-17 Leak",
            self.bought.order_id.name,
            "$ 40.00",
        ):
            self.assertIn(told, text)
        for untold in ("100.00", "They always", "difficult", "claims_user", "Ada"):
            self.assertNotIn(untold, text)
        self.assertEqual(len(page.xpath("//img[@alt='seal.jpg']")), 1)

        page = self._answer(claim, "message", text="Which pressure?")
        self.assertIn("You wrote", self._text(page, "claim_messages"))
        self.assertEqual(claim.answer_ids[:1].user_id, self.cora)
        told = claim.message_ids.filtered(lambda m: "Which pressure?" in m.body)
        self.assertEqual(told.author_id, self.cora.partner_id)
        self.assertIn(claim.submitted_by_id.partner_id, told.notified_partner_ids)

        page = self._answer(claim, "acknowledge", reference="RMA-77")
        self.assertEqual(
            (claim.state, claim.supplier_reference), ("acknowledged", "RMA-77")
        )
        self.assertEqual(self._text(page, "claim_number"), "RMA-77")
        page = self._answer(
            claim,
            "refuse",
            reason="Dry run",
            files=[("files", ("report.png", self._picture("PNG"), "image/png"))],
        )
        self.assertEqual(
            (claim.state, claim.line_ids.refusal_reason), ("refused", "Dry run")
        )
        answer = claim.answer_ids[:1]
        self.assertEqual((answer.kind, answer.direction), ("refuse", "in"))
        self.assertEqual(answer.attachment_ids.name, "report.png")
        self.assertEqual(
            self._text(page, "claim_state"), "You have refused this claim."
        )
        self.assertFalse(page.xpath("//*[@id='answer-approve']"))
        # disputed: it may be answered once more
        self._call(self._as("claims_user", claim), "action_resubmit")
        page = self._answer(claim, "approve")
        self.assertEqual((claim.state, claim.amount_approved), ("approved", 40.0))
        self.assertEqual(self._text(page, "claim_approved"), "$ 40.00")
        events = self._events(claim.line_ids.rma_id).mapped("name")
        self.assertEqual(events.count("SupplierClaimAnswered"), 4)

    def test_parts(self):
        """The supplier asks for the goods, and says that they have come."""
        self.agreement.write({"goods": "keep", "authorization_required": False})
        claim, other = self._submitted(), self._submitted()
        goods = claim.line_ids
        self.authenticate("cora", "cora")
        page = self._answer(claim, "request", text="Dock 4")
        self.assertIn("still here and were not asked for", self._say(page))
        stranger = {f"part-{other.line_ids.id}": "on"}
        page = self._answer(claim, "request", **stranger)
        self.assertIn("nothing of other claims", self._say(page))
        self.assertFalse(page.xpath("//*[@id='answer-arrive']"))
        meant = {f"part-{goods.id}": "on"}
        page = self._answer(claim, "request", text="Dock 4", **meant)
        self.assertEqual(self._say(page), "")
        self.assertIn("You asked for the parts", self._text(page, "claim_messages"))
        self.assertIn("Dock 4", self._text(page, "claim_messages"))
        self.assertEqual(goods.parts_state, "requested")
        self.assertIn("You have asked for them", self._text(page))
        self._answer(claim, "acknowledge", key="m" * 43)
        self._send_goods(claim)
        page = self._answer(claim, "arrive", **meant)
        self.assertEqual(goods.parts_state, "received")
        self.assertIn("You have received them", self._text(page))

    def _send_goods(self, claim):
        claim = self._as("claims_user", claim)
        self._call(claim, "action_send_goods")
        picking = claim.sudo().line_ids.move_ids.picking_id
        self._validate(self._as("receiver", picking))

    def test_what_cannot_be_answered(self):
        self.agreement.labour_amount = 10.0
        claim, other = self._submitted(), self._submitted()
        goods, labour = claim.line_ids
        self.authenticate("cora", "cora")
        whole = {f"amount-{labour.id}": "10"}
        number = "is no amount. Enter digits"
        for entered, sentence in (
            ({f"amount-{goods.id}": "-1", **whole}, number),
            ({f"amount-{goods.id}": "1e9", **whole}, number),
            ({f"amount-{goods.id}": "NaN", **whole}, number),
            ({f"amount-{goods.id}": "inf", **whole}, number),
            ({f"amount-{goods.id}": "", **whole}, number),
            ({f"amount-{goods.id}": "1,000", **whole}, number),
            ({f"amount-{goods.id}": "40.01", **whole}, "between nothing and"),
            ({f"amount-{goods.id}": "999999999999", **whole}, "between nothing and"),
            ({f"amount-{goods.id}": "25", **whole}, "say why not all of it"),
            ({f"amount-{goods.id}": "25"}, "enter the amount that you accept"),
            (
                {f"amount-{other.line_ids[0].id}": "1", **whole},
                "nothing of other claims",
            ),
        ):
            with self.subTest(entered):
                page = self._answer(claim, "approve_part", **entered)
                self.assertIn(sentence, self._say(page))
        for kind, values, sentence in (
            ("refuse", {}, "say why not all of it"),
            ("refuse", {"reason": "x" * 201}, "at most 200 characters"),
            ("message", {"text": "x" * 2001}, "at most 2000 characters"),
            ("message", {"text": " \0 "}, "Write something, or choose a file"),
            ("authorize", {"reference": " "}, "Enter the number that authorizes"),
            ("pay", {}, "not possible any more"),
            ("submit", {}, "not possible any more"),
            ("", {}, "not possible any more"),
            ("approve", {"key": "short"}, "Please reload the page"),
        ):
            with self.subTest(kind=kind):
                self.assertIn(sentence, self._say(self._answer(claim, kind, **values)))
        for name, content in (
            ("a.html", b"<script>"),
            ("a.jpg", b"MZ"),
            ("a.pdf", b""),
        ):
            page = self._answer(
                claim, "message", text="See", files=[("files", (name, content))]
            )
            self.assertIn("cannot be used. Please send a photo", self._say(page))
        self.assertEqual(claim.state, "submitted")
        self.assertEqual(claim.answer_ids.mapped("kind"), ["submit"])
        page = self._answer(
            claim,
            "approve_part",
            **whole,
            **{f"amount-{goods.id}": "25.50", f"reason-{goods.id}": "Worn"},
        )
        self.assertEqual(self._say(page), "")
        self.assertEqual(
            (claim.state, goods.amount_approved, goods.refusal_reason),
            ("partly", 25.5, "Worn"),
        )
        # what was decided stays so until we dispute it
        self.assertIn(
            "not possible any more",
            self._say(self._answer(claim, "refuse", reason="No")),
        )
        self.assertEqual(claim.amount_approved, 35.5)

    def test_sent_twice(self):
        """The same form gives one answer; another one after it is another answer."""
        claim = self._submitted()
        self.authenticate("cora", "cora")
        for _click in range(2):
            page = self._answer(claim, "message", text="Which pressure?")
            self.assertEqual(self._say(page), "")
        self._answer(claim, "message", text="And which oil?")
        for _click in range(2):
            page = self._answer(claim, "approve", key="a" * 43)
            self.assertEqual(self._say(page), "")
        self.assertEqual(
            claim.answer_ids.sorted("id").mapped("kind"),
            ["submit", "message", "message", "approve"],
        )

    def test_number_later(self):
        """A number is given after the claim was accepted; the goods may go then."""
        claim = self._submitted()
        self.authenticate("cora", "cora")
        self._answer(claim, "approve")
        page = self._answer(claim, "authorize", reference="RMA-9")
        self.assertEqual((claim.state, claim.supplier_reference), ("approved", "RMA-9"))
        self.assertIn("You authorized the return", self._text(page))
        self._send_goods(claim)
        page = self._read(f"/my/supplier-claims/{claim.id}")
        self.assertEqual(
            self._text(page, "claim_state"), "The goods are on their way to you."
        )
        self.assertFalse(page.xpath("//*[@id='answer-approve']"))

    def test_report(self):
        """A supplier answers its 8D report step by step, until it is accepted."""
        claim, other = self._submitted(), self._submitted()
        for one in (claim, other):
            self._call(self._as("claims_user", one), "action_ask_corrective")
        contained = claim.corrective_ids.step_ids.filtered(lambda s: s.step == "D3")
        foreign = other.corrective_ids.step_ids[:1]
        url = f"/my/supplier-claims/{claim.id}/steps/"
        self.authenticate("cora", "cora")
        page = self._read(f"/my/supplier-claims/{claim.id}")
        self.assertIn("D3 Containment", self._text(page, f"step-{contained.id}"))
        page = self._send(f"{url}{contained.id}", {"answer": "Stopped"})
        self.assertIn("does not say everything yet", self._say(page))
        page = self._send(f"{url}{foreign.id}", {"answer": "Stopped"})
        self.assertIn("This 8D report is not asked for", self._say(page))
        values = {
            "answer": "Stopped",
            "stocks_searched": "Ours and yours",
            "verification": "200 tested",
        }
        for _click in range(2):
            page = self._send(
                f"{url}{contained.id}",
                values,
                files=[("files", ("test.png", self._picture("PNG"), "image/png"))],
            )
            self.assertEqual(self._say(page), "")
        self.assertEqual(
            (contained.state, contained.answered_by_id, contained.evidence_ids.name),
            ("answered", self.cora, "test.png"),
        )
        page = self._send(f"{url}{contained.id}", {**values, "answer": "Other"})
        self.assertIn("is answered already", self._say(page))
        solved = claim.corrective_ids.step_ids.filtered(lambda s: s.step == "D6")
        for day in ("2026-13-45", "soon"):
            page = self._send(f"{url}{solved.id}", {"answer": "Done", "done_on": day})
            self.assertIn(f"“{day}” cannot be read", self._say(page))
        self.assertEqual((solved.state, foreign.state), ("open", "open"))

    def _send_goods(self, claim):
        claim = self._as("claims_user", claim)
        self._call(claim, "action_send_goods")
        self._validate(self._as("receiver", claim.sudo().line_ids.move_ids.picking_id))

    def test_what_stays_with_us(self):
        """Our words about a payment, and who is on hold, are not the supplier's."""
        claim = self._as("claims_user", self._submitted())
        self._answered(claim, "approve")
        other = self._as("claims_approver", claim)
        self._answered(
            other, "pay", [(45.0, False)], reference="SET-9", text="Their mistake"
        )
        self.authenticate("cora", "cora")
        text = self._text(self._read(f"/my/supplier-claims/{claim.id}"))
        self.assertIn("SET-9", text)
        self.assertNotIn("Their mistake", text)
        partner = self.supplier.with_user(self.cora)
        self.assertTrue(partner.read(["name"]))
        with self.assertRaises(AccessError):
            partner.read(["reverse_hold_note"])

    def test_files_of_reports(self):
        """What is not taken leaves no file; what is taken counts."""
        claim = self._submitted()
        self._call(self._as("claims_user", claim), "action_ask_corrective")
        step = claim.corrective_ids.step_ids.filtered(lambda s: s.step == "D1")
        self.authenticate("cora", "cora")
        files = [("files", ("team.png", self._picture("PNG"), "image/png"))]
        for answer in ("Our team", "Our team", "Another team"):
            self._send(
                f"/my/supplier-claims/{claim.id}/steps/{step.id}",
                {"answer": answer},
                files=files,
            )
        self.assertEqual((step.state, step.answer), ("answered", "Our team"))
        kept = self.env["ir.attachment"].search([("name", "=", "team.png")])
        self.assertEqual(kept, step.evidence_ids)
        place = "odoo.addons.reverse_logistics_supplier_claims.models.portal"
        with patch(f"{place}.reverse_supplier_claim.MOST_FILES", 1):
            page = self._answer(claim, "message", text="See", files=files)
        self.assertIn("at most 1 files in all", self._say(page))
