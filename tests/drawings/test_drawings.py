"""What is drawn is read by a scanner, and looked at by eyes."""

import base64

import pytest
import zxingcpp
from lxml import etree
from PIL import Image, ImageDraw, ImageOps

from odoo.addons.reverse_logistics.models.base.drawings import (
    barcode,
    find_lithium,
    lithium_mark,
    qr,
)

NUMBER = "RMA/2026/00001"
BLACK = "fill: rgb(0%,0%,0%)"


def read(address):
    """The SVG of a picture's address."""
    kind, content = address.split(",")
    assert kind == "data:image/svg+xml;base64"
    return etree.fromstring(base64.b64decode(content))


def in_pixels(svg, scale=2, border=40):
    """The bars of a drawing on paper, with the white around them that codes need."""
    (group,) = (e for e in svg.iter() if "matrix" in e.get("transform", ""))
    matrix = group.get("transform").strip(" matrix()").split(",")
    wide, high = (scale * float(matrix[place]) for place in (0, 3))
    width, height = (
        int(float(each) * scale) for each in svg.get("viewBox").split()[2:]
    )
    paper = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(paper)
    for bar in group.iter("{*}rect"):
        if BLACK in bar.get("style"):
            x, y, w, h = (
                float(bar.get(name)) for name in ("x", "y", "width", "height")
            )
            pen.rectangle(
                (
                    round(x * wide),
                    round(y * high),
                    round((x + w) * wide) - 1,
                    round((y + h) * high) - 1,
                ),
                fill=0,
            )
    # up is where numbers grow in the drawing, down in a picture
    return ImageOps.expand(ImageOps.flip(paper), border, 255)


@pytest.mark.parametrize(("draw", "kind"), [(barcode, "Code 128"), (qr, "QR Code")])
def test_a_scanner_reads_what_was_drawn(draw, kind):
    (found,) = zxingcpp.read_barcodes(in_pixels(read(draw(NUMBER))))
    assert found.text == NUMBER
    assert str(found.format) == kind


def test_lithium_is_known_by_its_number():
    numbers = ["UN 3481", "UN1263", None, "UN3090", "UN3090"]
    assert find_lithium(numbers) == ["UN3090", "UN3481"]
    assert find_lithium(["UN1263"]) == []


@pytest.mark.parametrize("numbers", [["UN3480"], ["UN3090", "UN3481"]])
def test_mark_names_the_numbers(numbers):
    svg = read(lithium_mark(numbers))
    assert "".join(svg.itertext()).strip() == ", ".join(numbers)
    assert svg.get("viewBox") == "0 0 100 100"
