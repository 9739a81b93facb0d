"""What goes to the supplier with a claim, and what does not."""

import base64
import hashlib
import io
import zipfile
from unittest.mock import patch

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from ..engine import codes, packets
from ..engine.codes import Code
from .portal_common import SupplierPortalCase


@tagged("post_install", "-at_install")
class TestPacketEngine(BaseCase):
    def test_archive(self):
        files = [
            ("../../etc/passwd", b"a"),
            ("Photo.JPG", b"b"),
            ("photo.jpg", b"c"),
            ("manifest.sha256", b"d"),
            ("", b"e"),
            ("x" * 300 + ".pdf", b"f"),
        ]
        packed = packets.pack(files)
        self.assertEqual(packed, packets.pack(files), "the same each time")
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            self.assertEqual(
                names,
                [
                    "_.._etc_passwd",
                    "Photo.JPG",
                    "photo (2).jpg",
                    "manifest (2).sha256",
                    "file",
                    "x" * 100 + ".pdf",
                    "manifest.sha256",
                ],
            )
            listed = dict(
                reversed(line.split("  ", 1))
                for line in archive.read("manifest.sha256").decode().splitlines()
            )
            self.assertEqual(
                listed,
                {
                    name: hashlib.sha256(archive.read(name)).hexdigest()
                    for name in names[:-1]
                },
            )

    def test_codes(self):
        def find(*known, reasons=(7, 3), condition=9):
            found = codes.find(known, reasons, condition)
            return found and found.id

        both, near = Code(1, 7, 9), Code(2, 7)
        wide, condition = Code(3, 3, 9), Code(4, None, 9)
        self.assertEqual(find(condition, wide, near, both), 1)
        self.assertEqual(find(condition, wide, near), 2)
        self.assertEqual(find(condition, wide), 3)
        self.assertEqual(find(condition), 4)
        self.assertIsNone(find(both, near, wide, condition, reasons=(8,), condition=1))
        self.assertEqual(find(Code(5, 7), near), 5, "the first of equal ones")


