"""Every input has a cap, wrong types get a sentence, and evidence stays what it was."""

import io
import struct
import time

from PIL import Image

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCaps(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)

    # ------------------------------------------------------------------
    # Numbers and texts
    # ------------------------------------------------------------------
    def test_numbers_are_capped(self):
        rma = self._draft(self.line)
        service = self.users["service"]
        for values in ({"fee": 1e16}, {"quantity": 1e16}, {"fee": -1e13}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "enter a number below 1,000,000,000"),
            ):
                self._rpc(
                    service, "reverse.rma.line", "write", rma.line_ids.ids, values
                )
        with self.assertRaisesRegex(UserError, "enter a number below"):
            self._draft(self.line, 1e16)

    def test_amounts_of_value_credits_are_capped(self):
        rma = self._requested(self.line)
        with self.assertRaisesRegex(UserError, "enter a number below"):
            self._credit_value(rma, 1e16)

    def test_texts_are_capped(self):
        rma = self._draft(self.line)
        with self.assertRaisesRegex(UserError, "at most 10000 characters"):
            self._as("service", rma).note = "x" * 10_001

    def test_returns_have_a_thousand_lines_at_most(self):
        rma = self._draft(self.line)
        self._as("service", rma).line_ids = [
            Command.create({"product_id": self.product.id, "quantity": 1})
            for _ in range(1000)
        ]
        with self.assertRaisesRegex(UserError, "more than 1000 lines"):
            self._as("service", rma).action_request()
        with self.assertRaisesRegex(UserError, "more than 1000 lines"):
            self._as("service", rma).action_find_deliveries()

    def test_searches_end_soon(self):
        search = self.env["reverse.search"].with_user(self.users["service"])
        name = self.line.order_id.name
        for text in ("%" * 1_000_000, "x" * 1_000_000, "\0" * 10, "\ud800\ud800"):
            started = time.perf_counter()
            found = search._search_anything(text, self.company)
            self.assertFalse(found.orders)
            self.assertLess(time.perf_counter() - started, 5)
        found = search._search_anything(f" {name}\0 ", self.company)
        self.assertIn(self.line.order_id, found.orders)

    # ------------------------------------------------------------------
    # Types
    # ------------------------------------------------------------------
    def test_wrong_types_get_a_sentence(self):
        requested = self._requested(self.line)
        received = self._received(self.line, 1)
        calls = (
            ("service", requested, "action_extend", ["tomorrow"], "A day is expected"),
            ("service", requested, "action_extend", [{}], "A day is expected"),
            ("approver", requested, "action_reject", [[1]], "A text is expected"),
            ("receiver", requested, "action_receive", [[1]], "Quantities by line"),
            ("receiver", requested, "action_receive", [{"a": 1}], "Quantities by line"),
            ("receiver", requested, "action_receive", [{1: "x"}], "A number is"),
            ("auditor", requested, "action_hold", [{"a": 1}], "A text is expected"),
            (
                "receiver",
                received.inspection_ids,
                "action_correct_receipt",
                ["x"],
                "A number is expected",
            ),
            (
                "service",
                requested.line_ids,
                "action_close_short",
                [float("nan")],
                "A number is expected",
            ),
        )
        for role, records, method, arguments, sentence in calls:
            with (
                self.subTest(method=method, arguments=arguments),
                self.assertRaisesRegex(UserError, sentence),
            ):
                self._rpc(
                    self.users[role], records._name, method, records.ids, *arguments
                )

    def test_buttons_show_documents_of_readable_returns_only(self):
        rma = self._inspected(self.line)
        portal = new_test_user(
            self.env, login="caps-portal", groups="base.group_portal"
        )
        for method in ("action_view_credit_notes", "action_view_sale_orders"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(portal, "reverse.rma", method, rma.ids)

    # ------------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------------
    def test_broken_pictures_get_a_sentence(self):
        """A note of the camera of another type than it has to be."""
        notes = b"".join(
            struct.pack("<HHII", *note)
            for note in ((0x0100, 2, 1, ord("A")), (0x0112, 3, 1, 6))
        )
        head = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2)
        picture = io.BytesIO()
        exif = head + notes + bytes(4)
        Image.new("RGB", (8, 8)).save(picture, "JPEG", exif=exif)
        files = self.env["ir.attachment"]
        with self.assertRaisesRegex(UserError, "a.jpg cannot be used. Please send a"):
            files._clean_customer_file("a.jpg", picture.getvalue())

    def test_large_numbers_break_no_chain(self):
        rma = self._requested(self.line)
        events = self.env["reverse.event"]
        events._log(rma, "ReturnExtended", {"until": 1e16, "days": [1e300, 0.5]})
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        self.assertEqual(events._find_breaks(rma), {})

    def test_no_file_hides_behind_a_field(self):
        rma = self._inspected(self.line)
        part = rma.inspection_ids
        values = {
            "name": "late.txt",
            "res_model": "reverse.inspection",
            "res_id": part.id,
            "res_field": "note",
            "datas": "aGVsbG8=",
        }
        with self.assertRaisesRegex(UserError, "its evidence is complete"):
            self._rpc(self.users["inspector"], "ir.attachment", "create", [values])

    def test_words_are_kept_under_hold(self):
        rma = self._requested(self.line)
        self._as("service", rma).note = "Broken on arrival"
        self._as("auditor", rma).action_hold("A law suit")
        with self.assertRaisesRegex(UserError, "under legal hold"):
            self._rpc(
                self.users["service"], "reverse.rma", "write", rma.ids, {"note": ""}
            )
        self.assertIn("Broken", rma.note)
