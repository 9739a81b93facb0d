"""Sales of the past are imported: what fits together, once, by administrators."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open

from ..sources_common import SourcesCommon

COLUMNS = [
    "invoice_name",
    "date",
    "partner_id",
    "product_id",
    "lot_name",
    "quantity",
    "uom_id",
    "price_unit",
    "discount",
    "tax_ids",
    "currency_id",
    "cost",
]


@tagged("post_install", "-at_install")
class TestHistoricImport(SourcesCommon):
    def _load(self, *rows):
        """Import rows as base_import does; give ids and messages."""
        result = (
            self.env["reverse.historic.sale"]
            .with_user(self.users["administrator"])
            .load(COLUMNS, [list(row) for row in rows])
        )
        return result["ids"], [message["message"] for message in result["messages"]]

    def _row(self, invoice="2023-1", product="Kettle", lot="", quantity="4", **other):
        values = {
            "uom_id": "Units",
            "price_unit": "99.5",
            "discount": "10",
            "tax_ids": "",
            "currency_id": "USD",
            "cost": "40",
            **other,
        }
        return (
            invoice,
            "2023-05-17",
            "Ada Distribution",
            product,
            lot,
            quantity,
            values["uom_id"],
            values["price_unit"],
            values["discount"],
            values["tax_ids"],
            values["currency_id"],
            values["cost"],
        )

    def test_rows_are_imported(self):
        self._create_tax(20, name="Old 20 %")
        ids, messages = self._load(
            self._row(tax_ids="Old 20 %"),
            self._row(product="Scanner", lot="SN-1", quantity="1"),
            self._row(product="Scanner", lot="SN-2", quantity="1"),
        )
        self.assertFalse(messages)
        first, second, third = self.env["reverse.historic.sale"].browse(ids)
        self.assertEqual(first.partner_id, self.customer)
        self.assertAlmostEqual(first.amount, 4 * 99.5 * 0.9)
        self.assertEqual(first.tax_ids.name, "Old 20 %")
        self.assertEqual((second.lot_id.name, third.lot_id.name), ("SN-1", "SN-2"))
        self.assertEqual(second.lot_id.product_id, self.serial_product)
        self.assertEqual(first.qty_returnable, 4)
        self.assertTrue(first.confirmed)

    def test_an_existing_serial_is_used(self):
        lot = self._create_lots(self.serial_product, "SN-7")
        ids, messages = self._load(
            self._row(product="Scanner", lot="SN-7", quantity="1")
        )
        self.assertFalse(messages)
        self.assertEqual(self.env["reverse.historic.sale"].browse(ids).lot_id, lot)

    def test_rows_that_do_not_fit_are_named(self):
        cases = [
            (self._row(quantity="0"), "quantity sold must be above zero"),
            (self._row(price_unit="-1"), "price cannot be negative"),
            (self._row(cost="-1"), "cost cannot be negative"),
            (self._row(discount="120"), "discount must lie between 0 and 100"),
            (self._row(uom_id="kg"), "Kettle cannot be counted in kg"),
            (self._row(lot="SN-1"), "Kettle has no lots or serial numbers"),
            (
                self._row(product="Scanner", lot="SN-1", quantity="2"),
                "SN-1 is a serial number: its quantity must be 1",
            ),
        ]
        for row, text in cases:
            with self.subTest(text):
                ids, messages = self._load(row)
                self.assertFalse(ids)
                self.assertRegex(messages[0], text)

    def test_numbers_that_no_sale_has(self):
        for text in ("1e400", "NaN", "inf", "12,", "1e15", "many"):
            for column in ("quantity", "price_unit", "cost"):
                ids, messages = self._load(self._row(**{column: text}))
                self.assertFalse(ids)
                self.assertEqual(
                    messages, [f"“{text}” is not a number that a sale can have."]
                )

    def test_what_is_no_list_is_refused(self):
        for row in (self._row(invoice="MZ\0\3"), self._row(quantity="\0")):
            ids, messages = self._load(row)
            self.assertFalse(ids)
            self.assertEqual(
                messages, ["This file is not a list. Choose an XLSX or CSV file."]
            )

    def test_files_that_are_no_lists(self):
        """What the import screen says of them, before any row is read."""
        png = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
        for name, content in {
            "sales.csv": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\xff\xff",
            "sales.xlsx": png,
            "page.csv": b"<!DOCTYPE html><html><body>2023-1</body></html>",
        }.items():
            wizard = self.env["base_import.import"].create(
                {
                    "res_model": "reverse.historic.sale",
                    "file": content,
                    "file_name": name,
                    "file_type": "text/csv",
                }
            )
            preview = wizard.parse_preview(
                {"has_headers": True, "quoting": '"', "separator": ","}
            )
            self.assertEqual(
                preview["error"],
                f"{name} could not be read, whatever its name says. Save the list as "
                "XLSX or CSV, and choose that file.",
            )

    def test_duplicates_are_reported(self):
        ids, messages = self._load(self._row(), self._row(quantity="2"))
        self.assertFalse(ids)
        self.assertRegex(messages[0], "has a row with the same product and lot already")
        ids, messages = self._load(self._row(), self._row(invoice="2023-2"))
        self.assertEqual((len(ids), messages), (2, []))

    def test_nothing_is_imported_of_a_file_with_mistakes(self):
        before = self.env["reverse.historic.sale"].search_count([])
        ids, messages = self._load(self._row(), self._row(invoice="X", quantity="0"))
        self.assertFalse(ids)
        self.assertTrue(messages)
        self.assertEqual(self.env["reverse.historic.sale"].search_count([]), before)

    def test_template_matches_the_columns(self):
        template = self.env["reverse.historic.sale"].get_import_templates()[0]
        with file_open(template["template"].removeprefix("/"), "rb") as file:
            wizard = self.env["base_import.import"].create(
                {
                    "res_model": "reverse.historic.sale",
                    "file": file.read(),
                    "file_name": "historic_sales.xlsx",
                    "file_type": "application/vnd.openxmlformats-officedocument."
                    "spreadsheetml.sheet",
                }
            )
        preview = wizard.parse_preview({"has_headers": True})
        self.assertFalse(preview.get("error"))
        matched = [preview["matches"][i][0] for i in range(len(COLUMNS))]
        self.assertEqual(matched, COLUMNS)

    def test_rights(self):
        sale = self._historic()
        self.assertEqual(self._as("service", sale).invoice_name, "OLD-1")
        with self.assertRaisesRegex(AccessError, "not allowed to modify"):
            self._as("service", sale).price_unit = 1000
        with self.assertRaisesRegex(UserError, "imported by an administrator"):
            sale.with_user(self.users["service"]).copy({"invoice_name": "MINE"})
        with self.assertRaisesRegex(UserError, "confirmed by authorizing"):
            self._as("administrator", sale).confirmed = False

    def test_other_companies_rows_are_not_seen(self):
        sale = self._historic()
        other = self.env["res.company"].create({"name": "Sister"})
        user = self._create_user("service", login="sister", company_id=other.id)
        user.company_ids = other
        theirs = sale.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertNotIn(sale, theirs.search([]))
        with self.assertRaisesRegex(AccessError, "Historic Sale"):
            theirs.read(["price_unit"])

    def test_used_rows_are_fixed(self):
        sale = self._historic()
        self._as("administrator", sale).price_unit = 55
        rma = self._requested_of(sale)
        for values in ({"price_unit": 60}, {"quantity": 9}, {"cost": 1}):
            with self.assertRaisesRegex(
                UserError, f"{rma.name} takes goods of it back"
            ):
                self._as("administrator", sale).write(values)
        with self.assertRaisesRegex(UserError, "named by a return and has to stay"):
            self._as("administrator", sale).with_context(_force_unlink=True).unlink()
        self._as("service", rma).action_cancel()
        self._as("administrator", sale).price_unit = 60
        self.assertEqual(sale.amount, 240)

    def test_future_and_services_are_refused(self):
        tomorrow = fields.Date.today() + timedelta(days=2)
        with self.assertRaisesRegex(ValidationError, "cannot be in the future"):
            self._historic(date=tomorrow)
        service = self._create_product("Setup", type="service", is_storable=False)
        with self.assertRaisesRegex(ValidationError, "Setup is not a physical product"):
            self._historic(product_id=service.id)
