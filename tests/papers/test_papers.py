"""Papers as they leave the printer: size, pages and edges, and codes for scanners.

wkhtmltopdf prints them as on a server, and the tests look at them as a scanner does.
Whoever wants to look at them too names a folder for their pictures:
``PAPERS_KEPT=/tmp/papers``.
"""

import os
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import zxingcpp
from PIL import ImageChops

from odoo import Command

from odoo.addons.reverse_logistics.tests.agreements.test_withdrawal import (
    WithdrawalCase,
)
from odoo.addons.reverse_logistics_delivery.tests.common import CarrierCase
from odoo.addons.reverse_logistics_supplier_claims.tests.portal_common import (
    SupplierPortalCase,
)

from tooling import node

#: Width and height in millimetres.
A4, A6 = (210, 297), (105, 148)
#: Printers leave so many millimetres at each edge white.
EDGE = 4
#: Points to the millimetre that a poor scanner sees, and millimetres of a PDF's point.
SHARPNESS, POINT = 6, 25.4 / 72
KEPT = os.environ.get("PAPERS_KEPT")


class Paper:
    """A PDF, looked at page by page; lengths are millimetres.

    :param bytes content: of the file
    """

    def __init__(self, content):
        assert content.startswith(b"%PDF"), content[:200]
        pages = list(pypdfium2.PdfDocument(content))
        self.sizes = [tuple(round(s * POINT) for s in p.get_size()) for p in pages]
        self.text = " ".join(p.get_textpage().get_text_range() for p in pages)
        self.pages = [
            page.render(scale=POINT * SHARPNESS).to_pil().convert("RGB")
            for page in pages
        ]

    def scan(self):
        """Give what a scanner finds: ``{kind: (text, left edge, width)}``."""
        found = {}
        for code in [c for page in self.pages for c in zxingcpp.read_barcodes(page)]:
            corners = code.position
            left, right = (
                max(0, way * min(way * corner.x for corner in each)) / SHARPNESS
                for way, each in (
                    (1, (corners.top_left, corners.bottom_left)),
                    (-1, (corners.top_right, corners.bottom_right)),
                )
            )
            assert str(code.format) not in found, "each kind stands there once"
            found[str(code.format)] = (code.text, left, right - left)
        return found

    def find_edges(self):
        """Give the pages on which something stands where printers print nothing."""
        border = EDGE * SHARPNESS
        found = []
        for number, page in enumerate(self.pages, 1):
            inner = page.copy()
            inside = (border, border, page.width - border, page.height - border)
            inner.paste("white", inside)
            if ImageChops.invert(inner).convert("L").point(_is_ink).getbbox():
                found.append(number)
        return found

    def measure_red(self, page):
        """Give width and height of all that is red on a page."""
        red, green, _blue = self.pages[page].split()
        shade = ImageChops.subtract(red, green).point(_is_ink)
        left, top, right, bottom = shade.getbbox()
        return (right - left) / SHARPNESS, (bottom - top) / SHARPNESS