@tagged("post_install", "-at_install")
class TestPacket(SupplierPortalCase):
    def test_packet(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.supplier.lang = "de_DE"
        claim = self._claim(self._broken(self.sold))
        part = claim.sudo().line_ids.inspection_id
        sheet, noted = self.env["ir.attachment"].create(
            [
                {"name": "sheet.pdf", "raw": b"%PDF-1.4 sheet"},
                {"name": "note.pdf", "raw": b"%PDF-1.4 note"},
            ]
        )
        sheet.write({"res_model": claim._name, "res_id": claim.id})
        claim.with_env(self.env).message_post(
            **{"body": "internal"}, attachment_ids=noted.ids
        )
        self._call(claim, "action_submit")
        claim = claim.with_env(self.env)
        paper, packet = claim.answer_ids.attachment_ids.sorted("id")
        stem = claim.name.replace("/", "-")
        # tests make no PDF: it is the page that a server without wkhtmltopdf sends
        self.assertEqual((paper.name, packet.name), (f"{stem}.html", f"{stem}.zip"))
        with zipfile.ZipFile(io.BytesIO(packet.raw)) as archive:
            self.assertEqual(
                archive.namelist(),
                [f"{stem}.html", "claim sheet.pdf", "manifest.sha256"],
            )
            self.assertEqual(archive.read(f"{stem}.html"), paper.raw)
        text = html.fromstring(paper.raw).text_content()
        for told in ("P1", self.bought.order_id.name, "40,00", "Inspection completed"):
            self.assertIn(told, text)
        self.assertIn(
            part.rma_id.event_ids.filtered(
                lambda e: e.name == "InspectionCompleted"
            ).hash,
            text,
        )
        for untold in ("100,00", "100.00", "Ada", "Credit", "customer"):
            self.assertNotIn(untold, text)
        with self.assertRaisesRegex(UserError, "about a claim and stays as it is"):
            packet.raw = b"x"
        self._check_mail(claim, paper | packet)
        internal = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "reverse_logistics_supplier_claims.report_claim_internal", claim.ids
            )[0]
            .decode()
        )
        for told in ("100.00", "40.00", "By the customer", "Granted to the customer"):
            self.assertIn(told, internal)

    def _check_mail(self, claim, files):
        mail = self.env["mail.mail"].search(
            [("model", "=", claim._name), ("res_id", "=", claim.id)]
        )
        self.assertEqual(mail.subject, f"Claim {claim.name} of {self.company.name}")
        self.assertEqual(mail.recipient_ids, self.supplier | self.cora.partner_id)
        self.assertEqual(mail.attachment_ids, files)
        self.assertIn(f"/my/supplier-claims/{claim.id}", mail.body_html)
        said = claim.message_ids.filtered(lambda m: "no PDF could be made" in m.body)
        self.assertEqual(len(said), 1)
        # a reminder is a message of its own
        self._call(self._as("claims_user", claim), "action_remind")
        self.assertEqual(claim.answer_ids[:1].text, "Reminder")
        reminder = (
            self.env["mail.mail"].search(
                [("model", "=", claim._name), ("res_id", "=", claim.id)]
            )
            - mail
        )
        self.assertIn("Reminder: claim", reminder.subject)
        said = {"direction": "out", "text": "At 6 bar", "is_mailed": True}
        self._answered(self._as("claims_user", claim), "message", **said)
        written = (
            self.env["mail.mail"].search(
                [("model", "=", claim._name), ("res_id", "=", claim.id)]
            )
            - mail
            - reminder
        )
        self.assertIn("At 6 bar", written.body_html)
        (self.supplier | self.cora.partner_id).email = False
        with self.assertRaisesRegex(UserError, "has no email address"):
            self._as("claims_user", claim).action_remind()

    def test_photos_of_the_claim(self):
        """What shows own goods, or who took a parcel, is on paper and on the page."""
        claim = self._claim(self._broken(self.sold)).with_env(self.env)
        place = {"res_model": claim._name, "res_id": claim.id}
        photo, broken = self.env["ir.attachment"].create(
            [
                {"name": "dent.jpg", "raw": self._picture(), **place},
                {"name": "cut.png", "raw": b"no picture", **place},
            ]
        )
        claim.proof_of_delivery = base64.b64encode(b"%PDF-1.4 signed")
        claim.proof_of_delivery_name = "delivered.pdf"
        pictures = claim._get_pictures()[claim.line_ids.inspection_id.browse()]
        self.assertEqual(len(pictures), 1, "what cannot be decoded is left out")
        paper = html.fromstring(claim._render_paper()[0])
        self.assertEqual(paper.xpath("//img[@alt='Photo']/@src"), pictures)
        self.assertIn("delivered.pdf", paper.text_content())
        self._call(self._as("claims_user", claim), "action_submit")
        self.authenticate("cora", "cora")
        page = self._read(f"/my/supplier-claims/{claim.id}")
        (shown,) = page.xpath("//*[@id='claim_files']")
        self.assertEqual(shown.xpath(".//img/@alt"), ["dent.jpg", "cut.png"])
        (link,) = shown.xpath(".//a[normalize-space()='delivered.pdf']/@href")
        self.assertEqual(self.url_open(link).content, b"%PDF-1.4 signed")
        answer = self.url_open(f"/my/supplier-claims/{claim.id}/files/{photo.id}")
        self.assertEqual(answer.content, photo.raw)
        self.authenticate("rita", "rita")
        for file in (photo, broken):
            url = f"/my/supplier-claims/{claim.id}/files/{file.id}"
            self.assertEqual(self.url_open(url).status_code, 404)
        self.assertNotEqual(self.url_open(link).content, b"%PDF-1.4 signed")

    def test_carrier(self):
        """A carrier learns nothing of whom the goods were bought from."""
        claim = self._claim(self._broken(self.sold)).with_env(self.env)
        facts = dict(claim.line_ids._get_facts())
        self.assertEqual(facts["Purchase order"], self.bought.order_id.name)
        claim.write({"agreement_id": False, "kind": "carrier", "consignment": "1Z9"})
        facts = dict(claim.line_ids._get_facts())
        self.assertEqual(facts["Consignment"], "1Z9")
        self.assertFalse({"Purchase order", "Your bill", "Received"} & set(facts))

    def test_pdf_and_its_failure(self):
        """A PDF goes where one can be made; what fails leaves a page."""
        claim = self._claim(self._broken(self.sold)).with_env(self.env)
        reports = type(self.env["ir.actions.report"])
        with (
            patch.object(reports, "get_wkhtmltopdf_state", lambda _self: "ok"),
            patch.object(reports, "_render_qweb_pdf") as made,
        ):
            made.return_value = (b"%PDF-1.4 claim", "pdf")
            self.assertEqual(claim._render_paper(), (b"%PDF-1.4 claim", "pdf"))
            made.side_effect = UserError("it crashed")
            with self.assertLogs("odoo.addons.reverse_logistics_supplier_claims"):
                content, ending = claim._render_paper()
        self.assertEqual(ending, "html")
        self.assertIn(claim.name.encode(), content)

    def test_warranty(self):
        """Serials know the supplier's warranty as bought; later is for an approver."""
        self.assertFalse(self.lots[0].reverse_supplier_warranty)
        self.agreement.warranty_months = 12
        bought = self._purchase(self.pump, 1, self._create_lots(self.pump, "P9"))
        lot = bought.move_ids.lot_ids
        today = self.company._get_reverse_today()
        self.assertEqual(
            lot.reverse_supplier_warranty, today.replace(year=today.year + 1)
        )
        self.agreement.warranty_months = 24
        sold = self._sell_serials(self.pump, lot)
        claim = self._claim(self._broken(sold))
        line = claim.line_ids
        self.assertEqual(line.warranty_until, lot.reverse_supplier_warranty)
        lot.reverse_supplier_warranty = "2020-01-01"
        with self.assertRaisesRegex(
            UserError, "came back after the supplier's warranty"
        ):
            claim.action_submit()
        # a lot without a day counts from its receipt
        lot.reverse_supplier_warranty = False
        self.assertEqual(line.warranty_until, today.replace(year=today.year + 2))
        self._call(claim, "action_submit")
