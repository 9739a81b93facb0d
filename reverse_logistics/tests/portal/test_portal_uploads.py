"""Files that were made to do harm: each is refused at once, in a sentence."""

import copy
import io
import struct
import time
import zipfile
import zlib
from contextlib import contextmanager

from openpyxl import Workbook
from PIL import Image

from odoo.tests import tagged

from ...engine import files
from ..portal_common import PortalCase

#: Seconds of the processor that one upload may take, page and all.
MOST_SECONDS = 3
GIGABYTES = 4_000_000_000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@tagged("post_install", "-at_install")
class TestPortalUploads(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.is_company = True
        cls.move = cls._sell(3, 100).move_ids

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self._read("/my/returns/sheet")

    @contextmanager
    def _at_once(self, name):
        """The server does not even begin to unpack it."""
        start = time.process_time()
        yield
        self.assertLess(time.process_time() - start, MOST_SECONDS, name)

    def _pack(self, parts, repeat=1):
        """Make an archive; all of its last part's copies lie in the same place."""
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
            last = archive.infolist()[-1]
            for number in range(1, repeat):
                twin = copy.copy(last)
                twin.filename = f"{number}{last.filename}"
                archive.filelist.append(twin)
        return written.getvalue()

    def _book(self, **replaced):
        """Make a workbook that is right but for some of its parts."""
        book, written = Workbook(), io.BytesIO()
        book.active.append(["Product code", "Quantity"])
        book.save(written)
        with zipfile.ZipFile(written) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        for name in parts:
            stem = name.rpartition("/")[2].removesuffix(".xml")
            parts[name] = replaced.get(stem, parts[name])
        return self._pack(parts)

    def test_lists_that_unpack_to_more_than_anybody_reads(self):
        zeros = b"\0" * 20_000_000
        styles = f'<styleSheet xmlns="{MAIN}"><cellXfs>%s</cellXfs></styleSheet>'
        rows = f'<worksheet xmlns="{MAIN}"><sheetData>%s</sheetData></worksheet>'
        types = {"[Content_Types].xml": b"", "xl/workbook.xml": b""}
        bombs = {
            "gigabytes": self._pack({**types, "xl/a": zeros}, GIGABYTES // len(zeros)),
            "styles": self._book(styles=styles % ("<xf/>" * 2_000_000)),
            "cells": self._book(sheet1=rows % f"<row>{'<c/>' * 2_000_000}</row>"),
            "rows": self._book(sheet1=rows % ("<row/>" * 2_000_000)),
        }
        for name, content in bombs.items():
            self.assertLess(len(content), 100_000, name)
            with self._at_once(name):
                page = self._send(
                    "/my/returns/sheet", files={"sheet": ("list.xlsx", content)}
                )
            self.assertIn(
                "This file could not be read", self._text(page, "reverse_error"), name
            )
        # the same without the weight
        page = self._send(
            "/my/returns/sheet", files={"sheet": ("list.xlsx", self._book())}
        )
        self.assertIn("no rows in this file", self._text(page, "reverse_error"))

    def test_pictures_and_papers_that_are_none(self):
        self._begin(self.move)
        rma = self._get_last_return()
        inner = self._pack({"a.jpg": self._picture()})
        refused = {
            "bomb.zip": self._pack({"a": b"\0" * 20_000_000}, 200),
            "nested.zip": self._pack({"inner.zip": inner}),
            "list.xlsx": self._book(),
            "wide.png": self._huge_picture(30_000, 30_000),
            "page.png": b"<!DOCTYPE html><script>alert(1)</script>",
            "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
            "drawing.png": b"<?xml version='1.0'?><svg onload='x()'/>",
            "animated.gif": b"GIF89a<script>alert(1)</script>",
            "program.jpg": b"MZ\x90\x00",
            "cut.jpg": self._picture()[:20],
        }
        for name, content in refused.items():
            with self._at_once(name):
                page = self._add(rma, name, content)
            said = self._text(page, "reverse_error")
            self.assertIn(f"{name} cannot be used. Please send a photo", said)
        self.assertFalse(rma.line_ids._get_customer_files())
        # what is a picture and a page at once is kept as the picture
        script = b"<script>alert(1)</script>"
        for kind in ("PNG", "JPEG", "WEBP"):
            name = f"goods.{kind.lower()}"
            self._add(rma, name, self._picture(kind) + script)
            file = rma.line_ids._get_customer_files().filtered_domain(
                [("name", "=", name)]
            )
            self.assertNotIn(b"script", file.raw)
            self.assertEqual(Image.open(io.BytesIO(file.raw)).format, kind)
        # a picture that is called a page would be opened as one
        page = self._add(rma, "goods.html", self._picture())
        self.assertIn("goods.html", self._text(page, "reverse_error"))
        self.assertEqual(len(rma.line_ids._get_customer_files()), 3)

    def _add(self, rma, name, content):
        return self._send(
            f"/my/returns/{rma.id}/files",
            {"line_id": rma.line_ids.id, "code": "photo"},
            files={"files": (name, content)},
        )

    def _huge_picture(self, width, height):
        """Make a PNG of very many points, all alike: a small file."""

        def chunk(kind, data):
            checked = kind + data
            return (
                struct.pack(">I", len(data))
                + checked
                + struct.pack(">I", zlib.crc32(checked))
            )

        packer = zlib.compressobj()
        row = bytes(1 + width // 8)
        data = b"".join(packer.compress(row) for _row in range(height))
        header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
        content = b"\x89PNG\r\n\x1a\n" + b"".join(
            (
                chunk(b"IHDR", header),
                chunk(b"IDAT", data + packer.flush()),
                chunk(b"IEND", b""),
            )
        )
        self.assertEqual(files.find_kind(content), "image")
        self.assertLess(len(content), 1_000_000)
        return content