class TestPapers(SupplierPortalCase, CarrierCase, WithdrawalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # turns style sheets round; Odoo looks for it where programs are
        programs = os.pathsep.join([str(node.folder() / ".bin"), os.environ["PATH"]])
        cls.enterClassContext(patch.dict(os.environ, PATH=programs))
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.company.reverse_slip_code = True
        cls.carrier.delivery_type = "reverse_own"
        cls.warehouse.reverse_facility_ids.carrier_ids = cls.carrier
        cls.warehouse.partner_id = cls.env["res.partner"].create(
            {
                "name": "Returns Dock of a Company with a Rather Long Name Limited",
                "street": "7 Quay Street, Building 4, Gate 12b",
                "zip": "8001",
                "city": "Zurich",
                "country_id": cls.env.ref("base.ch").id,
            }
        )
        cls.customer.write({"street": "12 Market Place", "city": "Freiburg"})

    def _print(self, report, record, size=A4, pages=1):
        """Print a paper and check what holds for each."""
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        content, _kind = reports._render_qweb_pdf(report, record.ids)
        return self._check(report.split(".")[-1], content, size, pages)

    def _check(self, name, content, size=A4, pages=1):
        paper = Paper(content)
        if KEPT:
            Path(KEPT).mkdir(parents=True, exist_ok=True)
            for number, page in enumerate(paper.pages, 1):
                page.save(Path(KEPT) / f"{name}-{self.customer.lang}-{number}.png")
        self.assertEqual(paper.sizes, [size] * pages, name)
        self.assertEqual(paper.find_edges(), [], f"{name} goes to the edge")
        return paper

    def _prepare(self):
        """Make a return that a carrier of ours brings."""
        line = self._sell(3, 100)
        rma = self._requested(line.move_ids, reason_id=self.unwanted.id)
        rma.carrier_id = self.carrier
        self._as("service", rma).action_get_return_label()
        return rma

    def test_what_goes_with_the_goods(self):
        rma = self._prepare()
        slip, label = (
            "reverse_logistics.report_rma_authorization",
            "reverse_logistics_delivery.action_report_own_label",
        )
        for lang in ("en_US", "ar_001"):
            self.customer.lang = lang
            slip_codes = self._print(slip, rma).scan()
            paper = self._print(label, rma.picking_ids, A6)
            label_codes = paper.scan()
            for codes, text in (
                (slip_codes, rma.name),
                (label_codes, rma.carrier_tracking_ref),
            ):
                self.assertEqual(set(codes), {"Code 128", "QR Code"})
                self.assertEqual({code[0] for code in codes.values()}, {text})
            self.assertGreater(label_codes["Code 128"][2], 65, "the label's width")
            self.assertGreater(slip_codes["Code 128"][2], 60)
            # what is left of something in English is right of it in Arabic
            bars, squares = slip_codes["Code 128"][1], slip_codes["QR Code"][1]
            self.assertEqual(bars < squares, lang == "en_US")
            # addresses in Latin letters stay as postmen read them
            self.assertIn("7 Quay Street, Building 4, Gate 12b", paper.text)
        self.customer.lang = "en_US"
        self._mark_of_batteries(rma, slip)
        delivery = rma.line_ids.move_id.picking_id
        (code,) = self._print("stock.action_report_delivery", delivery).scan().values()
        url = urlsplit(code[0])
        self.assertEqual(f"{url.scheme}://{url.netloc}", self.company.get_base_url())
        self.assertEqual(url.path, "/returns/code")
        self.assertEqual(
            parse_qs(url.query),
            {"code": [delivery.sudo().reverse_code], "company": [str(self.company.id)]},
        )
        self.assertGreater(code[2], 20, "a phone reads it at arm's length")
        customs = "reverse_logistics_delivery.action_report_customs"
        self.product.write({"hs_code": "8516.79", "reverse_un_number": False})
        self._print(customs, rma)

    def _mark_of_batteries(self, rma, slip):
        """The mark is as large as carriers ask, with a border on all four sides."""
        self.product.reverse_un_number = "UN3481"
        paper = self._print(slip, rma, pages=2)
        width, height = paper.measure_red(1)
        self.assertGreaterEqual(width, 100)
        self.assertAlmostEqual(width, height, delta=1)
        self.assertIn("UN3481", paper.text)
        self.assertEqual({code[0] for code in paper.scan().values()}, {rma.name})

    def test_what_is_sent_to_customers_and_suppliers(self):
        statement = self.env["reverse.withdrawal.statement"]._receive(
            {"person": "Ada", "contract": "S1", "email": "ada@example.com"},
            self.company,
            "k" * 43,
            "127.0.0.1",
        )
        statement = statement.with_env(self.env)
        self._print("reverse_logistics.report_withdrawal_receipt", statement)
        claim = self._submitted()
        packet = claim.with_context(force_report_rendering=True)._build_packet()
        names = [name for name, _content in packet]
        stem = claim.name.replace("/", "-")
        self.assertEqual(names, [f"{stem}.pdf", f"{stem}.zip"])
        self._check("packet", packet[0][1])
        scorecard = "reverse_logistics_supplier_claims.report_scorecard_action"
        self._print(scorecard, self.supplier)

    def test_what_an_authority_reads_of_a_recall(self):
        lot, other = self._create_lots(self.lot_product, "L7", "L8")
        for number in range(3):
            self.customer = self.env["res.partner"].create(
                {
                    "name": f"Retail Co-operative of the Northern Islands {number}",
                    "email": number < 2 and "shop@example.com",
                    "country_id": self.env.ref("base.no").id,
                }
            )
            order = self._new_order(
                (self.lot_product, 5, {}), partner_id=self.customer.id
            )
            self._deliver(order, lots={lot: 3, other: 2})
        recall = self.env["reverse.recall"].with_user(self.users["service"])
        recall = recall.create(
            {
                "title": "Paint can burn",
                "product_ids": [Command.set(self.lot_product.ids)],
                "lot_ids": [Command.set((lot | other).ids)],
                "delivered_from": "2020-01-01",
                "hazard": "The paint catches fire by itself.",
                "instruction": "Put it outdoors and close the lid.",
                "without_picture": True,
            }
        )
        self._call(self._as("approver", recall), "action_start")
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60):
            self.env["reverse.recall"].with_user(1)._cron_work()
        report = "reverse_logistics_recall.action_report_recall"
        self._print(report, recall, pages=2)


def _is_ink(shade):
    """Keep what a printer would print, not the blur around it."""
    return 255 if shade > 80 else 0
