"""Suppliers and carriers as visitors of what customers see of the same return."""

import base64
import io
import json
import zipfile
from unittest.mock import patch

from odoo import SUPERUSER_ID, http
from odoo.tests import tagged

from odoo.addons.reverse_logistics.tests.portal.test_portal_routes import ROUTES

from .portal_common import SupplierPortalCase

ADDON = "reverse_logistics_supplier_claims"
#: The supplier whose claim is about the goods, their carrier, another supplier.
VISITORS = ("cora", "nora", "rita")


@tagged("post_install", "-at_install")
class TestCustomerPages(SupplierPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["res.partner"].create(
            {"name": "Swift Parcels", "email": "claims@swift.example"}
        )
        cls.nora = cls._create_portal_user("nora", cls.carrier)
        cls.env["reverse.supplier.agreement"].create(
            {"name": "Parcels", "partner_id": cls.carrier.id, "kind": "carrier"}
        )
        cls.company.reverse_slip_code = True
        cls.customer.email = "ada@example.com"

    def _claimed(self):
        """One return of which the supplier and the carrier are asked for a pump."""
        parts = self._broken(self.sold, 2)
        self._call(self._as("inspector", parts[1]), "action_correct")
        rma = parts.rma_id
        again = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        again = self._as("inspector", again)
        self._call(again, "write", {"liability": "carrier"})
        rma.sudo().carrier_partner_id = self.carrier
        self._inspect(again, "E", "SCRAP")
        claims = self._claim(parts[0] | again.with_env(self.env))
        theirs = claims.filtered(lambda claim: claim.partner_id == self.carrier)
        theirs.proof_of_delivery = base64.b64encode(b"%PDF-1.4 signed")
        theirs.proof_of_delivery_name = "delivered.pdf"
        for claim in claims:
            self._call(claim, "action_submit")
        self.assertEqual(claims.partner_id, self.supplier | self.carrier)
        return rma.with_env(self.env), claims.with_env(self.env)

    def test_nothing_of_the_customers_return(self):
        rma, claims = self._claimed()
        rma._portal_ensure_token()
        order = self.sold.order_id
        photo = self.env["ir.attachment"].create(
            {
                "name": "mine.jpg",
                "raw": self._picture(),
                "res_model": rma._name,
                "res_id": rma.id,
            }
        )
        hidden = (rma.name, order.name, "ada@example.com", self.customer.name)
        before = (rma.state, rma.message_ids.ids, rma.shipped_at)
        for login in VISITORS:
            self.authenticate(login, login)
            for rule, kind in ROUTES.items():
                url = rule.replace("<int:rma_id>", str(rma.id))
                url = url.replace("<int:file_id>", str(photo.id))
                url = url.replace("<int:page>", "1")
                with self.subTest(login=login, url=url):
                    self._check_hidden(url, kind, rma, hidden)
            with self.subTest(login=login):
                answer = self.url_open(f"/my/returns/new?order_id={order.id}")
                self.assertNotIn(order.name, answer.text)
                # its own claim is there all the same, and only its own
                page = self._read("/my/supplier-claims").text_content()
                own = getattr(self, login).commercial_partner_id
                self.assertEqual(
                    [claim.name in page for claim in claims],
                    [claim.partner_id == own for claim in claims],
                )
                for word in (order.name, "ada@example.com", self.customer.name):
                    self.assertNotIn(word, page)
        rma.invalidate_recordset()
        self.assertEqual((rma.state, rma.message_ids.ids, rma.shipped_at), before)

    def _check_hidden(self, url, kind, rma, hidden):
        if kind in ("step", "withdrawal step"):
            token = http.Request.csrf_token(self)
            data = {"csrf_token": token, "tracking": "X", "text": "Hello"}
            answer = self.url_open(url, data=data)
            self.assertNotIn(f"/my/returns/{rma.id}", answer.url)
        else:
            answer = self.url_open(url)
        self.assertNotIn(answer.status_code, (500, 503))
        self.assertFalse(answer.headers["Content-Type"].startswith("image/"))
        for word in hidden:
            self.assertNotIn(word, answer.text)

    def test_no_link_for_guests(self):
        """By its own address, nobody gets a link to an order of a customer."""
        requests = self.env["reverse.guest.request"]
        for login in VISITORS:
            self.authenticate(login, login)
            email = getattr(self, login).partner_id.email or "nora@swift.example"
            number = self.sold.order_id.name
            self._send("/returns/guest", {"number": number, "email": email})
        self.assertTrue(requests.search_count([("handled_at", "=", False)]))
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            requests.with_user(SUPERUSER_ID)._cron_answer()
        mails = self.env["mail.mail"].search([("model", "=", requests._name)])
        self.assertFalse(mails)

    def test_papers_and_pages_of_the_carrier(self):
        """Whom the goods were bought from, and for how much, is not its business."""
        _rma, claims = self._claimed()
        claim = claims.filtered(lambda one: one.partner_id == self.carrier)
        bought = self.bought.order_id
        self.authenticate("nora", "nora")
        page = self._read(f"/my/supplier-claims/{claim.id}").text_content()
        self.assertIn(claim.name, page)
        names = bought.picking_ids.mapped("name") + bought.invoice_ids.mapped("name")
        words = (bought.name, self.supplier.name, *names)
        for word in words:
            self.assertNotIn(word, page)
        # nor of what it was sent, which has the proof of its own delivery
        sent = claim.answer_ids.attachment_ids
        (packet,) = sent.filtered(lambda file: file.name.endswith(".zip"))
        answer = self.url_open(f"/my/supplier-claims/{claim.id}/files/{packet.id}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        self.assertIn(b"%PDF-1.4 signed", files.values())
        for word in words:
            for name, content in files.items():
                self.assertNotIn(word.encode(), content, name)

    def test_no_model_for_suppliers(self):
        """Not one model of the addon is open to them, also not one that comes later."""
        claim = self._submitted()
        models = [
            model._name
            for model in self.registry.values()
            if model._original_module == ADDON and not model._abstract
        ]
        self.assertGreaterEqual(len(models), 30)
        for name in models:
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=name, operation=operation):
                    own = self.env[name].with_user(self.cora)
                    self.assertFalse(own.has_access(operation))
        self.authenticate("cora", "cora")
        for name in (*models, "reverse.rma", "reverse.inspection", "reverse.event"):
            answer = self.url_open(
                f"/web/dataset/call_kw/{name}/search_read",
                data=json.dumps(
                    {
                        "params": {
                            "model": name,
                            "method": "search_read",
                            "args": [[]],
                            "kwargs": {},
                        }
                    }
                ),
                headers={"Content-Type": "application/json"},
            )
            self.assertIn("AccessError", answer.text, name)
        reports = self.env["ir.actions.report"].search(
            [("report_name", "=like", f"{ADDON}.%")]
        )
        self.assertTrue(reports)
        for report in reports:
            record = claim if report.model == claim._name else self.supplier
            url = f"/report/html/{report.report_name}/{record.id}"
            answer = self.url_open(url)
            self.assertNotEqual(answer.status_code, 200, report.report_name)
            self.assertNotIn(claim.name, answer.text)
