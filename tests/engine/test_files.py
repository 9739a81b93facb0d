"""Content decides what a file is."""

import io
import zipfile

import pytest
from engine.files import decode, find_kind, is_evidence
from hypothesis import given
from hypothesis import strategies as st

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00This program cannot be run in DOS mode."


def pack(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (b"\x00\x00\x00\x18ftypmp42", "video"),
        (b"%PDF-1.7", "pdf"),
        (b"Product;Quantity\r\nEF-25;3", "text"),
        ("Kännchen".encode("cp1252"), "text"),
        ("Kännchen\t3".encode("utf-16"), "text"),
        (b"MZ-100;3", "text"),
        (b"BM-100;three pieces", "text"),
        (b"", "text"),
        (PROGRAM, None),
        (b"\x7fELF\x02\x01\x01\x00", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", None),
        (b"<!DOCTYPE html><p>Hello", None),
        (b"  <script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"#!/bin/sh\nrm", None),
        (b"Product;Quantity\0", None),
        (b"PK and then nothing", None),
        (pack(**{"a.txt": "x"}), None),
        (pack(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), "workbook"),
        (pack(**{"[Content_Types].xml": "", "word/document.xml": ""}), "document"),
        (
            pack(
                **{
                    "[Content_Types].xml": "",
                    "xl/workbook.xml": "",
                    "xl/vbaProject.bin": "",
                }
            ),
            None,
        ),
        (pack(mimetype="application/vnd.oasis.opendocument.text"), "document"),
    ],
)
def test_kinds(content, kind):
    assert find_kind(content) == kind


def test_what_unpacks_to_too_much_is_nothing():
    bomb = pack(**{"[Content_Types].xml": "", "xl/workbook.xml": b" " * 100_000_001})
    assert len(bomb) < 200_000
    assert find_kind(bomb) is None


def test_evidence_is_what_it_is_called():
    assert is_evidence(PNG, "dent.png", "image/png")
    assert is_evidence(PNG, "dent.txt", "text/plain")
    assert is_evidence(b"a dent", "note.txt", "text/plain")
    assert not is_evidence(b"", "note.txt", "text/plain")
    assert not is_evidence(b"a dent", "dent.png", "image/png")
    assert not is_evidence(PROGRAM, "dent.png", "image/png")
    assert not is_evidence(b"alert(1)", "dent.js", "text/plain")
    assert not is_evidence(b"Hello", "Dent.HTML ", "text/html")


def test_text_keeps_its_signs():
    assert decode("Kännchen".encode()) == "Kännchen"
    assert decode("\ufeffA;1".encode()) == "A;1"
    assert decode(b"\x81\x00") is None


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_or_none(content):
    assert find_kind(content) in {"image", "video", "pdf", "text", None}
    assert decode(content) is None or "\0" not in decode(content)
