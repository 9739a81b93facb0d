"""A company sends a list of what comes back, and reads what was agreed with it."""

import io

from openpyxl import Workbook

from odoo import fields
from odoo.tests import tagged

from ...models.portal import reverse_rma_sheet
from ..portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalSheet(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.is_company = True
        cls.product.default_code = "KTL-1"
        cls.move = cls._sell(3, 100).move_ids
        cls.order = cls.move.sale_line_id.order_id

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")

    def _upload(self, content, **values):
        return self._send(
            "/my/returns/sheet", values, files={"sheet": ("list.csv", content)}
        )

    def _said(self, text, **values):
        """Give the problems of a sheet, of which nothing is made."""
        before = self._get_last_return()
        page = self._upload(text.encode(), **values)
        self.assertEqual(self._get_last_return(), before)
        return [row.text_content() for row in page.xpath("//*[@role='alert']//li")]

    def test_rows_become_a_draft(self):
        second = self._sell(2, 80).move_ids
        small = self._create_reason("Too tight", self._create_reason("Size"))
        page = self._read("/my/returns")
        self.assertTrue(page.xpath("//a[@href='/my/returns/sheet']"))
        page = self._upload(
            f"Quantity;Product code;Order;Reason;Your reference\n"
            f"2;ktl-1;{self.order.name};Too tight;A 1\n"
            f"2,0;Kettle;;;A 2\n".encode(),
            reason=self.unwanted.id,
            comment="From the shop",
        )
        rma = self._get_last_return()
        self.assertIn(f"/my/returns/{rma.id}?", self.place)
        self.assertEqual((rma.state, rma.entered_by_id), ("draft", self.ada))
        self.assertEqual(rma.customer_comment, "From the shop")
        self.assertEqual(
            [(line.move_id, line.quantity, line.reason_id) for line in rma.line_ids],
            [(self.move, 2.0, small), (second, 2.0, self.unwanted)],
        )
        self.assertEqual(rma.line_ids.mapped("client_ref"), ["A 1", "A 2"])
        self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(rma.state, "authorized")
        # one piece is left, and found in a workbook as well
        book, written = Workbook(), io.BytesIO()
        for row in (("SKU", "Qty", "Reason"), ("KTL-1", 1, "UNWANTED")):
            book.active.append(row)
        book.save(written)
        [key] = self._read("/my/returns/sheet").xpath("//input[@name='key']/@value")
        self._upload(written.getvalue(), key=key)
        rma = self._get_last_return()
        self.assertEqual(rma.line_ids.move_id, self.move)
        self._upload(written.getvalue(), key=key)
        self.assertEqual(self._get_last_return(), rma)

    def test_each_row_says_what_is_wrong(self):
        other = self._create_product("Radio", default_code="RAD-1")
        self._buy(other, 1, 1.0)
        foreign = self._deliver(
            self._new_order((other, 1), partner_id=self.stranger.id)
        )
        order = foreign.sale_line_id.order_id
        why = "UNWANTED"
        said = self._said(
            "Product code;Quantity;Order;Reason\n"
            f"KTL-1;1;;BECAUSE\nKTL-1;1\nKTL-1;NaN;;{why}\nKTL-1;0;;{why}\n"
            f"KTL-1;-1;;{why}\nKTL-1;1e9;;{why}\nKTL-1;2;;{why}\nKTL-1;2;;{why}\n"
            f";1;;{why}\nKTL-1;1;{order.name};{why}\nKTL-1;1;S99999;{why}\n"
            f"RAD-1;1;{order.name};{why}\nNIX-1;1;;{why}\n"
        )
        self.assertEqual(
            said,
            [
                "Row 2: “BECAUSE” is none of our reasons.",
                "Row 3: the reason is missing.",
                *(
                    f"Row {row}: “{text}” is not a quantity."
                    for row, text in enumerate(("NaN", "0", "-1", "1e9"), 4)
                ),
                "Row 9: only 1 unit of “KTL-1” can be sent back.",
                "Row 10: the product is missing.",
                *(
                    f"Row {row}: “{product}” is nothing that you can send back{order}."
                    for row, product, order in (
                        (11, "KTL-1", f", {order.name}"),
                        (12, "KTL-1", ", S99999"),
                        (13, "RAD-1", f", {order.name}"),
                        (14, "NIX-1", ""),
                    )
                ),
            ],
        )
        wrong_item = self.env.ref("reverse_logistics.reason_wrong_item")
        page = self._upload(b"KTL-1;1", reason=wrong_item.id)
        self.assertIn("tell us why", self._text(page, "reverse_error"))

    def test_what_is_no_list(self):
        rows = b"KTL-1;1\n" * (reverse_rma_sheet.MOST_ROWS + 1)
        for content, sentence in (
            (b"", "no rows"),
            (self._picture(), "could not be read"),
            (b"PK\x03\x04 broken", "could not be read"),
            (b"x" * 5_000_001, "larger than 5 MB"),
            (rows, "at most 300 rows"),
        ):
            page = self._upload(content)
            self.assertIn(sentence, self._text(page, "reverse_error"))
        self.assertIn("no rows", self._text(self._send("/my/returns/sheet")))

    def test_what_was_agreed(self):
        agreement = self.env["reverse.agreement"].create(
            {
                "name": "Rotation",
                "partner_ids": [(4, self.customer.id)],
                "kind": "rotation",
                "quota_amount": 1000.0,
                "date_from": "2020-01-01",
                "date_to": fields.Date.today(),
            }
        )
        for url in ("/my/returns", "/my/returns/new", "/my/returns/sheet"):
            said = self._text(self._read(url), "reverse_agreements")
            self.assertIn("$ 1,000.00 of $ 1,000.00", said)
        self.authenticate("bolt", "bolt")
        self.assertNotIn("Rotation", self._read("/my/returns").text_content())
        self.authenticate("ada", "ada")
        agreement.date_to = "2020-12-31"
        self.assertNotIn("Rotation", self._read("/my/returns").text_content())

    def test_only_what_policy_offers(self):
        def offered():
            page = self._read("/my/returns/new")
            return page.xpath("//input[@name='settlement_type']/@value")

        both = offered()
        self.assertLessEqual({"refund", "replacement"}, {*both})
        self._set_policy(offer_refund=False)
        self.assertEqual(offered(), [each for each in both if each != "refund"])
        before = self._get_last_return()
        listed = f"KTL-1;1;;{self.unwanted.code}".encode()
        for page in (
            self._begin(self.move),
            self._upload(b"Product code;Quantity;Order;Reason\n" + listed),
        ):
            said = self._text(page, "reverse_error")
            self.assertRegex(said, "For these goods we offer: .*Replacement")
            self.assertNotIn("Refund", said)
        self.assertEqual(self._get_last_return(), before)
        self._begin(self.move, settlement_type="replacement")
        rma = self._get_last_return()
        self.assertEqual(rma.settlement_type, "replacement")
