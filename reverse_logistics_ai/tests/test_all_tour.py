"""Every kind of suggestion in the browser: where people decide, and in its list."""

import base64
import io

from PIL import Image

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SuggestionCase


@tagged("post_install", "-at_install")
class TestAllTours(SuggestionCase, HttpCase):
    """What tasks say is given; their own tests are about whether they say it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stream = io.BytesIO()
        Image.new("RGB", (40, 40), "white").save(stream, "PNG")
        cls.product.image_1920 = base64.b64encode(stream.getvalue())
        cls.rma = cls._received(cls._sell(), 1)
        cls.part = cls.rma.inspection_ids
        cls.tasks = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id)]
        )

    def _say(self, code, record, answer, **details):
        task = self.tasks.filtered(lambda task: task.code == code)
        return self.env["reverse.ai.suggestion"]._guarded_create(
            [
                {
                    "task_id": task.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "answer": answer,
                    "confidence": 0.97,
                    "state": "open",
                    "details": details,
                }
            ]
        )

    def _tour(self, name, record, role):
        path = f"/odoo/{record._name}/{record.id}" if record else "/odoo/returns"
        self.env.flush_all()
        self.start_tour(
            path,
            f"reverse_logistics_ai_{name}",
            login=self.users[role].login,
            timeout=180,
        )
        self.env.invalidate_all()

    def _say_damage(self):
        photo = {"file": "a.jpg", "category": "Kettles", "score": 97, "auc": 97}
        return self._say("photo", self.part, "damaged", **photo)

    def test_damage_beside_the_product(self):
        said = self._say_damage()
        self._tour("damage", self.part, "inspector")
        self.assertEqual((said.state, said.chosen), ("accepted", "damaged"))
        self.assertEqual(self.part.state, "draft")

    def test_disposition_on_the_inspection(self):
        chances = {"SCRAP": 0.8, "RESTOCK": 0.2}
        said = self._say("disposition", self.part, "SCRAP", chances=chances)
        self._tour("disposition", self.part, "inspector")
        self.assertEqual((said.state, self.part.state), ("accepted", "draft"))
        self.assertEqual(self.part.disposition_id.code, "SCRAP")

    def test_paper_on_the_return(self):
        rma = self._noted("Bought last week").rma_id
        file = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"%PDF-1.4",
                "mimetype": "application/pdf",
                "res_model": rma.line_ids._name,
                "res_id": rma.line_ids.id,
            }
        )
        read = {"number": "S1", "is_known": False, "day": False, "total": 389.0}
        said = self._say("document", file, "S1", file="invoice.pdf", **read)
        self._tour("paper", rma, "service")
        self.assertEqual((said.state, rma.client_ref), ("accepted", "S1"))
        self.assertEqual(rma.state, "draft")

    def _say_review(self):
        sign = {"product": "Kettle", "weighed": 1.1, "weight": 6.4}
        signs = [{"code": "weight", "points": 2, **sign}]
        return self._say("review", self.rma, "look", signs=signs)

    def test_second_look_and_summary_on_the_return(self):
        said = self._say_review()
        self._tour("look", self.rma, "approver")
        self.assertEqual(said.state, "open", "answered on its exception")

    def _compare(self):
        return self.env["reverse.ai.peer"].create(
            {
                "company_id": self.company.id,
                "kind": "customer",
                "res_model": "res.partner",
                "res_id": self.customer.id,
                "credited": 900.0,
                "usual": 90.0,
                "score": 4.0,
                "is_unusual": True,
            }
        )

    def test_credits_on_the_settlement(self):
        self._compare()
        self._inspect(self.part, "D")
        settlement = self.rma.settlement_ids
        self.assertEqual(settlement.state, "draft", "a person decides about it")
        self._tour("credit", settlement, "approver")

    def _warn(self):
        return self._say(
            "warning",
            self.product,
            "rising",
            seen=9.0,
            usual=2.0,
            weeks=5,
            until=fields.Date.to_string(fields.Date.today()),
            cohort=[["2026-01-01", 40.0, 8.0]],
        )

    def test_warning_on_the_product(self):
        said = self._warn()
        self._tour("warning", self.product.product_tmpl_id, "service")
        self.assertEqual(said.state, "accepted")

    def test_no_list_is_empty(self):
        self._compare()
        self._warn()
        file = self.env["ir.attachment"].create({"name": "a.jpg", "raw": b"a"})
        self.env["reverse.ai.photo"].create(
            {"attachment_id": file.id, "rma_id": self.rma.id}
        )
        self.env["reverse.ai.forecast"].create(
            {
                "company_id": self.company.id,
                "facility_id": self.facility.id,
                "week": fields.Date.today(),
                "expected": 5.0,
            }
        )
        self._tour("lists", None, "administrator")

    def test_empty_pages_say_what_comes_there(self):
        other = self._create_user("administrator", login="alone")
        company = self.env["res.company"].create({"name": "Nothing Yet"})
        other.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.users = {**self.users, "alone": other}
        self._tour("empty", None, "alone")
