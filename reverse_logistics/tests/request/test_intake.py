import base64
import io
import zipfile

from openpyxl import Workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..desk_common import DeskCommon

# Beyond the rows that are inserted, a long list costs about what a short one costs.
# Kits and drop-shipments, where all addons are installed, look up theirs as well.
PER_ROW_READ, PER_ROW_CREATE, PER_ROW_REQUEST = 0.1, 1.5, 5.5


class IntakeCommon(DeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.default_code = "KTL-900"
        cls.product.barcode = "4006381333931"

    def _intake(self, text=None, **values):
        wizard = (
            self.env["reverse.intake.wizard"]
            .with_user(self.users["service"])
            .create({"partner_id": self.customer.id, "text": text, **values})
        )
        wizard.action_read()
        return wizard

    def _errors(self, text):
        lines = self._intake(text).line_ids.sorted("sequence")
        return lines.mapped("error")


@tagged("post_install", "-at_install")
class TestIntake(IntakeCommon):
    """A pasted or sent list becomes one return."""

    def test_pasted_rows_become_a_draft_with_its_deliveries(self):
        line = self._sell(5)
        wizard = self._intake("KTL-900\t1,5\t\tDEFECTIVE\tPos. 10\nktl-900\t2\n")
        self.assertEqual(wizard.error_count, 0)
        rma = self._rma(wizard.action_create())
        self.assertEqual(rma.state, "draft")
        self.assertEqual(
            [(part.quantity, part.client_ref) for part in rma.line_ids],
            [(1.5, "Pos. 10"), (2.0, False)],
        )
        self.assertEqual(rma.line_ids.move_id, line.move_ids)
        self.assertEqual(
            rma.line_ids[0].reason_id,
            self.env.ref("reverse_logistics.reason_defective"),
        )
        self._as("service", rma).action_request()
        self.assertEqual(rma.state, "authorized")

    def test_header_names_the_columns(self):
        lot = self._create_lots(self.lot_product, "L-2026")
        self.dozen.active = True
        wizard = self._intake(
            "Serial Number;Qty;Article;Unit\n"
            f"l-2026;3;{self.lot_product.name};Units\n"
            f";1;4006381333931;{self.dozen.name}"
        )
        first, second = wizard.line_ids.sorted("sequence")
        self.assertEqual((first.product_id, first.lot_id), (self.lot_product, lot))
        self.assertEqual((first.quantity, first.uom_id), (3.0, self.unit))
        self.assertEqual((second.product_id, second.uom_id), (self.product, self.dozen))
        self.assertEqual(wizard.error_count, 0)

    def test_columns_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("de_DE")
        field = self.env["ir.model.fields"]._get(
            "reverse.intake.wizard.line", "product_text"
        )
        field.with_context(lang="de_DE").field_description = "Artikelnummer"
        wizard = self.env["reverse.intake.wizard"].with_context(lang="de_DE")
        labels = wizard._get_labels()
        self.assertIn("Artikelnummer", labels["product"])
        wizard = wizard.create({"text": "Qty\tArtikelnummer\n2\tKTL-900"})
        wizard.action_read()
        self.assertEqual(wizard.line_ids.product_id, self.product)

    def test_errors_say_what_is_wrong_in_each_row(self):
        self._create_product("Twin", default_code="TW-1")
        self._create_product("Twin", default_code="TW-2")
        lot = self._create_lots(self.serial_product, "SN-1")
        errors = self._errors(
            "XYZ\t1\n"
            "Twin\t1\n"
            "KTL-900\ttwo\n"
            "KTL-900\t\n"
            "KTL-900\t1,000\n"
            "KTL-900\t1\tL-9\n"
            "KTL-900\t1\t\tBECAUSE\n"
            "KTL-900\t1\t\t\t\tBox of Nothing\n"
            "KTL-900\t1\t\t\t\tkg\n"
            f"Scanner\t2\t{lot.name}\n"
            "\t1\tX\n"
        )
        expected = [
            "product “XYZ” is unknown",
            "“Twin” may be [TW-1] Twin, [TW-2] Twin",
            "“two” is not a quantity",
            "the quantity is missing",
            "“1,000” is not a quantity",
            "lot “L-9” is unknown",
            "reason “BECAUSE” is unknown",
            "unit “Box of Nothing” is unknown",
            "it is not counted in kg",
            "a serial number stands for one unit only",
            "the product is missing",
        ]
        self.assertEqual(errors, expected)

    def test_serial_number_comes_back_once(self):
        self._create_lots(self.serial_product, "SN-1", "SN-2")
        errors = self._errors("Scanner\t1\tSN-1\nScanner\t1\tSN-2\nScanner\t1\tsn-1")
        self.assertEqual(
            errors, ["SN-1 is in several rows", False, "SN-1 is in several rows"]
        )

    def test_rows_are_corrected_in_the_preview(self):
        twin = self._create_product("Twin", default_code="TW-1")
        self._create_product("Twin", default_code="TW-2")
        wizard = self._intake("XYZ\t1\nTwin\t1\nKTL-900\tmany")
        unknown, ambiguous, number = wizard.line_ids.sorted("sequence")
        unknown.product_text = "KTL-900"
        ambiguous.product_id = twin
        number.quantity_text = "3"
        self.assertEqual(wizard.error_count, 0)
        self.assertEqual(unknown.product_id, self.product)
        self.assertEqual(ambiguous.product_id, twin)
        self.assertEqual(number.quantity, 3.0)
        unknown.product_text = "XYZ-2"
        self.assertEqual(unknown.error, "product “XYZ-2” is unknown")
        self.assertFalse(unknown.product_id)
        # what was chosen by hand stays when something else is corrected
        ambiguous.quantity_text = "2"
        wizard.action_check()
        self.assertEqual(ambiguous.product_id, twin)

    def test_products_are_named_as_they_are_shown(self):
        self.product.name = "Elbow Fitting 90° DN25"
        self._create_product("Elbow Fitting 90° DN25", default_code="EF-32")
        wizard = self._intake(
            f"{self.product.display_name}\t1\n[ktl-900] elbow fitting 90° dn25\t2\n"
        )
        self.assertEqual(wizard.error_count, 0)
        self.assertEqual(wizard.line_ids.product_id, self.product)
        self.assertEqual(
            self._errors("[KTL-901] Elbow Fitting\t1"),
            ["product “[KTL-901] Elbow Fitting” is unknown"],
        )

    def test_quantities_are_checked_against_deliveries(self):
        self._sell(5)
        too_many = "only 5 units can be returned; the list has 99999"
        wizard = self._intake("KTL-900\t99999")
        self.assertEqual(wizard.line_ids.error, too_many)
        wizard.line_ids.quantity_text = "3"
        self.assertFalse(wizard.line_ids.error)
        self.assertEqual(
            self._errors("KTL-900\t3\nKTL-900\t3"),
            ["only 5 units can be returned; the list has 6"] * 2,
        )
        self._intake("KTL-900\t5").action_create()
        wizard = self._intake("KTL-900\t5", partner_id=False)
        self.assertEqual(wizard.error_count, 0)
        rma = self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        self._as("service", rma).action_request()
        wizard.partner_id = self.customer
        self.assertEqual(
            wizard.line_ids.error, "only 0 units can be returned; the list has 5"
        )

    def test_lots_are_checked_against_deliveries(self):
        sold, kept = self._create_lots(self.serial_product, "SN-1", "SN-2")
        for lot in sold | kept:
            self._stock(self.serial_product, 1, lot=lot)
        self._sell(1, product=self.serial_product, lots={sold: 1})
        self.assertEqual(
            self._errors("Scanner\t1\tSN-1\nScanner\t1\tSN-2"),
            [
                "only 1 unit can be returned; the list has 2",
                "only 0 units can be returned; the list has 1",
            ],
        )
        self.assertEqual(self._errors("Scanner\t1\tSN-1"), [False])

    def test_numbers_that_are_none(self):
        for text in ("1e400", "NaN", "inf", "1,", ".5", "9" * 400, "-3", "٣٫", "--"):
            self.assertRegex(
                self._errors(f"KTL-900\t{text}")[0], "is not a quantity$", text
            )

    def test_products_made_meanwhile_are_found(self):
        wizard = self._intake("NEW-1\t1\tL-1")
        self.assertEqual(wizard.error_count, 1)
        product = self._create_product("New", default_code="NEW-1", tracking="lot")
        lot = self._create_lots(product, "L-1")
        wizard.action_check()
        self.assertEqual(
            (wizard.line_ids.product_id, wizard.line_ids.lot_id), (product, lot)
        )
        self.assertEqual(wizard.error_count, 0)

    def test_rows_with_errors_are_left_out_only_when_told_to(self):
        wizard = self._intake("KTL-900\t1\nXYZ\t1")
        with self.assertRaisesRegex(
            UserError, "Correct the rows with errors .1., or tick"
        ):
            wizard.action_create()
        wizard.leave_out = True
        rma = self._rma(wizard.action_create())
        self.assertEqual(rma.line_ids.product_id, self.product)
        self.assertEqual(len(rma.line_ids), 1)

    def test_nothing_good_makes_no_return(self):
        with self.assertRaisesRegex(UserError, "nothing to read"):
            self._intake("\n  \n")
        wizard = self._intake("XYZ\t1", leave_out=True)
        with self.assertRaisesRegex(UserError, "Every row has an error"):
            wizard.action_create()
        self.assertFalse(
            self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        )

    def test_too_long_a_list_is_refused(self):
        with self.assertRaisesRegex(UserError, "One return takes 1000 rows at most"):
            self._intake("KTL-900\t1\n" * 1001)
        wizard = self._intake("KTL-900\t1\n" * 1000)
        self.assertEqual(wizard.row_count, 1000)

    def test_only_customer_service(self):
        with self.assertRaisesRegex(AccessError, "not allowed to create"):
            self.env["reverse.intake.wizard"].with_user(self.users["inspector"]).create(
                {"text": "KTL-900\t1"}
            )
        wizard = self._intake("KTL-900\t1")
        with self.assertRaisesRegex(AccessError, "not allowed"):
            wizard.with_user(self.users["receiver"]).action_create()


@tagged("post_install", "-at_install")
class TestIntakeFiles(IntakeCommon):
    """Files as spreadsheets save them."""

    def _workbook(self, *rows):
        book = Workbook()
        for row in rows:
            book.active.append(row)
        content = io.BytesIO()
        book.save(content)
        return base64.b64encode(content.getvalue())

    def test_workbook(self):
        self.product.barcode = "1234567890128"
        file = self._workbook(
            ["Quantity", "Product", "Customer Reference"],
            [2, "KTL-900", 4711],
            [1.125, 1234567890128, None],
            [None, None, None],
        )
        wizard = self._intake(file=file, file_name="returns.xlsx")
        rows = wizard.line_ids.sorted("sequence")
        self.assertEqual(rows.mapped("quantity"), [2.0, 1.13])
        self.assertEqual(rows.product_id, self.product)
        self.assertEqual(rows.mapped("client_ref"), ["4711", False])
        self.assertEqual(wizard.error_count, 0)

    def test_separated_values_in_two_encodings(self):
        self.product.name = "Kännchen"
        for encoding in ("utf-8-sig", "cp1252"):
            file = base64.b64encode("Product;Qty\nKännchen;1,5".encode(encoding))
            wizard = self._intake(file=file, file_name="returns.csv")
            self.assertEqual(wizard.line_ids.product_id, self.product, encoding)
            self.assertEqual(wizard.line_ids.quantity, 1.5)

    def test_content_decides_what_a_file_is(self):
        png = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
        for name, content in {
            "broken.xlsx": b"PK and then nothing of a workbook",
            "picture.csv": png,
            "setup.csv": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00",
            "page.csv": b"<!DOCTYPE html><table><tr><td>KTL-900</td></tr></table>",
            "zeros.csv": b"KTL-900;1\x00",
            "letter.xlsx": self._pack("word/document.xml", b""),
            "empty.xlsx": self._pack("xl/workbook.xml", b""),
            "damaged.xlsx": self._pack("xl/workbook.xml", b"<workbook><sheets>"),
            "bomb.xlsx": self._pack("xl/workbook.xml", b" " * 100_000_001),
        }.items():
            with self.assertRaisesRegex(
                UserError, f"^{name} could not be read, whatever its name says"
            ):
                self._intake(file=base64.b64encode(content), file_name=name)

    def _pack(self, name, data):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(name, data)
        return content.getvalue()

    def test_text_of_spreadsheets(self):
        file = base64.b64encode("KTL-900\t2".encode("utf-16"))
        self.assertEqual(self._intake(file=file).line_ids.product_id, self.product)

    def test_rows_between_empty_ones(self):
        rows = [row for _number in range(1000) for row in (["KTL-900", 1], [None], [])]
        wizard = self._intake(file=self._workbook(*rows))
        self.assertEqual(wizard.row_count, 1000)

    def test_large_files_are_refused(self):
        with self.assertRaisesRegex(UserError, "larger than 5 MB"):
            self._intake(file=base64.b64encode(b"x" * 5_000_001))
        with self.assertRaisesRegex(UserError, "more text than 5 MB"):
            self._intake("x" * 5_000_001)


@tagged("post_install", "-at_install")
class TestIntakeBudget(IntakeCommon):
    """Three hundred rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.env["product.product"].create(
            [
                {
                    "name": f"Part {number}",
                    "default_code": f"P-{number:03}",
                    "is_storable": True,
                    "taxes_id": False,
                }
                for number in range(300)
            ]
        )
        for product in cls.products:
            cls._stock(product, 10)
        order = cls._new_order(*((product, 3) for product in cls.products))
        cls._deliver(order)

    def _count(self, method):
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = method()
        self.env.flush_all()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before, result

    def _costs(self, rows):
        """Queries to read a list of so many rows, to make the return, to request it."""
        text = "".join(f"p-{number:03}\t1\t\tDEFECTIVE\n" for number in range(rows))
        read, wizard = self._count(lambda: self._intake(text))
        self.assertEqual((wizard.row_count, wizard.error_count), (rows, 0))
        create, action = self._count(wizard.action_create)
        rma = self._rma(action)
        self.assertEqual(len(rma.line_ids.filtered("move_id")), rows)
        request, _done = self._count(self._as("service", rma).action_request)
        self.assertEqual(rma.state, "authorized")
        return read, create, request

    def test_long_lists_cost_what_short_ones_cost(self):
        self._costs(3)  # fill Odoo's own caches
        few, many = self._costs(30), self._costs(300)
        limits = (PER_ROW_READ, PER_ROW_CREATE, PER_ROW_REQUEST)
        for name, short, long, limit in zip(
            ("read", "create", "request"), few, many, limits, strict=True
        ):
            self.assertLessEqual((long - short) / 270, limit, name)
        self.assertLessEqual(sum(many), 2200)
